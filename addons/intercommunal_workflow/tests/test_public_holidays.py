from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..tools import public_holidays
from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestPublicHolidays(IntercommunalCase):
    """The days on which nobody works, ticked once a year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holidays = cls.env["intercommunal.public.holidays"].with_user(cls.admin)

    def _save(self, year=2027, **vals):
        wizard = self.holidays.create({"year": year, **vals})
        wizard.action_save()
        return wizard

    def _closings(self):
        return self.company.resource_calendar_id.global_leave_ids

    def test_the_days_of_the_law(self):
        days = dict(public_holidays.list_days(2027))
        self.assertEqual(len(days), 11)
        self.assertEqual(
            [day for day, key in days.items() if key in ("easter", "ascension")],
            [date(2027, 3, 29), date(2027, 5, 6)],
        )
        self.assertEqual(days[date(2027, 5, 17)], "pentecost")
        added = set(public_holidays.list_days(2027, local_law=True)) - set(
            public_holidays.list_days(2027)
        )
        self.assertEqual(
            {day for day, _key in added}, {date(2027, 3, 26), date(2027, 12, 26)}
        )

    def test_an_administrator_ticks_a_year(self):
        form = Form(self.holidays)
        form.year = 2027
        self.assertEqual(len(form.day_ids), 11)
        # a territory of Lorraine, mostly
        form.local_law = True
        self.assertEqual(len(form.day_ids), 13)
        wizard = form.save()
        wizard.day_ids.filtered(
            lambda row: row.date == date(2027, 5, 17)
        ).is_closed = False
        wizard.action_save()
        self.assertEqual(len(self._closings()), 12)
        # what is said a year is kept, once
        again = self._save()
        self.assertEqual(len(self._closings()), 12)
        whit = again.day_ids.filtered(lambda row: row.date == date(2027, 5, 17))
        self.assertFalse(whit.is_closed)
        again.day_ids.is_closed = False
        again.action_save()
        self.assertFalse(self._closings())

    def test_a_closing_of_one_calendar_alone_stays(self):
        school = self.company.resource_calendar_id.copy({"name": "School"})
        bridge = self.env["resource.calendar.leaves"].create(
            {
                "name": "Bridge",
                "calendar_id": school.id,
                "date_from": "2027-05-07 00:00:00",
                "date_to": "2027-05-07 20:00:00",
            }
        )
        self._save()
        self.assertTrue(bridge.exists())
        self._save().day_ids.is_closed = False
        self.assertTrue(bridge.exists())

    def test_a_team_has_no_capacity_then(self):
        monday, tuesday = date(2027, 3, 29), date(2027, 3, 30)
        before = self.team._map_load(monday, tuesday)[self.team.id]
        self.assertTrue(before[monday]["capacity"])
        self._save()
        after = self.team._map_load(monday, tuesday)[self.team.id]
        self.assertFalse(after[monday]["capacity"])
        self.assertEqual(after[tuesday], before[tuesday])

    def test_every_calendar_of_the_intercommunality_closes(self):
        part = self.company.resource_calendar_id.copy({"name": "Part time"})
        part.global_leave_ids.unlink()
        self._save()
        self.assertEqual(len(part.global_leave_ids), 11)
        # absences are nobody's business here
        self.assertFalse(self._closings().resource_id)

    def test_a_day_of_ones_own(self):
        bridge = {"date": date(2027, 5, 7), "name": "Bridge"}
        wizard = self._save()
        wizard.day_ids = [Command.create(bridge)]
        wizard.action_save()
        self.assertIn("Bridge", self._closings().mapped("name"))
        wizard.day_ids = [Command.create({**bridge, "name": "Twice"})]
        with self.assertRaisesRegex(UserError, "there already"):
            wizard.action_save()
        wizard.day_ids[-1:].date = date(2028, 5, 7)
        with self.assertRaisesRegex(UserError, "not a day of 2027"):
            wizard.action_save()

    def test_long_closings_are_not_touched(self):
        week = self.env["resource.calendar.leaves"].create(
            {
                "name": "Summer",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2027-08-01 00:00:00",
                "date_to": "2027-08-08 00:00:00",
            }
        )
        self._save().day_ids.is_closed = False
        self._save()
        self.assertTrue(week.exists())

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_administrators_of_the_place(self):
        for user in (self.manager, self.direction, self.finance):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.holidays.with_user(user).create({})
        other = self.env["res.company"].create({"name": "CC of the Other Valley"})
        wizard = self.holidays.create({"year": 2027})
        wizard.sudo().company_id = other
        with self.assertRaises(AccessError):
            wizard.action_save()
