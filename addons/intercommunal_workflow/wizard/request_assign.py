from odoo import models


class IntercommunalRequestAssign(models.TransientModel):
    """Gives requests to a team."""

    _name = "intercommunal.request.assign"
    _inherit = ["intercommunal.request.team.mixin"]
    _description = "Assign Requests to a Team"

    def action_confirm(self):
        """Assign them.

        :return: the notification that says so: the rows of the list stay as they were
        """
        self.ensure_one()
        self.request_ids.action_assign(self.team_id.id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s given to “%(team)s”: they wait for a date.",
                    count=len(self.request_ids),
                    team=self.team_id.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
