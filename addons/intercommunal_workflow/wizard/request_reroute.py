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
        """Hand over.

        :return: what was done; then the board, for whoever handed requests over to a
            service that is not theirs reads them no more
        """
        self.ensure_one()
        requests, service = self.request_ids, self.service_id
        requests.action_reroute(service.id, self.text)
        after = {"type": "ir.actions.act_window_close"}
        if requests - requests._filtered_access("read"):
            board = self.env["ir.actions.act_window"]._for_xml_id(
                "intercommunal_workflow.intercommunal_request_action"
            )
            after = {**board, "target": "main"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Handed over to “%(service)s”.", service=service.name
                ),
                "next": after,
            },
        }
