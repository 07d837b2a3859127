"""A commune writes to the address of a service: a draft waits for it in the portal.

The sender of an e-mail is only what the mail says (RFC 5322 promises nothing), so that
a mail alone never reaches the service: whoever holds the address completes the draft,
answers what its type asks, and sends it from their own session.
"""

import base64
import binascii

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.mail.tools.alias_error import AliasError

from ..tools.mail_text import to_text
from .mail_thread import AUTOMATIC
from .photo import MAX_PHOTOS

ASKING_ROLES = ("requester", "referent")
MAX_SUBJECT = 200
# Bytes: pictures inside the words that weigh less are logos of a signature.
LEAST_INLINE = 30_000


class IntercommunalService(models.Model):
    """The address of a service, by core's aliases."""

    _name = "intercommunal.service"
    _inherit = ["intercommunal.service", "mail.alias.mixin.optional"]

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("intercommunal.request")
        if self.id:
            values["alias_defaults"] = {"service_id": self.id}
        values["alias_bounced_content"] = self.env._(
            "<p>Hello,</p><p>This address takes the requests of communes, sent by"
            " somebody who has a role there. Yours was not kept. Please write from the"
            " address that your town hall gave us, use the portal, or call the"
            " service.</p>"
        )
        return values

    def _alias_get_error(self, message, message_dict, alias):
        """Only the people of a commune of the territory are let in.

        :return: core's error, which answers with the text of the alias
        """
        error = super()._alias_get_error(message, message_dict, alias)
        if error or alias.alias_model_id.model != "intercommunal.request":
            return error
        if not self._find_mail_sender(message_dict.get("email_from")):
            return AliasError(
                "error_intercommunal_sender", self.env._("restricted to communes")
            )
        return False

    def _find_mail_sender(self, email):
        """The user who may ask for a commune and whose address this is.

        :param str email: as the mail says it
        :return: res.users, empty unless there is exactly one
        """
        address = email_normalize(email or "")
        if not address:
            return self.env["res.users"]
        users = (
            self.env["res.users"]
            .sudo()
            .search([("email_normalized", "=", address), ("active", "=", True)])
        )
        senders = users.filtered(self._get_mail_roles)
        return senders if len(senders) == 1 else senders.browse()

    def _get_mail_roles(self, user):
        """The roles that let ``user`` ask this service by mail."""
        company = self.sudo().company_id
        return user._get_intercommunal_roles().filtered(
            lambda role: (
                role.role in ASKING_ROLES
                and (not company or role.sudo().company_id == company)
            )
        )


class IntercommunalRequest(models.Model):
    """A draft that a mail opened."""

    _inherit = "intercommunal.request"

    by_mail = fields.Boolean("Came by e-mail", readonly=True, copy=False)

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a draft in the name of the sender, its pictures among its photos.

        :raises UserError: the sender is nobody of a commune (core answers before)
        """
        service = (
            self.env["intercommunal.service"]
            .sudo()
            .browse((custom_values or {}).get("service_id"))
        )
        user = service._find_mail_sender(msg_dict.get("email_from"))
        if not user:
            raise UserError(
                self.env._("Only the people of a commune open a request by e-mail.")
            )
        body = to_text(msg_dict.get("body"))
        subject = (msg_dict.get("subject") or "").strip()[:MAX_SUBJECT]
        request = (
            self.with_user(user)
            .with_context(mail_create_nolog=True)
            .create(
                {
                    "name": subject or self.env._("Request by e-mail"),
                    "description": body[:20_000] or False,
                    "commune_id": self._guess_mail_commune(
                        service, user, subject, body
                    ),
                    "requester_id": user.partner_id.id,
                    "service_id": service.id,
                }
            )
        )
        draft = request.sudo()
        draft._write_guarded({"by_mail": True})
        msg_dict["attachments"] = request._take_mail_photos(
            msg_dict.get("attachments") or []
        )
        draft._answer_mail(user)
        return draft

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Nobody hears of an e-mail that is a draft: its author sends it, or not."""
        kind = (msg_vals or {}).get("message_type", message.message_type)
        if kind == "email" and self.sudo().state == "draft":
            return []
        return super()._notify_get_recipients(message, msg_vals, **kwargs)

    @api.model
    def _guess_mail_commune(self, service, user, subject, body):
        """The commune that the mail names, else the first of the sender's."""
        communes = service._get_mail_roles(user).commune_id.sudo()
        text = f"{subject} {body}".casefold()
        named = communes.filtered(lambda commune: commune.name.casefold() in text)
        return (named or communes)[0].id

    def _take_mail_photos(self, attachments):
        """Keep the pictures as photos, decoded and encoded again as any other.

        :param list attachments: core's, with fname, content and info
        :return: what is no picture, for core to attach
        """
        rest, taken = [], 0
        for attachment in attachments:
            content = attachment.content
            if isinstance(content, str):
                content = content.encode()
            if attachment.info.get("cid") and len(content) < LEAST_INLINE:
                rest.append(attachment)
                continue
            try:
                if taken >= MAX_PHOTOS:
                    raise ValueError
                with self.env.cr.savepoint():
                    self.env["intercommunal.photo"].create(
                        {
                            "name": attachment.fname,
                            "kind": "request",
                            "request_id": self.id,
                            "image": base64.b64encode(content),
                        }
                    )
                taken += 1
            except (UserError, ValueError, binascii.Error):
                rest.append(attachment)
        return rest

    def _answer_mail(self, user):
        """Tell the sender what is left to do, with the address of the draft."""
        self.ensure_one()
        env = self.with_context(lang=user.lang, tz=user.tz).env
        path = "/my/requests" if user.share else "/odoo/requests"
        body = env["ir.qweb"]._render(
            "intercommunal_workflow.mail_draft",
            {
                "record": self.with_env(env),
                "url": f"{self.get_base_url()}{path}/{self.id}",
                # qweb has a “lang” of its own, which browsers do not read
                "html_lang": (user.lang or "fr_FR").replace("_", "-"),
            },
        )
        env["mail.mail"].sudo().create(
            {
                "subject": env._("To complete and send: %(name)s", name=self.name),
                "body_html": body,
                "email_from": self.company_id._get_mail_sender(),
                "recipient_ids": [Command.link(user.partner_id.id)],
                # a reply finds the draft by this message, which is no part of the
                # history; `is_notification` keeps it when the mail has left
                "model": self._name,
                "res_id": self.id,
                "message_type": "user_notification",
                "is_notification": True,
                "reply_to": self._get_draft_reply_to(),
                "headers": AUTOMATIC,
                "auto_delete": True,
            }
        )

    def _get_draft_reply_to(self):
        """Where a reply to the mail of this draft goes: the service, by its company."""
        company = self.company_id
        return self._notify_get_reply_to(
            company._get_mail_sender(), author_id=company.partner_id.id
        )[self.id]
