"""What finance takes out of a run: its workbook, written a line at a time."""

import hashlib
import io
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.tools import SQL, format_date

from odoo.addons.intercommunal_workflow.models.report_line import LINE_KINDS

from ..tools import pricing, workbook

# Lines held at a time, whatever the size of the run.
BATCH = 1000
ZERO = Decimal("0.00")
KINDS = tuple(kind for kind, _label in LINE_KINDS)


@dataclass(slots=True)
class Use:
    """What several sheets say of a line, read once."""

    amount: Decimal
    day: date
    request: str
    intervention: str
    kind: str
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    coefficient: Decimal
    quota: int
    adjustment: str
    waived: str


@dataclass
class Sums:
    """What the lines of a commune add up to, counted while they pass."""

    commune: models.BaseModel
    amounts: Counter = field(default_factory=Counter)
    months: Counter = field(default_factory=Counter)
    minutes: Counter = field(default_factory=Counter)
    interventions: set = field(default_factory=set)
    kilometres: Decimal = ZERO
    settled: Decimal = ZERO
    lines: int = 0

    @property
    def total(self):
        """All of it, exact."""
        return sum(self.amounts.values(), ZERO)


class IntercommunalBillingRun(models.Model):
    """The workbook of a run."""

    _inherit = "intercommunal.billing.run"

    def action_export_xlsx(self):
        """Make the workbook; the same run gives the same bytes again.

        :return: the action that downloads it, or what says that it is being written
        """
        self._check_can("action_export_xlsx")
        self.ensure_one()
        known = self.export_ids.filtered(
            lambda export: export.kind == "workbook" and export.is_final
        )
        if self.state in ("exported", "closed") and known:
            # given again as it was, whatever became of its invoices since
            return known[:1].action_download()
        return self._export("workbook")

    def _make_workbook_export(self):
        return self.env["intercommunal.billing.export"]._keep(
            self, self._get_file_name(), self._make_workbook(), self.line_count
        )

    def _get_file_name(self, suffix=".xlsx"):
        """Name of a file of this run: service, period and number."""
        self.ensure_one()
        number = (self.name or "").replace("/", "-")
        return (
            f"facturation_{self.service_id.code}_{self.date_from:%Y%m%d}"
            f"-{self.date_to:%Y%m%d}_{number}{suffix}"
        )

    def _make_workbook(self):
        """The bytes of the workbook, in the language of the invoices."""
        stream = io.BytesIO()
        self._write_workbook(stream)
        return stream.getvalue()

    def _write_workbook(self, stream):
        """Write the workbook: one pass over the lines, a batch in memory.

        :param stream: a binary stream, or the path of a file
        """
        self.ensure_one()
        self = self._with_company_lang()
        created = fields.Datetime.to_datetime(self.date_invoice)
        with workbook.Writer(stream, self.display_name, created) as writer:
            WorkbookOfRun(self, writer).fill()

    # -------------------------------------------------------------------- lines

    def _iter_lines(self):
        """The lines of this run, by INSEE code, commune, date: a batch in memory.

        Nothing of a batch stays in the caches once the next one is asked for. The lines
        come as the system: what they refer to is read with them, without asking for
        each of them who reads (measured: a third of the time).
        """
        self.ensure_one()
        Line = self.env["intercommunal.billing.line"]
        Line.check_access("read")
        self.env.flush_all()
        ids = [
            line_id
            for [line_id] in self.env.execute_query(
                SQL(
                    """
                    SELECT line.id
                      FROM intercommunal_billing_line line
                      JOIN res_partner commune ON commune.id = line.commune_id
                     WHERE line.run_id = %s
                     ORDER BY COALESCE(commune.insee_code, ''), commune.id,
                              line.date, line.id
                    """,
                    self.id,
                )
            )
        ]
        for start in range(0, len(ids), BATCH):
            yield from Line.sudo().browse(ids[start : start + BATCH])
            # only what was read: nothing waits to be written
            self.env.invalidate_all(flush=False)

    def _search_unbilled(self):
        """Lines that are in no invoice of this run, and why: anomalies first.

        :return: recordset of billing lines
        """
        self.ensure_one()
        own = [
            ("company_id", "=", self.company_id.id),
            ("service_id", "=", self.service_id.id),
            ("date", "<=", self.date_to),
            ("run_id", "in", (False, self.id)),
        ]
        Line = self.env["intercommunal.billing.line"]
        waiting = Line.search([*own, ("anomaly", "!=", False)], order="date, id")
        waived = Line.search(
            [
                *own,
                ("waived_reason", "!=", False),
                ("date", ">=", self.date_from),
            ],
            order="date, id",
        )
        return waiting | waived

    def _get_charging_moves(self):
        """The invoices that still have their details, in the order of their numbers.

        One that was cancelled or reversed whole has given them back.
        """
        self.ensure_one()
        groups = self.env["intercommunal.billing.line"]._read_group(
            [("run_id", "=", self.id), ("move_id", "!=", False)], ["move_id"]
        )
        moves = self.env["account.move"].union(*(move for [move] in groups))
        return moves.sorted(lambda move: (move.name or "", move.id))

    def _get_invoiced(self):
        """What the invoices of this run charge, by commune.

        :return: ``{commune id: (names, untaxed, tax, first date)}``
        """
        self.ensure_one()
        invoiced = {}
        for commune, group in self._get_charging_moves().grouped("partner_id").items():
            invoiced[commune.id] = (
                ", ".join(move.name or "" for move in group),
                sum(
                    (pricing.decimal_of(m.amount_untaxed_signed, 2) for m in group),
                    ZERO,
                ),
                sum((pricing.decimal_of(m.amount_tax_signed, 2) for m in group), ZERO),
                group[:1].invoice_date,
            )
        return invoiced


class WorkbookOfRun:
    """One workbook being written: its pages, and what passes by."""

    def __init__(self, run, writer):
        self.run = run
        self.writer = writer
        self.env = run.env
        self.zone = ZoneInfo(run.company_id.partner_id.tz or "Europe/Paris")
        self.service = run.service_id.name
        self.yes = run.env._("yes")
        self.sums = {}
        self.texts = {}
        self.invoiced = run._get_invoiced()
        self.titres = run._prepare_titres()
        self.statements = run.statement_ids.filtered(
            lambda statement: statement.state != "void"
        ).sorted("name")
        self.digest = hashlib.sha256()
        Line = self.env["intercommunal.billing.line"]
        self.labels = {
            name: dict(Line._fields[name]._description_selection(self.env))
            for name in ("kind", "unit", "state", "waived_reason")
        }
        Agreement = self.env["intercommunal.agreement"]
        self.labels["settle_mode"] = dict(
            Agreement._fields["settle_mode"]._description_selection(self.env)
        )

    def fill(self):
        """All the sheets, in their order; the lines are read once."""
        _ = self.env._
        summary = self.writer.add_page(_("Summary"))
        titres = self.writer.add_page(_("Titres"))
        if "ac" in self.statements.mapped("settle_mode"):
            self._write_compensation(
                self.writer.add_page(_("Attribution de compensation"))
            )
        detail = self.writer.add_page(_("Detail"))
        pivot = self.writer.add_page(_("Pivot"))
        self._write_lines(detail)
        unbilled = self.writer.add_page(_("Anomalies and not billed"))
        controls = self.writer.add_page(_("Controls"))
        sums = self._write_summary(summary)
        charged = self._write_titres(titres)
        pivoted = self._write_pivot(pivot)
        self._write_unbilled(unbilled)
        self._write_controls(controls, sums, charged, pivoted)

    # -------------------------------------------------------------------- detail

    def _write_lines(self, detail):
        """The flat sheet and the sheets of the communes, side by side."""
        _ = self.env._
        detail.write_head(self._get_detail_headers())
        page, own, current = None, None, None
        for line in self.run._iter_lines():
            commune_id = line.commune_id.id
            if current != commune_id:
                self._close_commune(page, own)
                own = self.sums[commune_id] = Sums(line.commune_id)
                page = self._open_commune(line.commune_id)
                current = commune_id
            use = self._read_use(line)
            self._count(own, line, use)
            detail.write_row(self._prepare_detail_row(line, use))
            page.write_row(self._prepare_statement_row(line, use))
        self._close_commune(page, own)

    def _read_use(self, line):
        return Use(
            amount=pricing.decimal_of(line.amount, 2),
            day=line.date,
            request=line.request_id.reference or "",
            intervention=line.intervention_id.reference or "",
            kind=line.kind,
            name=line.name,
            quantity=pricing.decimal_of(line.quantity, 2),
            unit=line.unit,
            price=pricing.decimal_of(line.unit_price),
            coefficient=pricing.decimal_of(line.coefficient),
            quota=line.quota_minutes,
            adjustment=line.adjustment_reason or "",
            waived=line.waived_reason,
        )

    def _say(self, record, name):
        """A text of what many lines refer to: read once."""
        key = (record._name, record.id, name)
        if key not in self.texts:
            self.texts[key] = record[name] or ""
        return self.texts[key]

    def _count(self, own, line, use):
        own.lines += 1
        own.amounts[self._get_column(use)] += use.amount
        own.months[use.day.replace(day=1)] += use.amount
        own.minutes[use.kind] += line.minutes_billed
        if use.unit == "km":
            own.kilometres += use.quantity
        if line.intervention_id:
            own.interventions.add(line.intervention_id.id)
        if not line.move_line_id and not use.waived:
            own.settled += use.amount
        self.digest.update(f"{line.source_key};{use.amount}\n".encode())

    def _get_column(self, use):
        """Where the summary counts a line: a line is in one column."""
        if use.quota:
            return "quota"
        return "adjustment" if use.adjustment else use.kind

    def _get_detail_headers(self):
        _ = self.env._
        return [
            _("INSEE code"),
            _("Commune"),
            _("Service"),
            _("Request"),
            _("Intervention"),
            _("Report version"),
            _("Date"),
            _("Start"),
            _("Kind"),
            _("Description"),
            _("Rate"),
            _("Price since"),
            _("Real minutes"),
            _("Billed minutes"),
            _("Minutes of the quota"),
            _("Quantity"),
            _("Unit"),
            _("Unit price"),
            _("Coefficient"),
            _("Surcharge"),
            _("Amount"),
            _("Settled by"),
            _("M57 account"),
            _("M57 function"),
            _("Approved by"),
            _("Approved on"),
            _("State"),
            _("Not billed because"),
            _("Reason of the adjustment"),
            _("Earlier period"),
            _("Invoice number"),
            _("Source"),
        ]

    def _prepare_detail_row(self, line, use):
        say, labels = self._say, self.labels
        commune = line.commune_id
        return [
            say(commune, "insee_code"),
            say(commune, "name"),
            self.service,
            use.request,
            use.intervention,
            line.report_id.version or "",
            use.day,
            self._localize(line.started_at),
            labels["kind"].get(use.kind, ""),
            use.name,
            say(line.rate_id, "code"),
            say(line.rate_version_id, "date_start"),
            line.minutes_real,
            line.minutes_billed,
            use.quota,
            use.quantity,
            labels["unit"].get(use.unit, ""),
            use.price,
            use.coefficient,
            say(line.surcharge_id, "name"),
            use.amount,
            labels["settle_mode"].get(say(line.agreement_id, "settle_mode"), ""),
            line.m57_nature or "",
            line.m57_function or "",
            say(line.approved_by_id, "name"),
            self._localize(line.approved_at),
            labels["state"].get(line.state, ""),
            labels["waived_reason"].get(use.waived, ""),
            use.adjustment,
            self.yes if line.is_late else "",
            say(line.move_id, "name"),
            line.source_key,
        ]

    def _localize(self, moment):
        """A moment in local time, as a cell says it."""
        if not moment:
            return ""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)

    # --------------------------------------------------- the sheet of a commune

    def _open_commune(self, commune):
        """The statement of a commune: every use, converted to units."""
        _ = self.env._
        run = self.run
        page = self.writer.add_page(f"{commune.insee_code or ''} {commune.name}")
        page.write_title(_("Statement of %(commune)s", commune=commune.name))
        page.write_row(
            [
                _(
                    "%(service)s, %(start)s to %(end)s",
                    service=run.service_id.name,
                    start=format_date(self.env, run.date_from),
                    end=format_date(self.env, run.date_to),
                )
            ]
        )
        page.write_row(
            [_("SIRET"), commune.company_registry or "", _("Run"), run.name or ""]
        )
        page.write_row()
        page.write_head(
            [
                _("Date"),
                _("Request"),
                _("Intervention"),
                _("Kind"),
                _("Description"),
                _("Units used"),
                _("Unit"),
                _("Unit cost"),
                _("Coefficient"),
                _("Amount"),
            ]
        )
        return page

    def _close_commune(self, page, own):
        if page:
            total = [self.env._("Total"), *[""] * 8, own.total]
            page.write_row(total, bold=True)

    def _prepare_statement_row(self, line, use):
        return [
            use.day,
            use.request,
            use.intervention,
            self.labels["kind"].get(use.kind, ""),
            use.name,
            line._get_units(),
            self.labels["unit"].get(use.unit, ""),
            use.price,
            use.coefficient,
            use.amount,
        ]

    # ------------------------------------------------------------------- summary

    def _write_summary(self, page):
        """A row a commune.

        :return: Decimal, the sum of its totals
        """
        _ = self.env._
        page.write_head(
            [
                _("INSEE code"),
                _("Commune"),
                _("SIRET"),
                _("Invoice number"),
                _("Invoice date"),
                _("Interventions"),
                _("Uses"),
                _("Agent hours"),
                _("Equipment hours"),
                _("Kilometres"),
                _("Staff"),
                _("Equipment"),
                _("Supplies"),
                _("Travel"),
                _("Quota"),
                _("Adjustment"),
                _("Total excl. VAT"),
                _("VAT"),
                _("Total incl. VAT"),
                _("Invoiced excl. VAT"),
                _("Settled without invoice"),
                _("Control (0.00)"),
            ]
        )
        totals = defaultdict(Decimal)
        for own in self.sums.values():
            row = self._prepare_summary_row(own)
            page.write_row(row)
            for column, value in enumerate(row):
                if isinstance(value, (int, Decimal)):
                    totals[column] += value
        columns = max(totals, default=1) + 1
        page.write_row(
            ["", _("Total"), *(totals.get(column, "") for column in range(2, columns))],
            bold=True,
        )
        return sum((own.total for own in self.sums.values()), ZERO)

    def _prepare_summary_row(self, own):
        # read again: a batch leaves nothing in the caches
        commune = self.env["res.partner"].browse(own.commune.id)
        names, untaxed, tax, day = self.invoiced.get(commune.id, ("", ZERO, ZERO, ""))
        hours = {
            kind: pricing.hours_of(own.minutes[kind]).quantize(pricing.CENT)
            for kind in ("labour", "equipment")
        }
        is_invoiced = self.run.state not in ("draft", "checked")
        return [
            commune.insee_code or "",
            commune.name,
            commune.company_registry or "",
            names,
            day,
            len(own.interventions),
            own.lines,
            hours["labour"],
            hours["equipment"],
            own.kilometres,
            *(Decimal(own.amounts[kind]) for kind in KINDS),
            Decimal(own.amounts["quota"]),
            Decimal(own.amounts["adjustment"]),
            own.total,
            tax,
            own.total + tax,
            untaxed,
            own.settled if is_invoiced else ZERO,
            own.total - untaxed - own.settled,
        ]

    # -------------------------------------------------------------------- titres

    def _write_titres(self, page):
        """A row a line of a titre.

        :return: Decimal, the sum of their amounts, credit notes negative
        """
        labels = self.run._get_titre_labels()
        page.write_head(list(labels.values()))
        for titre in self.titres:
            page.write_row([titre[key] for key in labels])
        return sum((titre["amount_signed"] for titre in self.titres), ZERO)

    def _write_compensation(self, page):
        """The sums for the attribution de compensation (CGCT L5211-4-2)."""
        _ = self.env._
        page.write_head(
            [_("INSEE code"), _("Commune"), _("SIRET"), _("Statement"), _("Amount")]
        )
        total = ZERO
        for statement in self.statements:
            if statement.settle_mode != "ac":
                continue
            commune = statement.commune_id
            amount = pricing.decimal_of(statement.amount_untaxed, 2)
            total += amount
            page.write_row(
                [
                    commune.insee_code or "",
                    commune.name,
                    commune.company_registry or "",
                    statement.name,
                    amount,
                ]
            )
        page.write_row(["", _("Total"), "", "", total], bold=True)

    # --------------------------------------------------------------------- pivot

    def _write_pivot(self, page):
        """Communes by kind, then communes by month.

        :return: list of Decimal, what each table adds up to
        """
        _ = self.env._
        kinds = {
            **self.labels["kind"],
            "quota": _("Quota"),
            "adjustment": _("Adjustment"),
        }
        months = {
            day: format_date(self.env, day, date_format="MMMM yyyy")
            for day in sorted({day for own in self.sums.values() for day in own.months})
        }
        first = self._write_pivot_table(
            page, kinds, {own.commune.id: own.amounts for own in self.sums.values()}
        )
        page.write_row()
        second = self._write_pivot_table(
            page, months, {own.commune.id: own.months for own in self.sums.values()}
        )
        return [first, second]

    def _write_pivot_table(self, page, columns, cells):
        _ = self.env._
        page.write_head([_("INSEE code"), _("Commune"), *columns.values(), _("Total")])
        totals = Counter()
        for commune_id, amounts in cells.items():
            commune = self.env["res.partner"].browse(commune_id)
            values = [Decimal(amounts[column]) for column in columns]
            page.write_row(
                [commune.insee_code or "", commune.name, *values, sum(values, ZERO)]
            )
            totals.update(dict(zip(columns, values, strict=True)))
        values = [Decimal(totals[column]) for column in columns]
        total = sum(values, ZERO)
        page.write_row(["", _("Total"), *values, total], bold=True)
        return total

    # -------------------------------------------------- anomalies and not billed

    def _write_unbilled(self, page):
        """What was done and is in no invoice, with what to do or why."""
        _ = self.env._
        page.write_head(
            [
                _("INSEE code"),
                _("Commune"),
                _("Date"),
                _("Request"),
                _("Kind"),
                _("Description"),
                _("Anomaly"),
                _("Not billed because"),
                _("Amount not billed"),
                _("What to do"),
                _("Source"),
            ],
            widths=[10, 20, 12, 16, 14, 30, 20, 24, 14, 60, 30],
        )
        anomalies = dict(
            self.env["intercommunal.billing.line"]
            ._fields["anomaly"]
            ._description_selection(self.env)
        )
        lines = self.run._search_unbilled()
        for start in range(0, len(lines), BATCH):
            for line in lines[start : start + BATCH].with_prefetch():
                page.write_row(
                    [
                        line.commune_id.insee_code or "",
                        line.commune_id.name,
                        line.date,
                        line.request_id.sudo().reference or "",
                        self.labels["kind"].get(line.kind, ""),
                        line.name,
                        anomalies.get(line.anomaly, ""),
                        self.labels["waived_reason"].get(line.waived_reason, ""),
                        pricing.decimal_of(line.waived_amount, 2),
                        line.anomaly_text or "",
                        line.source_key,
                    ]
                )
            self.env.invalidate_all(flush=False)

    # ------------------------------------------------------------------ controls

    def _write_controls(self, page, summed, charged, pivoted):
        """Each total beside the one that it must equal, to the cent."""
        _ = self.env._
        page.write_head(
            [_("Control"), _("Expected"), _("Found"), _("Difference"), _("Result")],
            widths=[60, 16, 16, 12, 12],
        )
        total = pricing.decimal_of(self.run.amount_total, 2)
        invoiced = sum((row[1] for row in self.invoiced.values()), ZERO)
        settled = sum((own.settled for own in self.sums.values()), ZERO)
        rows = [
            (_("Details of the run = summary"), total, summed),
            (_("Details = pivot by kind"), total, pivoted[0]),
            (_("Details = pivot by month"), total, pivoted[1]),
            (
                _("Details = invoices + what is settled without invoice"),
                total,
                invoiced + settled,
            ),
            (_("Invoices = titres"), invoiced, charged),
            *self._list_statement_controls(total),
            (
                _("Number of uses"),
                self.run.line_count,
                sum(own.lines for own in self.sums.values()),
            ),
        ]
        for label, expected, found in rows:
            gap = expected - found
            result = _("OK") if not gap else _("DIFFERENCE")
            page.write_row([label, expected, found, gap, result])
        page.write_row()
        page.write_row(
            [_("SHA-256 of the details (source;amount)"), self.digest.hexdigest()]
        )

    def _list_statement_controls(self, total):
        """Once invoiced, the statements add up to the details as well."""
        if not self.statements:
            return []
        stated = sum(
            (pricing.decimal_of(s.amount_untaxed, 2) for s in self.statements), ZERO
        )
        return [(self.env._("Details = statements"), total, stated)]
