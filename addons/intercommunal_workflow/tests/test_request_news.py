from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TurnByTurn
from .portal import PortalCase

NEW = '<span class="badge text-bg-primary align-middle">New</span>'


@tagged("post_install", "-at_install")
class TestRequestNews(TurnByTurn, PortalCase):
    """What happened since somebody last came, in the list and on the page."""

    def setUp(self):
        super().setUp()
        self.request = self._submitted()

    def _say(self, request=None, user=None, **values):
        values = {"body": "We come on Monday.", "subtype_xmlid": "mail.mt_comment"} | (
            values
        )
        message = (
            (request or self.request)
            .with_user(user or self.manager)
            .message_post(message_type="comment", **values)
        )
        self.env.cr.flush()
        return message

    def _has_news(self, user, request=None):
        request = (request or self.request).with_user(user)
        request.invalidate_recordset(["has_news"])
        found = request.search([("has_news", "=", True), ("id", "=", request.id)])
        self.assertEqual(bool(found), request.has_news)
        self.assertEqual(
            request.search_count([("has_news", "=", False), ("id", "=", request.id)]),
            not found,
        )
        return request.has_news

    def test_it_is_new_until_its_page_is_opened_and_to_each_on_their_own(self):
        for user in (self.requester, self.referent):
            self._get(f"/my/requests/{self.request.id}", user)
            self.assertFalse(self._has_news(user))
        self._say()
        page = self._get("/my/requests", self.requester)
        self.assertIn("Something new in a request", page.text)
        self.assertEqual(page.text.count(NEW), 1)
        page = self._get(f"/my/requests/{self.request.id}")
        self.assertEqual(page.text.count(NEW), 1)
        page = self._get(f"/my/requests/{self.request.id}")
        self.assertNotIn(NEW, page.text)
        page = self._get("/my/requests")
        self.assertNotIn("Something new", page.text)
        self.assertNotIn(NEW, page.text)
        self.assertTrue(self._has_news(self.referent))

    def test_a_turn_of_the_file_is_new(self):
        self._get(f"/my/requests/{self.request.id}", self.requester)
        self.request.with_user(self.manager).action_accept()
        self.env.cr.flush()
        self.assertTrue(self._has_news(self.requester))

    def test_an_internal_note_and_one_s_own_words_are_not(self):
        for user in (self.requester, self.referent):
            self._get(f"/my/requests/{self.request.id}", user)
        self._say(subtype_xmlid="mail.mt_note")
        self._say(is_internal=True)
        self.assertFalse(self._has_news(self.requester))
        self._act(self.request, "comment", self.requester, text="Thank you.")
        self.assertFalse(self._has_news(self.requester))
        self.assertTrue(self._has_news(self.referent), "a colleague wrote")

    def test_what_nobody_opened_is_new_for_a_month_and_then_when_something_comes(self):
        self.assertTrue(self._has_news(self.referent))
        messages = self.env["mail.message"].search(
            [("model", "=", self.request._name), ("res_id", "=", self.request.id)]
        )
        messages.date = fields.Datetime.now() - timedelta(days=31)
        self.assertFalse(self._has_news(self.referent))
        self._say()
        self.assertTrue(self._has_news(self.referent))

    def test_the_first_visit_marks_no_word_of_the_page(self):
        self._say()
        page = self._get(f"/my/requests/{self.request.id}", self.mayor)
        self.assertNotIn(NEW, page.text)
        # but for what came after one's own word
        page = self._get(f"/my/requests/{self.request.id}", self.requester)
        self.assertEqual(page.text.count(NEW), 1)

    def test_all_is_marked_as_read_at_once(self):
        other = self._submitted(name="Gutter")
        self._say(other)
        page = self._get("/my/requests?filterby=news", self.referent)
        self.assertIn("Gutter", page.text)
        self._post("/my/requests/seen", page, [])
        self.assertFalse(self._has_news(self.referent))
        self.assertFalse(self._has_news(self.referent, other))
        page = self._get("/my/requests?filterby=news")
        self.assertIn("Nothing new since your last visit.", page.text)
        self.assertNotIn("Mark all as read", page.text)
        self.assertTrue(self._has_news(self.requester, other), "of the referent alone")

    def test_another_commune_is_never_news(self):
        self._say()
        requests = self.env["intercommunal.request"].with_user(self.stranger)
        self.assertFalse(requests.search([("has_news", "=", True)]))
        self.assertFalse(requests.sudo().browse(self.request.id).has_news)
        self._post(
            "/my/requests/seen", self._get("/my/requests", self.stranger), []
        ).raise_for_status()
        seen = self.env["intercommunal.request.visit"].search([])
        self.assertNotIn(self.stranger, seen.user_id)

    def test_nobody_reads_who_read_what(self):
        self._get(f"/my/requests/{self.request.id}", self.mayor)
        for user in (self.mayor, self.referent, self.manager, self.direction):
            with self.assertRaises(AccessError):
                self.env["intercommunal.request.visit"].with_user(user).search([])

    def test_a_page_of_the_list_takes_the_same_queries_however_long(self):
        self.authenticate(self.requester.login, self.requester.login)
        counts = []
        for number in range(2, 18):
            self._say(self._submitted(name=f"Leak {number}"))
            if number in (3, 17):
                self.url_open("/my/requests")
                before = self.env.cr.sql_log_count
                self.url_open("/my/requests")
                counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_the_home_page_counts_it(self):
        self._get("/my", self.requester)
        answer = self.url_open(
            "/my/counters",
            json={"params": {"counters": ["intercommunal_news_count"]}},
        )
        self.assertEqual(answer.json()["result"]["intercommunal_news_count"], 0)
        self._get(f"/my/requests/{self.request.id}")
        self._say()
        answer = self.url_open(
            "/my/counters",
            json={"params": {"counters": ["intercommunal_news_count"]}},
        )
        self.assertEqual(answer.json()["result"]["intercommunal_news_count"], 1)
