"""Each year, before its budget, a commune is told the unit costs."""

from datetime import date
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import pricing

# Communes vote their budget before 15 April (CGCT L1612-2): a default to be changed.
BUDGET_MONTH, BUDGET_DAY = 4, 15
# Who speaks for the commune; what a requester need not read.
TOLD_ROLES = ("referent", "mayor", "deputy", "dgs")


class IntercommunalUnitCostNotice(models.Model):
    """The unit costs of a year, sent to a commune: what was sent is kept as evidence.

    Source: CGCT D5211-16 (the unit cost is made known before the budget's date).
    """

    _name = "intercommunal.unit.cost.notice"
    _description = "Notice of Unit Costs"
    _inherit = ["intercommunal.owned.mixin", "intercommunal.sent.file.mixin"]
    _order = "year desc, commune_id, id"
    _check_company_auto = True

    _transitions: ClassVar[dict] = {"draft": ("sent",), "sent": ()}
    _moves: ClassVar[dict] = {"action_send": "sent"}
    _actors: ClassVar[dict] = {"action_send": ("finance",)}
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "sent_at",
            "sent_by_id",
            "recipients",
            "file",
            "filename",
            "sha256",
        }
    )

    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
    )
    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.context_today(self).year + 1,
        aggregator=None,
    )
    budget_date = fields.Date(
        "Budget of the commune",
        required=True,
        help="The unit costs are to be sent before this date.",
    )
    state = fields.Selection(
        [("draft", "To send"), ("sent", "Sent")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    sent_at = fields.Datetime("Sent on", readonly=True, copy=False)
    sent_by_id = fields.Many2one(
        "res.users", "Sent by", readonly=True, copy=False, ondelete="restrict"
    )
    recipients = fields.Text("Sent to", readonly=True, copy=False)
    file = fields.Binary("Notice", attachment=True, readonly=True, copy=False)
    is_late = fields.Boolean("After the budget", compute="_compute_is_late")
    can_send = fields.Boolean(compute="_compute_can")

    _commune_uniq = models.Constraint(
        "UNIQUE(company_id, commune_id, year)",
        "This commune already has a notice for the year.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("commune_id", "year")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = self.env._(
                "Unit costs %(year)s, %(commune)s",
                year=notice.year,
                commune=notice.commune_id.name or "",
            )

    @api.depends("sent_at", "budget_date")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for notice in self:
            day = notice.sent_at.date() if notice.sent_at else today
            notice.is_late = bool(notice.budget_date and day > notice.budget_date)

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if {"commune_id", "year", "company_id", "budget_date"}.intersection(vals):
            # the refusal names the record: only to whoever may change it
            self.check_access("write")
            self._check_unsent()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        self._check_unsent()

    def _check_unsent(self):
        for notice in self:
            if notice.state == "sent":
                raise UserError(
                    self.env._(
                        "“%(name)s” was sent: it stays as evidence.",
                        name=notice.display_name,
                    )
                )

    # ----------------------------------------------------------------- actions

    @api.model
    def _prepare_year(self, year, budget_date=None):
        """A notice for each commune that has an agreement in ``year``.

        :return: the notices of the year, those that were there included
        """
        agreements = self.env["intercommunal.agreement"]._find_of_year(
            self.env.company, year
        )
        known = self.search(
            [("company_id", "=", self.env.company.id), ("year", "=", year)]
        )
        missing = agreements.commune_id - known.commune_id
        return known | self.create(
            [
                {
                    "commune_id": commune.id,
                    "year": year,
                    "budget_date": budget_date or date(year, BUDGET_MONTH, BUDGET_DAY),
                }
                for commune in missing.sorted(lambda place: place.insee_code or "")
            ]
        )

    def action_send(self):
        """Send each commune its notice (PDF) and keep what was sent, when, to whom.

        :raises UserError: a commune without address, or without any unit cost
        """
        self._check_can("action_send")
        people = {notice: notice._get_told() for notice in self}
        silent = [notice.commune_id.name for notice in self if not people[notice]]
        if silent:
            raise UserError(
                self.env._(
                    "Nobody of these communes has an e-mail address: %(communes)s.",
                    communes=", ".join(silent),
                )
            )
        for notice in self:
            notice._send(people[notice])
        return True

    def _send(self, partners):
        self.ensure_one()
        if not self._get_costs():
            raise UserError(
                self.env._(
                    "%(commune)s has no unit cost for %(year)s: apply the worksheets"
                    " of its services first.",
                    commune=self.commune_id.name,
                    year=self.year,
                )
            )
        notice = self._with_company_lang()
        name = notice.env._(
            "unit-costs-%(year)s-%(code)s",
            year=notice.year,
            code=notice.commune_id.insee_code or notice.commune_id.id,
        )
        notice._send_file(
            "intercommunal_billing.report_unit_cost_notice",
            name,
            partners,
            notice.env._(
                "The unit costs of %(year)s are attached. They serve for your budget"
                " (CGCT D5211-16).",
                year=notice.year,
            ),
            "sent",
            {
                "sent_at": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
                "recipients": "\n".join(
                    partner.email_formatted for partner in partners
                ),
            },
        )

    def _get_told(self):
        """The commune's own address and the people who speak for it."""
        self.ensure_one()
        roles = self.commune_id.sudo().intercommunal_role_ids.filtered(
            lambda role: (
                role.is_current
                and role.role in TOLD_ROLES
                and role.company_id == self.company_id
            )
        )
        people = self.commune_id.sudo() | roles.partner_id
        return people.filtered("email")

    # ------------------------------------------------------------------- facts

    def _get_costs(self):
        """The prices of the year for the services that the commune has.

        :return: list of dict: service, rate, version, cost (worksheet, may be empty)
        """
        self.ensure_one()
        agreements = self.env["intercommunal.agreement"]._find_of_year(
            self.company_id, self.year
        )
        services = agreements.filtered(
            lambda agreement: agreement.commune_id == self.commune_id
        ).service_id
        rates = self.env["intercommunal.rate"].search(
            Domain("service_id", "in", services.ids)
        )
        first, last = date(self.year, 1, 1), date(self.year, 12, 31)
        rows = []
        for rate in rates:
            version = (
                pricing.pick_version(rate.version_ids, first)
                or (
                    rate.version_ids.filtered(
                        lambda version: first <= version.date_start <= last
                    ).sorted("date_start")[:1]
                )
            )
            if version:
                cost = rate.unit_cost_ids.filtered(
                    lambda cost, version=version: cost.version_id == version
                )[:1]
                rows.append(
                    {
                        "service": rate.service_id,
                        "rate": rate,
                        "version": version,
                        "cost": cost,
                    }
                )
        return rows

    @api.model
    def _get_portal_domain(self):
        """Those that the commune's pages offer, besides what it may read."""
        return Domain("file", "!=", False)

    def _get_portal_name(self):
        """What the commune's link to the file says."""
        self.ensure_one()
        return self.env._(
            "Unit costs %(year)s (sent on %(date)s)",
            year=self.year,
            date=format_date(self.env, self.sent_at),
        )
