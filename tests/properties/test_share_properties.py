"""Shares of a sum and periods of a year: what is true of all of them."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.intercommunal_billing.tools import periods
from odoo.addons.intercommunal_billing.tools.periods import (
    list_periods,
    prorate,
    share_of_year,
)
from odoo.addons.intercommunal_workflow.tools.allocation import allocate

KINDS = st.sampled_from(list(periods.MONTHS))
PRICES = st.decimals("0.01", "99999.99", places=2)
SUMS = st.decimals("-99999.99", "99999.99", places=2)
WEIGHTS = st.lists(st.integers(0, 100_000), min_size=1, max_size=60).filter(any)


@tagged("post_install", "-at_install")
class TestAllocate(BaseCase):
    """The largest remainder, without a database."""

    @given(total=SUMS, weights=WEIGHTS)
    def test_the_shares_add_up_and_are_a_cent_off_at_most(self, total, weights):
        shares = allocate(total, weights)
        self.assertEqual(sum(shares), total)
        for share, weight in zip(shares, weights, strict=True):
            self.assertLess(
                abs(share - total * weight / sum(weights)), Decimal("0.0100001")
            )
            if not weight:
                self.assertEqual(share, 0)

    @given(total=SUMS, weights=WEIGHTS)
    def test_who_weighs_more_never_pays_less(self, total, weights):
        shares = [abs(share) for share in allocate(total, weights)]
        pairs = sorted(zip(weights, shares, strict=True))
        for (light, less), (heavy, more) in zip(pairs, pairs[1:], strict=False):
            if light < heavy:
                self.assertLessEqual(less, more)

    @given(total=SUMS, weights=WEIGHTS, scale=st.integers(1, 9))
    def test_the_unit_of_the_weights_does_not_matter(self, total, weights, scale):
        self.assertEqual(
            allocate(total, weights), allocate(total, [w * scale for w in weights])
        )

    @given(total=SUMS, count=st.integers(1, 50))
    def test_ties_go_to_the_first(self, total, count):
        shares = [abs(share) for share in allocate(total, [1] * count)]
        self.assertEqual(shares, sorted(shares, reverse=True))


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    """Civil periods, their shares and their days, without a database."""

    @given(kind=KINDS, year=st.integers(2020, 2032))
    def test_the_periods_of_a_year_cover_each_day_once(self, kind, year):
        found = list_periods(kind, date(year, 1, 1), date(year, 12, 31))
        self.assertEqual(len(found), 12 // periods.MONTHS[kind])
        self.assertEqual(
            sum(period.days for period in found),
            (date(year + 1, 1, 1) - date(year, 1, 1)).days,
        )
        self.assertEqual([period.index for period in found], list(range(len(found))))

    @given(kind=KINDS, amount=PRICES)
    def test_the_shares_of_a_year_add_up(self, kind, amount):
        shares = [
            share_of_year(amount, kind, index)
            for index in range(12 // periods.MONTHS[kind])
        ]
        self.assertEqual(sum(shares), amount)
        self.assertLessEqual(max(shares) - min(shares), Decimal("0.01"))

    @given(
        kind=KINDS, amount=PRICES, day=st.dates(date(2024, 1, 1), date(2027, 12, 31))
    )
    def test_a_period_cut_in_two_is_charged_once(self, kind, amount, day):
        [period] = list_periods(kind, day, day)
        before = prorate(amount, period, period.start, day)
        after = amount - before
        self.assertTrue(Decimal(0) <= before <= amount)
        self.assertAlmostEqual(
            float(after),
            float(amount) * (period.end - day).days / period.days,
            delta=0.0051,
        )
