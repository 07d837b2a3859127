"""Shares of a sum or of a distance, without models: exact, always the same."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

HUNDREDTH = Decimal("0.01")


def allocate(total, weights):
    """Share ``total`` in proportion to ``weights``, by the largest remainder.

    The shares always add up to ``total``. Hundredths that are left go to the largest
    remainders; ties go to the first, so give the communes in order of INSEE code.

    :param Decimal total: euros or kilometres, to the hundredth; may be negative
    :param weights: list of non-negative int, Decimal or Fraction
    :return: list of Decimal, as long as ``weights``
    :raises ValueError: there is nothing to share among, or a negative weight

    >>> [str(share) for share in allocate(Decimal("1000.01"), [1200, 850, 450])]
    ['480.01', '340.00', '180.00']
    """
    weights = [Fraction(weight) for weight in weights]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive")
    cents = int(total.quantize(HUNDREDTH, ROUND_HALF_UP) / HUNDREDTH)
    exact = [abs(cents) * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    left = abs(cents) - sum(shares)
    by_remainder = sorted(
        range(len(exact)), key=lambda index: (shares[index] - exact[index], index)
    )
    for index in by_remainder[:left]:
        shares[index] += 1
    sign = -1 if cents < 0 else 1
    return [sign * share * HUNDREDTH for share in shares]
