from datetime import timedelta

from odoo import fields, models


class IntercommunalRequestAskInfo(models.TransientModel):
    """Asks the commune what is missing."""

    _name = "intercommunal.request.ask_info"
    _description = "Ask the Commune for Information"

    request_ids = fields.Many2many(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_ids"),
        string="Requests",
        required=True,
    )
    question = fields.Text(required=True)
    due = fields.Date(
        "Answer expected by",
        required=True,
        default=lambda self: fields.Date.context_today(self) + timedelta(days=7),
    )

    def action_confirm(self):
        """Send the question."""
        self.ensure_one()
        return self.request_ids.action_ask_info(self.question, self.due)
