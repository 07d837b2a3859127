"""What hands do on the phone beside a photo: draw, hide, sign, answer, give up, resume."""

import base64
import io
from datetime import date

from axe import find_violations
from browsing import PHONE
from PIL import Image
from test_field_page import FIELD, UNDO, FieldPage
from test_field_screens import FIELD_RULES, LYING
from test_journey import photo

from odoo.tests import tagged

UNDO_IS_KEPT = """() => new Promise((resolve) => {
    const open = indexedDB.open("intercommunal-field");
    open.onsuccess = () => {
        const kept = open.result.transaction(["meta"]).objectStore("meta").get("undo");
        kept.onsuccess = () => {
            open.result.close();
            resolve(Boolean(kept.result));
        };
    };
})"""


@tagged("post_install", "-at_install")
class TestFieldHands(FieldPage):
    def _draw(self, page):
        """A stroke through the middle of the sheet that is open."""
        box = page.get_by_role("dialog").locator("canvas").bounding_box()
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.2, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=6)
        page.mouse.up()

    def _pixel(self, image, right=0.5, down=0.5):
        """The colour of a point of an image (base64), the middle unless told."""
        with Image.open(io.BytesIO(base64.b64decode(image))) as picture:
            rgb = picture.convert("RGB")
            return rgb.getpixel((int(rgb.width * right), int(rgb.height * down)))

    def test_a_face_is_hidden_before_anything_leaves_and_the_person_signs(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            page.get_by_role("button", name="Dessiner").click()
            sheet = page.get_by_role("dialog")
            sheet.get_by_role("button", name="Masquer", exact=True).click()
            page.wait_for_function(
                "() => document.querySelector('dialog canvas').width > 300"
            )
            self._draw(page)
            self.shot(page, "hidden")
            sheet.get_by_role("button", name="Enregistrer").click()
            sheet.wait_for(state="detached")
            page.locator("summary", has_text="Signature").click()
            page.get_by_label("Nom de la personne").fill("Mme Petit")
            page.get_by_role("button", name="Signer").click()
            self._draw(page)
            sheet.get_by_role("button", name="Enregistrer").click()
            sheet.wait_for(state="detached")
            kept = self.hashes(page)
            self.finish_and_send(page)
        # what left is the photo that was drawn on
        self.assert_arrived(self.jobs[0], hashes=kept)
        report = self.jobs[0].report_id.with_context(bin_size=False)
        self.assertLess(sum(self._pixel(report.photo_ids.image)), 60, "it is black")
        # as blue as the ink of the sheet
        red, _green, blue = self._pixel(report.signature)
        self.assertGreater(blue, red + 30)
        self.assertIn("Mme Petit", report.summary)

    def test_without_a_gesture_a_face_is_hidden_and_a_place_is_marked(self):
        """Buttons and keys alone (WCAG 2.2, 2.5.7)."""
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            before = self.hashes(page)
            page.get_by_role("button", name="Dessiner").press("Enter")
            sheet = page.get_by_role("dialog")
            page.wait_for_function(
                "() => document.querySelector('dialog canvas').width > 300"
            )
            sheet.get_by_role("button", name="Masquer", exact=True).press("Enter")
            place = sheet.get_by_role("button", name="Placer sans le doigt")
            place.press("Enter")
            # a box in the middle, an eighth of the picture to each side
            for _step in range(10):
                page.keyboard.press("ArrowRight")
            sheet.get_by_role("button", name="Plus petit").click()
            sheet.get_by_role("button", name="Vers le haut").click()
            self.shot(page, "placed")
            self.assertFalse(find_violations(page, FIELD_RULES, outside=()))
            # it stays there, and a circle is put in the middle
            place.press("Enter")
            sheet.get_by_role("button", name="Entourer").press("Enter")
            page.keyboard.press("+")
            self.shot(page, "placed-twice")
            sheet.get_by_role("button", name="Enregistrer").press("Enter")
            sheet.wait_for(state="detached")
            kept = self.hashes(page)
            self.assertNotEqual(kept, before)
            page.locator("summary", has_text="Signature").click()
            page.get_by_label("Nom de la personne").fill("Mme Petit")
            page.get_by_role("button", name="Signer").press("Enter")
            sheet.get_by_role("button", name="Écrire le nom").press("Enter")
            self.shot(page, "name")
            sheet.get_by_role("button", name="Enregistrer").press("Enter")
            sheet.wait_for(state="detached")
            self.finish_and_send(page)
        self.assert_arrived(self.jobs[0], hashes=kept)
        report = self.jobs[0].report_id.with_context(bin_size=False)
        image = report.photo_ids.image
        # 10 of 40 steps to the right of the middle: hidden
        self.assertLess(sum(self._pixel(image, 0.75)), 60)
        # within the circle the picture is as it was
        self.assertGreater(sum(self._pixel(image)), 150)
        # 6 of 40 steps from the middle: the red of the circle
        red, green, blue = self._pixel(image, 0.35)
        self.assertGreater(red, green + blue)
        with Image.open(io.BytesIO(base64.b64decode(report.signature))) as sheet:
            self.assertGreater(len(sheet.convert("L").getcolors()), 9, "it is signed")

    def test_who_needs_more_time_to_take_a_report_back_has_it(self):
        """WCAG 2.2, 2.2.1: asked for once, for all, or by staying there."""
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            page.get_by_role("button", name="Plus de temps").click()
            for _turn in range(11):
                page.clock.fast_forward(10_000)
                self.settle(page)
            page.get_by_role("button", name="Annuler").click()
            # who is there with the keyboard is waited for
            page.get_by_label("Note").wait_for()
            self.finish(page)
            page.get_by_role("button", name="Annuler").focus()
            for _turn in range(5):
                page.clock.fast_forward(9600)
                self.settle(page)
            page.get_by_role("button", name="Annuler").press("Enter")
            page.get_by_label("Note").wait_for()
            # for all that is sent from now on
            page.locator(".pill").click()
            page.get_by_label("Deux minutes pour annuler").check()
            self.wait_until(page, UNDO_IS_KEPT)
            page.reload()
            # it comes back where it was, and stays there once the news have come
            self.settle(page)
            page.get_by_role("heading", name="À envoyer").wait_for()
            page.get_by_role("button", name="Retour").click()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").wait_for()
            self.finish(page)
            page.clock.fast_forward(110_000)
            self.settle(page)
            page.get_by_role("button", name="Annuler").wait_for()
            page.locator(".pill").filter(has_text="1 à envoyer").wait_for()
            page.clock.fast_forward(11_000)
            self.wait_sent(page)
            self.assertEqual(page.get_by_role("button", name="Annuler").count(), 0)
        self.assert_arrived(self.jobs[0])

    def test_a_sheet_is_left_with_escape_and_changes_nothing(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            before = self.hashes(page)
            page.get_by_role("button", name="Dessiner").click()
            self._draw(page)
            page.keyboard.press("Escape")
            page.get_by_role("dialog").wait_for(state="detached")
            self.assertEqual(self.hashes(page), before)

    def test_a_finger_draws_where_it_is_on_a_phone_that_lies_too(self):
        with self.as_user("chef-equipe", LYING, FIELD) as page:
            self.open(page)
            self.write(page, "Fuite 1")
            page.get_by_role("button", name="Dessiner").click()
            page.wait_for_function(
                "() => document.querySelector('dialog canvas').width > 300"
            )
            shown, real = page.locator("dialog canvas").evaluate(
                """(canvas) => {
                    const { width, height } = canvas.getBoundingClientRect();
                    return [width / height, canvas.width / canvas.height];
                }"""
            )
            self.assertAlmostEqual(shown, real, 1)
            self.shot(page, "lying")

    def test_who_says_what_is_left_does_not_send_done(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card", has_text="Fuite 1").click()
            done = page.get_by_role("button", name="Terminé, envoyer")
            done.wait_for()
            page.get_by_role("button", name="Partiel", exact=True).click()
            page.get_by_role("button", name="Partiel, envoyer").wait_for()
            self.assertEqual(done.count(), 0)
            page.get_by_role("button", name="Impossible").click()
            page.get_by_text("Pourquoi c’est impossible").wait_for()
            self.assertEqual(page.get_by_label("Ce qui reste à faire").count(), 0)
            page.get_by_role("button", name="Impossible").click()
            done.wait_for()

    def test_a_question_of_the_commune_is_answered(self):
        """With the photo that it is about, and what is meant on it."""
        with open(photo(self.folder, "joint.jpg", "#4477aa"), "rb") as file:
            image = base64.b64encode(file.read())
        report = self.report_one(
            self.jobs[0], photos=[{"name": "Le joint", "image": image}]
        )
        run = report.sudo().validation_id
        run.with_user(self.referent).action_ask_clarification(
            "Qui avait la clé ?",
            date_due=date(2026, 12, 1),
            anchor={
                "kind": "photo",
                "photo_id": report.sudo().photo_ids.id,
                "x": 0.2,
                "y": 0.3,
                "width": 0.4,
                "height": 0.4,
            },
        )
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card.warn").click()
            page.get_by_text("Qui avait la clé ?").wait_for()
            page.get_by_text("pour le 1er décembre").wait_for()
            page.locator(".returned path.halo").wait_for(state="attached")
            self.shot(page, "question")
            self.assertFalse(find_violations(page, FIELD_RULES, outside=()))
            page.get_by_role("button", name="Envoyer la réponse").click()
            page.get_by_role("alert").filter(has_text="réponse").wait_for()
            page.get_by_label("Réponse").fill("Le gardien.")
            page.get_by_role("button", name="Envoyer la réponse").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            self.wait_sent(page)
        self.assertEqual(run.clarification_ids.answer, "Le gardien.")

    def test_impossible_leaves_with_its_photo_and_reason(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            page.locator("button.card", has_text="Fuite 1").click()
            self.shoot(page, "barrier.jpg")
            page.get_by_role("button", name="Impossible").click()
            reason = page.locator(".choices button").first
            words = reason.inner_text()
            reason.click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            page.clock.fast_forward(UNDO)
            self.wait_sent(page)
        report = self.jobs[0].report_id
        self.assertEqual((report.outcome, report.state), ("impossible", "sent"))
        self.assertTrue(report.summary.startswith(words))

    def test_what_was_said_of_a_job_counts_at_once_without_network(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.context.set_offline(True)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_role("button", name="Bloqué").click()
            page.get_by_role("button", name="Météo").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_role("button", name="Reprendre").click()
            page.get_by_role("heading", name="Mes interventions").wait_for()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_role("button", name="Bloqué").wait_for()
            self.assertEqual(page.get_by_role("button", name="Commencer").count(), 0)
            page.context.set_offline(False)
            self.push(page)
            self.wait_sent(page)
        self.assertEqual(self.jobs[0].state, "in_progress")
        messages = self.env["intercommunal.mobile.submission"].search([])
        self.assertEqual(set(messages.mapped("state")), {"complete"})
