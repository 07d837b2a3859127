from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestRights(IntercommunalCase):
    """Holes that were found once; the matrix of tests/rights covers the rest."""

    def test_a_draft_of_the_commune_is_hidden_from_the_service(self):
        draft = self._new_request()
        photo = self.env["intercommunal.photo"].create(
            {"request_id": draft.id, "image": self._png()}
        )
        for record in (draft, photo):
            with self.subTest(model=record._name):
                as_manager = record.with_user(self.manager)
                self.assertFalse(as_manager.search([("id", "=", record.id)]))
                with self.assertRaises(AccessError):
                    as_manager.read(["display_name"])
        draft.action_submit()
        self.assertTrue(draft.with_user(self.manager).name)
        self.assertTrue(photo.with_user(self.manager).kind)

    def test_a_manager_sees_the_draft_they_write_for_a_commune(self):
        draft = self._new_request(
            self.manager, requester_id=self.requester.partner_id.id
        )
        draft.with_user(self.manager).write({"name": "Leak in the town hall"})
        self.assertEqual(draft.name, "Leak in the town hall")

    def test_a_leader_does_not_plan(self):
        job = self._planned().with_user(self.leader)
        later = fields.Datetime.now() + timedelta(days=2)
        for vals in (
            {"date_start": later, "date_end": later + timedelta(hours=2)},
            {"leader_id": self.agent.id},
            {"agent_ids": [Command.link(self.leader.id)]},
            {"team_id": False},
            {"instructions": "Stay at home."},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                job.write(vals)
        job.write({"internal_note": "The key is at the town hall."})
        self.assertEqual(job.internal_note, "The key is at the town hall.")

    def test_a_manager_who_leads_still_plans(self):
        job = self._planned().with_user(self.manager)
        job.write({"leader_id": self.manager.id})
        later = fields.Datetime.now() + timedelta(days=2)
        job.write({"date_start": later, "date_end": later + timedelta(hours=2)})
        self.assertEqual(job.date_start, later)

    def test_a_date_and_a_team_given_by_hand_are_a_plan(self):
        request = self._accepted().with_user(self.manager)
        request.action_schedule()
        job = request.intervention_ids
        job.write({"team_id": self.team.id})
        self.assertEqual(job.state, "to_plan")
        job.write({"date_start": fields.Datetime.now() + timedelta(days=1)})
        self.assertEqual(job.state, "planned")
        self.assertTrue(job.date_end)
        self.assertEqual(request.state, "planned")

    def test_an_agent_named_leader_writes_the_report_of_that_job(self):
        job = self._planned()
        with self.assertRaises(AccessError):
            job.with_user(self.agent).action_open_report()
        job.with_user(self.manager).write({"leader_id": self.agent.id})
        as_agent = job.with_user(self.agent)
        as_agent.action_open_report()
        as_agent.report_id.write({"summary": "Done by me."})
        self.assertEqual(job.sudo().report_id.summary, "Done by me.")

    def test_the_refusal_of_a_report_does_not_name_a_job_of_others(self):
        report = self._draft_report()
        with self.assertRaises(AccessError) as refused:
            report.with_user(self.stranger).create(
                {"intervention_id": report.intervention_id.id}
            )
        self.assertNotIn(report.intervention_id.name, str(refused.exception))
        other = self.env["res.users"].browse(self.leader.copy().id)
        with self.assertRaises(AccessError) as refused:
            report.with_user(other).create(
                {"intervention_id": report.intervention_id.id}
            )
        self.assertNotIn(report.intervention_id.name, str(refused.exception))

    def test_steps_of_another_company_are_hidden(self):
        company = self.env["res.company"].create({"name": "Another one"})
        circuit = self.env["intercommunal.circuit"].create(
            {
                "name": "Theirs",
                "subject": "report",
                "company_id": company.id,
                "step_ids": [
                    Command.create({"name": "Theirs", "commune_role": "mayor"})
                ],
            }
        )
        for user in (self.manager, self.direction, self.admin):
            steps = circuit.step_ids.with_user(user)
            self.assertFalse(steps.search([("id", "in", steps.ids)]))
