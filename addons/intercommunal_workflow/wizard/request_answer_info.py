from odoo import fields, models


class IntercommunalRequestAnswerInfo(models.TransientModel):
    """Enters the commune's answer (by phone, or from internal commune staff)."""

    _name = "intercommunal.request.answer_info"
    _description = "Answer the Service's Question"

    request_id = fields.Many2one(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_id"),
        required=True,
    )
    question = fields.Text(related="request_id.info_question")
    answer = fields.Text(required=True)

    def action_confirm(self):
        """Record the answer: the request returns to where it was."""
        self.ensure_one()
        return self.request_id.action_answer_info(self.answer)
