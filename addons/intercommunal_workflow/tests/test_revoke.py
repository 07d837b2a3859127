from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_reserve import ReserveCase


@tagged("post_install", "-at_install")
class TestRevoke(ReserveCase):
    """A slip of the finger is taken back at once; nothing is erased."""

    def test_an_approval_is_taken_back_and_asked_again(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_approve()
        self.assertTrue(run.can_revoke)
        run.action_revoke("Wrong report.")
        self.assertEqual((run.sudo().state, report.state), ("open", "sent"))
        self.assertEqual(report.sudo().line_ids.mapped("acceptance"), ["pending"])
        self.assertEqual(report.sudo().intervention_id.state, "reported")
        self.assertEqual(report.sudo().request_id.state, "to_validate")
        self.assertTrue(run.is_waiting_for_me)
        self.assertEqual(run.sudo().decision_ids.mapped("kind"), ["approve", "revoke"])
        run.action_approve()
        self.assertEqual(report.state, "accepted")
        self.assertFalse(run.sudo()._verify_chain())

    def test_each_way_of_deciding_is_taken_back(self):
        for name, args in (
            ("action_rework", ("It leaks.",)),
            ("action_refuse", ("Never asked.",)),
            ("_accept", ()),
        ):
            with self.subTest(name):
                report = self._sent()
                run = self._run_as(report, self.referent)
                if name == "_accept":
                    self._accept(report)
                else:
                    getattr(run, name)(*args)
                jobs = report.sudo().request_id.intervention_ids
                run.action_revoke()
                self.assertEqual((run.sudo().state, report.state), ("open", "sent"))
                self.assertEqual(report.sudo().intervention_id.state, "reported")
                self.assertFalse(report.sudo().intervention_id.rework_count)
                self.assertEqual(
                    set(jobs.mapped("state")) - {"reported"},
                    {"cancelled"} if len(jobs) > 1 else set(),
                )
                run.action_approve()
                self.assertEqual(report.state, "accepted")

    def test_ten_minutes_and_nothing_since(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_approve()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            run.invalidate_recordset()
            self.assertFalse(run.can_revoke)
            with self._refused(UserError, "can't be taken back|Your role"):
                run.action_revoke()

    def test_nobody_takes_back_anothers_decision(self):
        report = self._reported()
        self._run_as(report, self.referent).action_approve()
        for user in (self.mayor, self.manager, self.leader, self.admin):
            with self.subTest(user.login), self._refused(AccessError, ""):
                self._run_as(report, user).action_revoke()

    def test_a_decision_after_it_holds_it(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor"},
        )
        report = self._reported()
        self._run_as(report, self.referent).action_approve()
        self._run_as(report, self.mayor).action_annotate("Seen.")
        with self._refused(AccessError, ""):
            self._run_as(report, self.referent).action_revoke()

    def test_the_next_step_is_not_asked_any_more(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor"},
        )
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_approve()
        self.assertTrue(run.with_user(self.mayor).can_decide)
        run.action_revoke()
        self.assertEqual(run.sudo().step_ids.mapped("state"), ["pending", "waiting"])
        run.invalidate_recordset()
        self.assertFalse(run.with_user(self.mayor).can_decide)
        run.action_approve()
        self._run_as(report, self.mayor).action_approve()
        self.assertEqual(report.state, "accepted")

    def test_a_colleague_in_parallel_is_asked_again(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor", "sequence": 10},
        )
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_rework("It leaks.")
        run.action_revoke()
        self.assertEqual(run.sudo().pending_user_ids, self.referent | self.mayor)

    def test_once_the_team_went_on_it_is_too_late(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        run.action_rework("It leaks.")
        self._draft_report(report.intervention_id)
        with self._refused(UserError, "team went on"):
            run.action_revoke()

    def test_an_agreement_before_work_is_taken_back(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "mayor"}, subject="request"
        )
        request = self._accepted()
        run = request.sudo().validation_ids.with_user(self.mayor)
        run.action_approve()
        self.assertEqual(request.state, "accepted")
        run.action_revoke()
        self.assertEqual(request.state, "approval")
        run.action_refuse("Too dear.")
        self.assertEqual(request.sudo().state, "refused")
        run.action_revoke()
        self.assertEqual(request.sudo().state, "approval")
        run.action_approve()
        request.with_user(self.manager).action_schedule()
        with self._refused(UserError, "service went on"):
            run.action_revoke()


@tagged("post_install", "-at_install")
class TestRestart(ReserveCase):
    """The service starts an approval over; the old run stays readable."""

    def test_it_starts_again_under_todays_circuit(self):
        report = self._reported()
        old = report.validation_id
        self._circuit({"resolver": "commune_role", "commune_role": "mayor"})
        self._run_as(report, self.manager).action_restart("The mayor decides now.")
        new = report.validation_id
        self.assertNotEqual(new, old)
        self.assertEqual((old.sudo().state, new.sudo().state), ("cancelled", "open"))
        self.assertEqual(old.sudo().decision_ids.mapped("kind"), ["restart"])
        self.assertEqual(old.sudo().decision_ids.user_id, self.manager)
        self.assertEqual(new.sudo().pending_user_ids, self.mayor)
        self.assertFalse((old | new).sudo()._verify_chain())
        with self._refused(UserError, "already decided"):
            old.with_user(self.referent).action_approve()

    def test_only_the_service_and_with_a_reason(self):
        report = self._reported()
        for user in (self.referent, self.leader, self.admin, self.finance):
            with self.subTest(user.login), self._refused(AccessError, ""):
                self._run_as(report, user).action_restart("Again.")
        with self._refused(UserError, "Say why"):
            self._run_as(report, self.manager).action_restart(" ")

    def test_a_vacant_role_leaves_the_old_run_as_it_was(self):
        report = self._reported()
        old = report.validation_id
        self._circuit({"resolver": "commune_role", "commune_role": "dgs"})
        with self._refused(UserError, "is vacant"):
            self._run_as(report, self.manager).action_restart("Again.")
        self.assertEqual((report.validation_id, old.sudo().state), (old, "open"))
