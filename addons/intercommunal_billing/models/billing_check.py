"""The check before the run: what is wrong comes first, then what it will charge."""

from collections import defaultdict

from dateutil.relativedelta import relativedelta
from stdnum.fr import siret as siret_number

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

# What is found without looking at the lines of a commune.
RUN_CODES = ("no_journal", "locked", "late_year", "early", "facturx_seller")


class IntercommunalBillingRun(models.Model):
    """Names each culprit, stops only its commune, and says what would be charged."""

    _inherit = "intercommunal.billing.run"

    anomaly_ids = fields.One2many(
        "intercommunal.billing.anomaly", "run_id", "To mend or to know", readonly=True
    )
    commune_ids = fields.One2many(
        "intercommunal.billing.run.commune", "run_id", "By commune", readonly=True
    )
    blocking_count = fields.Integer(compute="_compute_anomaly_counts")
    blocked_commune_count = fields.Integer(
        "Communes that wait", compute="_compute_anomaly_counts"
    )
    warning_count = fields.Integer(compute="_compute_anomaly_counts")
    is_blocked = fields.Boolean(compute="_compute_anomaly_counts")
    amount_ready = fields.Monetary("Ready to invoice", compute="_compute_dry_run")
    amount_waiting = fields.Monetary("For the next run", compute="_compute_dry_run")
    amount_last_year = fields.Monetary(
        "Same period last year", compute="_compute_dry_run"
    )

    # --------------------------------------------------------------- computes

    @api.depends("anomaly_ids.severity", "anomaly_ids.commune_id")
    def _compute_anomaly_counts(self):
        for run in self:
            found = run.anomaly_ids
            blocking = found.filtered(lambda a: a.severity == "commune")
            run.is_blocked = any(a.severity == "run" for a in found)
            run.blocking_count = len(found.filtered(lambda a: a.severity != "warning"))
            run.blocked_commune_count = len(blocking.commune_id)
            run.warning_count = len(found.filtered(lambda a: a.severity == "warning"))

    @api.depends("commune_ids.amount", "commune_ids.last_year", "commune_ids.state")
    def _compute_dry_run(self):
        for run in self:
            rows = run.commune_ids
            waiting = rows.filtered(lambda row: row.state == "blocked")
            run.amount_ready = sum((rows - waiting).mapped("amount"))
            run.amount_waiting = sum(waiting.mapped("amount"))
            run.amount_last_year = sum(rows.mapped("last_year"))

    # ------------------------------------------------------------------ check

    def _check_lines(self, communes=None):
        """Find the anomalies and what each commune would be charged, anew.

        :param communes: only theirs, and nothing of the run itself
        :return: the communes that wait for the next run
        """
        self.ensure_one()
        run = self.sudo()
        if not communes:
            run._check_run()
        found = run.anomaly_ids.filtered(lambda found: found.code not in RUN_CODES)
        rows = run.commune_ids
        if communes:
            found = found.filtered(lambda found: found.commune_id in communes)
            rows = rows.filtered(lambda row: row.commune_id in communes)
        found.unlink()
        rows.unlink()
        lines = run._get_lines(communes)
        found = run._create_anomalies(run._find_anomalies(lines))
        blocked = found.filtered(lambda found: found.severity == "commune").commune_id
        run.env["intercommunal.billing.run.commune"].create(
            run._prepare_commune_vals(lines, blocked, run._get_last_year(communes))
        )
        return blocked.with_env(self.env)

    def _check_run(self):
        """Find what is wrong with the run itself, whosever lines it holds, anew."""
        self.ensure_one()
        run = self.sudo()
        run.anomaly_ids.filtered(lambda found: found.code in RUN_CODES).unlink()
        run._create_anomalies(run._find_run_anomalies())

    def _create_anomalies(self, found):
        return self.env["intercommunal.billing.anomaly"].create(
            [{"run_id": self.id, **vals} for vals in found]
        )

    def _check_not_blocked(self):
        """Refuse to invoice while something stops the whole run.

        :raises UserError: names it
        """
        self.ensure_one()
        stops = self.anomaly_ids.filtered(lambda found: found.severity == "run")
        if stops:
            raise UserError("\n".join(stops.mapped("name")))

    def _find_anomalies(self, lines):
        """Values of everything that is wrong with ``lines``, for one run."""
        self.ensure_one()
        to_invoice = lines.filtered(lambda line: line._is_to_invoice())
        return [
            *self._find_unpriced(lines),
            *self._find_altered(lines),
            *self._find_wrong_communes(lines, to_invoice),
            *self._find_wrong_agreements(to_invoice),
            *self._find_without_account(to_invoice),
        ]

    def _find_run_anomalies(self):
        """Values of what is wrong with the run itself."""
        self.ensure_one()
        return [*self._find_stops(), *self._find_late_year()]

    def _prepare_anomaly_vals(self, code, text, commune=None, culprit=None, lines=None):
        anomalies = self.env["intercommunal.billing.anomaly"]
        return anomalies._prepare_vals(
            code,
            text,
            self.env["res.partner"] if commune is None else commune,
            culprit,
            self.env["intercommunal.billing.line"] if lines is None else lines,
        )

    # --------------------------------------------------------- the whole run

    def _find_stops(self):
        """What would make Odoo refuse every invoice, or move its date in silence."""
        [(count, amount)] = self.env["intercommunal.billing.line"]._read_group(
            self._get_to_invoice_domain(), [], ["__count", "amount:sum"]
        )
        if not count:
            return
        sums = {"line_count": count, "amount": amount}
        if not self._find_journal():
            text = self._get_no_journal_text()
            journals = self.env["account.journal"]
            yield {
                **self._prepare_anomaly_vals("no_journal", text, culprit=journals),
                **sums,
            }
        elif text := self._get_locked_text():
            yield {**self._prepare_anomaly_vals("locked", text), **sums}

    def _get_to_invoice_domain(self):
        """The lines of this run for which ``_is_to_invoice`` is true."""
        self.ensure_one()
        return (
            Domain("run_id", "=", self.id)
            & Domain("waived_reason", "=", False)
            & Domain("agreement_id.settle_mode", "=", "invoice")
        )

    # ------------------------------------------------------------------ lines

    def _find_unpriced(self, lines):
        """Lines without price: one anomaly for each thing to mend."""
        agreements = self._get_other_agreements(
            lines.filtered(lambda line: line.anomaly == "no_agreement").commune_id
        )
        groups = lines.filtered("anomaly").grouped(
            lambda line: (line.commune_id, line.anomaly, line._get_culprit_key())
        )
        for (commune, code, _key), group in groups.items():
            culprit, text = group[:1]._get_culprit(), group[:1].anomaly_text
            if code == "no_agreement" and commune in agreements:
                code, culprit = "expired_agreement", agreements[commune]
                text = self._get_expired_text(culprit, group)
            yield self._prepare_anomaly_vals(code, text, commune, culprit, group)

    def _get_other_agreements(self, communes):
        """The last agreement of each commune that does not cover the day.

        :return: dict commune → agreement, archived ones too
        """
        agreements = (
            self.env["intercommunal.agreement"]
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("service_id", "=", self.service_id.id),
                    ("commune_id", "in", communes.ids),
                ],
                order="active, date_start",
            )
        )
        return {agreement.commune_id: agreement for agreement in agreements}

    def _get_expired_text(self, agreement, lines):
        names = {
            "name": agreement.name,
            "date": format_date(self.env, min(lines.mapped("date"))),
            "start": format_date(self.env, agreement.date_start),
            "end": format_date(self.env, agreement.date_end) or "",
        }
        if not agreement.active:
            return self.env._(
                "The agreement “%(name)s” is archived: work of %(date)s has none."
                " Restore it or make another one, then check again.",
                **names,
            )
        if agreement.date_start > min(lines.mapped("date")):
            return self.env._(
                "The agreement “%(name)s” begins on %(start)s: work of %(date)s has"
                " none. Make one that covers that day, then check again.",
                **names,
            )
        return self.env._(
            "The agreement “%(name)s” ended on %(end)s: work of %(date)s has none."
            " Extend it or make another one, then check again.",
            **names,
        )

    def _find_altered(self, lines):
        """Lines of reports whose content is not the one that was approved."""
        # known by their ids, they are read all at once below
        reports = lines.report_id.browse(lines.report_id.ids)
        wrong = reports.filtered(
            lambda report: report.content_hash != report._get_validation_hash()
        ) | (reports - self._get_approved(reports))
        by_report = lines.grouped("report_id")
        for report in wrong:
            yield self._prepare_anomaly_vals(
                "altered",
                self.env._(
                    "“%(name)s” is not what was approved: it can't be billed. Tell the"
                    " administrator.",
                    name=report.display_name,
                ),
                report.commune_id,
                report,
                by_report[report],
            )

    def _get_approved(self, reports):
        """The reports whose stored content somebody has approved."""
        runs = self.env["intercommunal.validation"].search_fetch(
            [
                ("report_id", "in", reports.ids),
                ("state", "in", ("approved", "approved_reserves")),
            ],
            ["report_id", "content_hash"],
        )
        return runs.filtered(
            lambda run: run.content_hash == run.report_id.content_hash
        ).report_id

    # ------------------------------------------------- communes and agreements

    def _find_wrong_communes(self, lines, to_invoice):
        """Communes that can't be billed: archived, or whose SIRET is wrong."""
        for commune, group in lines.grouped("commune_id").items():
            if not commune.active:
                yield self._prepare_anomaly_vals(
                    "archived",
                    self.env._(
                        "%(commune)s is archived: restore it, or bill what remains to"
                        " the commune that took it over.",
                        commune=commune.name,
                    ),
                    commune,
                    commune,
                    group,
                )
        for commune, group in to_invoice.grouped("commune_id").items():
            siret = siret_number.compact(commune.company_registry or "")
            if siret and siret_number.is_valid(siret):
                continue
            code = "bad_siret" if siret else "no_siret"
            yield self._prepare_anomaly_vals(
                code,
                self._get_siret_text(commune, siret),
                commune,
                commune,
                group,
            )

    def _get_siret_text(self, commune, siret):
        if siret:
            return self.env._(
                "“%(siret)s” is not the SIRET of %(commune)s: correct its fourteen"
                " digits.",
                siret=siret,
                commune=commune.name,
            )
        return self.env._(
            "%(commune)s has no SIRET: enter its fourteen digits.",
            commune=commune.name,
        )

    def _find_wrong_agreements(self, to_invoice):
        """What the debtor asks for and the agreement lacks, and its tax."""
        exercice = self.date_to.year
        for agreement, group in to_invoice.grouped("agreement_id").items():
            names = {
                "commune": agreement.commune_id.name,
                "name": agreement.name,
                "year": exercice,
            }
            if agreement.engagement_required and not agreement._get_engagement(
                exercice
            ):
                yield self._prepare_anomaly_vals(
                    "no_engagement",
                    self.env._(
                        "%(commune)s rejects invoices without engagement: ask for the"
                        " one of %(year)s and enter it on “%(name)s”.",
                        **names,
                    ),
                    agreement.commune_id,
                    agreement,
                    group,
                )
            if agreement.chorus_service_required and not agreement.chorus_service_code:
                yield self._prepare_anomaly_vals(
                    "no_service_code",
                    self.env._(
                        "%(commune)s rejects invoices without its Chorus Pro service"
                        " code: enter it on “%(name)s”.",
                        **names,
                    ),
                    agreement.commune_id,
                    agreement,
                    group,
                )
            if not self._find_taxes(agreement):
                yield self._prepare_anomaly_vals(
                    "no_tax",
                    self._get_no_tax_text(agreement),
                    agreement.commune_id,
                    agreement,
                    group,
                )

    def _find_without_account(self, to_invoice):
        """What is sold has an income account, or its communes wait."""
        groups = to_invoice.grouped(lambda line: line._get_account_source())
        for source, group in groups.items():
            if not source or source._get_income_account():
                continue
            for commune, lines in group.grouped("commune_id").items():
                yield self._prepare_anomaly_vals(
                    "no_account",
                    self._get_no_account_text(source),
                    commune,
                    source,
                    lines,
                )

    # ----------------------------------------------------------- another year

    def _get_late_year_domain(self):
        """Open lines of the years before: they can't share an invoice with this one."""
        return [
            ("company_id", "=", self.company_id.id),
            ("service_id", "=", self.service_id.id),
            ("state", "=", "open"),
            ("date", "<", self.date_to.replace(month=1, day=1)),
        ]

    def _find_late_year(self):
        rows = self.env["intercommunal.billing.line"]._read_group(
            self._get_late_year_domain(),
            ["commune_id", "date:year"],
            ["__count", "amount:sum"],
            order="date:year",
        )
        late = defaultdict(list)
        for commune, day, count, amount in rows:
            late[commune].append((str(day.year), count, amount))
        for commune, years in late.items():
            yield {
                **self._prepare_anomaly_vals(
                    "late_year",
                    self.env._(
                        "%(commune)s still has work of %(years)s to bill: make a run of"
                        " that year. Two years never share an invoice.",
                        commune=commune.name,
                        years=", ".join(year for year, _count, _amount in years),
                    ),
                    commune,
                ),
                "line_count": sum(count for _year, count, _amount in years),
                "amount": sum(amount for _year, _count, amount in years),
            }

    # ---------------------------------------------------------------- dry run

    def _prepare_commune_vals(self, lines, blocked, last_year):
        """What each commune would be charged, in the order of the INSEE code.

        :param blocked: the communes that wait for the next run
        :param dict last_year: see :meth:`_get_last_year`
        """
        communes = lines.commune_id | self.env["res.partner"].browse(last_year)
        by_commune = lines.grouped("commune_id")
        vals_list = []
        for commune in communes.sorted(lambda c: (c.insee_code or "", c.id)):
            group = by_commune.get(commune, lines.browse())
            labour = group.filtered(lambda line: line.kind == "labour")
            minutes = sum(labour.mapped("minutes_billed")) - sum(
                labour.mapped("quota_minutes")
            )
            vals_list.append(
                {
                    "run_id": self.id,
                    "commune_id": commune.id,
                    "line_count": len(group),
                    "late_count": len(group.filtered("is_late")),
                    "hours": minutes / 60,
                    "amount": float(group._get_total()),
                    "last_year": last_year.get(commune.id, 0.0),
                    "state": self._get_commune_state(commune, group, blocked),
                }
            )
        return vals_list

    def _get_commune_state(self, commune, lines, blocked):
        if commune in blocked:
            return "blocked"
        to_invoice = lines.filtered(lambda line: line._is_to_invoice())
        return "ready" if to_invoice._get_total() else "settled"

    def _get_last_year(self, communes=None):
        """What the same period of last year charged: dict commune id → amount.

        :param communes: only theirs
        """
        start = self.date_from - relativedelta(years=1)
        # the end of February stays the end of February
        end = (
            self.date_to + relativedelta(days=1) - relativedelta(years=1)
        ) - relativedelta(days=1)
        return {
            commune.id: amount
            for commune, amount in self.env["intercommunal.billing.line"]._read_group(
                [
                    ("company_id", "=", self.company_id.id),
                    ("service_id", "=", self.service_id.id),
                    ("date", ">=", start),
                    ("date", "<=", end),
                    ("waived_reason", "=", False),
                    *([("commune_id", "in", communes.ids)] if communes else []),
                ],
                ["commune_id"],
                ["amount:sum"],
            )
            if amount
        }

    def _mark_communes(self, moves, communes=None):
        """Once invoiced, say of each commune what became of it.

        :param communes: only of these
        """
        rows = self.sudo().commune_ids.filtered(lambda row: row.state == "ready")
        if communes:
            rows = rows.filtered(lambda row: row.commune_id in communes)
        billed = rows.filtered(lambda row: row.commune_id in moves.partner_id)
        billed.state = "billed"
        (rows - billed).state = "settled"
