from datetime import timedelta

from odoo import api, fields, models


class IntercommunalRequestAskInfo(models.TransientModel):
    """Asks the commune what is missing."""

    _name = "intercommunal.request.ask_info"
    _description = "Ask the Commune for Information"
    _inherit = ["intercommunal.reply.choice"]

    question = fields.Text(
        compute="_compute_question",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    due = fields.Date(
        "Answer expected by",
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=7),
    )

    def _get_reply_usage(self):
        return "ask"

    @api.depends("reply_id")
    def _compute_question(self):
        for wizard in self.filtered("reply_id"):
            wizard.question = wizard.reply_id._get_text(wizard.request_ids)

    def action_confirm(self):
        """Send the question."""
        self.ensure_one()
        return self.request_ids.action_ask_info(self.question, self.due)
