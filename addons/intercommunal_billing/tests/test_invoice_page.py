from decimal import Decimal

from lxml import html

from odoo import Command
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestInvoicePage(BillingCase):
    """What the commune reads on its invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # an invoice is in the language of whom it is for
        cls.commune.lang = "en_US"

    def _bill(self):
        report = self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 90}
                ),
                Command.create({"kind": "travel", "quantity": 42, "name": "Lorry"}),
            ]
        )
        self._approve(report)
        run = self._run()
        run.action_check()
        run.action_invoice()
        return run.sudo().move_ids

    def _read(self, move):
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "account.report_invoice", move.ids
        )
        return " ".join(html.fromstring(content).text_content().split())

    def test_it_names_what_chorus_pro_looks_for(self):
        self.agreement.write(
            {
                "chorus_service_code": "SRV-7",
                "contract_reference": "2026-M-3",
                "engagement_ids": [Command.create({"number": "ENG-12"})],
            }
        )
        page = self._read(self._bill())
        for words in (
            "Service code: SRV-7",
            "Contract: 2026-M-3",
            "Engagement: ENG-12",
        ):
            self.assertEqual(page.count(words), 1, words)
        self.assertNotIn("Buyer Reference", page)
        self.assertNotIn("Purchase Order Reference", page)

    def test_without_tax_there_is_no_option_on_debits(self):
        self.assertNotIn("Option to pay tax on debits", self._read(self._bill()))

    def test_a_taxed_one_keeps_it(self):
        self.agreement.vat_regime = "taxed"
        self.assertIn("Option to pay tax on debits", self._read(self._bill()))

    def test_quantities_have_their_unit(self):
        lines = self._bill().invoice_line_ids
        units = {line.name: line.product_uom_id for line in lines}
        self.assertEqual(
            units,
            {
                "Technical agent": self.env.ref("uom.product_uom_hour"),
                "Kilometre": self.env.ref("uom.product_uom_km"),
            },
        )

    def test_a_lump_sum_says_its_quantity_in_words(self):
        line = self.env["intercommunal.billing.line"].with_context(lang="en_US")
        for unit, quantity, words in (
            ("hour", "6.5", "6.50 h"),
            ("km", "66", "66 km"),
            ("unit", "1", "1 unit"),
            ("unit", "12", "12 units"),
            ("day", "0.5", "0.50 day"),
            ("day", "2", "2 days"),
        ):
            with self.subTest(words):
                said = line.new({"unit": unit})._format_quantity(Decimal(quantity))
                self.assertEqual(said.replace(",", "."), words)
