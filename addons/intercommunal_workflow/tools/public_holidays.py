"""Public holidays of France (Code du travail, L3133-1; L3134-13 for Alsace-Moselle)."""

from datetime import date, timedelta

from dateutil.easter import easter

# departments where the law of 1892 adds Good Friday and 26 December
LOCAL_LAW = frozenset(("57", "67", "68"))


def list_days(year, local_law=False):
    """The public holidays of a year, in their order.

    :param int year: of the Gregorian calendar
    :param bool local_law: those of Alsace-Moselle as well
    :return: list of (date, key of its name)
    """
    sunday = easter(year)
    days = [
        (date(year, 1, 1), "new_year"),
        (sunday + timedelta(days=1), "easter"),
        (date(year, 5, 1), "labour"),
        (date(year, 5, 8), "victory"),
        (sunday + timedelta(days=39), "ascension"),
        (sunday + timedelta(days=50), "pentecost"),
        (date(year, 7, 14), "national"),
        (date(year, 8, 15), "assumption"),
        (date(year, 11, 1), "all_saints"),
        (date(year, 11, 11), "armistice"),
        (date(year, 12, 25), "christmas"),
    ]
    if local_law:
        days += [
            (sunday - timedelta(days=2), "good_friday"),
            (date(year, 12, 26), "saint_stephen"),
        ]
    return sorted(days)
