"""The worksheet of a unit cost: the charges of a service over its units of use."""

from decimal import Decimal
from typing import ClassVar

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import pricing


class IntercommunalUnitCost(models.Model):
    """What a unit of a service costs in a year, and how that is worked out.

    Source: CGCT D5211-16. The unit cost holds staff, supplies, renewal of goods and
    service contracts, nothing else; it comes from the last accounts, brought up to
    date by the budget. Applied, it is the price of the year and does not change.
    """

    _name = "intercommunal.unit.cost"
    _description = "Unit Cost Worksheet"
    _inherit = [
        "intercommunal.owned.mixin",
        "intercommunal.transition.mixin",
        "mail.thread",
    ]
    _order = "year desc, service_id, rate_id, stage, id"
    _check_company_auto = True

    _transitions: ClassVar[dict] = {"draft": ("applied",), "applied": ()}
    _moves: ClassVar[dict] = {"action_apply": None, "action_take_units": None}
    _sources: ClassVar[dict] = dict.fromkeys(_moves, ("draft",))
    _actors: ClassVar[dict] = dict.fromkeys(_moves, ("finance",))
    _guarded_fields: ClassVar[frozenset] = frozenset({"state", "version_id"})
    # What the price rests on stays as it was.
    _frozen_once_applied: ClassVar[frozenset] = frozenset(
        {"company_id", "rate_id", "year", "stage", "units", "charge_ids"}
    )

    rate_id = fields.Many2one(
        "intercommunal.rate",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    service_id = fields.Many2one(related="rate_id.service_id", store=True, index=True)
    unit = fields.Selection(related="rate_id.unit")
    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
        aggregator=None,
    )
    stage = fields.Selection(
        [
            ("provisional", "Forecast: last accounts, updated by the budget"),
            ("final", "Real cost, at year end"),
        ],
        "Basis",
        default="provisional",
        required=True,
        tracking=True,
    )
    source = fields.Char(
        "Where the figures come from",
        help="Administrative account of the year before, budget, deliberations.",
    )
    state = fields.Selection(
        [("draft", "Being worked out"), ("applied", "Applied")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    charge_ids = fields.One2many(
        "intercommunal.unit.cost.charge", "unit_cost_id", "Charges", copy=True
    )
    total = fields.Monetary(
        "Charges in total", compute="_compute_unit_cost", store=True
    )
    units = fields.Float("Units of use", digits=(16, 2), aggregator=None)
    unit_cost = fields.Float(
        "Unit cost",
        digits=(16, 4),
        compute="_compute_unit_cost",
        store=True,
        aggregator=None,
    )
    version_id = fields.Many2one(
        "intercommunal.rate.version",
        "Price made of it",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    note = fields.Text("Notes")
    can_apply = fields.Boolean(compute="_compute_can")
    can_take_units = fields.Boolean(compute="_compute_can")

    _rate_uniq = models.Constraint(
        "UNIQUE(rate_id, year, stage)",
        "This rate already has a worksheet for the year and basis: open that one.",
    )
    _units_positive = models.Constraint(
        "CHECK(units >= 0)", "The units can't be negative."
    )
    _year_plausible = models.Constraint(
        "CHECK(year BETWEEN 2000 AND 2100)", "Enter a year such as 2026."
    )

    # --------------------------------------------------------------- computes

    @api.depends("rate_id", "year", "stage")
    def _compute_display_name(self):
        for cost in self:
            names = {"rate": cost.rate_id.code or "", "year": cost.year}
            cost.display_name = (
                self.env._("%(rate)s %(year)s, real cost", **names)
                if cost.stage == "final"
                else self.env._("%(rate)s %(year)s, forecast", **names)
            )

    @api.depends("charge_ids.amount", "units")
    def _compute_unit_cost(self):
        for cost in self:
            total = cost._get_total()
            units = pricing.decimal_of(cost.units, 2)
            cost.total = float(total)
            cost.unit_cost = float(pricing.round_price(total / units)) if units else 0.0

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    def _get_total(self):
        """Sum of the charges, exact."""
        return sum(
            (pricing.decimal_of(charge.amount, 2) for charge in self.charge_ids),
            Decimal("0.00"),
        )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if self._frozen_once_applied.intersection(vals):
            # the refusal names the record: only to whoever may change it
            self.check_access("write")
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        self._check_draft()

    def _check_draft(self):
        for cost in self:
            if cost.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(name)s” made a price: it stays as it was. Make a worksheet"
                        " of the real cost to correct it at year end.",
                        name=cost.display_name,
                    )
                )

    # ----------------------------------------------------------------- actions

    def action_take_units(self):
        """Take the units from what was approved in the year, free hours included."""
        self._check_can("action_take_units")
        for cost in self:
            used = cost.rate_id._get_used_units(cost.year)
            cost.units = float(used)
            cost.message_post(
                body=self.env._(
                    "%(units)s units were taken from the approved work of %(year)s.",
                    units=used,
                    year=cost.year,
                )
            )
        return True

    def action_apply(self):
        """Make the price of the year, or open the year-end balance of the real cost.

        :return: True, or the window action of the balance
        :raises UserError: no charge or unit, or the year has another price
        """
        self._check_can("action_apply")
        self.ensure_one()
        if not self.charge_ids or not self.units or not self.unit_cost:
            raise UserError(
                self.env._(
                    "“%(name)s” needs its charges and its units first.",
                    name=self.display_name,
                )
            )
        if self.stage == "final":
            return self._open_balance()
        version = self._create_version()
        self._transition("applied", {"version_id": version.id})
        return True

    def _create_version(self):
        """The provisional price of the year; the one before ends the day before."""
        start, end = self._get_first_day(), self._get_last_day()
        clash = self.rate_id.version_ids.filtered(
            lambda version: start <= version.date_start <= end
        )
        if clash:
            raise UserError(
                self.env._(
                    "“%(name)s” already has a price from %(start)s: end that one"
                    " first.",
                    name=self.rate_id.display_name,
                    start=format_date(self.env, clash[-1:].date_start),
                )
            )
        before = self.rate_id.version_ids.filtered(
            lambda version: (
                version.date_start < start
                and (not version.date_end or version.date_end >= start)
            )
        )
        if before:
            before.date_end = fields.Date.subtract(start, days=1)
            # the database must know it before the next price begins
            before.flush_recordset()
        self.rate_id.version_ids = [
            Command.create(
                {
                    "date_start": start,
                    "date_end": end,
                    "price": self.unit_cost,
                    "status": "provisional",
                }
            )
        ]
        return self.rate_id.version_ids.filtered(
            lambda version: version.date_start == start
        )

    def _open_balance(self):
        version = self._get_provisional()
        if not version:
            raise UserError(
                self.env._(
                    "%(rate)s has no provisional price in %(year)s: there is nothing to"
                    " balance.",
                    rate=self.rate_id.display_name,
                    year=self.year,
                )
            )
        action = version.action_open_settle()
        action["context"].update(
            default_final_price=self.unit_cost, default_unit_cost_id=self.id
        )
        return action

    def _get_provisional(self):
        """The provisional price of the year, or an empty recordset."""
        first, last = self._get_first_day(), self._get_last_day()
        return self.rate_id.version_ids.filtered(
            lambda version: (
                version.status == "provisional"
                and version.date_start <= last
                and (not version.date_end or version.date_end >= first)
            )
        )[:1]

    def _get_first_day(self):
        return fields.Date.to_date(f"{self.year}-01-01")

    def _get_last_day(self):
        return fields.Date.to_date(f"{self.year}-12-31")


class IntercommunalRateVersion(models.Model):
    """A price on a time line."""

    _inherit = "intercommunal.rate.version"

    shown_until = fields.Date(compute="_compute_shown_until")

    @api.depends("date_start", "date_end")
    def _compute_shown_until(self):
        """A price without end is shown until the end of the present year."""
        today = fields.Date.context_today(self)
        for version in self:
            last = max(today, version.date_start or today)
            version.shown_until = version.date_end or fields.Date.end_of(last, "year")


class IntercommunalRate(models.Model):
    """How much of a rate was used, and what its price came from."""

    _inherit = "intercommunal.rate"

    unit_cost_ids = fields.One2many(
        "intercommunal.unit.cost", "rate_id", "Unit cost worksheets"
    )

    def _get_used_units(self, year):
        """Units that the approved work of ``year`` used, all communes together.

        :return: Decimal, hours or units, to two decimals
        """
        self.ensure_one()
        [(minutes, quantity)] = (
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                [
                    ("rate_id", "=", self.id),
                    ("date", ">=", f"{year}-01-01"),
                    ("date", "<=", f"{year}-12-31"),
                    ("waived_reason", "=", False),
                    ("adjustment_reason", "=", False),
                ],
                [],
                ["minutes_billed:sum", "quantity:sum"],
            )
        )
        return self._to_units(minutes or 0, quantity or 0.0)

    def _to_units(self, minutes, quantity):
        """What minutes and a quantity are in units of this rate, to two decimals.

        :return: Decimal
        """
        units = (
            pricing.hours_of(minutes)
            if self.unit == "hour"
            else pricing.decimal_of(quantity, 2)
        )
        return pricing.round_cent(units)

    def action_open_history(self):
        """The prices of these rates on a time line."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices over time"),
            "res_model": "intercommunal.rate.version",
            "views": [(False, "timeline"), (False, "graph"), (False, "list")],
            "domain": [("rate_id", "in", self.ids)],
        }
