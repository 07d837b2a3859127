from odoo import fields, models


class IntercommunalMobileSettle(models.TransientModel):
    """Asks what becomes of a phone's message that could not be used."""

    _name = "intercommunal.mobile.settle"
    _description = "Settle a Phone's Message"

    submission_id = fields.Many2one(
        "intercommunal.mobile.submission",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    fault = fields.Text(related="submission_id.fault")
    kind = fields.Selection(related="submission_id.kind")
    content = fields.Text(related="submission_id.content")
    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        "Job it reports",
        help="A draft report of this job is made of it; you read it, then send it.",
    )
    note = fields.Text("What you did with it")

    def action_confirm(self):
        """Settle it."""
        self.ensure_one()
        return self.submission_id.action_settle(self.intervention_id.id, self.note)
