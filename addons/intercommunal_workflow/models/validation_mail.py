from dataclasses import dataclass

from markupsafe import Markup

from odoo import Command, models
from odoo.tools import plaintext2html

from .transition_mixin import guard_value, is_guard_value

MAX_MAIL_PHOTOS = 4
_INVITATION_KEY = "intercommunal_invitation"


@dataclass(frozen=True)
class Invitation:
    """Who is asked, and the words that go with it."""

    seat_id: int
    words: str


class IntercommunalValidation(models.Model):
    """Whom an approval tells what; nobody whose turn is over."""

    _inherit = "intercommunal.validation"

    def _notify_holders(self, seats):
        """Tell those whose turn it is, and nobody else; each by a link of their own.

        :param seats: the new `intercommunal.validation.seat`
        """
        self._invite(seats, self.env._("To approve: %(name)s", name=self._get_title()))

    def _notify_reminder(self, seats):
        """Remind those who are asked."""
        self._invite(
            seats, self.env._("Reminder, to approve: %(name)s", name=self._get_title())
        )

    def _notify_escalated(self, seats):
        """Tell those who are asked in addition, because the step is late."""
        self._invite(
            seats, self.env._("Late, to approve: %(name)s", name=self._get_title())
        )

    def _notify_asked(self, clarification):
        """Tell the person who must answer, in their language."""
        run = self.with_context(lang=clarification.asked_user_id.lang)
        run._tell(
            clarification.asked_user_id,
            run.env._("Question on: %(name)s", name=run._get_title()),
            clarification.question,
            run.env._(
                "%(person)s asks you a question before deciding.",
                person=clarification.asked_by_id.name,
            ),
        )

    def _notify_answered(self, clarification):
        """Tell the person who asked: it is their turn again."""
        seats = self._seat_of(clarification.asked_by_id)
        self._invite(
            seats,
            self.env._("Answer on: %(name)s", name=self._get_title()),
            clarification.answer,
        )

    def _notify_outcome(self):
        """Tell the commune's people and the team how it ended."""
        self.ensure_one()
        request = self.subject_request_id
        people = request.requester_id.user_ids | request.referent_id.user_ids
        if self.report_id:
            job = self.report_id.intervention_id
            people |= job.leader_id
            if self.state in ("approved", "approved_reserves"):
                people |= job.agent_ids
        last = self._get_events()[-1:]
        people -= last.user_id
        if self.state == "approved" and not last.comment:
            # the turn of the file itself says as much: one mail for one event
            people -= self._get_told_by_their_file()
        self._tell(
            people.filtered("active"),
            self.env._(
                "%(state)s: %(name)s",
                state=self._get_state_label(),
                name=self._get_title(),
            ),
            last.comment or self._get_state_label(),
        )

    # ----------------------------------------------------------------- helpers

    def _get_told_by_their_file(self):
        """Who follows what this approval moves on: the request, and its job."""
        request, job = self.subject_request_id.sudo(), self.report_id.intervention_id
        told = job.sudo().message_partner_ids
        if request.state in ("accepted", "validated"):
            told |= request.message_partner_ids
        return told.user_ids

    def _get_title(self):
        """What this is about, in a mail's subject."""
        return self.subject_name or self.display_name

    def _tell(self, users, subject, body, sentence=""):
        """Write to ``users``, what happened in a ``sentence`` before the words."""
        self.ensure_one()
        if users:
            words = plaintext2html(body or "")
            if sentence:
                words = Markup("<p><strong>%s</strong></p>") % sentence + words
            self.message_notify(
                partner_ids=users.partner_id.ids, subject=subject, body=words
            )

    def _get_mail_values(self, message):
        values = super()._get_mail_values(message)
        values["button"] = self.env._("Open the file")
        return values

    def _get_mail_request(self):
        return self.subject_request_id

    def _invite(self, seats, subject, words=None):
        """Write to each person asked, with the link that is theirs alone.

        The notification carries no link: whoever reads the file could read it there.
        The link is in the mail alone, which nobody but the system reads.
        """
        self.ensure_one()
        for seat in seats.filtered(lambda seat: seat.user_id.active):
            invitation = guard_value(Invitation(seat.id, words or ""))
            run = self.with_context(
                lang=seat.user_id.lang, **{_INVITATION_KEY: invitation}
            )
            run.message_notify(
                partner_ids=seat.user_id.partner_id.ids,
                subject=subject,
                body=plaintext2html(words or run._get_invitation()),
                # a reply is a comment that the commune reads too
                subtype_xmlid="mail.mt_comment",
            )

    def _get_invitation(self):
        return self.env._(
            "%(commune)s: “%(subject)s” is waiting for your decision.",
            commune=self.commune_id.name,
            subject=self._get_title(),
        )

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        """Our own mail with its buttons, in the place of core's."""
        invitation = self.env.context.get(_INVITATION_KEY)
        if not is_guard_value(invitation):
            return super()._notify_thread_by_email(message, recipients_data, **kwargs)
        by_email = [data for data in recipients_data if data["notif"] == "email"]
        seat = self.seat_ids.sudo().browse(invitation.value.seat_id)
        if by_email and seat.user_id.email:
            self._send_invitation(seat, message, invitation.value.words)
        return True

    def _send_invitation(self, seat, message, words):
        """Queue the mail with the three buttons."""
        run = self.sudo()
        body = self.env["ir.qweb"]._render(
            "intercommunal_workflow.mail_decide",
            {
                "run": run,
                "report": run.report_id,
                "file": run.subject_request_id,
                "words": words,
                "photos": run._get_mail_photos(),
                "on_behalf": seat.on_behalf_of_id,
                "url": f"{self.get_base_url()}/intercommunal/decide/"
                f"{seat._get_link_token()}",
                "portal_url": self.get_base_url() + self._get_portal_url(),
                "needs_login": seat._needs_login(),
                # qweb has a “lang” of its own, which browsers do not read
                "html_lang": (seat.user_id.lang or "fr_FR").replace("_", "-"),
            },
        )
        mail = (
            self.env["mail.mail"]
            .sudo()
            .create(
                {
                    "mail_message_id": message.id,
                    "subject": message.subject,
                    "body_html": Markup("<!DOCTYPE html>\n") + body,
                    "email_from": run.company_id._get_mail_sender(),
                    "recipient_ids": [Command.link(seat.user_id.partner_id.id)],
                    "reply_to": message.reply_to,
                    "auto_delete": True,
                }
            )
        )
        self.env["mail.notification"].sudo().create(
            {
                "author_id": message.author_id.id,
                "mail_message_id": message.id,
                "mail_mail_id": mail.id,
                "res_partner_id": seat.user_id.partner_id.id,
                "notification_type": "email",
                "notification_status": "ready",
                "is_read": True,
            }
        )

    def _get_mail_photos(self):
        """The few photos that a mail shows, through the link's own signed address.

        Pictures inside the mail are not shown by the most common readers.
        """
        photos = self.report_id.photo_ids or self.subject_request_id.photo_ids
        return photos[-MAX_MAIL_PHOTOS:]
