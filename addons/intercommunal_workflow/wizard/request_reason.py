from odoo import api, fields, models


class IntercommunalRequestReason(models.TransientModel):
    """Asks why requests are refused, cancelled or taken back to triage."""

    _name = "intercommunal.request.reason"
    _description = "Refuse or Cancel Requests"
    _inherit = ["intercommunal.reply.choice"]

    usage = fields.Selection(
        [("refuse", "Refuse"), ("cancel", "Cancel"), ("reconsider", "Reconsider")],
        required=True,
        readonly=True,
        default="refuse",
    )
    reason_id = fields.Many2one(
        "intercommunal.reason",
        compute="_compute_from_reply",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('usage', '=', usage)]",
    )
    text = fields.Text(
        "Explanation for the commune",
        compute="_compute_from_reply",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )

    @api.depends("usage")
    def _compute_available_reply_ids(self):
        return super()._compute_available_reply_ids()

    def _get_reply_usage(self):
        return self.usage

    @api.depends("reply_id")
    def _compute_from_reply(self):
        for wizard in self.filtered("reply_id"):
            wizard.text = wizard.reply_id._get_text(wizard.request_ids)
            wizard.reason_id = wizard.reply_id.reason_id or wizard.reason_id

    def action_confirm(self):
        """Refuse, cancel or reconsider, for this reason."""
        self.ensure_one()
        if self.usage == "reconsider":
            return self.request_ids.action_reconsider(self.text)
        action = {"refuse": "action_reject", "cancel": "action_cancel"}[self.usage]
        return getattr(self.request_ids, action)(self.reason_id.id, self.text)
