from odoo import models


class IntercommunalValidation(models.Model):
    """Questions of a commune reach the phone of who must answer."""

    _inherit = "intercommunal.validation"

    def _notify_asked(self, clarification):
        result = super()._notify_asked(clarification)
        job = self.sudo().report_id.intervention_id
        if job:
            job._push(
                clarification.asked_user_id,
                self.env._("Question of the commune"),
                job.reference or "",
                "questions",
            )
        return result
