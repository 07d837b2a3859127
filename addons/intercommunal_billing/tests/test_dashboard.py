import io
import re

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestDashboardCost(BillingCase):
    """What the work cost, for those who read prices."""

    def _board(self, user):
        self.env.flush_all()
        return (
            self.env["intercommunal.dashboard"]
            .with_user(user)
            .create({"service_id": self.service.id})
        )

    def test_the_cost_is_that_of_the_approved_lines(self):
        first, second = self._approve(self._reported()), self._reported()
        self.assertEqual(sum(first.billing_line_ids.mapped("amount")), 77.0)
        board = self._board(self.direction)
        # two hours at 38.50 €; what nobody approved yet costs nothing
        self.assertEqual(board._get_facts()["total"]["cost"], 77.0)
        self.assertIn("77", board.figure_cost)
        self._approve(second)
        board = self._board(self.direction)
        [row] = board._get_facts()["communes"]
        self.assertEqual((row["group"], row["cost"]), (self.commune, 154.0))

    def test_no_column_of_the_printed_report_is_cut(self):
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        if reports.get_wkhtmltopdf_state() != "ok":
            self.skipTest("no wkhtmltopdf")
        self._approve(self._reported())
        content, kind = reports._render_qweb_pdf(
            "intercommunal_workflow.report_annual", self._board(self.direction).ids
        )
        self.assertEqual(kind, "pdf")
        pages = PdfFileReader(io.BytesIO(content)).pages
        text = "".join(page.extract_text() for page in pages)
        # the cost is the last column, of the figures by service and by commune
        self.assertGreaterEqual(len(re.findall(r"77[.,]00", text)), 2, text)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_a_manager_reads_no_price(self):
        self._approve(self._reported())
        board = self._board(self.manager)
        self.assertNotIn("cost", board._get_facts()["total"])
        self.assertNotIn("€", board.figures)
        with self.assertRaises(AccessError):
            board.read(["figure_cost"])
        analysis = self.env["intercommunal.request.analysis"].with_user(self.manager)
        with self.assertRaises(AccessError):
            analysis.formatted_read_group([], [], ["cost:sum"])


@tagged("post_install", "-at_install")
class TestDashboardForecast(BillingCase):
    """What the agreements foresaw of the year, beside what was used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = fields.Date.today().year
        cls.other_agreement = cls._agreement(cls.other_commune)
        cls.forecasts = cls.env["intercommunal.agreement.forecast"].create(
            [
                {
                    "agreement_id": agreement.id,
                    "year": cls.year,
                    "rate_id": cls.rate.id,
                    "units": units,
                }
                for agreement, units in ((cls.agreement, 4), (cls.other_agreement, 12))
            ]
        )

    def _board(self, user=None, **vals):
        self.env.flush_all()
        boards = self.env["intercommunal.dashboard"].with_user(user or self.direction)
        return boards.create({"service_id": self.service.id, **vals})

    def test_by_rate_and_by_commune(self):
        # two hours at 38.50 €
        self._approve(self._reported())
        board = self._board()
        facts = board._get_forecast_facts()
        [rate] = facts["rates"]
        self.assertEqual(rate["rate"], self.rate)
        self.assertEqual((rate["foreseen"], rate["used"], rate["left"]), (16, 2, 14))
        rows = {row["commune"]: row for row in facts["communes"]}
        self.assertEqual(
            [
                (rows[commune]["foreseen"], rows[commune]["used"])
                for commune in (self.commune, self.other_commune)
            ],
            [(154.0, 77.0), (462.0, 0.0)],
        )
        self.assertEqual([row["share"] for row in rows.values()], [0, 50])
        # 77 € of 616 €
        self.assertEqual((facts["share"], facts["other"]), (12, 0))
        self.assertEqual(board.figure_forecast, "12 %")
        self.assertIn("Forecast against use", board.figures)

    def test_what_nothing_foresaw_is_said_apart(self):
        self._approve(self._reported())
        self.forecasts[0].unlink()
        facts = self._board()._get_forecast_facts()
        self.assertEqual((facts["total"]["used"], facts["other"]), (0, 77.0))

    def test_the_year_that_goes_by(self):
        board = self._board()
        with freeze_time(f"{self.year}-07-01"):
            self.assertEqual(board._get_elapsed(self.year), 50)
            self.assertEqual(board._get_elapsed(self.year - 1), 100)
            self.assertEqual(board._get_elapsed(self.year + 1), 0)

    def test_a_figure_leads_to_its_agreements(self):
        action = self._board().action_forecasts()
        found = (
            self.env[action["res_model"]]
            .with_user(self.direction)
            .search(action["domain"])
        )
        self.assertEqual(found, self.forecasts)
        before = self._board(date=f"{self.year - 1}-05-05").action_forecasts()
        self.assertFalse(self.env[before["res_model"]].search(before["domain"]))

    def test_as_many_queries_whatever_the_number_of_agreements(self):
        def count():
            board = self._board()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            board._get_forecast_facts()
            return self.cr.sql_log_count - before

        count()  # rights are looked up once
        few = count()
        communes = self.env["res.partner"].create(
            [
                {"name": f"Neuville {number}", "is_commune": True}
                for number in range(6)
            ]
        )
        self.env["intercommunal.agreement.forecast"].create(
            [
                {
                    "agreement_id": self._agreement(commune).id,
                    "year": self.year,
                    "rate_id": self.rate.id,
                    "units": 5,
                }
                for commune in communes
            ]
        )
        self.assertEqual(count(), few)

    def test_a_manager_reads_no_forecast(self):
        board = self._board(self.manager)
        self.assertIsNone(board._get_forecast_facts())
        self.assertNotIn("Forecast against use", board.figures)
