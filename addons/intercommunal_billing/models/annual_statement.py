"""The annual statement of an agreement: every use, converted to units.

Source: CGCT D5211-16 (“état annuel indiquant la liste des recours au service, convertis
en unités de fonctionnement”).
"""

from decimal import Decimal
from operator import itemgetter
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import pricing, workbook

# A PDF takes some seconds: more than these are made one by one by a scheduled task.
MAX_AT_ONCE = 10


class IntercommunalAnnualStatement(models.Model):
    """What a commune used of a service in a year, and what it cost in the end."""

    _name = "intercommunal.annual.statement"
    _description = "Annual Statement"
    _inherit = ["intercommunal.sent.file.mixin"]
    _order = "year desc, commune_id, service_id, id"
    _check_company_auto = True

    _transitions: ClassVar[dict] = {"draft": ("issued",), "issued": ("issued",)}
    _moves: ClassVar[dict] = {"action_issue": "issued", "action_export_xlsx": None}
    _sources: ClassVar[dict] = {"action_issue": ("draft", "issued")}
    _actors: ClassVar[dict] = {
        "action_issue": ("finance",),
        "action_export_xlsx": ("finance", "direction", "admin"),
    }
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "issued_at",
            "issued_by_id",
            "queued_by_id",
            "amount_issued",
            "file",
            "filename",
            "sha256",
        }
    )

    agreement_id = fields.Many2one(
        "intercommunal.agreement", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    commune_id = fields.Many2one(
        related="agreement_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(related="agreement_id.service_id", store=True)
    year = fields.Integer(
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
        aggregator=None,
    )
    state = fields.Selection(
        [("draft", "To issue"), ("issued", "Issued")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    amount_uses = fields.Monetary("Charged for uses", compute="_compute_amounts")
    amount_adjustment = fields.Monetary("Adjustments", compute="_compute_amounts")
    amount_total = fields.Monetary("Total of the year", compute="_compute_amounts")
    use_count = fields.Integer("Uses", compute="_compute_amounts")
    issued_at = fields.Datetime("Issued on", readonly=True, copy=False)
    issued_by_id = fields.Many2one(
        "res.users", "Issued by", readonly=True, copy=False, ondelete="restrict"
    )
    queued_by_id = fields.Many2one(
        "res.users",
        "Being issued for",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    amount_issued = fields.Monetary(
        "Total when issued", readonly=True, copy=False, aggregator="sum"
    )
    is_outdated = fields.Boolean(
        "Changed since",
        compute="_compute_amounts",
        help="A line was added or adjusted since the statement was issued.",
    )
    file = fields.Binary("Statement", attachment=True, readonly=True, copy=False)
    can_issue = fields.Boolean(compute="_compute_can")

    _agreement_uniq = models.Constraint(
        "UNIQUE(agreement_id, year)",
        "This agreement already has a statement for the year.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("commune_id", "service_id", "year")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = self.env._(
                "%(service)s %(year)s, %(commune)s",
                service=statement.service_id.name or "",
                year=statement.year,
                commune=statement.commune_id.name or "",
            )

    @api.depends("agreement_id.billing_line_ids.amount", "year", "amount_issued")
    def _compute_amounts(self):
        for statement in self:
            uses, adjustments = statement._get_lines()
            used, adjusted = uses._get_total(), adjustments._get_total()
            statement.amount_uses = float(used)
            statement.amount_adjustment = float(adjusted)
            statement.amount_total = float(used + adjusted)
            statement.use_count = len(uses)
            statement.is_outdated = (
                statement.state == "issued"
                and pricing.decimal_of(statement.amount_issued, 2) != used + adjusted
            )

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(("action_issue",))

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        if {"agreement_id", "year"}.intersection(vals):
            # the refusal names the record: only to whoever may change it
            self.check_access("write")
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_issued(self):
        self._check_draft()

    def _check_draft(self):
        for statement in self:
            if statement.state != "draft":
                raise UserError(
                    self.env._(
                        "“%(name)s” was issued: issue it again to correct it.",
                        name=statement.display_name,
                    )
                )

    # ----------------------------------------------------------------- actions

    @api.model
    def _prepare_year(self, year):
        """A statement for each agreement in force in ``year``.

        :return: the statements of the year, those that were there included
        """
        agreements = self.env["intercommunal.agreement"]._find_of_year(
            self.env.company, year
        )
        known = self.search(
            [("company_id", "=", self.env.company.id), ("year", "=", year)]
        )
        missing = (agreements - known.agreement_id).sorted(
            lambda agreement: (agreement.commune_id.insee_code or "", agreement.id)
        )
        return known | self.create(
            [{"agreement_id": agreement.id, "year": year} for agreement in missing]
        )

    def action_issue(self):
        """Make the PDF, keep it, and send it to those who speak for the commune.

        Issued again, the earlier file stays in the messages. Many at once are made one
        by one in the background, each kept as soon as it is there.

        :return: True, or the message that says so
        """
        self._check_can("action_issue")
        if len(self) > MAX_AT_ONCE:
            return self._queue()
        for statement in self:
            statement._issue()
        return True

    def _queue(self):
        self._write_guarded({"queued_by_id": self.env.uid})
        cron = self.env.ref("intercommunal_billing.ir_cron_issue_statements")
        cron.sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s statements are being made one by one: reload the list"
                    " to see those that are there.",
                    count=len(self),
                ),
            },
        }

    @api.model
    def _cron_issue(self):
        """Issue the statements that wait, each by whoever asked for it."""
        waiting = self.sudo().search([("queued_by_id", "!=", False)])
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(waiting))
        for statement in waiting:
            statement._issue_queued()
            if not progress._commit_progress(1):
                break

    def _issue_queued(self):
        """Issue one statement; a refusal is told on it and holds up no other."""
        self.ensure_one()
        asked = self.with_user(self.queued_by_id).with_context(
            allowed_company_ids=self.company_id.ids
        )
        self._write_guarded({"queued_by_id": False})
        try:
            with self.env.cr.savepoint():
                asked.action_issue()
        except UserError as error:
            self.message_post(body=str(error))

    def _issue(self):
        statement = self._with_company_lang()
        statement._send_file(
            "intercommunal_billing.report_annual_statement",
            statement._get_file_name(),
            statement._get_told(),
            statement.env._(
                "The annual statement of %(year)s is attached: each use in units, what"
                " was charged and what was adjusted (CGCT D5211-16).",
                year=statement.year,
            ),
            "issued",
            {
                "issued_at": fields.Datetime.now(),
                "issued_by_id": self.env.uid,
                "amount_issued": statement.amount_total,
            },
        )

    def _get_told(self):
        notice = self.env["intercommunal.unit.cost.notice"].new(
            {"commune_id": self.commune_id.id, "company_id": self.company_id.id}
        )
        return notice._get_told()

    def action_export_xlsx(self):
        """Download the workbook of these statements, a sheet of uses for all.

        :return: the action that downloads it
        """
        self._check_can("action_export_xlsx")
        book = self._prepare_workbook()
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self[:1]._get_file_name()}.xlsx",
                "raw": workbook.write(book),
                # of nobody's record: only whoever made it downloads it
                "res_model": False,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------- facts

    def _get_file_name(self):
        self.ensure_one()
        return (
            f"etat-annuel_{self.service_id.code}_{self.year}"
            f"_{self.commune_id.insee_code or self.commune_id.id}"
        )

    def _get_lines(self):
        """The uses of the year, and what corrected them since.

        A balance of a provisional price belongs to the year of the price, whenever it
        was charged.

        :return: (billing lines of uses, billing lines that adjust)
        """
        self.ensure_one()
        lines = self.env["intercommunal.billing.line"]
        agreement = self.agreement_id.id or self.agreement_id._origin.id
        if not (agreement and self.year):
            return lines, lines
        in_year = Domain("date", ">=", f"{self.year}-01-01") & Domain(
            "date", "<=", f"{self.year}-12-31"
        )
        own = Domain("agreement_id", "=", agreement)
        uses = lines.search(
            own & in_year & Domain("adjustment_reason", "=", False), order="date, id"
        )
        corrected = Domain("origin_line_id", "in", uses.ids) | (
            Domain("origin_line_id", "=", False)
            & Domain("rate_version_id", "in", uses.rate_version_id.ids)
        )
        adjustments = lines.search(
            own & Domain("adjustment_reason", "!=", False) & corrected,
            order="date, id",
        )
        return uses, adjustments

    def _get_facts(self):
        """All that the PDF and the workbook say.

        :return: dict: uses and adjustments (billing lines), units (rows by rate), costs
            (rows by price), totals (Decimal)
        """
        self.ensure_one()
        uses, adjustments = self._get_lines()
        charged = uses.filtered(
            lambda line: not (line.waived_reason or line.quota_minutes)
        )
        return {
            "uses": uses,
            "adjustments": adjustments,
            "units": self._get_unit_rows(charged),
            "costs": self._get_cost_rows(uses, adjustments),
            "total_uses": uses._get_total(),
            "total_adjustments": adjustments._get_total(),
            "total": uses._get_total() + adjustments._get_total(),
            "line_units": self._get_line_units,
            "format_date": lambda day: format_date(self.env, day),
        }

    @api.model
    def _get_line_units(self, line):
        """What a use is in units of its rate, as a Decimal."""
        return (
            line.rate_id._to_units(line.minutes_billed, line.quantity)
            if line.rate_id
            else Decimal("0.00")
        )

    def _get_unit_rows(self, charged):
        """Real against forecast, by rate.

        :return: list of dict: rate, unit, forecast, real, gap (Decimal)
        """
        forecasts = self.agreement_id.forecast_ids.filtered(
            lambda forecast: forecast.year == self.year
        )
        rows = []
        units = dict(charged._fields["unit"]._description_selection(self.env))
        for rate in (charged.rate_id | forecasts.rate_id).sorted("code"):
            lines = charged.filtered(lambda line, rate=rate: line.rate_id == rate)
            real = rate._to_units(
                sum(lines.mapped("minutes_billed")), sum(lines.mapped("quantity"))
            )
            foreseen = forecasts.filtered(
                lambda forecast, rate=rate: forecast.rate_id == rate
            )
            forecast = pricing.decimal_of(sum(foreseen.mapped("units")), 2)
            rows.append(
                {
                    "rate": rate,
                    "unit": units.get(rate.unit, ""),
                    "forecast": forecast,
                    "real": real,
                    "gap": real - forecast,
                }
            )
        return rows

    def _get_cost_rows(self, uses, adjustments):
        """Provisional against real unit cost, by price of the year.

        :return: list of dict: version, price, final (or None while provisional),
            units, amount, adjustment, total (Decimal)
        """
        rows = []
        both = uses | adjustments
        for version in both.rate_version_id.sorted(
            lambda version: (version.rate_id.code, version.date_start)
        ):
            lines = uses.filtered(lambda line, v=version: line.rate_version_id == v)
            corrections = adjustments.filtered(
                lambda line, v=version: line.rate_version_id == v
            )
            counted = lines.filtered(
                lambda line: not (line.waived_reason or line.quota_minutes)
            )
            price = pricing.decimal_of(version.price)
            final = (
                pricing.decimal_of(version.final_price or version.price)
                if version.status == "final"
                else None
            )
            amount = lines._get_total()
            correction = corrections._get_total()
            rows.append(
                {
                    "version": version,
                    "price": price,
                    "final": final,
                    "units": version.rate_id._to_units(
                        sum(counted.mapped("minutes_billed")),
                        sum(counted.mapped("quantity")),
                    ),
                    "amount": amount,
                    "adjustment": correction,
                    "total": amount + correction,
                }
            )
        return rows

    # ---------------------------------------------------------------- workbook

    def _prepare_workbook(self):
        """A :class:`~..tools.workbook.Book`: totals, units, costs and every use."""
        _ = self.env._
        facts = [(statement, statement._get_facts()) for statement in self]
        first = self[:1]
        return workbook.Book(
            title=_("Annual statement %(year)s", year=first.year),
            created=fields.Datetime.to_datetime(f"{first.year}-12-31"),
            sheets=[
                self._prepare_total_sheet(facts),
                self._prepare_unit_sheet(facts),
                self._prepare_cost_sheet(facts),
                self._prepare_use_sheet(facts),
            ],
        )

    def _get_row_start(self, statement):
        return [
            statement.commune_id.insee_code or "",
            statement.commune_id.name,
            statement.service_id.name,
        ]

    def _get_header_start(self):
        return [
            self.env._("INSEE code"),
            self.env._("Commune"),
            self.env._("Service"),
        ]

    def _prepare_total_sheet(self, facts):
        _ = self.env._
        rows = [
            [
                *self._get_row_start(statement),
                len(fact["uses"]),
                fact["total_uses"],
                fact["total_adjustments"],
                fact["total"],
            ]
            for statement, fact in facts
        ]
        sums = [sum((row[i] for row in rows), Decimal(0)) for i in (4, 5, 6)]
        rows.append(["", _("Total"), "", sum(row[3] for row in rows), *sums])
        return workbook.Sheet(
            name=_("Summary"),
            headers=[
                *self._get_header_start(),
                _("Uses"),
                _("Charged for uses"),
                _("Adjustments"),
                _("Total of the year"),
            ],
            rows=rows,
        )

    def _prepare_sheet(self, name, columns, rows):
        """A sheet of which every row says whose it is.

        :param dict columns: header → what it takes of a row
        :param rows: pairs of a statement and a row
        """
        return workbook.Sheet(
            name=name,
            headers=[*self._get_header_start(), *columns],
            rows=[
                [
                    *self._get_row_start(statement),
                    *(take(row) for take in columns.values()),
                ]
                for statement, row in rows
            ],
        )

    def _prepare_unit_sheet(self, facts):
        _ = self.env._
        columns = {
            _("Rate"): lambda row: row["rate"].code,
            _("Unit"): itemgetter("unit"),
            _("Units foreseen"): itemgetter("forecast"),
            _("Units used"): itemgetter("real"),
            _("Difference"): itemgetter("gap"),
        }
        rows = [(statement, row) for statement, fact in facts for row in fact["units"]]
        return self._prepare_sheet(_("Units"), columns, rows)

    def _prepare_cost_sheet(self, facts):
        _ = self.env._
        columns = {
            _("Price"): lambda row: row["version"].display_name,
            # four decimals: a number format of cents would hide two of them
            _("Charged unit cost"): lambda row: float(row["price"]),
            _("Real unit cost"): lambda row: (
                "" if row["final"] is None else float(row["final"])
            ),
            _("Units used"): itemgetter("units"),
            _("Charged for uses"): itemgetter("amount"),
            _("Adjustments"): itemgetter("adjustment"),
            _("Total of the year"): itemgetter("total"),
        }
        rows = [(statement, row) for statement, fact in facts for row in fact["costs"]]
        return self._prepare_sheet(_("Unit costs"), columns, rows)

    def _prepare_use_sheet(self, facts):
        _ = self.env._
        columns = {
            _("Date"): itemgetter("date"),
            _("Request"): lambda line: line.request_id.sudo().reference or "",
            _("Intervention"): lambda line: line.intervention_id.sudo().reference or "",
            _("Description"): itemgetter("name"),
            _("Rate"): lambda line: line.rate_id.code or "",
            _("Real minutes"): itemgetter("minutes_real"),
            _("Units used"): self._get_line_units,
            _("Unit price"): lambda line: float(pricing.decimal_of(line.unit_price)),
            _("Coefficient"): lambda line: float(pricing.decimal_of(line.coefficient)),
            _("Amount"): lambda line: pricing.decimal_of(line.amount, 2),
            _("Not billed because"): lambda line: line._get_waived_label(),
            _("Reason of the adjustment"): lambda line: line.adjustment_reason or "",
        }
        rows = [
            (statement, line)
            for statement, fact in facts
            for line in fact["uses"] | fact["adjustments"]
        ]
        return self._prepare_sheet(_("Detail"), columns, rows)

    @api.model
    def _get_portal_domain(self):
        """Those that the commune's pages offer, besides what it may read."""
        return Domain("file", "!=", False)

    def _get_portal_name(self):
        """What the commune's link to the file says."""
        self.ensure_one()
        return self.env._(
            "Annual statement %(year)s, %(service)s",
            year=self.year,
            service=self.service_id.name,
        )


class IntercommunalBillingLine(models.Model):
    _inherit = "intercommunal.billing.line"

    def _get_waived_label(self):
        """Why this line is not billed, in the reader's language, or an empty text."""
        self.ensure_one()
        labels = dict(self._fields["waived_reason"]._description_selection(self.env))
        return labels.get(self.waived_reason, "")
