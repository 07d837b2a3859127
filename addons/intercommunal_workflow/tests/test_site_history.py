from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestSiteHistory(IntercommunalCase):
    def _done(self, start=None):
        job = self._planned()
        if start:
            job.action_plan(date_start=start)
        report = self._reported(job)
        report.validation_id.with_user(self.referent).action_approve(
            content_hash=report.content_hash
        )
        return job

    def test_a_site_tells_what_was_done_there(self):
        self._done()
        self._planned()
        site = self.site.with_user(self.manager)
        self.assertEqual(site.history_count, 1)
        self.assertEqual(site.history_hours, 2.0)
        self.assertEqual(site.request_count, 2)

    def test_three_years_only(self):
        self._done(fields.Datetime.now() - timedelta(days=4 * 365))
        site = self.site.with_user(self.manager)
        self.assertFalse(site.history_count)
        self.assertFalse(
            self.env["intercommunal.intervention"].search(
                site.action_open_history()["domain"]
            )
        )

    def test_the_history_opens_its_jobs(self):
        job = self._done()
        action = self.site.with_user(self.manager).action_open_history()
        jobs = self.env["intercommunal.intervention"].search(action["domain"])
        self.assertEqual(jobs, job)
        self.assertEqual(jobs.with_user(self.manager).done_hours, 2.0)
        # the web client shows this one above the list
        self.assertIn(self.site.name, action["display_name"])

    def test_queries_do_not_grow_with_the_sites(self):
        self._done()
        sites = self.site | self.env["intercommunal.site"].create(
            [
                {"name": f"Site {index}", "commune_id": self.commune.id}
                for index in range(20)
            ]
        )
        sites = sites.with_user(self.manager)
        sites.mapped("history_count")
        self.env.invalidate_all()
        sites.mapped("name")
        with self.assertQueryCount(6):
            sites.mapped("history_count")
