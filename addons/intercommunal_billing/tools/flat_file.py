"""Lines of a file for a financial software, without models: values in, bytes out.

A column says where its value comes from and how it is written: width, decimals, date.
Nothing is cut that would change its meaning: an amount, a date or a number that does
not fit is refused, a text is cut.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.intercommunal_workflow.tools.spreadsheet import safe_text

# What an old encoding lacks and people write all the same.
_SPELLED = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "€": "EUR",
        "\u202f": " ",
        "\u00a0": " ",
        "•": "-",
        "·": "-",
    }
)


class FormatError(ValueError):
    """A value that a column can't say; ``reason`` is ``empty`` or ``wide``."""

    def __init__(self, column, value, reason):
        super().__init__(reason)
        self.column = column
        self.value = value
        self.reason = reason


@dataclass(frozen=True)
class Column:
    """How a value is written.

    :param str kind: text, code, integer, amount, date: a text alone may be cut
    :param int width: most characters, 0 for any
    :param str fill: none, left (blanks after), right (blanks before), zeros
    """

    header: str
    kind: str = "text"
    width: int = 0
    fill: str = "none"
    decimals: int = 2
    is_required: bool = False


@dataclass(frozen=True)
class Dialect:
    """What all the columns share."""

    delimiter: str = ";"
    decimal_mark: str = ","
    date_format: str = "%d/%m/%Y"
    encoding: str = "utf-8-sig"
    line_end: str = "\r\n"
    has_header: bool = True
    quotes_all: bool = False


def write(columns, rows, dialect):
    """The bytes of the file.

    :param list columns: of Column
    :param rows: iterable of lists of values, one a column
    :raises FormatError: a value does not fit its column, or is missing
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(
        stream,
        delimiter=dialect.delimiter,
        lineterminator=dialect.line_end,
        quoting=csv.QUOTE_ALL if dialect.quotes_all else csv.QUOTE_MINIMAL,
    )
    if dialect.has_header:
        writer.writerow([safe_text(column.header) for column in columns])
    for row in rows:
        writer.writerow(
            [
                format_value(column, value, dialect)
                for column, value in zip(columns, row, strict=True)
            ]
        )
    return encode(stream.getvalue(), dialect.encoding)


def encode(text, encoding):
    """``text`` in ``encoding``; what it lacks is spelled, or becomes a plain letter."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_spell(letter, encoding) for letter in text).encode(encoding)


def _spell(letter, encoding):
    for candidate in (
        letter,
        letter.translate(_SPELLED),
        unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii"),
    ):
        try:
            candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
        if candidate:
            return candidate
    return "?"


def format_value(column, value, dialect):
    """The text of a cell.

    :raises FormatError: it does not fit, or is missing
    """
    text = _say(column, value, dialect)
    if column.is_required and not text:
        raise FormatError(column, value, "empty")
    if column.width and len(text) > column.width:
        if column.kind != "text":
            raise FormatError(column, value, "wide")
        text = text[: column.width].rstrip()
    if column.width and column.fill != "none":
        text = _fill(text, column)
    return text


def _fill(text, column):
    if column.fill == "zeros":
        # a minus stays in front
        return text.zfill(column.width)
    if column.fill == "right":
        return text.rjust(column.width)
    return text.ljust(column.width)


def _say(column, value, dialect):
    if value is None or value is False or value == "":
        return ""
    if isinstance(value, date):
        return value.strftime(dialect.date_format)
    if isinstance(value, Decimal):
        step = Decimal(1).scaleb(-column.decimals)
        text = f"{value.quantize(step, ROUND_HALF_UP):f}"
        return text.replace(".", dialect.decimal_mark)
    if isinstance(value, int):
        return str(value)
    # one record a line, whatever people typed
    return safe_text(" ".join(str(value).split()))
