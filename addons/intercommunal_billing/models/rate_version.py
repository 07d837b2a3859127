from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class IntercommunalRateVersion(models.Model):
    """The price of a rate between two dates."""

    _name = "intercommunal.rate.version"
    _description = "Price of a Rate"
    _order = "rate_id, date_start desc, id desc"
    _check_company_auto = True

    rate_id = fields.Many2one(
        "intercommunal.rate", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rate_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    service_id = fields.Many2one(related="rate_id.service_id", store=True)
    date_start = fields.Date("From", required=True)
    date_end = fields.Date("Until", help="Empty: until further notice.")
    price = fields.Float("Unit price", digits=(16, 4), required=True, aggregator="avg")
    status = fields.Selection(
        [("provisional", "Provisional"), ("final", "Final")],
        default="final",
        required=True,
        help="Provisional: a balance is worked out at year end.",
    )
    deliberation = fields.Char()
    billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "rate_version_id", "Billing lines"
    )

    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(rate_id, rate_id, '[]') WITH =,
            daterange(date_start, date_end, '[]') WITH &&
        )""",
        "Two prices of one rate can't overlap.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A price can't end before it starts.",
    )
    _price_positive = models.Constraint(
        "CHECK (price >= 0)", "A price can't be negative."
    )

    # --------------------------------------------------------------- computes

    @api.depends("rate_id.code", "date_start")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(code)s from %(date)s",
                code=version.rate_id.code,
                date=format_date(self.env, version.date_start),
            )

    # ------------------------------------------------------------ constraints

    @api.constrains("date_start", "date_end", "rate_id")
    def _check_dates(self):
        for version in self:
            if version.date_end and version.date_end < version.date_start:
                raise ValidationError(
                    self.env._(
                        "The price of “%(name)s” ends before it starts: correct its"
                        " dates.",
                        name=version.rate_id.display_name,
                    )
                )
            others = (version.rate_id.version_ids - version).filtered(
                lambda other, version=version: (
                    (not version.date_end or other.date_start <= version.date_end)
                    and (not other.date_end or version.date_start <= other.date_end)
                )
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” already has a price from %(start)s: end that one"
                        " first.",
                        name=version.rate_id.display_name,
                        start=format_date(self.env, others[0].date_start),
                    )
                )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        """A price that was used keeps what it was; only its end may still move."""
        if {"price", "date_start", "rate_id"}.intersection(vals):
            self._check_unused()
        result = super().write(vals)
        if vals.get("date_end"):
            self._check_covers_use()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _get_used(self):
        """The versions that billing lines were priced with."""
        lines = self.env["intercommunal.billing.line"].sudo()
        used = lines._read_group(
            [("rate_version_id", "in", self.ids)], ["rate_version_id"]
        )
        return self.browse([version.id for (version,) in used])

    def _check_unused(self):
        for version in self._get_used():
            raise UserError(
                self.env._(
                    "The price of “%(name)s” from %(start)s was already used for"
                    " billing: end it and add a new price.",
                    name=version.rate_id.display_name,
                    start=format_date(self.env, version.date_start),
                )
            )

    def _check_covers_use(self):
        """The end of a price can't leave priced lines outside."""
        lines = self.env["intercommunal.billing.line"].sudo()
        for version in self.filtered("date_end"):
            last = lines.search(
                [
                    ("rate_version_id", "=", version.id),
                    ("date", ">", version.date_end),
                ],
                limit=1,
            )
            if last:
                raise UserError(
                    self.env._(
                        "The price of “%(name)s” was used on %(date)s: it can't end"
                        " before.",
                        name=version.rate_id.display_name,
                        date=format_date(self.env, last.date),
                    )
                )
