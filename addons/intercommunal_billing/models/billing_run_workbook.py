"""What finance takes out of a run: its workbook."""

from decimal import Decimal

from odoo import fields, models

from ..tools import pricing, workbook


class IntercommunalBillingRun(models.Model):
    """The workbook of a run."""

    _inherit = "intercommunal.billing.run"

    def action_export_xlsx(self):
        """Make the workbook; the same run gives the same bytes again.

        :return: the action that downloads it
        """
        self._check_can("action_export_xlsx")
        self.ensure_one()
        if self.state in ("exported", "closed") and self.export_ids:
            # given again as it was, whatever became of its invoices since
            return self.export_ids[:1].action_download()
        content = workbook.write(self._prepare_workbook())
        export = self.env["intercommunal.billing.export"]._keep(
            self, self._get_file_name(), content, len(self.line_ids)
        )
        if self.state == "invoiced":
            self._transition("exported")
        return export.action_download()

    # ---------------------------------------------------------------- workbook

    def _get_file_name(self):
        """Name of the workbook: service, period and number."""
        self.ensure_one()
        number = (self.name or "").replace("/", "-")
        return (
            f"facturation_{self.service_id.code}_{self.date_from:%Y%m%d}"
            f"-{self.date_to:%Y%m%d}_{number}.xlsx"
        )

    def _prepare_workbook(self):
        """What the workbook says: a :class:`~..tools.workbook.Book`."""
        self.ensure_one()
        lines = self.line_ids.sorted(
            lambda line: (line.commune_id.insee_code or "", line.date, line.id)
        )
        return workbook.Book(
            title=self.display_name,
            created=fields.Datetime.to_datetime(self.date_invoice),
            sheets=[
                self._prepare_summary_sheet(lines),
                self._prepare_detail_sheet(lines),
                self._prepare_waiting_sheet(lines),
            ],
        )

    def _prepare_summary_sheet(self, lines):
        _ = self.env._
        rows = []
        for commune, group in lines.grouped("commune_id").items():
            moves = group.move_id
            by_kind = {
                kind: group.filtered(
                    lambda line, k=kind: line.kind == k and not line.quota_minutes
                )._get_total()
                for kind in ("labour", "equipment", "material", "travel")
            }
            by_kind["quota"] = group.filtered("quota_minutes")._get_total()
            total = group._get_total()
            invoiced = sum(
                (pricing.decimal_of(move.amount_untaxed_signed, 2) for move in moves),
                Decimal("0.00"),
            )
            settled_otherwise = group.filtered(
                lambda line: not line.move_id and not line.waived_reason
            )._get_total()
            rows.append(
                [
                    commune.insee_code or "",
                    commune.name,
                    commune.company_registry or "",
                    ", ".join(moves.mapped("name")),
                    len(group.intervention_id),
                    pricing.hours_of(
                        sum(
                            group.filtered(lambda d: d.kind == "labour").mapped(
                                "minutes_billed"
                            )
                        )
                    ),
                    *by_kind.values(),
                    total,
                    invoiced,
                    total - invoiced - settled_otherwise,
                ]
            )
        sums = [sum((row[i] for row in rows), Decimal(0)) for i in range(5, 14)]
        rows.append(["", _("Total"), "", "", sum(row[4] for row in rows), *sums])
        return workbook.Sheet(
            name=_("Summary"),
            headers=[
                _("INSEE code"),
                _("Commune"),
                _("SIRET"),
                _("Invoice"),
                _("Interventions"),
                _("Agent hours"),
                _("Staff"),
                _("Equipment"),
                _("Supplies"),
                _("Travel"),
                _("Quota"),
                _("Total excl. VAT"),
                _("Invoiced excl. VAT"),
                _("Control (0.00)"),
            ],
            rows=rows,
        )

    def _prepare_detail_sheet(self, lines):
        _ = self.env._
        labels = {
            name: dict(lines._fields[name]._description_selection(self.env))
            for name in ("kind", "unit", "state", "waived_reason")
        }
        return workbook.Sheet(
            name=_("Detail"),
            headers=[
                _("INSEE code"),
                _("Commune"),
                _("Service"),
                _("Request"),
                _("Intervention"),
                _("Report version"),
                _("Date"),
                _("Kind"),
                _("Description"),
                _("Rate"),
                _("Real minutes"),
                _("Billed minutes"),
                _("Quantity"),
                _("Unit"),
                _("Unit price"),
                _("Coefficient"),
                _("Amount"),
                _("M57 account"),
                _("M57 function"),
                _("Approved by"),
                _("Approved on"),
                _("State"),
                _("Not billed because"),
                _("Invoice"),
                _("Source"),
            ],
            rows=[
                [
                    line.commune_id.insee_code or "",
                    line.commune_id.name,
                    line.service_id.name,
                    line.request_id.sudo().reference or "",
                    line.intervention_id.sudo().reference or "",
                    line.report_id.version,
                    line.date,
                    labels["kind"][line.kind],
                    line.name,
                    line.rate_id.code or "",
                    line.minutes_real,
                    line.minutes_billed,
                    pricing.decimal_of(line.quantity, 2),
                    labels["unit"].get(line.unit, ""),
                    pricing.decimal_of(line.unit_price),
                    pricing.decimal_of(line.coefficient),
                    pricing.decimal_of(line.amount, 2),
                    line.m57_nature or "",
                    line.m57_function or "",
                    line.approved_by_id.sudo().name or "",
                    line.approved_at,
                    labels["state"].get(line.state, ""),
                    labels["waived_reason"].get(line.waived_reason, ""),
                    line.move_id.name or "",
                    line.source_key,
                ]
                for line in lines
            ],
        )

    def _prepare_waiting_sheet(self, lines):
        """What was done in the period and is not in this run's invoices."""
        _ = self.env._
        waiting = self.env["intercommunal.billing.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("service_id", "=", self.service_id.id),
                ("anomaly", "!=", False),
                ("date", "<=", self.date_to),
                ("run_id", "in", (False, self.id)),
            ],
            order="date, id",
        )
        return workbook.Sheet(
            name=_("Anomalies"),
            headers=[_("Commune"), _("Date"), _("Description"), _("What to do")],
            rows=[
                [line.commune_id.name, line.date, line.name, line.anomaly_text]
                for line in waiting
            ],
        )
