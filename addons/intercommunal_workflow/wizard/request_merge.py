from odoo import Command, api, fields, models


class IntercommunalRequestMerge(models.TransientModel):
    """Merges requests for the same thing into one file."""

    _name = "intercommunal.request.merge"
    _description = "Merge Requests"

    request_ids = fields.Many2many(
        "intercommunal.request", string="Requests", required=True
    )
    available_master_ids = fields.Many2many(
        "intercommunal.request", compute="_compute_available_master_ids"
    )
    master_id = fields.Many2one(
        "intercommunal.request",
        "Request that goes on",
        required=True,
        domain="[('id', 'in', available_master_ids)]",
    )
    text = fields.Text("A word for the commune")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        requests = self.env["intercommunal.request"].browse(
            self.env.context.get("active_ids") or []
        )
        if not requests:
            return values
        # the oldest goes on, unless the only one says what it looks like
        oldest = requests.sorted("id")[:1]
        master = requests.similar_id if len(requests) == 1 else oldest
        values.setdefault("request_ids", [Command.set(requests.ids)])
        values.setdefault("master_id", master[:1].id)
        return values

    @api.depends("request_ids")
    def _compute_available_master_ids(self):
        """The selected ones; else what one request looks like."""
        for wizard in self:
            requests = wizard.request_ids._origin or wizard.request_ids
            if len(requests) == 1:
                requests |= requests.similar_id | requests._find_similar(
                    requests.commune_id,
                    requests.name,
                    requests.type_id,
                    requests.site_id,
                    limit=20,
                )
            wizard.available_master_ids = requests

    def action_confirm(self):
        """Merge, and open the request that goes on.

        :return: its window action
        """
        self.ensure_one()
        (self.request_ids - self.master_id).action_merge(self.master_id.id, self.text)
        return self.env["intercommunal.validation"]._open_form(self.master_id)
