"""Writes the workbook that people fill in: headers, notes, lists of choices."""

import io
from typing import NamedTuple

import xlsxwriter

# as many rows of a sheet have the lists of choices
FILLED_ROWS = 1_000
# Excel refuses a longer list that is written in the cell itself
_MAX_INLINE = 200


class Template(NamedTuple):
    """What the workbook says, in the language of whoever downloads it.

    :param pages: list of (title, list of (header, required, note, choices), note)
    """

    pages: list
    help_title: str
    lists_title: str
    required: str
    intro: str


def write(template):
    """The bytes of the workbook.

    :param Template template: what it says
    """
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        formats = {
            "header": book.add_format({"bold": True, "bg_color": "#E9ECEF"}),
            "required": book.add_format(
                {"bold": True, "bg_color": "#6C5B9E", "font_color": "#FFFFFF"}
            ),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "bold": book.add_format({"bold": True, "valign": "top"}),
            # a postcode or an INSEE code keeps its first zero
            "text": book.add_format({"num_format": "@"}),
        }
        pages = [book.add_worksheet(title[:31]) for title, _c, _n in template.pages]
        _write_help(book, template, formats)
        lists = book.add_worksheet(template.lists_title[:31])
        lists.hide()
        place = [0]
        for page, (_title, columns, _note) in zip(pages, template.pages, strict=True):
            _write_page(page, columns, formats, (lists, template.lists_title, place))
    return stream.getvalue()


def _write_page(page, columns, formats, lists):
    page.freeze_panes(1, 0)
    for index, (header, required, note, choices) in enumerate(columns):
        page.write_string(
            0, index, header, formats["required" if required else "header"]
        )
        page.set_column(index, index, max(len(header) + 4, 18), formats["text"])
        if note:
            page.write_comment(0, index, note)
        if choices:
            source = _write_list(choices, *lists)
            page.data_validation(
                1,
                index,
                FILLED_ROWS,
                index,
                # what is not in the list may be typed: the check says what is wrong
                {"validate": "list", "source": source, "error_type": "information"},
            )


def _write_list(choices, sheet, title, place):
    """Where the choices are: in the cell, or in a column of the sheet of lists."""
    if sum(len(choice) + 1 for choice in choices) < _MAX_INLINE and not any(
        "," in choice for choice in choices
    ):
        return list(choices)
    column = place[0]
    place[0] += 1
    for row, choice in enumerate(choices):
        sheet.write_string(row, column, choice)
    letter = chr(ord("A") + column)
    return f"='{title}'!${letter}$1:${letter}${len(choices)}"


def _write_help(book, template, formats):
    page = book.add_worksheet(template.help_title[:31])
    page.set_column(0, 0, 26)
    page.set_column(1, 1, 14)
    page.set_column(2, 2, 80)
    page.merge_range(0, 0, 0, 2, template.intro, formats["wrap"])
    page.set_row(0, 48)
    row = 2
    for title, columns, note in template.pages:
        page.write_string(row, 0, title, formats["required"])
        page.write_string(row, 1, "", formats["required"])
        page.write_string(row, 2, note, formats["required"])
        row += 1
        for header, required, help_, choices in columns:
            page.write_string(row, 0, header, formats["bold"])
            page.write_string(row, 1, template.required if required else "")
            text = " ".join(filter(None, (help_, ", ".join(choices[:12]))))
            page.write_string(row, 2, text, formats["wrap"])
            row += 1
        row += 1
