"""Journey 7: an administrator makes a domain that nobody foresaw, without code."""

from datetime import datetime
from zoneinfo import ZoneInfo

from test_journey import Territory

from odoo.tests import tagged

PARIS = ZoneInfo("Europe/Paris")
ADDRESS = "/odoo/action-intercommunal_workflow"
BILLING = "/odoo/action-intercommunal_billing"


@tagged("post_install", "-at_install")
class TestAdminJourney(Territory):
    """Snow clearing, from an empty form to an invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._staff("administratrice", "Hélène Roy", "admin")
        cls.mayor = cls._commune_user("maire", "Jeanne Petit", "mayor")

    def test_snow_clearing_goes_to_an_invoice_without_code(self):
        # read before the windows open: all share one transaction
        self.team_people = {
            "leader_id": self.leader.name,
            "member_ids": self.agent.name,
        }
        with self.as_user(
            "administratrice", path=f"{ADDRESS}.intercommunal_service_action"
        ) as page:
            self._make_service(page)
            page.goto(f"{ADDRESS}.intercommunal_request_type_action")
            self._make_type(page)
            page.goto(f"{ADDRESS}.intercommunal_circuit_action")
            self._make_circuit(page)
        with self.as_user(
            "finances", path=f"{BILLING}.intercommunal_rate_action"
        ) as page:
            self._make_rate(page)
            page.goto(f"{BILLING}.intercommunal_agreement_action")
            self._make_agreement(page)
        service = self.env["intercommunal.service"].search([("code", "=", "NEIGE")])
        self.assertEqual(service.manager_ids, self.manager)
        self._check_questions(service.type_ids)
        with self.as_user("secretaire", path="/my/requests/new") as page:
            self._ask(page)
        with self.as_user("responsable", path="/odoo/requests") as page:
            self._plan(page)
        with self.as_user("chef-equipe", path="/odoo/my-jobs") as page:
            self._report(page)
        run = self.env["intercommunal.report"].search([]).validation_id
        # asked of the mayor alone, as the circuit has it
        self.assertEqual(run.circuit_id.name, "Déneigement par le maire")
        self.assertEqual(run.seat_ids.user_id, self.mayor)
        with self.as_user("maire", path="/my/validations") as page:
            self._approve(page)
        with self.as_user("finances", path="/odoo/billing-runs") as page:
            self._invoice(page)
        invoice = service.env["intercommunal.billing.line"].search([]).move_id
        # an hour and a half at 84 €
        self.assertEqual((invoice.state, invoice.amount_untaxed), ("posted", 126.0))
        self.assertEqual(invoice.partner_id, self.commune)

    def test_five_steps_then_a_domain_is_tried(self):
        with self.as_user(
            "administratrice", path=f"{ADDRESS}.intercommunal_setup_action"
        ) as page:
            # there are types already: what is done is folded
            page.locator("div[name=more_domains] input").check()
            # the answer that comes late would undo the choice
            self.settle(page)
            row = page.locator("div[name=domain_ids] .o_data_row", has_text="Balayage")
            row.locator("[name=selected] input").check()
            self.settle(page)
            page.get_by_role("button", name="Installer les domaines cochés").click()
            staff = page.locator("div[name=staff_ids] .o_data_row")
            staff.filter(has_text="Balayage").first.wait_for()
            mine = [
                number
                for number, text in enumerate(staff.all_inner_texts())
                if "Balayage" in text
            ]
            for number, login in zip(mine, ("Eva Roux", "Marc Petit"), strict=True):
                line = staff.nth(number)
                line.locator("td[name=name]").click()
                line.locator("td[name=name] input").fill(login)
                address = f"{login.split()[0].lower()}@valclair.example"
                line.locator("td[name=email] input").fill(address)
            self.shot(page, "steps")
            page.get_by_role("button", name="Leur donner accès").click()
            self.settle(page)
            page.goto(f"{ADDRESS}.intercommunal_domain_action")
            page.get_by_role("button", name="Installer un domaine").click()
            dialog = page.get_by_role("dialog")
            dialog.wait_for()
            # the answers of the server that come late would undo the choice
            self.settle(page)
            dialog.locator("div[name=shipped] input").click()
            page.locator(".o_select_menu_item", has_text="insertion").click()
            dialog.get_by_role("button", name="Vérifier").click()
            dialog.get_by_text("Muret du lavoir").first.wait_for()
            self.shot(page, "trial")
            dialog.get_by_role("button", name="Annuler").click()
            self.settle(page)
        sweeping = self.env["intercommunal.service"].search([("code", "=", "BAL")])
        self.assertEqual(sweeping.manager_ids.login, "eva@valclair.example")
        self.assertEqual(sweeping.team_ids.leader_id.name, "Marc Petit")
        # the other domain was only tried
        self.assertFalse(
            self.env["intercommunal.service"].search([("code", "=", "INS")])
        )

    # --------------------------------------------------------- what people do

    def _new(self, page):
        page.get_by_role("button", name="Nouveau").first.click()
        page.locator(".o_form_view").wait_for()
        self.settle(page)

    def _fill(self, page, name, text):
        page.locator(f"div[name={name}] input").first.fill(text)

    def _save(self, page):
        page.locator(".o_form_button_save").first.click()
        page.locator(".o_form_saved").first.wait_for(state="attached")
        self.settle(page)

    def _make_service(self, page):
        self._new(page)
        self._fill(page, "name", "Déneigement")
        self._fill(page, "code", "NEIGE")
        self.pick(page, "manager_ids", "Anne Weber")
        self._save(page)
        # the form says what is left to do, and ticks it off
        todo = page.locator("div[name=todo]")
        todo.get_by_text("Une équipe avec un chef").wait_for()
        self._make_team(page)
        self.assertNotIn("Une équipe avec un chef", todo.inner_text())
        self.shot(page, "service")

    def _make_team(self, page):
        page.get_by_role("tab", name="Équipes").click()
        page.locator("div[name=team_ids]").get_by_text("Ajouter une ligne").click()
        dialog = page.get_by_role("dialog")
        dialog.wait_for()
        # the answers of the server that come late would undo what is typed
        self.settle(page)
        dialog.locator("div[name=name] input").fill("Astreinte")
        page.keyboard.press("Tab")
        self.settle(page)
        for name, person in self.team_people.items():
            box = dialog.locator(f"div[name={name}] input").first
            self.pick_in(page, box, person)
        dialog.locator(".o_form_button_save").first.click()
        self.settle(page)
        self._save(page)

    def _make_type(self, page):
        self._new(page)
        self._fill(page, "name", "Déneiger une rue")
        self.pick(page, "service_id", "Déneigement")
        for number, (label, kind) in enumerate(
            (("Hauteur de neige", "integer"), ("La rue est en pente", "boolean"))
        ):
            page.get_by_role("button", name="Ajouter une question").click()
            row = page.locator(".o_intercommunal_questions tbody tr").nth(number)
            row.locator("input[type=text]").first.fill(label)
            row.locator("select").select_option(kind)
        row = page.locator(".o_intercommunal_questions tbody tr").first
        row.locator("input[type=checkbox]").check()
        self.shot(page, "type")
        self._save(page)

    def _make_circuit(self, page):
        self._new(page)
        self._fill(page, "name", "Déneigement par le maire")
        page.get_by_text("Deux élus, en même temps").first.click()
        self.settle(page)
        # of the two that the model names, the mayor stays
        rows = page.locator("div[name=step_ids] .o_data_row")
        rows.nth(1).locator(".o_list_record_remove").click()
        self.pick(page, "service_ids", "Déneigement")
        self.shot(page, "circuit")
        self._save(page)

    def _make_rate(self, page):
        self._new(page)
        self._fill(page, "name", "Lame et chauffeur")
        self._fill(page, "code", "NEIGE-H")
        self.pick(page, "service_id", "Déneigement")
        # the first of its kind is the default: without one nothing is priced
        default = page.locator("div[name=is_default] input")
        self.assertTrue(default.is_checked())
        page.locator("div[name=version_ids]").get_by_text("Ajouter une ligne").click()
        row = page.locator("div[name=version_ids] .o_selected_row")
        row.locator("[name=date_start] input, [name=date_start] button").first.click()
        row.locator("[name=date_start] input").first.fill("01/01/2020")
        row.locator("[name=price] input").fill("84")
        self.shot(page, "rate")
        self._save(page)

    def _make_agreement(self, page):
        self._new(page)
        self.pick(page, "commune_id", "Valbois")
        self.pick(page, "service_id", "Déneigement")
        title = page.locator("div[name=name] input").first
        self.assertEqual(title.input_value(), "Déneigement · Valbois")
        # the year is proposed
        self._save(page)

    # ----------------------------------------------------- the first snow falls

    def _ask(self, page):
        page.get_by_role("link", name="Déneiger une rue").click()
        page.get_by_label("Objet").fill("Neige rue de l’Église")
        # what the administrator made obligatory is, and the other is not
        page.get_by_role("button", name="Envoyer").click()
        height = page.get_by_label("Hauteur de neige")
        self.assertFalse(height.evaluate("input => input.validity.valid"))
        height.fill("22")
        page.get_by_role("button", name="Envoyer").click()
        page.get_by_role("status").filter(has_text="est envoyée").wait_for()
        self.shot(page, "asked")

    def _plan(self, page):
        page.locator(".o_kanban_record", has_text="Neige rue").click()
        self.press(page, "Accepter")
        self.await_state(page, "accepted")
        self.press(page, "Planifier les travaux")
        # the only team, and its first free hours, are proposed
        dialog = page.locator(".modal-dialog")
        dialog.wait_for()
        self.settle(page)
        self.shot(page, "plan")
        dialog.get_by_role("button", name="Planifier", exact=True).click()
        self.await_state(page, "planned")
        self.settle(page)

    def _report(self, page):
        page.locator(".o_kanban_record", has_text="Neige rue").click()
        self.press(page, "Rédiger le compte rendu")
        page.locator("div[name=summary] textarea").fill("Rue dégagée.")
        page.get_by_role("button", name="Ajouter le temps de l’équipe").click()
        row = page.locator("div[name=line_ids] .o_data_row")
        row.wait_for()
        self.settle(page)
        row.locator("td[name=hours]").click()
        row.locator("td[name=hours] input").fill("1:30")
        page.keyboard.press("Tab")
        self.shot(page, "report")
        self.press(page, "Terminé, envoyer")
        page.locator("div[name=sent_at]").wait_for(state="attached")
        self.settle(page)

    def _approve(self, page):
        page.get_by_role("link", name="Neige rue").first.click()
        page.get_by_role("button", name="Valider", exact=True).click()
        page.get_by_role("status").filter(has_text="enregistrée").wait_for()
        self.shot(page, "approved")

    def _invoice(self, page):
        page.get_by_role("button", name="Nouveau").click()
        page.locator(".o_form_view").wait_for()
        self.pick(page, "service_id", "Déneigement")
        # the last quarter is proposed; this work is of today
        self.pick_date(page, "date_to", datetime.now(PARIS).date())
        self.press(page, "Contrôler")
        self.await_state(page, "checked")
        self.press(page, "Facturer")
        page.locator(".modal-footer .btn-primary").click()
        page.locator(".o_list_view .o_data_row, .o_form_view").first.wait_for()
        self.settle(page)
        self.shot(page, "invoiced")

    # ------------------------------------------------------- what must follow

    def _check_questions(self, type_):
        questions = [
            (question["type"], question["string"])
            for question in type_.properties_definition
        ]
        self.assertEqual(
            questions,
            [
                ("integer", "Hauteur de neige *"),
                ("boolean", "La rue est en pente"),
            ],
        )
