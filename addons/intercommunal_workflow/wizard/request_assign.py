from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalRequestAssign(models.TransientModel):
    """Gives requests to a team."""

    _name = "intercommunal.request.assign"
    _description = "Assign Requests to a Team"

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

    def action_confirm(self):
        """Assign them."""
        self.ensure_one()
        return self.request_ids.action_assign(self.team_id.id)
