import base64
import io
import zipfile

import openpyxl
import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import sheet_reader
from .common import GROUP, IntercommunalCase

SHEETS = {
    "Communes": [
        ["Commune", "E-mail", "Phone", "SIRET"],
        ["54901", "mairie@valbois.example", 383000000, ""],
    ],
    "Staff": [
        ["Name", "E-mail", "Function", "Service", "Team"],
        ["Anne Weber", "anne@cc.example", "Manager of the service", "TEC-T", ""],
        ["Luc Gérard", "luc@cc.example", "Team leader", "Technical services", "South"],
        ["Samir Haddad", "samir@cc.example", "agent", "TEC-T", "south"],
    ],
    "People of the communes": [
        ["Commune", "Role", "Name", "E-mail", "From", "Portal access"],
        [
            "valbois",
            "Mayor",
            "Jeanne Petit",
            "jeanne@valbois.example",
            "01/03/2026",
            "",
        ],
        ["Montclair", "requester", "Éric Noël", "", "", "no"],
    ],
    "Sites": [
        ["Commune", "Name", "Kind", "Latitude", "Longitude"],
        ["Valbois", "Salle des fêtes", "Hall or sports ground", "48,95", "5.9"],
    ],
    "Types of request": [
        ["Service", "Name", "Hours", "Agents"],
        ["TEC-T", "Hedge", 1.5, 2],
    ],
}


@tagged("post_install", "-at_install")
class TestSpreadsheetImport(IntercommunalCase):
    """Checked whole, then written whole, or not at all."""

    def _workbook(self, sheets):
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"strings_to_formulas": False}) as book:
            for name, rows in sheets.items():
                page = book.add_worksheet(name)
                for line, cells in enumerate(rows):
                    page.write_row(line, 0, cells)
        return stream.getvalue()

    def _wizard(self, sheets=None, raw=None, filename="import.xlsx", user=None):
        raw = raw or self._workbook(sheets or SHEETS)
        return (
            self.env["intercommunal.spreadsheet.import"]
            .with_user(user or self.admin)
            .create({"file": base64.b64encode(raw), "filename": filename})
        )

    def _import(self, sheets=None, **kwargs):
        wizard = self._wizard(sheets, **kwargs)
        wizard.action_import()
        return wizard

    def _problems(self, sheets=None, **kwargs):
        """What the check says is wrong: list of (sheet, line, column, value, why)."""
        wizard = self._wizard(sheets, **kwargs)
        _counts, problems = wizard._run(keep=False)
        return [tuple(problem) for problem in problems]

    def _counts(self):
        return [
            self.env[model].with_context(active_test=False).search_count([])
            for model in (
                "res.users",
                "res.partner",
                "intercommunal.commune.role",
                "intercommunal.team",
                "intercommunal.site",
                "intercommunal.request.type",
                "mail.mail",
            )
        ]

    # -------------------------------------------------------------- right files

    def test_the_check_writes_nothing(self):
        before = self._counts()
        wizard = self._wizard()
        wizard.action_check()
        self.assertEqual(wizard.state, "right")
        self.assertEqual(self._counts(), before)
        self.assertFalse(self.commune.email)

    def test_all_of_the_file_is_imported(self):
        wizard = self._import()
        self.assertIn("All of the file was imported", wizard.result)
        self.assertEqual(self.commune.email, "mairie@valbois.example")
        # a spreadsheet had taken it for a number
        self.assertIn("383000000", self.commune.phone.replace(" ", ""))
        self.assertTrue(self.commune.phone.startswith(("0", "+33")))
        users = self.env["res.users"]
        anne = users.search([("login", "=", "anne@cc.example")])
        self.assertIn(anne, self.service.manager_ids)
        self.assertTrue(anne.has_group(f"{GROUP}service_manager"))
        self.assertFalse(anne.has_group(f"{GROUP}admin"))
        team = self.service.team_ids.filtered(lambda team: team.name == "South")
        self.assertEqual(team.leader_id.name, "Luc Gérard")
        self.assertEqual(len(team.member_ids), 2)
        roles = self.env["intercommunal.commune.role"]
        mayor = roles.search([("partner_id.name", "=", "Jeanne Petit")])
        self.assertEqual((mayor.role, str(mayor.date_from)), ("mayor", "2026-03-01"))
        site = self.env["intercommunal.site"].search([("name", "=", "Salle des fêtes")])
        self.assertEqual((site.kind, site.latitude), ("hall", 48.95))
        type_ = self.service.type_ids.filtered(lambda row: row.name == "Hedge")
        self.assertEqual((type_.default_duration, type_.default_agents), (1.5, 2))

    def test_importing_twice_changes_nothing(self):
        self._import()
        before = self._counts()
        wizard = self._wizard()
        counts, problems = wizard._run(keep=True)
        self.assertFalse(problems)
        self.assertEqual(self._counts(), before)
        for title, tally in counts:
            with self.subTest(title):
                self.assertEqual((tally["created"], tally["changed"]), (0, 0))

    def test_what_differs_is_changed(self):
        self._import()
        sheets = {
            "Sites": [SHEETS["Sites"][0], ["54901", "salle des FETES", "", 49, ""]]
        }
        counts, _problems = self._wizard(sheets)._run(keep=True)
        self.assertEqual(counts[0][1], {"created": 0, "changed": 1, "same": 0})
        site = self.env["intercommunal.site"].search([("latitude", "=", 49)])
        # the empty cells changed nothing
        self.assertEqual((site.kind, site.longitude), ("hall", 5.9))

    def test_a_csv_of_a_french_spreadsheet(self):
        text = "Commune;Nom;Type\r\nValbois;École d'été;\r\n".replace(
            "Nom;Type", "Name;Kind"
        )
        self._import(raw=text.encode("cp1252"), filename="sites.csv")
        self.assertTrue(
            self.env["intercommunal.site"].search([("name", "=", "École d'été")])
        )

    def test_the_workbook_to_download_is_read_back(self):
        wizard = self._wizard()
        book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(wizard.template)))
        self.assertEqual(book.sheetnames[: len(SHEETS)], list(SHEETS))
        for name, rows in SHEETS.items():
            headers = [cell.value for cell in book[name][1]]
            self.assertLessEqual(set(rows[0]), set(headers))
            for line, row in enumerate(rows[1:], 2):
                for header, value in zip(rows[0], row, strict=True):
                    book[name].cell(line, headers.index(header) + 1, value)
        stream = io.BytesIO()
        book.save(stream)
        filled = self._wizard(raw=stream.getvalue())
        filled.action_check()
        self.assertEqual(filled.state, "right")

    # -------------------------------------------------------------- wrong files

    def test_each_bad_cell_is_named(self):
        sheets = {
            "Communes": [
                ["Commune", "E-mail"],
                ["Valboi", "x@y.example"],
                ["Valbois", "no"],
            ],
            "Staff": [
                ["Name", "E-mail", "Function", "Service"],
                ["", "a@cc.example", "boss", "Technical servces"],
            ],
            "Sites": [
                ["Commune", "Name", "Latitude"],
                ["Valbois", "Hall", "north"],
                ["Valbois", "Gym", "95"],
            ],
            "People of the communes": [
                ["Commune", "Role", "Name", "From", "Portal access"],
                ["Valbois", "Mayor", "X", "31/02/2026", "perhaps"],
                ["Valbois", "Mayor", "Y", "", "yes"],
            ],
        }
        before = self._counts()
        problems = self._problems(sheets)
        self.assertEqual(self._counts(), before)
        found = {problem[:3]: problem[4] for problem in problems}
        expected = {
            ("Communes", 2, "Commune"): "did you mean “Valbois”",
            ("Communes", 3, "E-mail"): "name@commune.fr",
            ("Staff", 2, "Name"): "empty",
            ("Staff", 2, "Function"): "Manager of the service, Team leader, Agent",
            ("Staff", 2, "Service"): "did you mean “Technical services”",
            ("Sites", 2, "Latitude"): "Write a number",
            ("Sites", 3, ""): "between -90 and 90",
            ("People of the communes", 2, "From"): "31/01/2026",
            ("People of the communes", 2, "Portal access"): "yes or no",
            ("People of the communes", 3, ""): "needs an e-mail",
        }
        self.assertEqual(set(found), set(expected))
        for place, words in expected.items():
            with self.subTest(place):
                self.assertIn(words, found[place])

    def test_one_bad_line_keeps_all_out(self):
        sheets = {
            **SHEETS,
            "Sites": [*SHEETS["Sites"], ["Nowhere", "Shed", "", "", ""]],
        }
        before = self._counts()
        wizard = self._import(sheets)
        self.assertEqual(wizard.state, "wrong")
        self.assertEqual(self._counts(), before)
        self.assertIn("Nowhere", wizard.result)

    def test_headers_and_sheets_that_are_not_known(self):
        problems = self._problems(
            {
                "Sits": [["Commune", "Name"], ["Valbois", "Hall"]],
                "Types of request": [["Service", "Nmae"], ["TEC-T", "Hedge"]],
            }
        )
        whys = "\n".join(problem[4] for problem in problems)
        self.assertIn("expected: Sites", whys)
        self.assertIn("did you mean “Name”", whys)
        self.assertIn("This column is missing", whys)

    def test_a_title_above_the_headers_is_passed_over(self):
        rows = [
            ["Sites of the commune, 2026"],
            [],
            ["Commune", "Name"],
            ["Valbois", "Hall"],
        ]
        self._import({"Sites": rows})
        self.assertTrue(self.env["intercommunal.site"].search([("name", "=", "Hall")]))
        # what is wrong keeps the line that people see
        rows[2] = ["Commune", "Name", "Shape"]
        [problem] = self._problems({"Sites": rows})
        self.assertEqual(problem[:3], ("Sites", 3, "Shape"))
        self.assertIn("or call it “Kind”, “Address”, “Latitude”", problem[4])

    def test_a_merged_cell_is_explained(self):
        book = openpyxl.Workbook()
        page = book.active
        page.title = "Sites"
        for row in (["Commune", "Name"], ["Valbois", "Hall"], [None, "Gym"]):
            page.append(row)
        page.merge_cells("A2:A3")
        stream = io.BytesIO()
        book.save(stream)
        [problem] = self._problems(raw=stream.getvalue())
        self.assertEqual(problem[:3], ("Sites", 3, "Commune"))
        self.assertIn("merged cells", problem[4])

    def test_a_hidden_sheet_is_not_read_and_that_is_told(self):
        book = openpyxl.load_workbook(io.BytesIO(self._workbook(SHEETS)))
        book["Sites"].sheet_state = "hidden"
        stream = io.BytesIO()
        book.save(stream)
        wizard = self._import(raw=stream.getvalue())
        self.assertIn("Hidden sheets are not read", wizard.result)
        self.assertFalse(
            self.env["intercommunal.site"].search([("name", "=", "Salle des fêtes")])
        )
        # the lists of choices of our own workbook are hidden, and nobody's concern
        wizard = self._wizard(raw=base64.b64decode(self._wizard().template))
        self.assertFalse(wizard._list_hidden())

    def test_one_address_is_not_of_two_people(self):
        staff = [
            SHEETS["Staff"][0],
            ["Luc Gérard", "luc@cc.example", "Team leader", "TEC-T", "South"],
            ["luc gerard", "luc@cc.example", "agent", "TEC-T", "North"],
        ]
        self.assertFalse(self._problems({"Staff": staff}))
        for sheet, rows in (
            ("Staff", [*staff, ["Ana Roy", "luc@cc.example", "agent", "TEC-T", ""]]),
            (
                "People of the communes",
                [
                    ["Commune", "Role", "Name", "E-mail"],
                    ["Valbois", "Mayor", "Jeanne Petit", "mairie@valbois.example"],
                    ["Valbois", "Requester", "Éric Noël", "mairie@valbois.example"],
                ],
            ),
        ):
            with self.subTest(sheet):
                [problem] = self._problems({sheet: rows})
                self.assertEqual(problem[1], len(rows))
                self.assertIn("is already the address of", problem[4])

    def test_what_a_number_may_be(self):
        problems = self._problems(
            {
                "Types of request": [
                    ["Service", "Name", "Agents"],
                    ["TEC-T", "Hedge", 1.5],
                    ["TEC-T", "Ditch", 0],
                ],
                "Communes": [["Commune", "SIRET"], ["Valbois", "12"]],
            }
        )
        self.assertEqual(
            [problem[:3] for problem in problems],
            [
                ("Communes", 2, "SIRET"),
                ("Types of request", 2, "Agents"),
                ("Types of request", 3, "Agents"),
            ],
        )

    def test_a_file_of_libreoffice_says_how_to_save_it(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            kind = "application/vnd.oasis.opendocument.spreadsheet"
            archive.writestr("mimetype", kind)
            archive.writestr("content.xml", "<office:document-content/>")
        with self.assertRaisesRegex(UserError, "Save As"):
            self._wizard(raw=stream.getvalue(), filename="sites.ods").action_check()

    def test_two_communes_of_one_name(self):
        self.other_commune.name = "Valbois"
        problems = self._problems({"Sites": [["Commune", "Name"], ["Valbois", "Hall"]]})
        self.assertIn("INSEE", problems[0][4])
        self.assertFalse(
            self._problems({"Sites": [["Commune", "Name"], ["54902", "Hall"]]})
        )

    def test_the_usual_name_of_a_commune_is_recognised(self):
        self.commune.name = "Valbois-sur-Mad"
        problems = self._problems({"Sites": [["Commune", "Name"], ["Valbois", "Hall"]]})
        self.assertIn("“Valbois-sur-Mad”", problems[0][4])

    def test_what_is_no_spreadsheet(self):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/a.xml", b"0" * (sheet_reader.MAX_UNFOLDED + 1))
        rows = [["Commune", "Name"]] + [["Valbois", f"S{i}"] for i in range(5_001)]
        cases = [
            (b"\xd0\xcf\x11\xe0" + b"0" * 50, "old format"),
            (b"PK\x03\x04 broken", "no spreadsheet"),
            (b"hello", "no spreadsheet"),
            (bomb.getvalue(), "larger than 5 MB"),
            (b"0" * 5_000_001, "larger than 5 MB"),
            (self._workbook({"Sites": rows}), "more than 5000 lines"),
            (self._workbook({"Sites": [["Commune", "Name"]]}), "No line was found"),
        ]
        for raw, words in cases:
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self._wizard(raw=raw).action_check()

    def test_a_value_is_no_html(self):
        evil = "<img src=x onerror=alert(1)>"
        wizard = self._wizard({"Sites": [["Commune", "Name"], [evil, "Hall"]]})
        wizard.action_check()
        self.assertNotIn("<img", wizard.result)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_administrators_import(self):
        for user in (self.manager, self.direction, self.leader, self.requester):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._wizard(user=user).action_import()

    def test_another_leader_is_not_replaced(self):
        sheets = {
            "Staff": [
                ["Name", "E-mail", "Function", "Service", "Team"],
                ["X", "x@cc.example", "Team leader", "TEC-T", "Crew North"],
            ]
        }
        self.assertIn("already has a leader", self._problems(sheets)[0][4])

    def test_another_company_keeps_its_sites(self):
        other = self.env["res.company"].create({"name": "CC of the Other Valley"})
        wizard = self._wizard()
        wizard.sudo().company_id = other
        with self.assertRaisesRegex(UserError, "Switch to"):
            wizard.action_check()
