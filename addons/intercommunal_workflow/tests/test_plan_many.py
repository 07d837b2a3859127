from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import IntercommunalCase

MONDAY = date(2027, 3, 1)


@tagged("post_install", "-at_install")
class TestPlanMany(IntercommunalCase):
    """A manager plans a heap of requests in the team's free hours."""

    def _wizard(self, requests, **vals):
        form = Form(
            self.env["intercommunal.request.plan"]
            .with_user(self.manager)
            .with_context(active_ids=requests.ids)
        )
        form.team_id = self.team
        form.date_from = MONDAY
        for name, value in vals.items():
            setattr(form, name, value)
        return form

    def _local(self, moment):
        zone = self.company._get_working_timezone()
        return fields.Datetime.context_timestamp(
            self.team.with_context(tz=zone.key), moment
        )

    def test_requests_fill_the_free_hours_the_urgent_one_first(self):
        normal, urgent = self._accepted(), self._accepted(priority="2")
        third = self._accepted()
        wizard = self._wizard(normal | urgent | third).save()
        order = wizard.line_ids.request_id
        self.assertEqual(order.ids, [urgent.id, normal.id, third.id])
        wizard.action_confirm()
        jobs = [request.intervention_ids for request in (urgent, normal, third)]
        self.assertEqual({job.state for job in jobs}, {"planned"})
        starts = [self._local(job.date_start) for job in jobs]
        # three hours each: Monday morning, Monday afternoon, Tuesday morning
        self.assertEqual(
            [(start.day, start.hour) for start in starts], [(1, 8), (1, 13), (2, 8)]
        )
        for job in jobs:
            self.assertFalse(job.planning_warning)

    def test_what_is_planned_already_is_not_planned_over(self):
        busy = self._planned()
        start = fields.Datetime.to_datetime("2027-03-01 07:00:00")
        busy.action_plan(self.team.id, start, start + timedelta(hours=10))
        request = self._accepted()
        wizard = self._wizard(request).save()
        self.assertEqual(self._local(wizard.line_ids.date_start).day, 2)

    def test_what_fits_nowhere_waits_for_a_date(self):
        self.type.default_duration = 30
        request = self._accepted()
        form = self._wizard(request)
        wizard = form.save()
        self.assertFalse(wizard.line_ids.date_start)
        with self.assertRaises(UserError) as error:
            wizard.action_confirm()
        self.assertIn(request.reference, str(error.exception))
        self.assertFalse(request.intervention_ids, "all or nothing")

    def test_another_service_is_refused(self):
        other = self.env["intercommunal.service"].create(
            {"name": "Sweeping", "code": "SWP", "manager_ids": self.manager.ids}
        )
        stranger = self._accepted(service_id=other.id, type_id=False)
        with self.assertRaises(UserError):
            self._wizard(self._accepted() | stranger)

    # ---------------------------------------------------------------- capacity

    def test_capacity_is_shown_by_day_with_who_is_away(self):
        day = fields.Date.context_today(self.team) + timedelta(days=1)
        while day not in self.company._list_working_dates(day, day):
            day += timedelta(days=1)
        self.agent._ensure_intercommunal_resources()
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": self.agent.resource_ids[:1].id,
                "date_from": fields.Datetime.to_datetime(day),
                "date_to": fields.Datetime.to_datetime(day) + timedelta(hours=23),
            }
        )
        job = self._planned()
        start = fields.Datetime.to_datetime(day) + timedelta(hours=8)
        job.action_plan(self.team.id, start, start + timedelta(hours=2))
        days = self.env["intercommunal.capacity.day"].with_user(self.manager)
        action = days.action_open()
        row = days.search(
            [*action["domain"], ("team_id", "=", self.team.id), ("date", "=", day)]
        )
        self.assertEqual(row.away, self.agent.name)
        self.assertEqual(row.load, 4)
        self.assertEqual(row.free, max(row.capacity - 4, 0))
        self.assertGreater(row.capacity, 0, "the leader is there")
        days.action_open()
        self.assertFalse(row.exists(), "worked out anew, not added")

    def test_an_agent_opens_no_capacity(self):
        with self.assertRaises(AccessError):
            self.env["intercommunal.capacity.day"].with_user(self.agent).action_open()

    # ------------------------------------------------------------------ skills

    @freeze_time("2027-03-02 09:00:00")  # a Tuesday: a week-end is a warning by itself
    def test_planning_says_that_nobody_has_the_skill(self):
        skill = self.env["intercommunal.skill"].create(
            {"name": "Aerial lift licence", "type_ids": [Command.link(self.type.id)]}
        )
        job = self._planned().with_user(self.manager)
        # in working hours, so that nothing else is to be said
        job.action_plan(date_start=fields.Datetime.to_datetime("2027-03-02 08:00:00"))
        self.assertIn("Aerial lift licence", job.planning_warning)
        form = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=job.request_id.id)
        )
        form.team_id = self.team
        form.date_start = fields.Datetime.to_datetime("2027-03-01 08:00:00")
        self.assertIn("Aerial lift licence", form.warning)
        skill.user_ids = self.agent
        job.invalidate_recordset()
        self.assertFalse(job.planning_warning)

    # ----------------------------------------------------------- found on site

    def test_what_an_agent_found_is_confirmed_and_given_to_the_team(self):
        request = self._submitted().with_user(self.manager)
        with self.assertRaises(UserError):
            request.action_confirm_found()
        request._write_guarded({"found_by_id": self.agent.id})
        self.assertTrue(request.can_confirm_found)
        request.action_confirm_found()
        job = request.intervention_ids
        self.assertEqual((request.state, job.state), ("planned", "planned"))
        self.assertEqual(job.team_id, self.team)
        self.assertEqual(job.leader_id, self.leader)

    def test_whoever_found_it_without_a_team_leaves_it_to_triage(self):
        request = self._submitted().with_user(self.manager)
        request._write_guarded({"found_by_id": self.nobody.id})
        with self.assertRaises(UserError):
            request.action_confirm_found()
        self.assertEqual(request.state, "submitted")
        with self.assertRaises(UserError):
            request.found_by_id = self.agent
