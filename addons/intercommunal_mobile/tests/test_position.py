import json
from datetime import timedelta
from uuid import uuid4

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..tools import content as contents
from .common import FieldCase

HERE = {"latitude": 48.6921, "longitude": 6.1844, "accuracy": 7.6}


@tagged("post_install", "-at_install")
class TestPosition(FieldCase):
    """One point a report, of the teams that want it; their managers alone see it."""

    def setUp(self):
        super().setUp()
        self.job.sudo().team_id.locate_reports = True

    def _kept(self, answer):
        submission = self._submission(answer)
        return (submission.latitude, submission.longitude, submission.accuracy)

    def test_a_team_that_wants_it_keeps_one_point(self):
        answer = self._receive(self._content(position=HERE))
        self.assertEqual(self._kept(answer), (48.6921, 6.1844, 8))
        report = self._submission(answer).report_id.with_user(self.manager)
        self.assertIn("mlat=48.692100", report.position_url)
        # the readable copy of the message does not keep it longer
        self.assertNotIn("position", json.loads(self._submission(answer).content))

    def test_off_by_default(self):
        team = self.env["intercommunal.team"].create(
            {"name": "Other", "service_id": self.service.id}
        )
        self.assertFalse(team.locate_reports)
        self.job.sudo().team_id.locate_reports = False
        answer = self._receive(self._content(position=HERE))
        self.assertEqual(answer["status"], "created")
        self.assertEqual(self._kept(answer), (0, 0, 0))

    def test_the_phone_asks_only_for_the_teams_that_want_it(self):
        jobs = self.env["intercommunal.intervention"].with_user(self.leader)
        self.assertEqual([job["locate"] for job in jobs._get_field_jobs()], [True])
        self.job.sudo().team_id.locate_reports = False
        self.assertEqual([job["locate"] for job in jobs._get_field_jobs()], [False])

    def test_a_report_without_a_point_is_as_good(self):
        answer = self._receive(self._content())
        self.assertEqual(answer["state"], "complete")
        report = self._submission(answer).report_id.with_user(self.manager)
        self.assertFalse(report.position_url)
        # and it is the same message as before there were points
        self.assertNotIn("position", contents.clean(self._content()))

    def test_what_is_no_point_is_refused_in_words(self):
        for wrong in (
            "48.69",
            {**HERE, "latitude": 91},
            {**HERE, "longitude": "6"},
            {**HERE, "accuracy": -1},
            {**HERE, "latitude": float("nan")},
        ):
            with (
                self.subTest(wrong=wrong),
                self.assertRaises(ValidationError) as raised,
            ):
                self._receive(self._content(position=wrong))
            self.assertIn("update the page", str(raised.exception))

    def test_a_phone_that_doubts_by_a_whole_country_is_no_fault(self):
        answer = self._receive(self._content(position={**HERE, "accuracy": 5e6}))
        self.assertEqual(self._kept(answer)[2], contents.MAX_ACCURACY)

    def test_neither_the_commune_nor_the_agents_read_it(self):
        answer = self._receive(self._content(position=HERE))
        report = self._submission(answer).report_id
        for user in (self.referent, self.agent, self.leader):
            with self.subTest(user.name), self.assertRaises(AccessError):
                report.with_user(user).read(["position_url"])
            self.assertTrue(report.with_user(user).read(["summary"]))

    def test_it_is_erased_after_a_year(self):
        old = self._submission(self._receive(self._content(position=HERE)))
        self.job = self._planned()
        self.job.sudo().team_id.locate_reports = True
        recent = self._submission(
            self._receive(self._content(position=HERE), str(uuid4()))
        )
        old.received_at -= timedelta(days=367)
        recent.received_at -= timedelta(days=300)
        self.env["intercommunal.mobile.submission"]._gc_positions()
        self.assertEqual((old.latitude, old.longitude, old.accuracy), (0, 0, 0))
        self.assertFalse(old.report_id.with_user(self.manager).position_url)
        self.assertTrue(recent.latitude)
