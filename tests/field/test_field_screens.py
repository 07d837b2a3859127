"""Each screen of the field page: for gloves, rain, sun, a small phone, no mouse."""

from axe import RULES, find_violations
from browsing import PHONE
from test_field_page import FieldPage

from odoo.tests import tagged

SMALL = {"width": 320, "height": 640}
LYING = {"width": 844, "height": 390}
TARGET = 48  # px, a finger in a glove
TEXT = 18  # px
# contrast of 7:1 besides the usual rules (WCAG 2.1, 1.4.6)
FIELD_RULES = (*RULES, "wcag2aaa")

SMALL_TARGETS = """(least) => [
    ...document.querySelectorAll("button, a, input, select, textarea, summary"),
].filter((element) => element.checkVisibility()).map((element) => {
    // a box to tick and a photo are pressed on their whole label
    const pressed = element.closest("label") || element;
    const box = pressed.getBoundingClientRect();
    return [Math.round(box.width), Math.round(box.height), element.outerHTML];
}).filter(([width, height]) => width < least || height < least)
  .map(([width, height, html]) => `${width}×${height}: ${html.slice(0, 120)}`)"""
# a text that nobody reads in the rain
SMALL_TEXT = """(least) => [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && parseFloat(getComputedStyle(element).fontSize) < least
        && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
).map((element) => `${getComputedStyle(element).fontSize}: ${element.outerHTML.slice(0, 120)}`)"""


@tagged("post_install", "-at_install")
class TestFieldScreens(FieldPage):
    def _screens(self, page):
        """Open each screen in turn; yields its name."""
        yield "jobs"
        page.get_by_role("button", name="La semaine").click()
        yield "week"
        page.locator("button.card", has_text="Fuite 1").click()
        # the note begins with what the type wants told
        self.assertEqual(page.get_by_label("Note").input_value(), "Cause : ")
        page.evaluate(
            "document.querySelectorAll('details').forEach((part) => (part.open = true))"
        )
        yield "job"
        self.shoot(page, "mur.jpg")
        page.get_by_role("button", name="Impossible").click()
        yield "job-photo"
        page.get_by_role("button", name="Partiel", exact=True).click()
        page.get_by_role("button", name="Partiel, envoyer").click()
        page.get_by_role("alert").wait_for()
        yield "job-partial"
        page.get_by_role("button", name="Retour").click()
        page.locator("button.card.back", has_text="À refaire").click()
        page.locator(".returned path.halo").first.wait_for(state="attached")
        page.get_by_role("button", name="Bloqué").click()
        yield "job-returned"
        self.finish(page)
        yield "undo"
        for name in ("waiting", "questions", "found", "places"):
            page.evaluate(
                """(screen) => {
                    history.pushState({ screen }, "");
                    dispatchEvent(new PopStateEvent("popstate"));
                }""",
                name,
            )
            page.locator("h1").first.wait_for()
            self.settle(page)
            if name == "places":
                page.locator("summary", has_text="École maternelle").click()
            yield name

    def _check_screens(self, size):
        """Every screen: axe, targets, and nothing wider than the phone."""
        wrong = []
        self.type.report_template = "Cause : "
        self.type.checklist = "Couper l'eau\nProtéger le sol"
        self.send_back(self.jobs[1])
        run = self.report_one(self._job("Fuite 3")).sudo().validation_id
        run.with_user(self.referent).action_ask_clarification("Qui avait la clé ?")
        with self.as_user("chef-equipe", size, "/web/health") as page:
            self.open(page)
            # the places come with the second contact
            self.push(page)
            self.settle(page)
            page.get_by_role("button", name="Retour").click()
            for name in self._screens(page):
                wrong += [
                    f"{name}: {problem}"
                    for problem in (
                        *find_violations(page, FIELD_RULES, outside=()),
                        *page.evaluate(SMALL_TARGETS, TARGET),
                        *page.evaluate(SMALL_TEXT, TEXT),
                    )
                ]
                width = page.evaluate("document.documentElement.scrollWidth")
                if width > size["width"]:
                    wrong.append(f"{name}: {width} px wide")
                self.shot(page, name)
        self.assertFalse(wrong, "\n".join(["", *wrong]))

    def test_every_screen_on_a_small_phone(self):
        self._check_screens(SMALL)

    def test_every_screen_twice_as_large(self):
        # a browser that zooms to 200 % lays out half the width (WCAG 2.1, 1.4.4)
        self._check_screens({side: size // 2 for side, size in PHONE.items()})

    def test_every_screen_on_a_phone_that_lies(self):
        self._check_screens(LYING)

    def test_a_report_is_sent_with_the_keyboard_alone(self):
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            self.open(page)
            self._tab_to(page, "Fuite 1")
            page.keyboard.press("Enter")
            page.get_by_label("Note").wait_for()
            self._tab_to(page, "Note")
            page.keyboard.type("Joint changé.")
            self._tab_to(page, "Terminé, envoyer")
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Mes interventions").wait_for()
            self.push(page)
            self.wait_sent(page)
        report = self.jobs[0].report_ids
        self.assertEqual(report.state, "sent")
        self.assertTrue(report.summary.startswith("Joint changé."))

    def _tab_to(self, page, words):
        """Walk with the Tab key until the element with these words has the focus."""
        for _key in range(80):
            page.keyboard.press("Tab")
            text = page.evaluate(
                """() => {
                    const element = document.activeElement;
                    return (element.labels?.[0] || element).textContent;
                }"""
            )
            if words in text:
                return
        self.fail(f"The keyboard does not reach “{words}”.")
