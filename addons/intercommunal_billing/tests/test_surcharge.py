from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import TransactionCase, tagged

from ..tools import pricing
from .common import BillingCase

PARIS = ZoneInfo("Europe/Paris")
NIGHT = (6 * 60, 22 * 60)


@tagged("post_install", "-at_install")
class TestCuts(TransactionCase):
    def _slice(self, start, minutes):
        start = start.astimezone(UTC)
        parts = pricing.slice_at_midnight(
            start.date(), minutes, minutes, start, PARIS, NIGHT
        )
        return [
            (part.start.astimezone(PARIS).strftime("%d %H:%M"), part.billed)
            for part in parts
        ]

    def test_a_night_is_cut_at_its_limits_and_at_midnight(self):
        start = datetime(2026, 9, 10, 21, 30, tzinfo=PARIS)
        self.assertEqual(
            self._slice(start, 9 * 60),
            [("10 21:30", 30), ("10 22:00", 120), ("11 00:00", 360), ("11 06:00", 30)],
        )

    def test_the_night_of_the_clock_change_has_twenty_five_hours(self):
        start = datetime(2026, 10, 24, 22, 0, tzinfo=PARIS)
        self.assertEqual(
            self._slice(start, 10 * 60),
            [("24 22:00", 120), ("25 00:00", 420), ("25 06:00", 60)],
        )

    def test_the_short_night_of_spring(self):
        start = datetime(2026, 3, 28, 22, 0, tzinfo=PARIS)
        self.assertEqual(
            self._slice(start, 8 * 60),
            [("28 22:00", 120), ("29 00:00", 300), ("29 06:00", 60)],
        )

    def test_a_day_shift_is_one_slice(self):
        start = datetime(2026, 9, 10, 8, 0, tzinfo=PARIS)
        self.assertEqual(self._slice(start, 240), [("10 08:00", 240)])


@tagged("post_install", "-at_install")
class TestSurcharge(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.night, cls.sunday, cls.holiday = cls.env["intercommunal.surcharge"].create(
            [
                {"name": name, "service_id": cls.service.id, **vals}
                for name, vals in (
                    ("Night", {"applies_on": "night", "coefficient": 1.5}),
                    ("Sunday", {"applies_on": "sunday", "coefficient": 1.75}),
                    ("Holiday", {"applies_on": "holiday", "coefficient": 2.0}),
                )
            ]
        )

    def _billed(self, start, minutes):
        """Lines of a report of one agent who began at ``start``, local time."""
        moment = fields.Datetime.to_datetime(start).replace(tzinfo=PARIS)
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        report = self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {
                        "kind": "labour",
                        "agent_id": self.agent.id,
                        "minutes": minutes,
                        "date": moment.date(),
                        "started_at": utc,
                    }
                ),
            ]
        )
        self._approve(report)
        return report.sudo().billing_line_ids.sorted("source_key")

    def test_night_hours_alone_cost_more(self):
        lines = self._billed("2026-09-10 21:00:00", 120)
        self.assertEqual(lines.mapped("coefficient"), [1.0, 1.5])
        self.assertEqual(lines.mapped("amount"), [38.50, 57.75])
        self.assertEqual(lines[1].surcharge_id, self.night)

    def test_the_highest_wins_they_never_add_up(self):
        line = self._billed("2026-09-13 23:00:00", 60)
        self.assertEqual((line.coefficient, line.surcharge_id), (1.75, self.sunday))

    def test_a_holiday_of_the_calendar(self):
        self.company.resource_calendar_id.write(
            {
                "leave_ids": [
                    Command.create(
                        {
                            "name": "Assumption",
                            "date_from": "2026-08-14 22:00:00",
                            "date_to": "2026-08-15 21:59:59",
                        }
                    )
                ]
            }
        )
        line = self._billed("2026-08-15 10:00:00", 60)
        self.assertEqual((line.coefficient, line.amount), (2.0, 77.00))

    def test_outside_its_dates_it_does_not_count(self):
        self.sunday.date_end = date(2026, 9, 12)
        line = self._billed("2026-09-13 10:00:00", 60)
        self.assertEqual(line.coefficient, 1.0)

    def test_only_the_rates_that_it_names(self):
        self.sunday.rate_ids = self.tractor_rate
        line = self._billed("2026-09-13 10:00:00", 60)
        self.assertEqual(line.coefficient, 1.0)

    def test_what_was_billed_keeps_its_surcharge(self):
        self._billed("2026-09-13 10:00:00", 60)
        with self.assertRaisesRegex(UserError, "already used"):
            self.sunday.with_user(self.finance).coefficient = 3
        with self.assertRaisesRegex(UserError, "already used"):
            self.sunday.with_user(self.finance).unlink()
        self.sunday.with_user(self.finance).date_end = date(2026, 12, 31)

    def test_bad_hours_are_refused(self):
        with self.assertRaises(ValidationError):
            self.night.write({"hour_from": 6, "hour_to": 6})
