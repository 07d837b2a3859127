"""The page is closed: its worker sends what waits, once, and only for who wrote it."""

from browsing import PHONE
from phone_case import PhoneCase
from test_field_page import FIELD, UNDO

from odoo.tests import tagged

# of the same address, and no page of the worker
ELSEWHERE = "/web/health"
TAG = "intercommunal-outbox"
STATES = """() => new Promise((resolve) => {
    const open = indexedDB.open("intercommunal-field");
    open.onsuccess = () => {
        const all = open.result.transaction(["items"]).objectStore("items").getAll();
        all.onsuccess = () => {
            open.result.close();
            resolve(all.result.map((item) => item.state));
        };
    };
})"""


@tagged("post_install", "-at_install")
class TestWorker(PhoneCase):
    def leave(self, page):
        """Close the page; what stays is the worker."""
        page.goto(ELSEWHERE)

    def wake(self, page):
        """Chromium tells the worker that the network is back."""
        tools = page.context.new_cdp_session(page)
        found = []
        tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: found.extend(event["registrations"]),
        )
        tools.send("ServiceWorker.enable")
        for _turn in range(100):
            if found:
                break
            page.wait_for_timeout(50)
        [registration] = {one["registrationId"] for one in found}
        tools.send(
            "ServiceWorker.dispatchSyncEvent",
            {
                "origin": self.base_url(),
                "registrationId": registration,
                "tag": TAG,
                "lastChance": False,
            },
        )
        tools.detach()

    def wait_state(self, page, state):
        page.wait_for_function(
            f"(state) => ({STATES})().then((all) => all.every((one) => one === state))",
            arg=state,
        )

    def test_what_waits_leaves_with_the_page_closed(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1", shots=2)
            hashes = self.hashes(page)
            self.finish(page)
            self.leave(page)
            self.wake(page)
            # what can still be taken back is not sent: the phone may be opened again
            page.wait_for_timeout(2000)
            self.assertEqual(page.evaluate(STATES), ["queued"])
            self.wait_state(page, "complete")
            self.assertFalse(self.proxy.done)
        self.assert_arrived(self.jobs[0], 2, hashes)

    def test_the_worker_fails_where_the_network_does_and_is_woken_again(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            self.finish(page)
            self.leave(page)
            for act in ("refuse", "captive", "502"):
                self.proxy.plan("submit", act)
            for _turn in range(3):
                self.wake(page)
                page.wait_for_timeout(UNDO if not _turn else 2500)
            self.assertEqual(page.evaluate(STATES), ["queued"])
            self.proxy.heal()
            page.goto(FIELD)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])

    def test_the_worker_stops_at_a_login_and_never_sends_as_another(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            self.finish(page)
            self.leave(page)
            page.context.clear_cookies()
            self.wake(page)
            self.wait_state(page, "needs_login")
            self._log_in(page, "agent-terrain", ELSEWHERE)
            self.wake(page)
            self.wait_state(page, "other_user")
            page.context.clear_cookies()
            self._log_in(page, "chef-equipe", ELSEWHERE)
            self.wake(page)
            self.wait_state(page, "complete")
        self.assert_arrived(self.jobs[0])
        self.assertEqual(self.jobs[0].report_id.sent_by_id, self.leader)

    def test_the_worker_and_an_open_page_send_once(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1", shots=2)
            self.finish(page)
            page.wait_for_timeout(UNDO - 2000)
            for _turn in range(3):
                self.wake(page)
                page.wait_for_timeout(700)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 2)
