from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.intercommunal_workflow.tools.geo import map_url

from .submission import WATCHERS

# What proves that a service was rendered may be kept for a year: CNIL, "La
# géolocalisation des véhicules des salariés".
KEPT = relativedelta(years=1)


class IntercommunalMobileSubmission(models.Model):
    """Where a report was written, for the teams that want it: one point, for a year."""

    _inherit = "intercommunal.mobile.submission"

    latitude = fields.Float(
        digits=(10, 7), readonly=True, aggregator=None, groups=WATCHERS
    )
    longitude = fields.Float(
        digits=(10, 7), readonly=True, aggregator=None, groups=WATCHERS
    )
    accuracy = fields.Integer(
        "Accuracy (m)", readonly=True, aggregator=None, groups=WATCHERS
    )
    map_url = fields.Char("Map", compute="_compute_map_url", groups=WATCHERS)

    @api.depends("latitude", "longitude")
    def _compute_map_url(self):
        for submission in self:
            submission.map_url = map_url(submission.latitude, submission.longitude)

    def _keep_position(self, position):
        """Keep the point of a report, if its team wants any (called as superuser).

        :param dict position: latitude, longitude and accuracy, or None
        """
        if position and self.intervention_id.team_id.locate_reports:
            self.write({**position, "accuracy": round(position["accuracy"])})

    @api.autovacuum
    def _gc_positions(self):
        """Erase the points that are older than a year."""
        old = self.search(
            [
                ("received_at", "<", fields.Datetime.now() - KEPT),
                "|",
                ("latitude", "!=", 0),
                ("longitude", "!=", 0),
            ]
        )
        old.write({"latitude": 0, "longitude": 0, "accuracy": 0})
