import base64
import io
from datetime import date

import xlsxwriter

from odoo.tests import tagged

from .common import BillingCase

RATES = [
    ["Service", "Code", "Name", "Kind", "Unit", "Price", "From", "Default of its kind"],
    [
        "TEC-T",
        "AGT-TECH",
        "Technical agent",
        "Labour",
        "Hour",
        "40,10",
        "01/01/2026",
        "yes",
    ],
    ["TEC-T", "SALT", "Salt", "Material", "Unit", 3.5, "2026-01-01", ""],
]
AGREEMENTS = [
    ["Commune", "Service", "From", "Billing period", "Settled by"],
    [
        "Montclair",
        "Technical services",
        "01/01/2026",
        "Year",
        "Attribution de compensation",
    ],
]


@tagged("post_install", "-at_install")
class TestRatesImport(BillingCase):
    """Rates and agreements from a workbook, by the finance office."""

    def _run_import(self, user, keep=True, **sheets):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as book:
            for name, rows in sheets.items():
                page = book.add_worksheet(name)
                for line, cells in enumerate(rows):
                    page.write_row(line, 0, cells)
        wizard = (
            self.env["intercommunal.spreadsheet.import"]
            .with_user(user)
            .create({"file": base64.b64encode(stream.getvalue()), "filename": "a.xlsx"})
        )
        return wizard._run(keep)

    def test_rates_and_agreements(self):
        counts, problems = self._run_import(
            self.finance, Rates=RATES, Agreements=AGREEMENTS
        )
        self.assertFalse(problems)
        self.assertEqual(
            dict(counts),
            {
                "Rates": {"created": 1, "changed": 1, "same": 0},
                "Agreements": {"created": 1, "changed": 0, "same": 0},
            },
        )
        # the price in force is ended, never overwritten
        versions = self.rate.version_ids.sorted("date_start")
        self.assertEqual(versions.mapped("price"), [38.5, 40.1])
        self.assertEqual(versions[0].date_end, date(2025, 12, 31))
        agreement = self.env["intercommunal.agreement"].search(
            [("commune_id", "=", self.other_commune.id)]
        )
        self.assertEqual((agreement.period, agreement.settle_mode), ("year", "ac"))
        counts, _problems = self._run_import(
            self.finance, Rates=RATES, Agreements=AGREEMENTS
        )
        self.assertEqual({tally["same"] for _title, tally in counts}, {1, 2})

    def test_an_earlier_price_is_refused_and_nothing_is_written(self):
        early = [RATES[0], [*RATES[1][:6], "01/01/2019", ""], RATES[2]]
        _counts, problems = self._run_import(self.finance, Rates=early)
        self.assertEqual([problem.line for problem in problems], [2])
        self.assertFalse(self.env["intercommunal.rate"].search([("code", "=", "SALT")]))

    def test_overlapping_agreements_are_told_with_their_line(self):
        twice = [
            AGREEMENTS[0],
            AGREEMENTS[1],
            ["54902", "TEC-T", "01/06/2026", "Year", "By invoice"],
        ]
        _counts, problems = self._run_import(self.finance, Agreements=twice)
        self.assertEqual([problem.line for problem in problems], [3])

    def test_charges_and_forecasts(self):
        charges = [
            [
                "Rate",
                "Year",
                "Basis",
                "Nature",
                "Charge",
                "Account",
                "Last accounts",
                "Update by the budget",
                "Units of use",
            ],
            ["AGT-TECH", 2026, "", "Staff costs", "Salaries", "64", 30000, 600, 1000],
            ["AGT-TECH", 2026, "", "Supplies used", "Fuel", "60", "4 000,50", "", ""],
        ]
        forecasts = [
            ["Commune", "Rate", "Year", "Units foreseen"],
            ["Valbois", "AGT-TECH", 2026, 80],
        ]
        sheets = {"Charges": charges, "Forecasts of use": forecasts}
        costs = self.env["intercommunal.unit.cost"]
        # a dry run writes nothing
        _counts, problems = self._run_import(self.finance, keep=False, **sheets)
        self.assertFalse(problems)
        self.assertFalse(costs.search([]))
        _counts, problems = self._run_import(self.finance, **sheets)
        self.assertFalse(problems)
        cost = costs.search([])
        self.assertEqual((cost.total, cost.unit_cost), (34_600.5, 34.6005))
        self.assertEqual(self.agreement.forecast_ids.units, 80)
        counts, _problems = self._run_import(self.finance, **sheets)
        self.assertEqual([tally["same"] for _title, tally in counts], [2, 1])
        wrong = [charges[0], ["NONE", *charges[1][1:]], [*charges[2][:3], "Rent", "x"]]
        _counts, problems = self._run_import(self.finance, Charges=wrong)
        self.assertEqual({problem.line for problem in problems}, {2, 3})

    def test_each_imports_the_sheets_of_their_rights(self):
        """An administrator has no prices, finance has no staff."""
        for user, sheets in (
            (self.admin, {"Rates": RATES}),
            (self.finance, {"Sites": [["Commune", "Name"], ["Valbois", "Hall"]]}),
        ):
            with self.subTest(user.login):
                _counts, problems = self._run_import(user, **sheets)
                self.assertIn("not known", problems[0].why)
