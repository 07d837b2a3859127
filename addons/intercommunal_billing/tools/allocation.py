"""Shares of a sum, without models: exact, to the cent, always the same."""

from fractions import Fraction

from .pricing import CENT, round_cent


def allocate(total, weights):
    """Share ``total`` in proportion to ``weights``, by the largest remainder.

    The shares always add up to ``total``. Cents that are left go to the largest
    remainders; ties go to the first, so give the communes in order of INSEE code.

    :param Decimal total: a sum in cents, may be negative
    :param weights: list of non-negative int, Decimal or Fraction
    :return: list of Decimal, as long as ``weights``
    :raises ValueError: there is nothing to share among, or a negative weight
    """
    weights = [Fraction(weight) for weight in weights]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive")
    cents = int(round_cent(total) / CENT)
    exact = [abs(cents) * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    left = abs(cents) - sum(shares)
    by_remainder = sorted(
        range(len(exact)), key=lambda index: (shares[index] - exact[index], index)
    )
    for index in by_remainder[:left]:
        shares[index] += 1
    sign = -1 if cents < 0 else 1
    return [sign * share * CENT for share in shares]
