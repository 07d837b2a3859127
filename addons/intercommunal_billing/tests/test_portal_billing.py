import base64

from odoo import Command
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.portal import PortalCase

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPortalBilling(BillingCase, PortalCase):
    """The commune's referents and officials read what it pays; nobody else does."""

    def _line(self, request=None):
        report = self._reported(
            line_ids=[
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 120}
                )
            ]
        )
        return self._approve(report).sudo().billing_line_ids[:1].with_env(self.env)

    def _invoice(self):
        run = self._run()
        run.action_check()
        run.action_invoice()
        return run.sudo().move_ids

    def test_the_list_tells_periods_totals_and_states(self):
        line = self._line()
        page = self._get("/my/billing", self.referent)
        self.assertIn(f"/my/billing/{line.id}", page.text)
        self.assertIn("77.00", page.text)
        year, quarter = line.date.year, (line.date.month - 1) // 3 + 1
        for query, is_there in (
            (f"?period={year}-{quarter}", True),
            (f"?period={year}", True),
            ("?period=1999-1", True),  # unknown: all
            ("?state=billed", False),
            ("?state=to_bill", True),
            (f"?service={self.service.id}", True),
            ("?state=contested", False),
            ("?state='--&amp;service=x&amp;period=y", True),
        ):
            with self.subTest(query):
                page = self._get(f"/my/billing{query}")
                self.assertEqual(f"/my/billing/{line.id}" in page.text, is_there)

    def test_a_charge_leads_to_its_evidence(self):
        line = self._line()
        page = self._get(f"/my/billing/{line.id}", self.referent)
        self.assertIn(f"/my/requests/{line.request_id.id}", page.text)
        self.assertIn(f"/my/validations/{line.report_id.validation_id.id}", page.text)
        self.assertEqual(page.text.count("<h1"), 1)
        self.assertNotIn("/my/invoices/", page.text)
        invoice = self._invoice()
        page = self._get(f"/my/billing/{line.id}")
        self.assertIn(f"/my/invoices/{invoice.id}", page.text)

    def test_a_quantity_is_said_as_people_say_it(self):
        line = self._line()
        for unit, quantity, text in (("km", 22, "22 km"), ("unit", 1, "1 unit")):
            with self.subTest(unit):
                line.sudo()._write_guarded(
                    {"unit": unit, "quantity": quantity, "minutes_billed": 0}
                )
                page = self._get(f"/my/billing/{line.id}", self.referent)
                self.assertIn(f"<dd>{text}</dd>", page.text)

    def test_others_find_nothing(self):
        line = self._line()
        for user in (self.stranger, self.requester):
            with self.subTest(user.login):
                page = self._get("/my/billing", user)
                self.assertNotIn(f"/my/billing/{line.id}", page.text)
                self.assertEqual(self._get(f"/my/billing/{line.id}").status_code, 404)
                answer = self._post(
                    f"/my/billing/{line.id}/contest",
                    self._get("/my/requests"),
                    [],
                    text="Mine.",
                )
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._get("/my/billing", self.nobody).status_code, 404)
        line.invalidate_recordset()
        self.assertFalse(line.is_contested)

    def test_the_card_of_the_home_page_counts(self):
        self._line()
        for user, count in ((self.referent, 1), (self.requester, 0), (self.nobody, 0)):
            self.authenticate(user.login, user.login)
            answer = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["intercommunal_billing_count"]}
            )
            self.assertEqual(answer["intercommunal_billing_count"], count)

    def test_contest_and_read_the_answer(self):
        line = self._line()
        page = self._get(f"/my/billing/{line.id}", self.referent)
        answer = self._post(
            f"/my/billing/{line.id}/contest", page, [], text="  <b>One</b> agent.  "
        )
        self.assertIn("waits for the finance office", answer.text)
        self.assertIn("&lt;b&gt;One&lt;/b&gt; agent.", answer.text)
        self.assertNotIn('name="text"', answer.text)
        line.invalidate_recordset()
        self.assertTrue(line.is_contested)
        line.with_user(self.finance).action_reject_contest("The sheet says two.")
        page = self._get(f"/my/billing/{line.id}")
        self.assertIn("The sheet says two.", page.text)

    def test_statements_of_the_runs_are_there_once_printed(self):
        self._line()
        statement = self._invoice().intercommunal_run_id.statement_ids
        path = f"/my/billing/periods/{statement.id}"
        page = self._get("/my/billing", self.referent)
        self.assertNotIn(path, page.text)
        self.assertNotIn("#documents_title", page.text)
        self.assertEqual(self._get(path).status_code, 404)
        statement._write_guarded(
            {"state": "ready", "file": base64.b64encode(b"%PDF-1.4 uses")}
        )
        page = self._get("/my/billing", self.referent)
        self.assertIn(path, page.text)
        self.assertIn('href="#documents_title"', page.text)
        self.assertIn(statement.name, page.text)
        answer = self._get(path)
        self.assertEqual(answer.content, b"%PDF-1.4 uses")
        self.assertIn(statement.filename, answer.headers["Content-Disposition"])
        for user in (self.stranger, self.requester):
            with self.subTest(user.login):
                self.assertNotIn(path, self._get("/my/billing", user).text)
                self.assertEqual(self._get(path).status_code, 404)
        # void: it says too much now
        statement._void()
        self.assertNotIn(path, self._get("/my/billing", self.referent).text)
        self.assertEqual(self._get(path).status_code, 404)

    def test_a_refusal_brings_the_words_back(self):
        line = self._line()
        page = self._get(f"/my/billing/{line.id}", self.referent)
        answer = self._post(
            f"/my/billing/{line.id}/contest", page, [], text="word " * 500
        )
        self.assertIn("alert-danger", answer.text)
        self.assertIn("word word", answer.text)

    def test_without_its_token_nothing_is_contested(self):
        line = self._line()
        self.authenticate(self.referent.login, self.referent.login)
        answer = self.url_open(
            f"/my/billing/{line.id}/contest", data={"text": "No token."}
        )
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._get(f"/my/billing/{line.id}/contest").status_code, 405)
        line.invalidate_recordset()
        self.assertFalse(line.is_contested)

    # ---------------------------------------------------------------- invoices

    def test_invoices_are_read_by_those_who_answer_for_the_commune(self):
        self._line()
        invoice = self._invoice()
        # the town hall employs all of them, as far as core knows
        people = self.referent | self.requester | self.mayor
        people.partner_id.parent_id = self.commune
        for user, reads in (
            (self.referent, True),
            (self.mayor, True),
            (self.requester, False),
            (self.stranger, False),
        ):
            with self.subTest(user.login):
                page = self._get("/my/invoices", user)
                self.assertEqual(invoice.name in page.text, reads)
                page = self.url_open(f"/my/invoices/{invoice.id}")
                self.assertEqual(f"/my/invoices/{invoice.id}" in page.url, reads)
                found = self.env["account.move"].with_user(user).search([])
                self.assertEqual(invoice in found.sudo(), reads)
                lines = self.env["account.move.line"].with_user(user).search([])
                self.assertEqual(bool(lines.sudo() & invoice.line_ids), reads)

    def test_a_referent_without_employer_reads_them_too(self):
        self._line()
        invoice = self._invoice()
        self.assertFalse(self.referent.partner_id.parent_id)
        self.assertIn(invoice.name, self._get("/my/invoices", self.referent).text)
        self.assertEqual(self._get(f"/my/invoices/{invoice.id}").status_code, 200)
        draft = invoice.copy()
        found = self.env["account.move"].with_user(self.referent).search([])
        self.assertNotIn(draft, found.sudo())
        self._end_role(self.referent)
        self.assertNotIn(invoice.name, self._get("/my/invoices").text)
