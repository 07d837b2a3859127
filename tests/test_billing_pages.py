"""What a commune is charged, on a narrow phone and with the keyboard; the year's
screens of the finance office."""

from axe import find_violations
from browsing import DESKTOP, BrowserCase
from test_portal_pages import NARROW

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.intercommunal_billing.tests.common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingPages(BillingCase, BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        people = cls.referent | cls.finance
        people.write({"lang": "fr_FR", "tz": "Europe/Paris"})
        cls.commune.email = "mairie@valbois.example"
        # the browser logs in with the login; a test user's password is longer
        cls.finance.password = "finance"

    def _line(self):
        report = self._reported(
            line_ids=[
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 120}
                )
            ]
        )
        return self._approve(report).sudo().billing_line_ids[:1].with_env(self.env)

    def _make_pages(self):
        """The addresses of charges in each state."""
        billed, answered, held = self._line(), self._line(), self._line()
        held.with_user(self.referent).action_contest("Un seul agent.")
        run = self._run()
        run.action_check()
        run.action_invoice()
        answered.with_user(self.referent).action_contest("Deux fois.")
        answered.with_user(self.finance).action_reject_contest("Non : " + "a" * 80)
        statement = self.env["intercommunal.annual.statement"].create(
            {"agreement_id": self.agreement.id}
        )
        statement.with_user(self.finance).action_issue()
        return [
            "/my",
            "/my/billing",
            "/my/billing?state=waived",
            *(f"/my/billing/{line.id}" for line in (billed, answered, held)),
        ]

    def _visit(self, size):
        pages, wrong = self._make_pages(), []
        with self.as_user("referent", size, "/my") as page:
            for path in pages:
                page.goto(path)
                self.settle(page)
                wrong += [f"{path}: {problem}" for problem in find_violations(page)]
                width = page.evaluate("document.documentElement.scrollWidth")
                if width > size["width"]:
                    wrong.append(f"{path}: {width} px wide")
                self.shot(page, path.strip("/").replace("/", "-").split("?")[0])
        self.assertFalse(wrong, "\n".join(["", *wrong]))

    def test_axe_finds_nothing_on_a_narrow_phone(self):
        self._visit(NARROW)

    def test_axe_finds_nothing_on_a_desk(self):
        self._visit(DESKTOP)

    def test_a_charge_is_contested_with_the_keyboard_alone(self):
        line = self._line()
        with self.as_user("referent", DESKTOP, f"/my/billing/{line.id}") as page:
            self.settle(page)
            self._tab_to(page, "text")
            page.keyboard.type("Un seul agent était là.")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.get_by_text("Votre motif est envoyé").wait_for()
            page.get_by_text("Un seul agent était là.").wait_for()
        self.assertTrue(line.is_contested)

    def test_the_meter_is_the_one_of_the_commune_that_is_chosen(self):
        communes = self.commune | self.other_commune
        self.agreement.budget_amount = 4321
        self._agreement(self.other_commune, budget_amount=8765)
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.other_commune.id,
                "partner_id": self.referent.partner_id.id,
                "role": "requester",
                "date_from": fields.Date.today(),
            }
        )
        names = {commune.id: commune.name for commune in communes}
        address = f"/my/requests/new?type_id={self.type.id}"
        with self.as_user("referent", NARROW, address) as page:
            self.settle(page)
            shown = page.locator(".o_intercommunal_budgets > div:visible")
            shown.first.wait_for(state="hidden")
            for commune_id, name in names.items():
                page.locator("#commune_id").select_option(str(commune_id))
                shown.filter(has_text=name).wait_for()
                self.assertEqual(shown.count(), 1)
            self.assertRegex(shown.inner_text(), r"8\D?765")
            self.assertFalse(find_violations(page))
            self.shot(page, "new-request-meter")

    def _tab_to(self, page, name):
        for _key in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == name:
                return
        self.fail(f"“{name}” is not reached with the keyboard.")

    def test_the_finance_office_opens_the_screens_of_the_year(self):
        line = self._line()
        line.with_user(self.referent).action_contest("Un seul agent.")
        year = fields.Date.today().year
        self.agreement.forecast_ids = [
            Command.create({"year": year, "rate_id": self.rate.id, "units": 5})
        ]
        cost = self.env["intercommunal.unit.cost"].create(
            {
                "rate_id": self.rate.id,
                "year": year + 1,
                "units": 1000,
                "charge_ids": [
                    Command.create(
                        {"nature": "staff", "name": "Salaires", "account_amount": 40000}
                    )
                ],
            }
        )
        cost.action_apply()
        self.env["intercommunal.unit.cost.notice"]._prepare_year(year + 1)
        self.env["intercommunal.annual.statement"]._prepare_year(year)
        self.env["intercommunal.deadline"].sudo()._refresh(self.company)
        history = self.env.ref(
            "intercommunal_billing.intercommunal_rate_version_action"
        )
        forecast = self.env.ref("intercommunal_billing.intercommunal_forecast_action")
        with self.as_user("finance", DESKTOP, "/odoo/legal-deadlines") as page:
            for path, text in (
                ("legal-deadlines", "D5211-16"),
                ("contested-charges", "Valbois"),
                ("unit-costs", "40"),
                (f"unit-costs/{cost.id}", "Salaires"),
                ("unit-cost-notices", "Valbois"),
                ("use-forecasts", "AGT-TECH"),
                ("annual-statements", "Valbois"),
                (f"action-{history.id}", "AGT-TECH"),
                (f"action-{forecast.id}", "Valbois"),
            ):
                page.goto(f"/odoo/{path}")
                page.locator(".o_action_manager").get_by_text(text).first.wait_for()
                self.settle(page)
                self.shot(page, path.replace("/", "-"))
