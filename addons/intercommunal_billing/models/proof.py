from odoo import api, models
from odoo.tools import SQL

from odoo.addons.intercommunal_workflow.models.proof import Fault


class IntercommunalProof(models.AbstractModel):
    """Every charge leads back to a decision."""

    _inherit = "intercommunal.proof"

    @api.model
    def _get_verifications(self):
        return {**super()._get_verifications(), "billing": self._verify_billing}

    @api.model
    def _verify_billing(self, counts):
        """Lines that nobody approved, or that charge more than was reported.

        Both are found by one query each: only what is wrong leaves the database.
        """
        counts["billing"] += self.env["intercommunal.billing.line"].search_count([])
        for row in self._read(
            SQL(
                """
                SELECT line.id, line.company_id, line.report_id
                  FROM intercommunal_billing_line line
                  JOIN intercommunal_report report ON report.id = line.report_id
                 WHERE NOT EXISTS (
                    SELECT FROM intercommunal_validation run
                     WHERE run.report_id = report.id
                       AND run.state IN ('approved', 'approved_reserves')
                       AND run.content_hash = report.content_hash
                 )
                 ORDER BY line.id
                """
            )
        ):
            yield self._billing_fault(
                row,
                self.env._(
                    "Billing line %(id)s charges “%(name)s”, which nobody has approved.",
                    id=row["id"],
                    name=self._name_report(row),
                ),
            )
        for row in self._read(
            SQL(
                """
                SELECT MIN(line.id) AS id, line.company_id, used.report_id,
                       SUM(line.minutes_real) AS charged, used.minutes
                  FROM intercommunal_billing_line line
                  JOIN intercommunal_report_line used ON used.id = line.report_line_id
                 WHERE line.origin_line_id IS NULL AND line.amount > 0
                 GROUP BY used.id, line.company_id
                HAVING SUM(line.minutes_real) > used.minutes
                 ORDER BY 1
                """
            )
        ):
            yield self._billing_fault(
                row,
                self.env._(
                    "Billing line %(id)s charges %(charged)s minutes of “%(name)s”,"
                    " where %(minutes)s were reported.",
                    id=row["id"],
                    charged=row["charged"],
                    minutes=row["minutes"],
                    name=self._name_report(row),
                ),
            )

    @api.model
    def _billing_fault(self, row, text):
        return Fault("intercommunal.billing.line", row["id"], row["company_id"], text)

    @api.model
    def _name_report(self, row):
        return self.env["intercommunal.report"].browse(row["report_id"]).display_name
