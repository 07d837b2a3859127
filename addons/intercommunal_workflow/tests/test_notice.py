from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import IntercommunalCase, TurnByTurn


@tagged("post_install", "-at_install")
class TestNotice(TurnByTurn, IntercommunalCase):
    """One message a day for those who want it, with nothing that is not theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.requester, cls.referent):
            user.write({"email": f"{user.login}@valbois.example"})
        cls.requester.intercommunal_frequency = "daily"
        cls.notices = cls.env["intercommunal.notice"]

    def _mails(self, user):
        # the platform tells what it tracked when the transaction ends
        self.env.cr.flush()
        return (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "in", user.partner_id.ids)])
        )

    def _held(self, user):
        self.env.cr.flush()
        return self.notices.search([("user_id", "=", user.id)])

    def _send(self):
        self.env.cr.flush()
        self.notices._cron_send()

    def test_it_is_never_the_reader_who_writes(self):
        self.company.email = False
        self.company.alias_domain_id = False
        self._accepted()
        self._send()
        mail = self._mails(self.requester)
        self.assertNotIn(self.requester.email, mail.email_from + mail.reply_to)
        self.assertIn(self.company.name, mail.email_from)
        self.assertIn("@", mail.email_from)

    def test_turns_wait_for_the_daily_message(self):
        request = self._accepted()
        self.assertFalse(self._mails(self.requester))
        self.assertTrue(self._held(self.requester))
        self._send()
        [mail] = self._mails(self.requester)
        self.assertIn(request.name, mail.body_html)
        self.assertEqual(mail.reply_to, mail.email_from)
        self.assertIn(f"/my/requests/{request.id}", mail.body_html)
        self.assertFalse(self._held(self.requester))

    def test_a_question_comes_at_once(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("Which room?")
        self.assertTrue(self._mails(self.requester))

    def test_others_are_told_at_each_turn(self):
        self.requester.intercommunal_frequency = "now"
        self._accepted()
        self.assertTrue(self._mails(self.requester))
        self.assertFalse(self._held(self.requester))

    def test_one_message_a_day(self):
        self._accepted()
        self._send()
        self._accepted()
        self._send()
        self.assertEqual(len(self._mails(self.requester)), 1)
        self.requester.intercommunal_notice_on = fields.Datetime.now() - timedelta(
            hours=21
        )
        self._send()
        self.assertEqual(len(self._mails(self.requester)), 2)

    def test_who_left_the_commune_reads_nothing_of_it(self):
        self._accepted()
        held = self._held(self.requester)
        self.assertTrue(held)
        role = self.requester.intercommunal_role_ids
        role.date_to = fields.Date.today() - timedelta(days=1)
        self.env.registry.clear_cache()
        self._send()
        self.assertFalse(self._mails(self.requester))
        self.assertFalse(held.exists())

    def test_an_internal_note_is_never_told(self):
        request = self._submitted()
        request.with_user(self.manager).message_post(
            body="Between us", subtype_xmlid="mail.mt_note"
        )
        self._send()
        for mail in self._mails(self.requester):
            self.assertNotIn("Between us", mail.body_html)

    def test_a_word_of_the_service_is_in_the_message(self):
        request = self._submitted()
        request.with_user(self.manager).message_post(
            body="We come on Tuesday.",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )
        self._send()
        [mail] = self._mails(self.requester)
        self.assertIn("We come on Tuesday", mail.body_html)


@tagged("post_install", "-at_install")
class TestNoticePortal(HttpCase, IntercommunalCase):
    def _choose(self, frequency):
        self.authenticate(self.requester.login, self.requester.login)
        page = self.url_open("/my/requests").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(
            "/my/requests/notices", {"csrf_token": token, "frequency": frequency}
        )

    def test_the_choice_is_kept(self):
        self.assertEqual(self._choose("daily").status_code, 200)
        self.assertEqual(self.requester.intercommunal_frequency, "daily")
        self.assertEqual(self.referent.intercommunal_frequency, "now")

    def test_another_choice_is_not_found(self):
        self.assertEqual(self._choose("never").status_code, 404)
