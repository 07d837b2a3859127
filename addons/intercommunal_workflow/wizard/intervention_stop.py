from odoo import fields, models

from ..models.intervention import BLOCK_REASONS


class IntercommunalInterventionStop(models.TransientModel):
    """Says why a job is blocked, can't be done or is cancelled."""

    _name = "intercommunal.intervention.stop"
    _description = "Block, Give up or Cancel a Job"

    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        default=lambda self: self.env.context.get("active_id"),
        required=True,
        readonly=True,
    )
    what = fields.Selection(
        [
            ("block", "Blocked"),
            ("cannot_do", "Can't be done"),
            ("cancel", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="block",
    )
    block_reason = fields.Selection(BLOCK_REASONS, "Blocked by")
    reason_id = fields.Many2one(
        "intercommunal.reason", domain="[('usage', '=', 'cannot_do')]"
    )
    note = fields.Text("Explanation")

    def action_confirm(self):
        """Apply, and open the report of a job that can't be done."""
        self.ensure_one()
        job = self.intervention_id
        if self.what == "block":
            return job.action_block(self.block_reason, self.note)
        if self.what == "cannot_do":
            return job.action_cannot_do(self.reason_id.code, self.note)
        return job.action_cancel(self.note)
