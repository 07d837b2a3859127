"""Pricing of what was done, without models: integer minutes in, Decimal euros out.

Rules (design of the billing, in this order): minutes are rounded up by step once per
agent and intervention, then the minimum applies, then they are cut at midnight, where
the rate may change. An amount is half-up(minutes / 60 × price × coefficient, 0.01).
Floats never enter: Odoo's own are converted by :func:`decimal_of`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MINUTES_PER_HOUR = 60


def decimal_of(value, digits=4):
    """The Decimal that a stored float stands for.

    :param value: float or int read from a numeric column
    :param int digits: decimals of that column
    """
    return Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP
    )


def round_cent(amount):
    """``amount`` to the cent, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def round_minutes(minutes, step=0, minimum=0):
    """Billed minutes of one agent on one intervention.

    :param int minutes: real minutes; nothing done is never billed a minimum
    :param int step: minutes are rounded up to a multiple of it, 0 or 1 for none
    :param int minimum: at least this many minutes, applied after the step
    """
    if minutes <= 0:
        return 0
    if step > 1:
        minutes = -(-minutes // step) * step
    return max(minutes, minimum)


def spread_minutes(parts, step=0, minimum=0):
    """Billed minutes of each part of one agent's work on one intervention.

    The sum is rounded once; what rounding adds goes to the last part that was worked,
    so that no part is billed less than it lasted.

    :param list parts: real minutes of each part, in order of time
    :return: list of billed minutes, as long as ``parts``
    """
    billed = list(parts)
    worked = [index for index, minutes in enumerate(parts) if minutes > 0]
    if worked:
        billed[worked[-1]] += round_minutes(sum(parts), step, minimum) - sum(parts)
    return billed


@dataclass(frozen=True)
class Slice:
    """A part of a use that lies within one day."""

    day: date
    real: int
    billed: int
    start: datetime | None = None


def slice_at_midnight(day, real, billed, start=None, tz=None, cuts=()):
    """Cut one use at midnight, local time, and where a surcharge begins or ends.

    Minutes are counted in absolute time: a night of clock change neither gains nor
    loses an hour.

    :param date day: day of the use when its hour is unknown
    :param int real: real minutes
    :param int billed: billed minutes, rounded before
    :param datetime start: aware datetime, or None: then there is one slice
    :param tz: time zone of the midnight
    :param cuts: minutes of the day, local time, at which a use is cut as well
    :return: list of :class:`Slice`, in order; their billed minutes add up to ``billed``
    """
    if start is None:
        return [Slice(day, real, billed)]
    slices = []
    while real > 0 or billed > 0 or not slices:
        local = start.astimezone(tz)
        limit = _next_limit(local, tz, cuts)
        left = int((limit.timestamp() - start.timestamp()) // 60)
        if billed <= left and real <= left:
            slices.append(Slice(local.date(), real, billed, start))
            break
        part = Slice(local.date(), min(real, left), min(billed, left), start)
        slices.append(part)
        real -= part.real
        billed -= part.billed
        start = limit.astimezone(start.tzinfo)
    return slices


def _next_limit(local, tz, cuts):
    """The first cut of the day after ``local``, else midnight."""
    day = local.date()
    for minutes in sorted(cuts):
        moment = datetime.combine(day, time(minutes // 60, minutes % 60), tz)
        if moment.timestamp() > local.timestamp():
            return moment
    return datetime.combine(day + timedelta(days=1), time.min, tz)


def is_between(minutes, first, last):
    """Whether a minute of the day lies in a stretch, which may span midnight."""
    if first <= last:
        return first <= minutes < last
    return minutes >= first or minutes < last


def price_minutes(minutes, price, coefficient=Decimal(1)):
    """Amount of ``minutes`` at ``price`` an hour, to the cent."""
    hourly = round_price(price * coefficient)
    return round_cent(Decimal(minutes) * hourly / MINUTES_PER_HOUR)


def price_quantity(quantity, price, coefficient=Decimal(1)):
    """Amount of ``quantity`` units at ``price`` a unit, to the cent."""
    return round_cent(quantity * round_price(price * coefficient))


def round_price(price):
    """A unit price, with the four decimals that rates have."""
    return price.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def pick_version(versions, day):
    """The version of a rate that applies on ``day``, or None.

    :param versions: iterable of objects with ``date_start`` and ``date_end``
        (None or False: without end)
    """
    for version in versions:
        if version.date_start <= day and (
            not version.date_end or day <= version.date_end
        ):
            return version
    return None


@dataclass(frozen=True)
class Wording:
    """How an invoice line says the sum of its details."""

    quantity: Decimal
    price: Decimal
    is_exact: bool


def word_total(total, quantity, price):
    """Quantity and price of an invoice line that is worth ``total`` to the cent.

    Odoo keeps two decimals of a quantity and rounds lines or totals as the company
    chose: quantity × price is kept only when it equals the sum of the details
    exactly, else the line is one lump sum (its hours go in the label).

    :param Decimal total: sum of the rounded details
    :param Decimal quantity: hours or units, unrounded
    :param Decimal price: price of a unit, coefficient included
    """
    rounded = quantity.quantize(CENT, ROUND_HALF_UP)
    if rounded and rounded == quantity and rounded * price == total:
        return Wording(rounded, price, True)
    return Wording(Decimal(1), total, False)


def hours_of(minutes):
    """Hours as an exact Decimal where it has one, for :func:`word_total`."""
    return Decimal(minutes) / MINUTES_PER_HOUR
