"""The forecast for the next budget: what if prices, uses or communes change?

Everything is worked out from what was used; nothing is written.
"""

import base64
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import pricing, workbook


class IntercommunalForecast(models.TransientModel):
    """A forecast of a year from another one."""

    _name = "intercommunal.forecast"
    _description = "Forecast for the Budget"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    base_year = fields.Integer(
        "From the uses of",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
    )
    service_id = fields.Many2one("intercommunal.service", help="Empty: all services.")
    price_change = fields.Float("Change of the costs (%)", digits=(16, 2))
    unit_change = fields.Float("Change of the uses (%)", digits=(16, 2))
    sharing = fields.Selection(
        [
            ("price", "The price of a unit follows the costs"),
            ("charges", "The same charges are shared by all units"),
        ],
        "Prices",
        required=True,
        default="price",
        help="Shared charges: more units make each unit cheaper.",
    )
    new_commune = fields.Char("A new commune")
    like_commune_id = fields.Many2one(
        "res.partner",
        "Which uses as much as",
        domain="[('is_commune', '=', True)]",
    )
    new_share = fields.Float("Of it (%)", default=100.0, digits=(16, 2))
    base_total = fields.Monetary("Charged in that year", compute="_compute_table")
    total = fields.Monetary("Forecast", compute="_compute_table")
    table = fields.Html("By commune", compute="_compute_table", sanitize=False)
    workbook_file = fields.Binary(compute="_compute_workbook_file")

    @api.depends(
        "base_year",
        "service_id",
        "price_change",
        "unit_change",
        "sharing",
        "new_commune",
        "like_commune_id",
        "new_share",
    )
    @api.depends_context("lang")
    def _compute_table(self):
        for wizard in self:
            rows = wizard._get_rows()
            rates = self.env["intercommunal.rate"].browse(
                [row["rate_id"] for row in rows]
            )
            wizard.base_total = sum(row["base_amount"] for row in rows)
            wizard.total = sum(row["amount"] for row in rows)
            wizard.table = self.env["ir.qweb"]._render(
                "intercommunal_billing.forecast_table",
                {
                    "rows": list(zip(rows, rates, strict=True)),
                    "currency": wizard.currency_id,
                    "base_total": wizard.base_total,
                    "total": wizard.total,
                },
            )

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Forecast for the budget")

    def _compute_workbook_file(self):
        for wizard in self:
            content = workbook.write(wizard._prepare_workbook())
            wizard.workbook_file = base64.b64encode(content)

    # ------------------------------------------------------------------- facts

    def _get_uses(self):
        """What was used, with the rights of the user.

        :return: dict (commune, rate) → (units, amount) as Decimal
        """
        if not self.base_year or not 2000 <= self.base_year <= 2100:
            return {}
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & Domain("rate_id", "!=", False)
            & Domain("date", ">=", f"{self.base_year}-01-01")
            & Domain("date", "<=", f"{self.base_year}-12-31")
            & Domain("waived_reason", "=", False)
            & Domain("adjustment_reason", "=", False)
        )
        if self.service_id:
            domain &= Domain("service_id", "=", self.service_id.id)
        rows = self.env["intercommunal.billing.line"]._read_group(
            domain,
            ["commune_id", "rate_id"],
            ["minutes_billed:sum", "quantity:sum", "amount:sum"],
        )
        return {
            (commune, rate): (
                rate._to_units(minutes, quantity),
                pricing.decimal_of(amount, 2),
            )
            for commune, rate, minutes, quantity, amount in rows
        }

    def _get_rows(self):
        """Base and forecast of each commune and rate: nothing is written.

        :return: list of dict: commune (its name), rate_id, base_units, base_amount, units,
            price, amount, difference (floats)
        """
        self.ensure_one()
        uses = self._get_uses()
        more_cost = 1 + pricing.decimal_of(self.price_change, 2) / 100
        more_use = 1 + pricing.decimal_of(self.unit_change, 2) / 100
        share = pricing.decimal_of(self.new_share, 2) / 100
        wanted = [
            (commune.id, commune.name, rate, units, amount, units * more_use)
            for (commune, rate), (units, amount) in uses.items()
        ]
        name = (self.new_commune or "").strip()
        if name and self.like_commune_id:
            wanted += [
                (False, name, rate, Decimal(0), Decimal(0), units * more_use * share)
                for (commune, rate), (units, _amount) in uses.items()
                if commune == self.like_commune_id._origin
                or commune == self.like_commune_id
            ]
        prices = self._get_prices(uses, wanted, more_cost)
        rows = []
        for _commune, label, rate, base_units, base_amount, units in sorted(
            wanted, key=lambda row: (row[1], row[2].code or "")
        ):
            units = pricing.round_cent(units)
            amount = pricing.round_cent(units * prices[rate])
            rows.append(
                {
                    "commune": label,
                    "rate_id": rate.id,
                    "base_units": float(base_units),
                    "base_amount": float(base_amount),
                    "units": float(units),
                    "price": float(prices[rate]),
                    "amount": float(amount),
                    "difference": float(amount - base_amount),
                }
            )
        return rows

    def _get_prices(self, uses, wanted, more_cost):
        """The price of a unit of each rate: the mean one of the base year, changed.

        :return: dict rate → Decimal with four decimals
        """
        prices = {}
        for rate in {rate for _commune, rate in uses}:
            units = sum(row[0] for (_c, r), row in uses.items() if r == rate)
            amount = sum(row[1] for (_c, r), row in uses.items() if r == rate)
            if self.sharing == "charges":
                units = sum(row[5] for row in wanted if row[2] == rate)
            price = amount * more_cost / units if units else Decimal(0)
            prices[rate] = pricing.round_price(price)
        return prices

    # ----------------------------------------------------------------- actions

    @api.model
    def action_open(self):
        """The forecast, on the present year."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Forecast for the budget"),
            "res_model": self._name,
            "res_id": self.create({}).id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_export_xlsx(self):
        """Download the forecast as a workbook."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/workbook_file/"
            f"prevision-{self.base_year + 1}.xlsx?download=true",
            "target": "download",
        }

    def _prepare_workbook(self):
        _ = self.env._
        rows = self._get_rows()
        rates = self.env["intercommunal.rate"].browse([row["rate_id"] for row in rows])
        units = dict(rates._fields["unit"]._description_selection(self.env))
        sharing = dict(self._fields["sharing"]._description_selection(self.env))
        money = ("base_amount", "amount", "difference")
        table = [
            [
                row["commune"],
                rate.service_id.name,
                rate.code,
                units[rate.unit],
                pricing.decimal_of(row["base_units"], 2),
                pricing.decimal_of(row["base_amount"], 2),
                pricing.decimal_of(row["units"], 2),
                row["price"],
                pricing.decimal_of(row["amount"], 2),
                pricing.decimal_of(row["difference"], 2),
            ]
            for row, rate in zip(rows, rates, strict=True)
        ]
        sums = {
            name: sum((pricing.decimal_of(row[name], 2) for row in rows), Decimal(0))
            for name in money
        }
        table.append(
            [
                _("Total"),
                *[""] * 4,
                sums["base_amount"],
                "",
                "",
                sums["amount"],
                sums["difference"],
            ]
        )
        return workbook.Book(
            title=_("Forecast for the budget"),
            created=fields.Datetime.to_datetime(f"{self.base_year}-12-31"),
            sheets=[
                workbook.Sheet(
                    name=_("Forecast"),
                    headers=[
                        _("Commune"),
                        _("Service"),
                        _("Rate"),
                        _("Unit"),
                        _("Units used"),
                        _("Amount"),
                        _("Units foreseen"),
                        _("Unit price"),
                        _("Foreseen amount"),
                        _("Difference"),
                    ],
                    rows=table,
                ),
                workbook.Sheet(
                    name=_("Assumptions"),
                    headers=[_("Assumption"), _("Value")],
                    rows=[
                        [_("From the uses of"), self.base_year],
                        [_("Change of the costs (%)"), self.price_change],
                        [_("Change of the uses (%)"), self.unit_change],
                        [_("Prices"), sharing[self.sharing]],
                        [_("A new commune"), self.new_commune or ""],
                        [_("Which uses as much as"), self.like_commune_id.name or ""],
                        [_("Of it (%)"), self.new_share],
                    ],
                ),
            ],
        )
