import base64
import csv
import io
from decimal import Decimal
from unittest.mock import patch

from odoo.tests import tagged

from ..models import billing_run_background
from .common import LargeRunCase
from .test_workbook import read, table

NATURES = ("70845", "70846", "70847", "70848", "70849", "70875")


@tagged("post_install", "-at_install")
class TestBillingVolume(LargeRunCase):
    """What a run costs in queries, and that its totals are one and the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"

    def _count_invoicing(self, uses, natures=NATURES[:1]):
        """Queries that make the invoices of ``uses`` of each commune."""
        self._use(self.communes, uses, natures)
        # what a browser always says; unsaid, it is read anew for each environment,
        # of which the garbage collector keeps a different number each time
        run = self._run().with_context(tz="Europe/Paris", lang="en_US")
        run.action_check()
        # by their ids: what they come from leaves the cache
        lines = run.sudo().line_ids.browse(run._lock_lines().ids)
        self.env.flush_all()
        self.env.invalidate_all()
        # what other tests left in the caches is worth a query more or less
        self.env.registry.clear_all_caches()
        before = self.env.cr.sql_log_count
        moves = run._create_moves(lines)
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        run._check_moves(moves)
        self.assertEqual(len(moves.invoice_line_ids), len(self.communes) * len(natures))
        # what follows is counted alone
        moves.with_context(force_delete=True).unlink()
        run.action_cancel()
        return count

    def test_neither_a_use_nor_a_line_of_an_invoice_is_a_query(self):
        few = self._count_invoicing(4)
        for natures in (NATURES[:1], NATURES):
            # what was billed before is billed again, with these
            with self.subTest(natures=len(natures)):
                self.assertLessEqual(self._count_invoicing(8, natures), few)

    def _assert_one_total(self, run):
        """Details = invoices = statements = workbook = file of titres, to the cent."""
        run.action_export_xlsx()
        run.action_export_titres()
        contents = {
            export.kind: base64.b64decode(export.file) for export in run.export_ids
        }
        book = read(contents["workbook"])
        titres = csv.DictReader(
            io.StringIO(contents["titres"].decode("iso-8859-1")), delimiter=";"
        )
        totals = {
            "details": run.sudo().line_ids._get_total(),
            "invoices": self._add(run.sudo().move_ids.mapped("amount_untaxed")),
            "statements": self._add(run.statement_ids.mapped("amount_untaxed")),
            "summary": self._add(
                [table(book["Summary"], "INSEE code")[-1]["Total excl. VAT"]]
            ),
            "detail": self._add(
                row["Amount"] for row in table(book["Detail"], "Source")
            ),
            "communes": self._add(
                table(book[f"{commune.insee_code} {commune.name}"], "Unit cost")[-1][
                    "Amount"
                ]
                for commune in self.communes
            ),
            "titres": self._add(row["Montant HT"].replace(",", ".") for row in titres),
        }
        self.assertEqual(set(totals.values()), {totals["details"]}, totals)
        controls = table(book["Controls"], "Control")
        self.assertEqual({row["Result"] for row in controls}, {"OK"})

    @staticmethod
    def _add(amounts):
        return sum((Decimal(str(amount)) for amount in amounts), Decimal("0.00"))

    def test_every_total_is_the_same_to_the_cent(self):
        self._use(self.communes, 40, NATURES)
        run = self._run()
        run.action_check()
        run.action_invoice()
        self._assert_one_total(run)

    def test_also_when_it_was_invoiced_in_the_background(self):
        self._use(self.communes, 40, NATURES)
        run = self._run()
        run.action_check()
        with patch.object(billing_run_background, "BACKGROUND_ABOVE", 100):
            run.action_invoice()
        self.assertFalse(run.move_ids)
        with self.enter_registry_test_mode():
            self.env.ref(billing_run_background.CRON).method_direct_trigger()
        self._assert_one_total(run)
