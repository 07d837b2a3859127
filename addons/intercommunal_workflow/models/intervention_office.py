from odoo import api, fields, models


class IntercommunalIntervention(models.Model):
    """The réserve that a job lifts, as the commune put it."""

    _inherit = "intercommunal.intervention"

    reserve_text = fields.Text("Words of the reserve", related="reserve_id.text")
    reserve_line = fields.Char(
        "Reserved line", related="reserve_id.report_line_id.name"
    )
    reserve_minutes = fields.Integer(related="reserve_id.minutes")
    reserve_hours = fields.Float("Reserved time", related="reserve_id.hours")
    reserve_quantity = fields.Float("Reserved quantity", related="reserve_id.quantity")
    reserve_photo_id = fields.Many2one(
        "intercommunal.photo", related="reserve_id.photo_id"
    )
    reserve_photo_marks = fields.Json(related="reserve_id.photo_marks")
    validation_id = fields.Many2one(
        "intercommunal.validation", "Approval", compute="_compute_last_report"
    )
    return_photo_ids = fields.Many2many(
        "intercommunal.photo", "Photos of the report", compute="_compute_last_report"
    )

    @api.depends("report_ids.validation_id", "report_ids.state", "state")
    def _compute_last_report(self):
        """The last version that was sent: its approval, and its photos when they are
        what the team must look at."""
        for job in self:
            sent = job.sudo().report_ids.filtered("validation_id")
            last = sent.sorted("version")[-1:]
            job.validation_id = last.validation_id
            again = job.state in ("rework", "planned", "in_progress", "to_report")
            job.return_photo_ids = again and last.photo_ids

    # ---------------------------------------------------------------- windows

    def action_open_request(self):
        """Window of the request that this job answers."""
        self.ensure_one()
        return self.env["intercommunal.validation"]._open_form(self.request_id)

    def _get_sheet_url(self):
        """Where the paper sheet of this job is entered (path of the action)."""
        self.ensure_one()
        return f"{self.get_base_url()}/odoo/interventions/{self.id}/paper-sheet"

    def action_open_validation(self):
        """Window of the approval of the last version of its report."""
        self.ensure_one()
        return self.env["intercommunal.validation"]._open_form(self.validation_id)
