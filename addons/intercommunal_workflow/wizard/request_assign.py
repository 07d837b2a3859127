from odoo import models


class IntercommunalRequestAssign(models.TransientModel):
    """Gives requests to a team."""

    _name = "intercommunal.request.assign"
    _inherit = "intercommunal.request.team.choice"
    _description = "Assign Requests to a Team"

    def action_confirm(self):
        """Assign them."""
        self.ensure_one()
        return self.request_ids.action_assign(self.team_id.id)
