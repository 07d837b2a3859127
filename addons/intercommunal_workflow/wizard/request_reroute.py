from odoo import fields, models


class IntercommunalRequestReroute(models.TransientModel):
    """Hands requests to another service."""

    _name = "intercommunal.request.reroute"
    _description = "Re-route Requests"

    request_ids = fields.Many2many(
        "intercommunal.request",
        default=lambda self: self.env.context.get("active_ids"),
        string="Requests",
        required=True,
    )
    service_id = fields.Many2one(
        "intercommunal.service", "Service that takes over", required=True
    )
    text = fields.Text("Why")

    def action_confirm(self):
        """Hand over."""
        self.ensure_one()
        self.request_ids.action_reroute(self.service_id.id, self.text)
        # whoever handed the request over may not read it any more
        return {
            "type": "ir.actions.act_window_close",
            "infos": {"noReload": False},
        }
