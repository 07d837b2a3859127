"""Whatever was used, every total that finance gets is the same one, to the cent."""

import base64
import csv
import io
import os
from datetime import timedelta
from decimal import Decimal

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged

from odoo.addons.intercommunal_billing.tests.common import BillingCase
from odoo.addons.intercommunal_billing.tools import pricing

# A long run tries many others: see CONTRIBUTING.
EXAMPLES = 200 if os.environ.get("INTERCOMMUNAL_PROPERTIES") == "long" else 8
METHODS = ("round_globally", "round_per_line")
# Prices whose products fall on half cents.
PRICES = (38.50, 40.2033, 33.3333, 12.345, 0.6217, 1.005, 57.75)
SETTLED = (("invoice", "out_of_scope"), ("invoice", "taxed"), ("ac", "out_of_scope"))

uses = st.fixed_dictionaries(
    {
        "commune": st.integers(0, len(SETTLED) - 1),
        "price": st.integers(0, len(PRICES) - 1),
        "minutes": st.integers(1, 900),
        "quantity": st.decimals("0.01", "999.99", places=2),
        "coefficient": st.sampled_from([1.0, 1.25, 1.5]),
        "nature": st.sampled_from(["70845", "70875", False]),
        "adjustment": st.one_of(
            st.just(None), st.decimals("-300.00", "300.00", places=2)
        ),
    }
)


@tagged("post_install", "-at_install")
class TestBillingProperties(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"
        third = cls.commune.copy({"name": "Ombreval", "insee_code": "54903"})
        cls.communes = [cls.commune, cls.other_commune, third]
        cls.agreements = [cls.agreement] + [
            cls._agreement(commune) for commune in cls.communes[1:]
        ]
        for agreement, (settle, vat) in zip(cls.agreements, SETTLED, strict=True):
            agreement.write({"settle_mode": settle, "vat_regime": vat})
        cls.rates = [
            cls._rate(
                f"P{index}",
                f"Price {index}",
                price,
                kind="labour" if index % 2 else "material",
                unit="hour" if index % 2 else "unit",
            )
            for index, price in enumerate(PRICES)
        ]
        cls.day = fields.Date.today() - timedelta(days=1)
        if cls.day.year != fields.Date.today().year:
            cls.day = fields.Date.today()

    def test_details_invoices_workbook_file_and_statements_agree(self):
        for method in METHODS:
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                self._try_examples()

    def _try_examples(self):
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=EXAMPLES < 100,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(uses, min_size=1, max_size=20))
        def check(drawn):
            with self.env.cr.savepoint() as savepoint:
                self._check(drawn)
                self.env.flush_all()
                savepoint.rollback()
            self.env.invalidate_all()

        check()

    def _check(self, drawn):
        lines = self.env["intercommunal.billing.line"]._create_guarded(
            [self._prepare_use(number, use) for number, use in enumerate(drawn)]
        )
        total = lines._get_total()
        run = self._run()
        run.action_check()
        run.action_invoice()
        self.assertEqual(run.line_ids, lines)

        stated = sum(self._cents(run.statement_ids.mapped("amount_untaxed")))
        self.assertEqual(stated, total, "statements")
        invoiced = sum(self._cents(run.move_ids.mapped("amount_untaxed_signed")))
        waiting = lines.filtered(lambda line: not line.move_line_id)._get_total()
        self.assertEqual(invoiced + waiting, total, "invoices")
        for move in run.move_ids:
            statement = run.statement_ids.filtered(lambda s, m=move: s.move_id == m)
            self.assertEqual(
                self._cents([move.amount_untaxed_signed]),
                self._cents([statement.amount_untaxed]),
                "an invoice and its statement",
            )
        self._check_workbook(run, total)
        if run.move_ids:
            self._check_file(run, invoiced)

    def _prepare_use(self, number, use):
        rate = self.rates[use["price"]]
        price = Decimal(str(PRICES[use["price"]]))
        coefficient = Decimal(str(use["coefficient"]))
        by_time = rate.unit == "hour"
        minutes = use["minutes"] if by_time else 0
        quantity = Decimal(0) if by_time else use["quantity"]
        amount = (
            pricing.price_minutes(minutes, price, coefficient)
            if by_time
            else pricing.price_quantity(quantity, price, coefficient)
        )
        if use["adjustment"] is not None:
            minutes, quantity, amount = 0, Decimal(0), use["adjustment"]
        return {
            "source_key": f"property/{number}",
            "company_id": self.company.id,
            "commune_id": self.communes[use["commune"]].id,
            "service_id": self.service.id,
            "agreement_id": self.agreements[use["commune"]].id,
            "rate_id": rate.id,
            "rate_version_id": rate.version_ids.id,
            "date": self.day,
            "kind": rate.kind,
            "unit": rate.unit,
            "name": rate.name,
            "minutes_real": minutes,
            "minutes_billed": minutes,
            "quantity": float(quantity),
            "unit_price": float(price),
            "coefficient": float(coefficient),
            "amount": float(amount),
            "m57_nature": use["nature"],
            "adjustment_reason": use["adjustment"] is not None and "Because.",
        }

    def _check_workbook(self, run, total):
        content = run._make_workbook()
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        detail = self._table(book["Detail"])
        self.assertEqual(sum(self._cents(r["Amount"] for r in detail)), total)
        summary = self._table(book["Summary"])
        column = "Total excl. VAT"
        self.assertEqual(self._cents([summary[-1][column]]), [total])
        self.assertEqual(sum(self._cents(r[column] for r in summary[:-1])), total)
        self.assertEqual({row["Control (0.00)"] for row in summary}, {0})
        controls = self._table(book["Controls"])
        self.assertEqual(
            {row["Result"] for row in controls if row["Difference"] is not None}, {"OK"}
        )

    def _check_file(self, run, invoiced):
        run.action_export_titres()
        export = run.export_ids.filtered(lambda e: e.kind == "titres")
        text = base64.b64decode(export.file).decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        signs = {"Titre": 1, "Reduction": -1}
        amounts = [
            signs[row["Type de pièce"]] * Decimal(row["Montant HT"].replace(",", "."))
            for row in rows
        ]
        self.assertEqual(sum(amounts), invoiced, "the file of titres")
        totals = [Decimal(row["Montant TTC"].replace(",", ".")) for row in rows]
        self.assertEqual(
            sum(totals), sum(self._cents(run.move_ids.mapped("amount_total")))
        )

    def _table(self, sheet):
        rows = sheet.iter_rows(values_only=True)
        head = next(rows)
        return [dict(zip(head, row, strict=True)) for row in rows if any(row)]

    @staticmethod
    def _cents(values):
        return [pricing.decimal_of(value or 0, 2) for value in values]
