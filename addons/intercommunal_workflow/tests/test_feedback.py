import csv
import io
import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import IntercommunalCase
from .portal import PortalCase


class FeedbackCase(IntercommunalCase):
    def _closed(self, **vals):
        request = self._submitted(**vals)
        request._write_guarded({"state": "closed"})
        return request


@tagged("post_install", "-at_install")
class TestFeedback(FeedbackCase):
    def test_the_commune_says_what_it_thinks_and_may_change_its_mind(self):
        request = self._closed()
        request.action_rate("poor", " Still wet. ")
        self.assertEqual(
            (request.satisfaction, request.satisfaction_text), ("poor", "Still wet.")
        )
        request.with_user(self.referent).action_rate("good")
        self.assertEqual(request.satisfaction, "good")
        self.assertFalse(request.satisfaction_text)

    def test_only_once_the_work_is_over(self):
        with self.assertRaises(UserError):
            self._submitted().action_rate("good")
        with self.assertRaises(UserError):
            self._closed().action_rate("splendid")

    def test_neither_the_service_nor_another_commune_speaks_for_it(self):
        request = self._closed()
        for user in (self.manager, self.stranger):
            with self.assertRaises(AccessError):
                request.with_user(user).action_rate("good")
        self.assertFalse(request.satisfaction)

    def test_the_problem_is_back(self):
        request = self._closed()
        draft = request.action_reopen()
        self.assertEqual((draft.state, draft.previous_id), ("draft", request))
        self.assertEqual(draft.name, request.name)
        draft.action_submit()
        self.assertEqual(request.next_ids, draft)

    def test_the_service_takes_its_work_up_again(self):
        """In the name of whoever asked; neither another service nor its team does."""
        request = self._closed()
        action = request.with_user(self.manager).action_take_up_again()
        draft = self.env["intercommunal.request"].browse(action["res_id"])
        self.assertEqual((draft.state, draft.previous_id), ("draft", request))
        self.assertEqual(draft.requester_id, request.requester_id)
        draft.with_user(self.manager).action_submit()
        self.assertTrue(draft.on_behalf)
        self.assertEqual(draft.commune_id, request.commune_id)
        for user in (self.leader, self.finance, self.stranger):
            with self.assertRaises(AccessError):
                request.with_user(user).action_take_up_again()

    def test_a_day_that_is_over_is_not_asked_again(self):
        today = fields.Date.today()
        self.type.properties_definition = [
            {"name": "day", "string": "Day", "type": "date"},
            {"name": "until", "string": "Until", "type": "date"},
            {"name": "class", "string": "Class", "type": "char"},
        ]
        answers = {
            "day": fields.Date.to_string(today - timedelta(days=30)),
            "until": fields.Date.to_string(today + timedelta(days=30)),
            "class": "CP",
        }
        request = self._closed(properties=answers)
        draft = request.action_reopen()
        again = draft._get_portal_answers()
        self.assertEqual(set(again), {"until", "class"})

    def test_the_same_is_asked_again(self):
        """In the name of whoever asks this time, in the portal as in the office."""
        request = self._submitted(priority="1")
        clerk = self._new_commune_user(
            "clerk",
            self.commune,
            "requester",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        for user in (self.referent, clerk):
            with self.subTest(user=user.login):
                action = request.with_user(user).action_ask_again()
                draft = self.env["intercommunal.request"].browse(action["res_id"])
                self.assertEqual((draft.state, draft.previous_id.id), ("draft", False))
                self.assertEqual(draft.requester_id, user.partner_id)
                self.assertEqual(
                    (draft.name, draft.site_id, draft.priority),
                    (request.name, request.site_id, "1"),
                )
        for user in (self.manager, self.direction, self.stranger):
            with self.assertRaises(AccessError):
                request.with_user(user).action_repeat()
        with self.assertRaises(UserError):
            self._new_request().action_repeat()

    def test_an_open_request_is_not_taken_up_again(self):
        with self.assertRaises(UserError):
            self._submitted().action_reopen()


@tagged("post_install", "-at_install")
class TestPortalFeedback(PortalCase, FeedbackCase):
    def _export(self, login, **args):
        self.authenticate(login, login)
        answer = self.url_open(
            "/my/requests/export?" + "&".join(f"{k}={v}" for k, v in args.items())
        )
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"\xef\xbb\xbf"))
        return list(
            csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";")
        )

    def test_one_tap_rates(self):
        request = self._closed()
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn('value="good"', page.text)
        self._act(request, "rate", self.requester, level="good", text="")
        self.assertEqual(request.satisfaction, "good")

    def test_the_export_holds_ones_own_requests(self):
        request = self._submitted(name="=HYPERLINK('x')")
        rows = self._export("requester")
        self.assertIn(request.reference, [row[0] for row in rows])
        row = next(row for row in rows if row[0] == request.reference)
        self.assertEqual(row[1], "'=HYPERLINK('x')", "no spreadsheet runs it")
        rows = self._export("stranger")
        self.assertNotIn(request.reference, [row[0] for row in rows])

    def test_the_export_follows_the_list(self):
        closed, waiting = self._closed(name="Done long ago"), self._submitted()
        numbers = [row[0] for row in self._export("requester", filterby="done")]
        self.assertIn(closed.reference, numbers)
        self.assertNotIn(waiting.reference, numbers)
        numbers = [row[0] for row in self._export("requester", search="long%20ago")]
        self.assertEqual(numbers[1:], [closed.reference])
        # and its year
        years = closed.date_submitted.year, closed.date_submitted.year - 1
        closed._write_guarded(
            {
                "date_submitted": closed.date_submitted.replace(
                    year=years[1], month=6, day=1
                )
            }
        )
        this_year, last_year = (
            [row[0] for row in self._export("requester", year=year)] for year in years
        )
        self.assertIn(waiting.reference, this_year)
        self.assertNotIn(closed.reference, this_year)
        self.assertEqual(last_year[1:], [closed.reference])

    def _similar(self, login, **params):
        self.authenticate(login, login)
        answer = self.url_open(
            "/my/requests/similar",
            data=json.dumps({"jsonrpc": "2.0", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()["result"]

    def test_what_was_asked_already_is_shown_while_typing(self):
        request = self._submitted(name="Leak in the school")
        found = self._similar(
            "requester", name="leak school", commune_id=str(self.commune.id)
        )
        self.assertEqual([row["url"] for row in found], [f"/my/requests/{request.id}"])
        self.assertIn(request.reference, found[0]["label"])
        self.assertEqual(self._similar("requester", name="leak school"), found)

    def test_where_the_phone_stands_tells_two_leaks_apart(self):
        here = {"latitude": 48.9, "longitude": 5.9}
        request = self._submitted(name="Street lamp broken", **here)
        urls = [f"/my/requests/{request.id}"]
        for latitude, found in (
            ("48.9001", urls),
            # two kilometres farther
            ("48.92", []),
            ("", urls),
            ("far", urls),
        ):
            rows = self._similar(
                "requester",
                name="street lamp broken",
                latitude=latitude,
                longitude="5.9",
            )
            self.assertEqual([row["url"] for row in rows], found, latitude)

    def test_another_commune_learns_nothing_by_typing(self):
        self._submitted(name="Leak in the school")
        for params in (
            {"name": "leak school", "commune_id": self.commune.id},
            {"name": "leak school", "commune_id": self.other_commune.id},
            {"name": ["x"], "commune_id": "1 OR 1=1"},
        ):
            self.assertEqual(self._similar("stranger", **params), [])
