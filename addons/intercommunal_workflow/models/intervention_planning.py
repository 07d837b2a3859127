from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

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
        leaves = self._find_absences(slots.values())
        worked = self._map_working_days(slots.values())
        found = {}
        for key, slot in slots.items():
            sentences = [
                *self._describe_closing(slot, worked),
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
    def _find_absences(self, slots):
        people = self.env["res.users"].union(*(slot.people for slot in slots))
        return (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search_fetch(
                Domain("resource_id.user_id", "in", people.ids)
                & Domain("date_from", "<", max(slot.end for slot in slots))
                & Domain("date_to", ">", min(slot.start for slot in slots)),
                ["resource_id", "date_from", "date_to"],
            )
        )

    @api.model
    def _map_working_days(self, slots):
        """``{company: set of days that it works}``, over all that the slots span."""
        days = {}
        for slot in slots:
            days.setdefault(slot.company, []).append(
                slot.company._to_working_day(slot.start)
            )
        return {
            company: set(company._list_working_dates(min(starts), max(starts)))
            for company, starts in days.items()
        }

    def _describe_closing(self, slot, worked):
        """A holiday, a Sunday: the people work, but it should be meant."""
        day = slot.company._to_working_day(slot.start)
        if day in worked[slot.company]:
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
