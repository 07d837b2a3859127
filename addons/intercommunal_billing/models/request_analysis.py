from odoo import api, fields, models
from odoo.tools import SQL

# Who reads prices: neither the agents nor the managers of a service.
PRICE_GROUPS = (
    "intercommunal_workflow.group_intercommunal_direction,"
    "intercommunal_workflow.group_intercommunal_finance,"
    "intercommunal_workflow.group_intercommunal_admin"
)


class IntercommunalRequestAnalysis(models.Model):
    """What each request cost its commune."""

    _inherit = "intercommunal.request.analysis"

    currency_id = fields.Many2one("res.currency", readonly=True)
    cost = fields.Monetary(readonly=True, groups=PRICE_GROUPS)

    @api.model
    def _select(self):
        return [
            *super()._select(),
            SQL("bill.amount AS cost"),
            SQL("company.currency_id"),
        ]

    @api.model
    def _from(self):
        return [
            *super()._from(),
            SQL(
                """LEFT JOIN LATERAL (
                    SELECT SUM(line.amount) AS amount
                      FROM intercommunal_billing_line AS line
                     WHERE line.request_id = request.id
                ) AS bill ON TRUE"""
            ),
            SQL("JOIN res_company AS company ON company.id = request.company_id"),
        ]

    @api.model
    def _get_measures(self):
        measures = super()._get_measures()
        priced = self._has_field_access(self._fields["cost"], "read")
        return [*measures, "cost:sum"] if priced else measures
