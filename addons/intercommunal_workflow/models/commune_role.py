from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

COMMUNE_ROLES = [
    ("requester", "Requester"),
    ("referent", "Referent"),
    ("mayor", "Mayor"),
    ("deputy", "Deputy mayor"),
    ("dgs", "Head of administration"),
]


class IntercommunalCommuneRole(models.Model):
    """What a person is in a commune, and when: every right of the commune's people
    follows from these rows. A role ends, it is never deleted."""

    _name = "intercommunal.commune.role"
    _description = "Role in a Commune"
    _order = "commune_id, role, date_from, id"
    _check_company_auto = True

    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_commune', '=', True)]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Person",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_company', '=', False)]",
    )
    user_id = fields.Many2one(
        "res.users",
        compute="_compute_user_id",
        store=True,
        index="btree_not_null",
        help="The user of this person; empty until they are given access.",
    )
    # without it core's assistant has no button that gives access
    person_email = fields.Char(
        related="partner_id.email",
        readonly=False,
        related_sudo=False,
        groups="intercommunal_workflow.group_intercommunal_admin",
    )
    role = fields.Selection(COMMUNE_ROLES, required=True)
    date_from = fields.Date("From", required=True, default=fields.Date.context_today)
    date_to = fields.Date("Until", help="Last day; empty while it goes on.")
    is_current = fields.Boolean(
        "Today", compute="_compute_is_current", search="_search_is_current"
    )
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A role can't end before it begins.",
    )
    _holder_idx = models.Index("(commune_id, role, date_from)")

    # --------------------------------------------------------------- computes

    @api.depends("partner_id.user_ids.active")
    def _compute_user_id(self):
        for role in self:
            users = role.partner_id.with_context(active_test=False).user_ids
            # an archived user never takes the place of a living one
            role.user_id = users.sorted("active", reverse=True)[:1]

    @api.depends("date_from", "date_to")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for role in self:
            role.is_current = bool(
                role.date_from
                and role.date_from <= today
                and (not role.date_to or role.date_to >= today)
            )

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self._get_current_domain()
        return current if True in value else ~current

    @api.depends("partner_id", "role", "commune_id")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for role in self:
            if not (role.partner_id and role.commune_id):
                # a new form says “New”
                role.display_name = False
                continue
            role.display_name = self.env._(
                "%(person)s, %(role)s of %(commune)s",
                person=role.partner_id.name or "",
                role=(labels.get(role.role) or "").lower(),
                commune=role.commune_id.name or "",
            )

    # ------------------------------------------------------------ constraints

    @api.constrains("commune_id", "partner_id")
    def _check_parties(self):
        for role in self:
            if not role.commune_id.is_commune:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is not a commune: a role is held in a commune.",
                        name=role.commune_id.name,
                    )
                )
            person = role.partner_id
            if person.is_company or person.is_commune:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is an organisation: give the role to a person.",
                        name=person.name,
                    )
                )

    @api.constrains("commune_id", "partner_id", "role", "date_from", "date_to")
    def _check_overlap(self):
        """The same person never holds the same role twice on the same day."""
        for role in self:
            overlap = (
                Domain("id", "!=", role.id)
                & Domain("commune_id", "=", role.commune_id.id)
                & Domain("partner_id", "=", role.partner_id.id)
                & Domain("role", "=", role.role)
                & Domain("company_id", "=", role.company_id.id)
                & (
                    Domain("date_to", "=", False)
                    | Domain("date_to", ">=", role.date_from)
                )
            )
            if role.date_to:
                overlap &= Domain("date_from", "<=", role.date_to)
            if self.search_count(overlap, limit=1):
                # the refusal names a person: only to whoever may read the role
                role.sudo(False).check_access("read")
                raise ValidationError(
                    self.env._(
                        "“%(name)s” exists already over these dates: change it instead"
                        " of adding it again.",
                        name=role.display_name,
                    )
                )

    # ---------------------------------------------------------------- helpers

    @api.model
    def _get_current_domain(self):
        """Domain of the roles held today.

        “today” is resolved when the domain runs, so this is safe in a cached rule.
        """
        return Domain("date_from", "<=", "today") & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", "today")
        )

    def action_grant_portal(self):
        """Open core's portal wizard on these persons.

        :return: the window action of the wizard
        """
        wizard = self.env["portal.wizard"].create({"partner_ids": self.partner_id.ids})
        return wizard._action_open_modal()
