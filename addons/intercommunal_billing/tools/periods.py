"""Civil periods of a year, without models."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from odoo.addons.intercommunal_workflow.tools.allocation import allocate

from .pricing import round_cent

MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True)
class Period:
    """A civil period: its days, and which of the year's it is (from 0)."""

    start: date
    end: date
    index: int

    @property
    def days(self):
        return (self.end - self.start).days + 1


def list_periods(kind, first, last):
    """The periods that begin at the latest on ``last`` and end after ``first``.

    :param str kind: a key of ``MONTHS``
    """
    months = MONTHS[kind]
    periods = []
    for year in range(first.year, last.year + 1):
        for index in range(12 // months):
            start = date(year, index * months + 1, 1)
            after = index * months + 1 + months
            end = date(year + (after > 12), (after - 1) % 12 + 1, 1) - timedelta(days=1)
            if end >= first and start <= last:
                periods.append(Period(start, end, index))
    return periods


def last_period(kind, day):
    """The last period that was over before ``day``."""
    known = list_periods(kind, date(day.year - 1, 1, 1), day)
    return [period for period in known if period.end < day][-1]


def share_of_year(amount, kind, index):
    """What one period is charged of a sum for the year, to the cent.

    The periods of a year add up to the sum; the first ones take the odd cents.
    """
    return allocate(amount, [1] * (12 // MONTHS[kind]))[index]


def prorate(amount, period, first, last):
    """What is due of ``amount`` when only some days of ``period`` count.

    :param date first: first day that counts
    :param date last: last day that counts
    :return: Decimal, halves away from zero
    """
    days = (min(last, period.end) - max(first, period.start)).days + 1
    return round_cent(amount * Decimal(days) / period.days)
