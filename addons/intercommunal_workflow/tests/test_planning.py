from datetime import timedelta

from odoo import Command, fields
from odoo.tests import Form, new_test_user, tagged

from .common import GROUP, IntercommunalCase

# A Tuesday far from any holiday; the company works 8-12 and 13-17 in Paris.
TUESDAY = fields.Datetime.to_datetime("2026-06-09 07:00:00")


@tagged("post_install", "-at_install")
class TestPlanningWarnings(IntercommunalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Town hall hours", "tz": "Europe/Paris"}
        )

    def _job(self, start=TUESDAY, **vals):
        job = self._planned()
        job.action_plan(date_start=start, date_end=start + timedelta(hours=2), **vals)
        return job

    def _absence(self, user, start=TUESDAY, hours=4):
        user._ensure_intercommunal_resources()
        team = self.team.with_user(self.manager)
        context = team.action_open_absences()["context"]
        resource = user.sudo().resource_ids
        self.assertIn(resource.id, context["intercommunal_resource_ids"])
        return (
            self.env["resource.calendar.leaves"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Training",
                    "resource_id": resource.id,
                    "date_from": start,
                    "date_to": start + timedelta(hours=hours),
                }
            )
        )

    def test_absences_are_offered_to_who_may_enter_them(self):
        self.assertTrue(self.team.with_user(self.manager).can_enter_absences)
        # an administrator would be refused at the end of the form
        for user in (self.admin, self.direction):
            self.assertFalse(self.team.with_user(user).can_enter_absences)

    def test_nobody_is_twice_anywhere(self):
        job = self._job()
        self.assertFalse(job.planning_warning)
        self.assertFalse(job.has_conflict)

    def test_two_jobs_at_once_are_named(self):
        first = self._job()
        second = self._job(TUESDAY + timedelta(hours=1))
        self.assertIn("leader", second.planning_warning)
        self.assertIn(first.reference, second.planning_warning)
        self.assertTrue(first.has_conflict)

    def test_one_after_the_other_is_no_conflict(self):
        self._job()
        second = self._job(TUESDAY + timedelta(hours=2))
        self.assertFalse(second.planning_warning)

    def test_other_agents_of_the_team_are_free(self):
        self._job(agent_ids=self.leader.ids, leader_id=self.leader.id)
        second = self._job(agent_ids=self.agent.ids)
        self.assertFalse(second.planning_warning)

    def test_an_absence_is_named(self):
        self._absence(self.agent)
        job = self._job()
        self.assertIn("agent", job.planning_warning)
        self.assertIn("away until", job.planning_warning)

    def test_a_sunday_and_a_holiday_are_said(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Bridge",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": TUESDAY - timedelta(hours=10),
                "date_to": TUESDAY + timedelta(hours=14),
            }
        )
        self.assertIn("not a working day", self._job().planning_warning)
        sunday = TUESDAY + timedelta(days=5)
        self.assertIn("not a working day", self._job(sunday).planning_warning)

    def test_work_outside_the_working_hours_is_said(self):
        late = self._job(TUESDAY + timedelta(hours=7))
        self.assertEqual(
            late.planning_warning,
            "Ends at 18:00, after the working hours (until 17:00).",
        )
        early = self._job(TUESDAY + timedelta(days=1, hours=-3))
        self.assertEqual(
            early.planning_warning,
            "Begins at 06:00, before the working hours (from 08:00).",
        )
        over_lunch = self._job(TUESDAY + timedelta(days=2, hours=2))
        self.assertFalse(over_lunch.planning_warning)
        night = self._job(TUESDAY + timedelta(days=3, hours=7))
        # a Friday, into Saturday
        night.date_end = night.date_start + timedelta(hours=11)
        self.assertIn("Ends at 03:00", night.planning_warning)
        self.assertIn("until 17:00", night.planning_warning)

    def test_the_hours_are_those_of_the_people(self):
        """The team that begins at 6 has the calendar of its members, not the town
        hall's; whoever works flexible hours has no end."""
        early = self.company.resource_calendar_id.copy({"name": "Summer hours"})
        mornings = early.attendance_ids.filtered(lambda line: line.hour_from == 8)
        mornings.hour_from = 6
        people = self.team.member_ids._ensure_intercommunal_resources()
        people = people or self.team.member_ids.resource_ids
        people.sudo().calendar_id = early
        self.assertFalse(self._job(TUESDAY - timedelta(hours=2)).planning_warning)
        early.schedule_type = "flexible"
        job = self._job(TUESDAY + timedelta(days=1, hours=10))
        self.assertFalse(job.planning_warning)

    def test_the_assistant_says_that_it_ends_too_late(self):
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=self._accepted().id)
        )
        wizard.team_id = self.team
        wizard.date_start = TUESDAY
        self.assertFalse(wizard.warning)
        wizard.date_end = TUESDAY + timedelta(hours=9)
        self.assertIn("after the working hours", wizard.warning)

    def test_the_assistant_warns_before_it_plans(self):
        self._job()
        request = self._accepted()
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=request.id)
        )
        wizard.team_id = self.team
        wizard.date_start = TUESDAY
        self.assertIn("already on", wizard.warning)
        wizard.date_start = TUESDAY + timedelta(days=1)
        self.assertFalse(wizard.warning)
        wizard.date_start = TUESDAY
        wizard.save().action_confirm()
        self.assertEqual(
            request.intervention_ids.state, "planned", "said, not forbidden"
        )

    def test_the_job_of_another_service_is_not_named(self):
        other_manager = new_test_user(
            self.env, "other_manager", GROUP + "service_manager"
        )
        service = self.env["intercommunal.service"].create(
            {
                "name": "Schools",
                "code": "SCH-T",
                "manager_ids": [Command.link(other_manager.id)],
            }
        )
        team = self.env["intercommunal.team"].create(
            {
                "name": "Help",
                "service_id": service.id,
                "leader_id": self.agent.id,
                "member_ids": [Command.link(self.agent.id)],
            }
        )
        first = self._job()
        request = self._submitted(service_id=service.id, type_id=False)
        request = request.with_user(other_manager)
        request.action_accept()
        request.action_schedule()
        second = request.intervention_ids
        second.action_plan(team.id, TUESDAY)
        self.assertIn("a job of another service", second.planning_warning)
        self.assertNotIn(first.reference, second.planning_warning)

    def test_warnings_of_a_page_take_a_constant_number_of_queries(self):
        jobs = self._job()
        for index in range(9):
            jobs |= self._job(TUESDAY + timedelta(hours=index))
        jobs = jobs.with_user(self.manager)
        self.env.flush_all()
        self.env.invalidate_all()
        # rules and groups are read once for all
        jobs.mapped("has_conflict")
        queries = []
        for size in (2, 10):
            self.env.invalidate_all()
            page = jobs.browse(jobs.ids[:size])
            page.mapped("date_start")
            before = self.env.cr.sql_log_count
            page.mapped("has_conflict")
            queries.append(self.env.cr.sql_log_count - before)
        # fewer, for the jobs in the way are those of the page
        self.assertGreaterEqual(*queries)
        self.assertLessEqual(max(queries), 15)

    def test_managers_see_absences_of_their_teams_only(self):
        absence = self._absence(self.agent)
        other = new_test_user(self.env, "other_manager", GROUP + "service_manager")
        leaves = self.env["resource.calendar.leaves"]
        self.assertIn(absence, leaves.with_user(self.manager).search([]))
        self.assertNotIn(absence, leaves.with_user(other).search([]))

    def test_capacity_is_what_the_people_work(self):
        day = TUESDAY.date()
        load = self.team._map_load(day, day)[self.team.id][day]
        self.assertEqual(load["capacity"], 2 * 8)
        self._absence(self.agent)
        load = self.team._map_load(day, day)[self.team.id][day]
        self.assertEqual(load["capacity"], 2 * 8 - 3, "9:00 to 13:00, lunch left out")

    def test_load_counts_each_agent(self):
        self._job()
        day = TUESDAY.date()
        load = self.team._map_load(day, day)[self.team.id][day]
        self.assertEqual(load["load"], 4)

    def test_reading_the_load_of_a_team_writes_nothing(self):
        self.assertFalse(self.team.member_ids.resource_ids)
        self.assertGreater(self.team.with_user(self.manager).week_capacity, 0)
        self.assertFalse(self.team.member_ids.resource_ids)
