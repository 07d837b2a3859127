from odoo import api, fields, models


class IntercommunalTeam(models.Model):
    """A crew: the leader sends its reports."""

    _name = "intercommunal.team"
    _description = "Team"
    _order = "service_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    # the company follows from it: checking it against the company would offer none
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
    )
    leader_id = fields.Many2one(
        "res.users", "Team leader", domain="[('share', '=', False)]", index=True
    )
    member_ids = fields.Many2many(
        "res.users",
        "intercommunal_team_member_rel",
        "team_id",
        "user_id",
        "Agents",
        domain="[('share', '=', False)]",
    )
    can_enter_absences = fields.Boolean(
        compute="_compute_can_enter_absences", compute_sudo=False
    )
    color = fields.Integer()
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )

    @api.depends("service_id.manager_ids")
    @api.depends_context("uid")
    def _compute_can_enter_absences(self):
        """Who is away, and why, is between the people and their manager."""
        for team in self:
            team.can_enter_absences = self.env.user in team.service_id.manager_ids
