"""A new version is put in place while a phone has the page: nothing is lost."""

from browsing import PHONE
from phone_case import PhoneCase
from test_field_page import FIELD

from odoo.tests import tagged

from odoo.addons.intercommunal_mobile.controllers.shell import IntercommunalFieldShell

VERSION = "() => self.intercommunalField.version"


@tagged("post_install", "-at_install")
class TestFieldVersions(PhoneCase):
    def deploy(self):
        """The server has another version from now on; the old scripts are gone."""
        made_before = IntercommunalFieldShell._get_page

        def get_page(controller):
            page = made_before(controller)
            old, new = page["version"], page["version"][::-1]
            return {
                **page,
                "version": new,
                "html": page["html"].replace(old, new),
                "scripts": {
                    name: code.replace(old, new)
                    for name, code in page["scripts"].items()
                },
            }

        self.patch(IntercommunalFieldShell, "_get_page", get_page)

    def _deploy_over_a_report(self, page):
        """A new version comes while a report waits; returns the page's own."""
        self.open(page)
        before = page.evaluate(VERSION)
        self.write(page, "Fuite 1")
        self.finish(page)
        self.deploy()
        return before

    def test_between_the_first_script_and_the_later_one(self):
        """The first visit: no worker keeps anything yet."""
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            page.route("**/later.js", lambda route: route.fulfill(status=404))
            page.goto(FIELD)
            page.locator("button.card", has_text="Fuite 1").wait_for()
            update = page.get_by_role("button", name="Mettre la page à jour")
            update.wait_for()
            self.shot(page, "outdated")
            # they come all the same: nothing is to be updated for them
            page.unroute("**/later.js")
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").wait_for()
            self.assertEqual(update.count(), 0)
            page.route("**/later.js", lambda route: route.fulfill(status=404))
            page.evaluate(
                "navigator.serviceWorker.getRegistrations().then((all) =>"
                " Promise.all(all.map((one) => one.unregister())))"
            )
            page.goto("about:blank")
            page.goto(FIELD)
            update.wait_for()
            page.unroute("**/later.js")
            with page.expect_navigation():
                update.click()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").wait_for()
            self.assertEqual(update.count(), 0)

    def test_a_page_goes_on_with_its_own_screens_and_the_next_one_is_new(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            before = self._deploy_over_a_report(page)
            # the page of before comes from the phone, and its worker is replaced
            page.reload()
            page.locator("button.card").first.wait_for()
            self.assertEqual(page.evaluate(VERSION), before)
            self.wait_until(page, "() => caches.keys().then((all) => all.length === 2)")
            self.wait_until(
                page,
                """() => navigator.serviceWorker.getRegistration().then((worker) =>
                    !worker.installing && !worker.waiting
                        && worker.active.state === "activated")""",
            )
            # what the server has no more
            later = page.evaluate("() => self.intercommunalField.later")
            self.assertEqual(page.request.get(later).status, 404)
            kept = page.evaluate("(later) => fetch(later).then((a) => a.status)", later)
            self.assertEqual(kept, 200)
            page.locator("button.card", has_text="Fuite 2").click()
            page.get_by_label("Note").wait_for()
            page.reload()
            # on the job that was open
            page.get_by_label("Note").wait_for()
            self.assertEqual(page.evaluate(VERSION), before[::-1])
            self.let_go(page)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])

    def test_update_the_page_brings_the_new_one_at_once(self):
        """Not the page that the worker of before still gives."""
        upgrade = {"jsonrpc": "2.0", "result": {"status": "upgrade_required"}}
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            before = self._deploy_over_a_report(page)
            page.route("**/intercommunal/api/pull", lambda r: r.fulfill(json=upgrade))
            self.push(page)
            update = page.get_by_role("button", name="Mettre la page à jour")
            update.wait_for()
            page.unroute("**/intercommunal/api/pull")
            update.click()
            page.wait_for_function(
                f"(old) => self.intercommunalField && ({VERSION})() !== old", arg=before
            )
            # where it was
            page.locator(".pill").wait_for()
            self.let_go(page)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])
