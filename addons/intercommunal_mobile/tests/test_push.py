import json
from unittest.mock import Mock, patch

from requests import ConnectionError as NoConnection
from requests import Session

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import FieldCase

ENDPOINT = "https://fcm.googleapis.com/fcm/send/phone-of-luc"
# a browser's own: a point of P-256 and 16 random bytes, in base64url
KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@tagged("post_install", "-at_install")
class TestPush(FieldCase, MailCase):
    """A phone is notified where its owner and the network allow; the rest by e-mail.

    Core's own code encrypts and signs; the network alone is played.
    """

    def setUp(self):
        super().setUp()
        self.phones = self.env["mail.push.device"]
        self.phones.get_web_push_vapid_public_key()
        self.calls = []

    def _network(self, status=201, fault=None):
        """The network: what is posted is noted and answered with ``status``."""

        def request(session, method, url, **kwargs):
            self.calls.append((method, url, kwargs))
            if fault:
                raise fault
            answer = Mock(status_code=status, text="")
            for hook in session.hooks["response"]:
                hook(answer)
            return answer

        return patch.object(Session, "request", request)

    def _allow(
        self, user=None, status=201, fault=None, endpoint=ENDPOINT, replaces=None
    ):
        phones = self.phones.with_user(user or self.leader)
        with self._network(status, fault):
            return phones._register_phone(
                {"endpoint": endpoint, "keys": KEYS}, replaces
            )

    def _queued(self):
        """What waits for core's cron: list of (partner, payload)."""
        pushes = self.env["mail.push"].search([])
        return [
            (push.mail_push_device_id.partner_id, json.loads(push.payload))
            for push in pushes
        ]

    def test_the_first_notification_proves_the_way(self):
        self.assertTrue(self._allow())
        [(method, url, kwargs)] = self.calls
        self.assertEqual((method.upper(), url), ("POST", ENDPOINT))
        self.assertEqual(kwargs["headers"]["Content-Encoding"], "aes128gcm")
        self.assertNotIn(b"Notifications", kwargs["data"])
        phone = self.phones.search([("endpoint", "=", ENDPOINT)])
        self.assertEqual(phone.partner_id, self.leader.partner_id)

    def test_a_network_that_lets_nothing_out_leaves_the_e_mail(self):
        for fault, status in ((NoConnection(), 0), (None, 403), (None, 410)):
            with self.subTest(fault=fault, status=status):
                self.assertFalse(self._allow(status=status, fault=fault))
                self.assertFalse(self.phones.search([("endpoint", "=", ENDPOINT)]))
        with self.mock_mail_gateway():
            job = self._planned()
            self.env.flush_all()
        self.assertIn(self.leader.partner_id, job.message_partner_ids)
        self.assertFalse(self._queued())

    def test_a_phone_that_changes_hands_belongs_to_the_last(self):
        self._allow()
        self._allow(self.agent)
        phone = self.phones.search([("endpoint", "=", ENDPOINT)])
        self.assertEqual(phone.partner_id, self.agent.partner_id)

    def test_an_address_that_the_browser_changed_takes_the_place_of_the_old(self):
        self._allow()
        new = f"{ENDPOINT}-2"
        # whoever is logged in meanwhile does not inherit the choice of another
        self.assertFalse(self._allow(self.agent, endpoint=new, replaces=ENDPOINT))
        self.assertFalse(self.phones.search([("endpoint", "=", new)]))
        self.assertTrue(self._allow(endpoint=new, replaces=ENDPOINT))
        phones = self.phones.search([("partner_id", "=", self.leader.partner_id.id)])
        self.assertEqual(phones.mapped("endpoint"), [new])
        # told twice, by the worker and by the page: greeted once
        greeted = len(self.calls)
        self.assertTrue(self._allow(endpoint=new))
        self.assertEqual(len(self.calls), greeted)

    def test_the_server_calls_known_carriers_alone(self):
        keys = KEYS
        for endpoint in (
            None,
            7,
            "",
            "http://fcm.googleapis.com/x",
            "https://127.0.0.1/x",
            "https://fcm.googleapis.com:8069/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com.example/x",
            "https://user@fcm.googleapis.com/x",
            "https://[::1",
            "https://fcm.googleapis.com:port/x",
        ):
            with self.subTest(endpoint=endpoint), self.assertRaises(ValidationError):
                self._allow(endpoint=endpoint)
        for keys in (None, {}, {"p256dh": "x"}, {"p256dh": 1, "auth": "a"}):
            with self.subTest(keys=keys), self.assertRaises(ValidationError):
                self.phones.with_user(self.leader)._register_phone(
                    {"endpoint": ENDPOINT, "keys": keys}
                )
        self.assertFalse(self.calls)

    def test_nobody_takes_a_phone_whose_keys_they_lack(self):
        self._allow()
        other = {**KEYS, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
        with self.assertRaises(ValidationError):
            self.phones.with_user(self.agent)._register_phone(
                {"endpoint": ENDPOINT, "keys": other}
            )
        self.phones.with_user(self.agent)._forget_phone(ENDPOINT)
        phone = self.phones.search([("endpoint", "=", ENDPOINT)])
        self.assertEqual(phone.partner_id, self.leader.partner_id)
        self.phones.with_user(self.leader)._forget_phone(ENDPOINT)
        self.assertFalse(phone.exists())

    def test_a_new_job_says_its_reference_and_nothing_of_anybody(self):
        self._allow()
        job = self._planned()
        [(partner, payload)] = self._queued()
        self.assertEqual(partner, self.leader.partner_id)
        self.assertEqual(payload["title"], "New job")
        self.assertEqual(payload["options"]["body"], job.reference)
        self.assertEqual(payload["options"]["data"]["screen"], f"job/{job.id}")
        text = json.dumps(payload)
        for name in ("Valbois", "Leak", "School", "manager"):
            self.assertNotIn(name, text)
        with self._network():
            self.env["mail.push"]._push_notification_to_endpoint()
        self.assertEqual(self.calls[-1][1], ENDPOINT)
        self.assertFalse(self._queued())

    def test_what_comes_back_what_is_cancelled_and_what_is_asked(self):
        self._allow()
        self._receive(self._content())
        run = self.job.report_id.validation_id.with_user(self.referent)
        run.action_ask_clarification("Who held the key?")
        clarification = run.sudo().clarification_ids
        asked = clarification.asked_user_id
        titles = [payload["title"] for _partner, payload in self._queued()]
        self.assertEqual(
            titles, ["Question of the commune"] if asked == self.leader else []
        )
        run.sudo().action_answer_clarification(clarification.id, "The caretaker.")
        run.action_rework("It leaks.")
        other = self._planned()
        other.with_user(self.manager).action_cancel("Not needed any more.")
        told = [
            (payload["title"], payload["options"]["data"]["res_id"])
            for _partner, payload in self._queued()
        ]
        self.assertIn(("To redo", self.job.id), told)
        self.assertIn(("Job cancelled", other.id), told)

    def test_who_did_it_and_who_reads_in_odoo_are_not_told_twice(self):
        self._allow()
        self.leader.notification_type = "inbox"
        self._planned()
        self.assertFalse(self._queued(), "core pushes what comes into the inbox")
