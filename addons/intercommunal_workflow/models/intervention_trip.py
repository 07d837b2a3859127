from odoo import api, fields, models

from ..tools import geo


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_position(self):
        """The point of this place, or None when nobody gave it.

        :return: pair (latitude, longitude) in degrees
        """
        self.ensure_one()
        if not (self.partner_latitude or self.partner_longitude):
            return None
        return (self.partner_latitude, self.partner_longitude)


class IntercommunalRequest(models.Model):
    """Where a request is: its own point, its site's, else its commune's."""

    _inherit = "intercommunal.request"

    def _get_point(self):
        """The best point that is known, or None (called as superuser)."""
        self.ensure_one()
        for place in (self, self.site_id):
            if place.latitude or place.longitude:
                return (place.latitude, place.longitude)
        return self.commune_id._get_position()

    def _find_nearby(self, limit=6):
        """Small requests of the same service that wait near this one, closest first.

        :return: list of pairs (request, kilometres by road)
        """
        self.ensure_one()
        request = self.sudo()
        here, service = request._get_point(), request.service_id
        if not here or not service.nearby_km:
            return []
        waiting = self.search(
            [
                ("id", "!=", self.id),
                ("service_id", "=", service.id),
                ("state", "=", "accepted"),
            ],
            limit=500,
        )
        found = []
        for other in waiting:
            there = other.sudo()._get_point()
            hours = other.sudo().type_id.default_duration or 1.0
            km = there and geo.road_km(here, there)
            if there and km <= service.nearby_km and hours <= service.nearby_hours:
                found.append((other, km))
        return sorted(found, key=lambda pair: (pair[1], pair[0].id))[:limit]


class IntercommunalIntervention(models.Model):
    """A job may be one of several on the same round."""

    _inherit = "intercommunal.intervention"

    trip_id = fields.Many2one(
        "intercommunal.trip",
        "Pooled trip",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
        help="Its kilometres are shared among the communes of the round.",
    )
    trip_km = fields.Float(
        "Share of the trip (km)", digits=(10, 2), compute="_compute_trip_km"
    )

    @api.depends("trip_id.total_km", "trip_id.share_rule", "trip_id.intervention_ids")
    def _compute_trip_km(self):
        shares = {}
        for trip in self.trip_id:
            shares |= trip._get_shares()
        for job in self:
            _before, share = shares.get(job._origin.id, (0, 0))
            job.trip_km = float(share)

    def write(self, vals):
        if "trip_id" in vals:
            trips = self.trip_id | self.trip_id.browse(vals["trip_id"] or [])
            trips._check_not_used()
        result = super().write(vals)
        if "trip_id" in vals:
            self.trip_id._check_service()
        return result

    def _map_positions(self):
        """``{job id: point or None}`` (called as superuser)."""
        return {job.id: job.request_id._get_point() for job in self}
