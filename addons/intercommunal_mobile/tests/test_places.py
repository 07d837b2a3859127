from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import FieldCase


@tagged("post_install", "-at_install")
class TestPlaces(FieldCase):
    """The places around a team, and what was done there."""

    def _places(self, user=None):
        sites = self.env["intercommunal.site"].with_user(user or self.leader)
        return {place["id"]: place for place in sites._get_field_places()}

    def _done(self, days=10):
        """A job of the school that was reported some days ago."""
        job = self._planned()
        job.date_start = fields.Datetime.now() - timedelta(days=days)
        job.date_end = job.date_start + timedelta(hours=1)
        self._reported(job)
        return job

    def test_places_of_the_communes_where_the_team_works(self):
        other = self.env["intercommunal.site"].create(
            {"name": "Elsewhere", "commune_id": self.other_commune.id}
        )
        hall = self.env["intercommunal.site"].create(
            {"name": "Hall", "commune_id": self.commune.id}
        )
        gone = self.env["intercommunal.site"].create(
            {"name": "Torn down", "commune_id": self.commune.id, "active": False}
        )
        for user in (self.leader, self.agent):
            places = self._places(user)
            self.assertEqual(places[self.site.id]["name"], "School")
            self.assertIn(hall.id, places)
            self.assertFalse({other.id, gone.id} & places.keys())

    def test_who_has_no_job_has_no_places(self):
        newcomer = self._new_agent()
        for user in (newcomer, self.finance, self.manager):
            with self.subTest(user.login):
                self.assertFalse(self._places(user))

    def _new_agent(self):
        return self.agent.copy({"login": "newcomer", "name": "Newcomer"})

    def test_history_tells_the_day_the_type_and_the_outcome_alone(self):
        job = self._done()
        job.internal_note = "The caretaker is difficult."
        [told] = self._places()[self.site.id]["history"]
        self.assertEqual(
            told,
            {
                "date": str(job.date_start.date()),
                "type": "Small repair",
                "outcome": "Done",
            },
        )

    def test_the_latest_come_first_and_only_a_few(self):
        for days in (40, 10, 30, 20, 50, 60):
            self._done(days)
        history = self._places()[self.site.id]["history"]
        dates = [told["date"] for told in history]
        self.assertEqual(len(dates), 5)
        self.assertEqual(dates, sorted(dates, reverse=True))

    def test_what_another_service_did_there_is_its_own(self):
        job = self._done()
        other = self.service.copy({"code": "OTHER", "name": "Water"})
        job.request_id.sudo()._write({"service_id": other.id})
        job.sudo()._write({"service_id": other.id})
        self.env.invalidate_all()
        self.assertFalse(self._places()[self.site.id]["history"])

    def test_the_cost_does_not_grow_with_the_places(self):
        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._places()
            return self.env.cr.sql_log_count - before

        self._done()
        count()
        few = count()
        self.env["intercommunal.site"].create(
            [
                {"name": f"Place {number}", "commune_id": self.commune.id}
                for number in range(30)
            ]
        )
        self._done(20)
        self.assertLessEqual(count(), few)

    def test_a_job_tells_its_place_and_the_answers_of_the_commune(self):
        self.type.properties_definition = [
            {"name": "room", "string": "Room *", "type": "char"}
        ]
        job = self._planned(properties={"room": "Canteen"})
        [told] = [
            told
            for told in self.env["intercommunal.intervention"]
            .with_user(self.leader)
            ._get_field_jobs()
            if told["id"] == job.id
        ]
        self.assertEqual(told["site_id"], self.site.id)
        self.assertEqual(told["answers"], [{"label": "Room", "value": "Canteen"}])
