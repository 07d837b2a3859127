from odoo import models


class MailMail(models.Model):
    """The subject of a file's mail says what happened, to each in their language.

    At the sending: the subject is the message's own before, which the office would
    show above each line of the history.
    """

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        results = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        message = self.mail_message_id
        record = self._get_intercommunal_file(message)
        if not record:
            return results
        for values in results:
            partner = values["partner_id"]
            told = record.with_context(lang=(partner and partner.lang) or self.env.lang)
            if values["subject"] in (False, told._message_compute_subject()):
                values["subject"] = told._get_mail_subject(message)
        return results

    def _get_intercommunal_file(self, message):
        """The file of ours that ``message`` is about; None without one."""
        model = self.env.get(message.model or "")
        if model is None or not message.res_id or not hasattr(model, "_get_mail_event"):
            return None
        record = model.sudo().browse(message.res_id)
        return record.exists() if model._is_intercommunal() else None
