"""A domain: what a service needs to work, kept together so that a file can carry it."""

import base64
import json
import re
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import domain_format

SHIPPED = Path(__file__).parent.parent / "data" / "domains"


class IntercommunalDomain(models.Model):
    """The questions, checklists, delays, circuits and texts of one kind of work."""

    _name = "intercommunal.domain"
    _description = "Domain"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    code = fields.Char(
        required=True, help="The same in every intercommunality that uses this domain."
    )
    summary = fields.Text(help="What it is for, in two lines.")
    author = fields.Char(help="Who wrote it, so that others can ask.")
    edition = fields.Char(help="Tells two files of one domain apart.")
    language = fields.Char(
        required=True, default=lambda self: self._get_default_language()
    )
    language_name = fields.Char(
        "Language of the texts", compute="_compute_language_name"
    )
    active = fields.Boolean(default=True)
    # the company follows from it: checking it against the company would offer none
    service_id = fields.Many2one(
        "intercommunal.service", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    type_ids = fields.Many2many(
        "intercommunal.request.type",
        "intercommunal_domain_type_rel",
        "domain_id",
        "type_id",
        "Types of request",
        domain="[('service_id', '=', service_id)]",
    )
    sla_ids = fields.Many2many(
        "intercommunal.sla",
        "intercommunal_domain_sla_rel",
        "domain_id",
        "sla_id",
        "Delays",
        domain="[('service_id', '=', service_id)]",
    )
    circuit_ids = fields.Many2many(
        "intercommunal.circuit",
        "intercommunal_domain_circuit_rel",
        "domain_id",
        "circuit_id",
        "Approval circuits",
        domain="[('service_ids', 'in', service_id)]",
    )
    reply_ids = fields.Many2many(
        "intercommunal.reply",
        "intercommunal_domain_reply_rel",
        "domain_id",
        "reply_id",
        "Reply templates",
        domain="[('service_id', '=', service_id)]",
    )
    stage_ids = fields.Many2many(
        "intercommunal.stage",
        "intercommunal_domain_stage_rel",
        "domain_id",
        "stage_id",
        "Stages of the board",
        domain="[('service_id', '=', service_id)]",
        help="The service's own columns, with the words that each adds to its e-mail.",
    )
    product_ids = fields.Many2many(
        "product.product",
        "intercommunal_domain_product_rel",
        "domain_id",
        "product_id",
        "Equipment and materials",
    )
    sample = fields.Json(
        help="A case of this domain, on which it is tried before it is installed."
    )
    # a text: PostgreSQL would put the keys of JSON in an order of its own
    kept = fields.Text(
        "Kept parts",
        readonly=True,
        help="Parts of the file that nothing uses yet: they are exported as they came.",
    )
    file = fields.Binary(compute="_compute_file", compute_sudo=False)
    filename = fields.Char(compute="_compute_filename")

    _code_uniq = models.UniqueIndex(
        "(company_id, code)", "This intercommunality already has a domain of this code."
    )

    # --------------------------------------------------------------- computes

    @api.model
    def _get_default_language(self):
        return self.env.lang or "fr_FR"

    @api.depends("language")
    def _compute_language_name(self):
        for domain in self:
            name = self.env["res.lang"]._get_data(code=domain.language).name
            # core names them twice: French / Français
            domain.language_name = (
                (name or domain.language or "").split("/")[-1].strip()
            )

    def _compute_file(self):
        for domain in self:
            domain.file = base64.b64encode(domain._export_file())

    @api.depends("code")
    def _compute_filename(self):
        for domain in self:
            code = re.sub(r"[^\w-]+", "-", domain.code or "").strip("-").lower()
            domain.filename = f"{code or 'domain'}.json"

    # ---------------------------------------------------------------- actions

    def action_fill_in(self):
        """Take all that the service has today into the domain."""
        for domain in self:
            domain.write(domain._prepare_fill_vals())

    def _prepare_fill_vals(self):
        self.ensure_one()
        service = self.service_id
        own = [("service_id", "=", service.id)]
        types = self.env["intercommunal.request.type"].search(own)
        return {
            "type_ids": types.ids,
            "product_ids": types.product_ids.ids,
            "sla_ids": self.env["intercommunal.sla"].search(own).ids,
            "reply_ids": self.env["intercommunal.reply"].search(own).ids,
            "stage_ids": self.env["intercommunal.stage"].search(own).ids,
            "circuit_ids": self.env["intercommunal.circuit"]
            .search([("service_ids", "in", service.ids)])
            .filtered(lambda circuit: circuit.service_ids == service)
            .ids,
        }

    def action_export(self):
        """Download the file of the domain.

        :raises UserError: something in it means nothing to another intercommunality
        """
        self.ensure_one()
        # what can't leave is said on the screen, not in the download
        self._export_file()
        return {
            "type": "ir.actions.act_url",
            "target": "download",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.filename}"
            "?download=true",
        }

    def action_import(self):
        """Open the assistant that installs a file."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_domain_import_action"
        )

    # ------------------------------------------------------------------- files

    def _get_kept(self):
        """Sections of the file that nothing uses yet, as they came."""
        return json.loads(self.kept or "{}")

    def _set_kept(self, sections):
        """Keep ``sections`` (dict of lists) as they came."""
        self.kept = json.dumps(sections, ensure_ascii=False) if sections else False

    @api.model
    def _get_format(self):
        """What the file may hold; an addon adds its sections.

        Rates are billing's: without it they are kept as they came.
        """
        return (
            *domain_format.FORMAT,
            domain_format.Key("rates", "raw"),
            domain_format.Key("surcharges", "raw"),
        )

    @api.model
    def _get_kept_names(self):
        """Sections that are kept as they came."""
        return [key.name for key in self._get_format() if key.kind == "raw"]

    @api.model
    def _get_shipped(self):
        """The domains that come with the addon.

        :return: list of (name of the file, name of the domain), by name
        """
        found = []
        for path in sorted(SHIPPED.glob("*.json")):
            data, _problems = domain_format.load(path.read_bytes())
            found.append((path.stem, data["name"]))
        return found

    @api.model
    def _read_shipped(self, name):
        """The bytes of a domain that comes with the addon.

        :raises UserError: there is none of this name
        """
        for path in SHIPPED.glob("*.json"):
            if path.stem == name:
                return path.read_bytes()
        raise UserError(self.env._("Choose one of the domains of the list."))

    @api.model
    def _read(self, raw):
        """What a file holds, each key filled in.

        :param bytes raw: the file
        :return: (dict or None, list of sentences that say what is wrong and where)
        """
        keys = self._get_format()
        data, problems = domain_format.load(raw)
        full = None
        if data:
            lines = domain_format.find_lines(raw)
            problems = domain_format.locate(domain_format.check(data, keys), lines)
            if not problems:
                full = domain_format.complete(data, keys)
                problems = domain_format.locate(self._check_words(full), lines)
        if problems:
            full = None
        return full, [self._describe_problem(problem) for problem in problems]
