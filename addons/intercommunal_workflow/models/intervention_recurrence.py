from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalIntervention(models.Model):
    """One occurrence of recurring work: moved or skipped by itself."""

    _inherit = "intercommunal.intervention"

    recurrence_id = fields.Many2one(
        "intercommunal.recurrence",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    recurrence_date = fields.Date(
        "Day of the rule",
        readonly=True,
        copy=False,
        help="The day that the rule gave it, wherever it was moved since.",
    )
    recurrence_start = fields.Datetime(
        "Start by the rule",
        readonly=True,
        copy=False,
        help="When the rule planned it: the rule may have changed since.",
    )
    is_moved = fields.Boolean("Moved", compute="_compute_is_moved")

    _occurrence_uniq = models.UniqueIndex(
        "(recurrence_id, recurrence_date) WHERE recurrence_id IS NOT NULL",
        "This occurrence is planned already.",
    )

    @api.depends("date_start", "recurrence_start")
    def _compute_is_moved(self):
        for job in self:
            job.is_moved = (
                bool(job.recurrence_start) and job.date_start != job.recurrence_start
            )

    def action_skip(self):
        """Leave this occurrence out; the others go on."""
        for job in self:
            if not job.recurrence_id:
                raise UserError(
                    self.env._(
                        "“%(name)s” does not recur: cancel it.", name=job.display_name
                    )
                )
        return self.action_cancel(self.env._("Skipped this time."))

    def _unlink_occurrences(self):
        """Delete occurrences whose rule has changed (called as superuser)."""
        self._with_guard_lifted().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_occurrence(self):
        if self._is_guard_lifted():
            return
        for job in self:
            if job.recurrence_id:
                raise UserError(
                    self.env._(
                        "“%(name)s” would be planned again tonight: skip it instead of"
                        " deleting it.",
                        name=job.display_name,
                    )
                )
