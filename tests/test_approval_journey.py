"""How people decide, in the real interface, each act by its own user."""

import base64
import io
import json
import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from browsing import PHONE
from test_journey import Territory, photo

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_actions_report import IrActionsReport


@contextmanager
def printing():
    """Print PDFs as in life: tests get their HTML otherwise."""
    render = IrActionsReport._render_qweb_pdf

    def print_all(self, *arguments, **options):
        return render(
            self.with_context(force_report_rendering=True), *arguments, **options
        )

    with patch.object(IrActionsReport, "_render_qweb_pdf", print_all):
        yield


@tagged("post_install", "-at_install")
class TestApprovalJourney(Territory):
    """A circuit is composed and tried; then reports go through it, each otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mayor = cls._commune_user("maire", "Jeanne Petit", "mayor")
        cls.deputy = cls._commune_user("adjoint", "Marc Roussel", "deputy")
        cls.admin = cls._staff("administratrice", "Lise Fabre", "admin")
        for user in (cls.referent, cls.mayor, cls.deputy, cls.leader):
            user.email = f"{user.login}@valbois.example"

    # -------------------------------------------------------------------- acts

    def planned_job(self, name):
        """A job of today, planned by the service (told in the main journey)."""
        request = (
            self.env["intercommunal.request"]
            .with_user(self.secretary)
            .create(
                {
                    "name": name,
                    "description": "L’eau coule depuis ce matin.",
                    "commune_id": self.commune.id,
                    "requester_id": self.secretary.partner_id.id,
                    "service_id": self.service.id,
                    "type_id": self.type.id,
                    "site_id": self.site.id,
                    "properties": {"room": "Cantine"},
                }
            )
        )
        request.action_submit()
        request = request.with_user(self.manager)
        request.action_accept()
        request.action_schedule()
        job = request.intervention_ids
        job.action_plan(self.team.id, fields.Datetime.now() - timedelta(hours=3))
        return job

    def send_report(self, job, minutes, summary):
        """The leader sends a report of ``minutes``, with a photo (told as well)."""
        job = job.with_user(self.leader)
        job.action_open_report()
        report = job.report_id
        labour = {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes}
        # a version that is redone keeps the time of the one before
        kept = [] if report.version > 1 else [Command.clear()]
        report.write({"summary": summary, "line_ids": [*kept, Command.create(labour)]})
        content = Path(photo(self.folder, "apres.jpg", "#a7c4a0")).read_bytes()
        self.env["intercommunal.photo"].with_user(self.leader).create(
            {
                "report_id": report.id,
                "kind": "after",
                "name": "Le siphon",
                "image": base64.b64encode(content),
            }
        )
        report.action_send()
        return report.sudo()

    def admin_composes(self, name):
        """The administrator composes a circuit of two steps, and reads it back."""
        address = "/odoo/action-intercommunal_workflow.intercommunal_circuit_action"
        with self.as_user("administratrice", path=address) as page:
            page.get_by_role("button", name="Nouveau").first.click()
            page.locator("h1 div[name=name] input").fill(name)
            self.add_step(
                page, "Maire au-dessus de 50 €", {"commune_role": "Maire"}, "50"
            )
            self.add_step(page, "Référent de la commune", {})
            page.locator("div[name=service_ids] input").fill("Services tech")
            page.get_by_role("option", name="Services techniques").first.click()
            # the referent comes first
            rows = page.locator("div[name=step_ids] .o_data_row")
            self.drag_row(page, rows.nth(1), rows.nth(0))
            rows.nth(0).filter(has_text="Référent").wait_for()
            page.locator(".o_form_button_save").click()
            self.settle(page)
            self.shot(page, "circuit")
            return page.locator("div[name=sentence]").first.inner_text()

    def add_step(self, page, name, choices, amount=""):
        """Add a step in its window."""
        page.locator(
            ".o_field_x2many_list_row_add a, .o_field_x2many_list_row_add button"
        ).first.click()
        dialog = page.locator(".modal-dialog")
        dialog.locator("h2 div[name=name] input").fill(name)
        for field, label in choices.items():
            self.choose(page, dialog.locator(f"div[name={field}]"), label)
        if amount:
            dialog.locator("[role=tab][name=when]").click()
            dialog.locator("div[name=amount_min] input").fill(amount)
            dialog.locator("div[name=amount_min] input").press("Tab")
        self.settle(page)
        self.shot(page, "etape")
        dialog.locator(".o_form_button_save").first.click()
        dialog.wait_for(state="detached")
        self.settle(page)

    def choose(self, page, field, label):
        """Choose a value of a selection."""
        field.locator("input").click()
        page.locator(".o_select_menu_menu").get_by_text(label, exact=True).click()

    def admin_tries(self, circuit, report):
        """On a real report: who would be asked, without anything happening.

        :return: what the simulator says
        """
        address = (
            "/odoo/action-intercommunal_workflow.intercommunal_circuit_action"
            f"/{circuit.id}"
        )
        name = report.intervention_id.reference
        with self.as_user("administratrice", path=address) as page:
            self.settle(page)
            page.locator("button[name=action_simulate]:visible").first.click()
            dialog = page.locator(".modal-dialog")
            field = dialog.locator("div[name=report_id] input")
            field.fill(name)
            page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()
            result = dialog.locator(".o_intercommunal_simulation")
            result.wait_for()
            self.settle(page)
            self.shot(page, "simulation")
            return result.inner_text()

    def open_approval(self, page, name):
        """From the list of what waits, open the approval of the file ``name``."""
        page.goto("/my/validations")
        page.locator("a[href^='/my/validations/']", has_text=name).first.click()
        page.locator("h1", has_text=name).wait_for()

    def decide(self, login, run, value, words="", size=PHONE):
        """Somebody of the commune decides in the portal."""
        name = run.subject_name
        with self.as_user(login, size, "/my") as page:
            self.open_approval(page, name)
            page.get_by_role("img", name="Le siphon").first.wait_for()
            if words:
                page.locator("textarea[name=text]").first.fill(words)
            self.shot(page, f"{login}-{value}")
            page.locator(f"button[name=decision][value={value}]").click()
            page.get_by_role("status").filter(has_text="enregistrée").wait_for()

    def leader_answers(self, answer):
        """The leader reads the question on a phone, and answers it."""
        with self.as_user("chef-equipe", PHONE, "/odoo/questions") as page:
            page.locator(".o_kanban_record").first.click()
            page.locator(".o_form_statusbar").wait_for()
            self.settle(page)
            self.shot(page, "question-recue")
            page.locator(".o_form_statusbar .btn-primary:visible").first.click()
            dialog = page.locator(".modal-dialog")
            dialog.locator("div[name=answer] textarea").fill(answer)
            self.shot(page, "reponse")
            dialog.locator("button[name=action_confirm]").click()
            dialog.wait_for(state="detached")
            page.get_by_text(answer).first.wait_for()
            self.settle(page)

    def referent_asks(self, run, question):
        """The referent asks the leader about a photo; the step's clock stops."""
        name = run.subject_name
        with self.as_user("referent", PHONE, "/my") as page:
            self.open_approval(page, name)
            page.locator("#question summary").click()
            page.locator("#ask_text").fill(question)
            page.locator("#ask_user").select_option(label="Luc Gérard")
            place = page.locator("#ask_place")
            photo = place.locator("option", has_text="Le siphon")
            place.select_option(value=photo.get_attribute("value"))
            self.shot(page, "question")
            page.locator("button[name=decision][value=ask]").click()
            page.get_by_role("status").first.wait_for()
            self.shot(page, "question-envoyee")

    def mayor_decides_by_mail(self, run):
        """The mayor approves from the e-mail, without a login."""
        path = self.read_link(self.mayor)
        with self.as_visitor(PHONE, path) as page:
            page.get_by_role("img", name="Le siphon").first.wait_for()
            # reading decides nothing, however often
            page.reload()
            self.shot(page, "lien-du-courriel")
            page.locator("button[name=decision][value=approve]").click()
            page.locator("button[name=decision]").first.wait_for(state="detached")
            self.shot(page, "lien-decide")
        # the link has served
        self.assertEqual(self.url_open(path).status_code, 410)

    def read_link(self, user):
        """The address in the last e-mail to ``user``, as a path."""
        self.env.flush_all()
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("recipient_ids", "in", user.partner_id.ids)], limit=1)
        )
        [path, *_others] = re.findall(
            r"https?://[^/\"]+(/intercommunal/decide/[\w-]+)", mail.body_html
        )
        return path

    def mayor_leaves(self):
        """The mayor names the deputy for the holidays."""
        today = fields.Date.today()
        with self.as_user("maire", PHONE, "/my/delegations") as page:
            page.locator("#delegate_id").select_option(label="Marc Roussel")
            page.locator("#date_from").fill(str(today))
            page.locator("#date_to").fill(str(today + timedelta(days=14)))
            page.locator("#note").fill("Congés")
            self.shot(page, "delegation")
            page.locator("form[action='/my/delegations'] button[type=submit]").click()
            page.locator("li", has_text="Marc Roussel").first.wait_for()
            self.shot(page, "delegation-donnee")

    def certificate_opens(self, request, login):
        """The whole history as PDF, from the foot of the request's page.

        :return: the facts that the PDF carries
        """
        address = f"/my/requests/{request.id}/certificate"
        with (
            printing(),
            self.as_user(login, PHONE, f"/my/requests/{request.id}") as page,
        ):
            link = page.locator(f"a[href='{address}']")
            link.scroll_into_view_if_needed()
            self.shot(page, "lien-du-certificat")
            with page.expect_download() as download:
                link.click()
            path = Path(self.folder) / "certificat.pdf"
            download.value.save_as(path)
        pdf = PdfFileReader(io.BytesIO(path.read_bytes()))
        words = "\n".join(page.extract_text() for page in pdf.pages)
        self.assertIn(request.reference, words)
        [facts] = pdf.attachments["certificat.json"]
        return json.loads(facts)

    def test_from_the_drawing_board_to_the_certificate(self):
        past = self.send_report(self.planned_job("Robinet du préau"), 120, "Remplacé.")
        past.validation_id.with_user(self.referent).action_approve()
        circuit = self.compose(past)

        # one is questioned, then approved by the referent and the mayor
        first = self.send_report(self.planned_job("Fuite"), 120, "Joint remplacé.")
        run = first.validation_id
        self.assertEqual((run.circuit_id, run.amount), (circuit, 77.0))
        self.referent_asks(run, "Est-ce bien le joint du bas ?")
        self.assertEqual(run.step_ids[0].state, "clarification")
        self.leader_answers("Oui, celui sous le siphon.")
        self.assertEqual(run.step_ids[0].state, "pending")
        self.decide("referent", run, "approve", "Merci de la réponse.")
        self.assertEqual(run.pending_user_ids, self.mayor)
        self.mayor_decides_by_mail(run)
        self.assertEqual((run.state, first.state), ("approved", "accepted"))

        # one is sent back and redone, then decided by the mayor's deputy
        job = self.planned_job("Évier de la salle des fêtes")
        wrong = self.send_report(job, 120, "Débouché.")
        self.decide("referent", wrong.validation_id, "rework", "Il se rebouche.")
        self.assertEqual((wrong.state, job.state), ("to_redo", "rework"))
        job.with_user(self.leader).action_start()
        redone = self.send_report(job, 180, "Colonne débouchée sur trois mètres.")
        self.assertEqual(redone.version, 2)
        again = redone.validation_id
        self.decide("referent", again, "approve")
        self.mayor_leaves()
        self.decide("adjoint", again, "approve", "Au nom du maire.")
        self.assertEqual((again.state, redone.state), ("approved", "accepted"))
        last = again.decision_ids.sorted("id")[-1]
        self.assertEqual(
            (last.user_id, last.on_behalf_of_id), (self.deputy, self.mayor)
        )

        self.check_certificates(first.request_id, redone.request_id)

    def compose(self, past):
        """The administrator's circuit, composed and tried on ``past``."""
        sentence = self.admin_composes("Référent, puis maire")
        self.assertRegex(sentence, "référent.*50.*(maire|mayor)")
        circuit = self.env["intercommunal.circuit"].search(
            [("name", "=", "Référent, puis maire")]
        )
        first, second = circuit.step_ids
        self.assertEqual((first.commune_role, first.amount_min), ("referent", 0))
        self.assertEqual((second.commune_role, second.amount_min), ("mayor", 50))
        words = self.admin_tries(circuit, past)
        self.assertIn("Paul Noël", words)
        self.assertIn("Jeanne Petit", words)
        self.assertFalse(circuit.validation_ids)
        return circuit

    def check_certificates(self, first, second):
        """Both histories as the mayor prints them."""
        facts = self.certificate_opens(first, "maire")
        [run] = facts["approvals"]
        self.assertEqual(run["questions"][0]["answer"], "Oui, celui sous le siphon.")
        self.assertEqual(
            [(row["person"], row["decision"]) for row in run["decisions"]][-2:],
            [("Paul Noël", "Validée"), ("Jeanne Petit", "Validée")],
        )
        self.assertEqual(facts["verification"]["faults"], [])
        facts = self.certificate_opens(second, "maire")
        before, after = facts["approvals"]
        self.assertEqual(before["decisions"][0]["words"], "Il se rebouche.")
        self.assertEqual(after["decisions"][-1]["on_behalf_of"], "Jeanne Petit")
