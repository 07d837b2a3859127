"""The communes' pages in a real browser: phone, keyboard, photos, nervous fingers."""

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from browsing import PHONE, BrowserCase
from PIL import Image

from odoo import Command
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase

NARROW = {"width": 320, "height": 640}
HEAVY = 2_000_000  # bytes; what a phone's camera easily weighs


@tagged("post_install", "-at_install")
class TestPortalPages(IntercommunalCase, BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(TemporaryDirectory()))
        people = cls.requester | cls.referent
        people.write({"lang": "fr_FR", "tz": "Europe/Paris"})

    def _file(self, name, content=None):
        path = self.folder / name
        if content is None:
            stream = io.BytesIO()
            image = Image.effect_noise((3000, 2000), 60).convert("RGB")
            image.save(stream, "JPEG", quality=95)
            content = stream.getvalue()
        path.write_bytes(content)
        return str(path)

    def test_photos_shrink_and_a_double_tap_sends_once(self):
        photo = self._file("photo.jpg")
        self.assertGreater(Path(photo).stat().st_size, HEAVY)
        notes = self._file("notes.txt", b"no photo")
        path = f"/my/requests/new?type_id={self.type.id}"
        with self.as_user("requester", PHONE, path) as page:
            self.settle(page)
            told = page.evaluate_handle(
                """() => {
                    const told = [];
                    const place = document.querySelector(".o_intercommunal_preparing");
                    const note = () => told.push(place.textContent);
                    new MutationObserver(note).observe(place, { childList: true });
                    return told;
                }"""
            )
            page.set_input_files("#photos", [photo, notes])
            page.set_input_files("#photos", [photo])
            previews = page.locator(".o_intercommunal_photo_input img")
            previews.nth(1).wait_for()
            self.assertIn("Préparation des photos : 0 sur 2…", told.json_value())
            self.assertEqual(told.json_value()[-1], "")
            refused = page.locator(".o_intercommunal_refused")
            self.assertIn("notes.txt", refused.inner_text())
            page.get_by_role("button", name="photo.jpg").first.click()
            self.assertEqual(previews.count(), 1)
            size = page.evaluate("document.querySelector('#photos').files[0].size")
            self.assertLess(size, HEAVY)
            page.get_by_label("Objet").fill("Fuite au préau")
            posts = []
            page.on("request", lambda r: r.method == "POST" and posts.append(r.url))
            page.get_by_role("button", name="Envoyer").dblclick()
            page.wait_for_url(re.compile(r"/my/requests/\d+$"))
            self.settle(page)
            self.assertEqual(len([url for url in posts if "requests/new" in url]), 1)
            page.locator(".o_intercommunal_zoom").click()
            page.locator("dialog[open] img").wait_for()
            self.shot(page, "photo")
            page.keyboard.press("Escape")
            self.assertEqual(page.locator("dialog[open]").count(), 0)
        request = self.env["intercommunal.request"].search(
            [("name", "=", "Fuite au préau")]
        )
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.photo_ids.name, "photo.jpg")

    def test_who_sends_before_the_photos_are_ready_is_told(self):
        photos = [self._file(f"photo{number}.jpg") for number in range(3)]
        path = f"/my/requests/new?type_id={self.type.id}"
        with self.as_user("requester", PHONE, path) as page:
            self.settle(page)
            page.get_by_label("Objet").fill("Fuite au préau")
            page.set_input_files("#photos", photos)
            page.get_by_role("button", name="Envoyer").click()
            told = page.locator(".o_intercommunal_sending p")
            told.filter(has_text="sur 3, puis l’envoi").wait_for()
            page.wait_for_url(re.compile(r"/my/requests/\d+$"))
            self.settle(page)
        request = self.env["intercommunal.request"].search(
            [("name", "=", "Fuite au préau")]
        )
        self.assertEqual(len(request.photo_ids), 3)

    def test_the_referent_decides_with_the_keyboard_alone(self):
        run = self._reported().validation_id
        with self.as_user("referent", path=f"/my/validations/{run.id}") as page:
            self.settle(page)
            self._tab_to(page, "Reprendre|À reprendre|Renvoyer")
            page.keyboard.press("Enter")
            # words are needed: the browser says so and leads to their field
            page.wait_for_function("document.activeElement.name === 'text'")
            page.keyboard.type("Il reste une fuite.")
            self._tab_to(page, "Reprendre|À reprendre|Renvoyer")
            page.keyboard.press("Enter")
            page.get_by_text("Votre décision est enregistrée").wait_for()
            page.get_by_role("status").wait_for()
        self.assertEqual(run.state, "rework")
        self.assertEqual(run.sudo().decision_ids.comment, "Il reste une fuite.")

    def test_an_official_draws_delegates_and_approves_several_on_a_phone(self):
        photos = [Command.create({"kind": "after", "image": self._png()})]
        first = self._reported(photo_ids=photos).validation_id
        second = self._reported().validation_id
        names = first.subject_name, second.subject_name
        mayor = self.mayor.name
        address = f"/my/validations/{first.id}"
        with self.as_user("referent", PHONE, address) as page:
            self.settle(page)
            page.get_by_text("Ajouter une remarque").click()
            page.locator("#remark").fill("Il reste une tache, ici.")
            page.locator("#mark_photo").select_option(index=1)
            sheet = page.locator(".o_intercommunal_canvas svg")
            page.wait_for_function(
                "document.querySelector('.o_intercommunal_sheet img').naturalWidth"
            )
            sheet.scroll_into_view_if_needed()
            box = sheet.bounding_box()
            page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
            page.mouse.down()
            page.mouse.move(
                box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5
            )
            page.mouse.up()
            self.shot(page, "drawn")
            page.locator("button[value=annotate]").click()
            page.get_by_text("Votre remarque est gardée").wait_for()
            page.locator(".o_intercommunal_drawn svg polyline").wait_for()
            # several at once, read again before
            page.goto("/my/validations")
            for tick in page.locator("input[name=run]").all():
                tick.check()
            page.get_by_role("button", name="Valider ce qui est coché").click()
            page.get_by_role("heading", name="Vous validez").wait_for()
            for name in names:
                page.get_by_text(name).first.wait_for()
            self.shot(page, "several")
            page.get_by_role("button", name="Valider", exact=True).click()
            page.get_by_text("2 validé(s).").wait_for()
            # and away for two weeks
            page.get_by_role("link", name="Mes délégations").click()
            page.get_by_label("Qui décide à votre place").select_option(label=mayor)
            page.get_by_role("button", name="Donner la délégation").click()
            page.get_by_text("La délégation est donnée").wait_for()
            self.shot(page, "delegated")
        self.assertEqual({first.state, second.state}, {"approved"})
        drawn = first.sudo().decision_ids.filtered(lambda one: one.kind == "annotate")
        [mark] = drawn._get_details()["marks"]
        self.assertEqual(mark["kind"], "rect")
        (left, top), (right, bottom) = mark["points"]
        for found, meant in ((left, 0.25), (top, 0.25), (right, 0.5), (bottom, 0.5)):
            self.assertAlmostEqual(found, meant, 1)
        given = self.env["intercommunal.delegation"].search(
            [("user_id", "=", self.referent.id)]
        )
        self.assertEqual(given.delegate_id, self.mayor)

    def _tab_to(self, page, label):
        """Walk with the Tab key until a button with this label has the focus."""
        for _key in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent")
            if re.fullmatch(label, focused.strip()):
                return
        self.fail(f"No button “{label}” is reached with the keyboard.")

    def test_every_page_fits_a_narrow_phone(self):
        photos = [Command.create({"kind": "after", "image": self._png()})]
        report = self._reported(photo_ids=photos)
        draft = self._new_request(name="Un sujet très long, sans espace : " + "a" * 60)
        asked = self._submitted()
        asked.with_user(self.manager).action_ask_info("Quelle salle ?")
        request, run = report.request_id, report.validation_id
        with self.as_user("referent", NARROW, "/my/requests") as page:
            self.settle(page)
            for path in (
                "/my",
                "/my/requests",
                "/my/requests/new",
                f"/my/requests/new?type_id={self.type.id}",
                f"/my/requests/{draft.id}",
                f"/my/requests/{draft.id}/edit",
                f"/my/requests/{asked.id}",
                f"/my/requests/{request.id}",
                "/my/validations",
                f"/my/validations/{run.id}",
            ):
                page.goto(path)
                self.settle(page)
                self.assertEqual(self._find_too_wide(page), [], path)
                self.assertEqual(self._find_nameless(page), [], path)
                self.shot(page, path.strip("/").replace("/", "-").split("?")[0])

    def _find_too_wide(self, page):
        """What sticks out of the window, when the page scrolls sideways."""
        return page.evaluate(
            """() => document.documentElement.scrollWidth > innerWidth
                ? [...document.querySelectorAll("body *")]
                    .filter((el) => el.getBoundingClientRect().right > innerWidth)
                    .map((el) => el.outerHTML.slice(0, 200))
                : []"""
        )

    def _find_nameless(self, page):
        """Inputs without a label, pictures without an alternative, small buttons."""
        return page.evaluate(
            """() => [...document.querySelectorAll("#wrap *")].filter((element) => {
                if (element.matches("input:not([type=hidden]), select, textarea")) {
                    return !element.labels.length;
                }
                if (element.matches("img")) {
                    return !element.hasAttribute("alt");
                }
                return element.matches(".o_intercommunal .btn") &&
                    element.checkVisibility() &&
                    element.getBoundingClientRect().height < 48;
            }).map((element) => element.outerHTML)"""
        )
