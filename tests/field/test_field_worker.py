"""The page is closed: its worker sends what waits, once, and only for who wrote it."""

from browsing import PHONE
from phone_case import PhoneCase
from test_field_page import FIELD

from odoo.tests import tagged

# of the same address, and no page of the worker
ELSEWHERE = "/web/health"
# Chromium's own tools (CDP ServiceWorker.dispatchSyncEvent) want a machine with network
WAKE = """() => new Promise((resolve) => {
    const event = new SyncEvent("sync", { tag: "intercommunal-outbox" });
    // what the browser waits for; it wakes the worker again when that fails
    event.waitUntil = (work) => work.then(() => resolve("done"), () => resolve("again"));
    self.dispatchEvent(event);
})"""
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
        """The browser tells the worker that the network is back.

        :return: "done", or "again" when it should be woken later
        """
        return page.context.service_workers[0].evaluate(WAKE)

    def states(self, page):
        """The states of the messages on the phone."""
        return page.evaluate(STATES)

    def test_what_waits_leaves_with_the_page_closed(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1", shots=2)
            hashes = self.hashes(page)
            self.finish(page)
            self.leave(page)
            page.context.service_workers[0].evaluate(f"() => {{ ({WAKE})() }}")
            # what can still be taken back is not sent: the phone may be opened again
            page.wait_for_timeout(3000)
            self.assertEqual(self.states(page), ["queued"])
            self.assertEqual(self.wake(page), "done")
            self.assertEqual(self.states(page), ["complete"])
        self.assert_arrived(self.jobs[0], 2, hashes)
        phone = self.env["intercommunal.mobile.device"].search([])
        self.assertEqual(phone.unsent_count, 0)

    def test_the_worker_fails_where_the_network_does_and_is_woken_again(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            self.finish(page)
            self.leave(page)
            self.let_go(page)
            for act in ("refuse", "captive"):
                self.proxy.plan("submit", act)
                self.assertEqual(self.wake(page), "again")
                self.assertEqual(self.states(page), ["queued"])
            # the text leaves, its photo is cut, then it comes too
            self.proxy.plan("photo", "cut_up")
            self.assertEqual(self.wake(page), "again")
            self.assertEqual(self.states(page), ["received"])
            self.assertEqual(self.wake(page), "done")
            self.assertEqual(self.states(page), ["complete"])
        self.assert_arrived(self.jobs[0])

    def test_the_worker_stops_at_a_login_and_never_sends_as_another(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            self.finish(page)
            self.leave(page)
            self.let_go(page)
            page.context.clear_cookies()
            self.assertEqual(self.wake(page), "done")
            self.assertEqual(self.states(page), ["needs_login"])
            for login, state in (
                ("agent-terrain", "other_user"),
                ("chef-equipe", "complete"),
            ):
                page.context.clear_cookies()
                self._log_in(page, login, ELSEWHERE)
                self.assertEqual(self.wake(page), "done")
                self.assertEqual(self.states(page), [state])
        self.assert_arrived(self.jobs[0])
        self.assertEqual(self.jobs[0].report_id.sent_by_id, self.leader)

    def test_the_worker_and_an_open_page_send_once(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1", shots=2)
            self.finish(page)
            # held back, nobody sends it
            self.push(page)
            self.settle(page)
            self.assertEqual(self.states(page), ["queued"])
            self.let_go(page)
            worker = page.context.service_workers[0]
            for _turn in range(3):
                worker.evaluate(f"() => {{ ({WAKE})() }}")
            # which let a page go first, by a second
            page.wait_for_timeout(900)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 2)
