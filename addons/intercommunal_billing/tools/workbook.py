"""Writes workbooks without the ORM: rows in, bytes out, no live formula."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import xlsxwriter

from odoo.addons.intercommunal_workflow.tools.spreadsheet import safe_text


@dataclass
class Sheet:
    """A sheet: its headers, and rows of text, numbers, dates."""

    name: str
    headers: list
    rows: list = field(default_factory=list)


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
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(stream, options) as target:
        target.set_properties({"title": book.title, "created": book.created})
        formats = {
            "header": target.add_format(
                {"bold": True, "bg_color": "#DCE6F1", "bottom": 1}
            ),
            "money": target.add_format({"num_format": "#,##0.00"}),
            "date": target.add_format({"num_format": "dd/mm/yyyy"}),
            "datetime": target.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        }
        for sheet in book.sheets:
            _write_sheet(target, sheet, formats)
    return stream.getvalue()


def _write_sheet(target, sheet, formats):
    page = target.add_worksheet(sheet.name[:31])
    page.freeze_panes(1, 0)
    page.set_column(0, max(len(sheet.headers) - 1, 0), 16)
    for column, header in enumerate(sheet.headers):
        page.write_string(0, column, safe_text(header), formats["header"])
    for index, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            _write_cell(page, index, column, value, formats)
    page.autofilter(0, 0, max(len(sheet.rows), 1), max(len(sheet.headers) - 1, 0))


def _write_cell(page, row, column, value, formats):
    if isinstance(value, bool) or value is None or value == "":
        return
    if isinstance(value, datetime):
        page.write_datetime(row, column, value, formats["datetime"])
    elif isinstance(value, date):
        page.write_datetime(
            row, column, datetime.combine(value, time.min), formats["date"]
        )
    elif isinstance(value, Decimal):
        page.write_number(row, column, float(value), formats["money"])
    elif isinstance(value, (int, float)):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, safe_text(value))
