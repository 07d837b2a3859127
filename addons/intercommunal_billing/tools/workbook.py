"""Writes workbooks without the ORM: rows in, bytes out, no live formula.

Rows go to the disk as they come, several sheets side by side: what is held in memory
does not depend on their number.
"""

import io
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import xlsxwriter

from odoo.addons.intercommunal_workflow.tools.spreadsheet import safe_text

# Excel's own limits
_MAX_NAME = 31
_MAX_TEXT = 32_767
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
_OPTIONS = {
    # never with in_memory, which would switch this off without a word
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FORMATS = {
    "head": {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True},
    "title": {"bold": True, "font_size": 14},
    "money": {"num_format": "#,##0.00"},
    "price": {"num_format": "#,##0.00##"},
    "date": {"num_format": "dd/mm/yyyy"},
    "datetime": {"num_format": "dd/mm/yyyy hh:mm"},
}


@dataclass
class Sheet:
    """A sheet: its headers, and rows of text, numbers, dates."""

    name: str
    headers: list
    rows: Iterable = field(default_factory=list)


@dataclass
class Book:
    """A workbook; the same content and date give the same bytes."""

    title: str
    created: datetime
    sheets: list


def write(book):
    """The bytes of ``book`` as an .xlsx file.

    :param Book book: what to write
    """
    stream = io.BytesIO()
    with Writer(stream, book.title, book.created) as writer:
        for sheet in book.sheets:
            page = writer.add_page(sheet.name)
            page.write_head(sheet.headers)
            for row in sheet.rows:
                page.write_row(row)
    return stream.getvalue()


class Writer:
    """A workbook that is written row by row, sheets in any order.

    :param stream: a binary stream, or the path of a file
    :param str title: for the properties of the file
    :param datetime created: likewise; with it, the same rows give the same bytes
    """

    def __init__(self, stream, title, created):
        # rows wait there; gone at the end, whatever happens
        self._folder = tempfile.TemporaryDirectory(prefix="intercommunal-")
        options = {**_OPTIONS, "tmpdir": self._folder.name}
        self._book = xlsxwriter.Workbook(stream, options)
        self._book.set_properties({"title": title, "created": created})
        self.formats = {
            (name, bold): self._book.add_format(
                {**options, **({"bold": True, "top": 1} if bold else {})}
            )
            for name, options in {"text": {}, **_FORMATS}.items()
            for bold in (False, True)
        }
        self._names = set()
        self._pages = []

    def __enter__(self):
        return self

    def __exit__(self, kind, _error, _trace):
        with self._folder:
            if not kind:
                for page in self._pages:
                    page.finish()
                self._book.close()

    def add_page(self, name):
        """A new sheet after the others.

        :param str name: cut and made unique where Excel would refuse it
        :return: Page
        """
        page = Page(self._book.add_worksheet(self._get_free_name(name)), self.formats)
        self._pages.append(page)
        return page

    def _get_free_name(self, name):
        clean = _NO_NAME.sub(" ", name).strip(" '")[:_MAX_NAME] or "-"
        free, number = clean, 1
        while free.lower() in self._names:
            number += 1
            suffix = f" ({number})"
            free = clean[: _MAX_NAME - len(suffix)] + suffix
        self._names.add(free.lower())
        return free


class Page:
    """A sheet that is being written, from the first row to the last."""

    def __init__(self, sheet, formats):
        self._sheet = sheet
        self._formats = formats
        self._row = 0
        self._head = None

    def write_title(self, *texts):
        """A row in large letters."""
        for column, text in enumerate(texts):
            self._write_text(column, text, self._formats["title", False])
        self._row += 1

    def write_head(self, headers, widths=()):
        """The row of headers: what follows is filtered by it.

        :param widths: number of characters of each column, 16 where none is given
        """
        if self._head is None:
            self._sheet.freeze_panes(self._row + 1, 0)
            for column in range(len(headers)):
                width = widths[column] if column < len(widths) else 16
                self._sheet.set_column(column, column, width)
            self._head = (self._row, len(headers))
        for column, header in enumerate(headers):
            self._write_text(column, header, self._formats["head", False])
        self._row += 1

    def write_row(self, values=(), bold=False):
        """A row of texts, numbers, dates; an empty one without values."""
        for column, value in enumerate(values):
            self._write_cell(column, value, bold)
        self._row += 1

    def finish(self):
        """Called once, when every row is there."""
        if self._head:
            first, width = self._head
            last = max(self._row - 1, first + 1)
            self._sheet.autofilter(first, 0, last, max(width - 1, 0))

    def _write_cell(self, column, value, bold):
        if isinstance(value, bool) or value is None or value == "":
            return
        row, formats = self._row, self._formats
        if isinstance(value, datetime):
            self._sheet.write_datetime(row, column, value, formats["datetime", bold])
        elif isinstance(value, date):
            moment = datetime.combine(value, time.min)
            self._sheet.write_datetime(row, column, moment, formats["date", bold])
        elif isinstance(value, Decimal):
            name = "price" if value.as_tuple().exponent < -2 else "money"
            self._sheet.write_number(row, column, float(value), formats[name, bold])
        elif isinstance(value, (int, float)):
            self._sheet.write_number(row, column, value, formats["text", bold])
        else:
            self._write_text(column, value, formats["text", bold])

    def _write_text(self, column, value, cell_format):
        self._sheet.write_string(
            self._row, column, safe_text(value)[:_MAX_TEXT], cell_format
        )
