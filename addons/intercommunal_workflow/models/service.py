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
    todo = fields.Text(
        "Left to do",
        compute="_compute_todo",
        compute_sudo=False,
        groups="base.group_user",
        help="What keeps a request to this service from going to its end.",
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

    @api.depends("manager_ids", "type_ids", "team_ids.leader_id")
    @api.depends_context("lang", "uid")
    def _compute_todo(self):
        for service in self:
            lines = service._list_todo() if service.ids else []
            service.todo = "\n".join(f"• {line}" for line in lines)

    def _list_todo(self):
        """What a new service still needs, as sentences; an addon adds its own."""
        self.ensure_one()
        lines = []
        if not self.type_ids:
            lines.append(
                self.env._(
                    "A type of request, with its questions: the tab below. Without one"
                    " no commune can ask."
                )
            )
        if not self.manager_ids:
            lines.append(self.env._("A manager, who sees the requests and plans."))
        if not self.team_ids.leader_id:
            lines.append(
                self.env._(
                    "A team with a leader, who sends the reports: the tab below."
                )
            )
        for job, people in (
            ("service_manager", self.manager_ids),
            ("leader", self.team_ids.leader_id),
        ):
            # being named gives no access: whose it is, is the database's to say
            group = f"intercommunal_workflow.group_intercommunal_{job}"
            lines += [
                self.env._(
                    "The access of %(name)s: enter this name and e-mail again in"
                    " “Getting started”, with the function.",
                    name=user.name,
                )
                for user in people.sudo()
                if not user.has_group(group)
            ]
        return lines

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
