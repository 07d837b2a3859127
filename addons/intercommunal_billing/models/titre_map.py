"""How a financial software wants its titres: data that an accountant can change."""

import base64
import hashlib
import json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import flat_file

FORMAT = "intercommunal-titre-map/1"
_SETTINGS = (
    "encoding",
    "delimiter",
    "decimal_mark",
    "date_format",
    "line_end",
    "has_header",
    "quotes_all",
    "extension",
)
_COLUMN = ("header", "source", "constant", "width", "fill", "decimals", "is_required")
_DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|"}
_DATES = {
    "dmy": "%d/%m/%Y",
    "ymd": "%Y%m%d",
    "iso": "%Y-%m-%d",
    "compact": "%d%m%Y",
}
_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
MAX_COLUMNS = 200
MAX_FILE = 200_000
PREVIEW_ROWS = 5


class IntercommunalTitreMap(models.Model):
    """The columns of the file of titres that one financial software reads."""

    _name = "intercommunal.titre.map"
    _description = "Column Map of Titres"
    _order = "sequence, id"

    name = fields.Char("Financial software", required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: shipped with the software; duplicate it to change it.",
    )
    encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8 (Excel)"),
            ("utf-8", "UTF-8"),
            ("cp1252", "Windows-1252"),
            ("iso-8859-1", "ISO-8859-1"),
        ],
        default="utf-8-sig",
        required=True,
        help="A character that it lacks is spelled: œ becomes oe.",
    )
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon ;"),
            ("comma", "Comma ,"),
            ("tab", "Tab"),
            ("pipe", "Bar |"),
        ],
        "Separator",
        default="semicolon",
        required=True,
    )
    decimal_mark = fields.Selection(
        [(",", "Comma"), (".", "Point")], default=",", required=True
    )
    date_format = fields.Selection(
        [
            ("dmy", "31/12/2026"),
            ("compact", "31122026"),
            ("ymd", "20261231"),
            ("iso", "2026-12-31"),
        ],
        "Dates",
        default="dmy",
        required=True,
    )
    line_end = fields.Selection(
        [("crlf", "Windows"), ("lf", "Unix")],
        "Ends of lines",
        default="crlf",
        required=True,
    )
    has_header = fields.Boolean("First line with the names", default=True)
    quotes_all = fields.Boolean("Quotes around every value")
    extension = fields.Char(default="csv", required=True, size=4)
    note = fields.Text("Notes")
    column_ids = fields.One2many(
        "intercommunal.titre.map.column", "map_id", "Columns", copy=True
    )
    preview_run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Preview on",
        compute="_compute_preview_run_id",
        readonly=False,
        store=False,
        domain="[('state', 'in', ('invoiced', 'exported', 'closed')),"
        " ('company_id', 'in', [company_id] if company_id else allowed_company_ids)]",
    )
    preview = fields.Text(compute="_compute_preview")
    definition = fields.Binary("Map as a file", compute="_compute_definition")

    _name_uniq = models.Constraint(
        "UNIQUE(name, company_id)", "Another column map already has this name."
    )

    # --------------------------------------------------------------- computes

    @api.depends("company_id")
    def _compute_preview_run_id(self):
        companies = self.env.companies
        for column_map in self:
            column_map.preview_run_id = self.env["intercommunal.billing.run"].search(
                [
                    ("company_id", "in", (column_map.company_id or companies).ids),
                    ("state", "in", ("invoiced", "exported", "closed")),
                    ("move_ids", "!=", False),
                ],
                limit=1,
            )

    @api.depends(
        *_SETTINGS,
        *(f"column_ids.{name}" for name in (*_COLUMN, "sequence")),
        "preview_run_id",
    )
    def _compute_preview(self):
        for column_map in self:
            column_map.preview = column_map._get_preview()

    def _get_preview(self):
        """The first lines of the file, or the sentence that says what is wrong."""
        self.ensure_one()
        run = self.preview_run_id
        if not (run and self.column_ids):
            return False
        run.check_access("read")
        # an administrator composes maps without accounting's own rights
        titres = run.sudo()._with_company_lang()._prepare_titres()[:PREVIEW_ROWS]
        try:
            content = self._write_titres(titres)
        except UserError as error:
            return str(error)
        return content.decode(self.encoding).replace("\r\n", "\n")

    def _compute_definition(self):
        for column_map in self:
            column_map.definition = base64.b64encode(column_map._to_json().encode())

    # ------------------------------------------------------------ constraints

    @api.constrains("column_ids")
    def _check_columns(self):
        for column_map in self:
            if len(column_map.column_ids) > MAX_COLUMNS:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” has more than %(count)s columns.",
                        name=column_map.name,
                        count=MAX_COLUMNS,
                    )
                )

    @api.constrains("extension")
    def _check_extension(self):
        for column_map in self:
            if not (column_map.extension.isascii() and column_map.extension.isalnum()):
                raise ValidationError(
                    self.env._(
                        "The extension of “%(name)s” has letters and figures only,"
                        " such as csv.",
                        name=column_map.name,
                    )
                )

    @api.constrains("delimiter", "decimal_mark", "quotes_all")
    def _check_delimiter(self):
        """A comma between the columns and in the amounts: quotes tell them apart."""
        for column_map in self:
            if column_map.delimiter == "comma" and column_map.decimal_mark == ",":
                raise ValidationError(
                    self.env._(
                        "“%(name)s” separates columns and decimals by a comma: choose"
                        " another separator.",
                        name=column_map.name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for column_map, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%(name)s (copy)", name=column_map.name)
            # a copy of what is shipped is one's own
            vals["company_id"] = vals.get("company_id") or self.env.company.id
        return vals_list

    # ----------------------------------------------------------------- windows

    def action_download(self):
        """Download the map, for another intercommunality.

        :return: the URL action
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/definition"
            f"/colonnes-{self.id}.json?download=true",
            "target": "download",
        }

    # ----------------------------------------------------------------- helpers

    def _get_dialect(self):
        self.ensure_one()
        return flat_file.Dialect(
            delimiter=_DELIMITERS[self.delimiter],
            decimal_mark=self.decimal_mark,
            date_format=_DATES[self.date_format],
            encoding=self.encoding,
            line_end=_LINE_ENDS[self.line_end],
            has_header=self.has_header,
            quotes_all=self.quotes_all,
        )

    def _get_checksum(self):
        """What the map says, in a few characters: changed, it makes another file."""
        self.ensure_one()
        return hashlib.sha256(self._to_json().encode()).hexdigest()

    def _to_json(self):
        """The map as a text that `_from_json` reads; the same map, the same text."""
        self.ensure_one()
        data = {
            "format": FORMAT,
            "name": self.name,
            **{name: self[name] for name in _SETTINGS},
            "note": self.note or "",
            "columns": [
                {name: column[name] or False for name in _COLUMN}
                for column in self.column_ids.sorted(lambda c: (c.sequence, c.id))
            ],
        }
        return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)

    @api.model
    def _from_json(self, text):
        """Create the map that a file describes; each wrong value is named.

        :param str text: what `_to_json` wrote
        :raises UserError: not such a file
        """
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UserError(
                self.env._(
                    "This file is not a column map: choose a file that was downloaded"
                    " from a map."
                )
            )
        columns = data.get("columns")
        if not isinstance(columns, list) or not columns or len(columns) > MAX_COLUMNS:
            raise UserError(
                self.env._(
                    "This map has no column, or more than %(count)s.", count=MAX_COLUMNS
                )
            )
        Column = self.env["intercommunal.titre.map.column"]
        return self.create(
            {
                **self._read_values(data, ("name", "note", *_SETTINGS)),
                "column_ids": [
                    Command.create({"sequence": rank, **Column._read_column(column)})
                    for rank, column in enumerate(columns, 1)
                ],
            }
        )

    @api.model
    def _read_values(self, data, names, of=None):
        """The values of ``names`` in ``data``, of the right type, or an error.

        :param of: fields of another model
        """
        values = {}
        for name in names:
            field, value = (of or self._fields)[name], data.get(name)
            if value is None:
                continue
            if field.type == "selection":
                is_right = value in dict(field._description_selection(self.env))
            elif field.type == "boolean":
                is_right = isinstance(value, bool)
            elif field.type == "integer":
                is_right = value is False or (
                    isinstance(value, int) and 0 <= value <= 10_000
                )
            else:
                is_right = value is False or isinstance(value, str)
            if not is_right:
                raise UserError(
                    self.env._(
                        "“%(value)s” is not a value of “%(field)s” in a column map.",
                        value=str(value)[:60],
                        field=field._description_string(self.env),
                    )
                )
            values[name] = value
        return values
