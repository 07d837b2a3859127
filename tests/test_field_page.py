"""The field page on a phone: each report arrives once, whatever the network does."""

import base64
import re
from hashlib import sha256

from browsing import PHONE, TIMEOUT
from test_journey import Territory, photo

from odoo import Command, fields
from odoo.tests import tagged

FIELD = "/intercommunal/field"
UNDO = 11_000  # ms, more than the time to take a report back
MARK = {"kind": "rect", "points": [[0.2, 0.3], [0.7, 0.8]]}
API = "**/intercommunal/api/"
# the moment from which a message can't be taken back is now
LET_GO = """() => new Promise((done) => {
    const open = indexedDB.open("intercommunal-field");
    open.onsuccess = () => {
        const transaction = open.result.transaction(["items"], "readwrite");
        transaction.objectStore("items").openCursor().onsuccess = ({ target }) => {
            const cursor = target.result;
            if (cursor) {
                cursor.update({ ...cursor.value, sendAfter: Date.now() });
                cursor.continue();
            }
        };
        transaction.oncomplete = () => {
            open.result.close();
            new BroadcastChannel("intercommunal-field").postMessage("changed");
            done();
        };
    };
})"""


class FieldPage(Territory):
    """A leader with jobs of today, and what the server has in the end."""

    def setUp(self):
        super().setUp()
        self.jobs = [self._job(f"Fuite {index}") for index in (1, 2)]

    def _job(self, name):
        request = self.send_request(name)
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.intervention_ids
        job.with_user(self.manager).action_plan(self.team.id, fields.Datetime.now())
        return job

    # ------------------------------------------------------- what was before

    def report_one(self, job, summary="Joint changé.", photos=()):
        """The leader's report of ``job``, sent: an hour of work.

        :param photos: values of its photos
        """
        report = job.with_user(self.leader)._get_draft_report()
        report.write(
            {
                "summary": summary,
                "line_ids": [
                    Command.create(
                        {"kind": "labour", "agent_id": self.leader.id, "minutes": 60}
                    )
                ],
                "photo_ids": [Command.create(vals) for vals in photos],
            }
        )
        report.action_send()
        return report

    def send_back(self, job):
        """The referent drew on the photo of ``job`` and sent it back.

        :return: (line, photo) that are meant
        """
        with open(photo(self.folder, "joint.jpg", "#4477aa"), "rb") as file:
            image = base64.b64encode(file.read())
        report = self.report_one(job, photos=[{"name": "Le joint", "image": image}])
        run = report.sudo().validation_id.with_user(self.referent)
        line, shot = report.sudo().line_ids[0], report.sudo().photo_ids
        run.action_annotate("Ici.", photo_id=shot.id, marks=[MARK])
        run.action_rework("Le joint goutte encore.", line_id=line.id, photo_id=shot.id)
        return line, shot

    def _note_fault(self, message):
        # a network that fails is what these tests are about
        if "Failed to load resource" not in message.text:
            super()._note_fault(message)

    # ---------------------------------------------------------- what a leader does

    def open(self, page):
        # a browser with network wakes the worker when it likes: the tests do
        page.context.add_init_script(
            "if (self.SyncManager) SyncManager.prototype.register = async () => {};"
        )
        page.goto(FIELD)
        page.locator("button.card").first.wait_for()
        # the page is kept for when there is no network
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.evaluate(
            """() => Boolean(navigator.serviceWorker.controller)
                || new Promise((done) => {
                    navigator.serviceWorker.addEventListener("controllerchange", done);
                    setInterval(() => navigator.serviceWorker.controller && done(), 100);
                }).then(() => true)"""
        )

    def write(self, page, name, shots=1):
        """Card, photo, and the note that says what was done."""
        page.locator("button.card", has_text=name).click()
        for index in range(shots):
            self.shoot(page, f"{name}-{index}.jpg", f"#{index}{index}77aa")
        page.get_by_label("Note").fill(f"Joint changé : {name}")

    def shoot(self, page, file, color="#4477aa"):
        before = page.locator(".photos li").count()
        path = photo(self.folder, file, color)
        page.get_by_label("Photo après").set_input_files(path)
        page.locator(".photos li").nth(before).wait_for()

    def finish(self, page):
        page.get_by_role("button", name="Terminé, envoyer").click()
        page.get_by_role("heading", name="Mes interventions").wait_for()

    def finish_and_send(self, page):
        """Finish the report, and let the time to take it back pass (`page.clock`)."""
        self.finish(page)
        page.clock.fast_forward(UNDO)
        self.wait_sent(page)

    def let_go(self, page):
        """The time to take a report back passes, where `page.clock` can't be played."""
        page.evaluate(LET_GO)

    def wait_sent(self, page):
        page.get_by_role("status").filter(has_text="Tout est envoyé").wait_for()

    def wait_until(self, page, question, arg=None):
        """Ask until the answer is yes; Playwright's own takes a promise for one."""
        for _turn in range(TIMEOUT // 100):
            if page.evaluate(question, arg):
                return
            page.wait_for_timeout(100)
        self.fail(f"It never came: {question} {arg}")

    def push(self, page):
        """Ask for sending now, as a leader does who sees the network come back."""
        page.locator(".pill").click()
        page.get_by_role("button", name="Envoyer maintenant").click()

    def spoil(self, page, url, answer):
        """Answer ``url`` with something else, or cut it; returns the calls met."""
        hit = []

        def fail(route):
            hit.append(route)
            return route.fulfill(**answer) if answer else route.abort()

        page.route(url, fail)
        return hit

    def wait_met(self, page, hit):
        """Wait for the first of the calls that `spoil` meets, and for what follows."""
        for _turn in range(TIMEOUT // 50):
            if hit:
                self.settle(page)
                return
            page.wait_for_timeout(50)
        self.fail("The call that is spoiled never came.")

    def hashes(self, page):
        """SHA-256 of the photos that the phone stored."""
        return page.evaluate(
            """() => new Promise((resolve) => {
                const open = indexedDB.open("intercommunal-field");
                open.onsuccess = () => {
                    const all = open.result.transaction(["photos"]).objectStore("photos").getAll();
                    all.onsuccess = () => resolve(all.result.map((photo) => photo.sha256));
                };
            })"""
        )

    # ---------------------------------------------------------------- what arrived

    def assert_arrived(self, job, photos=1, hashes=None):
        """One report of this job is with the commune, with its photos."""
        self.assertEqual(len(job.report_ids), 1)
        report = job.report_id
        self.assertEqual((report.state, len(report.photo_ids)), ("sent", photos))
        submission = self.env["intercommunal.mobile.submission"].search(
            [("report_id", "=", report.id)]
        )
        self.assertEqual(submission.state, "complete")
        if hashes is not None:
            self.assertEqual(
                sorted(submission.photo_ids.mapped("sha256")), sorted(hashes)
            )


@tagged("post_install", "-at_install")
class TestFieldPage(FieldPage):
    """Each fault by itself."""

    def test_three_taps_and_the_shutter(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.shot(page, "list")
            taps = (
                "window.taps = 0; addEventListener('click', () => window.taps++, true)"
            )
            page.evaluate(taps)
            page.locator("button.card", has_text="Fuite 1").click()
            with page.expect_file_chooser() as chooser:
                page.get_by_label("Photo après").click()
            chooser.value.set_files(photo(self.folder, "after.jpg", "#4477aa"))
            page.locator(".photos li").wait_for()
            self.shot(page, "job")
            self.finish(page)
            self.assertEqual(page.evaluate("window.taps"), 3)
            self.shot(page, "undo")
            page.clock.fast_forward(UNDO)
            self.wait_sent(page)
            self.shot(page, "sent")
            hashes = self.hashes(page)
        self.assert_arrived(self.jobs[0], hashes=hashes)
        report = self.jobs[0].report_id
        self.assertTrue(report.total_minutes)
        self.assertEqual(report.sent_by_id, self.leader)

    def test_ten_seconds_to_take_it_back(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            page.get_by_role("button", name="Annuler").click()
            page.get_by_label("Note").wait_for()
            page.clock.fast_forward(UNDO)
            self.settle(page)
        self.assertFalse(self.jobs[0].report_ids)

    def test_without_network_from_start_to_end(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.set_offline(True)
            page.reload()
            self.write(page, "Fuite 1", shots=2)
            self.finish(page)
            page.reload()
            page.get_by_role("status").filter(
                has_text="Hors ligne, 1 à envoyer"
            ).wait_for()
            self.shot(page, "offline")
            hashes = self.hashes(page)
            page.context.set_offline(False)
            self.let_go(page)
            self.push(page)
            self.wait_sent(page)
            self.settle(page)
        self.assert_arrived(self.jobs[0], 2, hashes)
        # and the office looks for nothing on this phone any more
        phone = self.env["intercommunal.mobile.device"].search([])
        self.assertEqual(phone.unsent_count, 0)

    def test_the_answer_is_lost_after_the_server_wrote(self):
        lost = []

        def lose_first(route):
            if lost:
                return route.continue_()
            lost.append(route.fetch())
            return route.abort()

        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.route(API + "submit", lose_first)
            self.write(page, "Fuite 1")
            self.finish(page)
            page.clock.fast_forward(UNDO)
            page.get_by_role("status").filter(has_text="1 à envoyer").wait_for()
            self.settle(page)
            self.push(page)
            self.wait_sent(page)
        self.assertTrue(lost)
        self.assert_arrived(self.jobs[0])

    def test_a_portal_a_proxy_and_a_cut_photo_lose_nothing(self):
        """Somebody else answers 200, a proxy says 502, a photo is cut: it is kept."""
        faults = [
            (API + "submit", {"status": 200, "body": "<html>Wi-Fi</html>"}),
            (API + "submit", {"status": 502, "body": "Bad gateway"}),
            (API + "pull", {"status": 200, "body": '{"jsonrpc": "2.0"}'}),
            (API + "submit", {"json": {"jsonrpc": "2.0", "result": {"uuid": "other"}}}),
            (API + "photo/**", {"status": 422, "json": {"status": "mismatch"}}),
            (API + "photo/**", None),
        ]
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1", shots=2)
            self.finish(page)
            hashes = self.hashes(page)
            page.clock.fast_forward(UNDO)
            for url, answer in faults:
                hit = self.spoil(page, url, answer)
                self.push(page)
                self.wait_met(page, hit)
                page.unroute(url)
                self.assertEqual(page.locator(".pill.good").count(), 0)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 2, hashes)

    def test_the_session_ends_and_the_report_waits_for_a_login(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            page.context.clear_cookies()
            page.clock.fast_forward(UNDO)
            page.get_by_role("link", name="Se connecter pour envoyer").wait_for()
            self.shot(page, "login")
            self._log_in(page, "chef-equipe", FIELD)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])

    def test_another_person_of_the_phone_never_sends_it(self):
        self.jobs[1].with_user(self.manager).agent_ids = self.agent
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.context.set_offline(True)
            self.write(page, "Fuite 1")
            self.finish(page)
            page.context.set_offline(False)
            page.context.clear_cookies()
            self._log_in(page, "agent-terrain", FIELD)
            page.clock.fast_forward(UNDO)
            self.settle(page)
            # an agent is told that the leader sends it
            page.locator("button.card", has_text="Fuite 2").click()
            page.get_by_role("button", name="Terminé, pour le chef").wait_for()
            page.locator(".pill").click()
            page.get_by_text("Écrit par une autre personne").wait_for()
            page.get_by_text("Luc Gérard").wait_for()
            # as people do who share a phone
            page.get_by_role("heading", name="Samir Haddad").wait_for()
            self.shot(page, "shared")
            page.get_by_role("button", name="Changer de personne").click()
            page.wait_for_url("**/web/login?redirect=/intercommunal/field")
            self._log_in(page, "chef-equipe", FIELD)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])
        self.assertEqual(self.jobs[0].report_id.sent_by_id, self.leader)

    def test_the_page_is_killed_behind_the_camera(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            with page.expect_file_chooser():
                page.get_by_label("Photo après").click()
            self.shoot(page, "first.jpg")
            page.goto("about:blank")
            page.goto(FIELD)
            # it opens again where it was, with its photo
            page.get_by_role("heading", name="Fuite 1").wait_for()
            page.locator(".photos li").wait_for()
            self.assertEqual(page.locator(".photos li").count(), 1)
            # and the day's list says that it was begun
            page.get_by_role("button", name="Retour").click()
            card = page.locator("button.card", has_text="Fuite 1")
            card.get_by_text("Brouillon sur ce téléphone").wait_for()

    def test_a_full_phone_says_so_and_the_form_stays(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").fill("Joint changé")
            page.evaluate(
                """() => {
                    const put = IDBObjectStore.prototype.put;
                    IDBObjectStore.prototype.put = function (value) {
                        if (this.name === "photos") {
                            throw new DOMException("full", "QuotaExceededError");
                        }
                        return put.apply(this, arguments);
                    };
                }"""
            )
            path = photo(self.folder, "full.jpg", "#4477aa")
            page.get_by_label("Photo après").set_input_files(path)
            page.get_by_role("alert").filter(has_text="plein").wait_for()
            self.assertEqual(page.get_by_label("Note").input_value(), "Joint changé")
            self.assertEqual(page.locator(".photos li").count(), 0)

    def test_two_tabs_send_once(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            other = page.context.new_page()
            other.goto(FIELD)
            other.locator("button.card").first.wait_for()
            page.clock.fast_forward(UNDO)
            self.push(other)
            self.wait_sent(other)
            self.wait_sent(page)
            other.close()
        self.assert_arrived(self.jobs[0])

    def test_a_cancelled_job_keeps_its_evidence(self):
        job_id = self.jobs[0].id
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.set_offline(True)
            self.write(page, "Fuite 1")
            self.finish(page)
            self.let_go(page)
            self.call_office(
                page,
                "responsable",
                "intercommunal.intervention",
                "action_cancel",
                [job_id],
                "Plus besoin.",
            )
            page.context.set_offline(False)
            self.push(page)
            page.get_by_text("le bureau va regarder").first.wait_for()
        submission = self.env["intercommunal.mobile.submission"].search(
            [("intervention_id", "=", self.jobs[0].id)]
        )
        self.assertEqual(submission.state, "to_reconcile")
        self.assertIn("Joint changé", submission.content)

    def test_it_is_small_and_installable(self):
        sizes = {}

        def weigh(response):
            if "intercommunal" in response.url and response.ok:
                sizes[re.sub(r".*/", "", response.url)] = response

        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            page.on("response", weigh)
            self.open(page)
            worker = page.request.get("/intercommunal/sw.js")
            manifest = page.request.get("/intercommunal/manifest.webmanifest").json()
            shell = page.request.get(FIELD).text()
            targets = page.locator("button, a").evaluate_all(
                "all => all.map((one) => one.getBoundingClientRect().height)"
            )
        self.assertEqual(worker.headers["service-worker-allowed"], "/intercommunal/")
        self.assertEqual(manifest["start_url"], FIELD)
        self.assertGreaterEqual(min(targets), 48)
        # nothing of anybody in what every phone keeps
        for name in ("Valbois", "Luc", "Fuite", "chef-equipe", "csrf"):
            self.assertNotIn(name, shell)
        self.assertEqual(len(sha256(shell.encode()).hexdigest()), 64)
