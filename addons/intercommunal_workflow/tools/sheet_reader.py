"""Reads spreadsheets that people filled in: .xlsx or .csv, as sheets of rows.

Pure Python. Values come as people typed them; what a column means is the caller's.
"""

import csv
import io
import unicodedata
import zipfile
from datetime import date, datetime
from typing import NamedTuple

import openpyxl

MAX_BYTES = 5_000_000
# a file of a few kilobytes may unfold into gigabytes
MAX_UNFOLDED = 60_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 60
HEADERS_WITHIN = 6  # lines that may hold the headers, below a title


class Unreadable(ValueError):
    """The file can't be read; ``rule`` says why."""

    def __init__(self, rule, **values):
        super().__init__(rule)
        self.rule = rule
        self.values = values


class Sheet(NamedTuple):
    """A sheet: headers as typed, rows as (line in the file, list of cells).

    :param line: where the headers are
    :param is_hidden: nobody saw it: its rows are not read
    """

    name: str
    headers: list
    rows: list
    line: int = 1
    is_hidden: bool = False

    def begin_at(self, known):
        """This sheet without the title that people put above its headers.

        :param known: names of columns, as `fold` gives them
        :return: `Sheet`, whose headers are the row of the first ones that has most
        """

        def count(cells):
            return sum(fold(cell) in known for cell in cells if cell is not None)

        rows = [(self.line, self.headers), *self.rows[: HEADERS_WITHIN - 1]]
        best = max(range(len(rows)), key=lambda index: count(rows[index][1]))
        if not best or count(rows[best][1]) < 2:
            return self
        line, cells = rows[best]
        headers = [str(cell or "") for cell in cells]
        return self._replace(headers=headers, rows=self.rows[best:], line=line)


def read(raw, filename=""):
    """The sheets of a file.

    :param bytes raw: the file
    :param str filename: tells a .csv from a workbook
    :return: list of `Sheet`; rows without any value are left out
    :raises Unreadable: not a spreadsheet, too large, protected
    """
    if len(raw) > MAX_BYTES:
        raise Unreadable("too_big", limit=MAX_BYTES // 1_000_000)
    if raw[:2] == b"PK":
        if b"opendocument" in raw[:120]:
            raise Unreadable("open_document")
        return _read_workbook(raw)
    if raw[:4] == b"\xd0\xcf\x11\xe0":
        # an .xls of before 2007, or a workbook with a password
        raise Unreadable("old_format")
    if filename.lower().endswith((".csv", ".txt")):
        return [_read_csv(raw)]
    raise Unreadable("not_sheet")


def _read_workbook(raw):
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MAX_UNFOLDED:
                raise Unreadable("too_big", limit=MAX_BYTES // 1_000_000)
        book = openpyxl.load_workbook(
            io.BytesIO(raw), read_only=True, data_only=True, keep_links=False
        )
    except Unreadable:
        raise
    # whatever a broken archive makes the library raise, the file can't be read
    except Exception as error:
        raise Unreadable("not_sheet") from error
    return [
        _make_sheet(page.title, page.iter_rows(values_only=True))
        if page.sheet_state == "visible"
        else Sheet(page.title, [], [], is_hidden=True)
        for page in book.worksheets
    ]


def _read_csv(raw):
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # what spreadsheets of a French Windows write
        text = raw.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable("not_sheet") from error
    return _make_sheet("", rows)


def _make_sheet(name, rows):
    headers, kept, line = [], [], 1
    for number, row in enumerate(rows, 1):
        cells = [_clean(cell) for cell in list(row)[:MAX_COLUMNS]]
        if not any(cell not in (None, "") for cell in cells):
            continue
        if not headers:
            headers, line = [str(cell or "") for cell in cells], number
            continue
        if len(kept) >= MAX_ROWS:
            raise Unreadable("too_many", limit=MAX_ROWS, sheet=name)
        kept.append((number, cells))
    return Sheet(name, headers, kept, line)


def _clean(cell):
    if isinstance(cell, str):
        return " ".join(cell.replace("\xa0", " ").split(" ")).strip()
    return cell


# ------------------------------------------------------------------------ cells


def fold(text):
    """``text`` without accents, capitals, punctuation: to compare what people type."""
    plain = unicodedata.normalize("NFKD", str(text)).casefold()
    kept = "".join(
        character if character.isalnum() else " "
        for character in plain
        if not unicodedata.combining(character)
    )
    return " ".join(kept.split())


def to_text(cell):
    """A cell as text: a code that a spreadsheet took for a number is one."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell == int(cell):
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def to_number(cell):
    """A cell as float; French commas and spaces are read.

    :raises ValueError: it is no number
    """
    if isinstance(cell, bool):
        raise ValueError
    if isinstance(cell, (int, float)):
        return float(cell)
    text = str(cell).replace("\u202f", "").replace("\xa0", "").replace(" ", "")
    number = float(text.removesuffix("€").replace(",", "."))
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError
    return number


def to_count(cell):
    """A cell as a whole number from one up.

    :raises ValueError: it is none
    """
    number = to_number(cell)
    if number != int(number) or number < 1:
        raise ValueError
    return int(number)


def to_date(cell):
    """A cell as date: of the spreadsheet, 31/01/2026 or 2026-01-31.

    :raises ValueError: it is no date
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = str(cell)
    for pattern in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a day
        except ValueError:
            continue
    raise ValueError


_YES = frozenset(("oui", "o", "yes", "y", "vrai", "true", "x", "1"))
_NO = frozenset(("non", "n", "no", "faux", "false", "0", ""))


def to_flag(cell):
    """A cell as a yes or a no.

    :raises ValueError: it is neither
    """
    word = fold(to_text(cell))
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError
