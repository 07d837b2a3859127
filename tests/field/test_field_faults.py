"""The faults of a phone and of its office that need a story of their own."""

import base64
import io
from pathlib import Path

from browsing import PHONE
from phone_case import PhoneCase
from PIL import Image
from test_field_page import API, FIELD, UNDO

from odoo.tests import tagged

MANY = 30


class PhoneFaults(PhoneCase):
    """What the stories share."""

    def write_report(self, page, job_id, **about):
        return page.evaluate(
            "([job, about]) => chaos.write(job, [], about)", [job_id, about]
        )

    def state_of(self, page, report):
        return page.evaluate("(uuid) => chaos.look(uuid)", report["uuid"])["state"]


@tagged("post_install", "-at_install")
class TestPhoneFaults(PhoneFaults):
    def test_the_browser_is_killed_in_a_sync_of_thirty(self):
        jobs = self.plan_jobs(MANY)
        job_ids = jobs.ids
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            reports = [self.write_report(page, job_id) for job_id in job_ids]
            for _kill in range(3):
                page.evaluate("void chaos.sync()")
                page.wait_for_timeout(150)
                page.goto("about:blank")
                page.goto(FIELD)
                self.reach(page)
            page.evaluate("chaos.sync()")
            states = {self.state_of(page, report) for report in reports}
            self.assertEqual(states, {"complete"})
        self.assertEqual([len(job.report_ids) for job in jobs], [1] * MANY)

    def test_a_new_tab_opens_without_network(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.set_offline(True)
            tab = page.context.new_page()
            tab.goto(FIELD)
            tab.locator("button.card", has_text="Fuite 1").wait_for()
            tab.close()

    def test_an_error_inside_a_transaction_keeps_nothing_of_it(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            kept = page.evaluate(
                """async () => {
                    try {
                        await chaos.db.transaction(["meta"], "readwrite", (meta) => {
                            meta.put({ key: "half", value: 1 });
                            throw new Error("in the middle");
                        });
                    } catch {
                        // what the page shows
                    }
                    return [await chaos.db.get("meta", "half"), Boolean(await chaos.db.get("meta", "snapshot"))];
                }"""
            )
            self.assertEqual(kept, [None, True])

    def test_evicted_storage_starts_anew_and_doubles_nothing(self):
        job_id = self.jobs[0].id
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            report = self.write_report(page, job_id)
            page.evaluate("chaos.sync()")
            self.assertEqual(self.state_of(page, report), "complete")
            page.goto("about:blank")
            page.goto("/intercommunal/manifest.webmanifest")
            page.evaluate(
                """async () => {
                    await new Promise((done) => {
                        const gone = indexedDB.deleteDatabase("intercommunal-field");
                        gone.onsuccess = gone.onblocked = done;
                    });
                    for (const name of await caches.keys()) await caches.delete(name);
                }"""
            )
            page.goto(FIELD)
            page.locator("button.card", has_text="Fuite 2").wait_for()
            self.reach(page)
            page.evaluate("chaos.sync()")
        self.assertEqual(len(self.jobs[0].report_ids), 1)

    def test_an_archived_user_keeps_the_report_on_the_phone(self):
        job_id, leader_id = self.jobs[0].id, self.leader.id
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            page.context.set_offline(True)
            report = self.write_report(page, job_id)
            self.call_office(
                page, "admin", "res.users", "write", [leader_id], {"active": False}
            )
            page.context.set_offline(False)
            page.evaluate("chaos.sync()")
            self.assertEqual(self.state_of(page, report), "needs_login")
        self.assertFalse(self.jobs[0].report_ids)

    def test_a_new_version_while_a_report_waits(self):
        job_id = self.jobs[0].id

        def ask_to_update(route):
            uuid = route.request.post_data_json["params"]["uuid"]
            answer = {"status": "upgrade_required", "uuid": uuid}
            route.fulfill(json={"jsonrpc": "2.0", "result": answer})

        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            # first: the page sends by itself as soon as something waits
            page.route(f"{API}submit", ask_to_update)
            report = self.write_report(page, job_id)
            page.evaluate("chaos.sync()")
            self.assertEqual(self.state_of(page, report), "upgrade")
            page.unroute(f"{API}submit")
            # the new page, after "Mettre à jour"
            page.reload()
            self.reach(page)
            page.evaluate("chaos.sync()")
            self.assertEqual(self.state_of(page, report), "complete")
        self.assertEqual(len(self.jobs[0].report_ids), 1)

    def test_the_worker_of_somebody_logged_out_serves_after_the_login(self):
        with self.as_visitor(PHONE, FIELD) as page:
            page.locator("button.pill").wait_for()
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            self._log_in(page, "chef-equipe", FIELD)
            page.locator("button.card", has_text="Fuite 1").wait_for()
            page.context.set_offline(True)
            page.reload()
            page.locator("button.card", has_text="Fuite 1").wait_for()

    def test_one_of_ten_is_refused_and_the_others_leave(self):
        jobs = self.plan_jobs(10)
        job_ids = jobs.ids
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.reach(page)
            reports = [
                self.write_report(
                    page, job_id, outcome="nonsense" if index == 3 else "done"
                )
                for index, job_id in enumerate(job_ids)
            ]
            page.evaluate("chaos.sync()")
            states = [self.state_of(page, report) for report in reports]
            self.assertEqual(states[3], "refused")
            self.assertEqual(set(states[:3] + states[4:]), {"complete"})
            # the pill does not say that all is well
            page.get_by_role("status").filter(has_text="Refusé : 1").wait_for()
            page.locator(".pill").click()
            page.get_by_text("est illisible").first.wait_for()
            page.get_by_role("button", name="Renvoyer").wait_for()
        self.assertEqual(
            [len(job.report_ids) for job in jobs], [1, 1, 1, 0, 1, 1, 1, 1, 1, 1]
        )


@tagged("post_install", "-at_install")
class TestPhotoFaults(PhoneFaults):
    """Photos as phones and people make them."""

    def _file(self, name, content):
        path = Path(self.folder) / name
        path.write_bytes(content)
        return str(path)

    def _jpeg(self, size, orientation=None):
        stream = io.BytesIO()
        image = Image.new("RGB", size, "#4477aa")
        exif = Image.Exif()
        if orientation:
            exif[0x0112] = orientation
            exif[0x010F] = "Phone of Luc"
        image.save(stream, "JPEG", exif=exif.tobytes())
        return stream.getvalue()

    def add(self, page, path):
        before = page.locator(".photos li").count()
        page.get_by_label("Photo après").set_input_files(path)
        page.locator(".photos li").nth(before).wait_for()

    def test_a_rotated_and_a_huge_photo_arrive_upright_and_light(self):
        rotated = self._file("rotated.jpg", self._jpeg((400, 300), orientation=6))
        huge = self._file("huge.jpg", self._jpeg((8000, 5000)))
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            for path in (rotated, huge):
                self.add(page, path)
            page.get_by_label("Note").fill("Joint changé")
            self.finish_and_send(page)
        self.assert_arrived(self.jobs[0], 2)
        photos = self.jobs[0].report_id.photo_ids
        upright, light = sorted(photos, key=lambda photo: self._size(photo)[0])
        self.assertEqual(self._size(upright), (300, 400))
        self.assertEqual(self._size(light), (1600, 1000))
        for photo in (upright, light):
            self.assertFalse(dict(self._open(photo).getexif()), "nothing hidden")

    def test_a_fake_photo_is_refused_alone_and_an_empty_one_at_once(self):
        fake = self._file("fake.jpg", b"<svg onload=alert(1)>" * 40)
        heic = self._file("phone.heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 500)
        empty = self._file("empty.jpg", b"")
        good = self._file("good.jpg", self._jpeg((400, 300)))
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            for path in (fake, heic, good):
                self.add(page, path)
            page.get_by_label("Photo après").set_input_files(empty)
            page.get_by_role("alert").wait_for()
            self.assertEqual(page.locator(".photos li").count(), 3)
            page.get_by_label("Note").fill("Joint changé")
            self.finish(page)
            page.clock.fast_forward(UNDO)
            # the pill does not say that all is well
            page.get_by_role("status").filter(has_text="Refusé : 1").wait_for()
            self.assertEqual(self._age_reports(page), 1, "it has them alone")
            page.get_by_text("n’est pas une photo").first.wait_for()
            self.shot(page, "refused")
            page.get_by_role("button", name="J’ai vu").click()
            self.wait_sent(page)
            page.get_by_text("n’est pas une photo").first.wait_for()
            self.assertEqual(self._age_reports(page), 0, "nobody needs them now")
        self.assert_arrived(self.jobs[0], 1)
        refused = self.env["intercommunal.mobile.photo"].search(
            [("state", "=", "refused")]
        )
        self.assertEqual(len(refused), 2)
        self.assertTrue(all(refused.mapped("fault")), "each says why")

    def test_what_the_server_has_leaves_the_phone_after_a_week(self):
        good = self._file("good.jpg", self._jpeg((400, 300)))
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            self.add(page, good)
            self.finish_and_send(page)
            self.assertEqual(self._age_reports(page), 0)
        self.assert_arrived(self.jobs[0], 1)

    def _age_reports(self, page):
        """Make the phone's reports complete since ever; how many it keeps then."""
        page.evaluate(
            """async () => {
                const db = odoo.loader.modules.get("@intercommunal_mobile/field_send/db");
                for (const item of await db.all("items")) {
                    await db.put("items", { ...item, completeAt: 1 });
                }
            }"""
        )
        self.push(page)
        self.settle(page)
        # the first contact reads them anew, the second one sees their age
        page.get_by_role("button", name="Envoyer maintenant").click()
        self.settle(page)
        return page.evaluate(
            """async () => (await odoo.loader.modules
                .get("@intercommunal_mobile/field_send/db").all("items")).length"""
        )

    def _open(self, photo):

        return Image.open(io.BytesIO(base64.b64decode(photo.image)))

    def _size(self, photo):
        return self._open(photo).size
