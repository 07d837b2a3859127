from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.intercommunal_workflow.models.request import STAFF_GROUPS


class IntercommunalIntervention(models.Model):
    """What a job cost its commune."""

    _inherit = "intercommunal.intervention"

    currency_id = fields.Many2one(related="company_id.currency_id")
    charged_amount = fields.Monetary(
        "Charged", compute="_compute_charged_amount", groups=STAFF_GROUPS
    )

    @api.depends_context("uid")
    def _compute_charged_amount(self):
        """One query, with the rights of the reader on the billing lines."""
        lines = self.env["intercommunal.billing.line"]
        rows = []
        if lines.has_access("read"):
            rows = lines._read_group(
                Domain("intervention_id", "in", self.ids),
                ["intervention_id"],
                ["amount:sum"],
            )
        amounts = {job.id: amount for job, amount in rows}
        for job in self:
            job.charged_amount = amounts.get(job.id, 0.0)
