from odoo import models


class IntercommunalRequest(models.Model):
    _inherit = "intercommunal.request"

    def _get_specific_cannot_reason(self, action):
        """What is in a billing run is corrected by an adjustment, not by rework."""
        reason = super()._get_specific_cannot_reason(action)
        if not reason and action == "action_contest" and self._get_billed_lines():
            return self.env._(
                "“%(name)s” is in a billing run: send a new request, or contest its"
                " statement.",
                name=self.display_name,
            )
        return reason

    def _get_billed_lines(self):
        """Billing lines of this file that a run has taken."""
        return self.env["intercommunal.billing.line"].search(
            [("request_id", "in", self.ids), ("run_id", "!=", False)], limit=1
        )

    def _contest_interventions(self, text):
        """The lines of a contested report wait for its new version."""
        jobs = self.intervention_ids
        super()._contest_interventions(text)
        for job in jobs.filtered(lambda job: job.state == "rework"):
            job.report_ids.billing_line_ids._waive_contested()
