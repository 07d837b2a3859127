from datetime import date

from odoo import Command, fields
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestQuota(BillingCase):
    """The free hours of a year: taken once, given back with their run."""

    def _used(self, minutes):
        """An approved report of so many minutes of labour."""
        report = self._draft_report()
        report.line_ids.minutes = minutes
        report.action_send()
        return self._approve(report)

    def _checked(self):
        run = self._run()
        run.action_check()
        return run

    def _quota(self, run):
        return run.sudo().line_ids.filtered("quota_minutes")

    def test_a_quota_used_up_inside_a_line(self):
        self.agreement.quota_hours = 1.5
        self._used(240)
        run = self._checked()
        self.assertEqual(self._quota(run).quota_minutes, 90)
        # 4 h − 1.5 h at 38.50 €
        self.assertEqual(sum(run.sudo().line_ids.mapped("amount")), 96.25)
        run.action_invoice()
        invoice = run.sudo().move_ids
        self.assertEqual(invoice.amount_untaxed, 96.25)
        self.assertEqual(invoice.invoice_line_ids.mapped("quantity"), [4.0, -1.5])

    def test_the_next_run_has_what_is_left(self):
        self.agreement.quota_hours = 3
        self._used(120)
        first = self._checked()
        first.action_invoice()
        self.assertEqual(self.agreement.quota_left, 1)
        self._used(120)
        second = self._run(date_from=date(fields.Date.today().year, 1, 1))
        second.action_check()
        self.assertEqual(self._quota(second).quota_minutes, 60)
        self.assertEqual(self.agreement.quota_left, 0)

    def test_a_cancelled_run_gives_the_hours_back(self):
        self.agreement.quota_hours = 1
        report = self._used(120)
        run = self._checked()
        self.assertEqual(self.agreement.quota_left, 0)
        run.action_cancel()
        self.assertEqual(self.agreement.quota_left, 1)
        lines = report.sudo().billing_line_ids
        self.assertEqual(lines.mapped("state"), ["open"])
        again = self._checked()
        self.assertEqual(self._quota(again).quota_minutes, 60)
        # checking twice takes them once
        again._gather_lines()
        self.assertEqual(self._quota(again).quota_minutes, 60)

    def test_a_deleted_invoice_gives_the_hours_back(self):
        self.agreement.quota_hours = 1
        self._used(120)
        run = self._checked()
        run.action_invoice()
        invoice = run.sudo().move_ids
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self.agreement.quota_left, 1)

    def test_last_years_hours_are_gone(self):
        self.agreement.quota_hours = 2
        year = fields.Date.today().year
        self.assertEqual(self.agreement._get_quota_minutes(year), 120)
        self._used(120)
        self._checked()
        self.assertEqual(self.agreement._get_quota_minutes(year), 0)
        self.assertEqual(self.agreement._get_quota_minutes(year + 1), 120)

    def test_equipment_is_not_given(self):
        self.agreement.quota_hours = 5
        report = self._draft_report()
        report.line_ids.minutes = 60
        report.line_ids = [
            Command.create(
                {"kind": "equipment", "product_id": self.tractor.id, "minutes": 120}
            )
        ]
        report.action_send()
        self._approve(report)
        run = self._checked()
        self.assertEqual(self._quota(run).quota_minutes, 60)
        # the tractor's two hours are due
        self.assertEqual(sum(run.sudo().line_ids.mapped("amount")), 124.0)
