from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_validation import ValidationCase


@tagged("post_install", "-at_install")
class TestArbitration(ValidationCase):
    """After a refusal, or two rounds of rework, somebody settles the matter."""

    def setUp(self):
        super().setUp()
        self.service.director_id = self.direction
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {
                "name": "Settle",
                "sequence": 99,
                "is_arbitration": True,
                "resolver": "service_role",
                "service_role": "director",
            },
        )

    def _redone(self, report, times):
        """The report after ``times`` rounds of rework."""
        for _index in range(times):
            self._run_as(report, self.referent).action_rework("It leaks.")
            report = self._reported(report.intervention_id)
        return report

    def test_nobody_is_asked_without_a_reason(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_approve()
        self.assertEqual(report.state, "accepted")
        self.assertEqual(run.sudo().step_ids.mapped("state"), ["approved", "skipped"])

    def test_a_refusal_is_settled(self):
        outcomes = (
            ("approve", "approved", "accepted"),
            ("rework", "rework", "to_redo"),
            ("refuse", "refused", "refused"),
        )
        for outcome, run_state, report_state in outcomes:
            with self.subTest(outcome):
                report = self._reported()
                run = self._run_as(report, self.referent)
                run.action_refuse("Not what we asked.")
                self.assertEqual((run.sudo().state, report.state), ("open", "sent"))
                self.assertTrue(run.is_arbitration)
                self.assertEqual(run.sudo().pending_user_ids, self.direction)
                arbiter = self._run_as(report, self.direction)
                arbiter.action_arbitrate(outcome, "I went to see.")
                self.assertEqual(
                    (run.sudo().state, report.state), (run_state, report_state)
                )
                self.assertEqual(
                    run.sudo().decision_ids.mapped("kind"), ["refuse", "arbitrate"]
                )
                self.assertFalse(run.sudo()._verify_chain())

    def test_the_third_rework_is_settled(self):
        report = self._redone(self._reported(), 2)
        self._run_as(report, self.referent).action_rework("Still.")
        self.assertEqual(report.validation_id.sudo().pending_user_ids, self.direction)
        # the ordinary buttons settle too
        self._run_as(report, self.direction).action_approve(comment="It is dry.")
        self.assertEqual(report.state, "accepted")
        self.assertEqual(
            report.validation_id.sudo().decision_ids.mapped("kind"),
            ["rework", "arbitrate"],
        )
        self.assertTrue(all(report.sudo().line_ids.mapped("minutes_accepted")))

    def test_only_the_arbiter_and_only_then(self):
        report = self._reported()
        for user in (self.direction, self.referent):
            with (
                self.subTest(user.login),
                self._refused(UserError, "not in arbitration"),
            ):
                self._run_as(report, user).action_arbitrate("approve", "Me.")
        self._run_as(report, self.referent).action_refuse("No.")
        for user in (self.referent, self.manager, self.admin):
            with self.subTest(user.login), self._refused(AccessError, ""):
                self._run_as(report, user).action_arbitrate("approve", "Me.")
        arbiter = self._run_as(report, self.direction)
        with self._refused(UserError, "Choose how"):
            arbiter.action_arbitrate("win", "Me.")
        with self._refused(UserError, "Say why"):
            arbiter.action_arbitrate("approve", " ")
        with self._refused(UserError, "as a whole"):
            arbiter.action_approve_reserves([])

    def test_without_a_living_arbiter_the_refusal_stands(self):
        self.service.director_id = False
        report = self._reported()
        self._run_as(report, self.referent).action_refuse("No.")
        self.assertEqual(report.validation_id.sudo().state, "rework")

    def test_an_arbitration_taken_back_asks_the_arbiter_alone(self):
        self._circuit(
            {"commune_role": "referent"},
            {"commune_role": "mayor", "sequence": 10},
            {
                "name": "Settle",
                "sequence": 99,
                "is_arbitration": True,
                "resolver": "service_role",
                "service_role": "director",
            },
            sequence=0,
        )
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_refuse("Not what we asked.")
        arbiter = self._run_as(report, self.direction)
        arbiter.action_arbitrate("approve", "I went to see.")
        arbiter.action_revoke()
        # the refusal cut the mayor's step short, not the arbitration
        self.assertEqual(
            run.sudo().step_ids.mapped("state"), ["refused", "skipped", "pending"]
        )
        self.assertEqual(run.sudo().pending_user_ids, self.direction)
        self.assertEqual(report.state, "sent")
