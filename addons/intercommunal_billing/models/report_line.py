from datetime import UTC, datetime, time

from odoo import models

from ..tools import pricing


class IntercommunalReportLine(models.Model):
    _inherit = "intercommunal.report.line"

    def _get_rate(self):
        """The rate that charges this line, or an empty recordset."""
        self.ensure_one()
        return self.env["intercommunal.rate"]._find(
            self.report_id.service_id, self.kind, self.agent_id, self.product_id
        )

    def _get_billing_order(self):
        """In order of time: what rounding adds goes to the last part."""
        self.ensure_one()
        return (
            self.date,
            self.started_at or datetime.combine(self.date, time.min),
            self.id,
        )

    def _get_rounding_key(self, rate):
        """Lines of one key are rounded together: an agent, or a machine, on the job."""
        self.ensure_one()
        who = self.agent_id or self.product_id
        if not who:
            return self.id
        return rate.id, self.kind, self.is_rework, who

    def _prepare_billing_vals(self, rate, billed, minutes, quantity):
        """Values of the billing lines of this report line.

        :param rate: the rate, may be empty
        :param int billed: minutes to bill, rounded
        :param int minutes: minutes taken of those reported
        :param float quantity: units taken of those reported
        :return: list of dict: a slice a day, and a trace of what is not billed
        """
        self.ensure_one()
        vals_list = []
        if minutes or quantity:
            vals_list += [
                self._prepare_slice_vals(rate, index, part, quantity)
                for index, part in enumerate(self._get_slices(rate, billed, minutes))
            ]
        rest = self._get_rest(minutes, quantity)
        if rest and self.acceptance != "pending":
            vals_list.append(self._prepare_rest_vals(rate, *rest))
        return vals_list

    def _get_slices(self, rate, billed, minutes):
        """The days over which this line stretches."""
        if rate and rate.unit != "hour":
            return [pricing.Slice(self.date, minutes, 0)]
        start = self.started_at and self.started_at.replace(tzinfo=UTC)
        return pricing.slice_at_midnight(
            self.date,
            minutes,
            billed,
            start or None,
            self.report_id._get_billing_timezone(),
        )

    def _get_rest(self, minutes, quantity):
        """What was reported and not taken: ``(minutes, quantity)`` or None."""
        left = (max(self.minutes - minutes, 0), max(self.quantity - quantity, 0.0))
        # labour counts minutes: its quantity of 1 says nothing once they are accepted
        if self.minutes and not left[0]:
            return None
        return left if any(left) else None

    def _prepare_slice_vals(self, rate, index, part, quantity):
        vals = self._prepare_common_billing_vals(rate, part, quantity)
        if self.is_rework:
            vals = self._waive(vals, "rework")
        return {**vals, "source_key": self._get_source_key(index)}

    def _prepare_rest_vals(self, rate, minutes, quantity):
        """The trace of what the commune did not accept: worth nothing, but visible."""
        part = pricing.Slice(self.date, minutes, minutes)
        vals = self._prepare_common_billing_vals(rate, part, quantity)
        return {
            **self._waive(vals, self.acceptance),
            "source_key": self._get_source_key("rest"),
        }

    def _waive(self, vals, reason):
        return {
            **vals,
            "amount": 0.0,
            "waived_amount": vals["amount"],
            "waived_reason": reason if reason != "accepted" else "reserved",
            "anomaly": False,
        }

    def _get_source_key(self, part):
        """What this use is, once and for all: a second line with it is refused."""
        report = self.report_id
        return f"{report.client_uuid}/{report.version}/{self.id}/{part}"

    def _prepare_common_billing_vals(self, rate, part, quantity):
        report = self.report_id
        return {
            "company_id": report.company_id.id,
            "report_id": report.id,
            "report_line_id": self.id,
            "commune_id": report.commune_id.id,
            "service_id": report.service_id.id,
            "date": part.day,
            "started_at": part.start and part.start.replace(tzinfo=None),
            "kind": self.kind,
            "name": self._get_billing_name(rate),
            "approved_by_id": self.env.user.partner_id.id,
            **self.env["intercommunal.billing.line"]._prepare_price_vals(
                self.env["intercommunal.agreement"]._find(
                    report.company_id, report.commune_id, report.service_id, part.day
                ),
                rate,
                part,
                quantity,
            ),
        }

    def _get_billing_name(self, rate):
        """What the commune reads: the item or the category, never an agent's name."""
        if self.name and (self.product_id or not self.agent_id):
            return self.name
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return rate.name or kinds[self.kind]
