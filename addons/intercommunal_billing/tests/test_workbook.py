import base64
import io
import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import xlsxwriter

from odoo import Command, fields
from odoo.tests import TransactionCase, tagged

from ..tools import workbook
from .common import BillingCase

RISKY = ("=HYPERLINK('http://evil')", "+1", "-1", "@SUM(1)", "\t=1", "\r=1")


def read(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def table(sheet, header):
    """Rows below the row that has ``header``, as dicts, up to an empty one."""
    rows = list(sheet.iter_rows(values_only=True))
    start = next(index for index, row in enumerate(rows) if header in row)
    found = []
    for row in rows[start + 1 :]:
        if not any(value is not None for value in row):
            break
        found.append(dict(zip(rows[start], row, strict=True)))
    return found


@tagged("post_install", "-at_install")
class TestWriter(TransactionCase):
    """Rows go out as they come; no text of them is anything but a text."""

    def _book(self, rows, name="Sheet"):
        created = fields.Datetime.to_datetime("2026-01-01")
        return workbook.write(
            workbook.Book(
                "Title", created, [workbook.Sheet(name, ["=Header", "Value"], rows)]
            )
        )

    def test_the_same_rows_give_the_same_bytes(self):
        rows = [["a", Decimal("1.5")], ["b", fields.Date.to_date("2026-02-03")]]
        self.assertEqual(self._book(rows), self._book(iter(rows)))

    def test_no_text_is_a_formula(self):
        sheet = read(self._book([[text, 1] for text in RISKY])).active
        for row in sheet.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f")
        self.assertEqual(
            [row[0].value.replace("_x000D_", "\r") for row in sheet.iter_rows(2)],
            [f"'{text}" for text in RISKY],
        )

    def test_a_cell_is_what_the_library_writes(self):
        """Rows are written past the library: whatever it changes, we hear of it."""
        values = [
            "plain",
            " led",
            "trailed\n",
            'a & b < c > d " e',
            "_x0041_ \x01 \x1f",
            "Œuvre 😀 €",
            "😀" * 20_000,
            Decimal("12.50"),
            Decimal("0.1234"),
            -3,
            1e21,
            0,
            fields.Date.to_date("2026-02-28"),
            fields.Datetime.to_datetime("2026-10-25 02:30:59"),
        ]
        created = fields.Datetime.to_datetime("2026-01-01")
        ours, theirs = io.BytesIO(), io.BytesIO()
        with workbook.Writer(ours, "Title", created) as writer:
            writer.add_page("x").write_row(values)
        with xlsxwriter.Workbook(theirs, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("x")
            style = book.add_format({"num_format": "dd/mm/yyyy"})
            for column, value in enumerate(values):
                if isinstance(value, date):
                    sheet.write_datetime(0, column, value, style)
                elif isinstance(value, str):
                    sheet.write_string(0, column, value, style)
                else:
                    sheet.write_number(0, column, float(value), style)
        self.assertEqual(self._get_rows(ours), self._get_rows(theirs))

    def _get_rows(self, stream):
        """The XML of the rows, whatever their styles, and the size of the sheet."""
        xml = zipfile.ZipFile(stream).read("xl/worksheets/sheet1.xml").decode()
        return re.sub(r' s="\d+"', "", xml[xml.index("<dimension") :]).split("</row>")

    def test_a_text_that_looks_like_markup_stays_a_text(self):
        """The library alone takes it for rich text, and the file would not open."""
        text = "<r><t>1 & 2</r>"
        sheet = read(self._book([[text, 1]])).active
        self.assertEqual(sheet["A2"].value, text)

    def test_what_is_no_value_of_a_cell_is_refused(self):
        with self.assertRaisesRegex(TypeError, "No cell holds a list"):
            self._book([[[1]]])

    def test_a_name_that_excel_refuses_is_made_good(self):
        stream = io.BytesIO()
        created = fields.Datetime.to_datetime("2026-01-01")
        with workbook.Writer(stream, "Title", created) as writer:
            for name in ("57463 Metz/[Nord]: a name that is very long", "x", "X", "'"):
                writer.add_page(name)
        names = read(stream.getvalue()).sheetnames
        self.assertEqual(names[1:], ["x", "X (2)", "-"])
        self.assertLessEqual(len(names[0]), 31)

    def test_a_failure_makes_no_file(self):
        stream = io.BytesIO()
        created = fields.Datetime.to_datetime("2026-01-01")
        with (
            self.assertRaises(ZeroDivisionError),
            workbook.Writer(stream, "Title", created) as writer,
        ):
            writer.add_page("x").write_row([1 / 0])
        self.assertFalse(stream.getvalue())


@tagged("post_install", "-at_install")
class TestWorkbook(BillingCase):
    """Finance opens one workbook a run; every total in it is the same one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"

    def _worked(self, minutes=200, **vals):
        lines = [
            {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes},
            {"kind": "equipment", "product_id": self.tractor.id, "minutes": 125},
            {"kind": "travel", "quantity": 42, "name": "Lorry"},
        ]
        return self._approve(
            self._reported(
                line_ids=[Command.clear(), *(Command.create(line) for line in lines)],
                **vals,
            )
        )

    def _checked(self):
        run = self._run()
        run.action_check()
        return run

    def _export(self, run):
        run.action_export_xlsx()
        exports = run.export_ids.filtered(lambda export: export.kind == "workbook")
        return read(base64.b64decode(exports.sorted("id")[-1].file))

    def test_a_quarter_is_told_on_all_its_sheets(self):
        self.commune.company_registry = "21540901200014"
        self.agreement.quota_hours = 1
        report = self._worked()
        run = self._checked()
        run.action_invoice()
        book = self._export(run)
        self.assertEqual(
            book.sheetnames,
            [
                "Summary",
                "Titres",
                "Detail",
                "Pivot",
                "54901 Valbois",
                "Anomalies and not billed",
                "Controls",
            ],
        )
        valbois, total = table(book["Summary"], "INSEE code")
        self.assertEqual(valbois["SIRET"], "21540901200014")
        self.assertEqual(valbois["Invoice number"], run.move_ids.name)
        self.assertEqual(
            [valbois[key] for key in ("Agent hours", "Equipment hours", "Kilometres")],
            [3.5, 2.25, 42],
        )
        self.assertEqual(
            [valbois[key] for key in ("Staff", "Equipment", "Travel", "Quota")],
            [134.75, 139.5, 26.04, -38.5],
        )
        self.assertEqual(valbois["Total excl. VAT"], 261.79)
        self.assertEqual(total["Total excl. VAT"], 261.79)
        self.assertEqual(total["Control (0.00)"], 0)

        detail = table(book["Detail"], "Source")
        labour = next(row for row in detail if row["Kind"] == "Labour")
        self.assertEqual(labour["Request"], report.request_id.sudo().reference)
        self.assertEqual(
            labour["Intervention"], report.intervention_id.sudo().reference
        )
        self.assertEqual(labour["Report version"], report.version)
        self.assertEqual((labour["Real minutes"], labour["Billed minutes"]), (200, 210))
        self.assertEqual(labour["Approved by"], self.referent.name)
        self.assertTrue(labour["Approved on"])
        self.assertTrue(labour["Price since"])
        self.assertEqual(labour["Coefficient"], 1)
        self.assertNotIn(self.agent.name, str(detail))

        statement = table(book["54901 Valbois"], "Unit cost")
        self.assertEqual(
            [(row["Units used"], row["Unit"], row["Amount"]) for row in statement[:2]],
            [(3.5, "Hour", 134.75), (2.25, "Hour", 139.5)],
        )
        self.assertEqual(statement[-1]["Amount"], 261.79)

    def test_every_control_says_that_it_adds_up(self):
        self._worked()
        self._worked(minutes=7)
        run = self._checked()
        run.action_invoice()
        controls = table(self._export(run)["Controls"], "Control")
        self.assertGreater(len(controls), 5)
        self.assertEqual({row["Result"] for row in controls}, {"OK"})
        self.assertEqual({row["Difference"] for row in controls}, {0})

    def test_a_preview_is_not_given_again_as_the_workbook_of_the_invoices(self):
        self._worked()
        run = self._checked()
        preview = self._export(run)
        self.assertEqual(len(table(preview["Titres"], "M57 account")), 0)
        run.action_invoice()
        # the file of titres alone brings the run to "exported"
        run.action_export_titres()
        self.assertEqual(run.state, "exported")
        book = self._export(run)
        self.assertEqual(
            table(book["Summary"], "INSEE code")[0]["Invoice number"], run.move_ids.name
        )

    def test_what_is_not_billed_is_listed_with_its_reason(self):
        report = self._reported()
        report.validation_id.with_user(self.referent).action_rework("It leaks.")
        again = self._draft_report(report.intervention_id, line_ids=[])
        again.line_ids = [
            Command.create({"kind": "labour", "agent_id": self.agent.id, "minutes": 60})
        ]
        again.action_send()
        self._approve(again)
        self.agreement.date_end = fields.Date.today() - timedelta(days=2)
        self._worked()
        rows = table(
            self._export(self._checked())["Anomalies and not billed"], "Source"
        )
        waived = [row for row in rows if row["Not billed because"]]
        self.assertEqual([row["Amount not billed"] for row in waived], [38.5])
        waiting = [row for row in rows if row["Anomaly"]]
        self.assertEqual(len(waiting), 3)
        self.assertIn("has no agreement", waiting[0]["What to do"])

    def test_the_workbook_speaks_the_language_of_the_invoices(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"].search(
            [("name", "=", "intercommunal_billing")]
        )._update_translations(["fr_FR"])
        self.company.partner_id.lang = "fr_FR"
        self._worked()
        run = self._checked()
        self.assertEqual(
            run.with_context(lang="en_US")._make_workbook(),
            run.with_context(lang="fr_FR")._make_workbook(),
        )
        self.assertEqual(read(run._make_workbook()).sheetnames[0], "Synthèse")

    def test_reading_is_not_more_queries_for_more_lines_of_a_batch(self):
        def count(run):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run._make_workbook()
            return self.env.cr.sql_log_count - before

        self._worked()
        run = self._checked()
        run._make_workbook()
        few = count(run)
        for minutes in (10, 20, 30, 40):
            self._worked(minutes=minutes)
        run.action_check()
        self.assertEqual(run.line_count, 15)
        self.assertLessEqual(count(run), few)
