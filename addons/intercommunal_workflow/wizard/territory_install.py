from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.res_company import EPCI_TYPES
from ..tools import epci as official

MAX_CANDIDATES = 20


class IntercommunalTerritoryInstall(models.TransientModel):
    """Finds an intercommunality in the official list and creates its communes."""

    _name = "intercommunal.territory.install"
    _description = "Install my Territory"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    query = fields.Char(
        "Name or SIREN",
        default=lambda self: self.env.company.epci_siren,
        help="Accents and capitals do not count.",
    )
    candidate_ids = fields.One2many(
        "intercommunal.territory.candidate", "wizard_id", "Intercommunalities"
    )
    too_many = fields.Boolean(compute="_compute_too_many")
    epci_siren = fields.Char("SIREN", readonly=True)
    epci_name = fields.Char("Intercommunality", readonly=True)
    epci_type = fields.Selection(EPCI_TYPES, "Type", readonly=True)
    company_name = fields.Char("Name in this database")
    line_ids = fields.One2many(
        "intercommunal.territory.commune", "wizard_id", "Communes"
    )
    to_create_count = fields.Integer(compute="_compute_counts")
    known_count = fields.Integer(compute="_compute_counts")
    population = fields.Integer(compute="_compute_counts")

    # --------------------------------------------------------------- computes

    @api.depends("candidate_ids")
    def _compute_too_many(self):
        for wizard in self:
            wizard.too_many = len(wizard.candidate_ids) == MAX_CANDIDATES

    @api.depends("line_ids.selected", "line_ids.partner_id")
    def _compute_counts(self):
        for wizard in self:
            chosen = wizard.line_ids.filtered("selected")
            known = wizard.line_ids.filtered("partner_id")
            wizard.to_create_count = len(chosen - known)
            wizard.known_count = len(known)
            wizard.population = sum(chosen.mapped("population"))

    # ---------------------------------------------------------------- actions

    def action_search(self):
        """Show the intercommunalities that match the query.

        :raises UserError: the list has none
        """
        self.ensure_one()
        found = official.search(self.query or "", MAX_CANDIDATES)
        if not found:
            raise UserError(
                self.env._(
                    "The official list has no intercommunality “%(query)s”: try one"
                    " word of its name, or its SIREN.",
                    query=self.query or "",
                )
            )
        self.candidate_ids = [
            Command.clear(),
            *(Command.create(self._prepare_candidate_vals(epci)) for epci in found),
        ]
        return self._reopen()

    def action_choose(self, siren):
        """Show the communes of the intercommunality of this SIREN.

        :param str siren: nine digits
        :raises UserError: not in the list
        """
        self.ensure_one()
        found = official.get(siren)
        if not found:
            raise UserError(
                self.env._(
                    "No intercommunality has the SIREN “%(siren)s”.", siren=siren
                )
            )
        known = self._match_partners(official.communes(siren))
        self.write(
            {
                "epci_siren": found.siren,
                "epci_name": found.name,
                "epci_type": found.type,
                "company_name": self._get_company_name(found),
                "line_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                **commune._asdict(),
                                "partner_id": known.get(commune.insee, False),
                            }
                        )
                        for commune in official.communes(siren)
                    ),
                ],
            }
        )
        return self._reopen()

    def action_back(self):
        """Return to the search."""
        self.ensure_one()
        self.write({"epci_siren": False, "line_ids": [Command.clear()]})
        return self._reopen()

    def action_select_all(self):
        """Tick every commune."""
        self.line_ids.write({"selected": True})
        return self._reopen()

    def action_select_none(self):
        """Untick every commune."""
        self.line_ids.write({"selected": False})
        return self._reopen()

    def action_install(self):
        """Fill in the company and create the communes that are missing.

        Doing it again adds what is missing, changes nothing that somebody entered and
        never creates a commune twice.

        :return: a message and the list of communes
        """
        self.ensure_one()
        if not self.epci_siren:
            raise UserError(self.env._("Choose an intercommunality first."))
        chosen = self.line_ids.filtered("selected")
        if not chosen:
            raise UserError(self.env._("Tick at least one commune."))
        self._install_company()
        created = self._install_communes(chosen)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(created)s communes created, %(known)s were there already.",
                    created=len(created),
                    known=len(chosen) - len(created),
                ),
                "next": self._get_next_action(),
            },
        }

    def _get_next_action(self):
        """Where one goes from here: back to the steps, or to the communes."""
        if self.env.context.get("intercommunal_setup"):
            # the page anew: the bar above shows the intercommunality's name
            return {
                "type": "ir.actions.act_url",
                "target": "self",
                "url": "/odoo/action-intercommunal_workflow.intercommunal_setup_action",
            }
        return self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_commune_action"
        )

    # ---------------------------------------------------------------- helpers

    @api.model
    def _install(self, company, siren):
        """Install a whole territory without a screen (demonstration, scripts).

        :param company: res.company that becomes this intercommunality
        :param str siren: SIREN of the intercommunality
        :return: res.partner of all its communes
        """
        wizard = self.create({"company_id": company.id})
        wizard.action_choose(siren)
        wizard.action_install()
        known = wizard._match_partners(official.communes(siren))
        return self.env["res.partner"].browse(known.values())

    @api.model
    def _prepare_candidate_vals(self, found):
        return {
            "siren": found.siren,
            "name": found.name,
            "type": found.type,
            "departments": ", ".join(found.departments),
            "commune_count": found.commune_count,
            "population": found.population,
        }

    @api.model
    def _match_partners(self, communes):
        """Contacts that are these communes already, by INSEE code then by SIREN.

        Archived contacts count: what somebody put away is not created again.

        :param communes: rows that have ``insee`` and ``siren``
        :return: {insee code: partner id}
        """
        partners = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search_fetch(
                Domain("insee_code", "in", [row.insee for row in communes])
                | (
                    Domain("insee_code", "=", False)
                    & Domain("parent_id", "=", False)
                    & Domain("siren", "in", [row.siren for row in communes])
                ),
                ["insee_code", "siren"],
                order="id",
            )
        )
        by_insee = {p.insee_code: p.id for p in partners if p.insee_code}
        by_siren = {p.siren: p.id for p in reversed(partners) if not p.insee_code}
        return {
            row.insee: found
            for row in communes
            if (found := by_insee.get(row.insee) or by_siren.get(row.siren))
        }

    def _get_company_name(self, found):
        """Name to propose: the official one, unless somebody named the company or
        another company has it (core wants names of companies to differ)."""
        company = self.company_id
        taken = company.sudo().search_count(
            [("name", "=", found.name), ("id", "!=", company.id)], limit=1
        )
        keep = taken or company.epci_siren == found.siren
        return company.name if keep else found.name

    def _install_company(self):
        company = self.company_id
        company.check_access("read")
        if company.epci_siren and company.epci_siren != self.epci_siren:
            raise UserError(
                self.env._(
                    "“%(name)s” is the intercommunality %(siren)s already. Choose"
                    " another company, or correct its SIREN in the settings.",
                    name=company.name,
                    siren=company.epci_siren,
                )
            )
        if company.epci_siren:
            return
        # an administrator of ours need not be one of the whole database
        company.sudo().write(self._prepare_company_vals())
        self._complete(company.partner_id.sudo(), {"siren": self.epci_siren})
        self._set_clock()

    def _set_clock(self):
        """Give the working calendar the time of the territory.

        Odoo makes it in the time zone of whoever installs, UTC for the system: delays
        and recurring work would then be an hour or two off.
        """
        calendar = self.company_id.sudo().resource_calendar_id
        if calendar.tz in (False, "UTC"):
            calendar.tz = official.get_timezone(official.get(self.epci_siren))

    def _prepare_company_vals(self):
        company = self.company_id
        vals = {
            "name": (self.company_name or "").strip() or self.epci_name,
            "epci_siren": self.epci_siren,
            "epci_type": self.epci_type,
        }
        if not company._has_accounting_entries():
            euro = self.env.ref("base.EUR")
            euro.sudo().active = True
            vals.update(country_id=self.env.ref("base.fr").id, currency_id=euro.id)
        return vals

    def _install_communes(self, lines):
        """Create the communes of ``lines`` that are missing, complete the others.

        :return: res.partner created
        """
        known = self._match_partners(lines)
        vals_by_insee = {
            line.insee: vals
            for line, vals in zip(lines, self._prepare_commune_vals(lines), strict=True)
        }
        insee_by_partner = {partner_id: insee for insee, partner_id in known.items()}
        Partner = self.env["res.partner"]
        # a contact kept by another company is not ours to complete
        for partner in Partner.browse(insee_by_partner)._filtered_access("write"):
            self._complete(partner, vals_by_insee[insee_by_partner[partner.id]])
        # a message "created" and a follower on each of them would say nothing
        return Partner.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True
        ).create([vals for insee, vals in vals_by_insee.items() if insee not in known])

    def _prepare_commune_vals(self, lines):
        france = self.env.ref("base.fr")
        states = {
            state.code: state.id
            for state in self.env["res.country.state"].search(
                [("country_id", "=", france.id)]
            )
        }
        french = self.env["res.lang"]._get_data(code="fr_FR").code
        return [
            {
                "name": line.name,
                "is_company": True,
                "is_commune": True,
                "insee_code": line.insee,
                "siren": line.siren,
                "zip": line.postcode,
                "city": line.name,
                "country_id": france.id,
                "state_id": states.get(line.department, False),
                "intercommunal_department": line.department,
                "intercommunal_population": line.population,
                "intercommunal_epci_id": self.company_id.id,
                **({"lang": french} if french else {}),
            }
            for line in lines
        ]

    @api.model
    def _complete(self, partner, vals):
        """Fill in what is empty on a contact; what somebody entered stays."""
        if missing := {
            name: value for name, value in vals.items() if value and not partner[name]
        }:
            partner.write(missing)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Install my territory"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": self.env.context,
        }


class IntercommunalTerritoryCandidate(models.TransientModel):
    """An intercommunality that the search found."""

    _name = "intercommunal.territory.candidate"
    _description = "Intercommunality Found"

    wizard_id = fields.Many2one(
        "intercommunal.territory.install", required=True, ondelete="cascade"
    )
    siren = fields.Char("SIREN", readonly=True)
    name = fields.Char(readonly=True)
    type = fields.Selection(EPCI_TYPES, readonly=True)
    departments = fields.Char(readonly=True)
    commune_count = fields.Integer("Communes", readonly=True)
    population = fields.Integer(readonly=True)

    def action_choose(self):
        """Show the communes of this intercommunality."""
        self.ensure_one()
        return self.wizard_id.action_choose(self.siren)


class IntercommunalTerritoryCommune(models.TransientModel):
    """A commune to install."""

    _name = "intercommunal.territory.commune"
    _description = "Commune to Install"
    _order = "id"

    wizard_id = fields.Many2one(
        "intercommunal.territory.install", required=True, ondelete="cascade"
    )
    selected = fields.Boolean("Install", default=True)
    partner_id = fields.Many2one("res.partner", "Known already", readonly=True)
    insee = fields.Char("INSEE code", readonly=True)
    siren = fields.Char("SIREN", readonly=True)
    name = fields.Char("Commune", readonly=True)
    postcode = fields.Char("Zip", readonly=True)
    department = fields.Char(readonly=True)
    population = fields.Integer(readonly=True)
