from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.intercommunal_workflow.models.request import STAFF_GROUPS


class IntercommunalSite(models.Model):
    """What a place cost its commune over the last three years."""

    _inherit = "intercommunal.site"

    currency_id = fields.Many2one(related="company_id.currency_id")
    history_cost = fields.Monetary(
        "Charged in three years", compute="_compute_history_cost", groups=STAFF_GROUPS
    )

    def _compute_history_cost(self):
        """One query, with the rights of the reader on the billing lines."""
        costs = self._map_by_site(
            "intercommunal.billing.line",
            Domain("intervention_id.site_id", "in", self.ids)
            & Domain("date", ">=", self._get_history_start().date()),
            "amount:sum",
            "intervention_id.site_id",
        )
        for site in self:
            site.history_cost = costs.get(site.id, 0.0)
