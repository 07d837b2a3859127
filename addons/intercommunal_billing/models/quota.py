"""Hours that an agreement gives each year: the first of the exercice cost nothing.

They are taken off when a run gathers its lines, in order of time, at the price of the
hours that they cover; a surcharge stays due. What a run took is given back with it.
"""

from datetime import datetime, time

from odoo import api, fields, models

from ..tools import pricing


class IntercommunalAgreement(models.Model):
    """The hours that the agreement gives."""

    _inherit = "intercommunal.agreement"

    quota_hours = fields.Float(
        "Free hours a year",
        tracking=True,
        help="The first hours of labour of each year cost nothing. 0: none.",
    )
    quota_left = fields.Float(
        "Free hours left this year", compute="_compute_quota_left"
    )

    _quota_positive = models.Constraint(
        "CHECK(quota_hours >= 0)", "The free hours can't be negative."
    )

    @api.depends("quota_hours", "billing_line_ids.quota_minutes")
    def _compute_quota_left(self):
        year = fields.Date.context_today(self).year
        for agreement in self:
            agreement.quota_left = agreement._get_quota_minutes(year) / 60

    def _get_quota_minutes(self, year):
        """Minutes that the agreement still gives in ``year``."""
        self.ensure_one()
        given = round((self.quota_hours or 0) * 60)
        [[taken]] = (
            self.env["intercommunal.billing.line"]
            .sudo()
            ._read_group(
                [
                    ("agreement_id", "=", self.id),
                    ("quota_minutes", ">", 0),
                    ("date", ">=", f"{year}-01-01"),
                    ("date", "<=", f"{year}-12-31"),
                ],
                [],
                ["quota_minutes:sum"],
            )
        )
        return max(given - (taken or 0), 0)


class IntercommunalBillingLine(models.Model):
    """A line that takes free hours off."""

    _inherit = "intercommunal.billing.line"

    quota_minutes = fields.Integer("Minutes of the quota", readonly=True)

    _quota_negative = models.Constraint(
        "CHECK (quota_minutes = 0 OR (amount <= 0 AND minutes_billed = 0))",
        "A line of free hours takes off.",
    )

    def _free(self):
        """Free hours that a run took are given back: their line has no other use."""
        quotas = self.filtered("quota_minutes")
        super(IntercommunalBillingLine, self - quotas)._free()
        quotas.sudo().unlink()


class IntercommunalBillingRun(models.Model):
    """The free hours are worked out with the lines of the run."""

    _inherit = "intercommunal.billing.run"

    def _gather_lines(self, communes=None):
        result = super()._gather_lines(communes)
        self._apply_quotas(self._get_lines(communes))
        return result

    def _lock_lines(self, communes=None):
        lines = super()._lock_lines(communes)
        # an anomaly that was mended since adds hours
        self._apply_quotas(lines)
        return self._get_lines(communes)

    def _apply_quotas(self, lines):
        """Make the lines of free hours among ``lines`` of this run, anew."""
        self.ensure_one()
        lines.filtered("quota_minutes").unlink()
        chargeable = lines.exists().filtered(
            lambda line: (
                line.agreement_id.quota_hours
                and line.kind == "labour"
                and line.unit == "hour"
                and not (line.anomaly or line.waived_reason)
            )
        )
        vals_list = []
        for agreement, group in chargeable.grouped("agreement_id").items():
            vals_list += self._prepare_quota_vals(agreement, group)
        self.env["intercommunal.billing.line"].sudo()._create_guarded(vals_list)

    def _prepare_quota_vals(self, agreement, lines):
        """Values of the lines that take the free hours off: one a price.

        :param lines: the chargeable hours of the agreement in this run
        """
        left = agreement._get_quota_minutes(self.date_to.year)
        taken = {}
        for line in lines.sorted(
            lambda line: (
                line.date,
                line.started_at or datetime.combine(line.date, time.min),
                line.id,
            )
        ):
            minutes = min(left, line.minutes_billed)
            if not minutes:
                continue
            left -= minutes
            before, _last = taken.get(line.rate_version_id, (0, line))
            taken[line.rate_version_id] = (before + minutes, line)
        return [
            self._prepare_quota_line_vals(line, minutes)
            for minutes, line in taken.values()
        ]

    def _prepare_quota_line_vals(self, line, minutes):
        """Values of the line that takes ``minutes`` off, at the price of ``line``."""
        price = pricing.decimal_of(line.unit_price)
        version = line.rate_version_id
        return {
            "source_key": f"quota/{line.agreement_id.id}/{self.id}/{version.id}",
            "company_id": self.company_id.id,
            "run_id": self.id,
            "commune_id": line.commune_id.id,
            "service_id": line.service_id.id,
            "agreement_id": line.agreement_id.id,
            "rate_id": line.rate_id.id,
            "rate_version_id": version.id,
            "date": line.date,
            "kind": "labour",
            "unit": "hour",
            "name": self.with_context(
                lang=self.company_id.partner_id.lang or self.env.lang
            ).env._("Free hours of the agreement"),
            "quota_minutes": minutes,
            "unit_price": line.unit_price,
            "amount": -float(pricing.price_minutes(minutes, price)),
            "m57_nature": line.m57_nature,
            "m57_function": line.m57_function,
        }
