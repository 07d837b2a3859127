from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from .intervention_planning import BUSY_STATES

DAYS = 7
HORIZON = 28  # days that the planning assistants look ahead


class IntercommunalTeam(models.Model):
    """What a team can do in the coming week, and what it has to do."""

    _inherit = "intercommunal.team"

    week_capacity = fields.Float(
        "Agent hours, 7 days", compute="_compute_week", compute_sudo=False
    )
    week_load = fields.Float(
        "Planned hours, 7 days", compute="_compute_week", compute_sudo=False
    )
    week_load_rate = fields.Integer(
        "Load (%)", compute="_compute_week", compute_sudo=False
    )

    def _compute_week(self):
        today = fields.Date.context_today(self)
        load = self._map_load(today, today + timedelta(days=DAYS - 1))
        for team in self:
            days = load.get(team.id, {}).values()
            team.week_capacity = sum(day["capacity"] for day in days)
            team.week_load = sum(day["load"] for day in days)
            team.week_load_rate = (
                round(100 * team.week_load / team.week_capacity)
                if team.week_capacity
                else 0
            )

    def _map_load(self, first, last):
        """Agent hours of each team and day: what can be done, what is planned.

        Absences and holidays count; one query for the jobs, those of core's calendars
        for the rest.

        :param date first: first day
        :param date last: last day
        :return: ``{team id: {day: {"capacity": hours, "load": hours}}}``
        """
        zone = self.env.company._get_working_timezone()
        start = datetime.combine(first, time.min, zone)
        stop = datetime.combine(last, time.max, zone)
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        hours = self._map_hours(start, stop, zone)
        jobs = (
            self.env["intercommunal.intervention"]
            .sudo()
            .search(
                Domain("team_id", "in", self.ids)
                & Domain("state", "in", BUSY_STATES)
                & Domain("date_start", ">=", to_utc(start))
                & Domain("date_start", "<=", to_utc(stop))
            )
        )
        load = {
            team.id: {
                day: {
                    "capacity": sum(
                        hours.get((user.id, day), 0) for user in team.sudo().member_ids
                    ),
                    "load": 0.0,
                }
                for day in days
            }
            for team in self
        }
        for job in jobs:
            day = _from_utc(job.date_start).astimezone(zone).date()
            people = len(job.agent_ids) or len(job.team_id.member_ids) or 1
            load[job.team_id.id][day]["load"] += job.duration * people
        return load

    def _find_free_slots(self, durations, first, but=None):
        """Where jobs fit one after the other, in working hours without another job.

        :param durations: list of hours
        :param date first: first day
        :param but: job that does not count, for it is the one that is planned anew
        :return: list of (start, end) in UTC, (False, False) for what fits nowhere in
            four weeks
        """
        self.ensure_one()
        free = self._get_free_time(first, but)
        slots = []
        for hours in map(lambda number: timedelta(hours=number), durations):
            start = next(
                (begin for begin, end, _meta in free if end - begin >= hours), None
            )
            if not start:
                slots.append((False, False))
                continue
            free -= Intervals([(start, start + hours, self.env["res.users"])])
            slots.append((to_utc(start), to_utc(start + hours)))
        return slots

    def _get_free_time(self, first, but=None):
        """When the team works and has no job, from the first day on: `Intervals`."""
        zone = self.company_id._get_working_timezone()
        start = datetime.combine(first, time.min, zone)
        stop = start + timedelta(days=HORIZON)
        calendar = self.company_id.resource_calendar_id
        worked = calendar._work_intervals_batch(start, stop)[False]
        jobs = (
            self.env["intercommunal.intervention"]
            .sudo()
            .search(
                Domain("team_id", "=", self.id)
                & Domain("id", "not in", but.ids if but else [])
                & Domain("state", "in", BUSY_STATES)
                & Domain("date_start", "<", to_utc(stop))
                & Domain("date_end", ">", to_utc(start))
            )
        )
        return worked - Intervals(
            [(_from_utc(job.date_start), _from_utc(job.date_end), job) for job in jobs]
        )

    def _map_hours(self, start, stop, zone):
        """``{(user id, day): hours}`` that the members work, absences taken off.

        Whoever has no resource yet, for nobody entered an absence, works as the
        intercommunality does: reading creates nothing.
        """
        members = self.sudo().member_ids
        hours = {}

        def count(user, intervals):
            for begin, end, _meta in intervals:
                key = (user.id, begin.astimezone(zone).date())
                worked = (end - begin).total_seconds() / 3600
                hours[key] = hours.get(key, 0) + worked

        for calendar, people in members.resource_ids.grouped("calendar_id").items():
            if calendar:
                intervals = calendar._work_intervals_batch(start, stop, people)
                for resource in people:
                    count(resource.user_id, intervals[resource.id])
        others = members.filtered(lambda user: not user.resource_ids)
        for company, users in others.grouped("company_id").items():
            if company.resource_calendar_id:
                usual = company.resource_calendar_id._work_intervals_batch(start, stop)
                for user in users:
                    count(user, usual[False])
        return hours

    def action_open_absences(self):
        """Window of the absences of the team's people, to see and enter them."""
        self.ensure_one()
        self.check_access("read")
        resources = self.sudo().member_ids._ensure_intercommunal_resources()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_absence_action"
        )
        name = self.env._("Absences: %(team)s", team=self.name)
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [("resource_id", "in", resources.ids)],
            "context": {
                "intercommunal_resource_ids": resources.ids,
                "default_resource_id": resources[:1].id,
            },
        }

    def action_open_planning(self):
        """Window of the team's jobs, by day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_intervention_planning_action"
        )
        return {
            **action,
            "domain": [("team_id", "=", self.id), ("state", "!=", "cancelled")],
        }


def to_utc(moment):
    """An aware datetime as the naive one in UTC that the database keeps."""
    return moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _from_utc(moment):
    return moment.replace(tzinfo=ZoneInfo("UTC"))
