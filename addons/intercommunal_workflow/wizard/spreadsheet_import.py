"""A spreadsheet becomes records: checked whole, then written whole, or not at all.

Lines are written one by one, each in a savepoint: what a constraint of the database
refuses is then told with its line. A file has 5,000 lines a sheet at most.
"""

import base64
import binascii
import difflib
from typing import Any, NamedTuple

import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize, format_date, mute_logger
from odoo.tools.i18n import format_list

from ..models.commune_role import COMMUNE_ROLES
from ..tools import sheet_reader
from ..tools.sheet_template import Template, write
from .setup import JOBS

CREATED, CHANGED, SAME = "created", "changed", "same"
MAX_SHOWN = 200


class Column(NamedTuple):
    """A column: its name in the code, its header, what its cells are.

    :param kind: text, email, phone, siret, number, count (whole, from one up), date,
        flag, choice, commune or service
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple = ()
    help: str = ""


class Page(NamedTuple):
    """A sheet: its name in the code, its title, its columns."""

    name: str
    title: str
    columns: tuple
    help: str = ""


class Problem(NamedTuple):
    """What is wrong in one cell, and what to write instead."""

    sheet: str
    line: int
    column: str
    value: str
    why: str


class _BadCell(ValueError):
    """Why a cell can't be read, as a sentence."""


class _Undo(Exception):
    """Leaves the savepoint: nothing is kept."""


class IntercommunalSpreadsheetImport(models.TransientModel):
    """Communes, staff, people, sites and types from one workbook."""

    _name = "intercommunal.spreadsheet.import"
    _description = "Import a Spreadsheet"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    file = fields.Binary("Your spreadsheet", attachment=False)
    filename = fields.Char()
    invite = fields.Boolean(
        "Invite by e-mail",
        help="Those who get an access receive a message to choose a password. Without it"
        " nobody is told, and the people of the communes get no access yet.",
    )
    state = fields.Selection(
        [("choose", "To check"), ("wrong", "To correct"), ("right", "Ready")],
        default="choose",
        required=True,
    )
    result = fields.Html(readonly=True, sanitize=False)
    template = fields.Binary(compute="_compute_template", compute_sudo=False)

    def _compute_template(self):
        for wizard in self:
            wizard.template = base64.b64encode(wizard._make_template())

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Import a spreadsheet")

    @api.onchange("file")
    def _onchange_file(self):
        """What was checked is not what is chosen now."""
        self.state = "choose"
        self.result = False

    # ---------------------------------------------------------------- actions

    def action_download_template(self):
        """Download the workbook to fill in."""
        self.ensure_one()
        # apart: a term within an f-string is not found by the translators' tools
        name = self.env._("intercommunal-import")
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/template/"
            f"{name}.xlsx?download=true",
        }

    def action_check(self):
        """Say what importing would do, or all that is wrong: nothing is written.

        :return: the assistant again
        """
        self.ensure_one()
        counts, problems = self._run(keep=False)
        self._tell(counts, problems, done=False)
        return self._reopen()

    def action_import(self):
        """Write all of the spreadsheet, or nothing of it.

        :return: the assistant again, with what was done or what is wrong
        """
        self.ensure_one()
        counts, problems = self._run(keep=True)
        self._tell(counts, problems, done=not problems)
        return self._reopen()

    def _tell(self, counts, problems, done):
        self.write(
            {
                "state": "wrong" if problems else ("choose" if done else "right"),
                "result": self.env["ir.qweb"]._render(
                    "intercommunal_workflow.spreadsheet_import_result",
                    {
                        "counts": counts,
                        "problems": problems[:MAX_SHOWN],
                        "more": max(len(problems) - MAX_SHOWN, 0),
                        "hidden": self._list_hidden(),
                        "done": done,
                    },
                ),
            }
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a spreadsheet"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------------ sheets

    @api.model
    def _can_import(self):
        """Whether this user may import at all; the pages are those of their rights."""
        return self.env["intercommunal.domain"].has_access("create")

    @api.model
    def _get_pages(self):
        """The sheets that are read, in the order in which they are written.

        An addon adds its own, and an ``_import_<name>`` method for each.
        """
        if not self.env["intercommunal.domain"].has_access("create"):
            return []
        _ = self.env._
        role_labels = self._get_labels(COMMUNE_ROLES, "intercommunal.commune.role")
        kinds = self.env["intercommunal.site"]._fields["kind"]
        commune = Column(
            "commune", _("Commune"), "commune", True, help=_("Its name or INSEE code.")
        )
        return [
            Page(
                "communes",
                _("Communes"),
                (
                    commune,
                    Column("email", _("E-mail"), "email"),
                    Column("phone", _("Phone"), "phone"),
                    Column("street", _("Address")),
                    Column("siret", _("SIRET"), "siret", help=_("Fourteen digits.")),
                ),
                _("What you know of each commune; empty cells change nothing."),
            ),
            Page(
                "staff",
                _("Staff"),
                (
                    Column("name", _("Name"), required=True),
                    Column("email", _("E-mail"), "email", True),
                    Column(
                        "job",
                        _("Function"),
                        "choice",
                        True,
                        self._get_labels(JOBS, "intercommunal.setup.staff", "job"),
                    ),
                    Column("service", _("Service"), "service", True),
                    Column("team", _("Team"), help=_("Created if it is missing.")),
                ),
                _("Managers, team leaders and agents: each gets an access."),
            ),
            Page(
                "people",
                _("People of the communes"),
                (
                    commune,
                    Column("role", _("Role"), "choice", True, role_labels),
                    Column("name", _("Name"), required=True),
                    Column("email", _("E-mail"), "email"),
                    Column("phone", _("Phone"), "phone"),
                    Column("date_from", _("From"), "date"),
                    Column("date_to", _("Until"), "date"),
                    Column(
                        "portal",
                        _("Portal access"),
                        "flag",
                        help=_("Yes or no; an e-mail is needed then."),
                    ),
                ),
                _("One line a role: the same person may have several."),
            ),
            Page(
                "sites",
                _("Sites"),
                (
                    commune,
                    Column("name", _("Name"), required=True),
                    Column(
                        "kind",
                        _("Kind"),
                        "choice",
                        choices=tuple(kinds._description_selection(self.env)),
                    ),
                    Column("street", _("Address")),
                    Column("latitude", _("Latitude"), "number"),
                    Column("longitude", _("Longitude"), "number"),
                ),
                _("Places where work is done again and again."),
            ),
            Page(
                "types",
                _("Types of request"),
                (
                    Column("service", _("Service"), "service", True),
                    Column("name", _("Name"), required=True),
                    Column("description", _("Help for the commune")),
                    Column("default_duration", _("Hours"), "number"),
                    Column("default_agents", _("Agents"), "count"),
                ),
                _("Their questions are added afterwards, in the configuration."),
            ),
        ]

    @api.model
    def _get_labels(self, choices, model, field="role"):
        """(key, label in the language of the user) of a selection."""
        known = dict(self.env[model]._fields[field]._description_selection(self.env))
        return tuple((key, known[key]) for key, _label in choices)

    def _make_template(self):
        """The workbook to fill in, its lists of choices included."""
        communes = self._get_communes().sorted("name").mapped("name")
        services = self._get_services().sorted("name").mapped("name")
        lists = {"commune": communes, "service": services}
        lists["flag"] = [self.env._("Yes"), self.env._("No")]
        _ = self.env._
        return write(
            Template(
                pages=[
                    (
                        page.title,
                        [
                            (
                                column.label,
                                column.required,
                                column.help,
                                [label for _key, label in column.choices]
                                or lists.get(column.kind, []),
                            )
                            for column in page.columns
                        ],
                        page.help,
                    )
                    for page in self._get_pages()
                ],
                help_title=_("Help"),
                lists_title=_("Lists"),
                required=_("Required"),
                intro=_(
                    "Fill in the sheets that you need and leave the others empty. Check"
                    " the file before importing it: nothing is written as long as a line"
                    " is wrong."
                ),
            )
        )

    def _get_communes(self):
        return self.env["res.partner"].search(
            [
                ("is_commune", "=", True),
                ("intercommunal_epci_id", "=", self.company_id.id),
            ]
        )

    def _get_services(self):
        return self.env["intercommunal.service"].search(
            [("company_id", "=", self.company_id.id)]
        )

    # --------------------------------------------------------------------- run

    def _run(self, keep):
        """Import the file in a savepoint, kept only when all is right.

        :return: (list of (title, dict of counts by status), list of `Problem`)
        """
        if not self._can_import():
            raise AccessError(self.env._("Only an administrator imports a file."))
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "Switch to “%(company)s” first.",
                    company=self.company_id.sudo().name,
                )
            )
        sheets = self._read_file()
        counts, problems = [], []
        try:
            with self.env.cr.savepoint():
                self._import_sheets(sheets, counts, problems, keep)
                if problems or not keep:
                    raise _Undo
        except _Undo:
            self.env.registry.clear_cache()
        return counts, problems

    def _read_file(self):
        if not self.file:
            raise UserError(self.env._("Choose the file first."))
        try:
            raw = base64.b64decode(self.file, validate=True)
            return sheet_reader.read(raw, self.filename or "")
        except binascii.Error as error:
            raise UserError(self.env._("The file did not arrive whole.")) from error
        except sheet_reader.Unreadable as error:
            raise UserError(self._get_unreadable(error)) from error

    def _list_hidden(self):
        """Names of the sheets that nobody sees in the file, and that are not read."""
        lists = sheet_reader.fold(self.env._("Lists"))
        return [
            sheet.name
            for sheet in self._read_file()
            if sheet.is_hidden and sheet_reader.fold(sheet.name) != lists
        ]

    def _get_unreadable(self, error):
        _ = self.env._
        rules = {
            "too_big": _("The file is larger than %(limit)s MB: split it."),
            "too_many": _(
                "The sheet “%(sheet)s” has more than %(limit)s lines: split it."
            ),
            "old_format": _(
                "This file is in an old format or has a password: save it as .xlsx"
                " without a password."
            ),
            "open_document": _(
                "LibreOffice wrote this file in its own format: in it, “Save As…”, type"
                " “Excel 2007-365 (.xlsx)”, then choose that file."
            ),
            "not_sheet": _("This file is no spreadsheet: save it as .xlsx or .csv."),
        }
        return rules[error.rule] % error.values

    def _import_sheets(self, sheets, counts, problems, keep):
        pages = self._get_pages()
        found = self._match_pages(sheets, pages, problems)
        self = self.with_company(self.company_id).with_context(
            intercommunal_import_keep=keep,
            tracking_disable=True,
            mail_create_nosubscribe=True,
        )
        for page in pages:
            for sheet in found.get(page.name, []):
                if not sheet.rows:
                    continue
                tally = self._import_sheet(page, sheet, problems)
                counts.append((page.title, tally))
        if not counts and not problems:
            raise UserError(
                self.env._(
                    "No line was found: fill in a sheet of the workbook to download."
                )
            )

    def _match_pages(self, sheets, pages, problems):
        """The sheets of each page, by title; a .csv by its headers.

        :return: dict name of the page → list of `sheet_reader.Sheet`
        """
        titles = {sheet_reader.fold(page.title): page for page in pages}
        ignored = {
            sheet_reader.fold(title)
            for title in (self.env._("Help"), self.env._("Lists"))
        }
        found = {}
        for sheet in sheets:
            name = sheet_reader.fold(sheet.name)
            if sheet.is_hidden:
                continue
            page = titles.get(name) or (not name and self._guess_page(sheet, pages))
            if page:
                labels = [sheet_reader.fold(column.label) for column in page.columns]
                found.setdefault(page.name, []).append(sheet.begin_at(labels))
            elif sheet.rows and name not in ignored:
                close = difflib.get_close_matches(name, titles, 1)
                expected = (
                    titles[close[0]].title
                    if close
                    else ", ".join(page.title for page in pages)
                )
                problems.append(
                    Problem(
                        sheet.name,
                        1,
                        "",
                        sheet.name,
                        self.env._(
                            "This sheet is not known; expected: %(expected)s.",
                            expected=expected,
                        ),
                    )
                )
        return found

    def _guess_page(self, sheet, pages):
        """The page whose headers a .csv has most of."""
        headers = {sheet_reader.fold(header) for header in sheet.headers}

        def count(page):
            return sum(
                sheet_reader.fold(column.label) in headers for column in page.columns
            )

        best = max(pages, key=count)
        return best if count(best) >= 2 else None

    def _import_sheet(self, page, sheet, problems):
        """Write the rows of one sheet.

        :return: dict: number of lines by status
        """
        columns = self._match_columns(page, sheet, problems)
        tally = dict.fromkeys((CREATED, CHANGED, SAME), 0)
        if columns is None:
            return tally
        lookups = self._get_lookups()
        importer = getattr(self, f"_import_{page.name}")
        seen = {}
        for line, cells in sheet.rows:
            values, bad = self._read_row(columns, cells, lookups)
            problems += [Problem(sheet.name, line, *part) for part in bad]
            if bad:
                continue
            try:
                # what a constraint refuses is told with its line
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    status = importer(values, seen)
                tally[status] += 1
            except UserError as error:
                problems.append(Problem(sheet.name, line, "", "", str(error)))
            except psycopg2.IntegrityError as error:
                why = self._get_refusing_model(error)._sql_error_to_message(error)
                problems.append(Problem(sheet.name, line, "", "", why))
        return tally

    def _get_refusing_model(self, error):
        """The model whose constraint refused, as core's own dispatcher finds it."""
        table = error.diag.table_name
        return next(
            (
                self.env[name]
                for name, model in self.env.registry.items()
                if model._table == table
            ),
            self,
        )

    def _match_columns(self, page, sheet, problems):
        """The column of each cell of a row, or None when headers are wrong."""
        by_label = {sheet_reader.fold(column.label): column for column in page.columns}
        headers = {sheet_reader.fold(header) for header in sheet.headers}
        free = [
            column.label for name, column in by_label.items() if name not in headers
        ]
        found, before = [], len(problems)
        for header in sheet.headers:
            name = sheet_reader.fold(header)
            column = by_label.get(name)
            if header and not column:
                close = difflib.get_close_matches(name, by_label, 1)
                expected = by_label[close[0]].label if close else "…"
                why = self.env._(
                    "This column is not known: did you mean “%(expected)s”?",
                    expected=expected,
                )
                if not close and free:
                    why = self.env._(
                        "This column is not known: remove it, or call it %(names)s.",
                        names=self._join_or(free),
                    )
                elif not close:
                    why = self.env._("This column is not known: remove it.")
                problems.append(Problem(sheet.name, sheet.line, header, "", why))
            elif column and column in found:
                why = self.env._("This column is there twice: remove one of the two.")
                problems.append(Problem(sheet.name, sheet.line, header, "", why))
            found.append(column)
        problems += [
            Problem(
                sheet.name,
                sheet.line,
                column.label,
                "",
                self.env._("This column is missing: add it."),
            )
            for column in page.columns
            if column.required and column not in found
        ]
        return found if len(problems) == before else None

    def _join_or(self, names):
        """“A”, “B” or “C”."""
        quoted = [self.env._("“%(name)s”", name=name) for name in names]
        return format_list(self.env, quoted, style="or")

    # ------------------------------------------------------------------- cells

    def _get_lookups(self):
        """Communes and services by what people may write.

        :return: dict kind → {folded text: record, or None when several have it}
        """
        communes = {}
        for commune in self._get_communes():
            for text in (commune.name, commune.insee_code):
                if text:
                    key = sheet_reader.fold(text)
                    communes[key] = None if key in communes else commune
        services = {}
        for service in self._get_services():
            for text in (service.name, service.code):
                services[sheet_reader.fold(text)] = service
        return {"commune": communes, "service": services}

    def _read_row(self, columns, cells, lookups):
        """The values of a row, and what is wrong in it.

        :return: (dict by name of column, list of (header, value, why))
        """
        values, bad = {}, []
        for column, cell in zip(columns, cells, strict=False):
            if not column:
                continue
            if cell in (None, ""):
                values[column.name] = None
                continue
            try:
                values[column.name] = self._read_cell(column, cell, lookups)
            except _BadCell as error:
                bad.append((column.label, str(cell)[:60], str(error)))
        told = {label for label, _value, _why in bad}
        for column in columns:
            if (
                column
                and column.required
                and column.label not in told
                and values.get(column.name) is None
            ):
                bad.append((column.label, "", self._get_empty()))
        return values, bad

    def _get_empty(self):
        return self.env._(
            "This cell is empty: fill it in on each line (merged cells count on their"
            " first line only)."
        )

    def _read_cell(self, column, cell, lookups):
        """What a cell says.

        :raises _BadCell: with the sentence that says what to write instead
        """
        kind = column.kind
        if kind in lookups:
            return self._look_up(column, sheet_reader.to_text(cell), lookups[kind])
        if kind == "choice":
            return self._read_choice(column, sheet_reader.to_text(cell))
        reader, sentence = self._get_readers()[kind]
        try:
            value = reader(cell)
        except ValueError as error:
            raise _BadCell(sentence) from error
        return value

    @api.model
    def _get_readers(self):
        _ = self.env._
        return {
            "text": (sheet_reader.to_text, ""),
            "number": (sheet_reader.to_number, _("Write a number.")),
            "date": (
                sheet_reader.to_date,
                _("Write a date such as 31/01/2026."),
            ),
            "flag": (sheet_reader.to_flag, _("Write yes or no.")),
            "email": (_read_email, _("Write an address such as name@commune.fr.")),
            "phone": (_read_phone, ""),
            "count": (sheet_reader.to_count, _("Write a whole number from 1 up.")),
            "siret": (_read_siret, _("Write the fourteen digits.")),
        }

    def _look_up(self, column, text, known):
        key = sheet_reader.fold(text)
        # INSEE codes lose their first zero in a spreadsheet
        for candidate in (key, key.zfill(5) if key.isdigit() else key):
            if known.get(candidate):
                return known[candidate]
        if key in known:
            raise _BadCell(
                self.env._("Several communes have this name: write the INSEE code.")
            )
        # "Thiaucourt" is what people call Thiaucourt-Regniéville
        close = difflib.get_close_matches(key, known, 1, 0.75) or [
            name for name in known if name.startswith(f"{key} ")
        ]
        record = close and known[close[0]]
        if record:
            raise _BadCell(
                self.env._(
                    "It is not known: did you mean “%(name)s”?", name=record.name
                )
            )
        if column.kind == "service":
            raise _BadCell(
                self.env._(
                    "It is not a service of yours: %(services)s.",
                    services=", ".join(self._get_services().mapped("name"))
                    or self.env._("create one first"),
                )
            )
        raise _BadCell(self.env._("It is not a commune of the territory."))

    def _read_choice(self, column, text):
        key = sheet_reader.fold(text)
        for value, label in column.choices:
            if key in (sheet_reader.fold(value), sheet_reader.fold(label)):
                return value
        raise _BadCell(
            self.env._(
                "Write one of: %(choices)s.",
                choices=", ".join(label for _value, label in column.choices),
            )
        )

    # ------------------------------------------------------------------ records

    def _save(self, record, vals):
        """Create a record, or change what differs.

        :return: (the record, its status)
        """
        if not record:
            return record.create(vals), CREATED
        changed = {
            name: value
            for name, value in vals.items()
            if record._fields[name].convert_to_write(record[name], record) != value
        }
        if not changed:
            return record, SAME
        record.write(changed)
        return record, CHANGED

    @staticmethod
    def _given(values, *names):
        """The values of the cells that are not empty."""
        return {
            name: values[name] for name in names if values.get(name) not in (None, "")
        }

    def _import_communes(self, values, _seen):
        vals = self._given(values, "email", "phone", "street")
        if values.get("siret"):
            vals["company_registry"] = values["siret"]
        return self._save(values["commune"], vals)[1]

    def _check_one_person(self, values, seen):
        """One address, one person: the name of the second would be lost."""
        if not values.get("email"):
            return
        name = seen.setdefault(values["email"], values["name"])
        if sheet_reader.fold(name) != sheet_reader.fold(values["name"]):
            raise UserError(
                self.env._(
                    "“%(email)s” is already the address of “%(name)s” in this file:"
                    " each person has an address of their own.",
                    email=values["email"],
                    name=name,
                )
            )

    def _import_staff(self, values, seen):
        self._check_one_person(values, seen)
        service, job = values["service"], values["job"]
        users = self.env["res.users"]
        known = users.sudo().with_context(active_test=False)
        before = known.search([("login", "=", values["email"])], limit=1)
        user = users._invite_staff(
            [{"name": values["name"], "email": values["email"], "job": job}],
            self.company_id,
            self.invite and self.env.context["intercommunal_import_keep"],
        )
        moved = self._place_staff(user, service, job, values.get("team"))
        if not before:
            return CREATED
        return CHANGED if moved else SAME

    def _place_staff(self, user, service, job, team_name):
        """Make ``user`` manager, leader or agent.

        :return: whether anything changed
        """
        if job == "service_manager":
            if user in service.manager_ids:
                return False
            service.manager_ids = [Command.link(user.id)]
            return True
        wanted = sheet_reader.fold(team_name or service.name)
        teams = service.team_ids
        team = teams.filtered(lambda team: sheet_reader.fold(team.name) == wanted)[:1]
        moved = not team
        team = team or teams.create(
            {"name": team_name or service.name, "service_id": service.id}
        )
        if job == "leader" and team.leader_id != user:
            if team.leader_id:
                raise UserError(
                    self.env._(
                        "“%(team)s” already has a leader, %(leader)s: change it on the"
                        " team.",
                        team=team.name,
                        leader=team.leader_id.name,
                    )
                )
            team.leader_id = user
            moved = True
        if user not in team.member_ids:
            team.member_ids = [Command.link(user.id)]
            moved = True
        return moved

    def _import_people(self, values, seen):
        self._check_one_person(values, seen)
        commune, role = values["commune"], values["role"]
        if values.get("portal") and not values.get("email"):
            raise UserError(
                self.env._("A portal access needs an e-mail: add it, or write no.")
            )
        person = self._find_person(values, commune)
        status = SAME
        if not person:
            person = person.create(
                {
                    "name": values["name"],
                    **self._given(values, "email", "phone"),
                }
            )
            status = CREATED
        else:
            status = self._save(person, self._given(values, "email", "phone"))[1]
        held = self.env["intercommunal.commune.role"].search(
            [
                ("commune_id", "=", commune.id),
                ("partner_id", "=", person.id),
                ("role", "=", role),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", fields.Date.context_today(self)),
            ],
            limit=1,
        )
        vals = self._given(values, "date_from", "date_to")
        if held:
            change = self._save(held, vals)[1]
        else:
            held.create(
                {
                    "commune_id": commune.id,
                    "partner_id": person.id,
                    "role": role,
                    "company_id": self.company_id.id,
                    **vals,
                }
            )
            change = CREATED
        if values.get("portal") and self.invite and not person.sudo().user_ids:
            self._grant_portal(person)
            change = change if change != SAME else CHANGED
        return change if change != SAME else status

    def _find_person(self, values, commune):
        """Somebody with this e-mail, else of this name with a role in the commune."""
        people = self.env["res.partner"]
        if values.get("email"):
            return people.search(
                [
                    ("email_normalized", "=", values["email"]),
                    ("is_company", "=", False),
                ],
                limit=1,
            )
        name = sheet_reader.fold(values["name"])
        roles = self.env["intercommunal.commune.role"].search(
            [("commune_id", "=", commune.id)]
        )
        return roles.partner_id.filtered(
            lambda person: sheet_reader.fold(person.name) == name
        )[:1]

    def _grant_portal(self, person):
        """Core's own assistant, which sends its own invitation; a check sends none."""
        if self.env.context["intercommunal_import_keep"]:
            wizard = self.env["portal.wizard"].create(
                {"partner_ids": [Command.set(person.ids)]}
            )
            wizard.user_ids.action_grant_access()

    def _import_sites(self, values, seen):
        key = values["commune"].id, sheet_reader.fold(values["name"])
        if "sites" not in seen:
            seen["sites"] = {
                (site.commune_id.id, sheet_reader.fold(site.name)): site
                for site in self.env["intercommunal.site"].search(
                    [("company_id", "=", self.company_id.id)]
                )
            }
        vals = {
            "name": values["name"],
            "commune_id": values["commune"].id,
            **self._given(values, "kind", "street", "latitude", "longitude"),
        }
        known = seen["sites"].get(key, self.env["intercommunal.site"])
        if not known:
            vals["company_id"] = self.company_id.id
        record, status = self._save(known, vals)
        seen["sites"][key] = record
        return status

    def _import_types(self, values, _seen):
        service = values["service"]
        name = sheet_reader.fold(values["name"])
        known = service.type_ids.filtered(
            lambda type_: sheet_reader.fold(type_.name) == name
        )[:1]
        vals = {
            "name": values["name"],
            "service_id": service.id,
            **self._given(values, "description", "default_duration", "default_agents"),
        }
        return self._save(known, vals)[1]

    def _format_date(self, day):
        return format_date(self.env, day)


def _read_email(cell: Any):
    address = email_normalize(sheet_reader.to_text(cell))
    if not address:
        raise ValueError
    return address


def _read_siret(cell: Any):
    digits = sheet_reader.to_text(cell).replace(" ", "")
    if not (digits.isdigit() and len(digits) == 14):
        raise ValueError
    return digits


def _read_phone(cell: Any):
    text = sheet_reader.to_text(cell)
    # a spreadsheet took 0383000000 for a number
    return f"0{text}" if text.isdigit() and len(text) == 9 else text
