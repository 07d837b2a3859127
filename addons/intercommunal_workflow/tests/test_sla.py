from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntercommunalCase

at = fields.Datetime.to_datetime
# A Monday; the working hours below are 8–12 and 13–17 in Paris (UTC+1).
MONDAY = at("2026-11-09 08:00:00")


@tagged("post_install", "-at_install")
class TestSla(IntercommunalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Town hall hours", "tz": "Europe/Paris"}
        )
        cls.sla = cls.env["intercommunal.sla"].create(
            [
                {"service_id": cls.service.id, "answer_hours": 8, "done_hours": 40},
                {
                    "service_id": cls.service.id,
                    "type_id": cls.type.id,
                    "priority": "2",
                    "answer_hours": 2,
                    "done_hours": 8,
                },
            ]
        )

    def test_the_most_precise_delay_counts(self):
        with freeze_time(MONDAY):
            usual = self._submitted()
            urgent = self._submitted(priority="2")
        self.assertEqual(usual.sla_answer_deadline, at("2026-11-10 08:00:00"))
        # 9:00 in Paris: three hours before noon, four after, one the next day
        self.assertEqual(urgent.sla_deadline, at("2026-11-10 08:00:00"))
        self.assertEqual(urgent.sla_answer_deadline, at("2026-11-09 10:00:00"))
        self.assertEqual(usual.deadline, usual.sla_deadline.date())

    def test_finishing_is_not_sooner_than_taking_up(self):
        for hours in ((0, 4), (4, 0), (4, 4), (4, 8)):
            self.sla[0].write(
                dict(zip(("answer_hours", "done_hours"), hours, strict=True))
            )
        with self.assertRaisesRegex(ValidationError, "takes a request up before"):
            self.sla[0].write({"answer_hours": 8, "done_hours": 4})

    def test_holidays_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Armistice",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": at("2026-11-10 23:00:00"),
                "date_to": at("2026-11-11 22:59:00"),
            }
        )
        with freeze_time(at("2026-11-10 16:00:00")):
            request = self._submitted(priority="2")
        self.assertEqual(
            request.sla_answer_deadline.date(), fields.Date.to_date("2026-11-12")
        )

    def test_the_date_that_the_service_chose_stays(self):
        with freeze_time(MONDAY):
            request = self._submitted()
            request.with_user(self.manager).deadline = "2026-12-24"
            request.with_user(self.manager).priority = "2"
        self.assertEqual(request.sla_deadline, at("2026-11-10 08:00:00"))
        self.assertEqual(request.deadline, fields.Date.to_date("2026-12-24"))

    def test_time_of_the_commune_does_not_count(self):
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
        with freeze_time(at("2026-11-09 09:00:00")):
            request.with_user(self.manager).action_ask_info("Which room?")
        with freeze_time(at("2026-11-16 08:00:00")):
            request.action_answer_info("The kitchen.")
        # one hour of eight had gone when it was asked
        self.assertEqual(request.sla_deadline, at("2026-11-16 16:00:00"))
        self.assertFalse(request.sla_paused_at)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_cron_flags_once_and_tells_the_holder(self):
        Request = self.env["intercommunal.request"]
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
        with freeze_time(at("2026-11-09 09:59:00")):
            Request._cron_flag_overdue()
            self.assertFalse(request.is_overdue)
        with freeze_time(at("2026-11-09 10:01:00")):
            Request._cron_flag_overdue()
            self.assertTrue(request.is_overdue)
            self.assertTrue(request.is_late)
            told = self.env["mail.message"].search(
                [("subject", "ilike", "Overdue"), ("res_id", "=", request.id)]
            )
            self.assertEqual(told.notified_partner_ids, self.manager.partner_id)
            Request._cron_flag_overdue()
            self.assertEqual(
                len(
                    self.env["mail.message"].search(
                        [("subject", "ilike", "Overdue"), ("res_id", "=", request.id)]
                    )
                ),
                1,
            )
            # taken up in time for the work
            request.with_user(self.manager).action_accept()
            Request._cron_flag_overdue()
            self.assertFalse(request.is_overdue)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_scheduled_job_writes_in_the_language_of_the_intercommunality(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("base.user_root").company_id.partner_id.lang = "fr_FR"
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
        job = self.env.ref("intercommunal_workflow.ir_cron_flag_overdue")
        with freeze_time(at("2026-11-09 10:01:00")), self.enter_registry_test_mode():
            job.method_direct_trigger()
        told = self.env["mail.message"].search([("res_id", "=", request.id)])
        self.assertIn(f"En retard : {request.name}", told.mapped("subject"))

    def test_nobody_is_late_while_the_commune_answers(self):
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
            request.with_user(self.manager).action_ask_info("Which room?")
        with freeze_time(at("2026-11-20 08:00:00")):
            self.env["intercommunal.request"]._cron_flag_overdue()
            # the day that was promised is over, and moves on with the answer
            self.assertLess(request.deadline, fields.Date.today())
            self.assertFalse(request.is_late)
            late = self.env["intercommunal.request"].search([("is_late", "=", True)])
            [figures] = self.env["intercommunal.request.analysis"]._get_figures(
                [("request_id", "=", request.id)]
            )
        self.assertFalse(request.is_overdue)
        self.assertNotIn(request, late)
        self.assertEqual(figures["is_late"], 0)

    def test_a_contested_refusal_is_answered_anew(self):
        reason = self.env.ref("intercommunal_workflow.reason_refuse_other")
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
            first = request.sla_answer_deadline
            request.with_user(self.manager).action_reject(reason.id, "Not ours.")
        later = at("2026-11-16 08:00:00")
        with freeze_time(later):
            request.with_user(self.referent).action_contest("It is, see the plan.")
            self.env["intercommunal.request"]._cron_flag_overdue()
        self.assertEqual(request.sla_answer_deadline - first, later - MONDAY)
        self.assertGreater(request.sla_deadline, later)
        self.assertFalse(request.is_overdue)

    def test_late_is_searched_without_computing(self):
        with freeze_time(MONDAY):
            request = self._submitted(priority="2")
        with freeze_time(at("2026-11-09 10:01:00")):
            self.env["intercommunal.request"]._cron_flag_overdue()
            late = self.env["intercommunal.request"].search([("is_late", "=", True)])
        self.assertIn(request, late)

    def test_the_cron_does_not_grow_with_the_requests(self):
        with freeze_time(MONDAY):
            requests = self._submitted(priority="2")
            for _index in range(9):
                requests |= self._submitted(priority="2")
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(at("2026-11-09 09:00:00")), self.assertQueryCount(4):
            self.env["intercommunal.request"]._cron_flag_overdue()

    def test_without_delays_nothing_is_promised(self):
        self.sla.unlink()
        request = self._submitted()
        self.assertFalse(request.sla_deadline or request.deadline)
