from odoo import api, fields, models


class IntercommunalReserve(models.Model):
    """What the office shows of a réserve."""

    _inherit = "intercommunal.reserve"

    # a report finds its own
    report_id = fields.Many2one(index=True)
    hours = fields.Float("Reserved time", compute="_compute_hours")
    photo_marks = fields.Json(related="photo_id.marks")

    @api.depends("minutes")
    def _compute_hours(self):
        for reserve in self:
            reserve.hours = reserve.minutes / 60
