from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalRequestTeamChoice(models.AbstractModel):
    """The chosen requests of one service, and the team of it that takes them."""

    _name = "intercommunal.request.team.choice"
    _description = "Choice of a Team for Requests"

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
