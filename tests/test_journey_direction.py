"""Journey 8: the direction reads the figures and goes down to the requests."""

from datetime import timedelta

from browsing import DESKTOP, PHONE
from test_journey import Territory

from odoo import fields
from odoo.tests import tagged

PATH = "/odoo/action-intercommunal_workflow.intercommunal_dashboard_action"


@tagged("post_install", "-at_install")
class TestDirectionJourney(Territory):
    """The dashboard, its requests, its graphs, and the report for the councils."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.director = cls._staff("direction", "Philippe Marchal", "direction")

    def test_reads_drills_down_and_prints(self):
        self.send_request("Fuite à la cantine")
        late = self.send_request("Volet cassé")
        past = fields.Datetime.now() - timedelta(hours=1)
        late._write_guarded({"sla_deadline": past})
        self.env.flush_all()
        with self.as_user("direction", DESKTOP, PATH) as page:
            card = page.locator("button", has=page.locator("[name=figure_late_share]"))
            card.get_by_text("50 %").wait_for()
            page.get_by_text("Valbois").first.wait_for()
            self.shot(page, "dashboard")
            with page.expect_download() as download:
                page.get_by_role("button", name="Rapport annuel (PDF)").click()
            # while tests run core sends the page that the PDF is made of
            text = download.value.path().read_text()
            card.click()
            page.locator(".o_list_view .o_data_row").first.wait_for()
            self.settle(page)
            rows = page.locator(".o_list_view .o_data_row").all_inner_texts()
            page.goto(PATH)
            # a name of a table leads to its requests as well
            page.get_by_role("button", name="Valbois").click()
            page.locator(".o_list_view .o_data_row").nth(1).wait_for()
            page.goto(PATH)
            page.get_by_role("button", name="Graphiques et tableau croisé").click()
            page.locator(".o_graph_renderer canvas").wait_for()
            self.settle(page)
            self.shot(page, "graph")
        self.assertEqual(len(rows), 1)
        self.assertIn("Volet cassé", rows[0])
        for words in ("Rapport annuel de mutualisation", "Valbois", "L5211-39-1"):
            self.assertIn(words, text)

    def test_fits_a_phone(self):
        self.send_request("Fuite à la cantine")
        self.env.flush_all()
        with self.as_user("direction", PHONE, PATH) as page:
            page.locator("[name=figure_count]").get_by_text("1").wait_for()
            self.shot(page, "phone")
            width = page.evaluate("document.documentElement.scrollWidth")
            figures = page.locator(".o_intercommunal_dashboard")
            figures_width = figures.bounding_box()["width"]
            # wide tables move within themselves, short ones show every column
            hidden = figures.locator("table").evaluate_all(
                """tables => tables.filter(table =>
                    !table.closest(".table-responsive")
                    && table.scrollWidth > table.parentElement.clientWidth).length"""
            )
        self.assertLessEqual(width, PHONE["width"])
        self.assertLessEqual(figures_width, PHONE["width"])
        self.assertFalse(hidden)
