"""The statement of a commune (état récapitulatif): every use, converted to units."""

import base64
import hashlib
import json
from collections import defaultdict
from decimal import Decimal
from typing import ClassVar

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.intercommunal_workflow.models.validation_subject import canonical_json

from ..tools import pricing

REPORT = "intercommunal_billing.report_statement"
FORMAT = "intercommunal-statement/1"
# Statements are created this many uses at a time: memory stays flat.
BATCH = 5000
ZERO = Decimal("0.00")


class IntercommunalStatement(models.Model):
    """What one agreement owes for one run: the list of its uses, as of its invoice.

    Sources: CGCT D5211-16 (a statement lists every use, converted to units). Its content
    is frozen when it is made; the PDF is printed from it, without any agent's name.
    """

    _name = "intercommunal.statement"
    _description = "Statement of a Commune"
    _inherit = ["intercommunal.transition.mixin"]
    _order = "date desc, name desc, id desc"
    _rec_names_search = ["name", "commune_id.name", "commune_id.insee_code"]
    _check_company_auto = True

    _transitions: ClassVar[dict] = {
        "pending": ("ready", "void"),
        "ready": ("sent", "void"),
        "sent": ("sent", "void"),
        "void": (),
    }
    _moves: ClassVar[dict] = {"action_print": None, "action_send": "sent"}
    _sources: ClassVar[dict] = {
        "action_send": ("pending", "ready", "sent"),
        "action_print": ("pending", "ready", "sent", "void"),
    }
    _actors: ClassVar[dict] = {
        "action_print": ("finance", "direction"),
        "action_send": ("finance",),
    }
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "name",
            "run_id",
            "company_id",
            "commune_id",
            "service_id",
            "agreement_id",
            "move_id",
            "date",
            "date_from",
            "date_to",
            "settle_mode",
            "amount_untaxed",
            "line_count",
            "content",
            "content_sha256",
            "file",
            "filename",
            "sent_at",
            "sent_to",
            "state",
        }
    )

    name = fields.Char("Number", readonly=True, required=True)
    run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Billing run",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", "Intercommunality", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    commune_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    service_id = fields.Many2one(
        "intercommunal.service", required=True, readonly=True, ondelete="restrict"
    )
    agreement_id = fields.Many2one(
        "intercommunal.agreement",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        "account.move",
        "Invoice or credit note",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
    date = fields.Date(required=True, readonly=True)
    date_from = fields.Date("From", required=True, readonly=True)
    date_to = fields.Date("Until", required=True, readonly=True)
    settle_mode = fields.Selection(
        [
            ("invoice", "By invoice"),
            ("ac", "Attribution de compensation"),
            ("none", "Statement only"),
        ],
        "Settled by",
        required=True,
        readonly=True,
    )
    amount_untaxed = fields.Monetary("Total excl. VAT", readonly=True)
    line_count = fields.Integer("Uses", readonly=True)
    content = fields.Text(
        readonly=True, help="Every use, as canonical JSON: the PDF says it in a table."
    )
    content_sha256 = fields.Char("SHA-256 of the content", readonly=True)
    file = fields.Binary("PDF", attachment=True, readonly=True)
    filename = fields.Char("File name", readonly=True)
    sent_at = fields.Datetime("Sent on", readonly=True)
    sent_to = fields.Char(readonly=True)
    state = fields.Selection(
        [
            ("pending", "PDF to make"),
            ("ready", "Ready to send"),
            ("sent", "Sent"),
            ("void", "Void"),
        ],
        default="pending",
        required=True,
        readonly=True,
        help="Void: its uses were given back; the next run makes another statement.",
    )

    can_print = fields.Boolean(compute="_compute_can")
    can_send = fields.Boolean(compute="_compute_can")

    _live_uniq = models.UniqueIndex(
        "(run_id, agreement_id) WHERE state != 'void'",
        "This agreement already has its statement of this run.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("name", "commune_id")
    def _compute_display_name(self):
        for statement in self:
            statement.display_name = f"{statement.name} · {statement.commune_id.name}"

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------ transitions

    def action_print(self):
        """Download the PDF; it is made once.

        :return: the URL action
        :raises UserError: this server makes no PDF
        """
        self._check_can("action_print")
        self.ensure_one()
        self._make_files()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.filename}"
            "?download=true",
            # unlike “download”, the page is read again: its state has changed
            "target": "new",
        }

    def action_send(self):
        """Send each statement to its commune, with the PDF.

        :raises UserError: a commune has no address, which is named; nothing is sent
        """
        self._check_can("action_send")
        recipients = {statement: statement._get_recipients() for statement in self}
        mute = [s.commune_id.name for s, partners in recipients.items() if not partners]
        if mute:
            raise UserError(
                self.env._(
                    "Nothing was sent: give an e-mail address to %(communes)s, or to"
                    " its referent.",
                    communes=", ".join(sorted(set(mute))),
                )
            )
        self._make_files()
        template = self.env.ref("intercommunal_billing.mail_template_statement")
        for statement, partners in recipients.items():
            # the mail is the system's: finance needs no right on templates
            template.sudo().send_mail(
                statement.id,
                email_values={
                    "recipient_ids": [Command.set(partners.ids)],
                    "attachment_ids": [
                        Command.create(statement._prepare_attachment_vals())
                    ],
                },
            )
            statement._transition(
                "sent",
                {
                    "sent_at": fields.Datetime.now(),
                    "sent_to": ", ".join(partners.mapped("email")),
                },
            )
        return True

    def _get_recipients(self):
        """Who gets the statement: the town hall, else its referents.

        :return: recordset of partners that have an address
        """
        self.ensure_one()
        commune = self.commune_id
        if commune.email:
            return commune
        return commune.sudo().intercommunal_referent_ids.filtered("email")

    def _void(self):
        """What it says is not billed any more."""
        live = self.filtered(lambda statement: statement.state != "void")
        if live:
            live._transition("void")

    # ------------------------------------------------------------------- files

    @api.model
    def _cron_make_files(self):
        """Print the statements that wait, one after the other."""
        pending = self.search([("state", "=", "pending")], order="id")
        self.env["ir.cron"]._commit_progress(remaining=len(pending))
        for statement in pending:
            statement._make_files()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _make_files(self):
        """Print each statement once, and attach it to its invoice.

        :raises UserError: this server makes no PDF
        """
        for statement in self.filtered(lambda statement: not statement.file):
            content = statement._render_pdf()
            vals = {"file": base64.b64encode(content)}
            if statement.state == "pending":
                statement._transition("ready", vals)
            else:
                statement._write_guarded(vals)
            statement._attach_to_move()

    def _render_pdf(self):
        """The bytes of the PDF."""
        self.ensure_one()
        # the layout reads the company: rights on the statement were checked before
        reports = self.env["ir.actions.report"].sudo()
        lang = self.company_id.partner_id.lang or self.env.lang
        content, kind = reports.with_context(lang=lang)._render_qweb_pdf(
            REPORT, self.ids
        )
        if kind != "pdf":
            raise UserError(
                self.env._(
                    "This server makes no PDF: tell the administrator (wkhtmltopdf)."
                )
            )
        return content

    def _attach_to_move(self):
        """The PDF goes with the invoice, and so with what is sent of it."""
        self.ensure_one()
        move = self.sudo().move_id
        if move:
            self.env["ir.attachment"].sudo().create(
                {
                    **self._prepare_attachment_vals(),
                    "res_model": move._name,
                    "res_id": move.id,
                }
            )

    def _prepare_attachment_vals(self):
        self.ensure_one()
        return {
            "name": self.filename,
            "datas": self.with_context(bin_size=False).file,
            "mimetype": "application/pdf",
        }

    def _get_report_base_filename(self):
        """Name of the PDF, without its extension."""
        self.ensure_one()
        return self.filename.removesuffix(".pdf")

    # ------------------------------------------------------------------ portal

    @api.model
    def _get_portal_domain(self):
        """Those that the commune's pages offer, besides what it may read."""
        return Domain("state", "in", ("ready", "sent"))

    def _get_portal_name(self):
        """What the commune's link to the file says."""
        self.ensure_one()
        return self.env._(
            "Statement of %(service)s, %(start)s to %(end)s (%(number)s)",
            # the name of a service that charged this commune
            service=self.sudo().service_id.name,
            start=format_date(self.env, self.date_from),
            end=format_date(self.env, self.date_to),
            number=self.name,
        )

    # ----------------------------------------------------------------- content

    def _get_facts(self):
        """What the statement says, as data: see ``_prepare_facts`` of the run.

        :return: dict; amounts, units and prices are texts
        """
        self.ensure_one()
        return json.loads(self.content)

    @api.model
    def _create_from(self, facts, records):
        """Create the statement that says ``facts``.

        :param dict records: values that the facts say in words
        """
        content = canonical_json(facts)
        number = self.env["ir.sequence"].sudo().next_by_code(self._name)
        return {
            **records,
            "name": number,
            "filename": f"etat_{number.replace('/', '-')}.pdf",
            "amount_untaxed": float(facts["total"]),
            "line_count": len(facts["uses"]),
            "content": content,
            "content_sha256": hashlib.sha256(content.encode()).hexdigest(),
            "state": "pending",
        }


class IntercommunalBillingRun(models.Model):
    """The statements of a run: made with its invoices."""

    _inherit = "intercommunal.billing.run"

    statement_ids = fields.One2many(
        "intercommunal.statement", "run_id", "Statements", readonly=True
    )
    statement_count = fields.Integer(compute="_compute_statement_count")
    amount_ac = fields.Monetary(
        "On the attribution de compensation", compute="_compute_amount_ac"
    )

    @api.depends("statement_ids.state")
    def _compute_statement_count(self):
        for run in self:
            run.statement_count = len(
                run.statement_ids.filtered(lambda statement: statement.state != "void")
            )

    @api.depends("statement_ids.amount_untaxed", "statement_ids.state")
    def _compute_amount_ac(self):
        sums = dict(
            self.env["intercommunal.statement"]._read_group(
                [
                    ("run_id", "in", self.ids),
                    ("settle_mode", "=", "ac"),
                    ("state", "!=", "void"),
                ],
                ["run_id"],
                ["amount_untaxed:sum"],
            )
        )
        for run in self:
            run.amount_ac = sums.get(run._origin, 0.0)

    def _after_transition(self, old_states, target):
        super()._after_transition(old_states, target)
        if target == "invoiced":
            for run in self:
                run._with_company_lang()._make_statements()

    def _make_statements(self):
        """One statement an agreement, of the lines that this run settles.

        The PDFs are printed in the background: a second each would hold finance up.
        """
        self.ensure_one()
        Statement = self.env["intercommunal.statement"]
        waiting, count = [], 0
        for agreement_id, uses in self._iter_uses():
            agreement = self.env["intercommunal.agreement"].browse(agreement_id)
            waiting.append(self._prepare_statement_vals(agreement, uses))
            count += len(uses)
            if count >= BATCH:
                Statement._create_guarded(waiting)
                waiting, count = [], 0
        Statement._create_guarded(waiting)
        self.env.ref("intercommunal_billing.ir_cron_statement_files").sudo()._trigger()

    def _iter_uses(self):
        """What each agreement used: ``(agreement id, [uses])``, commune by commune.

        A use is what the statement says of a line, and its invoice's number.
        """
        commune, uses = None, defaultdict(list)
        labels = self._get_use_labels()
        for line in self._iter_lines():
            if line.commune_id.id != commune:
                yield from uses.items()
                commune, uses = line.commune_id.id, defaultdict(list)
            if line.agreement_id:
                uses[line.agreement_id.id].append(line._prepare_use(labels))
        yield from uses.items()

    def _get_use_labels(self):
        Line = self.env["intercommunal.billing.line"]
        return {
            name: dict(Line._fields[name]._description_selection(self.env))
            for name in ("kind", "unit")
        }

    def _prepare_statement_vals(self, agreement, uses):
        moves = self.env["account.move"].browse(
            sorted({use.pop("move_id") for use in uses} - {False})
        )
        facts = self._prepare_facts(agreement, uses, moves)
        return self.env["intercommunal.statement"]._create_from(
            facts,
            {
                "run_id": self.id,
                "company_id": self.company_id.id,
                "commune_id": agreement.commune_id.id,
                "service_id": agreement.service_id.id,
                "agreement_id": agreement.id,
                "move_id": moves[:1].id,
                "date": self.date_invoice,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "settle_mode": agreement.settle_mode,
            },
        )

    def _prepare_facts(self, agreement, uses, moves):
        """What a statement says, as JSON-able data: amounts and units are texts."""
        commune = agreement.commune_id
        labels = {
            name: dict(agreement._fields[name]._description_selection(self.env))
            for name in ("legal_basis", "settle_mode")
        }
        return {
            "format": FORMAT,
            "intercommunality": {
                "name": self.company_id.name,
                "siren": self.company_id.epci_siren or "",
                "currency": self.currency_id.name,
            },
            "commune": {
                "name": commune.name,
                "insee": commune.insee_code or "",
                "siret": commune.company_registry or "",
            },
            "service": self.service_id.name,
            "agreement": {
                "name": agreement.name,
                "legal_basis": labels["legal_basis"].get(agreement.legal_basis, ""),
                "deliberation": agreement.deliberation or "",
            },
            "run": self.name or "",
            "date_from": fields.Date.to_string(self.date_from),
            "date_to": fields.Date.to_string(self.date_to),
            "settle_mode": agreement.settle_mode,
            "settled_by": labels["settle_mode"].get(agreement.settle_mode, ""),
            "invoices": [move.name or "" for move in moves],
            "uses": uses,
            "categories": self._sum_uses(uses),
            "total": f"{sum((Decimal(use['amount']) for use in uses), ZERO):.2f}",
            "tax": f"{sum((pricing.decimal_of(m.amount_tax_signed, 2) for m in moves), ZERO):.2f}",
        }

    def _sum_uses(self, uses):
        """Units and amounts by category and unit cost, in the order of the uses."""
        sums = {}
        for use in uses:
            key = (use["category"], use["unit"], use["unit_cost"], use["coefficient"])
            units, amount = sums.get(key, (ZERO, ZERO))
            sums[key] = (
                units + Decimal(use["units"]),
                amount + Decimal(use["amount"]),
            )
        return [
            {
                "category": category,
                "unit": unit,
                "unit_cost": cost,
                "coefficient": coefficient,
                "units": f"{units:.2f}",
                "amount": f"{amount:.2f}",
            }
            for (category, unit, cost, coefficient), (units, amount) in sums.items()
        ]

    def _get_attachment_name(self, move):
        """The statement goes with the titre of its invoice."""
        statement = self.statement_ids.filtered(
            lambda statement: statement.move_id == move and statement.state != "void"
        )
        return statement[:1].filename or super()._get_attachment_name(move)

    def action_open_statements(self):
        """Window of the statements of these runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_statement_action"
        )
        return {**action, "domain": [("run_id", "in", self.ids)], "context": {}}


class IntercommunalBillingLine(models.Model):
    """A use, as its statement says it."""

    _inherit = "intercommunal.billing.line"

    def _prepare_use(self, labels):
        """What the statement says of this line (as the system); no agent is named.

        :param dict labels: names of kinds and units
        """
        self.ensure_one()
        return {
            "date": format_date(self.env, self.date, date_format="dd/MM/yyyy"),
            "request": self.request_id.reference or "",
            "intervention": self.intervention_id.reference or "",
            "report_version": self.report_id.version or 0,
            "kind": labels["kind"].get(self.kind, ""),
            "category": self.rate_id.name or labels["kind"].get(self.kind, ""),
            "name": self.name,
            "units": f"{self._get_units():.2f}",
            "unit": labels["unit"].get(self.unit, ""),
            "unit_cost": f"{pricing.decimal_of(self.unit_price):.4f}",
            "coefficient": f"{pricing.decimal_of(self.coefficient):.2f}",
            "note": self.adjustment_reason or self.surcharge_id.name or "",
            "amount": f"{pricing.decimal_of(self.amount, 2):.2f}",
            "source": self.source_key,
            "move_id": self.move_id.id,
        }

    def _free(self):
        """What is given back leaves its statement void: it says too much now."""
        lines = self.sudo()
        pairs = {(line.run_id.id, line.agreement_id.id) for line in lines}
        super()._free()
        statements = (
            self.env["intercommunal.statement"]
            .sudo()
            .search(
                [
                    ("run_id", "in", [run for run, _agreement in pairs if run]),
                    ("state", "!=", "void"),
                ]
            )
        )
        statements.filtered(
            lambda statement: (statement.run_id.id, statement.agreement_id.id) in pairs
        )._void()
