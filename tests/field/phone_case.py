"""A phone whose only way to Odoo is the chaos proxy."""

from pathlib import Path

from chaos_proxy import ChaosProxy
from test_field_page import FIELD, FieldPage

from odoo import fields

PHONE_CODE = (Path(__file__).parent / "chaos_phone.js").read_text(encoding="utf-8")


class PhoneCase(FieldPage):
    """A leader's phone behind the proxy, whose outbox the test can reach."""

    proxy = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = ChaosProxy(("127.0.0.1", cls.http_port()))
        cls.proxy.serve()
        cls.addClassCleanup(cls.proxy.server_close)
        cls.addClassCleanup(cls.proxy.shutdown)

    @classmethod
    def base_url(cls):
        """The phone knows the proxy only."""
        return cls.proxy.url if cls.proxy else super().base_url()

    def plan_jobs(self, count):
        """Jobs of the leader that no contact sends to the phone: far ahead."""
        jobs = self.env["intercommunal.intervention"].create(
            [
                {"request_id": self.jobs[0].request_id.id, "name": f"Job {index}"}
                for index in range(count)
            ]
        )
        later = fields.Datetime.add(fields.Datetime.now(), days=90)
        jobs.with_user(self.manager).action_plan(self.team.id, later)
        return jobs

    def reach(self, page):
        """The page's outbox for the test."""
        page.locator("button.pill").wait_for()
        page.evaluate(PHONE_CODE)
        page.evaluate("chaos.open()")

    def start_tab(self, tab):
        """Open the page anew, as after a kill."""
        tab.goto(FIELD)
        self.reach(tab)
