from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.intercommunal_workflow.models.report_line import LINE_KINDS

from ..tools import pricing

RATE_UNITS = [
    ("hour", "Hour"),
    ("km", "Kilometre"),
    ("unit", "Unit"),
    ("day", "Day"),
    ("flat", "Flat"),
]
# Income accounts of the French chart where a rate gives none: staff, everything else.
_ACCOUNT_BY_KIND = {"labour": "pcg_7084"}
_ACCOUNT_OTHERS = "pcg_7088"


class IntercommunalRate(models.Model):
    """A unit cost of a service: what is charged; its versions say how much."""

    _name = "intercommunal.rate"
    _description = "Rate"
    _inherit = ["intercommunal.served.mixin", "analytic.mixin"]
    _order = "service_id, kind, code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    code = fields.Char(required=True)
    name = fields.Char(
        required=True, translate=True, help="Printed on invoices and statements."
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(LINE_KINDS, required=True, default="labour")
    unit = fields.Selection(RATE_UNITS, required=True, default="hour")
    step_minutes = fields.Integer(
        "Rounding step (minutes)",
        default=15,
        help="Time is rounded up to a multiple of it, once per agent and intervention."
        " 0: no rounding.",
    )
    minimum_minutes = fields.Integer(
        "Minimum (minutes)", help="Least time billed per agent and intervention."
    )
    is_default = fields.Boolean(
        "Default of its kind",
        help="Applies where no rate names the agent or the item. Without it such a"
        " line stays unpriced and stops the run.",
    )
    agent_ids = fields.Many2many(
        "res.users",
        "intercommunal_rate_agent_rel",
        "rate_id",
        "user_id",
        "Agents",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="The agents of this category: their time is charged at this rate.",
    )
    product_ids = fields.Many2many(
        "product.product",
        "intercommunal_rate_product_rel",
        "rate_id",
        "product_id",
        "Items",
        groups="base.group_user",
        help="The equipment and materials that are charged at this rate.",
    )
    account_id = fields.Many2one(
        "account.account",
        "Income account",
        check_company=True,
        ondelete="restrict",
        domain="[('internal_group', '=', 'income')]",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Empty: 7084 for labour, 7088 for the rest.",
    )
    m57_nature = fields.Char(
        "M57 account",
        help="Nature in the public accounts. To confirm with the accountant.",
    )
    m57_function = fields.Char("M57 function")
    version_ids = fields.One2many(
        "intercommunal.rate.version", "rate_id", "Prices", copy=False
    )
    current_price = fields.Float(
        "Price today", compute="_compute_current_price", digits=(16, 4)
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code, company_id)", "Another rate already has this code."
    )
    _default_uniq = models.UniqueIndex(
        "(company_id, service_id, kind) WHERE is_default AND active",
        "Another rate is already the default of this kind for the service.",
    )
    _minutes_positive = models.Constraint(
        "CHECK(step_minutes >= 0 AND minimum_minutes >= 0)",
        "The rounding step and the minimum can't be negative.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("code", "name")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = " · ".join(filter(None, (rate.code, rate.name)))

    @api.depends("version_ids.price", "version_ids.date_start", "version_ids.date_end")
    def _compute_current_price(self):
        today = fields.Date.context_today(self)
        for rate in self:
            rate.current_price = rate._get_version(today).price

    @api.onchange("service_id", "kind")
    def _onchange_is_default(self):
        """The first rate of a kind is its default: without one nothing is priced."""
        if self.service_id and not self._origin:
            self.is_default = not self.search_count(
                Domain("service_id", "=", self.service_id.id)
                & Domain("kind", "=", self.kind)
                & Domain("is_default", "=", True),
                limit=1,
            )

    # ------------------------------------------------------------ constraints

    @api.constrains("agent_ids", "product_ids", "service_id", "active")
    def _check_single(self):
        """An agent or an item has one rate in a service, or the price would depend
        on the order of the records."""
        for rate in self.filtered("active"):
            for name in ("agent_ids", "product_ids"):
                twin = self.search(rate._get_twin_domain(name), limit=1)
                if twin:
                    raise ValidationError(
                        self.env._(
                            "“%(item)s” is already charged at “%(other)s”: remove it"
                            " there first.",
                            item=(rate[name] & twin[name])[:1].display_name,
                            other=twin.display_name,
                        )
                    )

    def _get_twin_domain(self, name):
        """Rates that charge one of the same agents or items."""
        self.ensure_one()
        return (
            Domain("id", "!=", self.id)
            & Domain("service_id", "=", self.service_id.id)
            & Domain("kind", "=", self.kind)
            & Domain(name, "in", self[name].ids)
        )

    @api.constrains("kind", "unit")
    def _check_kind_unit(self):
        for rate in self:
            if rate.kind == "labour" and rate.unit != "hour":
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: labour is charged by the hour.", name=rate.name
                    )
                )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        frozen = {"unit", "kind", "service_id", "company_id"}.intersection(vals)
        if frozen:
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        for rate in self:
            if rate.version_ids._get_used():
                raise UserError(
                    self.env._(
                        "“%(name)s” was already used for billing: archive it and"
                        " create another one.",
                        name=rate.display_name,
                    )
                )

    # ----------------------------------------------------------------- helpers

    @api.model
    def _find(self, service, kind, agent, product):
        """The rate that charges a line of a report, or an empty recordset.

        By item first, then by agent, then the default of its kind in the service.
        There is no other fallback: a line without rate waits for one.

        :param str kind: kind of the report line
        """
        rates = self.sudo().search(
            Domain("service_id", "=", service.id) & Domain("kind", "=", kind)
        )
        by_item = rates.filtered(lambda rate: product and product in rate.product_ids)
        by_agent = rates.filtered(lambda rate: agent and agent in rate.agent_ids)
        found = by_item[:1] or by_agent[:1] or rates.filtered("is_default")[:1]
        return found.with_env(self.env)

    def _get_version(self, day):
        """The version in force on ``day``, or an empty recordset."""
        return pricing.pick_version(self.version_ids, day) or self.version_ids.browse()

    def _get_income_account(self):
        """The account of this rate's invoice lines; may be empty without a chart."""
        self.ensure_one()
        return self.account_id or self._find_default_account(self.kind, self.company_id)

    @api.model
    def _find_default_account(self, kind, company):
        """The chart's account of what is sold of this kind; empty without a chart."""
        chart = self.env["account.chart.template"].with_company(company)
        return chart._find_intercommunal(
            "account.account", _ACCOUNT_BY_KIND.get(kind, _ACCOUNT_OTHERS)
        )
