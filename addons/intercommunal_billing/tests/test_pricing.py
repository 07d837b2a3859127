import random
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from odoo.tests import BaseCase, tagged

from ..tools import pricing

PARIS = ZoneInfo("Europe/Paris")


def utc(*args):
    return datetime(*args, tzinfo=UTC)


@tagged("post_install", "-at_install")
class TestPricing(BaseCase):
    """The worked example of the design, by hand, and the rules around it."""

    def assertBilled(self, minutes, billed, price, amount, minimum=0):
        rounded = pricing.round_minutes(minutes, 15, minimum)
        self.assertEqual(rounded, billed)
        self.assertEqual(
            pricing.price_minutes(rounded, Decimal(price)), Decimal(amount)
        )

    def test_two_agents_three_hours_twenty(self):
        self.assertBilled(200, 210, "38.50", "134.75", minimum=60)
        self.assertEqual(Decimal("134.75") * 2, Decimal("269.50"))

    def test_tractor_two_hours_five(self):
        self.assertBilled(125, 135, "62.00", "139.50")

    def test_lorry_kilometres(self):
        self.assertEqual(
            pricing.price_quantity(Decimal(42), Decimal("0.62")), Decimal("26.04")
        )

    def test_maintenance_three_quarters(self):
        # 33.1275 rounds half up, never to even
        self.assertBilled(45, 45, "44.17", "33.13")

    def test_accepted_part_and_rest(self):
        self.assertBilled(150, 150, "40.20", "100.50", minimum=60)
        self.assertBilled(90, 90, "40.20", "60.30")

    def test_short_holiday_job_takes_the_minimum_after_the_step(self):
        self.assertEqual(pricing.round_minutes(40, 15, 60), 60)
        self.assertEqual(
            pricing.price_minutes(60, Decimal("38.50"), Decimal("1.5")),
            Decimal("57.75"),
        )

    def test_night_of_two_rates(self):
        slices = pricing.slice_at_midnight(
            date(2026, 8, 31), 180, 180, utc(2026, 8, 31, 20, 30), PARIS
        )
        self.assertEqual(
            [(part.day, part.billed) for part in slices],
            [(date(2026, 8, 31), 90), (date(2026, 9, 1), 90)],
        )
        half = Decimal("1.5")
        self.assertEqual(
            pricing.price_minutes(90, Decimal("38.50"), half), Decimal("86.63")
        )
        self.assertEqual(
            pricing.price_minutes(90, Decimal("40.20"), half), Decimal("90.45")
        )

    def test_materials_with_mark_up(self):
        self.assertEqual(
            pricing.price_quantity(Decimal(1), Decimal("24.20"), Decimal("1.05")),
            Decimal("25.41"),
        )

    def test_nothing_done_is_not_billed_a_minimum(self):
        self.assertEqual(pricing.round_minutes(0, 15, 60), 0)
        self.assertEqual(pricing.spread_minutes([0, 0], 15, 60), [0, 0])

    def test_exact_step_is_not_rounded_up(self):
        self.assertEqual(pricing.round_minutes(30, 15), 30)
        self.assertEqual(pricing.round_minutes(31, 15), 45)
        self.assertEqual(pricing.round_minutes(31, 0), 31)
        self.assertEqual(pricing.round_minutes(31, 1), 31)

    def test_one_rounding_for_all_the_parts_of_an_agent(self):
        # 3 × 10 min: 30 minutes, not 3 × 15
        self.assertEqual(pricing.spread_minutes([10, 10, 10], 15), [10, 10, 10])
        self.assertEqual(pricing.spread_minutes([10, 10, 11], 15), [10, 10, 25])
        self.assertEqual(pricing.spread_minutes([20, 0], 15, 60), [60, 0])

    def test_slice_is_pushed_over_midnight_by_rounding(self):
        slices = pricing.slice_at_midnight(
            date(2026, 7, 1), 20, 60, utc(2026, 7, 1, 21, 30), PARIS
        )
        self.assertEqual(
            [(part.day.day, part.real, part.billed) for part in slices],
            [(1, 20, 30), (2, 0, 30)],
        )

    def test_night_of_the_clock_change(self):
        # 25/10/2026 has 25 hours in Paris: 22:00 to 7:00 lasts ten
        slices = pricing.slice_at_midnight(
            date(2026, 10, 24), 600, 600, utc(2026, 10, 24, 20, 0), PARIS
        )
        self.assertEqual([part.billed for part in slices], [120, 480])
        whole_day = pricing.slice_at_midnight(
            date(2026, 10, 25), 1500, 1500, utc(2026, 10, 24, 22, 0), PARIS
        )
        self.assertEqual([part.billed for part in whole_day], [1500])

    def test_unknown_hour_is_one_slice(self):
        self.assertEqual(
            pricing.slice_at_midnight(date(2026, 9, 10), 45, 45),
            [pricing.Slice(date(2026, 9, 10), 45, 45)],
        )

    def test_slices_add_up(self):
        dice = random.Random(20260909)
        for _turn in range(300):
            real = dice.randint(1, 3000)
            billed = pricing.round_minutes(real, dice.choice([0, 15, 60]), 60)
            start = datetime.fromtimestamp(
                dice.randint(1_770_000_000, 1_800_000_000) // 60 * 60, UTC
            )
            slices = pricing.slice_at_midnight(start.date(), real, billed, start, PARIS)
            self.assertEqual(sum(part.billed for part in slices), billed)
            self.assertEqual(sum(part.real for part in slices), real)
            days = [part.day for part in slices]
            self.assertEqual(days, sorted(set(days)))

    def test_version_by_date(self):
        summer = SimpleNamespace(
            date_start=date(2026, 1, 1), date_end=date(2026, 8, 31)
        )
        autumn = SimpleNamespace(date_start=date(2026, 9, 1), date_end=False)
        versions = [autumn, summer]
        self.assertIs(pricing.pick_version(versions, date(2026, 8, 31)), summer)
        self.assertIs(pricing.pick_version(versions, date(2026, 9, 1)), autumn)
        self.assertIsNone(pricing.pick_version(versions, date(2025, 12, 31)))

    def test_stored_floats_become_exact(self):
        self.assertEqual(pricing.decimal_of(38.5), Decimal("38.5000"))
        self.assertEqual(pricing.decimal_of(0.1 + 0.2, 2), Decimal("0.30"))
        self.assertEqual(pricing.decimal_of(1.005, 2), Decimal("1.01"))

    def test_invoice_line_wording(self):
        exact = pricing.word_total(
            Decimal("269.50"), pricing.hours_of(420), Decimal("38.5000")
        )
        self.assertTrue(exact.is_exact)
        self.assertEqual(exact.quantity, Decimal("7.00"))
        # 33.1275: quantity × price is not the billed cent
        lump = pricing.word_total(
            Decimal("33.13"), pricing.hours_of(45), Decimal("44.17")
        )
        self.assertEqual((lump.quantity, lump.price), (Decimal(1), Decimal("33.13")))
        # 0 h 20 has no exact hours
        lump = pricing.word_total(
            Decimal("13.40"), pricing.hours_of(20), Decimal("40.20")
        )
        self.assertFalse(lump.is_exact)

    def test_wording_is_always_worth_the_details(self):
        dice = random.Random(7)
        for _turn in range(500):
            price = Decimal(dice.randint(1, 1_000_000)).scaleb(-4)
            minutes = [dice.randint(1, 600) for _part in range(dice.randint(1, 9))]
            total = sum(pricing.price_minutes(part, price) for part in minutes)
            line = pricing.word_total(total, pricing.hours_of(sum(minutes)), price)
            self.assertEqual(line.quantity * line.price, total)
