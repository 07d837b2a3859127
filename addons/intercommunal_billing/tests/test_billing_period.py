from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..tools import periods
from .common import LargeRunCase


@tagged("post_install", "-at_install")
class TestBillingPeriod(LargeRunCase):
    """An agreement that is billed by year is not billed by a quarter's run."""

    def setUp(self):
        super().setUp()
        self.finance.lang = "en_US"
        self.agreements[0].period = "year"
        self.lines = self._use(self.communes, 2)
        self.lines._write_guarded({"date": date(2026, 8, 10)})
        self.yearly = self.lines.filtered(
            lambda line: line.agreement_id == self.agreements[0]
        )

    def _checked(self, start, end):
        run = self._run(date_from=start, date_to=end)
        run.action_check()
        return run

    def test_a_quarter_leaves_what_is_billed_by_year(self):
        run = self._checked(date(2026, 7, 1), date(2026, 9, 30))
        self.assertEqual(run.sudo().line_ids, self.lines - self.yearly)
        [found] = run.anomaly_ids.filtered(lambda found: found.code == "early")
        self.assertEqual(found.severity, "warning")
        self.assertEqual(found.line_count, len(self.yearly))
        self.assertAlmostEqual(found.amount, sum(self.yearly.mapped("amount")), 2)
        self.assertRegex(found.name, r"another period \(year\): 1\..*\b31\b")
        shown = self.env["intercommunal.billing.line"].search(
            found.action_open()["domain"]
        )
        self.assertEqual(shown, self.yearly)

    def test_the_run_that_ends_the_year_takes_it(self):
        for start in (date(2026, 10, 1), date(2026, 1, 1)):
            with self.subTest(start=start):
                run = self._checked(start, date(2026, 12, 31))
                self.assertEqual(run.sudo().line_ids, self.lines)
                self.assertNotIn("early", run.anomaly_ids.mapped("code"))
                run.action_cancel()

    def test_a_run_as_long_as_the_period_takes_it_wherever_it_ends(self):
        self.agreements[0].period = "quarter"
        run = self._checked(date(2026, 6, 15), date(2026, 8, 20))
        self.assertEqual(run.sudo().line_ids, self.lines)

    def test_what_is_late_waits_no_longer(self):
        self.agreements[0].period = "half"
        run = self._checked(date(2026, 7, 1), date(2026, 8, 31))
        self.assertEqual(run.sudo().line_ids, self.lines - self.yearly)
        run.action_cancel()
        self.yearly._write_guarded({"date": date(2026, 6, 30)})
        run = self._checked(date(2026, 7, 1), date(2026, 8, 31))
        self.assertEqual(run.sudo().line_ids, self.lines)

    def test_when_all_of_it_waits_the_run_says_why(self):
        self.agreements.period = "year"
        with self.assertRaisesRegex(UserError, "Nothing to bill.*billed by another"):
            self._checked(date(2026, 7, 1), date(2026, 9, 30))

    def test_the_period_of_the_agreements_is_proposed(self):
        run = self.env["intercommunal.billing.run"].with_user(self.finance)
        today = run._fields["date_to"].context_today(run)
        self.agreements.period = "year"
        with Form(run) as form:
            self.assertEqual((form.date_from, form.date_to), run._get_last_quarter())
            form.service_id = self.service
            self.assertEqual(form.date_from, date(today.year - 1, 1, 1))
            self.assertEqual(form.date_to, date(today.year - 1, 12, 31))
        with Form(run) as form:
            form.date_from = date(2026, 2, 1)
            form.date_to = date(2026, 2, 28)
            form.service_id = self.service
            self.assertEqual(form.date_from, date(2026, 2, 1), "it was chosen")

    def test_the_last_period(self):
        for kind, day, start in (
            ("month", date(2026, 1, 31), date(2025, 12, 1)),
            ("quarter", date(2026, 3, 31), date(2025, 10, 1)),
            ("quarter", date(2026, 4, 1), date(2026, 1, 1)),
            ("half", date(2026, 7, 1), date(2026, 1, 1)),
            ("year", date(2026, 12, 31), date(2025, 1, 1)),
        ):
            with self.subTest(kind=kind, day=day):
                self.assertEqual(periods.last_period(kind, day).start, start)
