from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import flat_file

AMOUNTS = ("amount_untaxed", "amount_tax", "amount_total", "amount_signed")
DATES = ("invoice_date", "due_date", "date_from", "date_to")
INTEGERS = ("exercice", "order", "line")
# Cut, they would name something else.
CODES = (
    "siret",
    "nature",
    "function",
    "engagement",
    "service_code",
    "contract",
    "invoice",
    "insee",
    "budget_code",
    "attachment",
)


class IntercommunalTitreMapColumn(models.Model):
    """A column of the file of titres: where its value comes from, how it is written.

    The sources are those that a titre of the PES Recette has.
    """

    _name = "intercommunal.titre.map.column"
    _description = "Column of a Map of Titres"
    _order = "map_id, sequence, id"
    _rec_name = "header"

    map_id = fields.Many2one(
        "intercommunal.titre.map", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="map_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    header = fields.Char("Name of the column", required=True)
    source = fields.Selection(
        [
            ("exercice", "Year (exercice)"),
            ("budget_code", "Budget code"),
            ("bordereau", "Bordereau number"),
            ("order", "Order number"),
            ("line", "Line of the titre"),
            ("piece_type", "Type of document"),
            ("subject", "Subject (160)"),
            ("nature", "M57 account"),
            ("function", "M57 function"),
            ("amount_untaxed", "Amount excl. VAT"),
            ("amount_tax", "Amount of VAT"),
            ("amount_total", "Amount incl. VAT"),
            ("amount_signed", "Amount excl. VAT, credit notes negative"),
            ("siret", "SIRET of the debtor"),
            ("debtor", "Name of the debtor (38)"),
            ("insee", "INSEE code"),
            ("street", "Address"),
            ("street2", "Address, second line"),
            ("zip", "Postcode"),
            ("city", "Town"),
            ("invoice", "Invoice number"),
            ("invoice_date", "Invoice date"),
            ("due_date", "Due date"),
            ("engagement", "Engagement"),
            ("service_code", "Chorus Pro service code"),
            ("contract", "Contract number"),
            ("attachment", "Name of the attached file"),
            ("service", "Service"),
            ("date_from", "First day of the period"),
            ("date_to", "Last day of the period"),
            ("run", "Run number"),
            ("constant", "Fixed text"),
        ],
        "Value",
        required=True,
        default="constant",
    )
    constant = fields.Char("Text", help="What each line says in this column.")
    width = fields.Integer(
        help="Most characters, 0 for any. A text is cut; an amount, a date or a number"
        " that does not fit stops the file."
    )
    fill = fields.Selection(
        [
            ("none", "Nothing"),
            ("left", "Blanks after"),
            ("right", "Blanks before"),
            ("zeros", "Zeros before"),
        ],
        "Filled with",
        default="none",
        required=True,
    )
    decimals = fields.Integer(default=2)
    is_required = fields.Boolean("Required", help="An empty value stops the file.")

    _sizes = models.Constraint(
        "CHECK(width BETWEEN 0 AND 10000 AND decimals BETWEEN 0 AND 6)",
        "A column has up to 10,000 characters and an amount up to 6 decimals.",
    )

    @api.constrains("source", "decimals")
    def _check_cents(self):
        """A file that says less than the cent would not add up."""
        for column in self:
            if column.source in AMOUNTS and column.decimals < 2:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is an amount: it has two decimals at least.",
                        name=column.header,
                    )
                )

    def _get_value(self, titre):
        """The value of this column in a line of a titre."""
        self.ensure_one()
        if self.source == "constant":
            return self.constant or ""
        return titre[self.source]

    def _get_format(self):
        self.ensure_one()
        if self.source in AMOUNTS:
            kind = "amount"
        elif self.source in DATES:
            kind = "date"
        elif self.source in INTEGERS:
            kind = "integer"
        else:
            kind = "code" if self.source in CODES else "text"
        return flat_file.Column(
            header=self.header or "",
            kind=kind,
            width=self.width,
            fill=self.fill or "none",
            decimals=self.decimals,
            is_required=self.is_required,
        )

    @api.model
    def _read_column(self, data):
        """Values of a column from a file.

        :raises UserError: a value is missing or wrong
        """
        if not isinstance(data, dict) or not data.get("header"):
            raise UserError(self.env._("A column of this map has no name."))
        names = (
            "header",
            "source",
            "constant",
            "width",
            "fill",
            "decimals",
            "is_required",
        )
        Map = self.env["intercommunal.titre.map"]
        return Map._read_values(data, names, self._fields)
