import base64

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntercommunalCase

MAIL = """Return-Path: <{sender}>{header}
From: {name} <{sender}>
To: technique@{domain}
Subject: {subject}
Message-Id: <{number}@mairie.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain; charset=utf-8

Il y a de l'eau sous l'évier.

--{blank}
Claire Morel, mairie
--part
Content-Type: {kind}; name="{file}"
Content-Disposition: attachment; filename="{file}"
Content-Transfer-Encoding: base64

{content}
--part--
"""


@tagged("post_install", "-at_install")
class TestServiceMail(IntercommunalCase):
    """A commune's e-mail is a draft that its author completes; others get an answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "cc.example"})
        cls.company.alias_domain_id = cls.domain
        cls.service.write({"alias_name": "technique", "alias_domain_id": cls.domain.id})
        cls.requester.email = "claire@valbois.example"
        cls.requests = cls.env["intercommunal.request"]

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def _receive(self, sender, file=("mur.png", "image/png"), content=None, **vals):
        self._number = getattr(self, "_number", 0) + 1
        known = self.requests.search([])
        self.env["mail.thread"].message_process(
            False,
            MAIL.format(
                sender=sender,
                name="Claire",
                domain="cc.example",
                number=self._number,
                header=vals.get("header", ""),
                blank=" ",
                subject=vals.get("subject", "Fuite à l'école"),
                file=file[0],
                kind=file[1],
                content=(content or self._png()).decode(),
            ),
        )
        return self.requests.search([]) - known

    def test_a_known_sender_gets_a_draft_with_photos(self):
        request = self._receive("claire@valbois.example")
        self.assertEqual((request.state, request.by_mail), ("draft", True))
        self.assertEqual(request.name, "Fuite à l'école")
        self.assertIn("sous l'évier", request.description)
        self.assertEqual(request.commune_id, self.commune)
        self.assertEqual(request.requester_id, self.requester.partner_id)
        self.assertEqual(request.service_id, self.service)
        self.assertEqual(request.photo_ids.mapped("kind"), ["request"])
        [answer] = self._mails_to("claire@valbois.example")
        self.assertIn(f"/my/requests/{request.id}", answer.body_html)
        # the service hears of it once its author sends it
        self.assertFalse(
            self.requests.with_user(self.manager).search([("id", "=", request.id)])
        )
        mine = request.with_user(self.requester)
        mine.type_id = self.type
        mine.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_a_signature_is_no_description(self):
        request = self._receive("claire@valbois.example")
        self.assertEqual(request.description, "Il y a de l'eau sous l'évier.")

    def test_nobody_hears_of_a_draft_before_it_is_sent(self):
        self.referent.email = "referent@valbois.example"
        self._receive("claire@valbois.example")
        self.env.cr.flush()
        self.assertFalse(self._mails_to("referent@valbois.example"))

    def test_what_a_machine_wrote_opens_nothing(self):
        for header in (
            "Auto-Submitted: auto-replied",
            "Precedence: auto_reply",
            "Precedence: bulk",
            "X-Autoreply: yes",
        ):
            with self.subTest(header):
                sent = self._receive("claire@valbois.example", header="\n" + header)
                self.assertFalse(sent)
        self.assertFalse(self._mails_to("claire@valbois.example"))
        self.assertTrue(
            self._receive("claire@valbois.example", header="\nAuto-Submitted: no")
        )

    def test_what_is_no_picture_is_attached(self):
        request = self._receive(
            "claire@valbois.example",
            ("plan.pdf", "application/pdf"),
            base64.b64encode(b"%PDF-1.4 plan"),
        )
        self.assertFalse(request.photo_ids)
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id)]
        )
        self.assertIn("plan.pdf", attachments.mapped("name"))

    def test_the_commune_that_is_named_is_meant(self):
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.other_commune.id,
                "partner_id": self.requester.partner_id.id,
                "role": "requester",
            }
        )
        request = self._receive(
            "claire@valbois.example", subject="Mairie de Montclair : serrure"
        )
        self.assertEqual(request.commune_id, self.other_commune)

    def test_others_get_a_polite_answer_and_nothing_is_created(self):
        self.mayor.email = "maire@valbois.example"
        senders = ("unknown@nowhere.example", self.mayor.email)
        for sender in senders:
            with self.subTest(sender):
                self.assertFalse(self._receive(sender))
                [answer] = self._mails_to(sender)
                self.assertIn("communes", answer.body_html)

    def test_a_role_that_ended_opens_nothing(self):
        role = self.requester.intercommunal_role_ids
        role.date_to = role.date_from
        self.assertFalse(self._receive("claire@valbois.example"))

    def test_two_users_of_one_address_open_nothing(self):
        self.referent.email = "claire@valbois.example"
        self.assertFalse(self._receive("claire@valbois.example"))

    def test_a_service_without_address_keeps_working(self):
        service = self.env["intercommunal.service"].create({"name": "X", "code": "X"})
        self.assertFalse(service.alias_id)
        service.with_user(self.admin).write(
            {"alias_name": "x", "alias_domain_id": self.domain.id}
        )
        self.assertEqual(service.alias_email, "x@cc.example")
