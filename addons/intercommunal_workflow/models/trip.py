from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import geo
from ..tools.allocation import allocate
from .report import ACCEPTED_STATES

SHARE_RULES = [
    ("equal", "In equal parts"),
    ("distance", "By distance from the depot"),
    ("hours", "By planned hours"),
]


class IntercommunalTrip(models.Model):
    """One journey for the jobs of several communes: its kilometres are shared.

    The shares add up to the kilometres that were driven, to the hundredth, and each
    one becomes a line of travel of its job's report when that is sent.
    """

    _name = "intercommunal.trip"
    _description = "Pooled Trip"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Trip", compute="_compute_name", store=True)
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    team_id = fields.Many2one(
        "intercommunal.team",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    share_rule = fields.Selection(
        SHARE_RULES,
        "Travel is shared",
        compute="_compute_share_rule",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    total_km = fields.Float(
        "Kilometres driven",
        digits=(10, 2),
        help="The whole round, entered before the first report is sent.",
    )
    estimated_km = fields.Float(
        "Estimate",
        digits=(10, 2),
        compute="_compute_estimated_km",
        help="From the known positions, the nearest first, by small roads.",
    )
    intervention_ids = fields.One2many(
        "intercommunal.intervention", "trip_id", "Jobs of the trip"
    )
    commune_ids = fields.Many2many(
        "res.partner", string="Communes", compute="_compute_commune_ids"
    )
    is_used = fields.Boolean(
        "Reported", compute="_compute_is_used", help="A report counts its share."
    )
    note = fields.Text("Notes")

    _km_positive = models.Constraint(
        "CHECK(total_km >= 0)", "Kilometres can't be negative."
    )

    # --------------------------------------------------------------- computes

    @api.depends("date", "team_id")
    def _compute_name(self):
        for trip in self:
            parts = (trip.team_id.name, trip.date and format_date(self.env, trip.date))
            trip.name = " · ".join(filter(None, parts))

    @api.depends("service_id")
    def _compute_share_rule(self):
        for trip in self:
            trip.share_rule = trip.service_id.trip_share_rule or "equal"

    @api.depends("intervention_ids")
    def _compute_estimated_km(self):
        for trip in self:
            depot = trip.sudo().company_id.partner_id._get_position()
            positions = trip.intervention_ids.sudo()._map_positions()
            points = [point for point in positions.values() if point]
            trip.estimated_km = depot and geo.round_trip_km(depot, points)

    @api.depends("intervention_ids")
    def _compute_commune_ids(self):
        for trip in self:
            trip.commune_ids = trip.intervention_ids.commune_id

    @api.depends(
        "intervention_ids.report_ids.state",
        "intervention_ids.report_ids.line_ids.trip_id",
    )
    def _compute_is_used(self):
        lines = self.env["intercommunal.report.line"].sudo()
        used = {
            trip
            for [trip] in lines._read_group(
                Domain("trip_id", "in", self.ids)
                & Domain("report_id.state", "in", ("sent", *ACCEPTED_STATES)),
                ["trip_id"],
            )
        }
        for trip in self:
            trip.is_used = trip._origin in used

    # ------------------------------------------------------------ constraints

    @api.constrains("intervention_ids", "service_id")
    def _check_service(self):
        for trip in self:
            for job in trip.intervention_ids:
                if job.service_id != trip.service_id:
                    raise ValidationError(
                        self.env._(
                            "“%(job)s” is of another service than the trip.",
                            job=job.display_name,
                        )
                    )

    # ------------------------------------------------------------------- CRUD

    def write(self, vals):
        self._check_team_fields(vals)
        if {"total_km", "share_rule", "service_id", "intervention_ids"} & set(vals):
            self._check_not_used()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_not_used()

    def _check_team_fields(self, names):
        """A team enters its kilometres; the rest is the service's planning."""
        user = self.env.user
        if self.env.su or set(names) <= {"total_km", "note"}:
            return
        for trip in self.sudo():
            if user not in trip.service_id.manager_ids:
                raise AccessError(
                    self.env._(
                        "Planning a trip is up to the service's managers: the team"
                        " enters its kilometres."
                    )
                )

    def _check_not_used(self):
        """What a sent report counts does not change under it."""
        for trip in self:
            if trip.is_used:
                raise UserError(
                    self.env._(
                        "A report already counts its share of “%(trip)s”: the trip"
                        " does not change any more. Recall the report first.",
                        trip=trip.name,
                    )
                )

    # ------------------------------------------------------------------ shares

    def _get_shares(self):
        """How the kilometres are shared among the jobs, in order of INSEE code.

        :return: ``{job: (kilometres of the jobs before, its own)}``, as Decimal: what
            is charged is a difference of two roundings, so that the communes' amounts
            add up to the price of the whole round
        """
        self.ensure_one()
        jobs = self.sudo().intervention_ids.filtered(
            lambda job: job.state != "cancelled"
        )
        jobs = jobs.sorted(lambda job: (job.commune_id.insee_code or "", job.id))
        total = Decimal(repr(self.total_km)).quantize(Decimal("0.01"))
        if not jobs:
            return {}
        shares, before = {}, Decimal(0)
        for job, share in zip(
            jobs, allocate(total, self._get_weights(jobs)), strict=True
        ):
            shares[job.id] = (before, share)
            before += share
        return shares

    def _get_weights(self, jobs):
        """The weight of each job by the trip's rule; equal where it says nothing."""
        weights = []
        if self.share_rule == "hours":
            weights = [round(job.duration * 60) for job in jobs]
        elif self.share_rule == "distance":
            depot = self.sudo().company_id.partner_id._get_position()
            positions = jobs._map_positions()
            if depot and all(positions.values()):
                # metres: an integer is the same on every machine
                weights = [
                    round(1000 * geo.crow_km(depot, positions[job.id])) for job in jobs
                ]
        return weights if any(weights) else [1] * len(jobs)
