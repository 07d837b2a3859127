from dateutil.relativedelta import relativedelta
from stdnum import luhn

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import date_utils


class IntercommunalDemo(models.AbstractModel):
    """Adds accounting, agreements, rates and a first billing run."""

    _inherit = "intercommunal.demo"

    @api.model
    def _load_rates(self):
        super()._load_rates()
        from ..demo import rates

        self._load_chart()
        last_year = fields.Date.context_today(self) - relativedelta(years=1)
        start = date_utils.start_of(last_year, "year")
        for code, row in rates.RATES.items():
            self._find_or_create(
                f"rate_{code}",
                "intercommunal.rate",
                Domain("code", "=", code)
                & Domain("company_id", "=", self.env.company.id),
                self._prepare_rate_vals(code, row, rates.M57, start),
            )
        communes = (
            self.env["intercommunal.commune.role"]
            .search([("company_id", "=", self.env.company.id)])
            .commune_id
        )
        for commune in communes.filtered(lambda c: c.siren and not c.company_registry):
            # the first establishment of a SIREN, as most town halls are
            number = f"{commune.siren}0001"
            commune.company_registry = number + luhn.calc_check_digit(number)
        services = self.env["intercommunal.service"].search(
            [("company_id", "=", self.env.company.id)]
        )
        for service in services:
            for commune in communes:
                self._find_or_create(
                    f"agreement_{service.code}_{commune.insee_code}",
                    "intercommunal.agreement",
                    Domain("commune_id", "=", commune.id)
                    & Domain("service_id", "=", service.id),
                    {
                        "commune_id": commune.id,
                        "service_id": service.id,
                        "date_start": start,
                        "deliberation": rates.DELIBERATION,
                        "m57_function": rates.M57_FUNCTION,
                        "chorus_service_code": service.code,
                        **rates.AGREEMENTS.get(service.code, {}),
                    },
                )

        self._load_charges(communes, start)
        self._load_titre_map()

    @api.model
    def _load_charges(self, communes, start):
        """Flat sums of the agreements, and a cost that a key shares."""
        from ..demo import rates

        for commune in communes:
            for service, vals in rates.CHARGES.items():
                agreement = self._ref(
                    f"agreement_{service}_{commune.insee_code}",
                    raise_if_not_found=False,
                )
                if agreement:
                    self._find_or_create(
                        f"charge_{service}_{commune.insee_code}",
                        "intercommunal.charge",
                        Domain("agreement_id", "=", agreement.id),
                        {**vals, "agreement_id": agreement.id, "date_start": start},
                    )
        key = self._find_or_create(
            "allocation_key",
            "intercommunal.allocation.key",
            Domain("name", "=", rates.KEY),
            {
                "name": rates.KEY,
                "basis": "population",
                "deliberation": rates.DELIBERATION,
                "line_ids": [
                    Command.create({"commune_id": commune.id})
                    for commune in communes
                    if commune.intercommunal_population
                ],
            },
        )
        self.env["intercommunal.agreement"].search(
            Domain("service_id", "=", self._ref("service_TEC").id)
            & Domain("commune_id", "in", key.line_ids.commune_id.ids)
            & Domain("allocation_key_id", "=", False)
        ).allocation_key_id = key
        end = date_utils.end_of(
            fields.Date.context_today(self) - relativedelta(months=1), "month"
        )
        allocation = self._find_or_create(
            "allocation_0",
            "intercommunal.allocation",
            Domain("key_id", "=", key.id),
            {
                **rates.SHARED,
                "service_id": self._ref("service_TEC").id,
                "key_id": key.id,
                "date_from": date_utils.start_of(end, "month"),
                "date_to": end,
            },
        )
        if allocation.can_work_out and not allocation.share_ids and key.line_ids:
            allocation.action_work_out()

    @api.model
    def _load_titre_map(self):
        """The columns that the financial software of the demonstration reads."""
        from ..demo import rates

        shipped = self.env.ref("intercommunal_billing.titre_map_pes")
        vals = shipped.copy_data(rates.TITRE_MAP)[0]
        self._find_or_create(
            "titre_map",
            "intercommunal.titre.map",
            Domain("company_id", "=", self.env.company.id),
            {**vals, **rates.TITRE_MAP},
        )

    @api.model
    def _load_stories(self):
        is_new = not self._ref("story_0", raise_if_not_found=False)
        super()._load_stories()
        if is_new:
            self._load_home()
            self._load_run()
            self._load_year()
            self._load_contest()
            self._discard_mail()

    @api.model
    def _load_chart(self):
        """The French chart of accounts, where nothing was booked yet."""
        company = self.env.company
        if (
            company.chart_template != "fr"
            and not company.root_id._existing_accounting()
        ):
            company.country_id = self.env.ref("base.fr")
            self.env["account.chart.template"].try_loading(
                "fr", company, install_demo=False
            )

    @api.model
    def _load_home(self):
        """The finance office opens its runs first: it reads no request in progress."""
        finance = self._ref("user_finance", raise_if_not_found=False)
        if finance:
            finance.action_id = self.env.ref(
                "intercommunal_billing.intercommunal_billing_run_action"
            ).id

    @api.model
    def _load_run(self):
        """Finance bills what the technical services did up to last month's end."""
        finance = self._ref("user_finance", raise_if_not_found=False)
        service = self._ref("service_TEC")
        today = fields.Date.context_today(self)
        end = date_utils.end_of(today - relativedelta(months=1), "month")
        lines = self.env["intercommunal.billing.line"].search_count(
            [("service_id", "=", service.id), ("date", "<=", end)], limit=1
        )
        if not (finance and lines):
            return
        run = (
            self.env["intercommunal.billing.run"]
            .with_user(finance)
            .create(
                {
                    "service_id": service.id,
                    "date_from": date_utils.start_of(end, "year"),
                    "date_to": end,
                }
            )
        )
        run.action_check()
        run.action_invoice()
        self._remember("run_0", run)
        self._load_checked_run(run)

    @api.model
    def _load_checked_run(self, before):
        """The next run is checked: a commune asks for an engagement that is missing."""
        service = before.service_id
        start = before.date_to + relativedelta(days=1)
        today = fields.Date.context_today(self)
        lines = self.env["intercommunal.billing.line"].search(
            [
                ("service_id", "=", service.id),
                ("state", "=", "open"),
                ("date", ">=", date_utils.start_of(today, "year")),
            ]
        )
        if not lines or start.year != today.year or start > today:
            return
        lines[:1].agreement_id.engagement_required = True
        run = before.create(
            {"service_id": service.id, "date_from": start, "date_to": today}
        )
        run.action_check()
        self._remember("run_1", run)

    @api.model
    def _load_year(self):
        """Forecasts of this year, next year's unit cost, what waits to be sent."""
        from ..demo import rates

        year = fields.Date.context_today(self).year
        for code, hours in rates.FORECASTS.items():
            rate = self._ref(f"rate_{code}")
            agreements = self.env["intercommunal.agreement"].search(
                [("service_id", "=", rate.service_id.id)]
            )
            for key, units in hours.items():
                commune = self._ref(f"commune_{key}")
                agreement = agreements.filtered(
                    lambda found, commune=commune: found.commune_id == commune
                )
                vals = {"year": year, "rate_id": rate.id, "units": units}
                agreement.write({"forecast_ids": [Command.create(vals)]})
        for code, (charges, units) in rates.UNIT_COSTS.items():
            cost = self.env["intercommunal.unit.cost"].create(
                {
                    "rate_id": self._ref(f"rate_{code}").id,
                    "year": year + 1,
                    "source": rates.UNIT_COSTS_SOURCE,
                    "units": units,
                    "charge_ids": [
                        Command.create(
                            {
                                "nature": nature,
                                "name": name,
                                "source": source,
                                "account_amount": amount,
                                "update_amount": update,
                            }
                        )
                        for nature, name, source, amount, update in charges
                    ],
                }
            )
            cost.action_apply()
            self._remember(f"unit_cost_{code}", cost)
        self.env["intercommunal.unit.cost.notice"]._prepare_year(year + 1)
        self.env["intercommunal.annual.statement"]._prepare_year(year)
        self.env["intercommunal.deadline"]._refresh(self.env.company)

    @api.model
    def _load_contest(self):
        """A referent contests a charge of last month's run."""
        from ..demo import rates

        referent = self._ref("user_referent", raise_if_not_found=False)
        line = (
            self.env["intercommunal.billing.line"]
            .with_user(referent)
            .search(
                [("amount", ">", 0), ("kind", "=", "labour")],
                order="state, date desc, id",
                limit=1,
            )
            if referent
            else None
        )
        if line:
            line.action_contest(rates.CONTEST)

    @api.model
    def _prepare_rate_vals(self, code, row, natures, start):
        name, service, kind, unit, price, step, minimum, products, default = row
        return {
            "code": code,
            "name": name,
            "service_id": self._ref(f"service_{service}").id,
            "kind": kind,
            "unit": unit,
            "step_minutes": step,
            "minimum_minutes": minimum,
            "is_default": default,
            "m57_nature": natures[kind],
            "product_ids": [
                Command.link(self._ref(f"product_{key}").id) for key in products
            ],
            "version_ids": [Command.create({"date_start": start, "price": price})],
        }
