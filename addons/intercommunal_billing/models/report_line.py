from datetime import UTC, datetime, time
from decimal import Decimal

from odoo import models
from odoo.tools import float_compare

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

    def _get_split(self):
        """What the deciders accepted, and what they accepted or reserved.

        A réserve that was lifted or dropped since still counts as reserved here: it is
        charged by a line of its own.

        :return: two pairs (minutes, quantity)
        """
        self.ensure_one()
        reserves = self.env["intercommunal.reserve"].search(
            [("report_line_id", "=", self.id), ("state", "in", ("lifted", "dropped"))]
        )
        lifted = reserves.filtered(lambda reserve: reserve.state == "lifted")
        accepted = (
            self.minutes_accepted - sum(lifted.mapped("minutes")),
            self.quantity_accepted - sum(lifted.mapped("quantity")),
        )
        held = (
            accepted[0] + self.minutes_reserved + sum(reserves.mapped("minutes")),
            accepted[1] + self.quantity_reserved + sum(reserves.mapped("quantity")),
        )
        return accepted, held

    def _prepare_billing_vals(self, rate, billed, uses):
        """Values of the billing lines of this report line.

        :param rate: the rate, may be empty
        :param list billed: rounded minutes of each of the ``uses``
        :param list uses: pairs (minutes, quantity): what is charged, then what is left
            out, each more than the one before
        :return: list of dict: a slice a day, and a trace of what is not billed
        """
        self.ensure_one()
        vals_list = []
        minutes, quantity = uses[0]
        if minutes or quantity:
            vals_list += [
                self._prepare_slice_vals(rate, index, part, quantity)
                for index, part in enumerate(self._get_slices(rate, billed[0], minutes))
            ]
        for index, reason in enumerate(("reserved", "refused"), 1):
            if index < len(uses) and self._is_more(uses[index - 1], uses[index]):
                vals_list.append(
                    self._prepare_rest_vals(
                        rate, reason, billed[index - 1 : index + 1], uses[index - 1 :]
                    )
                )
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
            self.report_id.service_id.surcharge_ids._list_cuts(rate),
        )

    def _is_more(self, part, whole):
        """Whether ``whole`` counts more than ``part``: minutes, or else units."""
        if self.minutes:
            return whole[0] > part[0]
        return float_compare(whole[1], part[1], precision_digits=2) > 0

    def _prepare_slice_vals(self, rate, index, part, quantity):
        vals = self._prepare_common_billing_vals(rate, part, quantity)
        if self.is_rework:
            vals = self._waive(vals, "rework")
        return {**vals, "source_key": self._get_source_key(index)}

    def _prepare_rest_vals(self, rate, reason, billed, uses):
        """The trace of what the commune did not accept: not billed, but visible.

        It is worth what it would have added.
        """
        (minutes, quantity), (more, many) = uses[:2]
        part = pricing.Slice(self.date, more - minutes, billed[1] - billed[0])
        vals = self._prepare_common_billing_vals(rate, part, many - quantity)
        worth = self._price(rate, billed[1], more, many) - self._price(
            rate, billed[0], minutes, quantity
        )
        return {
            **self._waive({**vals, "amount": float(worth)}, reason),
            "source_key": self._get_source_key(reason),
        }

    def _price(self, rate, billed, minutes, quantity):
        """What a use of this line would be charged, as a Decimal."""
        if not (minutes or quantity):
            return Decimal(0)
        return sum(
            pricing.decimal_of(
                self._prepare_common_billing_vals(rate, part, quantity)["amount"], 2
            )
            for part in self._get_slices(rate, billed, minutes)
        )

    def _waive(self, vals, reason):
        return {
            **vals,
            "amount": 0.0,
            "waived_amount": vals["amount"],
            "waived_reason": reason,
            "anomaly": False,
        }

    def _get_source_key(self, part):
        """What this use is, once and for all: a second line with it is refused."""
        report = self.report_id
        return f"{report.client_uuid}/{report.version}/{self.id}/{part}"

    def _price_trip(self, vals):
        """What a share of a pooled trip costs: the difference that it makes.

        The jobs' amounts add up to the price of the whole round, to the cent.
        """
        if not self.trip_id or not vals["amount"]:
            return {}
        price = pricing.decimal_of(vals["unit_price"])
        before = pricing.decimal_of(self.trip_before, 2)
        until = before + pricing.decimal_of(vals["quantity"], 2)
        amount = pricing.price_quantity(until, price) - pricing.price_quantity(
            before, price
        )
        return {"amount": float(amount)}

    def _prepare_common_billing_vals(self, rate, part, quantity):
        vals = self._prepare_use_vals(rate, part, quantity)
        return {**vals, **self._price_trip(vals)}

    def _prepare_use_vals(self, rate, part, quantity):
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
                report.service_id.surcharge_ids._find(
                    rate, part, report._get_billing_timezone()
                ),
            ),
        }

    def _get_billing_name(self, rate):
        """What the commune reads: the item or the category, never an agent's name."""
        if self.name and (self.product_id or not self.agent_id):
            return self.name
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return rate.name or kinds[self.kind]
