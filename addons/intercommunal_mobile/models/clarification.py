from odoo import api, models


class IntercommunalClarification(models.Model):
    """Questions of the commune, asked of somebody in the field."""

    _inherit = "intercommunal.clarification"

    @api.model
    def _get_field_questions(self):
        """The open questions to the current user, as their phone shows them."""
        questions = self.search([("is_for_me", "=", True)], limit=50)
        return [
            {
                "id": question.id,
                "question": question.question,
                "by": question.asked_by_id.name,
                "due": str(question.date_due or ""),
                "job": question.validation_id.report_id.intervention_id.reference or "",
                "name": question.validation_id.subject_name or "",
                "line": question.line_id.name or "",
                "hour": question.anchor_hour or "",
            }
            for question in questions.sudo()
        ]
