from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalRequestTeamMixin(models.AbstractModel):
    """What the assistants share that give several requests to one team."""

    _name = "intercommunal.request.team.mixin"
    _description = "Requests for a Team"

    request_ids = fields.Many2many(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_ids"),
        string="Requests",
        required=True,
    )
    service_id = fields.Many2one("intercommunal.service", compute="_compute_service_id")
    team_id = fields.Many2one(
        "intercommunal.team",
        required=True,
        compute="_compute_team_id",
        store=True,
        readonly=False,
        domain="[('service_id', '=', service_id)]",
    )

    @api.depends("request_ids")
    def _compute_service_id(self):
        for wizard in self:
            services = wizard.request_ids.service_id
            if len(services) > 1:
                raise UserError(
                    self.env._("Choose requests of one service: a team works for one.")
                )
            wizard.service_id = services

    @api.depends("service_id")
    def _compute_team_id(self):
        """The team of a service that has only one."""
        for wizard in self:
            teams = wizard.service_id.team_ids
            wizard.team_id = wizard.team_id or (len(teams) == 1 and teams)
