"""What a report says beside its photo, the places around, and notifications."""

import os
import re
from datetime import UTC, datetime, timedelta

from browsing import PHONE
from test_field_page import API, FIELD, UNDO, FieldPage
from test_journey import photo

from odoo import Command, fields
from odoo.tests import tagged

ALLOWED = """() => {
    // headless Chromium has no carrier of pushes
    const subscription = {
        endpoint: "https://fcm.googleapis.com/fcm/send/x",
        toJSON: () => ({ endpoint: subscription.endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => true,
    };
    PushManager.prototype.subscribe = async () => subscription;
    PushManager.prototype.getSubscription = async () => null;
}"""


@tagged("post_install", "-at_install")
class TestFieldReport(FieldPage):
    def setUp(self):
        super().setUp()
        self.products = self.env["product.product"].create(
            [
                {"name": "Joint", "type": "consu"},
                {"name": "Robinet", "type": "consu"},
                {"name": "Nacelle", "type": "service"},
            ]
        )
        self.type.write(
            {
                "product_ids": [Command.set(self.products.ids)],
                "checklist": "Couper l'eau\nProtéger le sol",
            }
        )

    def _open_parts(self, page):
        page.evaluate(
            "document.querySelectorAll('details').forEach((part) => (part.open = true))"
        )

    def _step(self, page, label, button, times=1):
        row = page.get_by_role("group", name=label)
        for _time in range(times):
            row.get_by_role("button", name=button).click()

    def test_everything_that_a_report_says_arrives(self):
        # of the team, one alone was planned
        self.jobs[0].with_user(self.manager).agent_ids = self.agent
        old = photo(self.folder, "old.jpg", "#206020")
        taken = datetime.now(UTC) - timedelta(hours=2)
        os.utime(old, (taken.timestamp(), taken.timestamp()))
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_text("Salle").wait_for()
            page.get_by_label("Photo avant").set_input_files(
                photo(self.folder, "before.jpg", "#803020")
            )
            page.locator(".photos li").first.wait_for()
            page.get_by_label("Ce que montre la photo").fill("Avant, côté cour")
            page.get_by_label("Ce que montre la photo").press("Tab")
            self.shoot(page, "after.jpg")
            # one that was taken before the page was opened, and shows how it was
            page.get_by_label("Photos déjà prises").set_input_files(old)
            page.locator(".photos li").nth(2).get_by_role(
                "button", name="C’était avant"
            ).click()
            page.get_by_role("heading", name="3. Photo avant").wait_for()
            self._open_parts(page)
            page.get_by_text("Samir Haddad 2 h 00", exact=True).wait_for()
            self._step(page, "Samir Haddad", "Un quart d’heure de plus", 2)
            # who came all the same
            self._step(page, "Luc Gérard", "Un quart d’heure de plus", 1)
            page.get_by_text("Samir Haddad 2 h 30, Luc Gérard 0 h 15").wait_for()
            self._step(page, "Nacelle", "Un quart d’heure de plus", 3)
            self._step(page, "Robinet", "Un de plus", 2)
            box = page.get_by_role("textbox", name="Robinet")
            for typed, shown in (("douze", "2"), ("-1", "2"), ("12,5", "12,5")):
                box.fill(typed)
                box.press("Tab")
                self.assertEqual(box.input_value(), shown)
            page.get_by_label("Couper l'eau").check()
            page.get_by_label("Note").fill("Robinet remplacé.")
            self.shot(page, "report")
            self.finish_and_send(page)
            # what was used comes first the next time
            page.locator("button.card", has_text="Fuite 2").click()
            page.get_by_role("heading", name="Fuite 2").wait_for()
            part = page.locator("details", has_text="Matériel et fournitures")
            # as it is written, whether the part is open or not
            items = [
                re.search("Joint|Robinet|Nacelle", row)[0]
                for row in part.locator(".stepper").all_text_contents()
            ]
            self.assertEqual(sorted(items[:2]), ["Nacelle", "Robinet"])
        report = self.jobs[0].report_id
        self.assertEqual(report.state, "sent")
        told = {
            (line.kind, line.agent_id.name or line.product_id.name): (
                line.minutes or line.quantity
            )
            for line in report.line_ids
        }
        self.assertEqual(told["labour", "Samir Haddad"], 150)
        self.assertEqual(told["labour", "Luc Gérard"], 15)
        self.assertEqual(told["equipment", "Nacelle"], 45)
        self.assertEqual(told["material", "Robinet"], 12.5)
        self.assertIn("☑ Couper l'eau", report.summary)
        self.assertIn("☐ Protéger le sol", report.summary)
        self.assertEqual(
            sorted((shot.kind, shot.name or "") for shot in report.photo_ids),
            [("after", ""), ("before", ""), ("before", "Avant, côté cour")],
        )
        # as old as its file
        told = min(report.photo_ids.mapped("taken_at"))
        self.assertLess(
            abs(told - taken.replace(tzinfo=None)),
            timedelta(seconds=10),
        )

    def test_what_is_missing_is_said_on_the_phone(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_role("button", name="Impossible").click()
            reason = page.locator(".choices button").first
            reason.click()
            alert = page.get_by_role("alert")
            alert.filter(has_text="photo").wait_for()
            page.get_by_role("button", name="Partiel", exact=True).click()
            page.get_by_role("button", name="Partiel, envoyer").click()
            alert.filter(has_text="reste").wait_for()
            page.get_by_label("Ce qui reste à faire").fill("Le second évier.")
            page.get_by_role("button", name="Partiel, envoyer").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            page.clock.fast_forward(UNDO)
            self.wait_sent(page)
        report = self.jobs[0].report_id
        self.assertEqual((report.outcome, report.state), ("partial", "sent"))
        rest = self.jobs[0].request_id.intervention_ids - self.jobs[0]
        self.assertEqual(rest.instructions, "Le second évier.")

    def test_blocked_by_something_else_asks_for_words(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_role("button", name="Bloqué").click()
            page.get_by_role("button", name="Autre").click()
            page.get_by_role("alert").filter(has_text="ce qui bloque").wait_for()
            page.get_by_label("Note").fill("Un nid de guêpes.")
            page.get_by_role("button", name="Autre").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            self.wait_sent(page)
        job = self.jobs[0]
        self.assertEqual((job.state, job.block_reason), ("blocked", "other"))
        self.assertEqual(job.block_note, "Un nid de guêpes.")

    def test_the_week_day_by_day(self):
        later = fields.Datetime.now() + timedelta(days=3)
        self.jobs[1].with_user(self.manager).action_plan(self.team.id, later)
        day = fields.Datetime.context_timestamp(self.leader, later).day
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.assertEqual(page.locator("button.card").count(), 1)
            page.get_by_role("button", name="La semaine").click()
            page.locator("button.card", has_text="Fuite 2").wait_for()
            self.assertEqual(page.locator("button.card").count(), 2)
            page.get_by_role("heading", name=str(day)).wait_for()
            self.shot(page, "week")

    def test_the_first_of_a_month_is_said_as_in_french(self):
        say = """([month, day, options]) => odoo.loader.modules
            .get("@intercommunal_mobile/field/screens")
            .dayWords(new Date(2026, month, day), options)"""
        options = {"weekday": "long", "month": "long"}
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            words = [
                page.evaluate(say, [11, day, options]) for day in (1, 2, 11, 21, 31)
            ]
            self.assertEqual(
                words,
                [
                    "mardi 1er décembre",
                    "mercredi 2 décembre",
                    "vendredi 11 décembre",
                    "lundi 21 décembre",
                    "jeudi 31 décembre",
                ],
            )

    # ----------------------------------------------------------------- position

    def _report_located(self, wanted):
        """A report of a team that notes positions, from a phone that says its own."""
        self.team.locate_reports = True
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            page.context.grant_permissions(["geolocation"])
            page.context.set_geolocation(
                {"latitude": 48.6921, "longitude": 6.1844, "accuracy": 12}
            )
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            self.shoot(page, "after.jpg")
            joined = page.get_by_label("Joindre ma position")
            # nobody said yes yet
            self.assertFalse(joined.is_checked())
            joined.check()
            page.get_by_text("± 12 m").wait_for()
            if not wanted:
                joined.uncheck()
                page.get_by_text("± 12 m").wait_for(state="detached")
            self.shot(page, "position")
            self.finish_and_send(page)
        return self.jobs[0].report_id.with_user(self.manager)

    def test_the_position_is_joined_once_when_the_team_wants_it(self):
        report = self._report_located(True)
        self.assertIn("mlat=48.692100&mlon=6.184400", report.position_url)

    def test_who_changes_their_mind_reports_without_it(self):
        report = self._report_located(False)
        self.assertEqual(report.state, "sent")
        self.assertFalse(report.position_url)

    def test_who_says_nothing_joins_nothing(self):
        self.team.locate_reports = True
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            page.context.grant_permissions(["geolocation"])
            page.context.set_geolocation({"latitude": 48.6921, "longitude": 6.1844})
            self.open(page)
            page.clock.install()
            page.evaluate(
                """() => {
                    window.asked = 0;
                    const ask = Geolocation.prototype.getCurrentPosition;
                    Geolocation.prototype.getCurrentPosition = function (...args) {
                        window.asked++;
                        return ask.apply(this, args);
                    };
                }"""
            )
            self.write(page, "Fuite 1")
            self.finish_and_send(page)
            self.assertEqual(page.evaluate("window.asked"), 0)
        report = self.jobs[0].report_id.with_user(self.manager)
        self.assertFalse(report.position_url)

    # ------------------------------------------------------------------- places

    def _report_before(self):
        """Something done at the school some weeks ago."""
        job = self._job("Fuite d'avant")
        (self.jobs[0] | job).request_id.site_id = self.site
        job.date_start = fields.Datetime.now() - timedelta(days=20)
        job.date_end = job.date_start + timedelta(hours=2)
        self.report_one(job, "Fait.")

    def test_places_and_their_history_without_network(self):
        self._report_before()
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.push(page)
            self.settle(page)
            page.context.set_offline(True)
            page.goto("about:blank")
            page.goto(FIELD)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_text("Ce qui a été fait ici").click()
            page.locator(".history li", has_text="Petite réparation").wait_for()
            page.get_by_role("button", name="Retour").click()
            page.get_by_role("button", name="Lieux").click()
            page.get_by_label("Chercher un lieu").fill("ecole valb")
            page.locator("summary", has_text="École maternelle").click()
            page.locator(".history li", has_text="Terminé").wait_for()
            self.shot(page, "places")
            page.get_by_label("Chercher un lieu").fill("piscine")
            page.locator("summary").first.wait_for(state="detached")

    # ------------------------------------------------------------ notifications

    def _open_notices(self, page):
        page.context.grant_permissions(["notifications"])
        page.evaluate(ALLOWED)
        page.locator(".pill").click()
        page.get_by_role("heading", name="Notifications").wait_for()

    def _answer_push(self, page, allowed):
        asked = []

        def answer(route):
            params = route.request.post_data_json["params"]
            asked.append(params)
            result = (
                {"allowed": allowed} if params.get("subscription") else {"key": "k"}
            )
            route.fulfill(json={"jsonrpc": "2.0", "result": {"protocol": 1, **result}})

        page.route(f"{API}push", answer)
        return asked

    def test_notifications_are_allowed_by_a_tap(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            asked = self._answer_push(page, True)
            self._open_notices(page)
            page.get_by_role("button", name="M’avertir sur ce téléphone").click()
            page.get_by_text("Ce téléphone vous avertit").wait_for()
            self.assertEqual(asked[-1]["subscription"]["keys"]["auth"], "a")
            self.shot(page, "notices")

    def test_a_network_without_notifications_says_so(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self._answer_push(page, False)
            self._open_notices(page)
            page.get_by_role("button", name="M’avertir sur ce téléphone").click()
            page.get_by_text("vous êtes averti par e-mail").wait_for()

    def test_a_notification_opens_its_job(self):
        payload = self.jobs[1]._prepare_push(
            "Nouvelle intervention", "INT-1", f"job/{self.jobs[1].id}"
        )
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.grant_permissions(["notifications"])
            worker = page.context.service_workers[0]
            worker.evaluate(
                """(payload) => {
                    const event = new ExtendableEvent("push");
                    event.data = { json: () => payload };
                    self.dispatchEvent(event);
                }""",
                payload,
            )
            shown = """async () => {
                const worker = await navigator.serviceWorker.ready;
                const [one] = await worker.getNotifications();
                return one && [one.title, one.body, one.data.screen];
            }"""
            self.wait_until(page, shown)
            title, body, screen = page.evaluate(shown)
            self.assertEqual((title, body), ("Nouvelle intervention", "INT-1"))
            self.assertEqual(screen, f"job/{self.jobs[1].id}")
            worker.evaluate(
                """(data) => {
                    const event = new ExtendableEvent("notificationclick");
                    event.notification = { data, close: () => {} };
                    self.dispatchEvent(event);
                }""",
                payload["options"]["data"],
            )
            page.get_by_role("heading", name="Fuite 2").wait_for()
