from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged
from odoo.tools import mute_logger

from ..tools.periods import list_periods, prorate
from .common import BillingCase

YEAR = 2026


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    """Civil periods, without a database (see tests/properties too)."""

    def test_a_leap_february(self):
        [period] = list_periods("month", date(2028, 2, 10), date(2028, 2, 10))
        self.assertEqual((period.days, period.end), (29, date(2028, 2, 29)))
        self.assertEqual(
            prorate(Decimal("29.00"), period, date(2028, 2, 16), date(2028, 3, 4)),
            Decimal("14.00"),
        )


@tagged("post_install", "-at_install")
class TestCharge(BillingCase):
    """An agreement charges its flat sums by itself, each period once."""

    def _charge(self, **vals):
        return (
            self.env["intercommunal.charge"]
            .with_user(self.finance)
            .create(
                {
                    "agreement_id": self.agreement.id,
                    "name": "Share of the secretariat",
                    "amount": 300.0,
                    "date_start": date(YEAR, 1, 1),
                    **vals,
                }
            )
        )

    def _checked(self, until, since=None):
        run = self._run(date_from=since or date(YEAR, 1, 1), date_to=until)
        run.action_check()
        return run

    def _charged(self, charge):
        lines = charge.sudo().billing_line_ids.sorted("date")
        return [(line.date, line.amount) for line in lines]

    def test_finance_enters_a_charge_and_reads_the_run_on_their_screens(self):
        charges = self.env["intercommunal.charge"].with_user(self.finance)
        with Form(charges) as form:
            form.name = "Helpdesk"
            form.agreement_id = self.agreement
            form.amount = 120
            form.period = "month"
            form.date_start = date(YEAR, 1, 1)
        run = self._checked(date(YEAR, 2, 28))
        with Form(run) as form:
            self.assertEqual(form.amount_ready, 240.0)
            form.date_invoice = date(YEAR, 3, 4)
        self.assertEqual(run.commune_ids.commune_id, self.commune)

    # ------------------------------------------------------------------ periods

    def test_a_quarter_is_charged_at_its_end_once(self):
        charge = self._charge()
        run = self._checked(date(YEAR, 6, 30))
        expected = [(date(YEAR, 3, 31), 300.0), (date(YEAR, 6, 30), 300.0)]
        self.assertEqual(self._charged(charge), expected)
        run.action_check()
        run.action_cancel()
        self._checked(date(YEAR, 6, 30)).action_invoice()
        self._checked(date(YEAR, 9, 30), date(YEAR, 7, 1))
        self.assertEqual(self._charged(charge), [*expected, (date(YEAR, 9, 30), 300.0)])

    def test_a_sum_for_the_year_is_split_to_the_cent(self):
        charge = self._charge(amount=1000.01, amount_basis="year")
        self._checked(date(YEAR, 12, 31))
        self.assertEqual(
            [amount for _day, amount in self._charged(charge)],
            [250.01, 250.0, 250.0, 250.0],
        )

    def test_a_charge_due_at_the_start(self):
        charge = self._charge(due="start", period="half")
        self._checked(date(YEAR, 7, 1))
        self.assertEqual(
            self._charged(charge),
            [(date(YEAR, 1, 1), 300.0), (date(YEAR, 7, 1), 300.0)],
        )

    def test_an_incomplete_period_counts_its_days(self):
        # 46 days of 90, then 31 of 91: from 14 February to 1 May
        charge = self._charge(
            date_start=date(YEAR, 2, 14), date_end=date(YEAR, 5, 1), amount=91.0
        )
        self._checked(date(YEAR, 6, 30))
        self.assertEqual(
            self._charged(charge),
            [(date(YEAR, 3, 31), 46.51), (date(YEAR, 5, 1), 31.0)],
        )

    def test_an_incomplete_period_may_be_whole(self):
        charge = self._charge(date_start=date(YEAR, 2, 14), prorata="full")
        self._checked(date(YEAR, 3, 31))
        self.assertEqual(self._charged(charge), [(date(YEAR, 3, 31), 300.0)])

    def test_the_end_of_the_agreement_ends_its_charges(self):
        self.agreement.date_end = date(YEAR, 4, 30)
        charge = self._charge(period="month", amount=30.0)
        self._checked(date(YEAR, 12, 31))
        self.assertEqual(
            [day for day, _amount in self._charged(charge)][-1], date(YEAR, 4, 30)
        )
        self.assertEqual(len(self._charged(charge)), 4)

    def test_what_was_forgotten_last_year_waits_for_a_run_of_that_year(self):
        charge = self._charge(date_start=date(YEAR - 3, 1, 1), period="year")
        run = self._checked(date(YEAR, 12, 31))
        self.assertEqual(
            [day for day, _amount in self._charged(charge)],
            [date(YEAR - 1, 12, 31), date(YEAR, 12, 31)],
            "older sums are entered knowingly",
        )
        self.assertEqual(run.line_ids.mapped("date"), [date(YEAR, 12, 31)])
        self.assertIn("late_year", run.anomaly_ids.mapped("code"))

    # ------------------------------------------------------------------ invoice

    def test_the_invoice_says_what_is_charged_and_for_when(self):
        charge = self._charge(m57_nature="70845")
        run = self._checked(date(YEAR, 3, 31))
        run.action_invoice()
        [line] = run.move_ids.invoice_line_ids
        self.assertIn(charge.name, line.name)
        self.assertEqual((line.quantity, line.price_unit), (1.0, 300.0))
        self.assertEqual(
            line.account_id, self.rate.sudo()._get_income_account(), "7084 for labour"
        )
        self.assertEqual(run.line_ids.m57_nature, "70845")

    def test_a_charge_is_adjusted_like_any_line(self):
        charge = self._charge()
        run = self._checked(date(YEAR, 3, 31))
        run.action_invoice()
        wizard = (
            self.env["intercommunal.billing.adjust"]
            .with_user(self.finance)
            .create(
                {
                    "line_id": run.line_ids.id,
                    "amount": 250.0,
                    "reason": "Closed for two weeks",
                    "date": date(YEAR, 4, 2),
                }
            )
        )
        wizard.action_apply()
        again = self._checked(date(YEAR, 6, 30), date(YEAR, 4, 1))
        again.action_invoice()
        self.assertEqual(again.move_ids.amount_untaxed, 250.0)
        self.assertTrue(
            any(
                charge.name in name and "two weeks" in name
                for name in again.move_ids.invoice_line_ids.mapped("name")
            )
        )

    def test_its_line_opens_the_charge(self):
        charge = self._charge()
        line = self._checked(date(YEAR, 3, 31)).line_ids
        action = line.action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (charge._name, charge.id)
        )

    # ------------------------------------------------------------------- guards

    def test_what_was_charged_does_not_move(self):
        charge = self._charge()
        self._checked(date(YEAR, 6, 30))
        for vals in ({"amount": 1.0}, {"period": "year"}, {"prorata": "full"}):
            with self.assertRaisesRegex(UserError, "charged already"):
                charge.write(vals)
        with self.assertRaisesRegex(UserError, "can't end before"):
            charge.date_end = date(YEAR, 5, 1)
        with self.assertRaisesRegex(UserError, "charged already"):
            charge.unlink()
        charge.date_end = date(YEAR, 6, 30)

    def test_a_charge_lies_within_its_agreement(self):
        with self.assertRaisesRegex(ValidationError, "outside its agreement"):
            self._charge(date_start=date(2019, 1, 1))
        with self.assertRaises(Exception), mute_logger("odoo.sql_db"):  # noqa: B017
            self._charge(amount=0.0)

    def test_only_finance_enters_charges(self):
        charge = self._charge()
        for user in (self.direction, self.admin):
            with self.assertRaises(AccessError):
                charge.with_user(user).write({"name": "x"})
        self.assertFalse(charge.with_user(self.referent).has_access("read"))

    def test_each_company_charges_its_own(self):
        other = self.env["res.company"].create({"name": "Other CC"})
        charge = self._charge()
        self.env.user.company_ids += other
        run = (
            self.env["intercommunal.billing.run"]
            .with_company(other)
            .create(
                {
                    "company_id": other.id,
                    "service_id": self.env["intercommunal.service"]
                    .create({"name": "S", "code": "S-O", "company_id": other.id})
                    .id,
                    "date_from": date(YEAR, 1, 1),
                    "date_to": date(YEAR, 3, 31),
                }
            )
        )
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            run.action_check()
        self.assertFalse(charge.sudo().billing_line_ids)
