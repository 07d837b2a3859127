from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .test_validation import ValidationCase

REPLY = """Return-Path: <{sender}>
To: {to}
From: {sender}
Subject: Re: {subject}
Message-ID: <reply-{number}@example.com>
In-Reply-To: {reference}
References: {reference}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

{words}
"""


@tagged("post_install", "-at_install")
class TestReplies(ValidationCase, MailCommon):
    """A reply to the mail is a comment on the file, whatever it says."""

    def setUp(self):
        super().setUp()
        self.referent.sudo().email = "referent@valbois.example.com"
        self.stranger.sudo().email = "stranger@montclair.example.com"
        self.run_ = self._reported().validation_id.sudo()
        self.message = self.run_.message_ids.filtered("notified_partner_ids")[:1]
        self.message = self.message or (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", self.run_._name), ("res_id", "=", self.run_.id)],
                order="id desc",
                limit=1,
            )
        )

    def _reply(self, sender, words, number=1):
        text = REPLY.format(
            sender=sender,
            to=self.message.reply_to or f"catchall@{self.alias_domain}",
            subject="To approve",
            reference=self.message.message_id,
            number=number,
            words=words,
        )
        with mute_logger("odoo.addons.mail.models.mail_thread", "odoo.models.unlink"):
            self.env["mail.thread"].sudo().message_process(None, text)
        self.env.invalidate_all()
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self.run_._name),
                    ("res_id", "=", self.run_.id),
                    ("message_type", "=", "email"),
                ]
            )
        )

    def test_a_reply_is_a_comment_and_decides_nothing(self):
        comments = self._reply(self.referent.email, "Je valide, merci.")
        self.assertIn("Je valide, merci.", comments.body)
        self.assertEqual(comments.author_id, self.referent.partner_id)
        self.assertFalse(comments.is_internal)
        self.assertEqual(self.run_.state, "open")
        self.assertFalse(self.run_.decision_ids)
        self.assertEqual(self.run_.pending_user_ids, self.referent)

    def test_who_may_not_read_the_file_does_not_write_in_it(self):
        for number, sender in enumerate(
            (self.stranger.email, "unknown@example.org", "<script>@example.org"), 1
        ):
            with self.subTest(sender):
                comments = self._reply(sender, "I approve.", number)
                self.assertFalse(comments)
        self.assertEqual(self.run_.state, "open")
