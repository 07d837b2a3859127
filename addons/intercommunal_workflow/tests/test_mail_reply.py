import base64
from email.message import EmailMessage

from odoo import fields
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..tools.mail_text import read_reply, to_text
from .common import IntercommunalCase

GMAIL = """<div dir="ltr">La grande salle.<br>Merci</div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le lun. 2 mars 2026 à 10:12,
CC &lt;t@cc.example&gt; a écrit :<br></div>
<blockquote class="gmail_quote"><p>Quelle salle ?</p></blockquote></div>"""
APPLE = """<html><body>La grande salle.<div>Merci</div><div><br><blockquote type="cite">
<div>Le 2 mars 2026 à 10:12, CC &lt;t@cc.example&gt; a écrit :</div><div>Quelle salle ?
</div></blockquote></div></body></html>"""
OUTLOOK = """<div>La grande salle.</div><div>Merci</div><div><b>De :</b> CC
&lt;t@cc.example&gt;<br><b>Envoyé :</b> lundi 2 mars 2026 10:12<br><b>Objet :</b> Demande
</div><div>Quelle salle ?</div>"""
THUNDERBIRD = """<p>La grande salle.<br>Merci</p><div class="moz-cite-prefix">Le 02/03/2026
à 10:12, CC a écrit :<br></div><blockquote type="cite">Quelle salle ?</blockquote>"""
TEXT = """<pre>La grande salle.
Merci

Le 2 mars 2026 à 10:12, CC a écrit :
&gt; Quelle salle ?
&gt; CC
</pre>"""
SIGNED = "<pre>La grande salle.\nMerci\n-- \nClaire, mairie de Valbois\n</pre>"


@tagged("post_install", "-at_install")
class TestReadReply(BaseCase):
    """What somebody wrote, without what their mail reader quoted below."""

    def test_the_words_above_the_quotation(self):
        for body in (GMAIL, APPLE, OUTLOOK, THUNDERBIRD, TEXT, SIGNED):
            with self.subTest(body=body[:40]):
                words = read_reply(body)
                self.assertEqual(words.split(), "La grande salle. Merci".split())

    def test_paragraphs_stay_apart(self):
        body = "<div>Bonjour,</div><div><br></div><div>La clé est<br>à la mairie.</div>"
        self.assertEqual(to_text(body), "Bonjour,\n\nLa clé est\nà la mairie.")
        self.assertEqual(to_text(None), "")

    def test_words_that_look_like_a_quotation_stay(self):
        for words in (
            "De la cour, par le portail.",
            "Le maire a écrit au préfet : il attend.",
            "Date : le 3 mars",
        ):
            with self.subTest(words):
                self.assertEqual(read_reply(f"<p>{words}</p>"), words)

    def test_nothing_but_a_quotation_is_nothing(self):
        for body in ("", " ", "<p></p>", "<blockquote>Quelle salle ?</blockquote>"):
            with self.subTest(body):
                self.assertEqual(read_reply(body), "")


@tagged("post_install", "-at_install")
class TestMailReply(IntercommunalCase):
    """A reply to our mail finds its file, and answers its question."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.domain = cls.env["mail.alias.domain"].create({"name": "cc.example"})
        cls.company.write({"alias_domain_id": cls.domain.id, "email": "cc@cc.example"})
        cls.service.write({"alias_name": "technique", "alias_domain_id": cls.domain.id})
        for user in (cls.requester, cls.referent, cls.manager, cls.stranger):
            user.email = f"{user.login}@valbois.example"
        cls.env["res.lang"]._activate_lang("en_US")
        cls.requester.lang = "en_US"
        cls.number = 0

    def _told(self, request):
        """The last message of the history, once the platform has told it."""
        self.env.cr.flush()
        request.invalidate_recordset(["message_ids"])
        return request.sudo().message_ids[:1]

    def _asked(self):
        request = self._submitted()
        self._told(request)
        request.with_user(self.manager).action_ask_info("Which room?")
        return request, self._told(request)

    def _reply(self, message, words, sender=None, files=(), **headers):
        """Answer ``message`` as a mail reader does.

        :param files: tuples name, kind, content, Content-ID or None
        """
        type(self).number += 1
        mail = EmailMessage()
        mail["From"] = sender or self.requester.email
        mail["To"] = "technique@cc.example"
        mail["Subject"] = "Re: Leak in the school"
        mail["Message-Id"] = f"<reply{self.number}@mairie.example>"
        if message:
            mail["In-Reply-To"] = message.message_id
            mail["References"] = message.message_id
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(words, subtype="html")
        for name, kind, content, cid in files:
            main, sub = kind.split("/")
            mail.add_attachment(
                content,
                maintype=main,
                subtype=sub,
                filename=name,
                cid=cid,
                disposition="inline" if cid else "attachment",
            )
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(None, mail.as_bytes())
        self.env.cr.flush()
        self.env.invalidate_all()

    def _emails(self, request):
        return request.sudo().message_ids.filtered(
            lambda message: message.message_type == "email"
        )

    # ------------------------------------------------------------------ reply-to

    def test_mails_of_a_request_are_answered_at_the_service(self):
        request, question = self._asked()
        self.assertIn("technique@cc.example", question.reply_to)
        mails = self._mails_to(self.requester.email).filtered(
            lambda mail: mail.mail_message_id == question
        )
        self.assertIn("technique@cc.example", mails.reply_to)
        self.assertIn("simply reply to this e-mail", mails.body_html)
        # a service without an address: that of the intercommunality's platform
        self.service.alias_name = False
        request.with_user(self.manager).message_post(
            body="Hello", subtype_xmlid="mail.mt_comment"
        )
        self.assertIn(self.domain.catchall_email, self._told(request).reply_to)

    # ------------------------------------------------------------------ question

    def test_a_reply_answers_the_question(self):
        request, question = self._asked()
        photo = ("salle.png", "image/png", base64.b64decode(self._png()), None)
        self._reply(question, GMAIL, files=[photo])
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.info_answer.split(), "La grande salle. Merci".split())
        self.assertEqual(request.photo_ids.mapped("kind"), ["request"])
        answer = self._told(request)
        self.assertEqual(answer.author_id, self.requester.partner_id)
        self.assertIn("La grande salle", answer.body)
        self.assertNotIn("Quelle salle", answer.body)
        # once in the history, and the service is told
        self.assertFalse(self._emails(request))
        self.assertTrue(
            self._mails_to(self.manager.email).filtered(
                lambda mail: mail.mail_message_id == answer
            )
        )

    def test_a_reply_to_the_reminder_answers_too(self):
        request, _question = self._asked()
        request.with_user(self.manager).action_remind_holder()
        reminder = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", request._name),
                    ("res_id", "=", request.id),
                    ("message_type", "=", "user_notification"),
                ],
                limit=1,
            )
        )
        self._reply(reminder, "<p>La grande salle.</p>")
        self.assertEqual(
            (request.state, request.info_answer), ("submitted", "La grande salle.")
        )

    def test_what_is_no_photo_follows_the_answer(self):
        request, question = self._asked()
        plan = ("plan.pdf", "application/pdf", b"%PDF-1.4 plan", None)
        logo = ("logo.png", "image/png", base64.b64decode(self._png()), "<logo@x>")
        self._reply(question, GMAIL, files=[plan, logo])
        self.assertEqual(request.state, "submitted")
        self.assertFalse(request.photo_ids, "a signature's logo is no photo")
        joined = self._emails(request)
        self.assertIn("plan.pdf", joined.attachment_ids.mapped("name"))
        self.assertFalse(joined.is_internal or joined.subtype_id.internal)
        self.assertNotIn("grande salle", joined.body)

    def test_a_reply_to_an_earlier_message_is_no_answer(self):
        request = self._submitted()
        request.with_user(self.manager).message_post(
            body="We read it.", subtype_xmlid="mail.mt_comment"
        )
        earlier = self._told(request)
        request.with_user(self.manager).action_ask_info("Which room?")
        self._told(request)
        self._reply(earlier, "<p>Merci beaucoup.</p>")
        self.assertEqual(request.state, "info_requested")
        self.assertIn("Merci beaucoup", self._emails(request).body)

    def test_the_service_does_not_answer_itself(self):
        request, question = self._asked()
        self._reply(question, "<p>I meant the big one.</p>", self.manager.email)
        self.assertEqual(request.state, "info_requested")
        self.assertIn("big one", self._emails(request).body)

    def test_a_reply_without_a_word_leaves_the_question_open(self):
        request, question = self._asked()
        self._reply(question, "<blockquote>Which room?</blockquote>")
        self.assertEqual(request.state, "info_requested")

    def test_the_absence_of_a_person_is_no_answer(self):
        request, question = self._asked()
        self._reply(question, "<p>Je suis absente.</p>", Auto_Submitted="auto-replied")
        self.assertEqual(request.state, "info_requested")
        self.assertFalse(self._emails(request))

    # ------------------------------------------------------------------- message

    def test_a_reply_is_a_message_of_the_commune(self):
        request = self._submitted()
        request.with_user(self.manager).action_accept()
        accepted = self._told(request)
        self._reply(accepted, GMAIL)
        message = self._emails(request)
        self.assertEqual(message.author_id, self.requester.partner_id)
        self.assertFalse(message.is_internal or message.subtype_id.internal)
        self.assertIn(message, request.with_user(self.referent)._get_portal_messages())
        self.assertTrue(
            self._mails_to(self.manager.email).filtered(
                lambda mail: mail.mail_message_id == message
            )
        )
        self.assertEqual(request.state, "accepted")

    def test_two_people_of_one_address_are_one_who_may_write(self):
        request, question = self._asked()
        # core takes the first contact with this address, who may read nothing
        self.env["res.partner"].create(
            {"name": "Old card", "email": self.requester.email}
        )
        self._reply(question, "<p>La grande salle.</p>")
        self.assertEqual(request.state, "submitted")

    def test_who_may_not_read_the_file_does_not_write_in_it(self):
        request, question = self._asked()
        self._give_role(self.stranger, self.other_commune, "requester")
        senders = [self.stranger.email, "unknown@nowhere.example"]
        role = self.referent.intercommunal_role_ids
        role.date_to = fields.Date.subtract(fields.Date.today(), days=1)
        self.env.registry.clear_cache()
        for sender in (*senders, self.referent.email):
            with self.subTest(sender):
                before = self._mails_to(sender)
                self._reply(question, "<p>La mienne.</p>", sender)
                self.assertFalse(self._emails(request))
                [answer] = self._mails_to(sender) - before
                self.assertIn("auto-replied", answer.headers)
                self.assertNotIn("Leak", f"{answer.subject} {answer.body_html}")
        self.assertEqual(request.state, "info_requested")

    # --------------------------------------------------------------------- draft

    def test_a_reply_to_the_draft_completes_it(self):
        self._reply(None, "<p>De l'eau sous l'évier.</p>")
        draft = self.env["intercommunal.request"].search([], limit=1)
        self.assertEqual((draft.state, draft.by_mail), ("draft", True))
        [answer] = self._mails_to(self.requester.email)
        self.assertIn("technique@cc.example", answer.reply_to)
        self.assertIn(self.company.name, answer.reply_to)
        photo = ("evier.png", "image/png", base64.b64decode(self._png()), None)
        self._reply(answer.mail_message_id, "<p>C'est à la cantine.</p>", files=[photo])
        self.assertEqual(
            draft.description.split("\n\n"),
            ["De l'eau sous l'évier.", "C'est à la cantine."],
        )
        self.assertEqual(len(draft.photo_ids), 1)
        self.assertEqual(draft.state, "draft")
        known = self.env["intercommunal.request"].search([])
        self.assertEqual(known.filtered("by_mail"), draft, "no second draft")

    def test_another_commune_completes_no_draft(self):
        self._reply(None, "<p>De l'eau sous l'évier.</p>")
        draft = self.env["intercommunal.request"].search([], limit=1)
        [answer] = self._mails_to(self.requester.email)
        self._reply(answer.mail_message_id, "<p>Ha.</p>", self.stranger.email)
        self.assertNotIn("Ha.", draft.description)
        self.assertFalse(draft.photo_ids)
