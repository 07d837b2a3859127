from decimal import Decimal
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, ormcache
from odoo.tools.misc import formatLang

from odoo.addons.intercommunal_workflow.models.report_line import LINE_KINDS

from ..tools import pricing
from .rate import RATE_UNITS

OPEN_STATES = ("open", "in_run")
CHARGED_STATES = (*OPEN_STATES, "draft", "billed", "settled")
_UOMS = {
    "hour": "product_uom_hour",
    "km": "product_uom_km",
    "unit": "product_uom_unit",
    "day": "product_uom_day",
}
# Why a line has no price; the run names each of them and says what to do.
ANOMALIES = [
    ("no_agreement", "No agreement"),
    ("no_rate", "No rate"),
    ("no_price", "No price on that day"),
    ("no_duration", "No duration"),
    ("zero_price", "Price of zero"),
]


class IntercommunalBillingLine(models.Model):
    """One charge of one approved report (a “recours” of CGCT D5211-16).

    Made by an approval, never edited: what changes it is an action with a reason.
    Minutes are integers; the price is frozen with the line; the amount is rounded
    once, here, and every total is a sum of these amounts.
    """

    _name = "intercommunal.billing.line"
    _description = "Billing Line"
    _inherit = ["intercommunal.transition.mixin"]
    _order = "date desc, id desc"
    _rec_names_search = ["name", "source_key"]
    _check_company_auto = True

    _moves: ClassVar[dict] = {
        "action_price": None,
        "action_contest": None,
        "action_reject_contest": None,
        "action_waive_contest": None,
    }
    _sources: ClassVar[dict] = {
        "action_price": OPEN_STATES,
        "action_contest": CHARGED_STATES,
    }
    # who reads what the commune pays may say that it is wrong
    _actors: ClassVar[dict] = {
        "action_price": ("finance",),
        "action_contest": ("referent", "mayor", "deputy", "dgs"),
        "action_reject_contest": ("finance",),
        "action_waive_contest": ("finance",),
    }
    # Everything: a line is a fact, and its corrections are other lines.
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "company_id",
            "source_key",
            "report_id",
            "report_line_id",
            "commune_id",
            "service_id",
            "agreement_id",
            "rate_id",
            "rate_version_id",
            "date",
            "started_at",
            "kind",
            "name",
            "unit",
            "minutes_real",
            "minutes_billed",
            "quantity",
            "unit_price",
            "coefficient",
            "surcharge_id",
            "amount",
            "waived_amount",
            "waived_reason",
            "quota_minutes",
            "adjustment_reason",
            "anomaly",
            "m57_nature",
            "m57_function",
            "approved_by_id",
            "approved_at",
            "origin_line_id",
            "charge_id",
            "allocation_id",
            "run_id",
            "move_line_id",
            "is_contested",
            "state",
        }
    )

    source_key = fields.Char(
        "Source",
        required=True,
        readonly=True,
        copy=False,
        help="Report, version, line and slice: one use is charged once.",
    )
    company_id = fields.Many2one(
        "res.company", "Intercommunality", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    report_id = fields.Many2one(
        "intercommunal.report",
        index=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    report_line_id = fields.Many2one(
        "intercommunal.report.line",
        "Report line",
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    intervention_id = fields.Many2one(
        related="report_id.intervention_id", store=True, index=True
    )
    request_id = fields.Many2one(related="report_id.request_id", store=True, index=True)
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    agreement_id = fields.Many2one(
        "intercommunal.agreement",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    rate_id = fields.Many2one(
        "intercommunal.rate",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    rate_version_id = fields.Many2one(
        "intercommunal.rate.version",
        "Price version",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    date = fields.Date(required=True, readonly=True)
    started_at = fields.Datetime("From", readonly=True)
    kind = fields.Selection(LINE_KINDS, required=True, readonly=True)
    name = fields.Char("Description", required=True, readonly=True)
    unit = fields.Selection(RATE_UNITS, readonly=True)
    minutes_real = fields.Integer("Real minutes", readonly=True)
    minutes_billed = fields.Integer("Billed minutes", readonly=True)
    hours_real = fields.Float(
        "Real hours", compute="_compute_hours_real", digits=(16, 2)
    )
    hours_billed = fields.Float(
        "Billed hours", compute="_compute_hours_billed", store=True, digits=(16, 2)
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    unit_price = fields.Float(
        "Unit price", digits=(16, 4), readonly=True, aggregator=None
    )
    coefficient = fields.Float(
        default=1.0, digits=(16, 4), readonly=True, aggregator=None
    )
    surcharge_id = fields.Many2one(
        "intercommunal.surcharge",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
    )
    amount = fields.Monetary(readonly=True)
    waived_amount = fields.Monetary("Amount not billed", readonly=True)
    waived_reason = fields.Selection(
        [
            ("rework", "Work done again"),
            ("reserved", "Not accepted yet (reserve)"),
            ("refused", "Refused by the commune"),
            ("contested", "Contested: goes back to the team"),
            ("agreed", "Contested, given up"),
        ],
        "Not billed because",
        readonly=True,
    )
    anomaly = fields.Selection(ANOMALIES, readonly=True, index="btree_not_null")
    anomaly_text = fields.Char("What to do", compute="_compute_anomaly_text")
    m57_nature = fields.Char("M57 account", readonly=True)
    m57_function = fields.Char("M57 function", readonly=True)
    approved_by_id = fields.Many2one(
        "res.partner", "Approved by", readonly=True, ondelete="restrict"
    )
    approved_at = fields.Datetime(
        "Approved on", readonly=True, default=fields.Datetime.now
    )
    origin_line_id = fields.Many2one(
        "intercommunal.billing.line",
        "Adjusts",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
    )
    run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Billing run",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
        check_company=True,
    )
    is_late = fields.Boolean(
        "Earlier period",
        compute="_compute_is_late",
        store=True,
        help="Done before the period of the run that bills it.",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Invoice line",
        index="btree_not_null",
        readonly=True,
        copy=False,
        # freed by the invoice line's unlink; never left pointing to nothing
        ondelete="restrict",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice",
        related="move_line_id.move_id",
        store=True,
        index="btree_not_null",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    state = fields.Selection(
        [
            ("open", "To bill"),
            ("in_run", "In a run"),
            ("draft", "Draft invoice"),
            ("billed", "Invoiced"),
            ("settled", "Settled without invoice"),
            ("waived", "Not billed"),
        ],
        compute="_compute_state",
        store=True,
        compute_sudo=True,
    )

    can_price = fields.Boolean(compute="_compute_can")

    _source_key_uniq = models.Constraint(
        "UNIQUE(company_id, source_key)", "This use was already charged."
    )
    _open_idx = models.Index("(service_id, date) WHERE state = 'open'")
    _minutes_positive = models.Constraint(
        "CHECK (minutes_real >= 0 AND minutes_billed >= 0)",
        "Billed minutes can't be negative.",
    )
    _waived_is_zero = models.Constraint(
        "CHECK (waived_reason IS NULL OR amount = 0)",
        "A line that is not billed has no amount.",
    )
    _unpriced_is_zero = models.Constraint(
        "CHECK (anomaly IS NULL OR amount = 0)", "A line without price has no amount."
    )

    # --------------------------------------------------------------- computes

    @api.depends_context("lang")
    @api.depends("name", "date")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{format_date(self.env, line.date)} · {line.name}"

    @api.depends("minutes_real")
    def _compute_hours_real(self):
        for line in self:
            line.hours_real = line.minutes_real / 60

    @api.depends("minutes_billed")
    def _compute_hours_billed(self):
        for line in self:
            line.hours_billed = line.minutes_billed / 60

    @api.depends("date", "run_id.date_from")
    def _compute_is_late(self):
        for line in self:
            line.is_late = bool(line.run_id and line.date < line.run_id.date_from)

    # not of the run's state: each step of a large run would look at all of its lines,
    # and only one of them changes some (see `_settle_lines` of the run)
    @api.depends("waived_reason", "run_id", "move_line_id.parent_state")
    def _compute_state(self):
        for line in self:
            if line.waived_reason:
                line.state = "waived"
            elif line.move_line_id:
                posted = line.move_line_id.parent_state == "posted"
                line.state = "billed" if posted else "draft"
            elif not line.run_id:
                line.state = "open"
            elif line.run_id.state in ("draft", "checked"):
                line.state = "in_run"
            else:
                line.state = "settled"

    @api.depends("anomaly", "commune_id", "service_id", "date", "kind")
    def _compute_anomaly_text(self):
        for line in self:
            line.anomaly_text = line.anomaly and line._get_anomaly_text()

    def _get_anomaly_text(self):
        """The sentence that says what to do about the anomaly."""
        self.ensure_one()
        names = {
            "commune": self.commune_id.display_name,
            "service": self.service_id.name,
            "date": format_date(self.env, self.date),
            "item": self.name,
            "rate": self.rate_id.display_name or "",
        }
        texts = {
            "no_agreement": self.env._(
                "%(commune)s has no agreement for %(service)s on %(date)s: create or"
                " extend it, then price again.",
                **names,
            ),
            "no_rate": self.env._(
                "No rate of %(service)s charges “%(item)s” (%(commune)s, %(date)s):"
                " name it on a rate or choose a default rate of its kind, then price"
                " again.",
                **names,
            ),
            "no_price": self.env._(
                "The rate %(rate)s has no price on %(date)s (%(commune)s,"
                " %(service)s): add it, then price again.",
                **names,
            ),
            "no_duration": self.env._(
                "“%(item)s” (%(commune)s, %(service)s, %(date)s) is charged by the"
                " hour by %(rate)s, but its report gives no duration: choose another"
                " rate for it, then price again.",
                **names,
            ),
            "zero_price": self.env._(
                "The rate %(rate)s is worth zero on %(date)s (%(commune)s,"
                " %(service)s): correct its price, then price again.",
                **names,
            ),
        }
        return texts[self.anomaly]

    @api.depends_context("uid")
    @api.depends("state", "anomaly")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------------- price

    @api.model
    def _prepare_price_vals(self, agreement, rate, part, quantity, surcharge=None):
        """What a use costs, or why that can't be said.

        :param agreement: the agreement of the day, may be empty
        :param rate: the rate of the item, may be empty
        :param part: :class:`~..tools.pricing.Slice`, minutes and day
        :param float quantity: units, for the rates that count units
        :param surcharge: what the hour or the day adds, may be empty
        """
        coefficient = pricing.decimal_of(surcharge.coefficient if surcharge else 1.0)
        version = rate._get_version(part.day) if rate else rate.version_ids
        price = pricing.decimal_of(version.price)
        by_time = not rate or rate.unit == "hour"
        if not agreement:
            anomaly = "no_agreement"
        elif not rate:
            anomaly = "no_rate"
        elif not version:
            anomaly = "no_price"
        elif by_time and not part.real:
            anomaly = "no_duration"
        elif not price:
            anomaly = "zero_price"
        else:
            anomaly = False
        if anomaly:
            amount = Decimal(0)
        elif by_time:
            amount = pricing.price_minutes(part.billed, price, coefficient)
        else:
            amount = pricing.price_quantity(pricing.decimal_of(quantity, 2), price)
        return {
            "agreement_id": agreement.id,
            "rate_id": rate.id,
            "rate_version_id": version.id,
            "unit": rate.unit,
            "minutes_real": part.real,
            "minutes_billed": part.billed,
            "quantity": quantity if not by_time or not part.real else 0.0,
            "unit_price": float(price),
            "coefficient": float(coefficient),
            "surcharge_id": surcharge.id if surcharge else False,
            "amount": float(amount),
            "anomaly": anomaly,
            "m57_nature": rate.m57_nature or agreement.m57_nature,
            "m57_function": rate.m57_function or agreement.m57_function,
        }

    def action_price(self):
        """Price again the lines that could not be priced, with today's settings.

        Lines that have a price keep it.

        :raises UserError: a line is invoiced already
        """
        self._check_can("action_price")
        # what comes from no report was priced when it was entered
        unpriced = self.sudo().filtered(lambda line: line.anomaly and line.report_id)
        for report, lines in unpriced.grouped("report_id").items():
            lines._price_again(report)
        return True

    def _price_again(self, report):
        wanted = {line.source_key: line for line in self}
        report_lines = self.report_line_id
        new_vals = []
        for vals in report._prepare_billing_lines(report._get_uses()):
            line = wanted.get(vals["source_key"])
            if line:
                # who approved, and when, does not change
                line._write_guarded(
                    {k: v for k, v in vals.items() if k != "approved_by_id"}
                )
            elif vals["report_line_id"] in report_lines.ids:
                new_vals.append(vals)
        # rounding, known only now, may have pushed a line over midnight
        known = report.billing_line_ids.mapped("source_key")
        self._create_guarded(
            [
                {
                    **vals,
                    "run_id": self.run_id[:1].id,
                    "approved_by_id": self.approved_by_id[:1].id,
                    "approved_at": self[:1].approved_at,
                }
                for vals in new_vals
                if vals["source_key"] not in known
            ]
        )

    # ------------------------------------------------------------------- links

    def _free(self):
        """Open these lines again: their invoice or run is gone."""
        self.sudo()._write_guarded({"run_id": False, "move_line_id": False})

    def _get_specific_cannot_reason(self, action):
        if action == "action_price" and self.run_id.state not in (
            False,
            "draft",
            "checked",
        ):
            return self.env._(
                "“%(name)s” was settled by %(run)s: its price does not change any"
                " more.",
                name=self.display_name,
                run=self.run_id.display_name,
            )
        return ""

    def _discard(self):
        """The decision that made these lines was revoked before anything was billed."""
        for line in self:
            if line.run_id or line.move_line_id:
                raise UserError(
                    self.env._(
                        "“%(name)s” is in a billing run already: contest its statement"
                        " instead.",
                        name=line.display_name,
                    )
                )
        self.sudo().unlink()

    def _charge_lifted(self, reserve):
        """Charge what ``reserve`` held back, now that it is lifted: once.

        The trace of what was not billed stays as it was; the charge refers to it.
        """
        for trace in self.filtered(
            lambda line: (
                line.report_line_id == reserve.report_line_id
                and line.waived_reason == "reserved"
            )
        ):
            [vals] = trace.copy_data()
            vals.update(
                source_key=f"{trace.source_key}/lifted/{reserve.id}",
                amount=trace.waived_amount,
                waived_amount=0.0,
                waived_reason=False,
                approved_by_id=self.env.user.partner_id.id,
                approved_at=fields.Datetime.now(),
                origin_line_id=trace.id,
                anomaly=False if trace.waived_amount else "no_price",
            )
            self._create_guarded([vals])

    def _waive_contested(self):
        """The work goes back to the team: its new version makes its own lines."""
        for line in self.sudo().filtered(lambda line: line.state == "open"):
            line._write_guarded(
                {
                    "waived_reason": "contested",
                    "waived_amount": line.amount,
                    "amount": 0.0,
                    "anomaly": False,
                }
            )

    def _is_to_invoice(self):
        """Whether this line belongs on an invoice, once it has a price."""
        self.ensure_one()
        return self.agreement_id.settle_mode == "invoice" and not self.waived_reason

    def _get_culprit(self):
        """What to mend for this line's anomaly: a record, or an empty recordset of the
        model where it is missing."""
        self.ensure_one()
        return {
            "no_agreement": self.agreement_id,
            "no_rate": self.rate_id,
            "no_price": self.rate_id,
            "zero_price": self.rate_id,
            "no_duration": self.report_id,
        }[self.anomaly]

    def _get_culprit_key(self):
        """Lines of one key are mended together."""
        self.ensure_one()
        culprit = self._get_culprit()
        return culprit or ((self.kind, self.name) if self.anomaly == "no_rate" else "")

    def _get_account_source(self):
        """What says the income account of this line; may be empty."""
        self.ensure_one()
        return self.rate_id

    def _get_total(self):
        """Sum of the amounts, exact."""
        return sum(
            (pricing.decimal_of(line.amount, 2) for line in self), Decimal("0.00")
        )

    # ----------------------------------------------------------------- windows

    def action_open_source(self):
        """Open the approved report this line comes from, or what made it.

        :raises UserError: finance entered it by hand
        """
        self.ensure_one()
        source = self._get_source() or self.origin_line_id
        if not source:
            raise UserError(
                self.env._("“%(name)s” comes from no report.", name=self.display_name)
            )
        if source == self.report_id:
            return source._get_window_action()
        return {
            "type": "ir.actions.act_window",
            "name": source.display_name,
            "res_model": source._name,
            "res_id": source.id,
            "view_mode": "form",
        }

    def _get_source(self):
        """What made this line; empty for what finance entered."""
        self.ensure_one()
        return self.report_id

    def _get_uom(self):
        """The unit that an electronic invoice names (UN/ECE rec. 20); may be empty."""
        self.ensure_one()
        return self.env["uom.uom"].browse(self._map_uoms().get(self.unit, []))

    @api.model
    @ormcache()
    def _map_uoms(self):
        """Ids of the units of measure by our unit: one query, however many are used."""
        units = {name: unit for unit, name in _UOMS.items()}
        found = self.env["ir.model.data"].sudo()
        found = found.search_fetch(
            [("module", "=", "uom"), ("name", "in", list(units))], ["name", "res_id"]
        )
        return {units[data.name]: data.res_id for data in found}

    def _format_quantity(self, quantity):
        """“6,5 h”, “1 unité”: a quantity of the unit of this line, in words.

        :param Decimal quantity: hours or units
        """
        self.ensure_one()
        is_whole = quantity == int(quantity)
        number = formatLang(self.env, float(quantity), digits=0 if is_whole else 2)
        if self.unit == "hour":
            return self.env._("%(number)s h", number=number)
        if self.unit == "km":
            return self.env._("%(number)s km", number=number)
        if self.unit == "day":
            return (
                self.env._("%(number)s day", number=number)
                if abs(quantity) <= 1
                else self.env._("%(number)s days", number=number)
            )
        return (
            self.env._("%(number)s unit", number=number)
            if abs(quantity) <= 1
            else self.env._("%(number)s units", number=number)
        )

    def _get_units(self):
        """Units used (CGCT D5211-16) of this line: hours, kilometres, pieces.

        :return: Decimal, negative where free hours are taken off
        """
        self.ensure_one()
        if self.unit == "hour" and (self.minutes_billed or self.quota_minutes):
            minutes = self.minutes_billed - self.quota_minutes
            return pricing.hours_of(minutes).quantize(pricing.CENT)
        return pricing.decimal_of(self.quantity, 2)
