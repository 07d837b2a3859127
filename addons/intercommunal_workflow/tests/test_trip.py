from datetime import timedelta
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import format_datetime

from ..tools import geo
from .common import IntercommunalCase

MONDAY = fields.Datetime.to_datetime("2026-11-30 08:00:00")


@tagged("post_install", "-at_install")
class TestTrip(IntercommunalCase):
    """One journey for the jobs of several communes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.write(
            {"partner_latitude": 48.95, "partner_longitude": 5.80}
        )
        # five and ten kilometres east, by crow
        cls.commune.write({"partner_latitude": 48.95, "partner_longitude": 5.8685})
        cls.other_commune.write({"partner_latitude": 48.95, "partner_longitude": 5.937})
        cls.small = cls.type.copy({"name": "Sign to put back", "default_duration": 1})

    def _waiting(self, commune=None, **vals):
        commune = commune or self.commune
        user = self.stranger if commune == self.other_commune else self.requester
        request = self._new_request(
            user, commune_id=commune.id, site_id=False, **{"name": "Sign", **vals}
        )
        request.action_submit()
        request.with_user(self.manager).action_accept()
        return request.with_user(self.manager)

    def _trip(self, *jobs, **vals):
        return (
            self.env["intercommunal.trip"]
            .with_user(self.manager)
            .create(
                {
                    "service_id": self.service.id,
                    "team_id": self.team.id,
                    "intervention_ids": [Command.link(job.id) for job in jobs],
                    **vals,
                }
            )
        )

    def _jobs(self):
        first = self._planned(site_id=False)
        other = self._waiting(self.other_commune)
        other.action_schedule()
        second = other.intervention_ids
        second.action_plan(self.team.id, fields.Datetime.now() - timedelta(hours=3))
        return first, second

    # ---------------------------------------------------------------- planning

    def test_planning_a_job_proposes_the_small_ones_nearby(self):
        near = self._waiting(self.other_commune, type_id=self.small.id)
        far = self._waiting(type_id=self.small.id, latitude=49.5, longitude=6.5)
        long_one = self._waiting()
        request = self._waiting(type_id=self.small.id)
        found = dict(request._find_nearby())
        self.assertEqual(list(found), [near])
        self.assertAlmostEqual(
            found[near], geo.road_km((48.95, 5.8685), (48.95, 5.937))
        )
        self.assertNotIn(far, found)
        self.assertNotIn(long_one, found, "three hours are no small job")
        self.service.nearby_km = 2
        self.assertFalse(request._find_nearby())

    def test_the_point_of_a_request_is_its_own_then_its_site_s(self):
        self.site.write({"latitude": 48.1, "longitude": 5.1})
        request = self._new_request()
        self.assertEqual(request._get_point(), (48.1, 5.1))
        request.write({"latitude": 48.2, "longitude": 5.2})
        self.assertEqual(request._get_point(), (48.2, 5.2))
        request.write({"latitude": 0, "longitude": 0, "site_id": False})
        self.assertEqual(request.sudo()._get_point(), (48.95, 5.8685))

    def test_what_is_ticked_is_planned_after_the_job_as_one_trip(self):
        near = self._waiting(self.other_commune, type_id=self.small.id)
        request = self._waiting()
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=request.id)
        )
        wizard.team_id = self.team
        wizard.date_start = MONDAY
        self.assertIn("h planned of", wizard.day_load)
        self.assertFalse(wizard.round_words)
        with wizard.nearby_ids.edit(0) as line:
            line.selected = True
        said = wizard.round_words
        plan = wizard.save()
        plan.action_confirm()
        first, second = request.intervention_ids, near.intervention_ids
        # when the team would be back was said before
        end = format_datetime(plan.env, second.date_end, dt_format="EEEE d MMMM, HH:mm")
        self.assertEqual(said, f"The round would end on {end}.")
        self.assertEqual(second.state, "planned")
        # 6.5 km of small roads: ten minutes, to five minutes
        self.assertEqual(second.date_start, first.date_end + timedelta(minutes=10))
        self.assertEqual(second.team_id, self.team)
        trip = first.trip_id
        self.assertEqual(trip.intervention_ids, first | second)
        self.assertEqual(trip.date, MONDAY.date())
        self.assertGreater(trip.estimated_km, 20)

    def test_a_round_that_ends_after_the_working_hours_is_said(self):
        """Each job fits in the day, all of them do not."""
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "Town hall hours", "tz": "Europe/Paris"}
        )
        self._waiting(self.other_commune, type_id=self.small.id)
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=self._waiting().id)
        )
        wizard.team_id = self.team
        wizard.date_start = MONDAY + timedelta(hours=5)
        wizard.date_end = MONDAY + timedelta(hours=8)
        self.assertFalse(wizard.warning, "14:00 to 17:00 in Paris")
        with wizard.nearby_ids.edit(0) as line:
            line.selected = True
        self.assertIn("Ends at 18:10, after the working hours", wizard.warning)

    def test_nothing_ticked_plans_the_job_alone(self):
        near = self._waiting(self.other_commune, type_id=self.small.id)
        request = self._waiting()
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=request.id)
        )
        wizard.team_id = self.team
        wizard.date_start = MONDAY
        wizard.save().action_confirm()
        self.assertFalse(request.intervention_ids.trip_id)
        self.assertEqual(near.state, "accepted")

    # ------------------------------------------------------------------ shares

    def test_shares_add_up_to_the_kilometres_by_each_rule(self):
        first, second = self._jobs()
        third = self._planned(site_id=False)
        trip = self._trip(first, second, third, total_km=100)
        self.assertEqual(self._shares(trip), ["33.34", "33.33", "33.33"])
        trip.share_rule = "distance"
        # 5, 5 and 10 km from the depot: first and third are of the same commune
        shares = trip._get_shares()
        self.assertEqual(sum(share for _before, share in shares.values()), 100)
        self.assertAlmostEqual(float(shares[second.id][1]), 50, 0)
        trip.share_rule = "hours"
        first.date_end = first.date_start + timedelta(hours=1)
        second.date_end = second.date_start + timedelta(hours=2)
        third.date_end = third.date_start + timedelta(hours=1)
        self.assertEqual(self._shares(trip), ["25.00", "25.00", "50.00"])
        self.assertEqual(second.trip_km, 50)

    def _shares(self, trip):
        return [str(share) for _before, share in trip._get_shares().values()]

    def test_unknown_positions_share_in_equal_parts(self):
        first, second = self._jobs()
        self.other_commune.partner_latitude = self.other_commune.partner_longitude = 0
        trip = self._trip(first, second, total_km=30, share_rule="distance")
        self.assertEqual(self._shares(trip), ["15.00", "15.00"])

    # ----------------------------------------------------------------- reports

    def test_a_report_counts_its_share_once_it_is_sent(self):
        first, second = self._jobs()
        trip = self._trip(first, second, total_km=42.5)
        report = self._reported(first)
        line = report.line_ids.filtered("trip_id")
        self.assertEqual((line.kind, line.quantity), ("travel", 21.25))
        self.assertTrue(trip.is_used)
        with self.assertRaises(UserError):
            trip.total_km = 60
        with self.assertRaises(UserError):
            second.with_user(self.manager).trip_id = False
        with self.assertRaises(UserError):
            trip.unlink()
        report.action_recall()
        trip.total_km = 60
        draft = first.report_id
        self.assertFalse(draft.line_ids.filtered("trip_id"), "worked out anew")
        draft.with_user(self.leader).action_send()
        self.assertEqual(draft.line_ids.filtered("trip_id").quantity, 30)

    def test_a_team_that_counts_its_own_way_is_not_charged_twice(self):
        first, second = self._jobs()
        self._trip(first, second, total_km=40)
        report = self._draft_report(first)
        report.line_ids = [
            Command.create({"kind": "travel", "name": "By van", "quantity": 12})
        ]
        report.action_send()
        travel = report.line_ids.filtered(lambda line: line.kind == "travel")
        self.assertEqual(travel.mapped("quantity"), [12])

    def test_nobody_writes_a_share_by_hand(self):
        first, second = self._jobs()
        trip = self._trip(first, second, total_km=40)
        report = self._draft_report(first)
        with self.assertRaises(UserError):
            report.line_ids = [
                Command.create({"kind": "travel", "quantity": 1, "trip_id": trip.id})
            ]

    # ------------------------------------------------------------------ rights

    def test_the_leader_enters_the_kilometres_and_plans_nothing(self):
        first, second = self._jobs()
        trip = self._trip(first, second)
        trip.with_user(self.leader).total_km = 31
        self.assertEqual(Decimal(repr(trip.total_km)), 31)
        with self.assertRaises(AccessError):
            trip.with_user(self.leader).share_rule = "hours"
        with self.assertRaises(AccessError):
            trip.with_user(self.agent).total_km = 1
        with self.assertRaises(AccessError):
            trip.with_user(self.requester).read(["total_km"])

    def test_a_trip_is_of_one_service(self):
        first, _second = self._jobs()
        service = self.env["intercommunal.service"].create(
            {"name": "Sweeping", "code": "SWP", "manager_ids": self.manager.ids}
        )
        with self.assertRaises(ValidationError):
            self._trip(first, service_id=service.id, team_id=False)
