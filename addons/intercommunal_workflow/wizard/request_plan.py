from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class IntercommunalRequestPlan(models.TransientModel):
    """Plans several requests at once, one after the other in the team's free time."""

    _name = "intercommunal.request.plan"
    _inherit = ["intercommunal.request.team.mixin"]
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
        ordered = requests.sorted(
            lambda one: (
                -int(one.priority),
                one.deadline or date.max,
                one.id,
            )
        )
        slots = self.team_id._origin._find_free_slots(
            [request.type_id.default_duration or 1.0 for request in ordered],
            self.date_from,
        )
        return [
            {"request_id": request.id, "date_start": start, "date_end": end}
            for request, (start, end) in zip(ordered, slots, strict=True)
        ]

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
