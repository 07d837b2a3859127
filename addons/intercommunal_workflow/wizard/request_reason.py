from odoo import fields, models


class IntercommunalRequestReason(models.TransientModel):
    """Asks why requests are refused, cancelled or taken back to triage."""

    _name = "intercommunal.request.reason"
    _description = "Refuse or Cancel Requests"

    usage = fields.Selection(
        [("refuse", "Refuse"), ("cancel", "Cancel"), ("reconsider", "Reconsider")],
        required=True,
        readonly=True,
        default="refuse",
    )
    request_ids = fields.Many2many(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_ids"),
        string="Requests",
        required=True,
    )
    reason_id = fields.Many2one(
        "intercommunal.reason",
        domain="[('usage', '=', usage)]",
    )
    text = fields.Text("Explanation for the commune", required=True)

    def action_confirm(self):
        """Refuse, cancel or reconsider, for this reason."""
        self.ensure_one()
        if self.usage == "reconsider":
            return self.request_ids.action_reconsider(self.text)
        action = {"refuse": "action_reject", "cancel": "action_cancel"}[self.usage]
        return getattr(self.request_ids, action)(self.reason_id.id, self.text)
