"""What the commune refused comes back on the phone; what an iPhone makes of photos."""

from pathlib import Path

from axe import find_violations
from browsing import PHONE
from test_field_page import API, FIELD, FieldPage
from test_field_report import ALLOWED
from test_field_screens import FIELD_RULES

from odoo.tests import tagged

HEIC = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 500
API_PUSH = "/intercommunal/api/push"
NEW = "https://fcm.googleapis.com/fcm/send/new"
CHANGED = """async (old) => {
    const fresh = {
        endpoint: "https://fcm.googleapis.com/fcm/send/new",
        toJSON: () => ({ endpoint: fresh.endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => true,
    };
    // headless Chromium has no carrier of pushes
    PushManager.prototype.subscribe = async () => fresh;
    const asked = (self.asked = []);
    self.fetch = async (url, options) => {
        const { params } = JSON.parse(options.body);
        asked.push([url, params]);
        const result = params.subscription ? { allowed: true } : { key: "k" };
        const answer = { jsonrpc: "2.0", result: { protocol: 1, ...result } };
        return new Response(JSON.stringify(answer));
    };
    const event = new ExtendableEvent("pushsubscriptionchange");
    event.oldSubscription = old && { endpoint: old };
    self.dispatchEvent(event);
}"""


# a browser that keeps its subscription, whoever is logged in
SHARED = """() => {
    const make = () => ({
        endpoint: "https://fcm.googleapis.com/fcm/send/shared",
        toJSON: () => ({ endpoint: make().endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => {
            localStorage.removeItem("subscribed");
            return true;
        },
    });
    PushManager.prototype.subscribe = async () => {
        localStorage.setItem("subscribed", 1);
        return make();
    };
    PushManager.prototype.getSubscription = async () =>
        localStorage.getItem("subscribed") && make();
}"""


@tagged("post_install", "-at_install")
class TestFieldReturned(FieldPage):
    def _see(self, page, line):
        page.locator("button.card", has_text="Fuite 1").click()
        page.get_by_text("Le joint goutte encore.").wait_for()
        page.locator(".words strong", has_text=line).wait_for()
        page.get_by_text("Ici.").wait_for()
        image = page.locator(".returned img")
        image.wait_for()
        page.locator(".returned path.halo").wait_for(state="attached")
        return image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")

    def test_it_comes_back_with_line_photo_and_words_without_network_too(self):
        line, shot = self.send_back(self.jobs[0])
        line, uuid = line.name, shot.uuid
        asked = []
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            page.on(
                "request",
                lambda call: call.url.endswith("api/returned") and asked.append(call),
            )
            self.open(page)
            page.locator("button.card.back", has_text="À refaire").wait_for()
            page.locator("button.card", has_text="Fuite 1").click()
            # it is fetched as soon as it is wanted, then never again
            page.locator(".returned img").wait_for()
            self.assertEqual(page.locator(".returned").count(), 1)
            page.get_by_role("button", name="Retour").click()
            self.push(page)
            self.settle(page)
            self.assertEqual(len(asked), 1)
            page.context.set_offline(True)
            page.goto("about:blank")
            page.goto(FIELD)
            self.assertEqual(self._see(page, line), [800, 600])
            self.assertFalse(find_violations(page, FIELD_RULES, outside=()))
            self.shot(page, "returned")
            # the next person of this phone keeps nothing of it
            page.context.set_offline(False)
            page.context.clear_cookies()
            self._log_in(page, "responsable", FIELD)
            page.locator("button.pill.good").wait_for()
            self.push(page)
            self.wait_until(
                page,
                """(key) => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
                    .get("meta", key).then((kept) => !kept)""",
                f"returned/{uuid}",
            )

    # ---------------------------------------------------------------------- HEIC

    def test_an_iphone_is_asked_for_a_format_that_is_read(self):
        path = Path(self.folder) / "phone.jpg"
        path.write_bytes(HEIC)
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").fill("Joint changé")
            shots = page.locator(".shot input")
            self.assertEqual(
                set(shots.evaluate_all("all => all.map((one) => one.accept)")),
                {"image/jpeg,image/png,image/webp"},
            )
            page.get_by_label("Photo après").set_input_files(path)
            # one that came all the same: what to do is said, and it is kept
            page.get_by_role("alert").filter(has_text="Le plus compatible").wait_for()
            self.assertEqual(page.locator(".photos li").count(), 1)
            self.assertEqual(page.get_by_label("Note").input_value(), "Joint changé")
            self.shot(page, "heic")
            # what can't be shown can't be drawn on: it stays as it is
            page.get_by_role("button", name="Dessiner").click()
            self.settle(page)
            self.assertEqual(page.get_by_role("dialog").count(), 0)
            self.assertEqual(page.locator(".photos li").count(), 1)

    # ------------------------------------------------------------- notifications

    def _change(self, page, old):
        """The browser changes this phone's address; what the worker asked."""
        worker = page.context.service_workers[0]
        worker.evaluate(CHANGED, old)
        page.wait_for_timeout(500)
        return worker.evaluate("self.asked")

    def test_the_worker_tells_the_server_of_an_address_that_changed(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            # nobody allowed anything here: nothing is asked for
            self.assertEqual(self._change(page, None), [])
            page.evaluate(
                """() => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
                    .put("meta", { key: "notices", endpoint: "https://old", user: 7 })"""
            )
            asked = self._change(page, None)
            self.assertEqual([url for url, _params in asked], [API_PUSH, API_PUSH])
            told = asked[1][1]
            self.assertEqual(told["replaces"], "https://old")
            self.assertEqual(told["subscription"]["endpoint"], NEW)
            kept = page.evaluate(
                """() => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
                    .get("meta", "notices")"""
            )
            self.assertEqual((kept["endpoint"], kept["user"]), (NEW, 7))

    def test_the_page_mends_what_the_worker_could_not(self):
        user = self.leader.id
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.grant_permissions(["notifications"])
            asked = []

            def answer(route):
                params = route.request.post_data_json["params"]
                asked.append(params)
                result = {"allowed": True} if "subscription" in params else {"key": "k"}
                route.fulfill(
                    json={"jsonrpc": "2.0", "result": {"protocol": 1, **result}}
                )

            page.route(f"{API}push", answer)
            page.evaluate(ALLOWED)
            page.evaluate(
                """(user) => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
                    .put("meta", { key: "notices", endpoint: "https://old", user })""",
                user,
            )
            self.push(page)
            self.settle(page)
            page.evaluate(
                "PushManager.prototype.getSubscription = PushManager.prototype.subscribe"
            )
            page.get_by_role("button", name="Envoyer maintenant").click()
            self.settle(page)
            self.assertIn("subscription", asked[-1])
            self.assertEqual(len(asked), 2, "once")

    def test_on_a_shared_phone_nobody_reads_what_is_for_another(self):
        """It pauses while somebody else is logged in, and goes on with who allowed it."""
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            page.context.grant_permissions(["notifications"])
            page.add_init_script(f"({SHARED})()")
            asked = []

            def answer(route):
                params = route.request.post_data_json["params"]
                asked.append("subscription" in params)
                result = {"allowed": True} if asked[-1] else {"key": "k"}
                route.fulfill(
                    json={"jsonrpc": "2.0", "result": {"protocol": 1, **result}}
                )

            page.route(f"{API}push", answer)
            subscribed = "() => Boolean(localStorage.getItem('subscribed'))"
            self.open(page)
            page.locator(".pill").click()
            page.get_by_role("button", name="M’avertir sur ce téléphone").click()
            page.get_by_text("Ce téléphone vous avertit").wait_for()
            self.assertTrue(page.evaluate(subscribed))
            for login, is_on in (("agent-terrain", False), ("chef-equipe", True)):
                del asked[:]
                page.context.clear_cookies()
                self._log_in(page, login, FIELD)
                page.locator(".pill.good").wait_for()
                self.push(page)
                self.settle(page)
                self.assertEqual(page.evaluate(subscribed), is_on, login)
                self.assertEqual(asked, [False, True] if is_on else [], login)
