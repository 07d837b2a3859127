from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_validation import MONDAY, ValidationCase, on_day


@tagged("post_install", "-at_install")
class TestFollowUp(ValidationCase):
    """Reminders, escalation and silence, in working days."""

    def _late_circuit(self, **vals):
        self.service.director_id = self.direction
        return self._circuit(
            {
                "resolver": "commune_role",
                "commune_role": "referent",
                "delay_days": 5,
                "reminder_days": 2,
                "escalation_resolver": "service_role",
                "escalation_service_role": "director",
                **vals,
            }
        )

    def _follow_up(self, day):
        with freeze_time(day):
            self.env["intercommunal.validation"]._cron_follow_up()

    def _step(self, run):
        return run.sudo().step_ids

    def _sent_on_monday(self):
        with freeze_time(MONDAY):
            return self._run_as(self._reported(), self.referent)

    def test_reminders_come_every_two_working_days(self):
        self._late_circuit()
        run = self._sent_on_monday()
        for day, count in ((1, 0), (2, 1), (3, 1), (4, 2), (6, 2)):
            self._follow_up(on_day(day))
            with self.subTest(day):
                self.assertEqual(self._step(run).reminder_count, count)

    def test_a_late_step_is_asked_of_others_too(self):
        self._late_circuit()
        run = self._sent_on_monday()
        self._follow_up(on_day(7))
        self.assertEqual(self._step(run).state, "pending")
        self._follow_up(on_day(8))
        self.assertEqual(self._step(run).state, "escalated")
        self.assertEqual(run.sudo().pending_user_ids, self.referent | self.direction)
        self._follow_up(on_day(9))
        decision = run.sudo().decision_ids
        self.assertEqual((decision.kind, decision.channel), ("escalate", "system"))
        with freeze_time(on_day(10)):
            run.with_user(self.direction).action_approve()
        self.assertEqual(run.sudo().state, "approved")
        self.assertFalse(run.sudo()._verify_chain())

    def test_the_holder_still_decides_after_escalation(self):
        self._late_circuit()
        run = self._sent_on_monday()
        self._follow_up(on_day(8))
        run.action_approve()
        self.assertEqual(run.sudo().state, "approved")

    def test_holidays_and_week_ends_do_not_count(self):
        self._late_circuit()
        calendar = self.company.resource_calendar_id
        calendar.tz = "Europe/Paris"
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": calendar.id,
                "date_from": on_day(2).replace(hour=0),
                "date_to": on_day(3).replace(hour=22),
            }
        )
        run = self._sent_on_monday()
        # Tuesday, Friday, then Monday to Wednesday
        self.assertEqual(self._step(run).date_due, on_day(9).date())

    def test_a_vacant_role_is_replaced_where_the_step_says_so(self):
        self._late_circuit(commune_role="dgs", vacant_mode="escalation")
        run = self._sent_on_monday()
        self.assertEqual(run.sudo().pending_user_ids, self.direction)
        run.with_user(self.direction).action_approve()
        self.assertEqual(run.sudo().state, "approved")

    def test_a_step_without_anybody_named_says_so(self):
        for vals in (
            {"escalation_resolver": False, "vacant_mode": "escalation"},
            {"escalation_resolver": "user", "escalation_user_id": False},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self._late_circuit(**vals)

    def test_silence_accepts_only_where_the_agreement_says_so(self):
        report = type(self.env["intercommunal.report"])
        self._late_circuit(escalation_resolver=False)
        run = self._sent_on_monday()
        for day in (2, 4, 8):
            self._follow_up(on_day(day))
        self.assertEqual(run.sudo().state, "open")
        with patch.object(report, "_get_tacit_ceiling", lambda self: 100.0):
            self._follow_up(on_day(9))
        self.assertEqual(run.sudo().state, "approved")
        decision = run.sudo().decision_ids
        self.assertEqual((decision.kind, decision.channel), ("tacit", "system"))
        self.assertFalse(run.sudo()._verify_chain())

    def test_silence_needs_two_reminders(self):
        report = type(self.env["intercommunal.report"])
        self._late_circuit(escalation_resolver=False)
        run = self._sent_on_monday()
        with patch.object(report, "_get_tacit_ceiling", lambda self: 100.0):
            self._follow_up(on_day(18))
            self.assertEqual(run.sudo().state, "open")
            self._follow_up(on_day(22))
            self.assertEqual(run.sudo().state, "open")
            self._follow_up(on_day(24))
        self.assertEqual(run.sudo().state, "approved")

    def test_one_faulty_file_does_not_stop_the_others(self):
        self._late_circuit()
        first, second = self._sent_on_monday(), self._sent_on_monday()
        steps = type(self.env["intercommunal.validation.step"])
        remind = steps._remind

        def fail(step):
            if step.validation_id == first:
                raise ValueError("broken")
            return remind(step)

        with (
            patch.object(steps, "_remind", fail),
            self.assertLogs("odoo.addons.intercommunal_workflow", "ERROR"),
        ):
            self._follow_up(on_day(2))
        self.assertEqual(self._step(second).reminder_count, 1)

    def test_a_calendar_without_hours_still_gives_a_date(self):
        self.company.resource_calendar_id.attendance_ids = [Command.clear()]
        day = self.company._add_working_days(date(2027, 3, 1), 5)
        self.assertEqual(day, date(2027, 3, 6))
