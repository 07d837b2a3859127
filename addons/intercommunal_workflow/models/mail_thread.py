from odoo import api, models
from odoo.tools import email_normalize, formataddr

# An answer that a machine wrote is nobody's word (RFC 3834); ours say it of themselves.
AUTOMATIC = repr({"Auto-Submitted": "auto-replied"})


class MailThread(models.AbstractModel):
    """What a scheduled job does is told in the name of the intercommunality; what comes
    by e-mail is heard from those who may read the file."""

    _inherit = "mail.thread"

    def _message_compute_author(self, author_id=None, email_from=None):
        """The platform's robot is nobody to a commune: its intercommunality speaks."""
        author_id, sender = super()._message_compute_author(author_id, email_from)
        robot = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        if author_id != robot or not self._is_intercommunal():
            return author_id, sender
        company = self.company_id[:1] or self.env.company
        if email_from is None:
            address = company.email or self.env.user.email or ""
            sender = formataddr((company.name, address))
        return company.partner_id.id, sender

    def _is_intercommunal(self):
        return self._name.startswith("intercommunal.") and "company_id" in self._fields

    # ----------------------------------------------------------------- replies

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        """Leave out what a machine answered: an absence is no answer of a commune, and
        two machines that answer each other never stop."""
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        if (message.get("Auto-Submitted") or "no").strip().lower() == "no":
            return routes
        return [route for route in routes if not route[0].startswith("intercommunal.")]

    def message_post(self, **kwargs):
        """Keep out the e-mail of somebody who may not read the file.

        The sender's name is only what the mail says: such a comment is worth as much
        as a signature on paper, and decides nothing.
        """
        if kwargs.get("message_type") != "email" or not self._is_intercommunal():
            return super().message_post(**kwargs)
        self.ensure_one()
        reader = self._find_mail_reader(
            kwargs.get("author_id"), kwargs.get("email_from")
        )
        if not reader:
            self._refuse_reply(kwargs.get("email_from"))
            return self.env["mail.message"]
        kwargs["author_id"] = reader.partner_id.id
        if reader.share:
            # the words of a commune are no internal note, whatever they reply to
            comment = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
            kwargs.update(is_internal=False, subtype_id=comment)
        if self._take_reply(reader, kwargs):
            return self.env["mail.message"]
        return super().message_post(**kwargs)

    def _find_mail_reader(self, author_id, email):
        """Who wrote, among those who may read this file.

        Several people of a town hall may share one address: core has chosen one.

        :param int author_id: the contact whom core found
        :param str email: the sender, as the mail says it
        :return: res.users, at most one
        """
        users = self.env["res.partner"].sudo().browse(author_id or []).user_ids
        if address := email_normalize(email or ""):
            users |= users.search([("email_normalized", "=", address)])
        return users.filtered(lambda user: user.active and self._is_read_by(user))[:1]

    def _is_read_by(self, user):
        """Whether ``user`` may read this record."""
        self.ensure_one()
        return (
            self.with_user(user)
            .with_context(allowed_company_ids=self.sudo().company_id.ids)
            .has_access("read")
        )

    def _take_reply(self, user, kwargs):
        """Extension point: make something else of an e-mail than a comment.

        :param user: who wrote
        :param dict kwargs: those of `message_post`, to change or to take from
        :return: whether nothing is left to post
        """
        return False

    def _refuse_reply(self, email):
        """Say politely that the message was not kept."""
        if not email:
            return
        company = self.sudo().company_id[:1] or self.env.company
        self.env["mail.mail"].sudo().create(
            {
                "subject": self.env._("Your message was not kept"),
                "body_html": self.env._(
                    "This address only takes the replies of people who follow the"
                    " file. Please write to your town hall or to the"
                    " intercommunality."
                ),
                "email_from": company.email_formatted or self.env.user.email_formatted,
                "email_to": email,
                "headers": AUTOMATIC,
                "auto_delete": True,
            }
        )
