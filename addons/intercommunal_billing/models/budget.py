"""The budget meter: used, committed, left, where people ask, plan and decide."""

from datetime import date
from statistics import median

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

# Work that was accepted and is not charged yet.
COMMITTED_STATES = ("accepted", "planned", "in_progress", "to_validate", "rework")
# Fewer past jobs say nothing of the next one.
LEAST_PAST = 5
PAST_YEARS = 3


class IntercommunalAgreement(models.Model):
    """What the commune set aside for the year, and what became of it."""

    _inherit = "intercommunal.agreement"

    budget_amount = fields.Monetary(
        "Budget of the year", help="What the commune set aside. 0: none.", tracking=True
    )
    budget_hours = fields.Float(
        "Hours of the year",
        help="What the commune means to use. 0: none.",
        tracking=True,
    )
    spent_amount = fields.Monetary("Used", compute="_compute_meter")
    spent_hours = fields.Float("Hours used", compute="_compute_meter")
    committed_amount = fields.Monetary("Committed", compute="_compute_meter")
    committed_hours = fields.Float("Hours committed", compute="_compute_meter")
    left_amount = fields.Monetary("Left", compute="_compute_meter")
    left_hours = fields.Float("Hours left", compute="_compute_meter")
    exceeded_amount = fields.Monetary("Exceeded by", compute="_compute_meter")
    exceeded_hours = fields.Float("Hours exceeded by", compute="_compute_meter")

    _budget_positive = models.Constraint(
        "CHECK(budget_amount >= 0 AND budget_hours >= 0)",
        "A budget can't be negative.",
    )

    @api.depends(
        "budget_amount",
        "budget_hours",
        "billing_line_ids.amount",
        "billing_line_ids.waived_reason",
    )
    def _compute_meter(self):
        meters = self._get_meters(fields.Date.context_today(self).year)
        for agreement in self:
            meter = meters[agreement]
            for name in ("spent", "committed", "left"):
                agreement[f"{name}_amount"] = meter[f"{name}_amount"]
                agreement[f"{name}_hours"] = meter[f"{name}_hours"]
            agreement.exceeded_amount = max(-meter["left_amount"], 0)
            agreement.exceeded_hours = max(-meter["left_hours"], 0)

    def _get_meters(self, year):
        """Used, committed and left of each agreement in ``year``, in two queries.

        :return: dict agreement → dict of amounts (currency of the company) and hours;
            left is what the budget gives, may be negative
        """
        spent = self._get_spent(year)
        committed = self._get_committed()
        meters = {}
        for agreement in self:
            key = agreement.commune_id.id, agreement.service_id.id
            amount, hours = spent.get(agreement.id, (0.0, 0.0))
            engaged, engaged_hours = committed.get(key, (0.0, 0.0))
            meters[agreement] = {
                "year": year,
                "budget_amount": agreement.budget_amount,
                "budget_hours": agreement.budget_hours,
                "spent_amount": amount,
                "spent_hours": hours,
                "committed_amount": engaged,
                "committed_hours": engaged_hours,
                "left_amount": agreement.budget_amount - amount - engaged,
                "left_hours": agreement.budget_hours - hours - engaged_hours,
            }
        return meters

    def _get_spent(self, year):
        rows = (
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                [
                    ("agreement_id", "in", self.ids),
                    ("date", ">=", date(year, 1, 1)),
                    ("date", "<=", date(year, 12, 31)),
                    ("waived_reason", "=", False),
                ],
                ["agreement_id", "kind"],
                ["amount:sum", "minutes_billed:sum", "quota_minutes:sum"],
            )
        )
        spent = {}
        for agreement, kind, amount, minutes, quota in rows:
            total, hours = spent.get(agreement.id, (0.0, 0.0))
            if kind == "labour":
                hours += (minutes - quota) / 60
            spent[agreement.id] = (total + amount, hours)
        return spent

    def _get_committed(self):
        """Estimates of the accepted work that nothing charged yet, whatever the year.

        :return: dict (commune id, service id) → (amount, hours)
        """
        rows = (
            self.env["intercommunal.request"]
            .sudo()
            ._read_group(
                [
                    ("commune_id", "in", self.commune_id.ids),
                    ("service_id", "in", self.service_id.ids),
                    ("state", "in", COMMITTED_STATES),
                ],
                ["commune_id", "service_id", "type_id"],
                ["estimated_cost:sum", "__count"],
            )
        )
        committed = {}
        for commune, service, type_, amount, count in rows:
            key = commune.id, service.id
            total, hours = committed.get(key, (0.0, 0.0))
            hours += count * type_.default_duration * type_.default_agents
            committed[key] = (total + amount, hours)
        return committed


class IntercommunalRequestType(models.Model):
    """What jobs of this type cost before."""

    _inherit = "intercommunal.request.type"

    def _get_similar_cost(self):
        """The cost of past jobs of this type, over three years.

        No commune is named, and fewer than five say nothing.

        :return: dict of median, low, high, number; or None
        """
        self.ensure_one()
        since = fields.Date.context_today(self) - relativedelta(years=PAST_YEARS)
        rows = (
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                Domain("request_id.type_id", "=", self.id)
                & Domain("request_id.state", "in", ("validated", "closed"))
                & Domain("date", ">=", since)
                & Domain("waived_reason", "=", False)
                & Domain("anomaly", "=", False),
                ["request_id"],
                ["amount:sum"],
            )
        )
        amounts = sorted(amount for _request, amount in rows if amount > 0)
        if len(amounts) < LEAST_PAST:
            return None
        return {
            "median": median(amounts),
            "low": amounts[0],
            "high": amounts[-1],
            "number": len(amounts),
        }

    def _get_budget_meters(self, communes):
        """The meters for a request of this type that is not made yet.

        :param communes: those that may ask for it
        :return: dict commune → Markup, of those that have something to show
        """
        self.ensure_one()
        requests = self.env["intercommunal.request"]
        asked = {
            commune: requests.new(
                {
                    "commune_id": commune.id,
                    "service_id": self.service_id.id,
                    "type_id": self.id,
                    "company_id": self.sudo().company_id.id,
                }
            )
            for commune in communes
        }
        values = requests.concat(*asked.values())._get_budgets()
        return {
            commune: requests._render_budget(values[request])
            for commune, request in asked.items()
            if values[request]
        }


class IntercommunalRequest(models.Model):
    """The meter on the request, for whoever may read it."""

    _inherit = "intercommunal.request"

    budget_meter = fields.Html(
        "Budget", compute="_compute_budget_meter", sanitize=False
    )

    @api.depends_context("uid", "lang")
    @api.depends("commune_id", "service_id", "type_id", "state")
    def _compute_budget_meter(self):
        shown = self.filtered(lambda request: request._shows_budget())
        values = shown._get_budgets()
        (self - shown).budget_meter = False
        for request in shown:
            found = values[request]
            # an empty dict would be printed as "{}"
            request.budget_meter = bool(found) and self._render_budget(found)

    def _shows_budget(self):
        """Whether the meter is for the current user.

        Who reads a request that was sent reads its meter. In a form that is being
        filled in anybody may choose any commune: only its own people and those of the
        intercommunality are told what is left to it.
        """
        self.ensure_one()
        if self._origin and self._origin.commune_id == self.commune_id:
            return True
        request, user = self.sudo(), self.env.user
        if not (request.commune_id and request.service_id):
            return False
        if request.commune_id in user._get_intercommunal_communes().sudo():
            return True
        return user in request.service_id.manager_ids or any(
            user.has_group(f"intercommunal_workflow.group_intercommunal_{name}")
            for name in ("finance", "direction", "admin")
        )

    @api.model
    def _render_budget(self, values):
        return self.env["ir.qweb"]._render("intercommunal_billing.budget_meter", values)

    def _get_budget_values(self):
        """What the meter of this request shows: see :meth:`_get_budgets`."""
        self.ensure_one()
        return self._get_budgets()[self]

    def _get_budgets(self):
        """What the meters show to the current user: as many queries for many requests.

        Prices are for the commune's own people and for those of the EPCI who read
        prices; the others see hours.

        :return: dict request → dict for the template, empty when there is nothing to
            show
        """
        today = fields.Date.context_today(self)
        requests = self.sudo()
        agreements = (
            self.env["intercommunal.agreement"]
            .sudo()
            ._find_all(
                requests.company_id, requests.commune_id, requests.service_id, today
            )
            .filtered(lambda found: found.budget_amount or found.budget_hours)
        )
        meters = agreements._get_meters(today.year)
        by_key = agreements.grouped(
            lambda found: (found.company_id, found.commune_id, found.service_id)
        )
        similar, values = {}, {}
        for request in self:
            record = request.sudo()
            key = record.company_id, record.commune_id, record.service_id
            meter = meters.get(by_key.get(key))
            has_prices = request._reads_prices()
            past, type_ = None, record.type_id
            if type_ and has_prices:
                if type_ not in similar:
                    similar[type_] = type_._get_similar_cost()
                past = similar[type_]
            values[request] = (
                {
                    "meter": meter,
                    "similar": past,
                    "has_prices": has_prices,
                    "currency": record.company_id.currency_id,
                }
                if meter or past
                else {}
            )
        return values

    def _reads_prices(self):
        """Whether the current user may read what this commune pays."""
        user = self.env.user
        if self.sudo().commune_id in user._get_intercommunal_communes().sudo():
            return True
        return not user.share and self.env["intercommunal.rate"].has_access("read")
