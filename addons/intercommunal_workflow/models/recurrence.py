from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from dateutil.rrule import MONTHLY, WEEKLY, rrule
from dateutil.rrule import weekday as rrule_weekday

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

WEEKDAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
# What says on which days the work recurs, whatever the period.
RULE_FIELDS = (
    "frequency",
    "interval",
    "monthly_by",
    "month_day",
    "rank",
    "weekday",
    "month_from",
    "month_to",
    *WEEKDAYS,
)
PREVIEW = 6


class IntercommunalRecurrence(models.Model):
    """Work that comes back by itself: mowing, ATSEM hours, a weekly half-day.

    Each occurrence is an intervention like any other, known by the day that the rule
    gave it: moved it keeps that day, skipped it stays as a cancelled job, so that
    generating again never doubles or revives it (as core's calendar and its
    `calendar.recurrence`).
    """

    _name = "intercommunal.recurrence"
    _description = "Recurring Work"
    _inherit = ["mail.thread"]
    _order = "service_id, commune_id, name, id"
    _check_company_auto = True

    name = fields.Char("Subject", required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    # the company follows from it: checking it against the company would offer none
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
    )
    type_id = fields.Many2one(
        "intercommunal.request.type",
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
    )
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
    )
    site_id = fields.Many2one(
        "intercommunal.site",
        ondelete="restrict",
        domain="[('commune_id', '=', commune_id)]",
    )
    address = fields.Char("Place")
    team_id = fields.Many2one(
        "intercommunal.team",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
        tracking=True,
    )
    agent_ids = fields.Many2many(
        "res.users",
        "intercommunal_recurrence_agent_rel",
        "recurrence_id",
        "user_id",
        "Agents",
        domain="[('share', '=', False)]",
        help="Empty: the whole team.",
    )
    instructions = fields.Text(help="For the team. The commune reads it too.")
    date_start = fields.Date(
        "From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_end = fields.Date("Until", tracking=True, help="Empty: without end.")
    frequency = fields.Selection(
        [("week", "Weeks"), ("month", "Months")], required=True, default="week"
    )
    interval = fields.Integer("Every", required=True, default=1)
    mon = fields.Boolean("Monday")
    tue = fields.Boolean("Tuesday")
    wed = fields.Boolean("Wednesday")
    thu = fields.Boolean("Thursday")
    fri = fields.Boolean("Friday")
    sat = fields.Boolean("Saturday")
    sun = fields.Boolean("Sunday")
    monthly_by = fields.Selection(
        [("day", "Day of the month"), ("weekday", "Day of the week")], default="weekday"
    )
    month_day = fields.Integer("Day", default=1)
    rank = fields.Selection(
        [
            ("1", "First"),
            ("2", "Second"),
            ("3", "Third"),
            ("4", "Fourth"),
            ("-1", "Last"),
        ],
        default="1",
    )
    weekday = fields.Selection(
        list(WEEKDAYS.items()),
        "Day of the week",
        default="mon",
    )
    month_from = fields.Selection(
        lambda self: self._get_months(), "Season from", help="Empty: all year."
    )
    month_to = fields.Selection(lambda self: self._get_months(), "Season to")
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Only on the days of",
        check_company=True,
        ondelete="restrict",
        help="A calendar of school days, or the working days of the intercommunality:"
        " what falls on another day or on a holiday is left out.",
    )
    hour = fields.Float("At", required=True, default=8.0)
    duration = fields.Float(
        "Hours",
        compute="_compute_duration",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    weeks_ahead = fields.Integer(
        "Planned ahead (weeks)",
        required=True,
        default=6,
        help="Each night the coming weeks are planned.",
    )
    grouping = fields.Selection(
        [("month", "One request a month"), ("each", "One request each time")],
        "Requests",
        required=True,
        default="month",
    )
    intervention_ids = fields.One2many(
        "intercommunal.intervention", "recurrence_id", "Interventions", copy=False
    )
    intervention_count = fields.Integer(compute="_compute_intervention_count")
    sentence = fields.Char("In words", compute="_compute_sentence")
    preview = fields.Char("Next days", compute="_compute_preview")

    _interval_positive = models.Constraint(
        "CHECK(interval BETWEEN 1 AND 52)", "Repeat every 1 to 52 weeks or months."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_end IS NULL OR date_end >= date_start)",
        "Recurring work can't end before it starts.",
    )
    _weeks_bounded = models.Constraint(
        "CHECK(weeks_ahead BETWEEN 1 AND 53)", "Plan from 1 to 53 weeks ahead."
    )
    _duration_positive = models.Constraint(
        "CHECK(duration > 0 AND duration <= 24)", "A job lasts 24 hours at most."
    )
    _hour_of_day = models.Constraint(
        "CHECK(hour >= 0 AND hour < 24)", "The hour lies between 0:00 and 23:59."
    )

    @api.model
    def _get_months(self):
        """January to December, in the user's language."""
        return [
            (
                str(month),
                format_date(
                    self.env,
                    fields.Date.to_date(f"2026-{month:02}-01"),
                    date_format="MMMM",
                ),
            )
            for month in range(1, 13)
        ]

    # --------------------------------------------------------------- computes

    @api.depends("type_id")
    def _compute_duration(self):
        for recurrence in self:
            recurrence.duration = (
                recurrence.duration or recurrence.type_id.default_duration or 1.0
            )

    def _compute_intervention_count(self):
        counts = dict(
            self.env["intercommunal.intervention"]._read_group(
                [("recurrence_id", "in", self.ids)], ["recurrence_id"], ["__count"]
            )
        )
        for recurrence in self:
            recurrence.intervention_count = counts.get(recurrence, 0)

    @api.depends_context("lang")
    @api.depends("hour", *RULE_FIELDS)
    def _compute_sentence(self):
        for recurrence in self:
            recurrence.sentence = recurrence._get_sentence()

    @api.depends_context("lang")
    @api.depends("date_start", "date_end", "calendar_id", *RULE_FIELDS)
    def _compute_preview(self):
        today = fields.Date.context_today(self)
        for recurrence in self:
            days = recurrence._list_days(today, today + relativedelta(years=1))
            recurrence.preview = ", ".join(
                format_date(self.env, day, date_format="EEE d MMM")
                for day in days[:PREVIEW]
            )

    def _get_sentence(self):
        """The rule as one reads it: “Every 2 weeks on Tuesday, from April to October”."""
        self.ensure_one()
        hours, minutes = divmod(round(self.hour * 60), 60)
        parts = [
            self._get_rhythm_words(),
            self.env._("at %(hour)s", hour=f"{hours}:{minutes:02}"),
        ]
        if self.month_from and self.month_to:
            months = dict(self._get_months())
            parts.append(
                self.env._(
                    "from %(first)s to %(last)s",
                    first=months[self.month_from],
                    last=months[self.month_to],
                )
            )
        return ", ".join(parts)

    def _get_rhythm_words(self):
        """How often, and on which days."""
        weekly, count = self.frequency == "week", self.interval
        days = self._get_week_words() if weekly else self._get_month_words()
        if weekly and count == 1:
            return self.env._("Every week: %(days)s", days=days)
        if weekly:
            return self.env._("Every %(count)s weeks: %(days)s", count=count, days=days)
        if count == 1:
            return self.env._("Every month: %(day)s", day=days)
        return self.env._("Every %(count)s months: %(day)s", count=count, day=days)

    def _get_week_words(self):
        return ", ".join(
            self._fields[name]._description_string(self.env).lower()
            for name in WEEKDAYS
            if self[name]
        )

    def _get_month_words(self):
        if self.monthly_by == "day":
            return self.env._("the %(day)s", day=self.month_day)
        return " ".join(
            dict(self._fields[name]._description_selection(self.env))
            .get(self[name], "")
            .lower()
            for name in ("rank", "weekday")
        )

    # ------------------------------------------------------------ constraints

    @api.constrains("frequency", "monthly_by", "month_day", *WEEKDAYS)
    def _check_rule(self):
        for recurrence in self:
            if recurrence.frequency == "week" and not any(
                recurrence[name] for name in WEEKDAYS
            ):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: choose at least one day of the week.",
                        name=recurrence.name,
                    )
                )
            if (
                recurrence.frequency == "month"
                and recurrence.monthly_by == "day"
                and not 1 <= recurrence.month_day <= 31
            ):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: the day of the month lies between 1 and 31.",
                        name=recurrence.name,
                    )
                )

    @api.constrains("month_from", "month_to")
    def _check_season(self):
        for recurrence in self:
            if bool(recurrence.month_from) != bool(recurrence.month_to):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: give the first and the last month of the season,"
                        " or neither.",
                        name=recurrence.name,
                    )
                )

    @api.constrains("team_id", "service_id", "type_id", "site_id", "commune_id")
    def _check_belongs(self):
        for recurrence in self:
            strangers = [
                part.display_name
                for part in (recurrence.team_id, recurrence.type_id)
                if part and part.service_id != recurrence.service_id
            ]
            if recurrence.site_id and (
                recurrence.site_id.commune_id != recurrence.commune_id
            ):
                strangers.append(recurrence.site_id.display_name)
            if strangers:
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: %(items)s belongs to another service or commune.",
                        name=recurrence.name,
                        items=", ".join(strangers),
                    )
                )

    # --------------------------------------------------------------- the rule

    def _list_days(self, first, last):
        """Days of the rule from ``first`` to ``last``, both included.

        :param date first: first day looked at
        :param date last: last day looked at
        :return: sorted list of dates
        """
        self.ensure_one()
        last = min(last, self.date_end) if self.date_end else last
        if not self.date_start or last < max(first, self.date_start):
            return []
        if self.frequency == "week" and not any(self[name] for name in WEEKDAYS):
            # a form that is not filled in yet
            return []
        rule = rrule(
            dtstart=datetime.combine(self.date_start, time.min),
            until=datetime.combine(last, time.min),
            interval=max(self.interval, 1),
            **self._prepare_rule(),
        )
        days = [moment.date() for moment in rule if moment.date() >= first]
        days = [day for day in days if self._is_in_season(day)]
        if days and self.calendar_id:
            worked = set(
                self.company_id._list_working_dates(days[0], days[-1], self.calendar_id)
            )
            days = [day for day in days if day in worked]
        return days

    def _prepare_rule(self):
        """Keywords of `dateutil.rrule.rrule` (RFC 5545)."""
        if self.frequency == "week":
            days = [index for index, name in enumerate(WEEKDAYS) if self[name]]
            return {"freq": WEEKLY, "byweekday": days}
        if self.monthly_by == "day":
            return {"freq": MONTHLY, "bymonthday": max(self.month_day, 1)}
        day = rrule_weekday(list(WEEKDAYS).index(self.weekday or "mon"))
        return {"freq": MONTHLY, "byweekday": day(int(self.rank or "1"))}

    def _is_in_season(self, day):
        """Whether ``day`` lies in the season, which may span New Year."""
        if not (self.month_from and self.month_to):
            return True
        first, last = int(self.month_from), int(self.month_to)
        if first <= last:
            return first <= day.month <= last
        return day.month >= first or day.month <= last
