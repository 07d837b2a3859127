from odoo import models

CORE_LAYOUT = "mail.mail_notification_layout"
# The turns that have a reason, and those after which the commune says what it thinks
# of the work.
ENDED = ("mt_request_refused", "mt_request_cancelled")
RATED = ("mt_request_validated", "mt_request_closed")


class IntercommunalRequest(models.Model):
    """The mail of a request: what happened in one sentence, the words, one button.

    Core's lists what changed, field by field, which says nothing to a town hall; those
    of the service read it in the history.
    """

    _inherit = "intercommunal.request"

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
        lang = values["lang"]
        told = message.with_context(lang=lang)
        values.update(
            {
                # core's preview, which a mailbox shows below the subject, has them too
                "tracking_values": [],
                "file": self.with_context(lang=lang).sudo(),
                "happened": values["record"]._get_portal_message_title(told),
                "speaker": values["record"]._get_portal_message_author(told),
                "reason": self._get_mail_reason(told),
                "asks_opinion": self._is_opinion_asked(message),
                # qweb has a “lang” of its own, which browsers do not read
                "html_lang": (lang or "fr_FR").replace("_", "-"),
            }
        )
        return values

    def _get_mail_reason(self, message):
        """Why the request ends here, chosen in a list; "" when it does not."""
        xmlid = self.env["ir.model.data"]._xmlid_to_res_id
        ends = [xmlid(f"intercommunal_workflow.{name}") for name in ENDED]
        if message.subtype_id.id not in ends:
            return ""
        return self.sudo().with_context(lang=message.env.lang).reason_id.name or ""

    def _is_opinion_asked(self, message):
        xmlid = self.env["ir.model.data"]._xmlid_to_res_id
        return message.subtype_id.id in [
            xmlid(f"intercommunal_workflow.{name}") for name in RATED
        ]

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        vals = dict(msg_vals or {})
        layout = vals.get("email_layout_xmlid", message.email_layout_xmlid)
        if layout in (False, None, CORE_LAYOUT):
            vals["email_layout_xmlid"] = "intercommunal_workflow.mail_request"
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=vals, render_values=render_values
        )

    def _get_mail_subject(self, message):
        """What happened comes first in a mailbox, then to what."""
        return self.env._(
            "%(what)s: %(request)s",
            what=self._get_mail_event(message),
            request=self._message_compute_subject(),
        )

    def _get_mail_event(self, message):
        subtype = message.subtype_id.with_env(self.env)
        if subtype == self.env.ref("mail.mt_comment"):
            return self.env._("Message")
        own = self.env.ref("intercommunal_workflow.mt_request_submitted")
        if subtype == own and message.body:
            # sent again with an answer to the service's question
            return self.env._("Answer of the commune")
        return subtype.name
