"""The official list of French intercommunalities (EPCI) and their communes.

Pure Python, so that a script or another module can use it without a database. The
list is read from its compressed file as a stream: looking for an intercommunality
keeps one short line for each of the 1,255, never the 35,000 communes.

Source: Etalab, `@etalab/decoupage-administratif` 6.0.0 (INSEE, DGCL, La Poste),
Licence Ouverte / Open Licence 2.0. See readme/DATA.md; keep this attribution.
"""

import csv
import lzma
import unicodedata
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).parent.parent / "data" / "epci_communes.csv.xz"

# What people call the types that the list abbreviates
TYPE_NAMES = {
    "CC": "communauté de communes",
    "CA": "communauté d'agglomération",
    "CU": "communauté urbaine",
    "METRO": "métropole",
    "MET69": "métropole",
}
# "communauté de communes du Mad et Moselle" is in the list without its "du"
_SMALL_WORDS = frozenset(("d", "de", "des", "du", "en", "et", "l", "la", "le", "les"))


METROPOLITAN_TZ = "Europe/Paris"
_OVERSEAS_TZ = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}


class Epci(NamedTuple):
    """An intercommunality; ``departments`` are codes in the order of the list."""

    siren: str
    name: str
    type: str
    commune_count: int
    population: int
    departments: tuple[str, ...]


class Commune(NamedTuple):
    """A member commune; ``population`` is the municipal one."""

    insee: str
    siren: str
    name: str
    postcode: str
    department: str
    population: int


def normalize(text):
    """Lower case without accents, ligatures or punctuation.

    >>> normalize("CC Cœur d'Émeraude - L'Haÿ")
    'cc coeur d emeraude l hay'
    """
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = unicodedata.normalize("NFKD", text)
    return " ".join(
        "".join(
            letter if letter.isalnum() else " "
            for letter in letters
            if not unicodedata.combining(letter)
        ).split()
    )


def search(text, limit=20):
    """Intercommunalities whose name has every word of ``text``, or with this SIREN.

    Accents, case and small words do not count; a word may be cut short ("mosel").

    :param str text: words of the name, or the beginning of a SIREN (3 digits or more)
    :param int limit: how many to return at most
    :return: list of Epci, the name with the fewest other words first, then the biggest
    """
    digits = "".join(text.split())
    if digits.isdecimal():
        if len(digits) < 3:
            return []
        return [epci for epci in _index() if epci.siren.startswith(digits)][:limit]
    words = _words(text)
    if not words:
        return []
    found = [
        (len(own - words), -epci.population, epci)
        for epci, own, all_words in _search_keys()
        if all(any(word.startswith(cut) for word in all_words) for cut in words)
    ]
    return [epci for _left, _population, epci in sorted(found)[:limit]]


def get(siren):
    """The intercommunality of this SIREN, or None."""
    return next((epci for epci in _index() if epci.siren == siren), None)


def get_timezone(epci):
    """Where the clocks of an intercommunality are, by its first department.

    :param Epci epci: see :func:`get`
    :return: name of a time zone
    """
    return _OVERSEAS_TZ.get(epci.departments[0], METROPOLITAN_TZ)


@lru_cache(maxsize=32)
def communes(siren):
    """Communes of the intercommunality of this SIREN.

    :return: tuple of Commune in the order of the list, the biggest first; empty when
        the list has no such intercommunality
    """
    for found, rows in _groups():
        if found == siren:
            return tuple(_commune(row) for row in rows)
    return ()


def iter_all():
    """Every intercommunality with its communes, read as a stream."""
    for _siren, rows in _groups():
        rows = list(rows)
        yield _epci(rows), tuple(_commune(row) for row in rows)


def _groups():
    """(SIREN, rows) of each intercommunality: its rows follow each other."""
    with lzma.open(PATH, "rt", encoding="utf-8", newline="") as stream:
        # the rows come in order and one by one: Odoo's groupby would read them all
        # pylint: disable-next=bad-builtin-groupby
        yield from groupby(csv.DictReader(stream), key=itemgetter("epci_siren"))


def _commune(row):
    return Commune(
        row["commune_insee"],
        row["commune_siren"],
        row["commune_name"],
        row["postcode"],
        row["department"],
        int(row["population_municipal"]),
    )


def _epci(rows):
    first = rows[0]
    return Epci(
        first["epci_siren"],
        first["epci_name"],
        first["epci_type"],
        len(rows),
        sum(int(row["population_municipal"]) for row in rows),
        tuple(dict.fromkeys(row["department"] for row in rows)),
    )


@lru_cache(maxsize=1)
def _index():
    return tuple(_epci(list(rows)) for _siren, rows in _groups())


@lru_cache(maxsize=1)
def _search_keys():
    """(epci, words of its name, the same with those of its type) for each one."""
    return tuple(
        (
            epci,
            # "CC Mad et Moselle" is called "Mad et Moselle"
            _words(epci.name) - {epci.type.casefold()},
            _words(f"{epci.name} {epci.type} {TYPE_NAMES.get(epci.type, '')}"),
        )
        for epci in _index()
    )


def _words(text):
    return frozenset(normalize(text).split()) - _SMALL_WORDS
