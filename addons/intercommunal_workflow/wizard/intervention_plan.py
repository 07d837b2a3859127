from datetime import timedelta

from odoo import api, fields, models

from ..models.intervention_planning import Slot


class IntercommunalInterventionPlan(models.TransientModel):
    """Plans an intervention: which team, when, who; creates it when there is none."""

    _name = "intercommunal.intervention.plan"
    _description = "Plan an Intervention"

    request_id = fields.Many2one("intercommunal.request", readonly=True)
    intervention_id = fields.Many2one("intercommunal.intervention", readonly=True)
    service_id = fields.Many2one("intercommunal.service", compute="_compute_service_id")
    team_id = fields.Many2one(
        "intercommunal.team",
        required=True,
        domain="[('service_id', '=', service_id)]",
    )
    leader_id = fields.Many2one(
        "res.users",
        "Team leader",
        compute="_compute_people",
        store=True,
        readonly=False,
        domain="[('share', '=', False)]",
    )
    agent_ids = fields.Many2many(
        "res.users",
        string="Agents",
        compute="_compute_people",
        store=True,
        readonly=False,
        domain="[('share', '=', False)]",
    )
    date_start = fields.Datetime(
        "Start",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        required=True,
    )
    date_end = fields.Datetime(
        "End", compute="_compute_date_end", store=True, readonly=False, required=True
    )
    instructions = fields.Text("Instructions for the team")
    warning = fields.Text("To check", compute="_compute_warning")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        job = self.env["intercommunal.intervention"].browse(
            values.get("intervention_id") or []
        )
        request = (
            self.env["intercommunal.request"].browse(values.get("request_id") or [])
            or job.request_id
        )
        if job:
            values.update(
                request_id=request.id,
                team_id=job.team_id.id,
                date_start=job.date_start,
                date_end=job.date_end,
                instructions=job.instructions,
            )
        teams = request.service_id.team_ids
        if not values.get("team_id") and len(teams) == 1:
            values["team_id"] = teams.id
        return values

    @api.depends("request_id")
    def _compute_service_id(self):
        for wizard in self:
            wizard.service_id = wizard.request_id.service_id

    @api.depends("team_id")
    def _compute_people(self):
        for wizard in self:
            wizard.leader_id = wizard.team_id.leader_id
            wizard.agent_ids = wizard.team_id.member_ids

    @api.depends("team_id")
    def _compute_date_start(self):
        """The first free hours of the team from tomorrow on, until a date is chosen."""
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        for wizard in self:
            team = wizard.team_id._origin
            if team and not wizard.date_start:
                [(start, _end)] = team._find_free_slots(
                    [wizard._get_usual_hours()],
                    tomorrow,
                    wizard.intervention_id._origin,
                )
                wizard.date_start = start
            else:
                wizard.date_start = wizard.date_start

    def _get_usual_hours(self):
        return self.request_id.type_id.default_duration or 1.0

    @api.depends("date_start")
    def _compute_date_end(self):
        for wizard in self:
            hours = wizard._get_usual_hours()
            wizard.date_end = wizard.date_start and (
                wizard.date_start + timedelta(hours=hours)
            )

    @api.depends("team_id", "agent_ids", "leader_id", "date_start", "date_end")
    def _compute_warning(self):
        """Who is on another job or away then: said, never forbidden."""
        jobs = self.env["intercommunal.intervention"]
        for wizard in self:
            slot = Slot(
                wizard.date_start,
                wizard._get_work_end(),
                wizard.agent_ids._origin or wizard.leader_id._origin,
                wizard.request_id.company_id,
                tuple(wizard.intervention_id._origin.ids),
                wizard.request_id.sudo().type_id.skill_ids,
            )
            found = jobs._find_conflicts({"wizard": slot})
            wizard.warning = "\n".join(found.get("wizard", ())) or False

    def _get_work_end(self):
        """When the people are done: what is checked for conflicts lasts until then."""
        return self.date_end

    def action_confirm(self):
        """Plan it.

        :return: the window action of the intervention
        """
        self.ensure_one()
        job = self.intervention_id or self.request_id._get_job_to_plan()
        if self.instructions:
            job.instructions = self.instructions
        job.action_plan(
            self.team_id.id,
            self.date_start,
            self.date_end,
            self.leader_id.id,
            self.agent_ids.ids,
        )
        return job._get_window_action()
