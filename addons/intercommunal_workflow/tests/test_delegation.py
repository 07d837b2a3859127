from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_validation import ValidationCase


@tagged("post_install", "-at_install")
class TestDelegation(ValidationCase):
    """Somebody stands in for the absent; both names stay in the history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls._new_commune_user("deputy", cls.commune, "deputy")

    def _delegate(self, user=None, delegate=None, **vals):
        user = user or self.referent
        today = fields.Date.context_today(user)
        return (
            self.env["intercommunal.delegation"]
            .with_user(user)
            .create(
                {
                    "delegate_id": (delegate or self.deputy).id,
                    "date_to": today + timedelta(days=14),
                    **vals,
                }
            )
        )

    def test_the_stand_in_decides_on_behalf(self):
        self._delegate()
        report = self._reported()
        run = self._run_as(report, self.deputy)
        self.assertTrue(run.is_waiting_for_me)
        run.action_approve(run.content_hash)
        decision = run.sudo().decision_ids
        self.assertEqual(
            (decision.user_id, decision.on_behalf_of_id), (self.deputy, self.referent)
        )
        self.assertEqual(report.state, "accepted")

    def test_the_principal_may_still_decide_once(self):
        self._delegate()
        report = self._reported()
        self._run_as(report, self.referent).action_approve()
        run = self._run_as(report, self.deputy)
        self.assertFalse(run.can_decide)
        with self._refused(UserError, "already decided"):
            run.action_approve()

    def test_one_voice_is_counted_once_by_whoever_gives_it(self):
        """Two voices are needed: a person with two hats gives one."""
        self._circuit(
            {"resolver": "commune_role", "commune_role": "deputy", "quorum": 2}
        )
        other = self._new_commune_user("deputy2", self.commune, "deputy")
        self._delegate(other, self.deputy)
        report = self._reported()
        run = self._run_as(report, self.deputy)
        run.action_approve()
        self.assertEqual(run.sudo().state, "open")
        with self._refused(AccessError, ""):
            run.action_approve()

    def test_what_waits_already_is_handed_over_and_taken_back(self):
        report = self._reported()
        run = self._run_as(report, self.deputy)
        self.assertFalse(run.can_decide)
        delegation = self._delegate()
        run.invalidate_recordset()
        self.assertTrue(run.is_waiting_for_me)
        self.assertEqual(run.sudo().decision_ids.mapped("kind"), ["delegate"])
        delegation.action_revoke()
        run.invalidate_recordset()
        self.assertFalse(run.can_decide)
        with self._refused(AccessError, ""):
            run.action_approve()
        self.assertEqual(delegation.state, "revoked")

    def test_one_file_alone(self):
        report, other = self._reported(), self._reported()
        run = self._run_as(report, self.referent)
        run.action_delegate(self.deputy.id, comment="Ask her, she was there.")
        self.assertTrue(self._run_as(report, self.deputy).can_decide)
        self.assertFalse(self._run_as(other, self.deputy).can_decide)
        with self._refused(UserError, "decide for somebody else"):
            self._run_as(report, self.deputy).action_delegate(self.mayor.id)

    def test_scope_and_dates_bound_it(self):
        today = fields.Date.context_today(self.referent)
        service = self.service.copy({"name": "Other", "code": "OTH"})
        for vals in (
            {"subject": "request"},
            {"service_ids": [service.id]},
            {"date_from": today + timedelta(days=2)},
        ):
            with self.subTest(vals=vals):
                delegation = self._delegate(**vals)
                run = self._run_as(self._reported(), self.deputy)
                self.assertFalse(run.can_decide)
                delegation.action_revoke()
        delegation = self._delegate(date_from=today + timedelta(days=2))
        report = self._reported()
        run = self._run_as(report, self.deputy)
        validations = self.env["intercommunal.validation"]
        with freeze_time(fields.Datetime.now() + timedelta(days=3)):
            validations._cron_follow_up()
            run.invalidate_recordset()
            self.assertTrue(run.can_decide)
        with freeze_time(fields.Datetime.now() + timedelta(days=20)):
            validations._cron_follow_up()
            run.invalidate_recordset()
            self.assertFalse(run.can_decide)
            delegation.invalidate_recordset()
            self.assertEqual(delegation.state, "ended")

    def test_no_chain_of_delegations(self):
        self._delegate()
        self._delegate(self.deputy, self.mayor)
        run = self._run_as(self._reported(), self.mayor)
        self.assertFalse(run.can_decide)

    def test_four_eyes_hold_for_the_stand_in(self):
        """Whoever wrote a report does not approve it in somebody else's name."""
        self._circuit({"resolver": "service_role", "service_role": "manager"})
        second = self.leader
        self._delegate(self.manager, second)
        report = self._reported()
        self.assertEqual(report.sudo().sent_by_id, self.leader)
        self.assertFalse(self._run_as(report, second).can_decide)

    def test_only_people_of_the_house_stand_in(self):
        for user, delegate in (
            (self.referent, self.stranger),
            (self.referent, self.manager),
            (self.referent, self.nobody),
            (self.manager, self.deputy),
            (self.referent, self.referent),
        ):
            with (
                self.subTest(delegate.login),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self._delegate(user, delegate)

    def test_one_delegates_in_ones_own_name(self):
        with self._refused(AccessError, ""):
            self._delegate(self.deputy, self.deputy, user_id=self.mayor.id)
        delegation = self._delegate(self.admin, self.deputy, user_id=self.mayor.id)
        self.assertEqual(delegation.user_id, self.mayor)
        for user in (self.requester, self.stranger):
            with self.subTest(user.login), self._refused(AccessError, ""):
                delegation.with_user(user).action_revoke()

    def test_it_does_not_change_and_stays_in_the_history(self):
        delegation = self._delegate()
        self._reported()
        with self._refused(UserError, "does not change"):
            delegation.write({"delegate_id": self.mayor.id})
        with self._refused(UserError, "part of the history"):
            delegation.unlink()
        with self._refused(UserError, "can't be set"):
            self._delegate(revoked_at=fields.Datetime.now())

    def test_dates_make_sense(self):
        today = fields.Date.context_today(self.referent)
        with self._refused(ValidationError, "over already"):
            self._delegate(
                date_from=today - timedelta(days=9), date_to=today - timedelta(days=2)
            )
        with self._refused(ValidationError, "a year at most"):
            self._delegate(date_to=today + timedelta(days=700))

    def test_a_stand_in_without_a_role_any_more_does_not_decide(self):
        self._delegate()
        run = self._run_as(self._reported(), self.deputy)
        self.assertTrue(run.can_decide)
        roles = self.deputy.sudo().intercommunal_role_ids
        roles.date_to = fields.Date.today() - timedelta(days=1)
        with self._refused(AccessError, ""):
            run.action_approve()
