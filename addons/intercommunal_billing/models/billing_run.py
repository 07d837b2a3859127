from collections import defaultdict
from decimal import Decimal
from typing import ClassVar

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import date_utils, format_date
from odoo.tools.misc import formatLang

from ..tools import pricing
from .chart_template import TAX_BY_REGIME

# Uses that the page of a run lists: the browser would be sent the ids of all of them.
SHOWN = 500
# Lines held at a time, whatever the size of the run.
BATCH = 1000

RUN_STATES = [
    ("draft", "Draft"),
    ("checked", "Checked"),
    # not the words of a line's state: a run has another gender in French
    ("invoiced", "Run invoiced"),
    ("exported", "Exported"),
    ("closed", "Closed"),
    ("cancelled", "Run cancelled"),
]


class IntercommunalBillingRun(models.Model):
    """The bills of a service over a period: checked, invoiced, exported, closed."""

    _name = "intercommunal.billing.run"
    _description = "Billing Run"
    _inherit = [
        "intercommunal.served.mixin",
        "intercommunal.transition.mixin",
        "mail.thread",
    ]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    _transitions: ClassVar[dict] = {
        "draft": ("checked", "cancelled"),
        "checked": ("checked", "invoiced", "cancelled"),
        "invoiced": ("exported", "closed"),
        "exported": ("exported", "closed"),
        "closed": (),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_check": "checked",
        "action_invoice": "invoiced",
        "action_export_xlsx": None,
        "action_export_titres": None,
        "action_close": "closed",
        "action_cancel": "cancelled",
    }
    _sources: ClassVar[dict] = {
        "action_check": ("draft", "checked"),
        "action_export_xlsx": ("checked", "invoiced", "exported", "closed"),
        "action_export_titres": ("invoiced", "exported", "closed"),
        "action_close": ("exported",),
    }
    _actors: ClassVar[dict] = dict.fromkeys(_moves, ("finance",))
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "name",
            "busy_task",
            "busy_since",
            "busy_user_id",
            "ready_export_id",
        }
    )
    # A period that was checked does not move under its lines.
    _frozen_once_checked: ClassVar[frozenset] = frozenset(
        {"service_id", "company_id", "date_from", "date_to"}
    )

    name = fields.Char("Number", readonly=True, copy=False)
    date_from = fields.Date(
        "From", required=True, default=lambda self: self._get_last_quarter()[0]
    )
    date_to = fields.Date(
        "Until", required=True, default=lambda self: self._get_last_quarter()[1]
    )
    date_invoice = fields.Date(
        "Invoice date", required=True, default=fields.Date.context_today
    )
    state = fields.Selection(
        RUN_STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        "intercommunal.billing.line", "run_id", "Billing lines", readonly=True
    )
    anomaly_line_ids = fields.One2many(
        "intercommunal.billing.line",
        "run_id",
        "Anomalies",
        readonly=True,
        domain=[("anomaly", "!=", False)],
    )
    shown_line_ids = fields.Many2many(
        "intercommunal.billing.line",
        string="First uses",
        compute="_compute_shown_line_ids",
        help="What the page of the run lists: a large run has a page of its own.",
    )
    has_more_lines = fields.Boolean(compute="_compute_shown_line_ids")
    move_ids = fields.One2many(
        "account.move", "intercommunal_run_id", "Invoices", readonly=True
    )
    export_ids = fields.One2many(
        "intercommunal.billing.export", "run_id", "Files", readonly=True
    )
    amount_total = fields.Monetary("Total", compute="_compute_totals")
    line_count = fields.Integer("Uses", compute="_compute_totals")
    commune_count = fields.Integer("Communes billed", compute="_compute_totals")
    anomaly_count = fields.Integer("Lines to mend", compute="_compute_totals")
    move_count = fields.Integer("Number of invoices", compute="_compute_move_count")

    can_check = fields.Boolean(compute="_compute_can")
    can_invoice = fields.Boolean(compute="_compute_can")
    can_export_titres = fields.Boolean(compute="_compute_can")
    can_export_xlsx = fields.Boolean(compute="_compute_can")
    can_close = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")

    _open_uniq = models.UniqueIndex(
        "(company_id, service_id, date_from, date_to)"
        " WHERE state IN ('draft', 'checked')",
        "A run over this period is already open for this service.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends before it starts."
    )

    # --------------------------------------------------------------- computes

    @api.model
    def _get_last_quarter(self):
        """First and last day of the quarter before today."""
        day = fields.Date.context_today(self) - relativedelta(months=3)
        return date_utils.get_quarter(day)

    @api.depends("name", "service_id", "date_from", "date_to")
    def _compute_display_name(self):
        for run in self:
            if not run.service_id:
                # a form that is being filled in
                run.display_name = run.name or self.env._("New run")
                continue
            run.display_name = self.env._(
                "%(number)s %(service)s, %(start)s to %(end)s",
                number=run.name or "",
                service=run.service_id.name,
                start=format_date(self.env, run.date_from),
                end=format_date(self.env, run.date_to),
            ).strip()

    @api.depends("line_ids.amount", "line_ids.anomaly", "line_ids.run_id")
    def _compute_totals(self):
        Line = self.env["intercommunal.billing.line"]
        totals = {
            run: (amount, count, communes)
            for run, amount, count, communes in Line._read_group(
                [("run_id", "in", self.ids)],
                ["run_id"],
                ["amount:sum", "__count", "commune_id:count_distinct"],
            )
        }
        anomalies = dict(
            Line._read_group(
                [("run_id", "in", self.ids), ("anomaly", "!=", False)],
                ["run_id"],
                ["__count"],
            )
        )
        for run in self:
            amount, count, communes = totals.get(run._origin, (0.0, 0, 0))
            run.amount_total = amount
            run.line_count = count
            run.commune_count = communes
            run.anomaly_count = anomalies.get(run._origin, 0)

    @api.depends("line_ids.run_id")
    def _compute_shown_line_ids(self):
        Line = self.env["intercommunal.billing.line"]
        for run in self:
            # a run that is being written holds none: without it, those of no run would show
            lines = Line.search(
                Domain("run_id", "=", run._origin.id) & Domain("run_id", "!=", False),
                limit=SHOWN + 1,
            )
            run.shown_line_ids = lines[:SHOWN]
            run.has_more_lines = len(lines) > SHOWN

    @api.depends("move_ids")
    def _compute_move_count(self):
        for run in self:
            run.move_count = len(run.move_ids)

    @api.depends_context("uid")
    @api.depends("state", "busy_since")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------ constraints

    @api.constrains("date_from", "date_to")
    def _check_exercice(self):
        """Two exercices never share an invoice."""
        for run in self:
            if run.date_from.year != run.date_to.year:
                raise ValidationError(
                    self.env._(
                        "A period lies within one year: make a run for %(first)s and"
                        " another one for %(last)s.",
                        first=run.date_from.year,
                        last=run.date_to.year,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        runs = super().create(vals_list)
        sequence = self.env["ir.sequence"].sudo()
        for run in runs:
            run._write_guarded(
                {"name": sequence.next_by_code("intercommunal.billing.run")}
            )
        return runs

    def write(self, vals):
        if self._frozen_once_checked.intersection(vals) and any(
            run.state != "draft" for run in self
        ):
            raise UserError(
                self.env._(
                    "A run that was checked keeps its service and period: cancel it"
                    " and make another one."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for run in self:
            if run.state not in ("draft", "cancelled") or run.export_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” was checked: cancel it instead of deleting it.",
                        name=run.display_name,
                    )
                )

    # ------------------------------------------------------------ transitions

    def action_check(self):
        """Gather the lines of the period, late ones too, and look for anomalies.

        A large run is checked in the background, commune by commune.

        :return: True, or what says that it is being checked
        :raises UserError: nothing to bill
        """
        self._check_can("action_check")
        for run in self:
            run._charge_due()
            run._check_uses(run._count_uses())
        return self._get_after_action("check")

    def action_invoice(self):
        """Make and post the invoices, one a commune; what has an anomaly waits.

        Communes with an anomaly keep their lines for the next run. Everything is done,
        or nothing; a large run is done in the background, commune by commune.

        :return: the window action of the invoices, or what says that they are coming
        :raises UserError: locked period, nothing left to bill, or lines in other hands
        """
        self._check_can("action_invoice")
        for run in self:
            run._invoice_uses()
        return self._get_after_action("invoice")

    def action_close(self):
        """Close the run: nothing is added any more."""
        self._check_can("action_close")
        self._transition("closed")
        return True

    def action_cancel(self):
        """Give the lines back before they are invoiced.

        Those of a large run are given back in the background.

        :return: True, or what says that it is being done
        """
        self._check_can("action_cancel")
        for run in self:
            run._free_uses()
        return self._get_after_action("cancel")

    def _free_uses(self):
        """Give its lines back, and the run is cancelled."""
        self._get_lines()._free()
        self._transition("cancelled")

    def _get_after_action(self, task):
        """What a button shows once it has done its ``task``.

        :param str task: check, invoice or cancel
        """
        return self.action_open_moves() if task == "invoice" else True

    def _after_transition(self, old_states, target):
        super()._after_transition(old_states, target)
        if target == "invoiced":
            self._settle_lines()

    def _settle_lines(self):
        """What is on no invoice is settled with the run: a batch in memory."""
        Line = self.env["intercommunal.billing.line"].sudo()
        lines = Line.search([("run_id", "in", self.ids), ("state", "=", "in_run")])
        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH].with_prefetch()
            self.env.add_to_compute(Line._fields["state"], batch)
            batch.flush_recordset(["state"])
            batch.invalidate_recordset(flush=False)

    # ------------------------------------------------------------------- check

    def _get_gather_domain(self):
        """Lines that this run may take: of its service and year, late ones too."""
        self.ensure_one()
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("service_id", "=", self.service_id.id)
            & Domain("date", "<=", self.date_to)
            # two exercices never share an invoice
            & Domain("date", ">=", self.date_to.replace(month=1, day=1))
            # a commune that contests a line is answered first
            & Domain("is_contested", "=", False)
            # and so is what was corrected of it
            & Domain("origin_line_id", "not any", [("is_contested", "=", True)])
        )

    def _charge_due(self):
        """Extension point: make the lines that only a run makes, before it counts."""

    def _count_uses(self):
        """What a check will look at: dict commune → number of uses, by INSEE code.

        :raises UserError: nothing to bill
        """
        self.ensure_one()
        counts = dict(
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                self._get_gather_domain()
                & (Domain("state", "=", "open") | Domain("run_id", "=", self.id)),
                ["commune_id"],
                ["__count"],
            )
        )
        if not counts:
            raise UserError(self._get_nothing_text())
        return {
            commune: counts[commune]
            for commune in sorted(counts, key=lambda c: (c.insee_code or "", c.id))
        }

    def _get_nothing_text(self):
        return self.env._(
            "Nothing to bill for %(service)s up to %(date)s: no approved work waits.",
            service=self.service_id.name,
            date=format_date(self.env, self.date_to),
        )

    def _check_uses(self, _counts):
        """Gather the uses that were counted, and look for anomalies."""
        self._gather_lines()
        self._end_check()
        self._check_lines()

    def _end_check(self):
        """The lines were gathered: the run is checked.

        :raises UserError: none is left
        """
        if not self.env["intercommunal.billing.line"].search_count(
            [("run_id", "=", self.id)], limit=1
        ):
            raise UserError(self._get_nothing_text())
        self._transition("checked")

    def _gather_lines(self, communes=None):
        """Take the open lines up to the end of the period.

        :param communes: only theirs
        :raises UserError: lines in other hands
        """
        self.ensure_one()
        domain = self._get_gather_domain() & Domain("state", "=", "open")
        if communes:
            domain &= Domain("commune_id", "in", communes.ids)
        lines = self.env["intercommunal.billing.line"].sudo().search(domain)
        self._lock(lines)
        self._release_held(communes)
        lines._write_guarded({"run_id": self.id})
        self._get_lines(communes, Domain("anomaly", "!=", False)).action_price()

    def _release_held(self, communes=None):
        """Give back those of its lines that this run may not take any more.

        :param communes: only theirs
        """
        lines = self._get_lines(communes)
        (lines - self._get_lines(communes, self._get_gather_domain()))._free()

    def _take_lines(self, communes=None):
        """The lines to invoice, locked and checked again; who has something to mend
        gets theirs back.

        :param communes: only theirs
        :raises UserError: something stops the whole run
        """
        self.ensure_one()
        lines = self._lock_lines(communes)
        wrong = self._check_lines(communes)
        self._check_not_blocked()
        blocked = lines.filtered(lambda line: line.commune_id in wrong)
        blocked._free()
        return (lines - blocked).exists()

    def _get_all_blocked_text(self):
        return self.env._(
            "Each commune of “%(name)s” has a line to mend: see its anomalies.",
            name=self.display_name,
        )

    def _get_lines(self, communes=None, domain=Domain.TRUE):
        """The lines of this run, as the system.

        :param communes: only theirs
        :param domain: only those
        """
        self.ensure_one()
        domain &= Domain("run_id", "=", self.id)
        if communes:
            domain &= Domain("commune_id", "in", communes.ids)
        return self.env["intercommunal.billing.line"].sudo().search(domain)

    def _lock_lines(self, communes=None):
        """Lock the lines first: a second finance user is told at once.

        :param communes: only theirs
        """
        lines = self._get_lines(communes)
        self._lock(lines)
        self._release_held(communes)
        return self._get_lines(communes)

    def _lock(self, lines):
        try:
            lines.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody else is billing these lines right now. Reload the page."
                )
            ) from None

    def _get_locked_text(self):
        """Why the invoice date is refused, or "": Odoo would move it in silence."""
        locks = self.company_id._get_violated_lock_dates(
            self.date_invoice, True, self._get_journal()
        )
        if not locks:
            return ""
        return self.env._(
            "The accounts are locked until %(date)s: choose a later invoice date.",
            date=format_date(self.env, max(lock[0] for lock in locks)),
        )

    # ---------------------------------------------------------------- invoices

    def _invoice_uses(self):
        """Make the invoices of its lines, and the run is invoiced.

        :raises UserError: nothing left to bill
        """
        lines = self._take_lines()
        if not lines:
            raise UserError(self._get_all_blocked_text())
        self._end_invoicing(self._post_moves(lines))

    def _post_moves(self, lines):
        """The posted invoices of ``lines``, each worth its details to the cent."""
        moves = self._create_moves(lines)
        self._check_moves(moves)
        moves._post()
        return moves

    def _end_invoicing(self, moves):
        """Every commune has its invoice: ``moves``."""
        self._transition("invoiced")
        self._mark_communes(moves)

    def _get_journal(self):
        journal = self._find_journal()
        if not journal:
            raise UserError(self._get_no_journal_text())
        return journal

    def _find_journal(self):
        return self.env["account.journal"].search(
            [("company_id", "=", self.company_id.id), ("type", "=", "sale")], limit=1
        )

    def _get_no_journal_text(self):
        return self.env._(
            "%(company)s has no sales journal: install the French chart of accounts in"
            " the accounting settings.",
            company=self.company_id.name,
        )

    def _create_moves(self, lines):
        """Draft invoices of these lines, one a commune, in the order of the INSEE code.

        Lines of agreements that are settled otherwise make no invoice.
        """
        self.ensure_one()
        vals_list, details = [], []
        to_invoice = lines.filtered(lambda line: line._is_to_invoice())
        if not to_invoice:
            return self.env["account.move"]
        journal = self._get_journal()
        by_agreement = to_invoice.grouped("agreement_id")
        for agreement in sorted(
            by_agreement, key=lambda a: (a.commune_id.insee_code or "", a.id)
        ):
            groups = self._group_details(by_agreement[agreement])
            if not by_agreement[agreement]._get_total():
                continue
            vals_list.append(
                self._prepare_move_vals(agreement, journal, list(groups.values()))
            )
            details.append(list(groups.values()))
        moves = self.env["account.move"].create(vals_list)
        for move, groups in zip(moves, details, strict=True):
            for move_line, group in zip(
                move.invoice_line_ids.sorted("sequence"), groups, strict=True
            ):
                group._write_guarded({"move_line_id": move_line.id})
        return moves

    def _group_details(self, lines):
        """Details that share an invoice line: same price, account and coefficient."""
        groups = defaultdict(lambda: lines.browse())
        for line in lines.sorted(
            lambda d: (d.kind, d.rate_id.code or "", d.date, d.id)
        ):
            groups[self._get_group_key(line)] |= line
        return groups

    def _get_group_key(self, line):
        """Details of one key share an invoice line."""
        return (
            line.kind,
            line.rate_version_id,
            line.coefficient,
            line.m57_nature,
            line.m57_function,
            bool(line.quota_minutes),
            line.adjustment_reason,
        )

    def _prepare_move_vals(self, agreement, journal, groups):
        """Values of the invoice of one agreement, or of its credit note."""
        period = self.env._(
            "%(service)s, %(start)s to %(end)s",
            service=self.service_id.name,
            start=format_date(self.env, self.date_from),
            end=format_date(self.env, self.date_to),
        )
        lines = [
            self._prepare_move_line_vals(agreement, group, index)
            for index, group in enumerate(groups, 1)
        ]
        # what is left to give back is a credit note: Odoo posts no negative invoice
        is_credit = sum(group._get_total() for group in groups) < 0
        if is_credit:
            for vals in lines:
                vals["quantity"] = -vals["quantity"]
        return {
            "move_type": "out_refund" if is_credit else "out_invoice",
            "company_id": self.company_id.id,
            "journal_id": journal.id,
            "partner_id": agreement.commune_id.id,
            "invoice_date": self.date_invoice,
            "intercommunal_run_id": self.id,
            "ref": period,
            "invoice_origin": self.name,
            "invoice_line_ids": [Command.create(vals) for vals in lines],
        }

    def _prepare_move_line_vals(self, agreement, group, index):
        """Values of an invoice line that says the sum of ``group`` to the cent."""
        first = group[:1]
        source = first._get_account_source()
        total = group._get_total()
        price = pricing.decimal_of(first.unit_price) * pricing.decimal_of(
            first.coefficient
        )
        if first.unit == "hour":
            quantity = pricing.hours_of(
                sum(group.mapped("minutes_billed")) - sum(group.mapped("quota_minutes"))
            )
        else:
            quantity = sum(
                (pricing.decimal_of(line.quantity, 2) for line in group), Decimal(0)
            )
        wording = pricing.word_total(total, quantity, price)
        # looked up for a total in words too: one query a run, whatever it bills
        uom = first._get_uom()
        label = first.name if first.quota_minutes else source.name
        if not wording.is_exact:
            label = self.env._(
                "%(name)s: %(quantity)s at %(price)s",
                name=label,
                quantity=first._format_quantity(quantity),
                price=formatLang(self.env, float(price), digits=4),
            )
        return {
            "sequence": index,
            "name": label,
            "quantity": float(wording.quantity),
            "price_unit": float(wording.price),
            "product_uom_id": wording.is_exact and uom.id,
            "account_id": self._get_account(first).id,
            "tax_ids": [Command.set(self._get_taxes(agreement).ids)],
            # always given: Odoo would search for a model of each line (measured)
            "analytic_distribution": source.analytic_distribution or False,
        }

    def _get_account(self, line):
        source = line._get_account_source()
        account = source and source._get_income_account()
        if not account:
            raise UserError(self._get_no_account_text(source))
        return account

    def _get_no_account_text(self, source):
        return self.env._(
            "“%(name)s” has no income account: choose one, or install the French chart"
            " of accounts.",
            name=source.display_name,
        )

    def _get_taxes(self, agreement):
        """The tax of the agreement's VAT regime."""
        taxes = self._find_taxes(agreement)
        if not taxes:
            raise UserError(self._get_no_tax_text(agreement))
        return taxes

    def _find_taxes(self, agreement):
        """The tax of the agreement's VAT regime; empty where the chart lacks it."""
        if agreement.vat_regime == "taxed":
            return self.company_id.account_sale_tax_id
        chart = self.env["account.chart.template"].with_company(self.company_id)
        return chart._find_intercommunal(
            "account.tax", TAX_BY_REGIME[agreement.vat_regime]
        )

    def _get_no_tax_text(self, agreement):
        return self.env._(
            "“%(name)s” is billed as “%(regime)s” and this tax is missing: install the"
            " French chart of accounts, or choose the default sales tax, in the"
            " accounting settings.",
            name=agreement.name,
            regime=dict(
                agreement._fields["vat_regime"]._description_selection(self.env)
            )[agreement.vat_regime],
        )

    def _check_moves(self, moves):
        """Each invoice is worth its details to the cent, or nothing is made."""
        for move in moves:
            details = move.invoice_line_ids.sudo().intercommunal_billing_line_ids
            if (
                pricing.decimal_of(move.amount_untaxed_signed, 2)
                != details._get_total()
            ):
                raise UserError(
                    self.env._(
                        "The invoice of %(commune)s (%(invoice)s) is not worth its"
                        " details (%(details)s): nothing was invoiced.",
                        commune=move.partner_id.name,
                        invoice=move.amount_untaxed_signed,
                        details=details._get_total(),
                    )
                )

    # ----------------------------------------------------------------- windows

    def action_open_moves(self):
        """Window of the invoices of these runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return {
            **action,
            "domain": [("intercommunal_run_id", "in", self.ids)],
            "context": {"default_move_type": "out_invoice", "create": False},
        }

    def action_open_lines(self):
        """Window of the billing lines of these runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_billing_line_action"
        )
        return {**action, "domain": [("run_id", "in", self.ids)], "context": {}}
