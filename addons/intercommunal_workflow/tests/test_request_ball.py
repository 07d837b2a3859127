from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_validation import MONDAY, ValidationCase, on_day

DAY = 86400


@tagged("post_install", "-at_install")
class TestClocks(ValidationCase):
    """Two clocks, never both, that add up to the lead time."""

    def _clocks(self, request):
        request = request.sudo()
        request.invalidate_recordset()
        return request._get_clocks(), request.clock_side

    def _assert_days(self, request, commune, cc, side):
        clocks, now_side = self._clocks(request)
        days = {name: seconds / DAY for name, seconds in clocks.items()}
        self.assertEqual((days, now_side), ({"commune": commune, "cc": cc}, side))

    def test_a_whole_life_to_the_second(self):
        with freeze_time(MONDAY):
            request = self._new_request()
            self._assert_days(request, 0, 0, False)
            request.action_submit()
        with freeze_time(on_day(1)):
            self._assert_days(request, 0, 1, "cc")
            request.with_user(self.manager).action_ask_info("Which room?")
        with freeze_time(on_day(3)):
            self._assert_days(request, 2, 1, "commune")
            request.action_answer_info("The kitchen.")
        with freeze_time(on_day(4)):
            self._assert_days(request, 2, 2, "cc")
            request.with_user(self.manager).action_accept()
            request.with_user(self.manager).action_schedule()
            job = request.sudo().intervention_ids.with_user(self.manager)
            job.action_plan(self.team.id, fields.Datetime.now())
            report = self._reported(job)
        with freeze_time(on_day(6)):
            self._assert_days(request, 4, 2, "commune")
            run = report.validation_id.with_user(self.referent)
            run.action_ask_clarification("Who was there?")
        with freeze_time(on_day(7)):
            # the leader must answer: it is the intercommunality's time
            self._assert_days(request, 4, 3, "cc")
            run.with_user(self.leader).action_answer_clarification(
                run.sudo().clarification_ids.id, "The caretaker."
            )
        with freeze_time(on_day(8)):
            self._assert_days(request, 5, 3, "commune")
            run.action_rework("It leaks.")
        with freeze_time(on_day(10)):
            again = self._reported(job)
        with freeze_time(on_day(11)):
            self._assert_days(request, 6, 5, "commune")
            again.validation_id.with_user(self.referent).action_approve()
        with freeze_time(on_day(15)):
            clocks, side = self._clocks(request)
            self.assertFalse(side)
            lead = request.sudo().date_validated - request.sudo().date_submitted
            self.assertEqual(sum(clocks.values()), lead.total_seconds())
            self.assertEqual(lead, timedelta(days=11))

    def test_it_is_said_in_words(self):
        with freeze_time(MONDAY):
            request = self._submitted()
        with freeze_time(MONDAY + timedelta(days=2, hours=3)):
            request.invalidate_recordset()
            self.assertEqual(
                request.clock_words, "Commune 0 min, intercommunality 2 d 3 h"
            )

    def test_nobody_sets_a_clock(self):
        request = self._submitted()
        for values in (
            {"clock_side": "commune"},
            {"commune_seconds": 0},
            {"cc_seconds": 0},
            {"blocked_amount": 1},
        ):
            with self.subTest(values=values), self._refused(UserError, ""):
                request.with_user(self.manager).write(values)


@tagged("post_install", "-at_install")
class TestBall(ValidationCase):
    """One case, one ball, one living holder."""

    def _ball(self, request):
        request = request.sudo()
        return request.ball, request.ball_user_id

    def test_a_blocked_job_gives_the_ball_to_whom_its_reason_names(self):
        job = self._planned()
        request = job.request_id
        job.with_user(self.leader).action_start()
        for reason, ball in (
            ("weather", "team"),
            ("part", "service"),
            ("access", "commune"),
        ):
            job.with_user(self.leader).action_block(reason, "Note")
            self.assertEqual(self._ball(request)[0], ball)
            job.with_user(self.leader).action_resume()
            self.assertEqual(self._ball(request), ("team", self.leader))

    def test_a_question_moves_it_and_the_answer_brings_it_back(self):
        report = self._reported()
        request = report.request_id
        self.assertEqual(self._ball(request), ("approver", self.referent))
        run = self._run_as(report, self.referent)
        run.action_ask_clarification("Who?", asked_user_id=self.requester.id)
        self.assertEqual(self._ball(request), ("commune", self.requester))
        run.with_user(self.requester).action_answer_clarification(
            run.sudo().clarification_ids.id, "Me."
        )
        self.assertEqual(self._ball(request), ("approver", self.referent))

    def test_since_follows_the_person(self):
        self._circuit({}, {"commune_role": "mayor"})
        with freeze_time(MONDAY):
            report = self._reported()
        with freeze_time(on_day(2)):
            self._run_as(report, self.referent).action_approve()
        request = report.request_id.sudo()
        self.assertEqual(self._ball(request), ("approver", self.mayor))
        self.assertEqual(request.ball_since, on_day(2))

    def test_what_is_at_stake(self):
        request = self._submitted()
        request.sudo().estimated_cost = 250
        request.with_user(self.manager).action_accept()
        self.assertEqual(request.sudo().blocked_amount, 250)

    def test_the_holder_is_reminded_once_a_day(self):
        request = self._submitted().with_user(self.manager)
        request.action_ask_info("Which room?")
        request.action_remind_holder()
        with self._refused(UserError, "reminded today"):
            request.action_remind_holder()
        for user in (self.requester, self.leader, self.finance):
            with self.subTest(user.login), self._refused(AccessError, ""):
                request.with_user(user).action_remind_holder()

    def test_the_radar_lists_open_cases_in_constant_queries(self):
        action = self.env.ref("intercommunal_workflow.intercommunal_radar_action")
        specification = {
            name: {}
            for name in ("ball", "waiting_days", "reference", "blocked_amount", "name")
        }
        specification["ball_user_id"] = {"fields": {"display_name": {}}}
        specification["waiting_team_id"] = {"fields": {"display_name": {}}}
        requests = self.env["intercommunal.request"].with_user(self.manager)
        domain = [("state", "not in", ("draft", "validated", "closed"))]

        def read():
            # what every page reads once
            requests.web_search_read(domain, specification, limit=80)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = requests.web_search_read(domain, specification, limit=80)
            return len(rows["records"]), self.env.cr.sql_log_count - before

        for _turn in range(2):
            self._submitted()
        few, queries = read()
        for _turn in range(6):
            self._submitted()
        many, after = read()
        self.assertEqual(many, few + 6)
        self.assertEqual(after, queries)
        self.assertEqual(action.path, "radar")


@tagged("post_install", "-at_install")
class TestLivingHolders(ValidationCase):
    """The nightly check: seats follow the roles, nothing stays in dead hands."""

    def _check(self):
        faults = self.env["intercommunal.validation"]._cron_check_holders()
        self.env.invalidate_all()
        return faults

    def _end_role(self, user):
        user.sudo().intercommunal_role_ids.date_to = fields.Date.today() - timedelta(2)

    def test_all_is_well(self):
        report = self._reported()
        self.assertEqual(self._check(), [])
        self.assertEqual(report.validation_id.sudo().pending_user_ids, self.referent)

    def test_a_new_referent_takes_the_seat(self):
        report = self._reported()
        self._end_role(self.referent)
        other = self._new_commune_user("referent2", self.commune, "referent")
        self.assertEqual(self._check(), [])
        run = report.validation_id.sudo()
        self.assertEqual(run.pending_user_ids, other)
        self.assertEqual(report.request_id.sudo().ball_user_id, other)
        run.with_user(other).action_approve()
        self.assertEqual(run.state, "approved")

    def test_a_vacant_role_is_said_to_the_director(self):
        self.service.director_id = self.direction
        report = self._reported()
        self._end_role(self.referent)
        [fault] = self._check()
        self.assertIn("vacant", fault)
        activity = report.request_id.sudo().activity_ids
        self.assertIn(self.direction, activity.user_id)
        # once, however many nights
        self._check()
        self.assertEqual(report.request_id.sudo().activity_ids, activity)

    def test_an_escalation_replaces_the_vacant_role(self):
        self.service.director_id = self.direction
        self._circuit(
            {
                "commune_role": "referent",
                "escalation_resolver": "service_role",
                "escalation_service_role": "director",
            }
        )
        report = self._reported()
        self._end_role(self.referent)
        self.assertEqual(self._check(), [])
        run = report.validation_id.sudo()
        self.assertEqual(run.pending_user_ids, self.direction)
        run.with_user(self.direction).action_approve()
        self.assertEqual(run.state, "approved")

    def test_all_of_them_counts_those_who_are_left(self):
        other = self._new_commune_user("deputy1", self.commune, "deputy")
        second = self._new_commune_user("deputy2", self.commune, "deputy")
        self._circuit({"commune_role": "deputy", "quorum_mode": "all"})
        report = self._reported()
        self._run_as(report, other).action_approve()
        self.assertEqual(report.state, "sent")
        self._end_role(second)
        self._check()
        self.assertEqual(report.state, "accepted")

    def test_a_manager_who_left_gives_the_case_to_another(self):
        request = self._submitted()
        self.assertEqual(request.sudo().ball_user_id, self.manager)
        self.manager.sudo().active = False
        self.service.sudo().manager_ids = self.admin
        self._check()
        self.assertEqual(request.sudo().ball_user_id, self.admin)


@tagged("post_install", "-at_install")
class TestDigest(ValidationCase):
    """Monday's mail to the direction."""

    def setUp(self):
        super().setUp()
        self.company.resource_calendar_id.tz = "Europe/Paris"
        self.direction.sudo().write({"email": "dg@example.com", "lang": "en_US"})
        with freeze_time(MONDAY - timedelta(days=10)):
            self.late = self._submitted(name="Old leak")

    def _send(self, moment):
        with freeze_time(moment):
            self.env["res.company"]._cron_weekly_digest()
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("recipient_ids", "=", self.direction.partner_id.id),
                    ("subject", "ilike", "cases wait"),
                ]
            )
        )

    def test_it_says_what_waits_once_on_monday(self):
        self.assertFalse(self._send(MONDAY - timedelta(days=1)))
        mail = self._send(MONDAY)
        self.assertIn("Old leak", mail.body_html)
        self.assertIn(self.manager.name, mail.body_html)
        self.assertIn("10 days", mail.body_html)
        self.assertIn('lang="en-US"', mail.body_html)
        self.assertIn("/odoo/radar", mail.body_html)
        self.assertEqual(self._send(MONDAY + timedelta(hours=3)), mail)
        self.assertEqual(len(self._send(on_day(7))), 2)

    def test_a_director_of_another_service_hears_nothing(self):
        other = self.service.copy({"name": "Other", "code": "OTH"})
        self.finance.sudo().email = "finance@example.com"
        other.director_id = self.finance
        self._send(MONDAY)
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "=", self.finance.partner_id.id)])
        )
        self.assertFalse(mails.filtered(lambda mail: "wait" in (mail.subject or "")))

    def test_last_weeks_number_is_compared_with_the_same_cases(self):
        # somebody who directs this service, and not the intercommunality
        self.finance.sudo().write({"email": "finance@example.com", "lang": "en_US"})
        self.service.director_id = self.finance
        self.company.intercommunal_digest_count = 9
        self.assertIn("last week", self._send(MONDAY).body_html)
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "=", self.finance.partner_id.id)])
            .filtered(lambda mail: "wait" in (mail.subject or ""))
        )
        self.assertIn("Old leak", mail.body_html)
        self.assertNotIn("last week", mail.body_html)

    def test_nothing_is_sent_when_it_is_switched_off_or_nothing_waits(self):
        self.company.intercommunal_digest = False
        self.assertFalse(self._send(MONDAY))
        self.company.intercommunal_digest = True
        self.env["intercommunal.request"].search([])._write_guarded(
            {"ball_since": on_day(6)}
        )
        self.assertFalse(self._send(on_day(7)))
