from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestJobSheet(IntercommunalCase):
    def _sheet(self, **vals):
        return (
            self.env["intercommunal.job.sheet"]
            .with_user(self.manager)
            .create({"service_id": self.service.id, **vals})
        )

    def test_a_day_holds_its_jobs_only(self):
        today, later = self._planned(), self._planned()
        later.action_plan(date_start=fields.Datetime.now() + timedelta(days=9))
        day = fields.Datetime.context_timestamp(self.manager, today.date_start).date()
        self.assertEqual(self._sheet(date=day)._get_jobs(), today)

    def test_a_week_starts_on_monday(self):
        sheet = self._sheet(date="2026-11-26", period="week")
        self.assertEqual(
            sheet._get_period(),
            (fields.Date.to_date("2026-11-23"), fields.Date.to_date("2026-11-29")),
        )

    def test_the_day_proposed_is_the_next_one_with_work(self):
        """On a Friday that is no Saturday; a week printed then is the coming one."""
        self.manager.tz = "Europe/Paris"
        sheets = self.env["intercommunal.job.sheet"].with_user(self.manager)
        tomorrow = fields.Date.context_today(sheets) + timedelta(days=1)
        self.assertEqual(sheets.default_get(["date"])["date"], tomorrow)
        day = tomorrow + timedelta(days=3)
        start = fields.Datetime.to_datetime(day) + timedelta(hours=8)
        self._planned().action_plan(date_start=start)
        self._planned().action_plan(date_start=start + timedelta(days=2))
        self.assertEqual(sheets.default_get(["date"])["date"], day)

    def test_nothing_planned_says_so(self):
        with self.assertRaisesRegex(UserError, "Nothing is planned"):
            self._sheet(date="2020-01-01").action_print()

    def test_the_sheet_says_where_what_and_how_to_enter_it(self):
        job = self._planned()
        job.instructions = "Shut the water first."
        self.type.checklist = "Water shut\nFloor dry"
        html = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            ._render_qweb_html("intercommunal_workflow.report_job_sheet", job.ids)[0]
            .decode()
        )
        for text in ("Crew North", "Valbois", "Shut the water", "Floor dry", "agent"):
            self.assertIn(text, html)
        self.assertIn("data:image/png;base64,", html)
        self.assertTrue(
            job._get_sheet_url().endswith(f"/odoo/interventions/{job.id}/paper-sheet")
        )

    def test_teams_have_a_page_a_day(self):
        jobs = self._planned() | self._planned()
        jobs[1].action_plan(date_start=jobs[0].date_start + timedelta(days=1))
        report = self.env["report.intercommunal_workflow.report_job_sheet"]
        self.assertEqual(len(report._get_pages(jobs)), 2)

    def test_another_service_is_not_printed(self):
        job = self._planned()
        with self.assertRaises(AccessError):
            self.env["report.intercommunal_workflow.report_job_sheet"].with_user(
                self.nobody
            )._get_report_values(job.ids)


@tagged("post_install", "-at_install")
class TestPaperReport(IntercommunalCase):
    def _form(self, job):
        paper = Form(
            self.env["intercommunal.paper.report"]
            .with_user(self.manager)
            .with_context(active_id=job.id)
        )
        paper.summary = "Joint replaced."
        return paper

    def test_the_secretary_confirms_what_was_planned(self):
        job = self._planned()
        paper = self._form(job)
        self.assertEqual(paper.intervention_id, job)
        self.assertEqual(len(paper.line_ids), 2, "a line an agent")
        paper.save().action_confirm()
        report = job.report_id
        self.assertEqual(report.state, "sent")
        self.assertTrue(report.on_behalf, "flagged as entered by the service")
        self.assertEqual(report.total_minutes, 2 * 180)
        self.assertEqual(report.validation_id.state, "open")

    def test_items_of_the_type_are_ready_and_left_out_when_empty(self):
        pipe = self.env["product.product"].create({"name": "Pipe", "type": "consu"})
        self.type.product_ids = [Command.link(pipe.id)]
        paper = self._form(self._planned())
        with paper.line_ids.edit(2) as line:
            self.assertEqual(line.product_id, pipe)
        record = paper.save()
        record.action_confirm()
        self.assertEqual(
            set(record.intervention_id.report_id.line_ids.mapped("kind")), {"labour"}
        )

    def test_the_photo_of_the_sheet_is_kept(self):
        paper = self._form(self._planned())
        record = paper.save()
        record.scan = self._png()
        record.action_confirm()
        self.assertEqual(record.intervention_id.report_id.photo_ids.name, "Paper sheet")

    def test_an_empty_sheet_is_not_sent(self):
        record = self._form(self._planned()).save()
        record.line_ids.hours = 0
        with self.assertRaisesRegex(UserError, "at least one"):
            record.action_confirm()
        self.assertFalse(record.intervention_id.report_ids)

    def test_an_impossible_job_needs_no_time(self):
        record = self._form(self._planned()).save()
        record.line_ids.hours = 0
        record.write({"outcome": "impossible", "scan": self._png()})
        record.action_confirm()
        self.assertEqual(record.intervention_id.report_id.outcome, "impossible")

    def test_a_foreign_address_gives_an_empty_form(self):
        for job_id in (False, "1", 10**9):
            paper = (
                self.env["intercommunal.paper.report"]
                .with_user(self.manager)
                .with_context(active_id=job_id)
                .new({})
            )
            self.assertFalse(paper.intervention_id)
