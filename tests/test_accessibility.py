"""The communes' pages for everybody: axe-core, zoom, keyboard alone."""

import re

from axe import find_violations
from browsing import DESKTOP, BrowserCase
from test_portal_pages import NARROW

from odoo import Command
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase

# 1,280 px at 200 %: what a page has left to show itself in
ZOOMED = {"width": 640, "height": 450}


@tagged("post_install", "-at_install")
class TestAccessibility(IntercommunalCase, BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.requester | cls.referent
        people.write({"lang": "fr_FR", "tz": "Europe/Paris"})
        cls.type.properties_definition = [
            {"name": "leak", "string": "Eau coupée ?", "type": "boolean"},
            {"name": "room", "string": "Salle", "type": "char"},
        ]

    def _make_pages(self):
        """A file in each state that a commune sees, and the addresses of its pages."""
        photos = [Command.create({"kind": "after", "image": self._png()})]
        report = self._reported(photo_ids=photos)
        closed = self._reported()
        closed.validation_id.with_user(self.referent).action_approve()
        draft = self._new_request()
        citizen = {"request_id": draft.id, "name": "Mme Lopez", "phone": "0102030405"}
        self.env["intercommunal.citizen"].with_user(self.requester).create(citizen)
        asked = self._submitted()
        asked.with_user(self.manager).action_ask_info("Quelle salle ?")
        return [
            "/my",
            "/my/requests",
            "/my/requests/new",
            f"/my/requests/new?type_id={self.type.id}",
            f"/my/requests/{draft.id}",
            f"/my/requests/{draft.id}/edit",
            f"/my/requests/{asked.id}",
            f"/my/requests/{report.request_id.id}",
            f"/my/requests/{closed.request_id.id}",
            "/my/validations",
            f"/my/validations/{report.validation_id.id}",
            "/my/delegations",
        ]

    def _visit(self, size, check):
        """Run ``check`` on each page; all that is wrong is told at once."""
        pages, wrong = self._make_pages(), []
        with self.as_user("referent", size, "/my") as page:
            for path in pages:
                page.goto(path)
                self.settle(page)
                wrong += [f"{path}: {problem}" for problem in check(page)]
        self.assertFalse(wrong, "\n".join(["", *wrong]))

    def test_axe_finds_nothing_on_the_page_of_a_mail(self):
        """Whoever decides from the e-mail has no account to fall back on."""
        run = self._reported().validation_id
        mail = self.env["mail.mail"].sudo()
        mail = mail.search([("body_html", "like", "/intercommunal/decide/")], limit=1)
        path = re.search(r"/intercommunal/decide/[\w-]+", mail.body_html)[0]
        subject = run.subject_name
        with self.as_visitor(NARROW, path) as page:
            self.settle(page)
            wrong = find_violations(page)
            page.get_by_text(subject).first.wait_for()
        self.assertFalse(wrong, "\n".join(["", *wrong]))

    def test_axe_finds_nothing_on_a_narrow_phone(self):
        self._visit(NARROW, find_violations)

    def test_axe_finds_nothing_on_a_desk(self):
        self._visit(DESKTOP, find_violations)

    def test_nothing_is_cut_at_200_percent(self):
        def check(page):
            width = page.evaluate("document.documentElement.scrollWidth")
            lang = page.evaluate("document.documentElement.lang")
            if width > ZOOMED["width"]:
                yield f"{width} px wide"
            if not lang.startswith("fr"):
                yield f"the language of the page is “{lang}”"

        self._visit(ZOOMED, check)

    def test_a_request_is_sent_with_the_keyboard_alone(self):
        path = f"/my/requests/new?type_id={self.type.id}"
        with self.as_user("requester", DESKTOP, path) as page:
            self.settle(page)
            self._tab_to(page, lambda element: element["id"] == "name")
            page.keyboard.type("Fuite au préau")
            self._tab_to(page, lambda element: element["name"] == "property_leak")
            page.keyboard.press("Space")
            self._tab_to(page, lambda element: element["id"] == "description")
            page.keyboard.type("L'eau coule.")
            self._tab_to(page, lambda element: element["text"] == "Envoyer")
            page.keyboard.press("Enter")
            page.get_by_text("Fuite au préau").first.wait_for()
            self.settle(page)
        request = self.env["intercommunal.request"].search(
            [("name", "=", "Fuite au préau")]
        )
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.description, "L'eau coule.")

    def _tab_to(self, page, wanted):
        """Walk with the Tab key; each element on the way shows that it has the focus."""
        for _key in range(60):
            page.keyboard.press("Tab")
            element = page.evaluate(
                """() => {
                    const element = document.activeElement;
                    const style = getComputedStyle(element);
                    return {
                        id: element.id,
                        name: element.name,
                        text: element.textContent.trim(),
                        shown: element.matches(":focus-visible")
                            && (style.outlineStyle !== "none"
                                || style.boxShadow !== "none"),
                    };
                }"""
            )
            if wanted(element):
                self.assertTrue(element["shown"], f"{element}: no focus is seen")
                return
        self.fail("The keyboard does not reach it.")
