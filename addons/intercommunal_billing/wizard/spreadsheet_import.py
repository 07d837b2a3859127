from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.intercommunal_workflow.wizard.spreadsheet_import import (
    CHANGED,
    CREATED,
    Column,
    Page,
)


class IntercommunalSpreadsheetImport(models.TransientModel):
    """Rates, agreements, charges and forecasts, by whoever may write them."""

    _inherit = "intercommunal.spreadsheet.import"

    @api.model
    def _can_import(self):
        return super()._can_import() or self._can_price()

    @api.model
    def _can_price(self):
        return self.env["intercommunal.rate"].has_access("create")

    @api.model
    def _get_pages(self):
        pages = super()._get_pages()
        if not self._can_price():
            return pages
        return [
            *pages,
            self._get_rate_page(),
            self._get_agreement_page(),
            self._get_charge_page(),
            self._get_forecast_page(),
        ]

    @api.model
    def _get_choices(self, model, name):
        field = self.env[model]._fields[name]
        return tuple(field._description_selection(self.env))

    def _get_rate_page(self):
        _ = self.env._
        rate = "intercommunal.rate"
        return Page(
            "rates",
            _("Rates"),
            (
                Column("service", _("Service"), "service", True),
                Column("code", _("Code"), required=True),
                Column("name", _("Name"), required=True),
                Column(
                    "kind", _("Kind"), "choice", True, self._get_choices(rate, "kind")
                ),
                Column(
                    "unit", _("Unit"), "choice", True, self._get_choices(rate, "unit")
                ),
                Column("price", _("Price"), "number", True),
                Column("date_start", _("From"), "date", True),
                Column("is_default", _("Default of its kind"), "flag"),
                Column("step_minutes", _("Rounding step (minutes)"), "number"),
                Column("minimum_minutes", _("Minimum (minutes)"), "number"),
            ),
            _(
                "A price that differs begins its day; the one before ends the day before."
            ),
        )

    def _get_agreement_page(self):
        _ = self.env._
        agreement = "intercommunal.agreement"
        return Page(
            "agreements",
            _("Agreements"),
            (
                Column("commune", _("Commune"), "commune", True),
                Column("service", _("Service"), "service", True),
                Column("date_start", _("From"), "date", True),
                Column("date_end", _("Until"), "date"),
                *(
                    Column(
                        name,
                        self.env[agreement]._fields[name]._description_string(self.env),
                        "choice",
                        choices=self._get_choices(agreement, name),
                    )
                    for name in ("period", "settle_mode", "vat_regime", "legal_basis")
                ),
                Column("deliberation", _("Deliberation")),
            ),
            _("One line for each commune and service."),
        )

    def _get_charge_page(self):
        _ = self.env._
        return Page(
            "charges",
            _("Charges"),
            (
                Column("rate", _("Rate"), required=True, help=_("Its code.")),
                Column("year", _("Year"), "number", True),
                Column(
                    "stage",
                    _("Basis"),
                    "choice",
                    choices=self._get_choices("intercommunal.unit.cost", "stage"),
                ),
                Column(
                    "nature",
                    _("Nature"),
                    "choice",
                    True,
                    self._get_choices("intercommunal.unit.cost.charge", "nature"),
                ),
                Column("name", _("Charge"), required=True),
                Column("source", _("Account")),
                Column("account_amount", _("Last accounts"), "number", True),
                Column("update_amount", _("Update by the budget"), "number"),
                Column("units", _("Units of use"), "number"),
            ),
            _("The charges of a unit cost; its units on one of their lines."),
        )

    def _get_forecast_page(self):
        _ = self.env._
        return Page(
            "forecasts",
            _("Forecasts of use"),
            (
                Column("commune", _("Commune"), "commune", True),
                Column("rate", _("Rate"), required=True, help=_("Its code.")),
                Column("year", _("Year"), "number", True),
                Column("units", _("Units foreseen"), "number", True),
            ),
            _("What each commune foresees of a rate in a year."),
        )

    def _find_rate(self, code):
        """The rate of this code.

        :raises UserError: there is none
        """
        rate = self.env["intercommunal.rate"].search(
            [("code", "=", code), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not rate:
            raise UserError(
                self.env._(
                    "No rate has the code “%(code)s”: create it first.", code=code
                )
            )
        return rate

    def _import_charges(self, values, _seen):
        """A charge, on the worksheet of its rate, year and basis."""
        rate, year = self._find_rate(values["rate"]), int(values["year"])
        stage = values.get("stage") or "provisional"
        costs = self.env["intercommunal.unit.cost"]
        cost = costs.search(
            [("rate_id", "=", rate.id), ("year", "=", year), ("stage", "=", stage)],
            limit=1,
        ) or costs.create(
            {
                "rate_id": rate.id,
                "year": year,
                "stage": stage,
                "company_id": self.company_id.id,
            }
        )
        if values.get("units") is not None:
            self._save(cost, {"units": values["units"]})
        known = cost.charge_ids.filtered(
            lambda charge: (
                charge.nature == values["nature"] and charge.name == values["name"]
            )
        )[:1]
        vals = {
            "nature": values["nature"],
            "name": values["name"],
            "account_amount": values["account_amount"],
            **self._given(values, "source", "update_amount"),
        }
        if not known:
            vals["unit_cost_id"] = cost.id
        return self._save(known, vals)[1]

    def _import_forecasts(self, values, _seen):
        """What the agreement of a commune foresees of a rate."""
        rate, year = self._find_rate(values["rate"]), int(values["year"])
        agreement = (
            self.env["intercommunal.agreement"]
            ._find_of_year(self.company_id, year)
            .filtered(
                lambda agreement: (
                    agreement.commune_id == values["commune"]
                    and agreement.service_id == rate.service_id
                )
            )[:1]
        )
        if not agreement:
            raise UserError(
                self.env._(
                    "%(commune)s has no agreement for %(service)s in %(year)s.",
                    commune=values["commune"].name,
                    service=rate.service_id.name,
                    year=year,
                )
            )
        known = agreement.forecast_ids.filtered(
            lambda forecast: forecast.rate_id == rate and forecast.year == year
        )
        vals = {"units": values["units"]}
        if not known:
            vals |= {"agreement_id": agreement.id, "rate_id": rate.id, "year": year}
        return self._save(known, vals)[1]

    def _import_rates(self, values, _seen):
        rates = self.env["intercommunal.rate"]
        rate = rates.search(
            [("code", "=", values["code"]), ("company_id", "=", self.company_id.id)],
            limit=1,
        )
        vals = {
            "name": values["name"],
            "kind": values["kind"],
            "unit": values["unit"],
            "service_id": values["service"].id,
            **self._given(values, "is_default"),
        }
        for name in ("step_minutes", "minimum_minutes"):
            if values.get(name) is not None:
                vals[name] = int(values[name])
        if not rate:
            vals.update(code=values["code"], company_id=self.company_id.id)
        rate, status = self._save(rate, vals)
        return self._import_price(rate, values, status)

    def _import_price(self, rate, values, status):
        """Let the price of the line begin its day.

        :raises UserError: a later price exists already
        """
        last = rate.version_ids.sorted("date_start")[-1:]
        if last and last.price == values["price"]:
            return status
        day = values["date_start"]
        if last and last.date_start > day:
            raise UserError(
                self.env._(
                    "“%(rate)s” already has a price from %(date)s: give a later date in"
                    " the file.",
                    rate=rate.display_name,
                    date=self._format_date(last.date_start),
                )
            )
        if last and last.date_start == day:
            last.price = values["price"]
            return CHANGED
        if last and not last.date_end:
            last.date_end = fields.Date.subtract(day, days=1)
            # the database must know it before the next price begins
            last.flush_recordset()
        rate.version_ids = [
            Command.create({"date_start": day, "price": values["price"]})
        ]
        return status if status == CREATED else CHANGED

    def _import_agreements(self, values, _seen):
        agreements = self.env["intercommunal.agreement"]
        known = agreements.search(
            [
                ("commune_id", "=", values["commune"].id),
                ("service_id", "=", values["service"].id),
                ("date_start", "=", values["date_start"]),
            ],
            limit=1,
        )
        vals = {
            "commune_id": values["commune"].id,
            "service_id": values["service"].id,
            "date_start": values["date_start"],
            **self._given(
                values,
                "date_end",
                "period",
                "settle_mode",
                "vat_regime",
                "legal_basis",
                "deliberation",
            ),
        }
        if not known:
            vals["company_id"] = self.company_id.id
        return self._save(known, vals)[1]
