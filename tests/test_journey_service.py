"""Journey 2: a service manager deals with what came in, on the real boards."""

from datetime import timedelta

from browsing import DESKTOP, PHONE
from test_journey import Territory

from odoo import fields
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestServiceJourney(Territory):
    def _open(self, page, request_id):
        page.goto(f"/odoo/requests/{request_id}")
        page.locator(".o_form_view").wait_for()
        self.settle(page)

    def test_the_secretary_sees_what_was_asked_already(self):
        first = self.send_request("Fuite dans la cantine")
        with self.as_user("secretaire", PHONE, "/my") as page:
            page.goto(f"/my/requests/new?type_id={self.type.id}")
            page.locator("#name").press_sequentially("fuite cantine", delay=20)
            hint = page.get_by_role("status").filter(has_text="Déjà demandé")
            hint.get_by_text(first.reference).wait_for()
            self.shot(page, "hint")

    def test_duplicates_merge_and_a_request_splits(self):
        first, second = (
            self.send_request("Fuite cantine"),
            self.send_request("Fuite à la cantine"),
        )
        first_id, second_id = first.id, second.id
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
            for name in ("Réparer le tuyau", "Repeindre le mur"):
                dialog.get_by_text("Ajouter une ligne").click()
                dialog.locator("div[name=name] input").last.fill(name)
            self.shot(page, "split")
            dialog.get_by_role("button", name="Créer les interventions").click()
            page.get_by_text("Repeindre le mur").first.wait_for()
            self.settle(page)
        self.assertEqual((second.state, second.duplicate_of_id), ("cancelled", first))
        self.assertEqual(
            set(first.intervention_ids.mapped("name")),
            {"Réparer le tuyau", "Repeindre le mur"},
        )

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
        rule = self.env["intercommunal.recurrence"].search([])
        self.assertEqual(len(rule), 1)
        self.assertGreaterEqual(rule.intervention_count, 5)
        days = {
            day.weekday() for day in rule.intervention_ids.mapped("recurrence_date")
        }
        self.assertEqual(days, {1})
