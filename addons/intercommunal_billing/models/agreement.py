from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class IntercommunalAgreement(models.Model):
    """What a commune and the intercommunality agreed on for one shared service.

    Sources: CGCT L5211-4-1, L5211-4-2, L5214-16-1 and D5211-16 (period of a year at
    most, unit cost × units). VAT wordings and M57 numbers are data for an accountant.
    """

    _name = "intercommunal.agreement"
    _description = "Agreement"
    _inherit = ["mail.thread"]
    _order = "service_id, commune_id, date_start desc, id desc"
    _rec_names_search = ["name", "commune_id.name", "commune_id.insee_code"]
    _check_company_auto = True

    name = fields.Char(
        "Title",
        compute="_compute_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
        tracking=True,
    )
    insee_code = fields.Char(related="commune_id.insee_code")
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    legal_basis = fields.Selection(
        [
            ("l5211_4_1_up", "Service made available to the EPCI (L5211-4-1 II)"),
            ("l5211_4_1_down", "Service made available to communes (L5211-4-1 III)"),
            ("l5211_4_2", "Shared service (L5211-4-2)"),
            ("l5214_16_1", "Provision of services (L5214-16-1)"),
        ],
        default="l5211_4_2",
        required=True,
        tracking=True,
    )
    deliberation = fields.Char(help="Number of the deliberation that approved it.")
    deliberation_date = fields.Date("Date of the deliberation")
    deliberation_file = fields.Binary("Deliberation (file)", attachment=True)
    deliberation_filename = fields.Char()
    date_start = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.start_of(
            fields.Date.context_today(self), "year"
        ),
        tracking=True,
    )
    date_end = fields.Date("Until", tracking=True, help="Empty: without end.")
    period = fields.Selection(
        [
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("half", "Half-year"),
            ("year", "Year"),
        ],
        "Billing period",
        default="quarter",
        required=True,
        help="A year at most (CGCT D5211-16).",
    )
    settle_mode = fields.Selection(
        [
            ("invoice", "By invoice"),
            ("ac", "Attribution de compensation"),
            ("none", "Statement only"),
        ],
        "Settled by",
        default="invoice",
        required=True,
        tracking=True,
        help="Only the first makes an invoice; the others appear in the workbook.",
    )
    vat_regime = fields.Selection(
        [
            ("out_of_scope", "Out of scope (256 B)"),
            ("exempt", "Exempt (261 B)"),
            ("taxed", "Taxed"),
        ],
        "VAT",
        default="out_of_scope",
        required=True,
        tracking=True,
        help="Decided with the accountant; it chooses the tax of the invoices.",
    )
    allocation_key_id = fields.Many2one(
        "intercommunal.allocation.key",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="How the agreement shares the sums of the service. A sum shared by"
        " another key is refused.",
    )
    tacit_acceptance = fields.Boolean(
        help="The commune's silence accepts a report, after two reminders and once the"
        " days to decide are over.",
        tracking=True,
    )
    tacit_ceiling = fields.Monetary(
        "Up to", help="Above this amount, somebody always decides.", tracking=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    chorus_service_code = fields.Char(
        "Chorus Pro service code", help="“Code service” of the debtor."
    )
    chorus_service_required = fields.Boolean("Service code required")
    engagement_required = fields.Boolean(
        "Engagement required", help="The debtor rejects invoices without engagement."
    )
    engagement_ids = fields.One2many(
        "intercommunal.agreement.engagement", "agreement_id", "Engagements"
    )
    contract_reference = fields.Char(
        "Contract number", help="“Numéro de marché” of the debtor, if any."
    )
    budget_code = fields.Char(help="Budget of the intercommunality, for the workbook.")
    m57_nature = fields.Char(
        "M57 account", help="Where a rate gives none. To confirm with the accountant."
    )
    m57_function = fields.Char("M57 function", help="Where a rate gives none.")
    note = fields.Html("Notes")
    billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "agreement_id", "Billing lines"
    )

    # int4range makes a plain GiST index compare ids: no PostgreSQL extension needed
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(company_id, company_id, '[]') WITH =,
            int4range(commune_id, commune_id, '[]') WITH =,
            int4range(service_id, service_id, '[]') WITH =,
            daterange(date_start, date_end, '[]') WITH &&
        ) WHERE (active)""",
        "Two agreements of one commune and service can't overlap.",
    )
    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "An agreement can't end before it starts.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("commune_id", "service_id")
    def _compute_name(self):
        for agreement in self:
            parts = (agreement.service_id.name, agreement.commune_id.name)
            # on the screen one comes after the other: half a title would stay
            agreement.name = agreement.name or (all(parts) and " · ".join(parts))

    # ------------------------------------------------------------ constraints

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for agreement in self:
            if agreement.date_end and agreement.date_end < agreement.date_start:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” ends before it starts: correct its dates.",
                        name=agreement.name,
                    )
                )

    @api.constrains(
        "commune_id", "service_id", "company_id", "date_start", "date_end", "active"
    )
    def _check_overlap(self):
        """Say which agreement is in the way, before PostgreSQL refuses."""
        for agreement in self.filtered("active"):
            other = self.search(agreement._get_overlap_domain(), limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” overlaps “%(other)s” (from %(start)s): end that"
                        " one first.",
                        name=agreement.name,
                        other=other.name,
                        start=format_date(self.env, other.date_start),
                    )
                )

    def _get_overlap_domain(self):
        self.ensure_one()
        domain = (
            Domain("id", "!=", self.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("commune_id", "=", self.commune_id.id)
            & Domain("service_id", "=", self.service_id.id)
            & (
                Domain("date_end", "=", False)
                | Domain("date_end", ">=", self.date_start)
            )
        )
        if self.date_end:
            domain &= Domain("date_start", "<=", self.date_end)
        return domain

    @api.constrains("commune_id")
    def _check_is_commune(self):
        for agreement in self:
            if not agreement.commune_id.is_commune:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is not a commune.", name=agreement.commune_id.name
                    )
                )

    # ----------------------------------------------------------------- helpers

    @api.model
    def _find(self, company, commune, service, day):
        """The agreement in force on ``day``, or an empty recordset."""
        return self._find_all(company, commune, service, day)[:1]

    @api.model
    def _find_all(self, companies, communes, services, day):
        """The agreements in force on ``day``: one a commune and service at most."""
        return self.search(
            Domain("company_id", "in", companies.ids)
            & Domain("commune_id", "in", communes.ids)
            & Domain("service_id", "in", services.ids)
            & Domain("date_start", "<=", day)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day)),
        )

    def _get_engagement(self, exercice):
        """Number of the engagement for the year ``exercice``, or an empty string."""
        self.ensure_one()
        found = self.engagement_ids.filtered(lambda line: line.exercice == exercice)
        return found[:1].number or ""
