"""A whole quarter of the finance office, and what a commune contests of it."""

from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
from browsing import DESKTOP, PHONE
from test_journey import Territory

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import date_utils


@tagged("post_install", "-at_install")
class TestFinanceJourney(Territory):
    """Check, mend, invoice, hand over, be contested, correct, and the next run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.finance)
        start = date_utils.start_of(cls.today, "quarter")
        # the run proposes the quarter that is over
        cls.worked_on = start - timedelta(days=40)
        cls.agreement = cls.env["intercommunal.agreement"].search(
            [("commune_id", "=", cls.commune.id)]
        )
        cls.agreement.engagement_required = True
        cls.commune.email = "mairie@valbois.example"

    def _approved(self, name, day, minutes):
        """The charge of work of ``day`` that the commune's referent approved."""
        request = self.send_request(name)
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.intervention_ids
        job.with_user(self.manager).action_plan(
            self.team.id, datetime.combine(day, time(8))
        )
        job.with_user(self.leader).action_open_report()
        report = job.report_id.with_user(self.leader)
        report.write(
            {
                "summary": "Réparé.",
                "line_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "kind": "labour",
                            "date": day,
                            "agent_id": self.agent.id,
                            "minutes": minutes,
                        }
                    ),
                ],
            }
        )
        report.action_send()
        report.validation_id.with_user(self.referent).action_approve()
        return report.sudo().billing_line_ids.with_env(self.env)

    # ------------------------------------------------------------------- finance

    def _new_run(self, page, until=None):
        """Make a run of the quarter that is over, or up to ``until``, and check it."""
        page.goto("/odoo/billing-runs/new")
        page.locator(".o_form_view").wait_for()
        self.pick(page, "service_id", "Services techniques")
        if until:
            self.pick_date(page, "date_to", until)
        self.press(page, "Contrôler")
        self.await_state(page, "checked")
        self.settle(page)

    def _mend_engagement(self, page):
        """The button of the anomaly opens the agreement; the number is entered there."""
        # the page of a run opens on what is to mend
        page.locator(".nav-link.active", has_text="À corriger").wait_for()
        row = page.locator("div[name=anomaly_ids] .o_data_row", has_text="Valbois")
        row.filter(has_text="engagement").first.wait_for()
        self.shot(page, "anomaly")
        row.filter(has_text="engagement").get_by_role("button", name="Ouvrir").click()
        page.get_by_role("tab", name="Chorus Pro").click()
        page.locator("div[name=engagement_ids]").get_by_text(
            "Ajouter une ligne"
        ).click()
        year = page.locator("div[name=engagement_ids] div[name=exercice] input")
        year.fill(str(self.worked_on.year))
        page.locator("div[name=engagement_ids] div[name=number] input").fill("ENG-0042")
        self.shot(page, "engagement")
        page.locator(".o_form_button_save").click()
        self.settle(page)
        page.go_back()
        self.press(page, "Contrôler de nouveau")
        page.get_by_text("Rien ne bloque ce lot").wait_for()
        self.settle(page)
        self.shot(page, "mended")

    def _invoice(self, page):
        address = page.url
        self.press(page, "Facturer")
        page.locator(".modal-footer .btn-primary").click()
        page.locator(".o_list_view .o_data_row").first.wait_for()
        self.settle(page)
        page.goto(address)
        self.await_state(page, "invoiced")
        self.settle(page)

    def _download_book(self, page):
        with page.expect_download() as download:
            page.get_by_role("button", name="Télécharger le classeur").click()
        path = Path(self.folder) / "trimestre.xlsx"
        download.value.save_as(path)
        self.settle(page)
        return openpyxl.load_workbook(path, read_only=True)

    def _read_column(self, sheet, header):
        """What stands below ``header``, empty cells left out."""
        rows = list(sheet.iter_rows(values_only=True))
        top = next(index for index, row in enumerate(rows) if header in row)
        column = rows[top].index(header)
        found = [row[column] for row in rows[top + 1 :] if len(row) > column]
        return [value for value in found if value is not None]

    def _correct(self, page, amount, reason):
        """Answer the contested charge by correcting its amount."""
        page.goto("/odoo/contested-charges")
        row = page.locator(".o_data_row", has_text="77,00")
        row.locator("td").nth(2).click()
        self.press(page, "Répondre à la commune")
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("Un seul agent").first.wait_for()
        self.shot(page, "answer")
        dialog.get_by_role("button", name="Corriger plutôt le montant").click()
        dialog = page.get_by_role("dialog").filter(
            has=page.locator("div[name=difference]")
        )
        dialog.locator("div[name=amount] input").fill(amount)
        dialog.locator("div[name=reason] input").fill(reason)
        self.shot(page, "adjust")
        dialog.get_by_role("button", name="Régulariser").click()
        dialog.wait_for(state="detached")
        self.settle(page)

    # ------------------------------------------------------------------- commune

    def _contest(self, page, line_id, words):
        page.goto(f"/my/billing/{line_id}")
        page.get_by_label("Votre motif").fill(words)
        page.get_by_role("button", name="Contester").click()
        page.get_by_text(words).first.wait_for()
        self.assertFalse(page.get_by_label("Votre motif").count())

    # --------------------------------------------------------------------- story

    def test_a_whole_quarter(self):
        billed = self._approved("Fuite à la cantine", self.worked_on, 120)
        kept = self._approved("Porte à régler", self.worked_on, 60)
        with self.as_user("finances", DESKTOP, "/odoo/billing-runs") as page:
            self._new_run(page)
            self._mend_engagement(page)
            self._invoice(page)
            book = self._download_book(page)
            self.shot(page, "invoiced")
        run, move = billed.run_id, billed.move_id
        self.assertEqual((move.state, move.amount_untaxed), ("posted", 115.5))
        self.assertEqual(kept.move_id, move)
        self.assertEqual(self._read_column(book["Détail"], "Montant"), [77, 38.5])
        self.assertEqual(
            self._read_column(book["Synthèse"], "Contrôle (0,00)")[-1:], [0]
        )
        titres = [
            value
            for row in book["Titres"].iter_rows(values_only=True)
            for value in row
            if value
        ]
        self.assertIn("ENG-0042", titres)
        self._quarter_is_contested(run, billed)

    def _quarter_is_contested(self, run, billed):
        """The commune contests a line of the invoice, and one that is not billed yet.

        That one was corrected already: the correction waits with it.
        """
        waiting = self._approved("Clôture du stade", self.today, 60)
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create(
            {"line_id": waiting.id, "amount": 30.0, "reason": "Forfait convenu."}
        ).action_apply()
        statement = run.statement_ids
        statement._write_guarded(
            {"state": "ready", "file": self._pdf(), "filename": "etat.pdf"}
        )
        billed_id, waiting_id = billed.id, waiting.id
        name = statement.sudo().name
        with self.as_user("referent", PHONE, "/my/billing") as page:
            link = page.get_by_role("link", name=name)
            with page.expect_download() as download:
                link.click()
            self.assertEqual(download.value.suggested_filename, "etat.pdf")
            self.shot(page, "portal")
            self._contest(page, billed_id, "Un seul agent est venu.")
            self._contest(page, waiting_id, "Le stade n’est pas à nous.")
            self.shot(page, "contested")
        self.assertTrue(billed.is_contested and waiting.is_contested)
        self._next_quarter_holds(billed, waiting)

    def _pdf(self):
        return b"JVBERi0xLjQK"

    def _next_quarter_holds(self, billed, waiting):
        """What is answered goes on; what is not, and what corrects it, waits."""
        with self.as_user("finances", DESKTOP, "/odoo/contested-charges") as page:
            self._correct(page, "38,50", "Un seul agent, en effet.")
            self._new_run(page, self.today)
            self.shot(page, "next-run")
        self.assertFalse(billed.is_contested)
        self.assertEqual(billed.adjusted_amount, 38.5)
        run = self.env["intercommunal.billing.run"].search([], order="id desc", limit=1)
        self.assertEqual(run.line_ids, billed.adjustment_ids)
        self.assertEqual(run.amount_total, -38.5)
        self.assertFalse((waiting | waiting.adjustment_ids).run_id)
        waiting.with_user(self.finance).action_reject_contest("Le stade est le vôtre.")
        run.with_user(self.finance).action_check()
        self.assertEqual(
            run.line_ids,
            billed.adjustment_ids | waiting | waiting.adjustment_ids,
        )
        self.assertEqual(run.amount_total, -8.5)
