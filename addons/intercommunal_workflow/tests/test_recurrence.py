from datetime import date, timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import IntercommunalCase

at = fields.Datetime.to_datetime
# A Monday of spring.
TODAY = "2026-04-06 06:00:00"


class RecurrenceCase(IntercommunalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Town hall hours", "tz": "Europe/Paris"}
        )
        # the stories below are told in spring
        roles = cls.env["intercommunal.commune.role"].search([])
        roles.date_from = date(2020, 1, 1)

    def _recurrence(self, **vals):
        return (
            self.env["intercommunal.recurrence"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Mow the stadium",
                    "service_id": self.service.id,
                    "commune_id": self.commune.id,
                    "type_id": self.type.id,
                    "team_id": self.team.id,
                    "date_start": date(2026, 4, 6),
                    "tue": True,
                    **vals,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestRule(RecurrenceCase):
    def test_every_two_weeks_in_season(self):
        rule = self._recurrence(interval=2, month_from="4", month_to="10")
        days = rule._list_days(date(2026, 1, 1), date(2027, 5, 1))
        self.assertEqual(
            days[:3], [date(2026, 4, 7), date(2026, 4, 21), date(2026, 5, 5)]
        )
        self.assertEqual({day.weekday() for day in days}, {1})
        self.assertFalse([day for day in days if day.month in (11, 12, 1, 2, 3)])
        gaps = {(b - a).days for a, b in zip(days, days[1:], strict=False)}
        self.assertEqual(min(gaps), 14)

    def test_a_season_may_span_new_year(self):
        rule = self._recurrence(month_from="11", month_to="2")
        months = {
            day.month for day in rule._list_days(date(2026, 4, 6), date(2027, 12, 31))
        }
        self.assertEqual(months, {11, 12, 1, 2})

    def test_last_friday_of_the_month(self):
        rule = self._recurrence(
            frequency="month", monthly_by="weekday", rank="-1", weekday="fri"
        )
        self.assertEqual(
            rule._list_days(date(2026, 4, 6), date(2026, 6, 30)),
            [date(2026, 4, 24), date(2026, 5, 29), date(2026, 6, 26)],
        )

    def test_the_thirty_first_where_there_is_one(self):
        rule = self._recurrence(frequency="month", monthly_by="day", month_day=31)
        self.assertEqual(
            rule._list_days(date(2026, 4, 6), date(2026, 8, 31)),
            [date(2026, 5, 31), date(2026, 7, 31), date(2026, 8, 31)],
        )

    def test_school_days_only(self):
        school = self.env["resource.calendar"].create(
            {
                "name": "School",
                "tz": "Europe/Paris",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": day,
                            "dayofweek": day,
                            "hour_from": 8,
                            "hour_to": 16,
                            "day_period": "morning",
                        }
                    )
                    for day in "0134"
                ],
                "leave_ids": [
                    Command.create(
                        {
                            "name": "Spring holidays",
                            "date_from": at("2026-04-10 22:00:00"),
                            "date_to": at("2026-04-26 21:59:00"),
                        }
                    )
                ],
            }
        )
        rule = self._recurrence(
            mon=True, wed=True, thu=True, fri=True, calendar_id=school.id
        )
        days = rule._list_days(date(2026, 4, 6), date(2026, 4, 30))
        self.assertEqual(
            [day.day for day in days],
            [6, 7, 9, 10, 27, 28, 30],
            "no Wednesday, no holidays",
        )

    def test_the_hour_is_that_of_the_clock(self):
        rule = self._recurrence(hour=8.5)
        self.assertEqual(rule._get_start(date(2026, 3, 28)), at("2026-03-28 07:30:00"))
        self.assertEqual(rule._get_start(date(2026, 3, 29)), at("2026-03-29 06:30:00"))

    def test_it_reads_back_in_words(self):
        rule = self._recurrence(interval=2, month_from="4", month_to="10")
        months = dict(rule._get_months())
        for words in ("2", "8:00", months["4"], months["10"]):
            self.assertIn(words, rule.sentence)
        self.assertNotIn(months["5"], rule.sentence)

    def test_bad_rules_say_what_to_do(self):
        for vals in (
            {"tue": False},
            {"month_from": "4"},
            {"frequency": "month", "monthly_by": "day", "month_day": 32},
        ):
            with self.assertRaises(ValidationError):
                self._recurrence(**vals)

    def test_another_service_does_not_plan_here(self):
        with self.assertRaises(AccessError):
            self._recurrence().with_user(self.direction).name = "Mine"
        with self.assertRaises(AccessError):
            self._recurrence().with_user(self.requester).read(["name"])


@tagged("post_install", "-at_install")
class TestOccurrences(RecurrenceCase):
    def setUp(self):
        super().setUp()
        self.clock = self.enterContext(freeze_time(TODAY))
        self.rule = self._recurrence(weeks_ahead=4, duration=2)
        self.rule.action_generate()
        self.jobs = self.rule.intervention_ids.sorted("recurrence_date")

    def test_the_coming_weeks_plan_themselves(self):
        self.assertEqual(
            self.jobs.mapped("recurrence_date"),
            [date(2026, 4, 7) + timedelta(weeks=index) for index in range(4)],
        )
        self.assertEqual(set(self.jobs.mapped("state")), {"planned"})
        self.assertEqual(self.jobs[0].date_start, at("2026-04-07 06:00:00"))
        self.assertEqual(self.jobs[0].duration, 2)
        self.assertEqual(self.jobs.agent_ids, self.leader | self.agent)

    def test_one_request_a_month_sent_for_the_commune(self):
        request = self.jobs.request_id
        self.assertEqual(len(request), 1)
        self.assertEqual((request.state, request.on_behalf), ("planned", True))
        self.assertTrue(request.reference)
        self.assertEqual(request.requester_id, self.referent.partner_id)

    def test_one_request_each_time_when_asked(self):
        rule = self._recurrence(weeks_ahead=4, grouping="each", wed=True, tue=False)
        rule.action_generate()
        self.assertEqual(len(rule.intervention_ids.request_id), 4)

    def test_again_doubles_nothing(self):
        self.env["intercommunal.recurrence"]._cron_generate()
        self.assertEqual(self.rule.intervention_count, 4)

    def test_the_next_week_comes_by_itself(self):
        with freeze_time("2026-04-13 06:00:00"):
            self.env["intercommunal.recurrence"]._cron_generate()
            self.assertEqual(len(self.rule.intervention_ids), 5)

    def test_moved_or_skipped_it_stays_so(self):
        moved, skipped = self.jobs[:2]
        moved.with_user(self.manager).action_plan(date_start=at("2026-04-08 12:00:00"))
        skipped.with_user(self.manager).action_skip()
        self.rule.action_generate()
        self.rule.action_apply()
        jobs = self.rule.intervention_ids
        self.assertEqual(len(jobs), 4)
        self.assertEqual(moved.date_start, at("2026-04-08 12:00:00"))
        self.assertTrue(moved.is_moved)
        self.assertEqual(skipped.state, "cancelled")

    def test_a_changed_rule_plans_anew_what_nobody_touched(self):
        moved = self.jobs[0]
        moved.with_user(self.manager).action_plan(date_start=at("2026-04-08 12:00:00"))
        self.rule.write({"tue": False, "thu": True})
        self.rule.action_apply()
        days = self.rule.intervention_ids.mapped("recurrence_date")
        self.assertIn(date(2026, 4, 7), days, "moved by hand")
        self.assertIn(date(2026, 4, 9), days)
        self.assertNotIn(date(2026, 4, 14), days)

    def test_a_changed_hour_moves_what_nobody_touched(self):
        self.jobs[0].with_user(self.manager).action_plan(
            date_start=at("2026-04-08 12:00:00")
        )
        self.rule.hour = 14
        self.assertFalse(self.jobs[1].is_moved, "the rule moved, not the job")
        self.rule.action_apply()
        starts = self.rule.intervention_ids.mapped("date_start")
        self.assertIn(at("2026-04-08 12:00:00"), starts)
        self.assertIn(at("2026-04-14 12:00:00"), starts)
        self.assertNotIn(at("2026-04-14 06:00:00"), starts)

    def test_stopped_it_takes_back_what_it_planned(self):
        self.rule.action_stop("2026-04-15")
        self.assertEqual(
            sorted(self.rule.intervention_ids.mapped("recurrence_date")),
            [date(2026, 4, 7), date(2026, 4, 14)],
        )
        self.rule.action_generate()
        self.assertEqual(len(self.rule.intervention_ids), 2)

    def test_an_occurrence_is_skipped_not_deleted(self):
        with self.assertRaisesRegex(UserError, "skip it"):
            self.jobs[0].sudo().unlink()
        with self.assertRaisesRegex(UserError, "stop it"):
            self.rule.unlink()

    def test_an_agreement_before_work_holds_the_jobs_back(self):
        self.env["intercommunal.circuit"].create(
            {
                "name": "Mayor first",
                "subject": "request",
                "sequence": 1,
                "company_id": self.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Mayor",
                            "resolver": "commune_role",
                            "commune_role": "mayor",
                        }
                    )
                ],
            }
        )
        rule = self._recurrence(weeks_ahead=2, tue=False, fri=True)
        rule.action_generate()
        self.assertFalse(rule.intervention_ids)
        request = self.env["intercommunal.request"].search(
            [("recurrence_id", "=", rule.id)]
        )
        run = request.validation_ids
        run.with_user(self.mayor).action_approve(content_hash=run.content_hash)
        rule.action_generate()
        self.assertEqual(len(rule.intervention_ids), 2)

    def test_it_is_billed_like_any_other_job(self):
        with freeze_time("2026-04-07 12:00:00"):
            report = self._reported(self.jobs[0])
            report.validation_id.with_user(self.referent).action_approve(
                content_hash=report.content_hash
            )
            self.assertEqual(self.jobs[0].state, "approved")
