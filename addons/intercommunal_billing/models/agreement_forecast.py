"""What an agreement foresees of a rate in a year, and what was used of it."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import pricing


class IntercommunalAgreementForecast(models.Model):
    """The forecast of use in units that the agreement holds (CGCT D5211-16)."""

    _name = "intercommunal.agreement.forecast"
    _description = "Forecast of Use"
    _order = "year desc, agreement_id, rate_id, id"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "intercommunal.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    commune_id = fields.Many2one(
        related="agreement_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(related="agreement_id.service_id", store=True)
    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
        aggregator=None,
    )
    rate_id = fields.Many2one(
        "intercommunal.rate",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
    )
    unit = fields.Selection(related="rate_id.unit")
    units = fields.Float("Units foreseen", digits=(16, 2), required=True)
    used_units = fields.Float("Units used", digits=(16, 2), compute="_compute_used")
    left_units = fields.Float("Units left", digits=(16, 2), compute="_compute_used")
    used_share = fields.Float(
        "Used (%)", compute="_compute_used", aggregator=None, digits=(16, 1)
    )
    amount = fields.Monetary(
        "Foreseen amount",
        compute="_compute_amount",
        help="At the price of the first day of the year.",
    )

    _rate_uniq = models.Constraint(
        "UNIQUE(agreement_id, year, rate_id)",
        "The agreement already foresees this rate for the year.",
    )
    _units_positive = models.Constraint(
        "CHECK(units >= 0)", "The units can't be negative."
    )

    @api.depends("agreement_id", "year", "rate_id")
    def _compute_display_name(self):
        for forecast in self:
            forecast.display_name = " · ".join(
                filter(
                    None,
                    (
                        forecast.agreement_id.display_name,
                        forecast.rate_id.code,
                        str(forecast.year),
                    ),
                )
            )

    @api.depends("units", "rate_id", "year", "agreement_id")
    def _compute_used(self):
        used = self.agreement_id._map_used_units(self.mapped("year"))
        for forecast in self:
            key = (
                forecast.agreement_id.id or forecast.agreement_id._origin.id,
                forecast.rate_id.id,
                forecast.year,
            )
            units = float(used.get(key, 0))
            forecast.used_units = units
            forecast.left_units = forecast.units - units
            forecast.used_share = (
                100 * units / forecast.units if forecast.units else 0.0
            )

    @api.depends("units", "rate_id.version_ids.price", "year")
    def _compute_amount(self):
        for forecast in self:
            version = forecast.rate_id._get_version(
                fields.Date.to_date(f"{forecast.year or 2000}-01-01")
            )
            forecast.amount = float(
                pricing.price_quantity(
                    pricing.decimal_of(forecast.units, 2),
                    pricing.decimal_of(version.price),
                )
            )

    @api.constrains("rate_id", "agreement_id", "year")
    def _check_rate(self):
        for forecast in self:
            if forecast.rate_id.service_id != forecast.agreement_id.service_id:
                raise ValidationError(
                    self.env._(
                        "%(rate)s is not a rate of %(service)s.",
                        rate=forecast.rate_id.display_name,
                        service=forecast.agreement_id.service_id.name,
                    )
                )
            if not 2000 <= forecast.year <= 2100:
                raise ValidationError(self.env._("Enter a year such as 2026."))


class IntercommunalAgreement(models.Model):
    """The forecasts of an agreement and the agreements of a year."""

    _inherit = "intercommunal.agreement"

    forecast_ids = fields.One2many(
        "intercommunal.agreement.forecast", "agreement_id", "Forecasts of use"
    )

    @api.model
    def _find_of_year(self, company, year):
        """The agreements in force on any day of ``year``."""
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("date_start", "<=", f"{year}-12-31")
            & (
                Domain("date_end", "=", False)
                | Domain("date_end", ">=", f"{year}-01-01")
            )
        )

    def _map_used_units(self, years):
        """Units used, in one query whatever the number of agreements.

        :param years: list of int
        :return: dict (agreement id, rate id, year) → Decimal
        """
        if not years:
            return {}
        rows = (
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                [
                    ("agreement_id", "in", self.ids or self._origin.ids),
                    ("rate_id", "!=", False),
                    ("date", ">=", f"{min(years)}-01-01"),
                    ("date", "<=", f"{max(years)}-12-31"),
                    ("waived_reason", "=", False),
                    ("adjustment_reason", "=", False),
                ],
                ["agreement_id", "rate_id", "date:year"],
                ["minutes_billed:sum", "quantity:sum"],
            )
        )
        return {
            (agreement.id, rate.id, start.year): rate._to_units(minutes, quantity)
            for agreement, rate, start, minutes, quantity in rows
        }

    def action_open_forecasts(self):
        """What these agreements foresee and use, year by year."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_agreement_forecast_action"
        )
        return {
            **action,
            "domain": [("agreement_id", "in", self.ids)],
            "context": {"default_agreement_id": self[:1].id},
        }
