"""Journey 7: an administrator makes a domain that nobody foresaw, without code."""

from datetime import date, timedelta

from test_journey import Territory

from odoo import Command, fields
from odoo.tests import tagged

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
        report = self._do_the_work(service)
        # asked of the mayor alone, as the circuit has it
        run = report.validation_id
        self.assertEqual(run.circuit_id.name, "Déneigement par le maire")
        self.assertEqual(run.seat_ids.user_id, self.mayor)
        run.with_user(self.mayor).action_approve()
        invoice = self._invoice(service)
        # an hour and a half at 84 €
        self.assertEqual(invoice.amount_untaxed, 126.0)
        self.assertEqual(invoice.partner_id, self.commune)

    def test_five_steps_then_a_domain_is_tried(self):
        with self.as_user(
            "administratrice", path=f"{ADDRESS}.intercommunal_setup_action"
        ) as page:
            # there are types already: what is done is folded
            page.locator("div[name=more_domains] input").check()
            # the answers of the server that come late would undo the choice
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
            # one question to the server after the other: the list that opens, the name
            box.click()
            page.wait_for_timeout(600)
            self.settle(page)
            box.fill(person)
            page.wait_for_timeout(600)
            self.settle(page)
            item = page.locator(".o-autocomplete--dropdown-item", has_text=person)
            item.first.click()
            self.settle(page)
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
        page.locator("div[name=is_default] input").check()
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
        start = page.locator("div[name=date_start]")
        start.locator("input, button").first.click()
        start.locator("input").first.fill("01/01/2020")
        page.keyboard.press("Escape")
        self._save(page)

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

    def _do_the_work(self, service):
        team = service.team_ids
        height = service.type_ids.properties_definition[0]["name"]
        request = (
            self.env["intercommunal.request"]
            .with_user(self.secretary)
            .create(
                {
                    "name": "Neige rue de l'Église",
                    "commune_id": self.commune.id,
                    "requester_id": self.secretary.partner_id.id,
                    "service_id": service.id,
                    "type_id": service.type_ids.id,
                    "properties": {height: 22},
                }
            )
        )
        request.action_submit()
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.sudo().intervention_ids.with_user(self.manager)
        job.action_plan(team.id, fields.Datetime.now() - timedelta(hours=4))
        job = job.with_user(self.leader)
        job.action_open_report()
        labour = {"kind": "labour", "agent_id": self.agent.id, "minutes": 90}
        job.report_id.write(
            {
                "summary": "Rue dégagée.",
                "line_ids": [Command.clear(), Command.create(labour)],
            }
        )
        job.report_id.action_send()
        return job.report_id.sudo()

    def _invoice(self, service):
        today = fields.Date.context_today(service)
        run = (
            self.env["intercommunal.billing.run"]
            .with_user(self.finance)
            .create(
                {
                    "service_id": service.id,
                    "date_from": date(today.year, 1, 1),
                    "date_to": today,
                }
            )
        )
        run.action_check()
        run.action_invoice()
        return run.sudo().move_ids
