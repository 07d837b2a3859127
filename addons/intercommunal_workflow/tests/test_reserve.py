from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_validation import ValidationCase


class ReserveCase(ValidationCase):
    """A report of 4 h of labour and 12 pieces, waiting for the referent."""

    def _sent(self):
        return self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 240}
                ),
                Command.create({"kind": "material", "name": "Slab", "quantity": 12}),
            ]
        )

    def _accept(self, report, user=None, **vals):
        """Accept 2 h 30 of the 4 h, the rest being reserved."""
        run = self._run_as(report, user or self.referent)
        line = report.sudo().line_ids[0]
        return run.action_approve_reserves(
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 150,
                    "text": "The edge is not sealed.",
                    **vals,
                }
            ]
        )

    def _split(self, line):
        """Minutes accepted, reserved and refused."""
        return (line.minutes_accepted, line.minutes_reserved, line.minutes_refused)


@tagged("post_install", "-at_install")
class TestReserve(ReserveCase):
    """Line by line: 4 h reported, 2 h 30 accepted, a réserve on the rest."""

    def test_a_reserve_accepts_the_rest_and_makes_a_job(self):
        report = self._sent()
        self._accept(report)
        self.assertEqual(report.state, "accepted_reserves")
        self.assertEqual(report.validation_id.sudo().state, "approved_reserves")
        labour, slabs = report.sudo().line_ids
        self.assertEqual(self._split(labour), (150, 90, 0))
        self.assertEqual(labour.acceptance, "reserved")
        self.assertEqual(labour.acceptance_text, "The edge is not sealed.")
        self.assertEqual((slabs.acceptance, slabs.quantity_accepted), ("accepted", 12))
        reserve = report.validation_id.sudo().reserve_ids
        self.assertEqual((reserve.minutes, reserve.state), (90, "open"))
        job = reserve.intervention_id
        self.assertEqual(
            (job.state, job.team_id, job.instructions, job.reserve_id),
            ("to_plan", self.team, "The edge is not sealed.", reserve),
        )
        self.assertEqual(report.sudo().intervention_id.state, "approved")
        self.assertEqual(report.sudo().request_id.state, "rework")

    def test_its_own_report_lifts_the_reserve(self):
        report = self._sent()
        self._accept(report)
        reserve = report.validation_id.sudo().reserve_ids
        job = reserve.intervention_id.with_user(self.manager)
        job.action_plan(self.team.id, report.intervention_id.date_start)
        own = self._reported(job)
        self.assertTrue(all(own.sudo().line_ids.mapped("is_rework")))
        self._run_as(own, self.referent).action_approve()
        self.assertEqual((reserve.state, reserve.lifted_report_id), ("lifted", own))
        self.assertEqual(self._split(reserve.report_line_id), (240, 0, 0))
        self.assertEqual(reserve.report_line_id.acceptance, "accepted")
        self.assertEqual(report.sudo().request_id.state, "validated")

    def test_a_job_that_lifts_a_reserve_takes_no_other_one(self):
        report = self._sent()
        self._accept(report)
        job = report.validation_id.sudo().reserve_ids.intervention_id
        job = job.with_user(self.manager)
        job.action_plan(self.team.id, report.intervention_id.date_start)
        own = self._reported(job)
        self.assertFalse(self._run_as(own, self.referent).can_approve_reserves)
        with self._refused(UserError, "as a whole"):
            self._accept(own)
        self._run_as(own, self.referent).action_rework("Still open.")
        self.assertEqual(job.state, "rework")
        self.assertEqual(job.reserve_id.state, "open")

    def test_a_cancelled_job_drops_its_reserve(self):
        report = self._sent()
        self._accept(report)
        reserve = report.validation_id.sudo().reserve_ids
        reserve.intervention_id.with_user(self.manager).action_cancel("Not needed.")
        self.assertEqual(reserve.state, "dropped")
        self.assertEqual(self._split(reserve.report_line_id), (150, 0, 90))
        self.assertEqual(report.sudo().request_id.state, "validated")

    def test_a_line_in_part_or_refused_makes_no_job(self):
        report = self._sent()
        labour, slabs = report.sudo().line_ids
        self._run_as(report, self.referent).action_approve_reserves(
            [
                {
                    "line_id": labour.id,
                    "acceptance": "partial",
                    "minutes_accepted": 150,
                    "text": "They left at noon.",
                },
                {"line_id": slabs.id, "acceptance": "refused", "text": "Not ours."},
            ]
        )
        self.assertEqual(self._split(labour), (150, 0, 90))
        self.assertEqual((slabs.quantity_accepted, slabs.quantity_refused), (0, 12))
        self.assertFalse(report.validation_id.sudo().reserve_ids)
        self.assertEqual(report.state, "accepted_reserves")
        self.assertEqual(report.sudo().request_id.state, "validated")

    def test_the_strictest_of_two_deciders_counts(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor"},
        )
        report = self._sent()
        line = report.sudo().line_ids[0]
        self._accept(report, minutes_accepted=150)
        self.assertEqual(report.state, "sent")
        self.assertEqual(line.acceptance, "pending")
        self._accept(
            report,
            self.mayor,
            acceptance="partial",
            minutes_accepted=180,
            text="One hour too many.",
        )
        self.assertEqual(self._split(line), (150, 30, 60))
        self.assertIn("One hour too many.", line.acceptance_text)
        self.assertEqual(report.validation_id.sudo().reserve_ids.minutes, 30)

    def test_a_reserve_then_a_plain_approval_stays_a_reserve(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor"},
        )
        report = self._sent()
        self._accept(report)
        run = self._run_as(report, self.mayor)
        run.action_approve()
        self.assertEqual(report.state, "accepted_reserves")
        self.assertFalse(run.sudo()._verify_chain())

    def test_what_makes_no_sense_is_refused_in_words(self):
        report = self._sent()
        labour, slabs = report.sudo().line_ids
        other = self._sent().sudo().line_ids[0]
        run = self._run_as(report, self.referent)
        attempts = [
            ([], "Every line is accepted"),
            ([{"line_id": labour.id, "acceptance": "accepted"}], "Every line"),
            ([{"line_id": labour.id, "acceptance": "reserved"}], "Say why"),
            (
                [{"line_id": labour.id, "acceptance": "maybe", "text": "x"}],
                "Choose what becomes",
            ),
            (
                [{"line_id": other.id, "acceptance": "refused", "text": "x"}],
                "not part of",
            ),
            (["x"], "set of values"),
        ]
        for minutes in (240, 241, -1, "a", 0, float("nan")):
            vals = {
                "line_id": labour.id,
                "acceptance": "partial",
                "minutes_accepted": minutes,
                "text": "x",
            }
            attempts.append(([vals], "accept less than the 4 h 00"))
        for lines, sentence in attempts:
            with self.subTest(lines=lines), self._refused(UserError, sentence):
                run.action_approve_reserves(lines)
        twice = {"line_id": slabs.id, "acceptance": "refused", "text": "x"}
        with self._refused(UserError, "twice"):
            run.action_approve_reserves([twice, twice])
        self.assertEqual(report.state, "sent")
        self.assertFalse(run.sudo().decision_ids)

    def test_only_who_is_asked_and_never_a_request(self):
        report = self._sent()
        for user in (self.requester, self.mayor, self.manager, self.leader):
            with self.subTest(user.login), self._refused(AccessError, ""):
                self._accept(report, user)
        self._circuit(
            {"resolver": "commune_role", "commune_role": "mayor"}, subject="request"
        )
        run = self._accepted().sudo().validation_ids.with_user(self.mayor)
        with self._refused(UserError, "as a whole"):
            run.action_approve_reserves([])

    def test_a_reserve_and_its_line_are_never_written(self):
        report = self._sent()
        self._accept(report)
        reserve = report.validation_id.sudo().reserve_ids
        for user in (self.admin, self.manager, self.referent):
            with self.subTest(user.login), self._refused(AccessError, ""):
                reserve.with_user(user).write({"state": "lifted"})
        with self._refused(UserError, "can't be set|sent"):
            reserve.report_line_id.with_user(self.leader).write(
                {"minutes_accepted": 240}
            )
