from odoo import models


class MailMail(models.Model):
    """The subject of a request's mail says what happened, to each in their language.

    At the sending: the subject is the message's own before, which the office would
    show above each line of the history.
    """

    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        results = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        message = self.mail_message_id
        if message.model != "intercommunal.request" or not message.res_id:
            return results
        request = self.env[message.model].sudo().browse(message.res_id).exists()
        if not request:
            return results
        for values in results:
            partner = values["partner_id"]
            told = request.with_context(
                lang=(partner and partner.lang) or self.env.lang
            )
            if values["subject"] in (False, told._message_compute_subject()):
                values["subject"] = told._get_mail_subject(message)
        return results
