from unittest.mock import patch
from uuid import uuid4

from odoo.exceptions import ConcurrencyError
from odoo.tests import HttpCase, tagged

from ..models import submission_intake
from .common import FieldCase


@tagged("post_install", "-at_install")
class TestApi(FieldCase, HttpCase):
    """What the routes answer, as a phone hears it."""

    def _ask(self, route, **params):
        body = {"jsonrpc": "2.0", "method": "call", "params": {"protocol": 1, **params}}
        return self.url_open(f"/intercommunal/api/{route}", json=body).json()

    def _submit(self, user, **vals):
        return self._ask(
            "submit", uuid=str(uuid4()), content=self._content(**vals), user=user.id
        )

    def _send_photo(self, uuid, photo, content, header="1"):
        return self.url_open(
            f"/intercommunal/api/photo/{uuid}/{photo['uuid']}",
            data=content,
            headers={
                "X-Intercommunal-Photo": header,
                "Content-Type": "application/octet-stream",
            },
            method="POST",
        )

    def test_a_flood_is_an_error_that_the_phone_keeps_for_later(self):
        self.authenticate("leader", "leaderxx")
        start = {"kind": "start", "lines": []}
        with patch.object(submission_intake, "MAX_MESSAGES", 1):
            self.assertEqual(
                self._submit(self.leader, **start)["result"]["status"], "created"
            )
            answer = self._submit(self.leader)
            self.assertNotIn("result", answer)
            # in the words of whatever language the company speaks
            told = answer["error"]["data"]
            self.assertEqual(told["name"], "odoo.exceptions.UserError")
            self.assertRegex(told["message"], r"\b1 messages")
        self.assertEqual(self._submit(self.leader)["result"]["status"], "created")

    def test_a_commune_sends_nothing_from_a_phone(self):
        self.authenticate("referent", "referent")
        answer = self._submit(self.referent)
        self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError")
        self.assertFalse(
            self.env["intercommunal.mobile.submission"]
            .sudo()
            .search_count([("user_id", "=", self.referent.id)])
        )

    def test_what_a_phone_says_of_itself_never_breaks_the_server(self):
        self.authenticate("leader", "leaderxx")
        uuid = str(uuid4())
        answer = self._ask("pull", device={"uuid": uuid, "unsent": 2**40})
        self.assertIn("jobs", answer["result"])
        for device in ([], "x", {"uuid": 4}, {"uuid": uuid, "name": []}, {"uuid": "x"}):
            with self.subTest(device):
                error = self._ask("pull", device=device)["error"]["data"]
                self.assertEqual(error["name"], "odoo.exceptions.ValidationError")
        # what left meanwhile waits no more
        phones = self.env["intercommunal.mobile.device"].sudo()
        phone = phones.search([("uuid", "=", uuid)])
        self.assertGreater(phone.unsent_count, 0)
        known = self._ask("status", uuids=[], device={"uuid": uuid, "unsent": 0})
        self.assertEqual(known["result"]["items"], [])
        self.assertEqual(phone.unsent_count, 0)
        # True is 1 for Python, and no number for a database
        self.assertEqual(
            self._ask("pull", protocol=True)["result"]["status"], "upgrade_required"
        )

    def test_a_photo_outlives_a_serialization_failure(self):
        self.authenticate("leader", "leaderxx")
        content, photo = self._photo()
        uuid = self._submit(self.leader, photos=[photo])["result"]["uuid"]
        photos = self.env.registry["intercommunal.mobile.photo"]
        real, bodies = photos._receive, []

        def fail_once(record, body):
            bodies.append(body)
            if len(bodies) == 1:
                raise ConcurrencyError("Somebody else wrote it.")
            return real(record, body)

        # tried again at once
        with (
            patch.object(photos, "_receive", fail_once),
            patch("odoo.service.model.random.uniform", return_value=0),
        ):
            answer = self._send_photo(uuid, photo, content)
        self.assertEqual(bodies, [content, content])
        self.assertEqual(answer.json()["status"], "received")

    def test_a_photo_that_is_too_large_is_given_up(self):
        self.authenticate("leader", "leaderxx")
        _content, photo = self._photo()
        uuid = self._submit(self.leader, photos=[photo])["result"]["uuid"]
        for _time in range(2):
            answer = self._send_photo(uuid, photo, b"", "large")
            self.assertEqual(answer.status_code, 200)
            told = answer.json()
            self.assertEqual((told["uuid"], told["status"]), (photo["uuid"], "refused"))
            self.assertRegex(told["message"], "too large|trop lourde")
            self.assertEqual(told["submission"]["missing"], [])
        self.assertEqual(self.job.state, "reported")
