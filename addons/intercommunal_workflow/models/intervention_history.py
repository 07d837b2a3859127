from odoo import api, fields, models
from odoo.fields import Domain


class IntercommunalIntervention(models.Model):
    """What a job took, as the commune accepted it."""

    _inherit = "intercommunal.intervention"

    done_hours = fields.Float(
        "Hours done", compute="_compute_done_hours", compute_sudo=False
    )

    @api.depends_context("uid")
    def _compute_done_hours(self):
        """Accepted hours of the agents, with the rights of the reader, in one query."""
        reports = self.env["intercommunal.report"]
        rows = []
        if reports.has_access("read"):
            rows = reports._read_group(
                Domain("intervention_id", "in", self.ids)
                & Domain("state", "in", ("accepted", "accepted_reserves")),
                ["intervention_id"],
                ["total_minutes:sum"],
            )
        minutes = {job.id: total for job, total in rows}
        for job in self:
            job.done_hours = minutes.get(job.id, 0) / 60
