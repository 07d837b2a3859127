"""What hands do on the phone beside a photo: draw, hide, sign, answer, give up, resume."""

import base64
import io

from browsing import PHONE
from PIL import Image
from test_field_page import FIELD, UNDO, FieldPage

from odoo.tests import tagged


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

    def _pixel(self, image):
        """The colour in the middle of an image (base64)."""
        with Image.open(io.BytesIO(base64.b64decode(image))) as picture:
            rgb = picture.convert("RGB")
            return rgb.getpixel((rgb.width // 2, rgb.height // 2))

    def test_a_face_is_hidden_before_anything_leaves_and_the_person_signs(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            page.get_by_role("button", name="Dessiner").click()
            sheet = page.get_by_role("dialog")
            sheet.get_by_role("button", name="Masquer").click()
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
            self.finish(page)
            page.clock.fast_forward(UNDO)
            self.wait_sent(page)
        # what left is the photo that was drawn on
        self.assert_arrived(self.jobs[0], hashes=kept)
        report = self.jobs[0].report_id.with_context(bin_size=False)
        self.assertLess(sum(self._pixel(report.photo_ids.image)), 60, "it is black")
        # as blue as the ink of the sheet
        red, _green, blue = self._pixel(report.signature)
        self.assertGreater(blue, red + 30)
        self.assertIn("Mme Petit", report.summary)

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

    def test_a_question_of_the_commune_is_answered(self):
        run = self.report_one(self.jobs[0]).sudo().validation_id
        run.with_user(self.referent).action_ask_clarification("Qui avait la clé ?")
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.locator("button.card.warn").click()
            page.get_by_text("Qui avait la clé ?").wait_for()
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
