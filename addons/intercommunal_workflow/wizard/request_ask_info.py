from datetime import timedelta

from odoo import api, fields, models


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
    available_reply_ids = fields.Many2many(
        "intercommunal.reply", compute="_compute_available_reply_ids"
    )
    reply_id = fields.Many2one(
        "intercommunal.reply",
        "Template",
        domain="[('id', 'in', available_reply_ids)]",
    )
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

    @api.depends("request_ids")
    def _compute_available_reply_ids(self):
        replies = self.env["intercommunal.reply"]
        for wizard in self:
            wizard.available_reply_ids = replies.search(
                replies._get_domain_for("ask", wizard.request_ids)
            )

    @api.depends("reply_id")
    def _compute_question(self):
        for wizard in self.filtered("reply_id"):
            wizard.question = wizard.reply_id._get_text(wizard.request_ids)

    def action_confirm(self):
        """Send the question."""
        self.ensure_one()
        return self.request_ids.action_ask_info(self.question, self.due)
