from odoo import fields, models


class IntercommunalRequestContest(models.TransientModel):
    """Asks what is wrong with an outcome that a commune contests."""

    _name = "intercommunal.request.contest"
    _description = "Contest the Outcome of a Request"

    request_id = fields.Many2one(
        "intercommunal.request",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    text = fields.Text("What is wrong, or what is new", required=True)

    def action_confirm(self):
        """Contest."""
        self.ensure_one()
        return self.request_id.action_contest(self.text)
