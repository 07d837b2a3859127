from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.intervals import Intervals

from ..models.intervention_planning import BUSY_STATES
from ..models.team_planning import to_utc

HORIZON = 28  # days that the assistant looks ahead


class IntercommunalRequestPlan(models.TransientModel):
    """Plans several requests at once, one after the other in the team's free time."""

    _name = "intercommunal.request.plan"
    _inherit = "intercommunal.request.team.choice"
    _description = "Plan Several Requests"

    date_from = fields.Date(
        "From", required=True, default=lambda self: self._get_tomorrow()
    )
    line_ids = fields.One2many(
        "intercommunal.request.plan.line",
        "plan_id",
        "Proposal",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.model
    def _get_tomorrow(self):
        return fields.Date.context_today(self) + timedelta(days=1)

    @api.depends("team_id", "date_from", "request_ids")
    def _compute_line_ids(self):
        for wizard in self:
            lines = [Command.clear()]
            if wizard.team_id and wizard.date_from:
                lines += [
                    Command.create(vals)
                    for vals in wizard._propose(wizard.request_ids._origin)
                ]
            wizard.line_ids = lines

    def _propose(self, requests):
        """Where each request fits, the urgent and those due first at the front.

        What fits nowhere in four weeks has no date: the manager chooses one.

        :return: list of dict
        """
        free = self._get_free_time()
        ordered = requests.sorted(
            lambda one: (
                -int(one.priority),
                one.deadline or date.max,
                one.id,
            )
        )
        vals_list = []
        for request in ordered:
            hours = timedelta(hours=request.type_id.default_duration or 1.0)
            found = next(
                ((start, stop) for start, stop, _meta in free if stop - start >= hours),
                None,
            )
            vals = {"request_id": request.id}
            if found:
                start, end = found[0], found[0] + hours
                free -= Intervals([(start, end, self.env["res.users"])])
                vals.update(date_start=to_utc(start), date_end=to_utc(end))
            vals_list.append(vals)
        return vals_list

    def _get_free_time(self):
        """When the team works and has no job, from the first day on."""
        company = self.team_id.company_id
        zone = company._get_working_timezone()
        first = datetime.combine(self.date_from, time.min, zone)
        last = first + timedelta(days=HORIZON)
        calendar = company.resource_calendar_id
        worked = calendar._work_intervals_batch(first, last)[False]
        jobs = (
            self.env["intercommunal.intervention"]
            .sudo()
            .search(
                Domain("team_id", "=", self.team_id._origin.id)
                & Domain("state", "in", BUSY_STATES)
                & Domain("date_start", "<", to_utc(last))
                & Domain("date_end", ">", to_utc(first))
            )
        )
        busy = [
            (_aware(job.date_start), _aware(job.date_end), job)
            for job in jobs
            if job.date_end
        ]
        return worked - Intervals(busy)

    def action_confirm(self):
        """Plan them all, or none.

        :return: the window action of the jobs
        :raises UserError: a request has no date, or can't be planned now
        """
        self.ensure_one()
        undated = self.line_ids.filtered(lambda line: not line.date_start)
        if undated:
            raise UserError(
                self.env._(
                    "Give a date to, or take out: %(names)s.",
                    names=", ".join(undated.request_id.mapped("display_name")),
                )
            )
        jobs = self.env["intercommunal.intervention"]
        for line in self.line_ids:
            job = line.request_id._get_job_to_plan()
            job.action_plan(self.team_id.id, line.date_start, line.date_end)
            jobs |= job
        return jobs._get_window_action()


class IntercommunalRequestPlanLine(models.TransientModel):
    """When one of the requests is done."""

    _name = "intercommunal.request.plan.line"
    _description = "Planned Request"

    plan_id = fields.Many2one("intercommunal.request.plan", ondelete="cascade")
    request_id = fields.Many2one("intercommunal.request", required=True, readonly=True)
    commune_id = fields.Many2one(related="request_id.commune_id")
    priority = fields.Selection(related="request_id.priority")
    deadline = fields.Date(related="request_id.deadline")
    date_start = fields.Datetime("Start")
    date_end = fields.Datetime("End")


def _aware(moment):
    return moment.replace(tzinfo=ZoneInfo("UTC"))
