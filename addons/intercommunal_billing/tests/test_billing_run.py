import base64
import io
from datetime import timedelta
from decimal import Decimal

import openpyxl

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingCase
from .test_workbook import table


@tagged("post_install", "-at_install")
class TestBillingRun(BillingCase):
    """From the approved report to the posted invoice and the workbook."""

    def _worked(self, minutes=200, **vals):
        """An approved report of two agents, a tractor and a trip."""
        lines = [
            {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes},
            {"kind": "labour", "agent_id": self.leader.id, "minutes": minutes},
            {"kind": "equipment", "product_id": self.tractor.id, "minutes": 125},
            {"kind": "travel", "quantity": 42, "name": "Lorry"},
        ]
        return self._approve(
            self._reported(
                line_ids=[Command.clear(), *(Command.create(line) for line in lines)],
                **vals,
            )
        )

    def test_an_approved_report_makes_its_lines_once(self):
        report = self._worked()
        lines = report.sudo().billing_line_ids
        # billing.md's worked example: 269.50 + 139.50 + 26.04
        self.assertEqual(
            sorted(lines.mapped("amount")), [26.04, 134.75, 134.75, 139.50]
        )
        self.assertEqual(set(lines.mapped("state")), {"open"})
        report.sudo()._make_billing_lines()
        self.assertEqual(len(report.sudo().billing_line_ids), 4)

    def test_rework_is_traced_and_not_billed(self):
        report = self._reported()
        report.validation_id.with_user(self.referent).action_rework("It leaks.")
        again = self._draft_report(report.intervention_id, line_ids=[])
        again.line_ids = [
            Command.create({"kind": "labour", "agent_id": self.agent.id, "minutes": 60})
        ]
        again.action_send()
        lines = self._approve(again).sudo().billing_line_ids
        self.assertEqual(
            lines.sorted("minutes_real").mapped(lambda d: (d.amount, d.waived_reason)),
            [(0.0, "rework"), (77.0, False)],
        )

    def test_names_are_those_that_people_write(self):
        run = self.env["intercommunal.billing.run"].with_user(self.finance)
        self.assertEqual(run.new({}).display_name, "New run")
        line = self.env["intercommunal.billing.line"].new(
            {"date": "2026-09-14", "name": "Mower"}
        )
        self.assertNotIn("2026-09-14", line.display_name)

    def test_a_run_posts_one_invoice_a_commune_worth_its_details(self):
        self._worked()
        self._worked(minutes=130)
        run = self._run()
        run.action_check()
        self.assertEqual(run.anomaly_count, 0)
        run.action_invoice()
        self.assertEqual(run.state, "invoiced")
        move = run.move_ids
        self.assertEqual(move.partner_id, self.commune)
        self.assertEqual(move.state, "posted")
        details = run.line_ids
        self.assertEqual(Decimal(str(move.amount_untaxed)), details._get_total())
        self.assertEqual(move.amount_total, move.amount_untaxed)
        self.assertEqual(set(details.mapped("state")), {"billed"})
        for line in move.invoice_line_ids:
            self.assertEqual(
                Decimal(str(line.price_subtotal)),
                line.intercommunal_billing_line_ids._get_total(),
            )

    def test_both_roundings_of_odoo_give_the_same_total(self):
        for method in ("round_globally", "round_per_line"):
            self.company.tax_calculation_rounding_method = method
            for minutes in (7, 22, 38):
                self._worked(minutes=minutes)
            run = self._run()
            run.action_check()
            run.action_invoice()
            self.assertEqual(
                Decimal(str(sum(run.move_ids.mapped("amount_untaxed")))),
                run.line_ids._get_total(),
            )

    def test_the_workbook_reconciles_and_is_the_same_again(self):
        self.company.partner_id.lang = "en_US"
        self._worked()
        run = self._run()
        run.action_check()
        run.action_invoice()
        run.action_export_xlsx()
        self.assertEqual(run.state, "exported")
        run.action_export_xlsx()
        export = run.export_ids
        self.assertEqual(len(export), 1, "the same bytes are kept once")
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(export.file)))
        total = table(book["Summary"], "INSEE code")[-1]
        self.assertEqual(total["Quota"], 0, "no free hour here")
        self.assertAlmostEqual(total["Total excl. VAT"], run.amount_total, 2)
        self.assertAlmostEqual(
            total["Invoiced excl. VAT"], run.move_ids.amount_untaxed, 2
        )
        self.assertEqual(total["Control (0.00)"], 0)
        amounts = [row["Amount"] for row in table(book["Detail"], "Source")]
        self.assertAlmostEqual(sum(amounts), run.amount_total, 2)

    def test_what_was_exported_is_given_again_after_a_cancelled_invoice(self):
        self._worked()
        run = self._run()
        run.action_check()
        run.action_invoice()
        run.action_export_xlsx()
        before = run.export_ids.sha256
        invoice = run.sudo().move_ids
        invoice.button_draft()
        invoice.button_cancel()
        run.action_export_xlsx()
        self.assertEqual(run.export_ids.mapped("sha256"), [before])

    def test_no_text_of_the_workbook_is_a_formula(self):
        risky = "=HYPERLINK('http://evil')"
        self._worked(summary=risky)
        self.env["intercommunal.billing.line"].search([])._write_guarded(
            {"name": risky, "m57_nature": "@SUM(1)"}
        )
        run = self._run()
        run.action_check()
        run.action_export_xlsx()
        content = base64.b64decode(run.export_ids.file)
        book = openpyxl.load_workbook(io.BytesIO(content))
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    self.assertNotEqual(cell.data_type, "f", cell.value)

    def test_nothing_to_bill_is_said(self):
        run = self._run()
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            run.action_check()
        self.assertEqual(run.state, "draft")

    def test_a_missing_agreement_blocks_only_its_commune(self):
        self.agreement.date_end = fields.Date.today() - timedelta(days=2)
        self._worked()
        run = self._run()
        run.action_check()
        line = run.anomaly_line_ids[:1]
        self.assertIn("has no agreement", line.anomaly_text)
        self.assertIn(self.commune.name, line.anomaly_text)
        with self.assertRaisesRegex(UserError, "line to mend"):
            run.action_invoice()
        self.assertEqual(run.state, "checked")
        self.assertFalse(run.move_ids)
        self.agreement.date_end = False
        run.action_check()
        self.assertFalse(run.anomaly_count)
        run.action_invoice()
        self.assertEqual(run.move_ids.state, "posted")

    def test_a_missing_rate_never_gets_a_default_price(self):
        self.km_rate.is_default = False
        self._worked()
        run = self._run()
        run.action_check()
        [line] = run.anomaly_line_ids
        self.assertEqual((line.amount, line.anomaly), (0, "no_rate"))
        self.assertIn("No rate", line.anomaly_text)

    def test_a_locked_period_is_refused_instead_of_moved(self):
        self._worked()
        run = self._run()
        run.action_check()
        self.company.sale_lock_date = run.date_invoice
        with self.assertRaisesRegex(UserError, "locked"):
            run.action_invoice()
        self.assertFalse(run.move_ids)

    def test_settled_otherwise_makes_no_invoice(self):
        self.agreement.settle_mode = "ac"
        self._worked()
        run = self._run()
        run.action_check()
        run.action_invoice()
        self.assertFalse(run.move_ids)
        self.assertEqual(set(run.line_ids.mapped("state")), {"settled"})

    def test_cancelling_a_run_gives_the_lines_back(self):
        report = self._worked()
        run = self._run()
        run.action_check()
        run.action_cancel()
        self.assertFalse(report.sudo().billing_line_ids.run_id)
        self.assertEqual(set(report.sudo().billing_line_ids.mapped("state")), {"open"})

    def test_only_finance_bills(self):
        self._worked()
        run = self._run()
        for user in (self.manager, self.direction, self.admin, self.referent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                run.with_user(user).action_check()

    def test_lines_are_never_edited(self):
        line = self._worked().sudo().billing_line_ids[:1]
        for values in ({"amount": 1.0}, {"unit_price": 1}, {"commune_id": False}):
            with self.assertRaises(UserError):
                line.write(values)

    def test_the_referent_reads_their_lines_and_no_others(self):
        line = self._worked().sudo().billing_line_ids[:1]
        self.assertTrue(line.with_user(self.referent).has_access("read"))
        self.assertFalse(line.with_user(self.stranger).has_access("read"))
        self.assertFalse(line.with_user(self.requester).has_access("read"))

    def test_a_contested_request_after_billing_is_not_reopened(self):
        report = self._worked()
        run = self._run()
        run.action_check()
        with self.assertRaisesRegex(UserError, "billing"):
            report.request_id.with_user(self.referent).action_contest("It leaks.")

    def test_contested_before_billing_the_lines_are_waived(self):
        report = self._worked()
        report.request_id.with_user(self.referent).action_contest("It leaks.")
        lines = report.sudo().billing_line_ids
        self.assertEqual(set(lines.mapped("state")), {"waived"})
        self.assertEqual(sum(lines.mapped("amount")), 0)


@tagged("post_install", "-at_install")
class TestInvoiceLinks(BillingCase):
    """An invoice that goes gives its details back, exactly once."""

    def setUp(self):
        super().setUp()
        self.report = self._approve(self._reported())
        self.run_ = self._run()
        self.run_.action_check()
        self.run_.action_invoice()
        self.move = self.run_.move_ids
        self.line = self.report.sudo().billing_line_ids

    def test_full_reversal_opens_the_details(self):
        self.move._reverse_moves(cancel=True)
        self.assertEqual(self.line.state, "open")
        self.assertFalse(self.line.run_id)

    def test_partial_credit_frees_nothing(self):
        self.move._reverse_moves(cancel=False)
        self.assertEqual(self.line.state, "billed")

    def test_back_to_draft_then_deleted_opens_the_details(self):
        self.move.button_draft()
        self.assertEqual(self.line.state, "draft")
        self.move.invoice_line_ids.unlink()
        self.assertEqual(self.line.state, "open")

    def test_cancelled_invoice_opens_the_details(self):
        self.move.button_draft()
        self.move.button_cancel()
        self.assertEqual(self.line.state, "open")

    def test_what_was_opened_is_billed_again_once(self):
        self.move._reverse_moves(cancel=True)
        again = self._run()
        again.action_check()
        again.action_invoice()
        self.assertEqual(again.move_ids.amount_untaxed, self.move.amount_untaxed)
        self.assertEqual(self.line.state, "billed")
