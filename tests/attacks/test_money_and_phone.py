"""Prices, bills, phones: what was counted stays, and each speaks for themselves."""

from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import psycopg2
from attack_world import DECISION, JOB, Attacks

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.intercommunal_billing.tests.common import BillingCase
from odoo.addons.intercommunal_mobile.tools.content import PROTOCOL

RATE = "intercommunal.rate"
VERSION = "intercommunal.rate.version"
BILL = "intercommunal.billing.line"
BATCH = "intercommunal.billing.run"
AGREEMENT = "intercommunal.agreement"


@tagged("post_install", "-at_install")
class TestMoney(Attacks, BillingCase):
    def setUp(self):
        super().setUp()
        self.report = self._approve(self._reported())
        self.env.flush_all()
        self.bills = self.env[BILL].sudo().search([("report_id", "=", self.report.id)])

    def _moved(self):
        return self.snapshot(
            self.bills,
            self.rate,
            self.rate.version_ids,
            self.agreement,
            self.report.sudo(),
            self.report.sudo().line_ids,
            self.env[DECISION].sudo().search([]),
        )

    def run_case(self, user, attacks):
        self.log_in(user)
        before = self._moved()
        for label, attack in attacks.items():
            self.assert_refused(attack, f"{user.login}: {label}")
            self.assertEqual(self._moved(), before, f"{user.login}: {label}")

    def test_billing_lines_are_written_by_nobody(self):
        self.assertTrue(self.bills)
        bill = self.bills[:1]
        names = {
            name: 1
            for name, field in bill._fields.items()
            if field.store
            and field.type in ("float", "monetary", "integer")
            and name not in ("id",)
        }
        for user in (self.finance, self.direction, self.admin, self.referent):
            attacks = {
                f"write {name}": lambda n=name, v=value: self.rpc(
                    BILL, "write", bill.ids, {n: v}
                )
                for name, value in names.items()
            }
            attacks |= {
                "state": lambda: self.rpc(BILL, "write", bill.ids, {"state": "draft"}),
                "unlink": lambda: self.rpc(BILL, "unlink", bill.ids),
                "copy": lambda: self.rpc(BILL, "copy", bill.ids),
                "create": lambda: self.rpc(
                    BILL, "create", {"report_id": self.report.id}
                ),
                "guard": lambda: self.rpc(
                    BILL,
                    "write",
                    bill.ids,
                    dict(names),
                    context={"intercommunal_guard": True},
                ),
            }
            self.run_case(user, attacks)

    def test_what_was_used_is_not_deleted(self):
        version = self.rate.version_ids
        self.run_case(
            self.finance,
            {
                "rate": lambda: self.rpc(RATE, "unlink", self.rate.ids),
                "price": lambda: self.rpc(
                    VERSION, "write", version.ids, {"price": 999.0}
                ),
                "price by its rate": lambda: self.rpc(
                    RATE,
                    "write",
                    self.rate.ids,
                    {"version_ids": [[1, version.id, {"price": 999.0}]]},
                ),
                "version": lambda: self.rpc(VERSION, "unlink", version.ids),
                "version by its rate": lambda: self.rpc(
                    RATE, "write", self.rate.ids, {"version_ids": [[2, version.id, 0]]}
                ),
                "agreement": lambda: self.rpc(AGREEMENT, "unlink", self.agreement.ids),
                "commune": lambda: self.rpc("res.partner", "unlink", self.commune.ids),
            },
        )

    def test_others_touch_no_money(self):
        self.stranger_bill = self.bills[:1]
        for user in (self.manager, self.leader, self.agent, self.referent, self.mayor):
            self.run_case(
                user,
                {
                    "rate": lambda: self.rpc(
                        RATE, "write", self.rate.ids, {"name": "Free"}
                    ),
                    "price": lambda: self.rpc(
                        VERSION, "write", self.rate.version_ids.ids, {"price": 0}
                    ),
                    "new price": lambda: self.rpc(
                        VERSION,
                        "create",
                        {"rate_id": self.rate.id, "date_start": "2021-01-01"},
                    ),
                    "agreement": lambda: self.rpc(
                        AGREEMENT,
                        "write",
                        self.agreement.ids,
                        {"date_end": "2020-02-02"},
                    ),
                    "batch": lambda: self.rpc(
                        BATCH, "create", {"service_id": self.service.id}
                    ),
                },
            )
        for user in (self.stranger, self.requester, self.nobody):
            self.log_in(user)
            for model, ids in (
                (BILL, self.bills.ids),
                (RATE, self.rate.ids),
                (VERSION, self.rate.version_ids.ids),
                (AGREEMENT, self.agreement.ids),
            ):
                self.assert_refused(
                    lambda m=model, i=ids: self.rpc(m, "read", i),
                    f"{user.login} {model}",
                )

    def test_two_finance_users_invoice_a_line_once(self):
        """Whoever comes second finds nothing: a line has one batch."""
        batches = self._run() | self._run(
            date_from=fields.Date.today().replace(month=1, day=2)
        )
        self.env.flush_all()
        known = self.env["account.move"].sudo().search([]).ids
        self.log_in(self.finance)
        for batch in (*batches, *batches):
            for action in ("action_check", "action_invoice"):
                self.attempt(lambda b=batch, a=action: self.rpc(BATCH, a, b.ids))
        self.env.invalidate_all()
        moves = self.env["account.move"].sudo().search([("id", "not in", known)])
        ours = moves.filtered(lambda move: move.partner_id == self.commune)
        self.assertEqual(len(ours), 1)
        self.assertEqual(len(self.bills.move_line_id.move_id), 1)
        self.assertEqual(len(self.bills.run_id), 1)

    def test_decisions_resist_sql(self):
        table = "intercommunal_decision"
        for label, query in {
            "update": f"UPDATE {table} SET comment = 'x'",
            "back-date": f"UPDATE {table} SET decided_at = '2020-01-01'",
            "delete": f"DELETE FROM {table}",
            "truncate": f"TRUNCATE {table}",
            "truncate more": f"TRUNCATE {table} CASCADE",
            "fork": f"INSERT INTO {table} (validation_id, company_id, kind, user_id,"
            " channel, decided_at, content_hash, prev_hash, own_hash)"
            " SELECT validation_id, company_id, kind, user_id, channel, decided_at,"
            f" content_hash, prev_hash, own_hash FROM {table} LIMIT 1",
        }.items():
            with (
                self.subTest(label),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.Error),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query)


@tagged("post_install", "-at_install")
class TestPhone(Attacks):
    """What a phone sends is judged as any other client."""

    def setUp(self):
        super().setUp()
        self.job = self._planned()
        self.env.flush_all()

    def _call(self, path, **params):
        return self.make_jsonrpc_request(f"/intercommunal/api/{path}", params)

    def test_a_portal_user_learns_nothing_from_the_field_page(self):
        for user in (self.requester, self.stranger, self.nobody):
            self.log_in(user)
            text = self.attempt(
                lambda: self._call(
                    "pull",
                    protocol=PROTOCOL,
                    device={"uuid": str(uuid4()), "unsent": 0},
                )
            )
            for secret in ("Leak in the school", "Montclair", "Valbois", "Crew North"):
                self.assertNotIn(secret, text, user.login)

    def test_messages_of_strangers_change_nothing(self):
        content = {
            "kind": "report",
            "job": self.job.id,
            "captured_at": fields.Datetime.to_string(fields.Datetime.now()),
            "summary": "Forged",
            "photos": [],
        }
        before = self.snapshot(self.job.sudo(), self.job.sudo().request_id)
        for user in (self.requester, self.stranger, self.nobody, self.finance):
            self.log_in(user)
            for label, params in {
                "one's own": {"user": user.id, "content": content},
                "as the leader": {"user": self.leader.id, "content": content},
                "no protocol": {"user": user.id, "content": content, "protocol": 0},
                "no content": {"user": user.id, "content": None},
                "a list": {"user": user.id, "content": [content]},
                "unknown kind": {
                    "user": user.id,
                    "content": {**content, "kind": "__class__"},
                },
                "no uuid": {"user": user.id, "content": content, "uuid": "../x"},
            }.items():
                sent = {"uuid": str(uuid4()), "protocol": PROTOCOL, **params}
                text = self.attempt(lambda s=sent: self._call("submit", **s))
                with self.subTest(f"{user.login} {label}"):
                    self.assertNotRegex(
                        text, r"psycopg2|AttributeError|KeyError", label
                    )
                    after = self.snapshot(self.job.sudo(), self.job.sudo().request_id)
                    self.assertEqual(after, before, label)
                    self.assertFalse(self.job.sudo().report_ids, label)

    def test_another_s_draft_is_not_taken_over(self):
        uuid = str(uuid4())
        submissions = self.env["intercommunal.mobile.submission"]
        digest = sha256(b"x").hexdigest()
        submissions.with_user(self.leader)._claim(uuid, digest, self.job.sudo())
        self.env.flush_all()
        for user in (self.agent, self.manager, self.stranger):
            self.log_in(user)
            text = self.attempt(
                lambda u=user: self._call(
                    "submit",
                    uuid=uuid,
                    content={"kind": "report", "job": self.job.id},
                    protocol=PROTOCOL,
                    user=u.id,
                )
            )
            self.assertNotIn('"created"', text)
            text = self.attempt(
                lambda: self._call("status", uuids=[uuid], protocol=PROTOCOL)
            )
            self.assertNotIn(digest, text)
            answer = self.url_open(
                f"/intercommunal/api/photo/{uuid}/{uuid4()}",
                data=b"x",
                headers={"X-Intercommunal-Photo": "1"},
            )
            self.assertIn(answer.status_code, (403, 404))

    def test_a_foreign_page_sends_no_photo(self):
        self.log_in(self.leader)
        path = f"/intercommunal/api/photo/{uuid4()}/{uuid4()}"
        for headers in (
            {},
            {"X-Intercommunal-Photo": "0"},
            {"X-Intercommunal-Photo": "1", "Sec-Fetch-Site": "cross-site"},
            {"X-Intercommunal-Photo": "1", "Sec-Fetch-Site": "same-site"},
        ):
            answer = self.url_open(path, data=b"x", headers=headers)
            self.assertEqual(answer.status_code, 403, headers)

    def test_dates_of_jobs_come_from_the_dispatcher(self):
        later = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=9))
        self.log_in(self.agent)
        for label, vals in {
            "date": {"date_start": later},
            "team": {"team_id": self.team.id},
            "people": {"agent_ids": [Command.set(self.agent.ids)]},
            "state": {"state": "approved"},
        }.items():
            self.assert_refused(
                lambda v=vals: self.rpc(JOB, "write", self.job.ids, v), label
            )
