"""Journeys 1 and 5: a secretary asks, answers, finds again; everybody sees the end."""

import re
from datetime import timedelta

from browsing import PHONE
from test_journey import Territory, photo

from odoo import Command, fields
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCommuneJourney(Territory):
    def _work(self, request):
        """The work is planned, reported and approved, as in the journeys before."""
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.intervention_ids
        start = fields.Datetime.now() - timedelta(hours=4)
        job.with_user(self.manager).action_plan(self.team.id, start)
        job = job.with_user(self.leader)
        job.action_open_report()
        labour = {"kind": "labour", "agent_id": self.agent.id, "minutes": 60}
        job.report_id.write(
            {
                "summary": "Joint remplacé.",
                "line_ids": [Command.clear(), Command.create(labour)],
            }
        )
        job.report_id.action_send()
        job.report_id.validation_id.with_user(self.referent).action_approve()

    def test_the_secretary_asks_answers_finds_and_asks_again(self):
        with self.as_user("secretaire", PHONE, "/my/requests/new") as page:
            page.get_by_role("link", name="Petite réparation").click()
            page.get_by_label("Objet").fill("Robinet de la cantine")
            page.get_by_label("Salle").fill("Cantine")
            page.get_by_label("Site", exact=True).select_option(
                label="École maternelle"
            )
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "robinet.jpg", "#d9c7a3")
            )
            page.get_by_role("button", name="Envoyer").click()
            page.get_by_role("status").filter(has_text="est envoyée").wait_for()
        request = self.env["intercommunal.request"].search([], limit=1)
        request.with_user(self.manager).action_ask_info("Quel modèle ?")
        with self.as_user("secretaire", PHONE, "/my/requests?filterby=mine") as page:
            page.get_by_role("link", name=re.compile("Robinet")).click()
            page.get_by_text("Quel modèle ?").first.wait_for()
            page.get_by_label("Votre réponse").fill("Un mitigeur.")
            self.shot(page, "question")
            page.locator("form[action$='/answer'] button[type=submit]").click()
            page.get_by_text("Un mitigeur.").first.wait_for()
            self.settle(page)
        self.assertEqual(
            (request.state, request.info_answer), ("submitted", "Un mitigeur.")
        )
        # last year's
        last_year = request.date_submitted.replace(year=request.date_submitted.year - 1)
        old = self.send_request("Volet de l'an dernier")
        old._write_guarded({"date_submitted": last_year})
        with self.as_user("secretaire", PHONE, "/my/requests?filterby=all") as page:
            page.locator("#year").select_option(str(last_year.year))
            page.locator("form[role=search] button[type=submit]").click()
            page.get_by_role("link", name=re.compile("Volet")).wait_for()
            found = page.get_by_role("link", name=re.compile("Robinet")).count()
            self.shot(page, "last-year")
            page.get_by_role("link", name=re.compile("Volet")).click()
            page.locator("form[action$='/repeat'] button").click()
            page.get_by_label("Objet").wait_for()
            self.settle(page)
            again = page.get_by_label("Objet").input_value()
        self.assertEqual(found, 0)
        self.assertEqual(again, "Volet de l'an dernier")
        draft = self.env["intercommunal.request"].search(
            [("name", "=", again), ("state", "=", "draft")]
        )
        self.assertEqual(len(draft), 1)

    def test_everybody_sees_the_end_and_the_problem_comes_back(self):
        request = self.send_request("Fuite de la cantine")
        self._work(request)
        with self.as_user("secretaire", PHONE, f"/my/requests/{request.id}") as page:
            page.get_by_text("Joint remplacé.").first.wait_for()
            page.locator("form[action$='/rate'] button[value=fair]").click()
            self.settle(page)
            self.shot(page, "opinion")
        self.assertEqual(request.satisfaction, "fair")
        job = request.intervention_ids
        with self.as_user(
            "chef-equipe", PHONE, f"/odoo/interventions/{job.id}"
        ) as page:
            # the team reads how its work ended
            page.locator(".o_form_view").wait_for()
            ended = page.locator("[data-value=approved][aria-current=step]").first
            ended.wait_for(state="attached")
            self.settle(page)
            self.shot(page, "team")
        # the days to contest are over
        self.service.contest_days = 0
        validated = fields.Datetime.now() - timedelta(days=1)
        request._write_guarded({"date_validated": validated})
        self.env["intercommunal.request"]._cron_close()
        self.assertEqual(request.state, "closed")
        with self.as_user("referent", PHONE, f"/my/requests/{request.id}") as page:
            page.locator("form[action$='/reopen'] button").click()
            page.get_by_label("Objet").wait_for()
            self.settle(page)
        again = self.env["intercommunal.request"].search(
            [("previous_id", "=", request.id)]
        )
        self.assertEqual((again.state, again.commune_id), ("draft", self.commune))
        # and the service may take its own work up again
        with self.as_user("responsable", path=f"/odoo/requests/{request.id}") as page:
            page.get_by_role("button", name="Reprendre", exact=True).click()
            page.get_by_text("Fait suite à").wait_for()
            page.get_by_role("button", name="Envoyer", exact=True).click()
            self.await_state(page, "submitted")
            self.shot(page, "taken-up-again")
        mine = self.env["intercommunal.request"].search(
            [("previous_id", "=", request.id), ("id", "!=", again.id)]
        )
        self.assertEqual((mine.state, mine.on_behalf), ("submitted", True))
        self.assertEqual(mine.requester_id, request.requester_id)

    def test_an_internal_secretary_has_the_same_rights(self):
        """Who works with the office's screens rates and takes up again like others."""
        clerk = self._user(
            "accueil",
            "Émeline Petit",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.commune.id,
                "partner_id": clerk.partner_id.id,
                "role": "requester",
                "date_from": fields.Date.today() - timedelta(days=90),
            }
        )
        request = self.send_request("Fuite de la cantine")
        self._work(request)
        self.assertEqual(request.state, "validated")
        with self.as_user("accueil", path=f"/odoo/requests/{request.id}") as page:
            page.locator("button[name=action_rate]").first.click()
            page.locator("div[name=satisfaction]", has_text="Satisfaits").wait_for()
            self.settle(page)
            self.shot(page, "rated")
            page.get_by_role("button", name="Refaire la même demande").click()
            self.await_state(page, "draft")
            self.settle(page)
        self.assertEqual(request.satisfaction, "good")
        again = self.env["intercommunal.request"].search(
            [("requester_id", "=", clerk.partner_id.id), ("state", "=", "draft")]
        )
        self.assertEqual(again.name, request.name)

    def test_on_the_spot_a_phone_gives_its_position_and_survives_a_cut(self):
        with self.as_user("secretaire", PHONE, "/my/requests/new") as page:
            page.context.grant_permissions(["geolocation"])
            page.context.set_geolocation({"latitude": 48.9543, "longitude": 5.8765})
            page.get_by_role("link", name="Petite réparation").click()
            page.get_by_label("Objet").fill("Nid de poule")
            page.get_by_label("Salle").fill("Rue haute")
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "trou.jpg", "#777777")
            )
            page.get_by_role("button", name="Retirer trou.jpg").wait_for()
            # the camera often makes a phone throw the page away
            page.reload()
            page.get_by_text(
                "Ce que vous aviez tapé est revenu. Choisissez de nouveau les photos."
            ).wait_for()
            self.assertEqual(page.get_by_label("Salle").input_value(), "Rue haute")
            page.get_by_role("button", name="Utiliser ma position").click()
            page.get_by_text("Position ajoutée").wait_for()
            page.get_by_text("Un habitant vous l’a demandé").click()
            page.get_by_label("Nom de l’habitant").fill("Mme Discrète")
            page.get_by_label("Téléphone de l’habitant").fill("0383010203")
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "trou.jpg", "#777777")
            )
            page.get_by_alt_text("trou.jpg").wait_for()
            self.shot(page, "filled")
            page.context.set_offline(True)
            page.get_by_role("button", name="Envoyer", exact=True).click()
            page.get_by_role("alert").filter(has_text="Rien n’est parti").wait_for()
            self.shot(page, "cut")
            self.assertEqual(page.get_by_label("Objet").input_value(), "Nid de poule")
            self.faults.clear()  # the browser says that it is offline
            page.context.set_offline(False)
            page.get_by_role("button", name="Envoyer", exact=True).click()
            page.get_by_role("status").filter(has_text="est envoyée").wait_for()
            page.get_by_role("link", name="Voir sur la carte").wait_for()
            page.get_by_text("Mme Discrète").wait_for()
            self.shot(page, "sent")
        request = self.env["intercommunal.request"].search([], limit=1)
        self.assertEqual(request.state, "submitted")
        self.assertEqual(len(request.photo_ids), 1)
        self.assertAlmostEqual(request.longitude, 5.8765, 4)
        with self.as_user("responsable", path=f"/odoo/requests/{request.id}") as page:
            page.get_by_text("Relayée pour un habitant").first.wait_for()
            self.assertEqual(page.get_by_text("Discrète").count(), 0)
            self.shot(page, "service")
        with self.as_user("secretaire", PHONE, f"/my/requests/{request.id}") as page:
            page.get_by_label("Écrire au service").fill("Il s’est agrandi.")
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "plus.jpg", "#555555")
            )
            page.get_by_alt_text("plus.jpg").wait_for()
            page.get_by_role("button", name="Envoyer le message").click()
            page.locator("img[src*='/files/']").wait_for()
            self.shot(page, "message")
            # what was sent does not come back
            self.assertEqual(page.get_by_label("Écrire au service").input_value(), "")
