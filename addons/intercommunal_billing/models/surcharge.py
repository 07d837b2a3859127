from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import pricing


class IntercommunalSurcharge(models.Model):
    """What work at night, on a Saturday, a Sunday or a holiday costs more.

    Where several apply the highest wins: they never add up. What was billed keeps the
    coefficient that it was billed with.
    """

    _name = "intercommunal.surcharge"
    _description = "Surcharge"
    _order = "service_id, coefficient desc, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    service_id = fields.Many2one(
        "intercommunal.service", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    applies_on = fields.Selection(
        [
            ("night", "Hours of the day"),
            ("saturday", "Saturday"),
            ("sunday", "Sunday"),
            ("holiday", "Public holiday"),
        ],
        "Applies on",
        required=True,
        default="night",
        help="Public holidays are those of the intercommunality's working calendar.",
    )
    hour_from = fields.Float("From the hour", default=22.0)
    hour_to = fields.Float("Until the hour", default=6.0)
    coefficient = fields.Float(required=True, default=1.5, digits=(16, 4))
    rate_ids = fields.Many2many(
        "intercommunal.rate",
        "intercommunal_surcharge_rate_rel",
        "surcharge_id",
        "rate_id",
        "Rates",
        domain="[('service_id', '=', service_id), ('unit', '=', 'hour')]",
        help="Empty: all labour of the service.",
    )
    date_start = fields.Date("In force from")
    date_end = fields.Date("In force until")

    _coefficient_above_one = models.Constraint(
        "CHECK(coefficient >= 1)", "A surcharge does not make work cheaper."
    )
    _hours_of_day = models.Constraint(
        "CHECK(hour_from >= 0 AND hour_from < 24 AND hour_to >= 0 AND hour_to <= 24)",
        "The hours lie between 0:00 and 24:00.",
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "A surcharge can't end before it starts.",
    )

    @api.constrains("applies_on", "hour_from", "hour_to")
    def _check_hours(self):
        for surcharge in self:
            if (
                surcharge.applies_on == "night"
                and surcharge.hour_from == surcharge.hour_to
            ):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: it begins and ends at the same hour.",
                        name=surcharge.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        """What was billed says why: only its end may still move."""
        if {
            "applies_on",
            "hour_from",
            "hour_to",
            "coefficient",
            "service_id",
        }.intersection(vals):
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        used = (
            self.env["intercommunal.billing.line"]
            .sudo()
            .search([("surcharge_id", "in", self.ids)], limit=1)
        )
        if used:
            raise UserError(
                self.env._(
                    "“%(name)s” was already used for billing: end it and create"
                    " another one.",
                    name=used.surcharge_id.name,
                )
            )

    # ---------------------------------------------------------------- pricing

    def _for_rate(self, rate):
        """Those that may apply to ``rate``."""
        return self.filtered(
            lambda surcharge: (
                rate in surcharge.rate_ids
                if surcharge.rate_ids
                else rate.kind == "labour"
            )
        )

    def _list_cuts(self, rate):
        """Minutes of the day at which work at ``rate`` is cut."""
        cuts = set()
        for surcharge in self._for_rate(rate).filtered(
            lambda s: s.applies_on == "night"
        ):
            cuts |= {round(surcharge.hour_from * 60), round(surcharge.hour_to * 60)}
        # midnight cuts anyway
        return sorted(cuts - {0, 24 * 60})

    def _find(self, rate, part, tz):
        """The surcharge of a slice of work, the highest, or an empty recordset.

        :param part: :class:`~..tools.pricing.Slice`, within one day
        :param tz: time zone of the hours
        """
        found = self._for_rate(rate).filtered(
            lambda surcharge: surcharge._applies(part, tz)
        )
        return found.sorted("coefficient", reverse=True)[:1]

    def _applies(self, part, tz):
        self.ensure_one()
        day = part.day
        if (self.date_start and day < self.date_start) or (
            self.date_end and day > self.date_end
        ):
            return False
        if self.applies_on == "night":
            if not part.start:
                return False
            local = part.start.astimezone(tz)
            return pricing.is_between(
                local.hour * 60 + local.minute,
                round(self.hour_from * 60),
                round(self.hour_to * 60),
            )
        if self.applies_on == "holiday":
            return self.company_id._is_public_holiday(day, tz)
        return day.weekday() == {"saturday": 5, "sunday": 6}[self.applies_on]
