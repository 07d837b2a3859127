"""What fingers, other windows and slow sends do at the same time: nothing is lost."""

from browsing import PHONE
from test_field_page import API, FIELD, UNDO, FieldPage
from test_journey import photo

from odoo.tests import tagged

# a phone on which a form is longer than its screen
LOW = {"width": 360, "height": 640}
# reducing a photo takes its time on an old phone
SLOW_PHOTO = """() => {
    const make = window.createImageBitmap;
    window.createImageBitmap = async (...args) => {
        await new Promise((done) => setTimeout(done, 1500));
        return make(...args);
    };
}"""
KEPT = """(state) => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
    .all("items").then((items) => items.filter((item) => item.state === state).length)"""


@tagged("post_install", "-at_install")
class TestFieldRaces(FieldPage):
    def _submissions(self, kind):
        return self.env["intercommunal.mobile.submission"].search([("kind", "=", kind)])

    def test_a_photo_that_is_being_reduced_leaves_with_its_report(self):
        path = photo(self.folder, "slow.jpg", "#4477aa")
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").fill("Joint changé")
            page.evaluate(SLOW_PHOTO)
            page.get_by_label("Photo après").set_input_files(path)
            # no waiting for its thumbnail: a second later nobody is in front of it
            page.get_by_role("button", name="Terminé, envoyer").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            self.let_go(page)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 1)

    def test_what_is_taken_back_stays_while_another_report_is_on_its_way(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            held = []
            page.route(API + "photo/**", lambda route: held.append(route))
            page.clock.fast_forward(UNDO)
            self.wait_until(page, KEPT, "received")
            # its photo hangs in the tunnel: the second one is written meanwhile
            self.write(page, "Fuite 2")
            self.finish(page)
            page.get_by_role("button", name="Annuler").click()
            page.get_by_label("Note").wait_for()
            page.clock.fast_forward(UNDO)
            for route in held:
                route.continue_()
            page.unroute(API + "photo/**")
            self.wait_until(page, KEPT, "complete")
            self.settle(page)
            self.assertEqual(page.evaluate(KEPT, "draft"), 1)
        self.assert_arrived(self.jobs[0])
        self.assertFalse(self.jobs[1].report_ids)

    def test_a_second_window_never_takes_back_what_the_first_one_sent(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            other = page.context.new_page()
            other.goto(FIELD)
            other.get_by_role("heading", name="Fuite 1").wait_for()
            self.finish(page)
            other.get_by_label("Note").fill("Un mot de trop")
            other.get_by_role("alert").filter(has_text="autre fenêtre").wait_for()
            page.clock.fast_forward(UNDO)
            self.wait_sent(page)
            other.close()
        self.assert_arrived(self.jobs[0])
        self.assertIn("Joint changé", self.jobs[0].report_id.summary)
        self.assertEqual(self._submissions("report").state, "complete")

    def test_the_twenty_first_photo_is_said_and_the_others_leave(self):
        files = [photo(self.folder, f"{i}.jpg", f"#{i:02}77aa") for i in range(21)]
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            page.locator(".shot.main input").evaluate("input => input.multiple = true")
            page.get_by_label("Photo après").set_input_files(files)
            page.get_by_role("alert").filter(has_text="vingt photos").wait_for()
            page.locator(".photos li").nth(19).wait_for()
            self.finish(page)
            self.let_go(page)
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 20)

    def test_two_taps_are_one_message(self):
        with self.as_user("chef-equipe", LOW, FIELD) as page:
            self.open(page)
            page.get_by_role("button", name="Travaux repérés sur place").click()
            page.get_by_role("button", name="Envoyer au service").click()
            page.get_by_role("alert").filter(has_text="commune").wait_for()
            # and no button lies over it
            self.wait_until(
                page,
                """() => {
                    const box = document.querySelector("[role=alert]").getBoundingClientRect();
                    const at = document.elementFromPoint(box.x + 9, box.y + box.height / 2);
                    return at?.role === "alert";
                }""",
            )
            page.get_by_label("Commune").select_option(label="Valbois")
            page.get_by_label("Ce qu’il y a à faire").fill("Une tuile est tombée")
            # what was typed outlives the page
            page.get_by_role("button", name="Retour").click()
            page.get_by_role("button", name="Travaux repérés sur place").click()
            self.assertEqual(
                page.get_by_label("Ce qu’il y a à faire").input_value(),
                "Une tuile est tombée",
            )
            page.get_by_role("button", name="Envoyer au service").evaluate(
                "button => { button.click(); button.click(); }"
            )
            page.get_by_role("heading", name="Mes interventions").wait_for()
            self.push(page)
            self.wait_sent(page)
        self.assertEqual(len(self._submissions("unplanned")), 1)

    def test_a_draft_goes_at_the_second_tap_only(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            page.get_by_role("button", name="Retirer").click()
            page.get_by_role("button", name="Touchez encore").wait_for()
            self.assertEqual(page.locator(".photos li").count(), 1)
            page.locator(".pill").click()
            page.get_by_role("button", name="Reprendre").click()
            page.get_by_label("Note").wait_for()
            page.locator(".pill").click()
            page.get_by_role("button", name="Abandonner ce brouillon").click()
            self.assertEqual(page.evaluate(KEPT, "draft"), 1)
            page.get_by_role("button", name="Touchez encore").click()
            page.get_by_text("Rien n’attend").wait_for()

    def test_a_clock_put_right_holds_nothing_back(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.evaluate(
                "() => { const now = Date.now; Date.now = () => now() + 4e10; }"
            )
            self.write(page, "Fuite 1")
            self.finish(page)
            # the phone finds the right time again
            page.reload()
            page.locator("button.card").first.wait_for()
            self.push(page)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])
