"""An administrator without training composes, tries and replays a circuit."""

from datetime import timedelta

from test_journey import Territory

from odoo import Command, fields
from odoo.tests import tagged

ADDRESS = "/odoo/action-intercommunal_workflow"


@tagged("post_install", "-at_install")
class TestCircuitScreen(Territory):
    """With a mouse, in French, on the real cases of a small territory."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._staff("administratrice", "Hélène Roy", "admin")
        cls.mayor = cls._commune_user("maire", "Jeanne Petit", "mayor")
        cls.env["res.partner"].search(
            [("is_commune", "=", True), ("id", "!=", cls.commune.id)]
        ).is_commune = False
        reports = [cls._approved_report(minutes) for minutes in (60, 120, 1800)]
        cls.cheap, cls.second, cls.dear = reports

    @classmethod
    def _approved_report(cls, minutes):
        """A report that the referent approved, of 38.50 € an hour."""
        request = (
            cls.env["intercommunal.request"]
            .with_user(cls.manager)
            .create(
                {
                    "name": f"Travaux de {minutes} minutes",
                    "commune_id": cls.commune.id,
                    "service_id": cls.service.id,
                }
            )
        )
        request.action_submit()
        request.action_accept()
        request.action_schedule()
        job = request.intervention_ids
        job.action_plan(cls.team.id, fields.Datetime.now() - timedelta(hours=4))
        job = job.with_user(cls.leader)
        job.action_open_report()
        labour = {"kind": "labour", "agent_id": cls.agent.id}
        # nobody works more than a day a line
        parts = [min(minutes - done, 600) for done in range(0, minutes, 600)]
        job.report_id.write(
            {
                "summary": "Fait.",
                "line_ids": [
                    Command.clear(),
                    *(Command.create({**labour, "minutes": part}) for part in parts),
                ],
            }
        )
        job.report_id.action_send()
        job.report_id.validation_id.with_user(cls.referent).action_approve()
        return job.report_id.sudo()

    def words(self, page):
        """The circuit as it reads itself back, with plain spaces."""
        self.settle(page)
        text = page.locator("div[name=sentence]").first.inner_text()
        return text.replace("\u00a0", " ").replace("\u202f", " ")

    def test_composes_by_mouse_and_reads_it_in_french(self):
        with self.as_user(
            "administratrice", path=f"{ADDRESS}.intercommunal_circuit_action"
        ) as page:
            page.get_by_role("button", name="Nouveau").first.click()
            page.get_by_text(
                "Le référent, puis le maire au-dessus d’un montant"
            ).click()
            composed = self.words(page)
            self.shot(page, "modele")
            rows = page.locator("div[name=step_ids] .o_data_row")
            self.drag_row(page, rows.nth(1), rows.nth(0))
            rows.nth(0).filter(has_text="Maire").wait_for()
            dragged = self.words(page)
            rows.nth(1).locator("div[name=is_parallel] input").click()
            together = self.words(page)
            page.locator(".o_form_button_save").click()
            self.settle(page)
            self.shot(page, "ensemble")
        self.assertTrue(
            composed.startswith(
                "Le référent de la commune décide, sous 7 jours ouvrés ; puis, à partir"
                " de 1 000 €, le maire décide, sous 7 jours ouvrés. Une relance part"
                " tous les 3 jours ouvrés."
            ),
            composed,
        )
        self.assertTrue(dragged.startswith("À partir de 1 000 €, le maire"), dragged)
        self.assertIn("; puis, le référent", dragged)
        self.assertIn("et, en même temps, le référent", together)
        circuit = self.env["intercommunal.circuit"].search([], order="id desc", limit=1)
        self.assertEqual(
            circuit.step_ids.mapped(lambda step: (step.commune_role, step.sequence)),
            [("mayor", 10), ("referent", 10)],
        )

    def test_tries_then_replays_before_it_goes_live(self):
        circuit = self.env["intercommunal.circuit"].create(
            {
                "name": "Deux signatures",
                "active": False,
                "sequence": 1,
                "step_ids": [
                    Command.create({"name": "Référent", "commune_role": "referent"}),
                    Command.create(
                        {
                            "name": "Maire",
                            "commune_role": "mayor",
                            "sequence": 20,
                            "amount_min": 1000,
                        }
                    ),
                ],
            }
        )
        address = f"{ADDRESS}.intercommunal_circuit_action/{circuit.id}"
        name = self.dear.intervention_id.reference
        with self.as_user("administratrice", path=address) as page:
            page.locator("button[name=action_simulate]:visible").click()
            dialog = page.locator(".modal-dialog")
            dialog.locator("div[name=report_id] input").fill(name)
            page.locator(".o-autocomplete--dropdown-item", has_text=name).click()
            result = dialog.locator(".o_intercommunal_simulation")
            result.get_by_text("Jeanne Petit").wait_for()
            self.shot(page, "dossier-cher")
            field = dialog.locator("div[name=amount] input")
            field.fill("80")
            field.press("Tab")
            result.get_by_text("est inférieur à").wait_for()
            cheap = result.inner_text()
            self.shot(page, "dossier-modeste")
            dialog.locator("footer button").first.click()
            dialog.wait_for(state="detached")
            page.get_by_role("button", name="Rejouer l’an passé").click()
            page.locator(".modal-dialog button[name=action_replay]").click()
            page.locator("button[name=action_different]").wait_for()
            self.settle(page)
            counts = {
                key: page.locator(f"button[name=action_{key}] .o_stat_value")
                .first.inner_text()
                .strip()
                for key in ("cases", "votes", "blocked", "twice", "different")
            }
            self.shot(page, "rejeu")
            page.locator("button[name=action_different]").click()
            rows = page.locator(".o_list_view .o_data_row")
            rows.first.wait_for()
            self.settle(page)
            different = rows.all_inner_texts()
            self.shot(page, "rejeu-dossiers")
            page.locator(".o_back_button, .breadcrumb-item a").last.click()
            page.locator("button[name=action_votes]").click()
            page.locator(".o_group_name", has_text="Jeanne Petit").wait_for()
            self.settle(page)
            people = page.locator(".o_group_name").all_inner_texts()
            self.shot(page, "rejeu-personnes")
        self.assertNotIn("Jeanne Petit", cheap)
        self.assertEqual(
            counts,
            {
                "cases": "3",
                "votes": "4",
                "blocked": "0",
                "twice": "0",
                "different": "1",
            },
        )
        self.assertEqual(len(different), 1)
        self.assertIn("155,00", different[0])
        self.assertTrue(any("Paul Noël" in text for text in people))
        self.assertFalse(circuit.validation_ids)
        self.assertEqual(self.dear.state, "accepted")

    def test_finds_the_vacant_role_and_fills_it(self):
        self.mayor.intercommunal_role_ids.date_to = fields.Date.today() - timedelta(1)
        self.env["intercommunal.circuit"].create(
            {
                "name": "Maire",
                "step_ids": [Command.create({"name": "M", "commune_role": "mayor"})],
            }
        )
        with self.as_user(
            "administratrice", path=f"{ADDRESS}.intercommunal_circuit_action"
        ) as page:
            page.locator(".o_data_row", has_text="Le maire décide").click()
            page.get_by_text("Rôle vacant, « Maire » : Valbois.").wait_for()
            self.shot(page, "alerte")
            page.locator("button[name=action_vacant_roles]").click()
            page.locator(".o_data_row", has_text="Valbois").wait_for()
            self.shot(page, "roles-vacants")
            page.get_by_role("button", name="Nommer quelqu’un").click()
            page.locator(".o_list_view td", has_text="Paul Noël").first.wait_for()
            self.shot(page, "roles-de-la-commune")
