"""The main job in the real interface, each act by its own user."""

import io
import os
import re
import shutil
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import openpyxl
from browsing import PHONE, BrowserCase, unlimited_memory
from PIL import Image, ImageDraw

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

GROUP = "intercommunal_workflow.group_intercommunal_"


def photo(folder, name, color):
    """A plausible photo file."""
    path = Path(folder) / name
    image = Image.new("RGB", (1600, 1200), color)
    draw = ImageDraw.Draw(image)
    draw.rectangle((200, 500, 1400, 1100), fill="#8a8f98")
    draw.ellipse((600, 600, 1000, 1000), fill="#3a5f7d")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    path.write_bytes(stream.getvalue())
    return str(path)


class Territory(BrowserCase):
    """A small territory: one commune, one service, one user a role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.enterClassContext(TemporaryDirectory())
        cls._set_up_territory()

    @classmethod
    def _set_up_territory(cls):
        """The people, the service and the agreement, in ``cls.env``."""
        cls.company = cls.env.company
        cls.company.name = "CC du Val Clair"
        cls.commune = cls.env["res.partner"].create(
            {
                "name": "Valbois",
                "is_company": True,
                "is_commune": True,
                "insee_code": "54901",
                "company_registry": "21454901600019",
                "intercommunal_epci_id": cls.company.id,
                "country_id": cls.env.ref("base.fr").id,
                "lang": "fr_FR",
            }
        )
        cls.secretary = cls._commune_user("secretaire", "Claire Martin", "requester")
        cls.referent = cls._commune_user("referent", "Paul Noël", "referent")
        cls.manager = cls._staff("responsable", "Anne Weber", "service_manager")
        cls.leader = cls._staff("chef-equipe", "Luc Gérard", "leader")
        cls.agent = cls._staff("agent-terrain", "Samir Haddad", "agent")
        cls.finance = cls._staff("finances", "Zoé Lambert", "finance")
        cls._set_up_service()
        cls._set_up_accounting()

    def send_request(self, name):
        """A request of the secretary, sent, as the system sees it."""
        request = (
            self.env["intercommunal.request"]
            .with_user(self.secretary)
            .create(
                {
                    "name": name,
                    "commune_id": self.commune.id,
                    "requester_id": self.secretary.partner_id.id,
                    "service_id": self.service.id,
                    "type_id": self.type.id,
                    "properties": {"room": "Cantine"},
                }
            )
        )
        request.action_submit()
        return request.sudo()

    def call_office(self, page, login, model, method, *args):
        """``login`` calls a method meanwhile, in a window of their own."""
        office = page.context.browser.new_context(base_url=self.base_url())
        desk = office.new_page()
        self._log_in(desk, login, "/web/health")
        desk.evaluate(
            """(params) => fetch("/web/dataset/call_kw", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ jsonrpc: "2.0", params }),
            }).then((answer) => answer.json())""",
            {"model": model, "method": method, "args": args, "kwargs": {}},
        )
        office.close()

    @classmethod
    def _set_up_accounting(cls):
        """A French chart, an agreement and a rate of 38.50 € an hour."""
        if cls.company.chart_template != "fr":
            cls.company.country_id = cls.env.ref("base.fr")
            cls.env["account.chart.template"].try_loading(
                "fr", cls.company, install_demo=False
            )
        start = date(2020, 1, 1)
        cls.env["intercommunal.agreement"].create(
            {
                "commune_id": cls.commune.id,
                "service_id": cls.service.id,
                "date_start": start,
                "period": "month",
            }
        )
        cls.env["intercommunal.rate"].create(
            {
                "code": "AGT-J",
                "name": "Agent technique",
                "service_id": cls.service.id,
                "is_default": True,
                "version_ids": [Command.create({"date_start": start, "price": 38.50})],
            }
        )

    @classmethod
    def _user(cls, login, name, groups):
        return new_test_user(
            cls.env,
            login,
            groups,
            name=name,
            password=login,
            lang="fr_FR",
            tz="Europe/Paris",
        )

    @classmethod
    def _staff(cls, login, name, group):
        return cls._user(login, name, GROUP + group)

    @classmethod
    def _commune_user(cls, login, name, role):
        user = cls._user(login, name, "base.group_portal")
        cls.env["intercommunal.commune.role"].create(
            {
                "commune_id": cls.commune.id,
                "partner_id": user.partner_id.id,
                "role": role,
                "date_from": fields.Date.today() - timedelta(days=90),
            }
        )
        return user

    @classmethod
    def _set_up_service(cls):
        cls.service = cls.env["intercommunal.service"].create(
            {
                "name": "Services techniques",
                "code": "TEC-J",
                "manager_ids": [Command.link(cls.manager.id)],
            }
        )
        cls.team = cls.env["intercommunal.team"].create(
            {
                "name": "Équipe Nord",
                "service_id": cls.service.id,
                "leader_id": cls.leader.id,
                "member_ids": [Command.set([cls.leader.id, cls.agent.id])],
            }
        )
        cls.type = cls.env["intercommunal.request.type"].create(
            {
                "name": "Petite réparation",
                "service_id": cls.service.id,
                "default_duration": 2.0,
                "checklist": "Couper l’eau\nEssayer le robinet",
                "properties_definition": [
                    {"name": "room", "string": "Salle *", "type": "char"}
                ],
            }
        )
        cls.site = cls.env["intercommunal.site"].create(
            {"name": "École maternelle", "kind": "school", "commune_id": cls.commune.id}
        )

    # ------------------------------------------------------------- acts of a day

    def commune_asks(self):
        """The secretary asks from the portal, on a phone, with a photo."""
        with self.as_user("secretaire", PHONE, "/my") as page:
            self.shot(page, "portail")
            page.goto("/my/requests/new")
            page.get_by_role("link", name="Petite réparation").click()
            page.get_by_label("Objet").fill("Fuite sous l’évier de la cantine")
            page.get_by_label("Salle").fill("Cantine")
            page.get_by_label("Description").fill("L’eau coule depuis ce matin.")
            page.get_by_label("Site", exact=True).select_option(
                label="École maternelle"
            )
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "fuite.jpg", "#d9c7a3")
            )
            self.shot(page, "demande")
            page.get_by_role("button", name="Envoyer").click()
            page.get_by_role("status").filter(has_text="est envoyée").wait_for()
            self.shot(page, "demande-envoyee")
        request = self.env["intercommunal.request"].search([], limit=1)
        self.assertEqual(request.state, "submitted")
        self.assertEqual(len(request.photo_ids), 1)
        return request

    def service_plans(self, request):
        """The manager accepts on the board by dragging, then plans."""
        start = fields.Datetime.now().replace(second=0) - timedelta(hours=2)
        local = fields.Datetime.context_timestamp(self.manager, start)
        with self.as_user("responsable", path="/odoo/requests") as page:
            card = page.locator(".o_kanban_record", has_text="Fuite sous l’évier")
            card.wait_for()
            self.shot(page, "tableau")
            target = page.locator(".o_kanban_group", has_text="Acceptée").first
            self.drag(page, card, target)
            target.locator(".o_kanban_record", has_text="Fuite").wait_for()
            self.shot(page, "acceptee")
            # a column that needs more than a drag refuses with the reason
            planned = page.locator(".o_kanban_group", has_text="Planifiée").first
            self.drag(page, target.locator(".o_kanban_record").first, planned)
            page.locator(".modal-body", has_text="boutons").wait_for()
            self.shot(page, "glisser-refuse")
            page.locator(".modal-footer button").first.click()
            target.locator(".o_kanban_record", has_text="Fuite").wait_for()
            target.locator(".o_kanban_record").first.click()
            self.press(page, "Planifier les travaux")
            dialog = page.locator(".modal-dialog")
            # the only team is proposed, and its first free hours: another date is chosen
            start = dialog.locator("div[name=date_start]")
            start.locator("button").first.click()
            field = start.locator("input").first
            field.fill(local.strftime("%d/%m/%Y %H:%M:%S"))
            field.press("Tab")
            dialog.locator("div[name=instructions] textarea").fill("Clé à la mairie.")
            self.shot(page, "planifier")
            dialog.get_by_role("button", name="Planifier").click()
            self.await_state(page, "planned")
            self.shot(page, "intervention")
        self.assertEqual(request.state, "planned")
        return request.intervention_ids

    def leader_reports(self, job, hours="2:00", name="rapport", added=True):
        """The leader writes the report on a phone, with a photo, and sends it."""
        begins = job.state in ("planned", "rework")
        with self.as_user("chef-equipe", PHONE, "/odoo/my-jobs") as page:
            page.locator(".o_kanban_record", has_text="Fuite").first.click()
            self.shot(page, f"{name}-intervention")
            if begins:
                self.press(page, "Commencer")
                page.get_by_role("button", name="Rédiger le compte rendu").wait_for()
            self.press(page, "Rédiger le compte rendu")
            summary = page.locator("div[name=summary] textarea")
            summary.fill("Joint remplacé, évier essayé.")
            if added:
                self.add_line(page, hours)
            page.set_input_files(
                "input[name=photos]", photo(self.folder, "apres.jpg", "#a7c4a0")
            )
            page.locator(".o_intercommunal_photo img").first.wait_for()
            self.shot(page, f"{name}-rempli")
            self.press(page, "Terminé, envoyer")
            page.locator("div[name=sent_at]").wait_for()
            self.shot(page, f"{name}-envoye")
        report = job.report_id
        self.assertEqual(report.state, "sent")
        self.assertEqual(len(report.photo_ids), 1)
        return report

    def add_line(self, page, hours):
        """Add a line of labour in the phone's dialog."""
        page.locator(
            "div[name=line_ids] .o-kanban-button-new, div[name=line_ids] button"
        ).first.click()
        dialog = page.locator(".modal-dialog")
        agent = dialog.locator("div[name=agent_id]")
        agent.click()
        page.locator(".modal-dialog .o_kanban_record", has_text="Samir Haddad").click()
        field = dialog.locator("div[name=hours] input")
        field.fill(hours)
        field.press("Tab")
        self.shot(page, "ligne")
        dialog.get_by_role(
            "button", name=re.compile("Sauvegarder|Enregistrer")
        ).first.click()
        dialog.wait_for(state="detached")

    def press(self, page, label):
        """Press an action of the form; a phone keeps all but the first in a menu."""
        page.locator(".o_form_statusbar").wait_for()
        self.settle(page)
        button = page.get_by_role("button", name=label, exact=True).first
        if not button.is_visible():
            page.locator(".o_form_statusbar .o-dropdown").first.click()
            button = page.get_by_role("menuitem", name=label).or_(button).first
        button.click()

    def await_state(self, page, state):
        """Wait until the form shows a state; a narrow bar may fold it away."""
        current = page.locator(f".o_arrow_button_current[data-value={state}]")
        current.first.wait_for(state="attached")

    def drag(self, page, card, target):
        """Drag a card to another column, as a hand does."""
        self.settle(page)
        card.hover()
        page.mouse.down()
        # the board waits a moment to tell a drag from a click
        page.wait_for_timeout(200)
        box = target.bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 160, steps=12)
        page.mouse.move(box["x"] + 70, box["y"] + 180, steps=4)
        page.wait_for_timeout(200)
        page.mouse.up()
        self.settle(page)

    def referent_decides(self, report, label, words=""):
        """The referent decides from the portal."""
        with self.as_user("referent", path="/my/validations") as page:
            self.shot(page, "a-valider")
            page.get_by_role("link", name="Fuite sous l’évier").first.click()
            page.get_by_role("img", name="apres.jpg").wait_for()
            self.shot(page, "compte-rendu")
            if words:
                page.get_by_label("Vos mots").fill(words)
            page.get_by_role("button", name=label).click()
            page.get_by_role("status").filter(has_text="enregistrée").wait_for()
            self.shot(page, "decide")


@tagged("post_install", "-at_install")
class TestJourney(Territory):
    """From the commune's wish to the posted invoice, and back when it is refused."""

    def test_refused_then_redone(self):
        request = self.commune_asks()
        job = self.service_plans(request)
        first = self.leader_reports(job)
        self.referent_decides(first, "À reprendre", "Le joint fuit encore.")
        self.assertEqual((first.state, job.state), ("to_redo", "rework"))
        second = self.leader_reports(job, name="reprise", hours="0:30")
        self.assertEqual(second.version, 2)
        self.assertEqual(second.line_ids.mapped("is_rework"), [False, True])
        self.referent_decides(second, "Valider")
        self.assertEqual(second.state, "accepted")
        self.assertEqual(request.state, "validated")

    def test_from_the_wish_to_the_invoice(self):
        request = self.commune_asks()
        job = self.service_plans(request)
        report = self.leader_reports(job)
        self.referent_decides(report, "Valider")
        self.assertEqual(request.state, "validated")
        line = self.env["intercommunal.billing.line"].search([])
        self.assertEqual((line.amount, line.state), (77.0, "open"))
        book = self.finance_bills()
        move = line.move_id
        self.assertEqual((move.state, move.amount_untaxed), ("posted", 77.0))
        self.assertEqual(move.partner_id, self.commune)
        total = self.read_sheet(book["Synthèse"], "Total HT")[-1]
        self.assertEqual(
            (total["Total HT"], total["Facturé HT"], total["Contrôle (0,00)"]),
            (77, 77, 0),
        )
        uses = self.read_sheet(book["Détail"], "Montant")
        self.assertEqual([use["Montant"] for use in uses], [77])
        self.check_libreoffice_opens()

    def read_sheet(self, sheet, header):
        """The rows below the line of headers that has ``header``, by header."""
        rows = list(sheet.iter_rows(values_only=True))
        start = next(index for index, row in enumerate(rows) if header in row)
        return [
            dict(zip(rows[start], row, strict=True))
            for row in rows[start + 1 :]
            if any(value is not None for value in row)
        ]

    def finance_bills(self):
        """Finance runs the period, posts the invoice and downloads the workbook.

        :return: the workbook, read back
        """
        today = datetime.now(ZoneInfo("Europe/Paris")).date()
        with self.as_user("finances", path="/odoo/billing-runs") as page:
            page.get_by_role("button", name="Nouveau").click()
            service = page.locator("div[name=service_id] input")
            service.fill("Services tech")
            page.get_by_role("option", name="Services techniques").click()
            # the last quarter is proposed; this work is of today
            self.pick_date(page, "date_to", today)
            self.press(page, "Contrôler")
            self.await_state(page, "checked")
            self.settle(page)
            self.shot(page, "facturation-controlee")
            self.press(page, "Facturer")
            page.locator(".modal-footer .btn-primary").click()
            page.locator(".o_list_view, .o_kanban_view, .o_form_view").first.wait_for()
            self.settle(page)
            self.shot(page, "factures")
            page.goto("/odoo/billing-runs")
            page.locator(".o_data_row").first.locator("td").nth(1).click()
            page.locator(".o_form_statusbar").wait_for()
            self.settle(page)
            with page.expect_download() as download:
                page.get_by_role("button", name="Télécharger le classeur").click()
            self.workbook = Path(self.folder) / "classeur.xlsx"
            download.value.save_as(self.workbook)
            self.settle(page)
            self.shot(page, "classeur")
        return openpyxl.load_workbook(self.workbook)

    def check_libreoffice_opens(self):
        """The workbook opens in LibreOffice, where it is installed."""
        office = shutil.which("soffice")
        if not office:
            return
        with unlimited_memory():
            subprocess.run(
                [
                    office,
                    "--headless",
                    "--convert-to",
                    "csv",
                    "--outdir",
                    self.folder,
                    self.workbook,
                ],
                check=True,
                capture_output=True,
                timeout=120,
                env={**os.environ, "HOME": self.folder},
            )
        # in the encoding of the machine
        self.assertIn(b"Valbois", self.workbook.with_suffix(".csv").read_bytes())
