import base64
import csv
import io
import json
from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged

from ..models.billing_run_titres import share
from ..tools import flat_file
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestFlatFile(TransactionCase):
    """A value is written as its column says, or refused: never something else."""

    def _say(self, value, dialect=None, **column):
        return flat_file.format_value(
            flat_file.Column("Column", **column), value, dialect or flat_file.Dialect()
        )

    def test_amounts_have_the_mark_and_the_decimals_of_the_map(self):
        amount = Decimal("-1234.5")
        self.assertEqual(self._say(amount, kind="amount"), "-1234,50")
        point = flat_file.Dialect(decimal_mark=".")
        self.assertEqual(self._say(amount, point, kind="amount"), "-1234.50")
        self.assertEqual(
            self._say(amount, kind="amount", width=10, fill="zeros"), "-001234,50"
        )

    def test_a_text_is_cut_and_a_number_never_is(self):
        self.assertEqual(self._say("Communauté", width=4), "Comm")
        self.assertEqual(self._say("Ry", width=4, fill="left"), "Ry  ")
        for kind, value in (
            ("code", "21540901200014"),
            ("amount", Decimal("1000.00")),
        ):
            with (
                self.subTest(kind),
                self.assertRaisesRegex(flat_file.FormatError, "wide"),
            ):
                self._say(value, kind=kind, width=5)

    def test_what_an_encoding_lacks_is_spelled(self):
        self.assertEqual(
            flat_file.encode("Cœur d’été, 3 €", "iso-8859-1"),
            "Coeur d'été, 3 EUR".encode("iso-8859-1"),
        )
        self.assertEqual(flat_file.encode("Łódź 北", "iso-8859-1"), b"?\xf3dz ?")

    def test_no_text_is_a_formula_nor_a_second_record(self):
        for text in ("=1+1", "+1", "-1", "@SUM(1)"):
            self.assertEqual(self._say(text), f"'{text}")
        self.assertEqual(self._say("\t=1\r\n2"), "'=1 2")

    def test_a_sum_is_shared_to_the_cent(self):
        self.assertEqual(
            share(Decimal("100.00"), [Decimal(1)] * 3),
            [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")],
        )
        for total in ("0.01", "-0.05", "17.33", "0.00"):
            parts = share(Decimal(total), [Decimal("7.5"), Decimal("0.3"), Decimal(2)])
            self.assertEqual(sum(parts), Decimal(total))
        self.assertEqual(share(Decimal("0.00"), []), [])


@tagged("post_install", "-at_install")
class TestTitres(BillingCase):
    """Finance gives the financial software its file; a map says how it reads."""

    def setUp(self):
        super().setUp()
        self.company.partner_id.lang = "en_US"
        self.commune.write(
            {"company_registry": "21540901200014", "street": "1 rue Haute"}
        )
        self.agreement.write(
            {
                "chorus_service_code": "TECH",
                "contract_reference": "M-12",
                "engagement_ids": [Command.create({"number": "ENG-7"})],
            }
        )
        self.rate.m57_nature = "70845"
        self.tractor_rate.m57_nature = "70875"
        report = self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 200}
                ),
                Command.create(
                    {
                        "kind": "equipment",
                        "product_id": self.tractor.id,
                        "minutes": 125,
                    }
                ),
            ]
        )
        self._approve(report)
        self.run_ = self._run()
        self.run_.action_check()
        self.map = self.env.ref("intercommunal_billing.titre_map_pes")

    def _export(self):
        self.run_.action_export_titres()
        return self.run_.export_ids.filtered(lambda e: e.kind == "titres")

    def _read(self, export):
        text = base64.b64decode(export[:1].file).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def test_a_titre_says_what_the_accountant_asks(self):
        self.run_.action_invoice()
        rows = self._read(self._export())
        move = self.run_.move_ids
        self.assertEqual([row["Nature"] for row in rows], ["70845", "70875"])
        self.assertEqual([row["Montant HT"] for row in rows], ["134,75", "139,50"])
        for row in rows:
            self.assertEqual(row["Tiers SIRET"], "21540901200014")
            self.assertEqual(row["Tiers nom"], "Valbois")
            self.assertEqual(row["Code service"], "TECH")
            self.assertEqual(row["Engagement"], "ENG-7")
            self.assertEqual(row["Marché"], "M-12")
            self.assertEqual(row["Numéro facture"], move.name)
            self.assertEqual(row["Exercice"], str(move.invoice_date.year))
        self.assertEqual(self.run_.state, "exported")

    def test_the_same_map_gives_the_same_bytes_and_another_one_its_own(self):
        self.run_.action_invoice()
        first = self._export()
        invoice = self.run_.sudo().move_ids
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._export(), first, "kept, whatever became of the invoice")

    def test_a_changed_map_makes_another_file(self):
        own = self.map.with_user(self.finance).copy()
        self.assertEqual(own.company_id, self.company)
        self.run_.action_invoice()
        self.run_.titre_map_id = own
        first = self._export()
        own.decimal_mark = "."
        second = self._export() - first
        self.assertIn(b"134.75", base64.b64decode(second.file))
        own.decimal_mark = ","
        self.assertEqual(self._export(), first + second, "the first is given again")

    def test_vat_of_a_titre_adds_up_to_its_invoice(self):
        self.agreement.vat_regime = "taxed"
        self.run_.action_invoice()
        titres = self.run_._prepare_titres()
        move = self.run_.move_ids
        self.assertTrue(move.amount_tax)
        self.assertEqual(
            sum(row["amount_tax"] for row in titres), Decimal(str(move.amount_tax))
        )
        self.assertEqual(
            sum(row["amount_total"] for row in titres), Decimal(str(move.amount_total))
        )

    def test_a_required_value_that_lacks_is_named(self):
        own = self.map.copy()
        own.column_ids.filtered(lambda c: c.source == "budget_code").is_required = True
        self.run_.titre_map_id = own
        self.run_.action_invoice()
        with self.assertRaisesRegex(UserError, "Budget"):
            self._export()
        self.assertFalse(self.run_.export_ids)

    def test_before_the_invoices_there_is_no_titre(self):
        with self.assertRaises(UserError):
            self._export()

    def test_finance_and_the_administrator_compose_a_map_and_see_it(self):
        self.run_.action_invoice()
        for user in (self.finance, self.admin):
            with self.subTest(user.login):
                form = Form(self.env["intercommunal.titre.map"].with_user(user))
                form.name = f"Software of {user.login}"
                with form.column_ids.new() as column:
                    column.header = "SIRET"
                    column.source = "siret"
                self.assertEqual(form.preview_run_id, self.run_)
                self.assertIn("SIRET\n21540901200014", form.preview)
                with form.column_ids.edit(0) as column:
                    column.width = 9
                self.assertIn("longer than", form.preview)
                form.save()

    def test_the_shipped_map_is_read_and_copied_not_changed(self):
        for user in (self.finance, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.map.with_user(user).name = "Other"
        with self.assertRaises(AccessError):
            self.env["intercommunal.titre.map"].with_user(self.manager).search([])

    def test_a_map_travels_as_a_file(self):
        text = self.map._to_json()
        vals = {**json.loads(text), "name": "Received"}
        received = self._import(json.dumps(vals))
        again = json.loads(received._to_json())
        self.assertEqual({**again, "name": self.map.name}, json.loads(text))

    def _import(self, text):
        wizard = (
            self.env["intercommunal.titre.map.import"]
            .with_user(self.finance)
            .create({"file": base64.b64encode(text.encode())})
        )
        action = wizard.action_import()
        return self.env["intercommunal.titre.map"].browse(action["res_id"])

    def test_a_file_that_is_not_a_map_says_so(self):
        good = json.loads(self.map._to_json())
        column = good["columns"][0]
        for data, words in (
            ("", "not a column map"),
            ("[]", "not a column map"),
            ('{"format": "other"}', "not a column map"),
            (json.dumps({**good, "columns": []}), "no column"),
            (json.dumps({**good, "encoding": "utf-7"}), "utf-7"),
            (json.dumps({**good, "columns": [{"source": "siret"}]}), "no name"),
            (
                json.dumps({**good, "columns": [{**column, "source": "password"}]}),
                "password",
            ),
            (json.dumps({**good, "columns": [{**column, "width": -1}]}), "-1"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._import(data)

    def test_an_amount_keeps_its_cents(self):
        column = self.map.copy().column_ids.filtered(
            lambda c: c.source == "amount_untaxed"
        )
        with self.assertRaisesRegex(ValidationError, "two decimals"):
            column.decimals = 1

    def test_columns_and_decimals_are_not_told_by_one_mark(self):
        with self.assertRaisesRegex(ValidationError, "comma"):
            self.map.copy().delimiter = "comma"

    def test_only_finance_exports(self):
        self.run_.action_invoice()
        for user in (self.manager, self.direction, self.admin, self.referent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.run_.with_user(user).action_export_titres()
