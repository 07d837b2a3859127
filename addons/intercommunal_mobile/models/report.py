from odoo import api, fields, models

from .submission import WATCHERS


class IntercommunalReport(models.Model):
    """Where a report was written, for those who manage its team."""

    _inherit = "intercommunal.report"

    submission_ids = fields.One2many(
        "intercommunal.mobile.submission", "report_id", readonly=True, groups=WATCHERS
    )
    position_url = fields.Char(
        "Position",
        compute="_compute_position_url",
        groups=WATCHERS,
        help="Where the phone was when the report was begun.",
    )

    @api.depends("submission_ids.map_url")
    def _compute_position_url(self):
        for report in self:
            located = report.submission_ids.filtered("map_url")
            report.position_url = located[:1].map_url
