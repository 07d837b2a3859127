from odoo import models

# The turns that have a reason, and those after which the commune says what it thinks
# of the work.
ENDED = ("mt_request_refused", "mt_request_cancelled")
RATED = ("mt_request_validated", "mt_request_closed")


class IntercommunalRequest(models.Model):
    """What the mail of a request says of it."""

    _inherit = "intercommunal.request"

    def _get_mail_values(self, message):
        values = super()._get_mail_values(message)
        values.update(
            {
                "reason": self._get_mail_reason(message),
                "asks_opinion": self._is_opinion_asked(message),
                "button": self.env._("Open the request"),
            }
        )
        return values

    def _get_mail_request(self):
        return self

    def _get_mail_sentence(self, message):
        return self._get_portal_message_title(message)

    def _get_mail_speaker(self, message):
        speaker = self._get_portal_message_author(message)
        return "" if speaker == self.sudo().company_id.name else speaker

    def _get_mail_reason(self, message):
        """Why the request ends here, chosen in a list; "" when it does not."""
        xmlid = self.env["ir.model.data"]._xmlid_to_res_id
        ends = [xmlid(f"intercommunal_workflow.{name}") for name in ENDED]
        if message.subtype_id.id not in ends:
            return ""
        return self.sudo().reason_id.name or ""

    def _is_opinion_asked(self, message):
        xmlid = self.env["ir.model.data"]._xmlid_to_res_id
        return message.subtype_id.id in [
            xmlid(f"intercommunal_workflow.{name}") for name in RATED
        ]

    def _get_mail_event(self, message):
        if self._is_commune_answer(message):
            return self.env._("Answer of the commune")
        return super()._get_mail_event(message)
