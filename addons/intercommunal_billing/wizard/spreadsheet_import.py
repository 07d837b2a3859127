from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.intercommunal_workflow.wizard.spreadsheet_import import (
    CHANGED,
    CREATED,
    Column,
    Page,
)


class IntercommunalSpreadsheetImport(models.TransientModel):
    """Rates and agreements, by whoever may write them."""

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
        return [*pages, self._get_rate_page(), self._get_agreement_page()]

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
