import io
import re

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
