import re

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# Two digits of the department (2A and 2B in Corsica), three of the commune; overseas
# three and two, which reads the same.
INSEE_PATTERN = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_commune = fields.Boolean(
        "Commune", help="A commune of the territory, which may ask and approve."
    )
    insee_code = fields.Char("INSEE code", size=5, copy=False)
    siren = fields.Char("SIREN", size=9, index="btree_not_null", copy=False)
    intercommunal_population = fields.Integer(
        "Population", aggregator="sum", help="Municipal population (INSEE)."
    )
    intercommunal_department = fields.Char("Department", size=3)
    intercommunal_epci_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        index="btree_not_null",
        ondelete="set null",
        help="The intercommunality this commune belongs to.",
    )
    intercommunal_role_ids = fields.One2many(
        "intercommunal.commune.role", "commune_id", "Roles in this commune"
    )
    intercommunal_held_role_ids = fields.One2many(
        "intercommunal.commune.role", "partner_id", "Roles held"
    )
    intercommunal_referent_ids = fields.Many2many(
        "res.partner",
        string="Referents",
        compute="_compute_intercommunal_referent_ids",
        help="Who follows the requests of the commune and approves the work today.",
    )
    intercommunal_site_ids = fields.One2many(
        "intercommunal.site", "commune_id", "Sites"
    )

    _insee_uniq = models.UniqueIndex(
        "(insee_code) WHERE insee_code IS NOT NULL",
        "Another contact already has this INSEE code.",
    )
    _commune_idx = models.Index("(intercommunal_epci_id) WHERE is_commune")

    # --------------------------------------------------------------- computes

    @api.depends_context("uid", "allowed_company_ids")
    @api.depends(
        "intercommunal_role_ids.role",
        "intercommunal_role_ids.date_from",
        "intercommunal_role_ids.date_to",
    )
    def _compute_intercommunal_referent_ids(self):
        Role = self.env["intercommunal.commune.role"]
        referents = {}
        if Role.has_access("read"):
            referents = dict(
                Role._read_group(
                    Domain("commune_id", "in", self.ids)
                    & Domain("role", "=", "referent")
                    & Role._get_current_domain(),
                    ["commune_id"],
                    ["partner_id:recordset"],
                )
            )
        for partner in self:
            partner.intercommunal_referent_ids = referents.get(partner._origin, False)

    # ------------------------------------------------------------ constraints

    @api.constrains("insee_code", "is_commune")
    def _check_insee_code(self):
        for partner in self:
            code = partner.insee_code
            if code and not INSEE_PATTERN.fullmatch(code):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is not the INSEE code of “%(name)s”: it has five"
                        " characters, as 54578 or 2A004.",
                        code=code,
                        name=partner.display_name,
                    )
                )

    @api.constrains("siren")
    def _check_siren(self):
        for partner in self:
            if partner.siren and not siren_number.is_valid(partner.siren):
                raise ValidationError(
                    self.env._(
                        "“%(siren)s” is not the SIREN of “%(name)s”: it has nine"
                        " digits, the last of which checks the others.",
                        siren=partner.siren,
                        name=partner.display_name,
                    )
                )

    @api.constrains("company_registry", "siren", "is_commune")
    def _check_siret(self):
        """The SIRET of a commune; other contacts may hold a foreign number there."""
        for partner in self:
            siret = siret_number.compact(partner.company_registry or "")
            if not partner.is_commune or not siret:
                continue
            if not siret_number.is_valid(siret):
                raise ValidationError(
                    self.env._(
                        "“%(siret)s” is not the SIRET of “%(name)s”: it has fourteen"
                        " digits, the last of which checks the others.",
                        siret=siret,
                        name=partner.display_name,
                    )
                )
            if partner.siren and not siret.startswith(partner.siren):
                raise ValidationError(
                    self.env._(
                        "The SIRET of “%(name)s” does not begin with its SIREN"
                        " %(siren)s: correct one of the two.",
                        name=partner.display_name,
                        siren=partner.siren,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean_official_numbers(v) for v in vals_list])

    def write(self, vals):
        return super().write(self._clean_official_numbers(vals))

    @api.model
    def _clean_official_numbers(self, vals):
        """Numbers as they are registered: no spaces, capitals, nothing when empty."""
        cleaned = {
            name: "".join(vals[name].split()).upper() or False
            for name in ("insee_code", "siren")
            if vals.get(name)
        }
        if vals.get("is_commune") and vals.get("company_registry"):
            cleaned["company_registry"] = siret_number.compact(vals["company_registry"])
        return {**vals, **cleaned} if cleaned else vals

    # ---------------------------------------------------------------- helpers

    def _get_role_partners(self, role):
        """Persons who hold ``role`` today in these communes, the longest first.

        Read with the rights of the system: who asks need not read the roles.

        :param str role: requester, referent, mayor, deputy or dgs
        :return: res.partner, archived ones left out
        """
        return (
            self._search_current_roles(role)
            .partner_id.filtered("active")
            .with_env(self.env)
        )

    def _get_role_users(self, role):
        """Users of the persons who hold ``role`` today in these communes.

        :param str role: requester, referent, mayor, deputy or dgs
        :return: res.users, archived ones left out
        """
        return (
            self._search_current_roles(role)
            .user_id.filtered("active")
            .with_env(self.env)
        )

    def _search_current_roles(self, role):
        roles = self.env["intercommunal.commune.role"].sudo()
        return roles.search_fetch(
            Domain("commune_id", "in", self.ids)
            & Domain("role", "=", role)
            & roles._get_current_domain(),
            ["commune_id", "partner_id", "user_id"],
            order="date_from, id",
        )

    def action_intercommunal_requests(self):
        """Window of the requests of this commune."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_request_action"
        )
        return {
            **action,
            "domain": [("commune_id", "=", self.id)],
            "context": {"default_commune_id": self.id},
        }
