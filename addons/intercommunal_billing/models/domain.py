from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date, format_duration, formatLang

from odoo.addons.intercommunal_workflow.models.domain_import import Change
from odoo.addons.intercommunal_workflow.tools.domain_format import (
    LINE_KINDS,
    Key,
    complete,
)

_RATE = (
    Key("code", required=True),
    Key("name", required=True),
    Key(
        "kind",
        "choice",
        required=True,
        choices=LINE_KINDS,
    ),
    Key(
        "unit", "choice", default="hour", choices=("hour", "km", "unit", "day", "flat")
    ),
    Key("step_minutes", "integer", default=15),
    Key("minimum_minutes", "integer", default=0),
    Key("is_default", "flag", default=False),
    Key("products", "names", default=[], refers_to="products"),
    Key("price", "number", required=True),
    Key("date_start", "date", required=True),
    Key("status", "choice", default="final", choices=("provisional", "final")),
    Key("m57_nature"),
    Key("m57_function"),
)
_SURCHARGE = (
    Key("name", required=True),
    Key(
        "applies_on",
        "choice",
        required=True,
        choices=("night", "saturday", "sunday", "holiday"),
    ),
    Key("hour_from", "number", default=0),
    Key("hour_to", "number", default=0),
    Key("coefficient", "number", required=True),
    Key("rates", "names", default=[], refers_to="rates"),
)
_SECTIONS = {
    "rates": Key("rates", "rows", default=[], keys=_RATE),
    "surcharges": Key("surcharges", "rows", default=[], keys=_SURCHARGE),
}
# Kept with the domain until somebody of the finance office installs them.
WAITING = "kept"


class IntercommunalDomain(models.Model):
    """The rates of a domain. Prices are the finance office's: what an administrator
    installs waits for it."""

    _inherit = "intercommunal.domain"

    rate_ids = fields.Many2many(
        "intercommunal.rate",
        "intercommunal_domain_rate_rel",
        "domain_id",
        "rate_id",
        "Rates",
        domain="[('service_id', '=', service_id)]",
    )
    surcharge_ids = fields.Many2many(
        "intercommunal.surcharge",
        "intercommunal_domain_surcharge_rel",
        "domain_id",
        "surcharge_id",
        "Surcharges",
        domain="[('service_id', '=', service_id)]",
    )
    has_waiting_rates = fields.Boolean(
        "Rates to install", compute="_compute_has_waiting_rates"
    )

    @api.depends("kept")
    def _compute_has_waiting_rates(self):
        for domain in self:
            domain.has_waiting_rates = bool(domain._get_kept().get("rates"))

    def _prepare_fill_vals(self):
        own = [("service_id", "=", self.service_id.id)]
        return {
            **super()._prepare_fill_vals(),
            "rate_ids": self.env["intercommunal.rate"].search(own).ids,
            "surcharge_ids": self.env["intercommunal.surcharge"].search(own).ids,
        }

    def action_install_rates(self):
        """Create or change the rates that came with the domain.

        :raises UserError: none waits
        """
        self.ensure_one()
        self.env["intercommunal.rate"].check_access("create")
        if not self.has_waiting_rates:
            raise UserError(
                self.env._("All the rates of “%(name)s” are there.", name=self.name)
            )
        # the domain itself is the administrators': its list of rates follows
        domain = self.sudo()
        self._install_rates(self._get_waiting(), [])
        domain._set_kept(
            {
                name: part
                for name, part in domain._get_kept().items()
                if name not in _SECTIONS
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rates"),
            "res_model": "intercommunal.rate",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", domain.rate_ids.ids)],
        }

    def _get_waiting(self):
        """The rates and surcharges that came with the domain, by section."""
        kept = self._get_kept()
        return complete(
            {name: kept.get(name) for name in _SECTIONS}, tuple(_SECTIONS.values())
        )

    # ------------------------------------------------------------------- files

    def _get_format(self):
        return tuple(_SECTIONS.get(key.name, key) for key in super()._get_format())

    def _export_data(self):
        data = super()._export_data()
        rates = [self._export_rate(rate) for rate in self.rate_ids.sorted("code")]
        surcharges = [
            self._export_surcharge(surcharge)
            for surcharge in self.surcharge_ids.sorted("name")
        ]
        return {
            **data,
            "rates": rates or data.get("rates") or [],
            "surcharges": surcharges or data.get("surcharges") or [],
        }

    def _export_products(self):
        rows = super()._export_products()
        known = {row["name"] for row in rows}
        others = self.rate_ids.product_ids.sudo().filtered(
            lambda product: product.name not in known
        )
        rows += [self._export_product(product) for product in others]
        return sorted(rows, key=lambda row: row["name"])

    def _export_rate(self, rate):
        """The rate with its latest price."""
        version = rate.version_ids.sorted("date_start")[-1:]
        return {
            "code": rate.code,
            "name": rate.name,
            "kind": rate.kind,
            "unit": rate.unit,
            "step_minutes": rate.step_minutes,
            "minimum_minutes": rate.minimum_minutes,
            "is_default": rate.is_default,
            "products": sorted(rate.product_ids.sudo().mapped("name")),
            "price": version.price,
            "date_start": fields.Date.to_string(
                version.date_start
                or fields.Date.start_of(fields.Date.context_today(self), "year")
            ),
            "status": version.status or "provisional",
            "m57_nature": rate.m57_nature or None,
            "m57_function": rate.m57_function or None,
        }

    def _export_surcharge(self, surcharge):
        return {
            "name": surcharge.name,
            "applies_on": surcharge.applies_on,
            "hour_from": surcharge.hour_from,
            "hour_to": surcharge.hour_to,
            "coefficient": surcharge.coefficient,
            "rates": sorted(surcharge.rate_ids.mapped("code")),
        }

    # ------------------------------------------------------------------ install

    def _install_more(self, full, changes):
        super()._install_more(full, changes)
        if self.env["intercommunal.rate"].has_access("create"):
            self._install_rates(full, changes)
            return
        rows = [
            (section, row)
            for section in _SECTIONS
            for row in full[section]
            if not self._has_priced(section, row)
        ]
        if rows:
            self._set_kept(
                {
                    **self._get_kept(),
                    **{section: full[section] for section in _SECTIONS},
                }
            )
            changes += [Change(section, row["name"], WAITING) for section, row in rows]

    def _has_priced(self, section, row):
        """Whether the finance office already has this rate or surcharge, as it is."""
        if section == "surcharges":
            found = self.surcharge_ids.filtered(lambda item: item.name == row["name"])
            return bool(found) and self._export_surcharge(found[0]) == row
        found = self.rate_ids.filtered(lambda item: item.code == row["code"])
        return bool(found) and self._export_rate(found[0]) == row

    def _install_rates(self, full, changes):
        """Create the rates that are missing; a price that differs begins its day."""
        products = {row.name: row for row in self.sudo().product_ids}
        rates = self.env["intercommunal.rate"]
        known = {
            rate.code: rate
            for rate in rates.search([("company_id", "=", self.company_id.id)])
        }
        found = rates
        for row in self._leave_what_is_priced(full["rates"]):
            rate = known.get(row["code"], rates)
            status = "created"
            if not rate:
                rate = rates.create(self._prepare_rate_vals(row, products))
            elif self._export_rate(rate) == row:
                status = "same"
            else:
                self._change_rate(rate, row)
                status = "changed"
            found |= rate
            changes.append(Change("rates", row["name"], status))
        surcharges = self._install_surcharges(full["surcharges"], found, changes)
        # the lists of a domain are the administrators'
        self.sudo().write(
            {
                "rate_ids": [Command.set(found.ids)],
                "surcharge_ids": [Command.set(surcharges.ids)],
            }
        )

    def _leave_what_is_priced(self, rows):
        """The rows of a file, less what the service's other rates do already: be the
        default of a kind, price an item. What the office chose stays."""
        others = self.env["intercommunal.rate"].search(
            [
                ("service_id", "=", self.service_id.id),
                ("company_id", "=", self.company_id.id),
                ("code", "not in", [row["code"] for row in rows]),
            ]
        )
        kinds = set(others.filtered("is_default").mapped("kind"))
        items = set(others.product_ids.sudo().mapped("name"))
        return [
            {
                **row,
                "is_default": row["is_default"] and row["kind"] not in kinds,
                "products": [name for name in row["products"] if name not in items],
            }
            for row in rows
        ]

    def _prepare_rate_vals(self, row, products):
        return {
            **{
                name: row[name] or False
                for name in ("code", "name", "kind", "unit", "is_default")
            },
            "step_minutes": row["step_minutes"],
            "minimum_minutes": row["minimum_minutes"],
            "m57_nature": row["m57_nature"] or False,
            "m57_function": row["m57_function"] or False,
            "service_id": self.service_id.id,
            "company_id": self.company_id.id,
            "product_ids": [
                Command.set([products[name].id for name in row["products"]])
            ],
            "version_ids": [Command.create(self._prepare_version_vals(row))],
        }

    def _prepare_version_vals(self, row):
        return {name: row[name] for name in ("date_start", "price", "status")}

    def _change_rate(self, rate, row):
        """A price that was used stays: the new one begins the day after it ends.

        :raises UserError: the price of the file would begin before the one in force
        """
        last = rate.version_ids.sorted("date_start")[-1:]
        starts = fields.Date.to_date(row["date_start"])
        if (last.price, last.status) != (row["price"], row["status"]):
            if last.date_start and last.date_start == starts:
                last.write(self._prepare_version_vals(row))
            elif last.date_start and last.date_start > starts:
                raise UserError(
                    self.env._(
                        "“%(rate)s” already has a price from %(date)s: give a later"
                        " date in the file.",
                        rate=rate.display_name,
                        date=format_date(self.env, last.date_start),
                    )
                )
            else:
                if last and not last.date_end:
                    last.date_end = fields.Date.subtract(starts, days=1)
                    # the database must know it before the next price begins
                    last.flush_recordset()
                rate.version_ids = [Command.create(self._prepare_version_vals(row))]
        rate.write(
            {
                "name": row["name"],
                "step_minutes": row["step_minutes"],
                "minimum_minutes": row["minimum_minutes"],
            }
        )

    def _install_surcharges(self, rows, rates, changes):
        model = self.env["intercommunal.surcharge"]
        known = {
            item.name: item
            for item in model.search([("service_id", "=", self.service_id.id)])
        }
        by_code = {rate.code: rate.id for rate in rates}
        found = model
        for row in rows:
            item, status = known.get(row["name"], model), "same"
            vals = {
                **row,
                "service_id": self.service_id.id,
                "rate_ids": [Command.set([by_code[code] for code in row["rates"]])],
            }
            del vals["rates"]
            if not item:
                item, status = item.create(vals), "created"
            elif self._export_surcharge(item) != row:
                item.write(vals)
                status = "changed"
            found |= item
            changes.append(Change("surcharges", row["name"], status))
        return found

    # -------------------------------------------------------------------- trial

    def _play_sample(self):
        if self.has_waiting_rates:
            # only to show what the case would cost: all of the trial is undone
            self.sudo()._install_rates(self._get_waiting(), [])
        return super()._play_sample()

    def _make_sample(self):
        request, report = super()._make_sample()
        agreements = self.env["intercommunal.agreement"].sudo()
        day = self._get_sample_day()
        case = request.company_id, request.commune_id, request.service_id
        if not agreements._find(*case, day):
            # what the case would cost once the commune has signed
            agreements.create(
                {
                    "company_id": request.company_id.id,
                    "commune_id": request.commune_id.id,
                    "service_id": request.service_id.id,
                    "date_start": day,
                }
            )
        return request, report

    def _price_sample(self, report):
        rows = []
        for vals in report.sudo()._prepare_billing_lines([report._get_reported()]):
            priced = bool(vals.get("rate_version_id"))
            rows.append(
                {
                    "name": vals.get("name") or "",
                    "quantity": self._tell_quantity(vals),
                    "amount": vals["amount"] if priced else None,
                }
            )
        return rows

    def _tell_quantity(self, vals):
        if vals["kind"] in ("labour", "equipment"):
            return format_duration(vals["minutes_billed"] / 60)
        return formatLang(self.env, vals.get("quantity") or 0, digits=2)
