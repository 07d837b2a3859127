import base64
import io
import json
from decimal import Decimal
from unittest.mock import patch

from pypdf import PdfReader

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingCase


class StatementCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"
        cls.commune.email = "mairie@valbois.example"

    def _worked(self, minutes=200):
        lines = [
            {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes},
            {"kind": "labour", "agent_id": self.leader.id, "minutes": minutes},
            {"kind": "equipment", "product_id": self.tractor.id, "minutes": 125},
            {"kind": "travel", "quantity": 42, "name": "Lorry"},
        ]
        return self._approve(
            self._reported(
                line_ids=[Command.clear(), *(Command.create(line) for line in lines)]
            )
        )

    def _invoiced(self):
        run = self._run()
        run.action_check()
        run.action_invoice()
        return run

    def _print(self, statement):
        reports = self.env["ir.actions.report"]
        if reports.get_wkhtmltopdf_state() != "ok":
            self.skipTest("no wkhtmltopdf")
        statement.with_context(force_report_rendering=True)._make_files()
        return base64.b64decode(statement.file)


@tagged("post_install", "-at_install")
class TestStatement(StatementCase):
    """A commune reads what it used, in units, and what it owes: its invoice."""

    def test_invoicing_makes_a_statement_worth_the_invoice(self):
        report = self._worked()
        run = self._invoiced()
        statement = run.statement_ids
        self.assertEqual(statement.commune_id, self.commune)
        self.assertEqual(statement.move_id, run.move_ids)
        self.assertEqual(statement.amount_untaxed, run.move_ids.amount_untaxed)
        facts = statement._get_facts()
        self.assertEqual(
            [
                (row["category"], row["units"], row["unit"], row["amount"])
                for row in facts["categories"]
            ],
            [
                ("Technical agent", "7.00", "Hour", "269.50"),
                ("Tractor", "2.25", "Hour", "139.50"),
                ("Kilometre", "42.00", "Kilometre", "26.04"),
            ],
        )
        self.assertEqual(
            sum(Decimal(use["amount"]) for use in facts["uses"]), Decimal("435.04")
        )
        self.assertEqual(
            facts["uses"][0]["request"], report.request_id.sudo().reference
        )
        self.assertEqual(facts["invoices"], [run.move_ids.name])

    def test_no_agent_is_named(self):
        self._worked()
        content = self._invoiced().statement_ids.content
        for agent in (self.agent, self.leader):
            self.assertNotIn(agent.name, content)

    def test_what_it_says_is_frozen(self):
        self._worked()
        statement = self._invoiced().statement_ids
        self.commune.name = "Valbois-la-Neuve"
        self.assertEqual(statement._get_facts()["commune"]["name"], "Valbois")
        for values in ({"amount_untaxed": 1}, {"content": "{}"}, {"state": "sent"}):
            with self.assertRaises(UserError):
                statement.with_user(self.finance).write(values)

    def test_the_pdf_is_made_once_and_attached_to_the_invoice(self):
        self._worked()
        statement = self._invoiced().statement_ids
        content = self._print(statement)
        self.assertEqual(self._print(statement), content)
        self.assertEqual(statement.state, "ready")
        text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)
        for words in ("435[.,]04", "7[.,]00", "Valbois", statement.move_id.name):
            self.assertRegex(text, words)
        self.assertNotIn(self.agent.name, text)
        [attached] = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "=", statement.move_id.id),
                ("name", "=", statement.filename),
            ]
        )
        self.assertEqual(attached.raw, content)
        titre = statement.run_id._prepare_titres()[0]
        self.assertEqual(titre["attachment"], statement.filename)

    def test_finance_sends_it_to_the_town_hall(self):
        self._worked()
        statement = self._invoiced().statement_ids
        self._print(statement)
        statement.with_user(self.finance).action_send()
        self.assertEqual(statement.state, "sent")
        self.assertEqual(statement.sent_to, "mairie@valbois.example")
        mail = self.env["mail.mail"].search(
            [("model", "=", statement._name), ("res_id", "=", statement.id)]
        )
        self.assertEqual(mail.recipient_ids, self.commune)
        self.assertEqual(mail.attachment_ids.mapped("name"), [statement.filename])
        self.assertRegex(mail.body_html, "435[.,]04")

    def test_a_commune_without_address_is_named_and_nothing_goes(self):
        self._worked()
        statement = self._invoiced().statement_ids
        self._print(statement)
        self.commune.email = False
        self.referent.partner_id.email = False
        with self.assertRaisesRegex(UserError, "Valbois"):
            statement.action_send()
        self.referent.partner_id.email = "referent@valbois.example"
        statement.action_send()
        self.assertEqual(statement.sent_to, "referent@valbois.example")

    def test_the_attribution_de_compensation_gets_its_sum_and_no_invoice(self):
        self.agreement.settle_mode = "ac"
        self._worked()
        run = self._invoiced()
        self.assertFalse(run.move_ids)
        statement = run.statement_ids
        self.assertEqual((statement.settle_mode, run.amount_ac), ("ac", 435.04))
        self.assertFalse(statement.move_id)
        self.assertIn("435.04", str(statement._get_facts()))

    def test_an_invoice_that_goes_leaves_its_statement_void(self):
        self._worked()
        run = self._invoiced()
        run.move_ids._reverse_moves(cancel=True)
        self.assertEqual(run.statement_ids.state, "void")
        again = self._invoiced()
        self.assertEqual(again.statement_ids.state, "pending")
        with self.assertRaises(UserError):
            run.statement_ids.action_send()

    def test_the_commune_reads_its_own_and_nobody_elses(self):
        self._worked()
        statement = self._invoiced().statement_ids
        for user in (self.referent, self.mayor, self.finance, self.direction):
            with self.subTest(user.login):
                self.assertTrue(statement.with_user(user).read(["name", "content"]))
        for user in (self.requester, self.stranger, self.manager, self.leader):
            with self.subTest(user.login), self.assertRaises(AccessError):
                statement.with_user(user).read(["name"])
        for user in (self.referent, self.direction, self.admin, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                statement.with_user(user).action_send()

    def test_the_background_prints_what_waits(self):
        self._worked()
        statement = self._invoiced().statement_ids
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() != "ok":
            self.skipTest("no wkhtmltopdf")
        # no test commits
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", return_value=1.0
        ):
            self.env["intercommunal.statement"].with_context(
                force_report_rendering=True
            )._cron_make_files()
        self.assertEqual(statement.state, "ready")

    def test_its_content_is_what_its_checksum_says(self):
        self._worked()
        statement = self._invoiced().statement_ids
        facts = statement._get_facts()
        self.assertEqual(
            json.dumps(
                facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False
            ),
            statement.content,
        )


@tagged("post_install", "-at_install")
class TestBillingQueries(StatementCase):
    """Invoicing asks the database as often for many uses as for few."""

    def _fill(self, count):
        """Approved uses, as the engine makes them, many at once."""
        self.env["intercommunal.billing.line"]._create_guarded(
            [
                {
                    "source_key": f"queries/{count}/{number}",
                    "company_id": self.company.id,
                    "commune_id": self.commune.id,
                    "service_id": self.service.id,
                    "agreement_id": self.agreement.id,
                    "rate_id": self.rate.id,
                    "rate_version_id": self.rate.version_ids.id,
                    "date": fields.Date.today().replace(month=1, day=1),
                    "kind": "labour",
                    "unit": "hour",
                    "name": "Technical agent",
                    "minutes_real": 60,
                    "minutes_billed": 60,
                    "unit_price": 38.5,
                    "amount": 38.5,
                }
                for number in range(count)
            ]
        )

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _bill(self, count):
        """Queries of the check, the invoices and the workbook of ``count`` uses."""
        self._fill(count)
        run = self._run()
        queries = [
            self._count(run.action_check),
            self._count(run.action_invoice),
            self._count(run._make_workbook),
        ]
        self.assertEqual(run.line_count, count)
        self.assertEqual(run.move_ids.amount_untaxed, 38.5 * count)
        self.assertEqual(run.statement_ids.line_count, count)
        return queries

    def test_ten_times_the_uses_are_no_more_queries(self):
        # the first one fills the caches of the registry
        self._bill(2)
        few, many = self._bill(20), self._bill(400)
        for name, less, more in zip(
            ("check", "invoice", "workbook"), few, many, strict=True
        ):
            with self.subTest(name):
                # records are written by pages, and nothing else grows
                self.assertLessEqual(more, less + 8)
