"""Journey 2: a service manager deals with what came in, on the real boards."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from browsing import DESKTOP, PHONE
from test_journey import Territory

from odoo import fields
from odoo.tests import tagged

PARIS = ZoneInfo("Europe/Paris")


@tagged("post_install", "-at_install")
class TestServiceJourney(Territory):
    def _open(self, page, request_id):
        page.goto(f"/odoo/requests/{request_id}")
        page.locator(".o_form_view").wait_for()
        self.settle(page)

    def test_the_secretary_sees_what_was_asked_already(self):
        first = self.send_request("Fuite dans la cantine")
        reference = first.reference
        with self.as_user("secretaire", PHONE, "/my") as page:
            page.goto(f"/my/requests/new?type_id={self.type.id}")
            page.locator("#name").press_sequentially("fuite cantine", delay=20)
            hint = page.get_by_role("status").filter(has_text="Déjà demandé")
            hint.get_by_text(reference).wait_for()
            self.shot(page, "hint")

    def test_duplicates_merge_and_a_request_splits(self):
        first, second = (
            self.send_request("Fuite cantine"),
            self.send_request("Fuite à la cantine"),
        )
        first_id, second_id = first.id, second.id
        self.env["intercommunal.reply"].create(
            {
                "name": "Deux passages",
                "usage": "message",
                "service_id": self.service.id,
                "body": "« [objet] » :\ndeux équipes passeront.",
            }
        )
        with self.as_user("responsable", DESKTOP, "/odoo/requests") as page:
            card = page.locator(".o_kanban_record", has_text="Fuite à la cantine")
            card.get_by_text("Doublon").wait_for()
            self.shot(page, "board")
            self._open(page, second_id)
            page.get_by_role("button", name="Fusionner").first.click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_role("button", name="Fusionner").click()
            dialog.wait_for(state="detached")
            self._open(page, first_id)
            page.get_by_role("button", name="Accepter").click()
            page.get_by_role("button", name="Scinder en interventions").click()
            dialog = page.get_by_role("dialog")
            # the first line is the request itself
            dialog.locator(".o_data_row td[name=name]").first.click()
            dialog.locator("div[name=name] input").fill("Réparer le tuyau")
            dialog.get_by_text("Ajouter une ligne").click()
            dialog.locator("div[name=name] input").last.fill("Repeindre le mur")
            self.shot(page, "split")
            dialog.get_by_role("button", name="Créer les interventions").click()
            page.get_by_text("Repeindre le mur").first.wait_for()
            self.settle(page)
            self._open(page, first_id)
            self._write_from_a_template(page, "Deux passages")
        said = first.message_ids.filtered(lambda message: "équipes" in message.body)
        self.assertIn("« Fuite cantine » :<br>deux équipes passeront.", said.body)
        self.assertEqual((second.state, second.duplicate_of_id), ("cancelled", first))
        self.assertEqual(
            set(first.intervention_ids.mapped("name")),
            {"Réparer le tuyau", "Repeindre le mur"},
        )

    def _write_from_a_template(self, page, name):
        """Write to the commune below the request, from a template of the service."""
        page.get_by_role("button", name="Envoyer message").click()
        composer = page.locator(".o-mail-Composer")
        composer.get_by_role("button", name="Modèles de réponse").click()
        picker = page.locator(".o_intercommunal_replies")
        picker.get_by_text(name).wait_for()
        self.shot(page, "templates")
        picker.get_by_text(name).click()
        composer.locator(".o-mail-Composer-send").click()
        page.locator(".o-mail-Message", has_text="deux équipes passeront").wait_for()
        self.settle(page)

    def test_what_is_handed_over_leaves_the_board(self):
        other = self.env["intercommunal.service"].create(
            {"name": "Informatique", "code": "INFO-J"}
        )
        request = self.send_request("Store bloqué")
        with self.as_user("responsable", DESKTOP, "/odoo/requests") as page:
            page.locator(".o_kanban_record", has_text="Store bloqué").click()
            page.locator(".o_form_view").wait_for()
            self.settle(page)
            page.get_by_role("button", name="Réorienter").click()
            dialog = page.get_by_role("dialog")
            dialog.wait_for()
            self.pick(page, "service_id", "Informatique")
            dialog.get_by_role("button", name="Transmettre").click()
            said = page.locator(".o_notification", has_text="Informatique")
            said.wait_for()
            # back on the board, without the request and without an error
            page.locator(".o_kanban_view").wait_for()
            self.settle(page)
            self.shot(page, "handed-over")
            left = page.locator(".o_kanban_record", has_text="Store bloqué").count()
        self.assertFalse(left)
        self.assertEqual(request.service_id, other)

    def test_a_paper_sheet_is_entered_from_its_code(self):
        request = self.send_request("Porte à régler")
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.intervention_ids
        start = fields.Datetime.now() - timedelta(hours=5)
        job.with_user(self.manager).action_plan(self.team.id, start)
        path = job._get_sheet_url().partition("/odoo")[2]
        with self.as_user("responsable", DESKTOP, "/odoo/requests") as page:
            page.goto(f"/odoo{path}")
            dialog = page.get_by_role("dialog")
            dialog.locator("div[name=summary] textarea").fill("Porte réglée.")
            self.shot(page, "paper")
            dialog.get_by_role("button", name="Envoyer le compte rendu").click()
            page.locator(".o_form_view").filter(has_text="Porte réglée.").wait_for()
            self.settle(page)
        report = job.report_id
        self.assertEqual((report.state, report.on_behalf), ("sent", True))
        self.assertTrue(report.total_minutes)

    def test_recurring_work_plans_itself(self):
        with self.as_user("responsable", DESKTOP, "/odoo/recurring-work/new") as page:
            page.locator("div[name=name] input").fill("Tonte du stade")
            self.pick(page, "commune_id", "Valbois")
            self.pick(page, "service_id", "Services techniques")
            self.pick(page, "team_id", "Équipe Nord")
            page.get_by_label("Mardi").check()
            page.get_by_text("Prochains jours").wait_for()
            self.shot(page, "recurrence")
            page.get_by_role("button", name="Planifier maintenant").click()
            page.locator(".o_list_view .o_data_row").first.wait_for()
            self.settle(page)
            self.shot(page, "occurrences")
            page.goto(
                "/odoo/action-intercommunal_workflow"
                ".intercommunal_intervention_planning_action"
            )
            page.locator(".o_calendar_view").wait_for()
            self.settle(page)
            # the next week has a Tuesday to come whatever today is
            page.locator(".o_calendar_button_next").first.click()
            self.settle(page)
            page.locator(".fc-event", has_text="Tonte du stade").first.click()
            page.locator(".o_intercommunal_skip").click()
            dialog = page.get_by_role("dialog").filter(has_text="laissée de côté")
            dialog.get_by_role("button", name="Sauter cette fois").click()
            dialog.wait_for(state="detached")
            self.settle(page)
        rule = self.env["intercommunal.recurrence"].search([])
        skipped = rule.intervention_ids.filtered(lambda job: job.state == "cancelled")
        self.assertEqual(len(skipped), 1, "skipped from its card on the calendar")
        self.assertEqual(len(rule), 1)
        self.assertGreaterEqual(rule.intervention_count, 5)
        days = {
            day.weekday() for day in rule.intervention_ids.mapped("recurrence_date")
        }
        self.assertEqual(days, {1})

    # ------------------------------------------------------- the planning, by hand

    def _plan(self, name, start):
        """A planned job of two hours."""
        request = self.send_request(name).with_user(self.manager)
        request.action_accept()
        request.action_schedule()
        request.intervention_ids.action_plan(self.team.id, start)
        return request.intervention_ids.sudo()

    def _drag(self, page, event, day):
        """Take a job of the calendar by hand to another day, at the same hour."""
        self.settle(page)
        event.scroll_into_view_if_needed()
        box = event.bounding_box()
        column = page.locator(f".fc-timegrid-col[data-date='{day}']").bounding_box()
        height = box["y"] + 12
        page.mouse.move(box["x"] + 20, height)
        page.mouse.down()
        page.mouse.move(box["x"] + 40, height, steps=3)
        page.mouse.move(column["x"] + column["width"] / 2, height, steps=8)
        page.mouse.up()
        self.settle(page)

    def test_a_job_is_dragged_to_another_day(self):
        """The new date is kept, and what is in its way is said at once."""
        today = datetime.now(PARIS).date()
        days = [today + timedelta(days=n - today.weekday()) for n in range(5)]
        _monday, tuesday, wednesday, thursday, friday = days
        ten = [
            datetime.combine(day, time(10), PARIS).astimezone(UTC).replace(tzinfo=None)
            for day in days
        ]
        job = self._plan("Fuite à la cantine", ten[1])
        self._plan("Volet cassé", ten[2] + timedelta(hours=1))
        self.agent._ensure_intercommunal_resources()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Formation",
                "resource_id": self.agent.sudo().resource_ids.id,
                "date_from": ten[3],
                "date_to": ten[3] + timedelta(hours=4),
            }
        )
        with self.as_user("responsable", DESKTOP, "/odoo/planning") as page:
            event = page.locator(".fc-event", has_text="Fuite à la cantine").first
            event.wait_for()
            conflict = event.locator(".o_intercommunal_conflict")
            said = page.locator(".o_notification")
            self.assertFalse(conflict.count())
            for day, words in ((wednesday, "déjà sur"), (thursday, "absence jusqu’au")):
                self._drag(page, event, day)
                said.filter(has_text=words).first.wait_for()
                conflict.wait_for()
                self.shot(page, "warned")
            self._drag(page, event, friday)
            conflict.wait_for(state="detached")
            self.shot(page, "free")
            page.locator(".o_cp_switch_buttons .o_timeline").click()
            bar = page.locator(".vis-item", has_text="Fuite à la cantine")
            bar.wait_for()
            self.settle(page)
            self.shot(page, "timeline")
        self.assertEqual(job.date_start, ten[4])
        self.assertEqual(job.date_end, ten[4] + timedelta(hours=2))
        self.assertEqual(job.state, "planned")

    def test_jobs_at_one_time_are_legible(self):
        """Beside each other, never over each other; the others are behind “+2”."""
        today = datetime.now(PARIS).date()
        day = today + timedelta(days=2 - today.weekday())
        ten = datetime.combine(day, time(10), PARIS).astimezone(UTC)
        names = [f"Volet {letter}" for letter in "ABCD"]
        for name in names:
            self._plan(name, ten.replace(tzinfo=None))
        with self.as_user("responsable", DESKTOP, "/odoo/planning") as page:
            events = page.locator(".fc-timegrid-event", has_text="Volet")
            events.first.wait_for()
            self.settle(page)
            self.shot(page, "week")
            boxes = [event.bounding_box() for event in events.all()]
            words = events.all_inner_texts()
            page.locator(".fc-timegrid-more-link").click()
            more = page.locator(".fc-more-popover .fc-event")
            more.first.wait_for()
            self.shot(page, "more")
            found = more.all_inner_texts()
        self.assertEqual(len(boxes), 2)
        left, right = sorted(boxes, key=lambda box: box["x"])
        self.assertLessEqual(left["x"] + left["width"], right["x"] + 1)
        self.assertGreater(min(left["width"], right["width"]), 50)
        for text in words:
            self.assertRegex(text, r"(?s)10:00.*Volet.*Valbois")
            self.assertNotIn("I20", text)  # the number is in the card
        for name in names:
            shown = [text for text in (*words, *found) if name in text]
            self.assertEqual(len(shown), 1, name)

    def test_the_planning_of_the_day_opens_on_a_phone(self):
        now = fields.Datetime.now()
        self._plan("Volet cassé", now)
        with self.as_user("responsable", PHONE, "/odoo/planning") as page:
            event = page.locator(".fc-timeGridDay-view .fc-event", has_text="Volet")
            event.first.wait_for()
            self.settle(page)
            self.shot(page, "day")
            width = event.first.bounding_box()["width"]
            # the radar says first what it is about
            page.goto("/odoo/radar")
            card = page.locator(".o_kanban_record", has_text="Volet cassé")
            card.get_by_text("Valbois").wait_for()
            self.settle(page)
            self.shot(page, "radar")
        self.assertGreater(width, PHONE["width"] / 2)

    def test_requests_lie_on_a_time_line(self):
        """From the sending to the deadline, by service; the late ones stand out."""
        late, early = (self.send_request(name) for name in ("Volet cassé", "Fuite"))
        today = datetime.now(PARIS).date()
        (late | early)._write_guarded(
            {"date_submitted": fields.Datetime.now() - timedelta(days=9)}
        )
        late.deadline = today - timedelta(days=2)
        early.deadline = today
        self.env.flush_all()
        path = "/odoo/requests?view_type=timeline"
        with self.as_user("responsable", DESKTOP, path) as page:
            bars = [
                page.locator(".vis-item.vis-range", has_text=name)
                for name in ("Volet cassé", "Fuite")
            ]
            for bar in bars:
                bar.wait_for()
            page.locator(".vis-label", has_text="Services techniques").wait_for()
            self.settle(page)
            self.shot(page, "time-line")
            rows = page.locator(".vis-label").all_inner_texts()
            page.locator(".o_searchview_dropdown_toggler").click()
            page.get_by_role("menuitemcheckbox", name="Qui doit agir").click()
            page.keyboard.press("Escape")
            page.locator(".vis-label", has_text="Service").first.wait_for()
            self.settle(page)
            rows += page.locator(".vis-label").all_inner_texts()
            widths = [bar.bounding_box()["width"] for bar in bars]
            words = [bar.inner_text() for bar in bars]
            bars[1].dblclick()
            page.locator(".o_form_view", has_text="Fuite").wait_for()
            self.settle(page)
            page.goto("/odoo/requests?view_type=calendar")
            page.locator(".fc-event", has_text="Fuite").first.wait_for()
            self.settle(page)
            self.shot(page, "calendar")
        # nothing stands in a row “unassigned”, whatever makes the rows
        self.assertEqual(rows, ["Services techniques", "Service"])
        self.assertLess(*widths)
        self.assertEqual(["En retard" in text for text in words], [True, False])
