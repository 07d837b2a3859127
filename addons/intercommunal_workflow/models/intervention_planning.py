from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime, format_time

from .res_company import DEFAULT_TZ

# A job in one of these states takes its people's time.
BUSY_STATES = ("planned", "in_progress", "blocked", "rework")


@dataclass(frozen=True)
class Slot:
    """A stretch of somebody's day, of a job that exists or is only thought of."""

    start: Any
    end: Any
    people: Any
    company: Any
    job_ids: tuple = field(default=())
    skills: Any = ()


class IntercommunalIntervention(models.Model):
    """Says who is on two jobs at once or away, before the day itself does."""

    _inherit = "intercommunal.intervention"

    planning_warning = fields.Text(
        "To check", compute="_compute_planning_warning", compute_sudo=False
    )
    has_conflict = fields.Boolean(
        "Conflict", compute="_compute_planning_warning", compute_sudo=False
    )

    @api.depends("date_start", "date_end", "team_id", "agent_ids", "state")
    def _compute_planning_warning(self):
        dated = self.filtered(
            lambda job: job.date_start and job.date_end and job.state in BUSY_STATES
        )
        slots = {job.id: job._get_slot() for job in dated}
        found = self._find_conflicts(slots)
        for job in self:
            job.planning_warning = "\n".join(found.get(job.id, ())) or False
            job.has_conflict = bool(job.planning_warning)

    def _get_slot(self):
        self.ensure_one()
        job = self.sudo()
        people = job.agent_ids or job.team_id.member_ids | job.leader_id
        return Slot(
            job.date_start,
            job.date_end,
            people,
            job.company_id,
            tuple(job._origin.ids),
            job.type_id.skill_ids,
        )

    @api.model
    def _find_conflicts(self, slots):
        """What is in the way of each slot; the queries do not grow with their number.

        :param dict slots: {key: :class:`Slot`}
        :return: {key: list of sentences}, only of those that have some
        """
        slots = {
            key: slot
            for key, slot in slots.items()
            if slot.people and slot.start and slot.end and slot.start < slot.end
        }
        if not slots:
            return {}
        jobs = self._find_busy_jobs(slots.values())
        readable = jobs.with_user(self.env.user)._filtered_access("read")
        resources = self._find_resources(slots.values())
        leaves = self._find_absences(slots.values(), resources)
        calendars = {
            one.user_id.id: one.calendar_id
            for one in resources
            if one.active and one.calendar_id
        }
        hours = self._map_working_hours(slots.values(), calendars)
        found = {}
        for key, slot in slots.items():
            sentences = [
                *self._describe_closing(slot, hours),
                *self._describe_hours(slot, hours, calendars),
                *self._describe_overlaps(slot, jobs, readable.ids),
                *self._describe_absences(slot, leaves),
                *self._describe_skills(slot),
            ]
            if sentences:
                found[key] = sentences
        return found

    @api.model
    def _find_busy_jobs(self, slots):
        people = self.env["res.users"].union(*(slot.people for slot in slots))
        return self.sudo().search_fetch(
            Domain("state", "in", BUSY_STATES)
            & Domain("date_start", "<", max(slot.end for slot in slots))
            & Domain("date_end", ">", min(slot.start for slot in slots))
            & (
                Domain("agent_ids", "in", people.ids)
                | Domain("team_id.member_ids", "in", people.ids)
            ),
            # with what the record rules look at
            [
                "reference",
                "name",
                "date_start",
                "date_end",
                "team_id",
                "service_id",
                "company_id",
                "agent_ids",
            ],
        )

    @api.model
    def _find_resources(self, slots):
        """What core's calendars know the people by, once somebody entered an absence
        or hours of their own."""
        people = self.env["res.users"].union(*(slot.people for slot in slots))
        return (
            self.env["resource.resource"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                Domain("user_id", "in", people.ids),
                ["user_id", "calendar_id", "name", "active"],
            )
        )

    @api.model
    def _find_absences(self, slots, resources):
        leaves = self.env["resource.calendar.leaves"].sudo()
        if not resources:
            return leaves
        return leaves.search_fetch(
            Domain("resource_id", "in", resources.ids)
            & Domain("date_from", "<", max(slot.end for slot in slots))
            & Domain("date_to", ">", min(slot.start for slot in slots)),
            ["resource_id", "date_from", "date_to"],
        )

    @api.model
    def _map_working_hours(self, slots, calendars):
        """When each calendar of the slots begins and ends, by day, holidays left out.

        Each calendar is read once, for all that its slots span.

        :return: ``{calendar: {day: (begin, end)}}``, aware
        """
        spans = {}
        for slot in slots:
            company = slot.company.sudo().resource_calendar_id
            for calendar in company | self._get_calendars(slot, calendars):
                spans.setdefault(calendar, []).extend((slot.start, slot.end))
        hours = {}
        for calendar, moments in spans.items():
            zone = ZoneInfo(calendar.tz or DEFAULT_TZ)
            first, last = (
                moment.replace(tzinfo=UTC).astimezone(zone).date()
                for moment in (min(moments), max(moments))
            )
            intervals = calendar._work_intervals_batch(
                datetime.combine(first, time.min, zone),
                datetime.combine(last, time.max, zone),
            )[False]
            days = hours[calendar] = {}
            for begin, end, _meta in intervals:
                before = days.get(begin.date(), (begin, end))
                days[begin.date()] = min(before[0], begin), max(before[1], end)
        return hours

    @api.model
    def _get_calendars(self, slot, calendars):
        """What the people work by, the intercommunality's own where they have none;
        flexible hours have neither a beginning nor an end."""
        usual = slot.company.sudo().resource_calendar_id
        own = self.env["resource.calendar"].sudo()
        for user in slot.people:
            own |= calendars.get(user.id, usual)
        return own.filtered(lambda calendar: not calendar.flexible_hours)

    def _describe_hours(self, slot, hours, calendars):
        """Work that begins before anybody does, or ends after all have left."""
        begins, ends = [], []
        for calendar in self._get_calendars(slot, calendars):
            zone, days = ZoneInfo(calendar.tz or DEFAULT_TZ), hours[calendar]
            start, end = (
                moment.replace(tzinfo=UTC).astimezone(zone)
                for moment in (slot.start, slot.end)
            )
            first, last = (days.get(moment.date()) for moment in (start, end))
            if first:
                begins.append((first[0], start))
            if first and (not last or end <= last[0]):
                last = first  # into the night: the day that it began counts
            if last:
                ends.append((last[1], end))
        sentences = []
        if begins and (begin := min(begins))[1] < begin[0]:
            sentences.append(
                self.env._(
                    "Begins at %(start)s, before the working hours (from %(hour)s).",
                    start=self._format_hour(begin[1]),
                    hour=self._format_hour(begin[0]),
                )
            )
        if ends and (end := max(ends))[1] > end[0]:
            sentences.append(
                self.env._(
                    "Ends at %(end)s, after the working hours (until %(hour)s).",
                    end=self._format_hour(end[1]),
                    hour=self._format_hour(end[0]),
                )
            )
        return sentences

    def _format_hour(self, moment):
        return format_time(self.env, moment.time(), time_format="HH:mm")

    def _describe_closing(self, slot, hours):
        """A holiday, a Sunday: the people work, but it should be meant."""
        day = slot.company._to_working_day(slot.start)
        calendar = slot.company.sudo().resource_calendar_id
        if day in hours[calendar] if calendar else day.weekday() < 5:
            return []
        return [
            self.env._(
                "%(day)s is not a working day.",
                day=format_date(self.env, day, date_format="EEEE d MMMM"),
            )
        ]

    def _describe_overlaps(self, slot, jobs, readable_ids):
        """Who is on another job; its name, if the reader may know it."""
        sentences = []
        for job in jobs:
            if job.id in slot.job_ids or not (
                job.date_start < slot.end and job.date_end > slot.start
            ):
                continue
            twice = slot.people & (job.agent_ids or job.team_id.member_ids)
            if twice:
                sentences.append(
                    self.env._(
                        "%(people)s: already on “%(job)s”, %(start)s.",
                        people=", ".join(twice.mapped("name")),
                        job=job.display_name
                        if job.id in readable_ids
                        else self.env._("a job of another service"),
                        start=format_datetime(
                            self.env, job.date_start, dt_format="EEE d MMM HH:mm"
                        ),
                    )
                )
        return sentences

    def _describe_absences(self, slot, leaves):
        return [
            self.env._(
                "%(person)s: away until %(date)s.",
                person=leave.resource_id.name,
                date=format_datetime(
                    self.env, leave.date_to, dt_format="EEE d MMM HH:mm"
                ),
            )
            for leave in leaves
            if leave.resource_id.user_id in slot.people
            and leave.date_from < slot.end
            and leave.date_to > slot.start
        ]

    def _describe_skills(self, slot):
        """A skill that the work needs and nobody of the job has."""
        return [
            self.env._("Nobody on this job has: %(skill)s.", skill=skill.name)
            for skill in slot.skills
            if not skill.user_ids & slot.people
        ]
