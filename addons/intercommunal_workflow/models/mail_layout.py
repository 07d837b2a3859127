from odoo import models

CORE_LAYOUT = "mail.mail_notification_layout"
OUR_LAYOUT = "intercommunal_workflow.mail_file"


class MailThread(models.AbstractModel):
    """The mail of a file: what happened in one sentence, the words, one button.

    Core's lists what changed, field by field, which says nothing to a town hall; those
    of the service read it in the history.
    """

    _inherit = "mail.thread"

    def _notify_by_email_prepare_rendering_context(
        self,
        message,
        msg_vals=False,
        model_description=False,
        force_email_company=False,
        force_email_lang=False,
        force_record_name=False,
    ):
        values = super()._notify_by_email_prepare_rendering_context(
            message,
            msg_vals=msg_vals,
            model_description=model_description,
            force_email_company=force_email_company,
            force_email_lang=force_email_lang,
            force_record_name=force_record_name,
        )
        if self._is_intercommunal():
            lang = values["lang"]
            told = message.with_context(lang=lang)
            values.update(self.with_context(lang=lang)._get_mail_values(told))
            # qweb has a “lang” of its own, which browsers do not read
            values["html_lang"] = (lang or "fr_FR").replace("_", "-")
        return values

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        vals = dict(msg_vals or {})
        layout = vals.get("email_layout_xmlid", message.email_layout_xmlid)
        if self._is_intercommunal() and layout in (False, None, CORE_LAYOUT):
            vals["email_layout_xmlid"] = OUR_LAYOUT
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=vals, render_values=render_values
        )

    def _get_mail_values(self, message):
        """What the layout shows of ``message`` and of the file it is about."""
        request = self._get_mail_request().sudo()
        return {
            # core's preview, which a mailbox shows below the subject, has them too
            "tracking_values": [],
            "service": request.service_id.name,
            "heading": self._get_mail_heading(message),
            "details": self._get_mail_details(),
            "happened": self._get_mail_sentence(message),
            "speaker": self._get_mail_speaker(message),
            "reason": "",
            "asks_opinion": False,
            "button": self.env._("Open"),
            "hint": "",
        }

    def _get_mail_request(self):
        """The request that this file is about, if any."""
        field = self._fields.get("request_id")
        requests = self.env["intercommunal.request"]
        return (
            self.request_id
            if field and field.comodel_name == requests._name
            else requests
        )

    def _get_mail_heading(self, message):
        """What it is about; what was sent to somebody on purpose says so itself."""
        if message.message_type == "user_notification" and message.subject:
            return message.subject
        return self._get_mail_request().sudo().name or self.sudo().display_name

    def _get_mail_details(self):
        """The short facts below the heading."""
        request = self._get_mail_request().sudo()
        facts = (request.reference, request.commune_id.name, request.site_id.name)
        return [fact for fact in facts if fact]

    def _get_mail_sentence(self, message):
        """What happened, above the words of ``message``; "" for a mere message."""
        return message.subtype_id.description or ""

    def _get_mail_speaker(self, message):
        """Who speaks; the intercommunality is named at the top already."""
        author = message.author_id
        return "" if author == self.sudo().company_id.partner_id else author.name

    def _get_mail_subject(self, message):
        """What happened comes first in a mailbox, then to what."""
        what = self._get_mail_event(message)
        subject = self._message_compute_subject()
        if not what:
            return subject
        return self.env._("%(what)s: %(request)s", what=what, request=subject)

    def _get_mail_event(self, message):
        """What happened, in a word or two."""
        subtype = message.subtype_id.with_env(self.env)
        if subtype == self.env.ref("mail.mt_comment"):
            return self.env._("Message")
        return "" if subtype == self.env.ref("mail.mt_note") else subtype.name
