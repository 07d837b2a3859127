"""The workbook opens elsewhere: LibreOffice reads it, and the totals are the same."""

import csv
import io
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from odoo import Command
from odoo.tests import tagged

from odoo.addons.intercommunal_billing.tests.common import BillingCase

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@tagged("post_install", "-at_install")
class TestWorkbookOpens(BillingCase):
    def test_libreoffice_reads_the_workbook(self):
        if not OFFICE:
            if os.environ.get("INTERCOMMUNAL_OFFICE"):
                self.fail("INTERCOMMUNAL_OFFICE is set and LibreOffice is missing.")
            self.skipTest("no LibreOffice: apt-get install libreoffice-calc")
        self.company.partner_id.lang = "en_US"
        lines = [
            {"kind": "labour", "agent_id": self.agent.id, "minutes": 200},
            {"kind": "travel", "quantity": 42, "name": "=1+1"},
        ]
        self._approve(
            self._reported(
                line_ids=[Command.clear(), *(Command.create(line) for line in lines)]
            )
        )
        run = self._run()
        run.action_check()
        run.action_invoice()
        rows = self._convert(run._make_workbook())
        self.assertIn("Total", rows[-1])
        total = f"{run.amount_total:.2f}"
        self.assertIn(total, [cell.replace(",", ".") for cell in rows[-1]])

    def _convert(self, content):
        """The first sheet as LibreOffice reads it."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "workbook.xlsx").write_bytes(content)
            subprocess.run(
                [
                    OFFICE,
                    f"-env:UserInstallation=file://{folder}/profile",
                    "--headless",
                    "--convert-to",
                    "csv",
                    "--outdir",
                    folder,
                    f"{folder}/workbook.xlsx",
                ],
                check=True,
                capture_output=True,
                timeout=180,
                env={**os.environ, "HOME": folder},
            )
            text = Path(folder, "workbook.csv").read_text(encoding="utf-8")
        return list(csv.reader(io.StringIO(text)))
