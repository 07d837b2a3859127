from datetime import UTC, date, datetime, time

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import public_holidays

YEARS = range(2000, 2100)


class IntercommunalPublicHolidays(models.TransientModel):
    """The days on which the whole intercommunality is closed, a year at a time.

    They are core's closings of its working calendars: the capacity of teams, delays,
    recurring work and surcharges count with them.
    """

    _name = "intercommunal.public.holidays"
    _description = "Public Holidays"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    year = fields.Integer(
        required=True, default=lambda self: fields.Date.context_today(self).year
    )
    local_law = fields.Boolean(
        "Alsace-Moselle",
        default=lambda self: self._get_default_local_law(),
        help="Good Friday and 26 December are public holidays there as well.",
    )
    day_ids = fields.One2many(
        "intercommunal.public.holidays.day",
        "wizard_id",
        "Days",
        compute="_compute_day_ids",
        store=True,
        readonly=False,
    )

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Public holidays")

    @api.model
    def _get_default_local_law(self):
        """Whether most communes are in Alsace-Moselle, by their INSEE codes."""
        codes = (
            self.env["res.partner"]
            .search(
                [
                    ("is_commune", "=", True),
                    ("intercommunal_epci_id", "=", self.env.company.id),
                    ("insee_code", "!=", False),
                ]
            )
            .mapped("insee_code")
        )
        there = [code for code in codes if code[:2] in public_holidays.LOCAL_LAW]
        return 2 * len(there) > len(codes)

    @api.depends("year", "local_law", "company_id")
    def _compute_day_ids(self):
        for wizard in self:
            if wizard.year not in YEARS:
                wizard.day_ids = [Command.clear()]
                continue
            wizard.day_ids = [
                Command.clear(),
                *(Command.create(vals) for vals in wizard._prepare_days()),
            ]

    def _prepare_days(self):
        """The official days of the year, and the closings that are there already."""
        names = self._get_names()
        official = public_holidays.list_days(self.year, self.local_law)
        known = self._map_closings(self._find_closings())
        days = {day: (names[key], day in known or not known) for day, key in official}
        for day, closing in known.items():
            days[day] = (closing.name or days.get(day, ("", True))[0], True)
        return [
            {"date": day, "name": name, "is_closed": is_closed}
            for day, (name, is_closed) in sorted(days.items())
        ]

    @api.model
    def _get_names(self):
        _ = self.env._
        return {
            "new_year": _("New Year's Day"),
            "good_friday": _("Good Friday"),
            "easter": _("Easter Monday"),
            "labour": _("Labour Day"),
            "victory": _("Victory Day, 8 May"),
            "ascension": _("Ascension Day"),
            "pentecost": _("Whit Monday"),
            "national": _("National Day"),
            "assumption": _("Assumption Day"),
            "all_saints": _("All Saints' Day"),
            "armistice": _("Armistice Day, 11 November"),
            "christmas": _("Christmas Day"),
            "saint_stephen": _("26 December"),
        }

    def _find_closings(self):
        """Closings of one day, within the year, of every calendar of the company."""
        zone = self.company_id._get_working_timezone()
        first = _to_utc(date(self.year, 1, 1), time.min, zone)
        last = _to_utc(date(self.year, 12, 31), time.max, zone)
        # whoever works for the company may read when it is closed
        found = self.env["resource.calendar.leaves"].search(
            [
                ("resource_id", "=", False),
                ("calendar_id.company_id", "=", self.company_id.id),
                ("date_from", ">=", first),
                ("date_to", "<=", last),
            ]
        )
        to_day = self.company_id._to_working_day
        return found.filtered(lambda row: to_day(row.date_from) == to_day(row.date_to))

    def _map_closings(self, closings):
        """dict day → the one of ``closings`` in the company's own calendar."""
        calendar = self.company_id.resource_calendar_id
        return {
            self.company_id._to_working_day(closing.date_from): closing
            for closing in closings
            if closing.calendar_id == calendar
        }

    def action_save(self):
        """Close on the ticked days, in every working calendar; open on the others.

        :raises UserError: a day of another year, or that is there twice
        """
        self.ensure_one()
        self._check_may_save()
        zone = self.company_id._get_working_timezone()
        to_day = self.company_id._to_working_day
        wanted = {row.date: row.name for row in self.day_ids if row.is_closed}
        # an administrator of ours need not be one of the whole database
        closings = self._find_closings().sudo()
        # those that the dialog showed: a day of one calendar alone is not its affair
        dropped = set(self._map_closings(closings)) - set(wanted)
        closings.filtered(lambda row: to_day(row.date_from) in dropped).unlink()
        kept = {
            (row.calendar_id, to_day(row.date_from)): row for row in closings.exists()
        }
        calendars = closings.env["resource.calendar"].search(
            [("company_id", "=", self.company_id.id)]
        )
        closings.create(
            [
                {
                    "name": name,
                    "calendar_id": calendar.id,
                    "date_from": _to_utc(day, time.min, zone),
                    "date_to": _to_utc(day, time.max, zone),
                }
                for calendar in calendars
                for day, name in wanted.items()
                if (calendar, day) not in kept
            ]
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_may_save(self):
        if not self.env.user.has_group(
            "intercommunal_workflow.group_intercommunal_admin"
        ):
            raise AccessError(self.env._("Only an administrator sets public holidays."))
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Only an administrator sets public holidays."))
        if self.year not in YEARS:
            raise UserError(self.env._("Write a year such as 2027."))
        seen = set()
        for row in self.day_ids:
            if not row.date or row.date.year != self.year:
                raise UserError(
                    self.env._(
                        "“%(name)s” is not a day of %(year)s: correct its date.",
                        name=row.name or "",
                        year=self.year,
                    )
                )
            if row.date in seen:
                raise UserError(
                    self.env._(
                        "“%(name)s” is on a day that is there already: remove one of"
                        " the two.",
                        name=row.name or "",
                    )
                )
            seen.add(row.date)


class IntercommunalPublicHolidaysDay(models.TransientModel):
    """A day on which nobody works, or might not."""

    _name = "intercommunal.public.holidays.day"
    _description = "Public Holiday"
    _order = "date, id"

    wizard_id = fields.Many2one(
        "intercommunal.public.holidays", required=True, ondelete="cascade"
    )
    date = fields.Date(required=True)
    name = fields.Char(required=True)
    is_closed = fields.Boolean("Day off", default=True)


def _to_utc(day, moment, zone):
    return datetime.combine(day, moment, zone).astimezone(UTC).replace(tzinfo=None)
