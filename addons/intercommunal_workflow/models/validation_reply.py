from odoo import models


class IntercommunalValidation(models.Model):
    """Replies to our mails: comments of those who may read the file, nothing more."""

    _inherit = "intercommunal.validation"

    # Whoever reads the file may say something about it.
    _mail_post_access = "read"

    def message_post(self, **kwargs):
        """Keep out the e-mail of somebody who may not read the file.

        The sender's name is only what the mail says: such a comment is worth as much
        as a signature on paper, and decides nothing.
        """
        if kwargs.get("message_type") == "email" and not self._may_comment(
            kwargs.get("author_id")
        ):
            self._refuse_reply(kwargs.get("email_from"))
            return self.env["mail.message"]
        return super().message_post(**kwargs)

    def _may_comment(self, partner_id):
        """Whether a user of this person reads the run."""
        self.ensure_one()
        users = self.env["res.partner"].sudo().browse(partner_id or []).user_ids
        run = self.sudo()
        return any(run._can_be_opened_by(user) for user in users.filtered("active"))

    def _refuse_reply(self, email):
        """Say politely that the message was not kept."""
        if not email:
            return
        self.env["mail.mail"].sudo().create(
            {
                "subject": self.env._("Your message was not kept"),
                "body_html": self.env._(
                    "This address only takes the replies of people who follow the"
                    " file. Please write to your town hall or to the"
                    " intercommunality."
                ),
                "email_to": email,
                "auto_delete": True,
            }
        )
