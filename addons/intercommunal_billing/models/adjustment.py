"""Nothing that was charged is edited: a second line corrects it, and says why."""

from decimal import Decimal

from odoo import api, fields, models

from ..tools import pricing


class IntercommunalBillingLine(models.Model):
    """A line that corrects another one, or what a provisional price had charged."""

    _inherit = "intercommunal.billing.line"

    adjustment_reason = fields.Char("Reason of the adjustment", readonly=True)
    adjustment_ids = fields.One2many(
        "intercommunal.billing.line", "origin_line_id", "Adjusted by", readonly=True
    )
    adjusted_amount = fields.Monetary(
        "With its adjustments", compute="_compute_adjusted_amount"
    )

    @api.depends("amount", "adjustment_ids.amount", "adjustment_ids.adjustment_reason")
    def _compute_adjusted_amount(self):
        for line in self:
            line.adjusted_amount = line.amount + sum(
                line.adjustment_ids.filtered("adjustment_reason").mapped("amount")
            )

    def action_open_adjust(self):
        """Open the assistant that corrects this line by another one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Adjust"),
            "res_model": "intercommunal.billing.adjust",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def _adjust_to(self, amount, reason, day):
        """Add the line that makes these charges worth ``amount`` (called as superuser).

        :param float amount: what the line should have charged
        :return: the new line, or nothing when the amount does not change
        """
        self.ensure_one()
        gap = pricing.decimal_of(amount, 2) - pricing.decimal_of(
            self.adjusted_amount, 2
        )
        if not gap:
            return self.browse()
        number = len(self.adjustment_ids.filtered("adjustment_reason")) + 1
        return self._create_guarded(
            [
                self._prepare_adjustment_vals(
                    gap, reason, day, f"adjust/{self.id}/{number}"
                )
            ]
        )

    def _prepare_adjustment_vals(self, amount, reason, day, source_key):
        """Values of the line that adds ``amount`` to this one.

        :param Decimal amount: what is added, negative to take off
        """
        self.ensure_one()
        return {
            "source_key": source_key,
            "company_id": self.company_id.id,
            "commune_id": self.commune_id.id,
            "service_id": self.service_id.id,
            "agreement_id": self.agreement_id.id,
            "rate_id": self.rate_id.id,
            "rate_version_id": self.rate_version_id.id,
            "origin_line_id": self.id,
            "date": day,
            "kind": self.kind,
            "unit": self.unit,
            "name": self.env._("Adjustment: %(name)s", name=self.name),
            "adjustment_reason": reason,
            "unit_price": float(amount),
            "amount": float(amount),
            "m57_nature": self.m57_nature,
            "m57_function": self.m57_function,
            "approved_by_id": self.env.user.partner_id.id,
        }


class IntercommunalRateVersion(models.Model):
    """A provisional price becomes final: what was charged is balanced."""

    _inherit = "intercommunal.rate.version"

    final_price = fields.Float(
        digits=(16, 4),
        readonly=True,
        copy=False,
        help="What the year really cost; the difference was charged by adjustments.",
    )

    def action_open_settle(self):
        """Open the assistant of the year-end balance."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Year-end balance"),
            "res_model": "intercommunal.rate.settle",
            "view_mode": "form",
            "target": "new",
            "context": {"default_version_id": self.id},
        }

    def _get_charged(self):
        """What this price charged, by commune.

        Real uses only: neither adjustments nor what was not billed. Surcharges count
        as they were charged.

        :return: dict commune → recordset of billing lines
        """
        self.ensure_one()
        lines = (
            self.env["intercommunal.billing.line"]
            .sudo()
            .search(
                [
                    ("rate_version_id", "=", self.id),
                    ("adjustment_reason", "=", False),
                    ("waived_reason", "=", False),
                    ("anomaly", "=", False),
                ],
                order="date, id",
            )
        )
        return lines.grouped("commune_id")

    def _get_difference(self, lines, final_price):
        """What ``lines`` would have cost more at ``final_price``, to the cent.

        The units are added first: 60 h at 0.85 € more are 51.00 €, whatever the
        number of uses.

        :return: Decimal
        """
        self.ensure_one()
        gap = pricing.decimal_of(final_price) - pricing.decimal_of(self.price)
        total = Decimal(0)
        for coefficient, group in lines.grouped("coefficient").items():
            factor = pricing.decimal_of(coefficient)
            if self.rate_id.unit == "hour":
                units = sum(group.mapped("minutes_billed")) - sum(
                    group.mapped("quota_minutes")
                )
                total += Decimal(units) / 60 * gap * factor
            else:
                units = sum(
                    (pricing.decimal_of(line.quantity, 2) for line in group),
                    Decimal(0),
                )
                total += units * gap * factor
        return pricing.round_cent(total)


class IntercommunalBillingRun(models.Model):
    """Adjustments of one reason are one line of the invoice, which says it."""

    _inherit = "intercommunal.billing.run"

    def _prepare_move_line_vals(self, agreement, group, index):
        vals = super()._prepare_move_line_vals(agreement, group, index)
        first = group[:1]
        if first.adjustment_reason:
            vals.update(
                name=self.env._(
                    "Adjustment, %(rate)s: %(reason)s",
                    rate=first._get_account_source().name,
                    reason=first.adjustment_reason,
                ),
                quantity=1.0,
                price_unit=float(group._get_total()),
            )
        return vals
