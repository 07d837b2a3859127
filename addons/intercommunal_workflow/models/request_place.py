from odoo import api, fields, models

from ..tools.geo import map_url


class IntercommunalRequest(models.Model):
    """Where to go, when a phone can say it better than an address."""

    _inherit = "intercommunal.request"

    latitude = fields.Float(digits=(10, 7), aggregator=None)
    longitude = fields.Float(digits=(10, 7), aggregator=None)
    map_url = fields.Char("Map", compute="_compute_map_url")

    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90)", "A latitude lies between -90 and 90."
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)",
        "A longitude lies between -180 and 180.",
    )

    @api.depends("latitude", "longitude")
    def _compute_map_url(self):
        for request in self:
            request.map_url = map_url(request.latitude, request.longitude)

    def _has_position(self):
        """Whether a point was given: nobody asks for work in the Gulf of Guinea."""
        return bool(self.latitude or self.longitude)

    def _get_validation_payload(self):
        payload = super()._get_validation_payload()
        request = self.sudo()
        # a request without a point hashes as before there were any: its proofs hold
        if request._has_position():
            payload["position"] = [
                f"{request.latitude:.7f}",
                f"{request.longitude:.7f}",
            ]
        return payload

    def _prepare_repeat_vals(self, requester):
        return {
            **super()._prepare_repeat_vals(requester),
            "latitude": self.latitude,
            "longitude": self.longitude,
        }
