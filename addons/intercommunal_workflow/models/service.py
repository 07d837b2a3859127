from odoo import api, fields, models


class IntercommunalService(models.Model):
    """A shared service: technical services, secretaries of mairie, ATSEM…"""

    _name = "intercommunal.service"
    _description = "Shared Service"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short code, used in exports and references."
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    manager_ids = fields.Many2many(
        "res.users",
        "intercommunal_service_manager_rel",
        "service_id",
        "user_id",
        "Managers",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="They triage, plan and follow the requests of this service.",
    )
    director_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False)]",
        groups="base.group_user",
        help="Acts when the service has no manager left.",
    )
    team_ids = fields.One2many(
        "intercommunal.team", "service_id", "Teams", groups="base.group_user"
    )
    type_ids = fields.One2many(
        "intercommunal.request.type", "service_id", "Request types"
    )
    contest_days = fields.Integer(
        "Days to contest",
        default=15,
        required=True,
        help="After the approval the commune's referent may contest during these"
        " days; then the request closes by itself.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code, company_id)", "Another service already has this code."
    )
    _contest_days_positive = models.Constraint(
        "CHECK(contest_days >= 0)", "The days to contest can't be negative."
    )

    # The record rules keep the services of each manager in the registry's cache, as
    # they do with groups: see `intercommunal_service_ids` of res.users.

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "manager_ids" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _get_holder(self):
        """The person who holds the service's cases: a manager, else the director.

        :return: res.users, at most one; archived users never hold a case, and a new
            form without a service has no holder yet
        """
        service = self.sudo()
        return (service.manager_ids | service.director_id).filtered("active")[:1]
