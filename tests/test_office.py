"""The office decides in the real interface: its list, its counter, its drawings."""

import base64

from browsing import DESKTOP, PHONE, BrowserCase

from odoo import fields
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.test_validation_office import OfficeCase


@tagged("post_install", "-at_install")
class TestOffice(OfficeCase, BrowserCase):
    """The manager of a service decides on what its teams report."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        people = cls.manager | cls.leader
        people.write({"lang": "en_US", "tz": "Europe/Paris"})
        for user in people:
            user.password = user.login
        picture = base64.b64encode(base64.b64decode(cls._png((800, 600), "#7d8f69")))
        cls.picture = picture

    def _reports(self, count):
        runs = self.env["intercommunal.validation"].with_user(self.manager)
        for number in range(count):
            report = self._draft_report()
            report.intervention_id.sudo().request_id.name = f"Leak number {number + 1}"
            self.env["intercommunal.photo"].with_user(self.leader).create(
                {
                    "report_id": report.id,
                    "image": self.picture,
                    "name": "Under the sink",
                }
            )
            report.action_send()
            runs |= report.validation_id
        runs.sudo()._write_guarded({"amount": 77.0})
        return runs

    def counter(self, page, number):
        """Wait until the counter in the top bar shows ``number``."""
        page.locator(
            ".o_intercommunal_waiting_counter", has_text=str(number)
        ).wait_for()

    def open_row(self, page, name):
        """Open an approval from the counter's dropdown."""
        self.settle(page)
        page.locator(".o_intercommunal_waiting_button").click()
        page.locator(".o_intercommunal_waiting button", has_text=name).click()
        page.locator(".o_form_view h1", has_text=name).wait_for()
        self.settle(page)

    def press(self, page, label):
        """Press a button of the form's bar, wherever the width puts it."""
        self.settle(page)
        button = page.locator(".o_form_statusbar").get_by_role(
            "button", name=label, exact=True
        )
        if not button.count() or not button.first.is_visible():
            page.locator(
                ".o_form_statusbar .o-dropdown, .o_cp_action_menus"
            ).first.click()
            button = page.get_by_role("menuitem", name=label, exact=True).or_(
                page.locator(".o-dropdown--menu").get_by_role(
                    "button", name=label, exact=True
                )
            )
        button.first.click()
        dialog = page.locator(".modal-dialog")
        dialog.wait_for()
        self.settle(page)
        return dialog

    def draw(self, page, dialog):
        """Draw from the photo's upper left to its middle, with the mouse."""
        # the drawing is as large as the photo, once that has come
        photo = dialog.locator(".o_intercommunal_marks img")
        photo.evaluate("(image) => image.complete || image.decode()")
        self.settle(page)
        drawing = dialog.locator("svg.o_intercommunal_marks_edit")
        drawing.scroll_into_view_if_needed()
        box = drawing.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
        page.mouse.down()
        page.mouse.move(
            box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=6
        )
        page.mouse.up()
        drawing.locator("path.o_line").wait_for(state="attached")

    def confirm(self, page, dialog, label):
        dialog.locator("footer").get_by_role("button", name=label).click()
        dialog.wait_for(state="detached")
        self.settle(page)

    def test_manager_decides(self):
        runs = self._reports(6)
        with self.as_user("manager", DESKTOP, "/odoo/approvals") as page:
            page.locator(".o_data_row").first.wait_for()
            self.counter(page, 6)
            self.settle(page)
            self.shot(page, "list")

            # three at once
            for row in range(3):
                page.locator(".o_data_row .o_list_record_selector input").nth(
                    row
                ).click()
            page.get_by_role("button", name="Approve…").click()
            dialog = page.locator(".modal-dialog")
            dialog.get_by_text("3 to approve").wait_for()
            self.settle(page)
            self.shot(page, "several")
            dialog.get_by_role("button", name="Approve them all").click()
            dialog.get_by_text("3 approved").wait_for()
            self.settle(page)
            self.shot(page, "several-done")
            dialog.locator("footer").get_by_role("button", name="Close").click()
            dialog.wait_for(state="detached")
            self.counter(page, 3)

            # one line by line
            self.open_row(page, "Leak number 4")
            self.shot(page, "form")
            dialog = self.press(page, "Approve with reserves")
            dialog.locator(".o_data_row").first.wait_for()
            row = dialog.locator(".o_data_row").first
            row.locator("td[name=acceptance]").click()
            row.locator(
                "td[name=acceptance] select, td[name=acceptance] input"
            ).first.wait_for()
            self.choose(page, row, "In part, the rest is to be redone")
            row.locator("td[name=hours_accepted]").click()
            row.locator("td[name=hours_accepted] input").fill("1:30")
            row.locator("td[name=text]").click()
            row.locator("td[name=text] input").fill("The seal still drips.")
            self.shot(page, "reserves")
            self.confirm(page, dialog, "Approve with reserves")
            self.counter(page, 2)
            page.locator(".o_form_view").get_by_role("tab", name="Reserves").click()
            page.get_by_text("The seal still drips.").first.wait_for()
            self.shot(page, "reserves-done")

            # a question on a place of a photo
            self.open_row(page, "Leak number 5")
            dialog = self.press(page, "Ask for clarification")
            dialog.locator("div[name=question] textarea").fill("What is this stain?")
            dialog.get_by_role("radio", name="A photo").check()
            self.draw(page, dialog)
            self.shot(page, "question")
            self.confirm(page, dialog, "Ask")
            page.get_by_text("You asked a question and wait").wait_for()
            page.locator(".o_intercommunal_photo path.o_line").first.wait_for(
                state="attached"
            )
            self.shot(page, "question-asked")
            self.counter(page, 1)

            # marks and words on a photo
            self.open_row(page, "Leak number 6")
            page.locator(".o_intercommunal_annotate").first.click()
            dialog = page.locator(".modal-dialog")
            dialog.wait_for()
            self.settle(page)
            dialog.get_by_text("Arrow").click()
            self.draw(page, dialog)
            dialog.locator("svg.o_intercommunal_marks_edit").press("Enter")
            dialog.locator("svg.o_intercommunal_marks_edit").press("ArrowLeft")
            dialog.locator(".o_intercommunal_undo").click()
            dialog.locator("div[name=comment] textarea").fill("Tighten this.")
            self.shot(page, "annotate")
            self.confirm(page, dialog, "Confirm")
            page.locator(".o_intercommunal_photo path.o_line").first.wait_for(
                state="attached"
            )

            # approved by mistake, taken back
            dialog = self.press(page, "Approve")
            self.shot(page, "approve")
            self.confirm(page, dialog, "Confirm")
            dialog = self.press(page, "Take my decision back")
            dialog.locator("footer button.btn-primary").click()
            dialog.wait_for(state="detached")
            self.counter(page, 1)
            page.get_by_role("tab", name="History").click()
            page.locator(".o_intercommunal_history").wait_for()
            self.settle(page)
            self.shot(page, "history")
        self.assertEqual(
            runs.mapped("state"),
            ["approved"] * 3 + ["approved_reserves", "open", "open"],
        )
        reserve = runs[3].sudo().reserve_ids
        self.assertEqual((reserve.text, reserve.minutes), ("The seal still drips.", 30))
        question = runs[4].sudo().clarification_ids
        self.assertEqual(question.anchor_kind, "photo")
        self.assertAlmostEqual(question.anchor_x, 0.25, 1)
        self.assertAlmostEqual(question.anchor_width, 0.25, 1)
        kinds = runs[5].sudo().decision_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds, ["annotate", "approve", "revoke"])
        marks = runs[5].sudo().decision_ids.sorted("id")[0]._get_details()["marks"]
        self.assertEqual([mark["kind"] for mark in marks], ["arrow"])

    def choose(self, page, row, label):
        """Choose in a selection cell, whatever way it offers its choices."""
        select = row.locator("td[name=acceptance] select")
        if select.count():
            select.select_option(label=label)
            return
        row.locator("td[name=acceptance] input").click()
        page.locator(".o-dropdown--menu, .o_select_menu_menu").get_by_text(
            label
        ).click()

    def test_leader_answers_on_a_phone(self):
        run = self._reports(1)
        run.action_ask_clarification(
            "What is this stain?",
            self.leader.id,
            fields.Date.add(fields.Date.today(), days=3),
            {
                "kind": "photo",
                "photo_id": run.sudo().report_id.photo_ids.id,
                "x": 0.2,
                "y": 0.3,
                "width": 0.3,
                "height": 0.3,
            },
        )
        with self.as_user("leader", PHONE, "/odoo/questions") as page:
            page.locator(".o_kanban_record").first.wait_for()
            self.counter(page, 1)
            self.settle(page)
            self.shot(page, "questions")
            page.locator(".o_kanban_record").first.click()
            page.locator(".o_intercommunal_marks path.o_line").first.wait_for(
                state="attached"
            )
            self.settle(page)
            self.shot(page, "question")
            dialog = self.press(page, "Reply")
            dialog.locator("div[name=answer] textarea").fill("An old leak.")
            self.shot(page, "answer")
            self.confirm(page, dialog, "Reply")
            page.get_by_text("An old leak.").wait_for()
            self.shot(page, "answered")
        question = run.sudo().clarification_ids
        self.assertEqual(
            (question.state, question.answer), ("answered", "An old leak.")
        )
        self.assertTrue(run.is_waiting_for_me)

    def test_manager_decides_on_a_phone(self):
        runs = self._reports(2)
        with self.as_user("manager", PHONE, "/odoo/approvals") as page:
            page.locator(".o_kanban_record").first.wait_for()
            self.settle(page)
            self.shot(page, "cards")
            page.locator(".o_kanban_record").first.click()
            page.locator(".o_form_view h1", has_text="Leak").wait_for()
            self.settle(page)
            self.shot(page, "form")
            dialog = self.press(page, "Approve")
            self.shot(page, "approve")
            self.confirm(page, dialog, "Confirm")
        self.assertEqual(sorted(runs.mapped("state")), ["approved", "open"])
