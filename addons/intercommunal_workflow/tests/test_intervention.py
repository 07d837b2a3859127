from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import GROUP, IntercommunalCase


@tagged("post_install", "-at_install")
class TestIntervention(IntercommunalCase):
    """A job, from the plan to the report."""

    def test_a_planned_job_is_planned_again(self):
        job = self._planned()
        later = job.date_start + timedelta(days=3)
        job.action_plan(date_start=later)
        self.assertEqual((job.state, job.date_start), ("planned", later))

    def test_manager_plans_with_the_window(self):
        request = self._accepted().with_user(self.manager)
        start = fields.Datetime.now() + timedelta(days=1)
        form = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=request.id)
        )
        self.assertEqual(form.team_id, self.team)
        self.assertEqual(form.leader_id, self.leader)
        form.date_start = start
        form.save().action_confirm()
        job = request.intervention_ids
        self.assertEqual(job.state, "planned")
        self.assertEqual(job.agent_ids, self.leader | self.agent)
        self.assertEqual(job.date_end - job.date_start, timedelta(hours=3))
        self.assertEqual(request.state, "planned")
        self.assertEqual(request.ball_user_id, self.leader)

    def test_plan_needs_a_team_and_a_date(self):
        request = self._accepted().with_user(self.manager)
        request.action_schedule()
        with self.assertRaisesRegex(UserError, "team and a date"):
            request.intervention_ids.action_plan()

    def test_end_after_start(self):
        job = self._planned()
        with self.assertRaises(ValidationError):
            job.date_end = job.date_start - timedelta(hours=1)

    def test_team_is_of_the_service(self):
        other = self.env["intercommunal.service"].create(
            {"name": "Schools", "code": "SCH-T"}
        )
        team = self.env["intercommunal.team"].create(
            {"name": "ATSEM", "service_id": other.id}
        )
        job = self._planned()
        with self.assertRaises(UserError):
            job.team_id = team

    def test_blocked_names_the_reason_and_resumes(self):
        job = self._planned().with_user(self.leader)
        job.action_start()
        with self.assertRaises(UserError):
            job.action_block("thieves")
        with self.assertRaisesRegex(UserError, "few words"):
            job.action_block("other")
        job.action_block("weather")
        self.assertEqual((job.state, job.block_reason), ("blocked", "weather"))
        job.action_resume()
        self.assertEqual((job.state, job.block_reason), ("in_progress", False))

    def test_cannot_do_prepares_a_report(self):
        job = self._planned().with_user(self.leader)
        job.action_start()
        with self.assertRaises(UserError):
            job.action_cannot_do("access", "")
        action = job.action_cannot_do("access", "The gate is locked.")
        report = self.env["intercommunal.report"].browse(action["res_id"])
        self.assertEqual(report.outcome, "impossible")
        self.assertIn("gate", report.summary)
        self.assertEqual(job.state, "to_report")

    def test_who_may_touch_a_job(self):
        job = self._planned()
        with self.assertRaises(AccessError):
            job.with_user(self.agent).action_plan(self.team.id)
        with self.assertRaises(AccessError):
            job.with_user(self.referent).action_start()
        with self.assertRaises(AccessError):
            job.with_user(self.stranger).read(["name"])
        job.with_user(self.agent).action_start()
        self.assertEqual(job.state, "in_progress")

    def test_commune_never_reads_internal_notes(self):
        job = self._planned()
        job.internal_note = "The mayor is hard to please."
        # commune staff are internal users: that alone opens nothing
        staff = self._new_commune_user(
            "staff", self.commune, "referent", f"{GROUP}requester"
        )
        for user in (self.referent, staff):
            for record, name in (
                (job, "internal_note"),
                (job.request_id, "internal_note"),
                (job.request_id, "estimated_cost"),
            ):
                with self.assertRaises(AccessError):
                    record.with_user(user).read([name])

    def test_cancelled_job_gives_the_request_back_to_the_service(self):
        job = self._planned()
        with self.assertRaisesRegex(UserError, "why"):
            job.action_cancel(" ")
        job.action_cancel("Another team does it.")
        self.assertEqual(job.request_id.state, "accepted")

    def test_a_job_that_began_is_not_deleted(self):
        job = self._planned()
        job.with_user(self.leader).action_start()
        with self.assertRaises(UserError):
            job.unlink()
