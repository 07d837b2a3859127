from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import intervention
from .common import FieldCase


@tagged("post_install", "-at_install")
class TestJobs(FieldCase):
    """Which jobs a phone is told of, and in which order."""

    def _get_jobs(self):
        jobs = self.env["intercommunal.intervention"].with_user(self.leader)
        return jobs._get_field_jobs()

    def test_old_jobs_never_hide_those_to_come(self):
        now = fields.Datetime.now()
        dates = {self.job: now - timedelta(days=9)}
        for days in (-5, 1, 3):
            dates[self._planned()] = now + timedelta(days=days)
        for job, date in dates.items():
            job.action_plan(self.team.id, date)
        oldest, *others = [job.id for job in dates]
        self.assertEqual([job["id"] for job in self._get_jobs()], [oldest, *others])
        with patch.object(intervention, "MAX_JOBS", 3):
            self.assertEqual([job["id"] for job in self._get_jobs()], others)
        with patch.object(intervention, "MAX_JOBS", 2):
            self.assertEqual([job["id"] for job in self._get_jobs()], others[1:])

    def test_a_phone_knows_when_a_job_began(self):
        self.assertEqual(self._get_jobs()[0]["started"], "")
        self.job.with_user(self.leader).action_start()
        self.assertEqual(
            self._get_jobs()[0]["started"], f"{self.job.started_at.isoformat()}Z"
        )
