from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.tools import format_datetime

from ..tools import geo


class IntercommunalInterventionPlan(models.TransientModel):
    """Proposes, with a job, the small ones that wait on the way."""

    _inherit = "intercommunal.intervention.plan"

    nearby_ids = fields.One2many(
        "intercommunal.intervention.plan.nearby",
        "plan_id",
        "On the same round",
        compute="_compute_nearby_ids",
        store=True,
        readonly=False,
    )
    round_words = fields.Char("The round", compute="_compute_round_words")
    day_load = fields.Char("That day", compute="_compute_day_load")

    @api.depends("request_id")
    def _compute_nearby_ids(self):
        for wizard in self:
            wizard.nearby_ids = [
                Command.clear(),
                *(
                    Command.create({"request_id": request.id, "distance": km})
                    for request, km in wizard.request_id._origin._find_nearby()
                ),
            ]

    @api.depends("date_end", "nearby_ids.selected")
    def _compute_round_words(self):
        """When the team would be done with all that is ticked: it may be too late."""
        for wizard in self:
            end = wizard._get_work_end()
            wizard.round_words = end != wizard.date_end and self.env._(
                "The round would end on %(end)s.",
                end=format_datetime(self.env, end, dt_format="EEEE d MMMM, HH:mm"),
            )

    @api.depends("nearby_ids.selected")
    def _compute_warning(self):
        """The whole round is checked, not its first job alone."""
        return super()._compute_warning()

    def _get_work_end(self):
        end = super()._get_work_end()
        if not end:
            return end
        for line in self.nearby_ids.filtered("selected"):
            hours = line.default_duration or 1.0
            end += timedelta(hours=hours, minutes=line._get_minutes_on_the_road())
        return end

    @api.depends("team_id", "date_start")
    def _compute_day_load(self):
        """What the team has to do that day, against what it can do."""
        for wizard in self:
            if not (wizard.team_id and wizard.date_start):
                wizard.day_load = False
                continue
            day = wizard.request_id.company_id._to_working_day(wizard.date_start)
            [hours] = wizard.team_id._origin._map_load(day, day).values()
            wizard.day_load = self.env._(
                "%(load)s h planned of %(capacity)s h",
                load=f"{hours[day]['load']:g}",
                capacity=f"{hours[day]['capacity']:g}",
            )

    def action_confirm(self):
        """Plan the job, then those chosen nearby, one after the other, as one trip.

        :return: the window action of the job
        """
        action = super().action_confirm()
        chosen = self.nearby_ids.filtered("selected").sorted("distance")
        if chosen:
            self._plan_round(chosen)
        return action

    def _plan_round(self, chosen):
        jobs = self._get_planned_job()
        start = jobs.date_end
        for line in chosen:
            job = line.request_id._get_job_to_plan()
            start += timedelta(minutes=line._get_minutes_on_the_road())
            job.action_plan(
                self.team_id.id,
                start,
                False,
                self.leader_id.id,
                self.agent_ids.ids,
            )
            start = job.date_end
            jobs |= job
        trip = jobs.trip_id[:1] or self.env["intercommunal.trip"].create(
            {
                "service_id": self.service_id.id,
                "team_id": self.team_id.id,
                "date": self.request_id.company_id._to_working_day(self.date_start),
            }
        )
        (jobs - trip.intervention_ids).write({"trip_id": trip.id})

    def _get_planned_job(self):
        jobs = self.intervention_id or self.request_id.intervention_ids
        return jobs.filtered(lambda job: job.date_start == self.date_start)[:1]


class IntercommunalInterventionPlanNearby(models.TransientModel):
    """A small job that waits near the one that is planned."""

    _name = "intercommunal.intervention.plan.nearby"
    _description = "Job Nearby"
    _order = "distance, id"

    plan_id = fields.Many2one("intercommunal.intervention.plan", ondelete="cascade")
    selected = fields.Boolean("On this round")
    request_id = fields.Many2one("intercommunal.request", required=True, readonly=True)
    commune_id = fields.Many2one(related="request_id.commune_id")
    type_id = fields.Many2one(related="request_id.type_id")
    default_duration = fields.Float(related="request_id.type_id.default_duration")
    distance = fields.Float("By road (km)", digits=(6, 1), readonly=True)

    def _get_minutes_on_the_road(self):
        """Five minutes at least, by small roads."""
        minutes = 60 * self.distance / geo.ROAD_SPEED
        return max(5, 5 * round(minutes / 5))
