"""What a phone does by itself: its clock, its storage, its last resort, its worker."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256

from browsing import PHONE
from test_field_faults import PhoneFaults
from test_field_page import FIELD

from odoo import fields
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPhone(PhoneFaults):
    def test_a_database_that_the_system_closed_is_opened_again(self):
        job_id = self.jobs[0].id
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            page.evaluate("chaos.closeDatabase()")
            report = self.write_report(page, job_id)
            page.evaluate("chaos.closeDatabase()")
            page.evaluate("chaos.sync()")
            self.assertEqual(self.state_of(page, report), "complete")
        self.assertEqual(len(self.jobs[0].report_ids), 1)

    def test_a_clock_that_is_wrong_by_a_year_dates_nothing_wrong(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            page.clock.install(time=fields.Datetime.now() - timedelta(days=400))
            self.open(page)
            # the job of today is there, although this phone is a year behind
            self.write(page, "Fuite 1")
            self.finish_and_send(page)
        self.assert_arrived(self.jobs[0])
        report = self.jobs[0].report_id
        submission = self.env["intercommunal.mobile.submission"].search([])
        now = fields.Datetime.now()
        for moment in (
            submission.captured_at,
            report.ended_at,
            report.photo_ids.taken_at,
        ):
            self.assertLess(abs(now - moment), timedelta(minutes=10))
        today = fields.Date.context_today(self.leader)
        self.assertEqual(set(report.line_ids.mapped("date")), {today})

    def test_the_last_resort_is_a_file_with_everything(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.set_offline(True)
            self.write(page, "Fuite 1", shots=2)
            self.finish(page)
            hashes = self.hashes(page)
            page.locator(".pill").click()
            with page.expect_download() as download:
                page.get_by_role("button", name="Tout enregistrer").click()
            with open(download.value.path(), "rb") as file:
                content = file.read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            [report] = [
                json.loads(archive.read(name))
                for name in names
                if name.endswith(".json")
            ]
            photos = [
                sha256(archive.read(name)).hexdigest()
                for name in names
                if name.endswith(".jpg")
            ]
        self.assertIn("Joint changé", report["content"]["summary"])
        self.assertEqual(sorted(photos), sorted(hashes))

    def test_the_worker_serves_pages_and_touches_nothing_that_is_sent(self):
        came = {}
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.on(
                "response",
                lambda answer: came.update(
                    {
                        (answer.request.method, answer.url.rpartition("/")[2]): (
                            answer.from_service_worker
                        )
                    }
                ),
            )
            page.reload()
            page.locator("button.card").first.wait_for()
            self.settle(page)
        self.assertTrue(came["GET", "field"])
        self.assertTrue(came["GET", "app.js"])
        self.assertFalse(came["POST", "pull"])

    def test_it_asks_to_be_kept_and_speaks_at_each_occasion(self):
        now = fields.Datetime.now()
        occasions = {
            "network": "dispatchEvent(new Event('online'))",
            "in sight again": "document.dispatchEvent(new Event('visibilitychange'))",
        }
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            page.add_init_script(
                "if (self.StorageManager) StorageManager.prototype.persist = async () => (self.persisted = true);"
            )
            page.clock.install(time=now)
            self.open(page)
            self.assertTrue(page.evaluate("self.persisted"))
            # time stands still: no timer speaks in the place of what is tried
            page.clock.pause_at(now + timedelta(hours=1))
            self.settle(page)
            for name, act in occasions.items():
                with (
                    self.subTest(name),
                    page.expect_request("**/api/pull", timeout=5000),
                ):
                    page.evaluate(act)
                self.settle(page)
            with page.expect_request("**/api/pull", timeout=5000):
                page.clock.run_for(61_000)
            self.settle(page)

    def test_two_equal_photos_are_two_photos(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            self.shoot(page, "same.jpg")
            self.shoot(page, "same.jpg")
            page.get_by_label("Note").fill("Joint changé")
            self.finish_and_send(page)
            hashes = self.hashes(page)
        self.assertEqual(len(set(hashes)), 1)
        self.assert_arrived(self.jobs[0], 2, hashes)
