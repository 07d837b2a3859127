"""What an agreement charges by itself, period after period, without any report."""

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..tools import periods, pricing

# What decides the amount of a period: it does not move under what was charged.
_FROZEN = frozenset(
    {
        "agreement_id",
        "amount",
        "amount_basis",
        "period",
        "date_start",
        "due",
        "prorata",
        "kind",
    }
)


class IntercommunalCharge(models.Model):
    """A flat or recurring sum of an agreement: a billing line each period, once."""

    _name = "intercommunal.charge"
    _description = "Recurring Charge"
    _inherit = ["intercommunal.charge.mixin"]
    _order = "agreement_id, date_start, id"
    _check_company_auto = True

    name = fields.Char("Description", required=True, help="Printed on the invoice.")
    active = fields.Boolean(default=True)
    agreement_id = fields.Many2one(
        "intercommunal.agreement",
        required=True,
        index=True,
        # what was charged holds it back: its lines do not go
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    commune_id = fields.Many2one(
        related="agreement_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(
        related="agreement_id.service_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True)
    amount_basis = fields.Selection(
        [("period", "Each period"), ("year", "A year, split over its periods")],
        "Amount for",
        default="period",
        required=True,
        help="A sum for the year is split evenly; the first periods take the odd cents.",
    )
    period = fields.Selection(
        [
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("half", "Half-year"),
            ("year", "Year"),
        ],
        default="quarter",
        required=True,
        help="Civil periods; a year at most (CGCT D5211-16).",
    )
    due = fields.Selection(
        [("end", "At the end of the period"), ("start", "At its start")],
        "Charged",
        default="end",
        required=True,
    )
    prorata = fields.Selection(
        [
            ("days", "By days in force"),
            ("full", "Whole once begun"),
        ],
        "Incomplete period",
        default="days",
        required=True,
        help="A period in which the charge or its agreement begins or ends. By days:"
        " amount × days in force / days of the period, to the cent.",
    )
    date_start = fields.Date("From", required=True)
    date_end = fields.Date("Until", help="Empty: as long as the agreement.")
    billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "charge_id", "Billing lines"
    )
    last_charged = fields.Date(compute="_compute_last_charged")

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A charge is worth something."
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A charge can't end before it starts.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("billing_line_ids.date")
    def _compute_last_charged(self):
        last = dict(
            self.env["intercommunal.billing.line"]._read_group(
                [("charge_id", "in", self.ids)], ["charge_id"], ["date:max"]
            )
        )
        for charge in self:
            charge.last_charged = last.get(charge._origin, False)

    # ------------------------------------------------------------ constraints

    @api.constrains("date_start", "date_end", "agreement_id")
    def _check_within_agreement(self):
        for charge in self:
            agreement = charge.agreement_id
            if charge.date_start < agreement.date_start or (
                agreement.date_end and charge.date_start > agreement.date_end
            ):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” begins outside its agreement “%(agreement)s”:"
                        " correct its dates.",
                        name=charge.name,
                        agreement=agreement.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if _FROZEN.intersection(vals):
            self._check_unused()
        result = super().write(vals)
        if "date_end" in vals:
            self._check_covers_charged()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        lines = self.env["intercommunal.billing.line"].sudo()
        for charge, _count in lines._read_group(
            [("charge_id", "in", self.ids)], ["charge_id"], ["__count"]
        ):
            raise UserError(
                self.env._(
                    "“%(name)s” was charged already: end it and add another one.",
                    name=charge.name,
                )
            )

    def _check_covers_charged(self):
        """What was charged lies before the end."""
        lines = self.env["intercommunal.billing.line"].sudo()
        for charge in self.filtered("date_end"):
            last = lines.search(
                [("charge_id", "=", charge.id), ("date", ">", charge.date_end)],
                order="date desc",
                limit=1,
            )
            if last:
                raise UserError(
                    self.env._(
                        "“%(name)s” was charged until %(date)s: it can't end before.",
                        name=charge.name,
                        date=format_date(self.env, last.date),
                    )
                )

    # ---------------------------------------------------------------- charging

    def _get_due(self, day):
        """The periods that are due on ``day``, of this year and the one before.

        Nothing is due before: older sums are entered by hand, knowingly.

        :return: list of (period, first day in force, last day in force, day due)
        """
        self.ensure_one()
        first = max(self.date_start, date(day.year - 1, 1, 1))
        ends = [end for end in (self.date_end, self.agreement_id.date_end) if end]
        last = min([*ends, day.replace(month=12, day=31)])
        due = []
        for period in periods.list_periods(self.period, first, last):
            start = max(period.start, self.date_start)
            end = min([period.end, *ends])
            when = end if self.due == "end" else start
            if when <= day:
                due.append((period, start, end, when))
        return due

    def _get_amount(self, period, start, end):
        """What ``period`` costs when it is in force from ``start`` to ``end``."""
        self.ensure_one()
        amount = pricing.decimal_of(self.amount, 2)
        if self.amount_basis == "year":
            amount = periods.share_of_year(amount, self.period, period.index)
        if self.prorata == "days":
            amount = periods.prorate(amount, period, start, end)
        return amount

    def _make_due_lines(self, day):
        """Make the billing lines that are due on ``day`` and not there yet.

        :return: the new lines
        """
        lines = self.env["intercommunal.billing.line"]
        vals_list = [
            charge._prepare_due_vals(*due)
            for charge in self
            for due in charge._get_due(day)
        ]
        known = set(
            lines.sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("source_key", "in", [vals["source_key"] for vals in vals_list]),
                ]
            )
            .mapped(lambda line: (line.company_id.id, line.source_key))
        )
        return lines._create_guarded(
            [
                vals
                for vals in vals_list
                if vals["amount"]
                and (vals["company_id"], vals["source_key"]) not in known
            ]
        )

    def _prepare_due_vals(self, period, start, end, when):
        # texts in the language of the invoices, whoever checks
        lang = self.company_id.partner_id.lang or self.env.lang
        self = self.with_context(lang=lang)
        return {
            **self._prepare_charge_vals(
                self.agreement_id,
                when,
                self.env._(
                    "%(name)s, %(start)s to %(end)s",
                    name=self.name,
                    start=format_date(self.env, start),
                    end=format_date(self.env, end),
                ),
                self._get_amount(period, start, end),
                f"charge/{self.id}/{period.start:%Y-%m-%d}",
            ),
            "charge_id": self.id,
        }


class IntercommunalAgreement(models.Model):
    """The sums that the agreement charges by itself."""

    _inherit = "intercommunal.agreement"

    charge_ids = fields.One2many(
        "intercommunal.charge", "agreement_id", "Recurring charges"
    )


class IntercommunalBillingLine(models.Model):
    """A line that no report made."""

    _inherit = "intercommunal.billing.line"

    charge_id = fields.Many2one(
        "intercommunal.charge",
        "Recurring charge",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )

    def _get_account_source(self):
        return self.charge_id or super()._get_account_source()

    def _get_source(self):
        return self.charge_id or super()._get_source()

    def _prepare_adjustment_vals(self, amount, reason, day, source_key):
        vals = super()._prepare_adjustment_vals(amount, reason, day, source_key)
        return {**vals, "charge_id": self.charge_id.id}


class IntercommunalBillingRun(models.Model):
    """A run charges what is due at its end."""

    _inherit = "intercommunal.billing.run"

    def _charge_due(self):
        super()._charge_due()
        charges = (
            self.env["intercommunal.charge"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("service_id", "=", self.service_id.id),
                    ("date_start", "<=", self.date_to),
                    ("agreement_id.active", "=", True),
                ]
            )
        )
        # two runs at once would charge a period twice, and fail on its key
        self._lock(charges)
        charges._make_due_lines(self.date_to)

    def _get_group_key(self, line):
        # each period of a charge stands by itself
        alone = line.charge_id and not line.adjustment_reason
        return (*super()._get_group_key(line), line.charge_id, alone and line.id)

    def _prepare_move_line_vals(self, agreement, group, index):
        vals = super()._prepare_move_line_vals(agreement, group, index)
        if group[:1].charge_id and not group[:1].adjustment_reason:
            vals["name"] = group[:1].name
        return vals
