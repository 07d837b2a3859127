from datetime import timedelta
from typing import ClassVar

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .request import STAFF_GROUPS

INTERVENTION_STATES = [
    ("to_plan", "To plan"),
    ("planned", "Planned"),
    ("in_progress", "In progress"),
    ("blocked", "Blocked"),
    ("to_report", "To report"),
    ("reported", "Report sent"),
    ("approved", "Approved"),
    ("rework", "To redo"),
    ("cancelled", "Cancelled"),
]
# A report of it may be written.
REPORTABLE_STATES = ("planned", "in_progress", "blocked", "to_report", "rework")
BLOCK_REASONS = [
    ("weather", "Weather"),
    ("part", "Missing part"),
    ("access", "No access"),
    ("danger", "Danger"),
    ("network", "Network to locate"),
    ("other", "Other"),
]


class IntercommunalIntervention(models.Model):
    """A job that a team does for a request."""

    _name = "intercommunal.intervention"
    _description = "Intervention"
    _inherit = [
        "intercommunal.transition.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_start desc, id desc"
    _rec_names_search = ["reference", "name"]
    _check_company_auto = True

    _transitions: ClassVar[dict] = {
        "to_plan": ("planned", "to_report", "cancelled"),
        "planned": ("to_plan", "in_progress", "blocked", "to_report", "cancelled"),
        "in_progress": ("blocked", "to_report", "planned", "cancelled"),
        "blocked": ("in_progress", "planned", "to_report", "cancelled"),
        "to_report": ("in_progress", "reported", "cancelled"),
        "reported": ("approved", "rework", "to_report", "cancelled"),
        # a contested job comes back, within the days the service grants; "reported"
        # is for a decision that is revoked at once
        "approved": ("rework", "reported"),
        "rework": (
            "planned",
            "in_progress",
            "blocked",
            "to_report",
            "reported",
            "cancelled",
        ),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_plan": "planned",
        "action_start": "in_progress",
        "action_block": "blocked",
        "action_resume": "in_progress",
        "action_finish": "to_report",
        "action_cannot_do": "to_report",
        "action_cancel": "cancelled",
        "action_open_report": None,
    }
    _sources: ClassVar[dict] = {
        "action_plan": ("to_plan", "planned", "blocked", "rework"),
        "action_start": ("planned", "rework"),
        "action_resume": ("blocked",),
        "action_finish": ("in_progress",),
        "action_cannot_do": ("planned", "in_progress", "blocked", "rework"),
        "action_cancel": ("to_plan", "planned", "in_progress", "blocked"),
        "action_open_report": REPORTABLE_STATES,
    }
    _actors: ClassVar[dict] = {
        "action_plan": ("service",),
        "action_start": ("leader", "agent", "service"),
        "action_block": ("leader", "agent", "service"),
        "action_resume": ("leader", "agent", "service"),
        "action_finish": ("leader", "agent", "service"),
        "action_cannot_do": ("leader", "service"),
        "action_cancel": ("service",),
        "action_open_report": ("leader", "service"),
    }
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "reference",
            "block_reason",
            "block_note",
            "rework_count",
            "reserve_id",
            "follows_id",
            "recurrence_id",
            "recurrence_date",
            "recurrence_start",
            "started_at",
            "ended_at",
        }
    )

    reference = fields.Char(copy=False, readonly=True, index="trigram")
    name = fields.Char(
        "Job",
        compute="_compute_name",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    request_id = fields.Many2one(
        "intercommunal.request",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    commune_id = fields.Many2one(
        related="request_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(
        related="request_id.service_id", store=True, index=True
    )
    type_id = fields.Many2one(related="request_id.type_id", store=True)
    site_id = fields.Many2one(related="request_id.site_id", store=True, index=True)
    priority = fields.Selection(related="request_id.priority", store=True)
    request_description = fields.Text(related="request_id.description")
    address = fields.Char(related="request_id.address")
    team_id = fields.Many2one(
        "intercommunal.team",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
        tracking=True,
    )
    leader_id = fields.Many2one(
        "res.users",
        "Team leader",
        compute="_compute_leader_id",
        store=True,
        precompute=True,
        readonly=False,
        index=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    agent_ids = fields.Many2many(
        "res.users",
        "intercommunal_intervention_agent_rel",
        "intervention_id",
        "user_id",
        "Agents",
        domain="[('share', '=', False)]",
    )
    date_start = fields.Datetime("Planned start", index=True, tracking=True)
    date_end = fields.Datetime("Planned end", tracking=True)
    duration = fields.Float(
        "Planned hours", compute="_compute_duration", aggregator="sum", store=True
    )
    started_at = fields.Datetime("Started on", readonly=True, copy=False)
    ended_at = fields.Datetime("Finished on", readonly=True, copy=False)
    state = fields.Selection(
        INTERVENTION_STATES,
        default="to_plan",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    block_reason = fields.Selection(
        BLOCK_REASONS, "Blocked by", readonly=True, copy=False, tracking=True
    )
    block_note = fields.Text("What blocks", readonly=True, copy=False)
    rework_count = fields.Integer("Times redone", readonly=True, copy=False)
    reserve_id = fields.Many2one(
        "intercommunal.reserve",
        "Lifts the reserve",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    instructions = fields.Text(help="For the team. The commune reads it too.")
    internal_note = fields.Text(
        "Internal note",
        groups=STAFF_GROUPS,
        help="Never shown to the commune.",
    )
    checklist = fields.Text(related="type_id.checklist")
    follows_id = fields.Many2one(
        "intercommunal.intervention",
        "Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The job that was finished in part, of which this is the rest.",
    )
    report_ids = fields.One2many(
        "intercommunal.report", "intervention_id", "Reports", copy=False
    )
    report_id = fields.Many2one(
        "intercommunal.report",
        "Latest report",
        compute="_compute_report_id",
        store=True,
        index="btree_not_null",
    )
    report_count = fields.Integer(compute="_compute_report_id", store=True)
    return_comment = fields.Text(
        "Words of the commune",
        compute="_compute_return_comment",
        help="Why the last report came back.",
    )
    color = fields.Integer(related="team_id.color")

    can_plan = fields.Boolean(compute="_compute_can")
    can_start = fields.Boolean(compute="_compute_can")
    can_block = fields.Boolean(compute="_compute_can")
    can_resume = fields.Boolean(compute="_compute_can")
    can_finish = fields.Boolean(compute="_compute_can")
    can_cannot_do = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_open_report = fields.Boolean(compute="_compute_can")

    _reference_uniq = models.UniqueIndex(
        "(reference, company_id) WHERE reference IS NOT NULL",
        "Another intervention already has this reference.",
    )
    _leader_idx = models.Index("(leader_id, state, date_start)")

    # --------------------------------------------------------------- computes

    @api.depends("request_id.name")
    def _compute_name(self):
        for job in self:
            job.name = job.name or job.request_id.name

    @api.depends("reference", "name")
    def _compute_display_name(self):
        for job in self:
            parts = (job.reference, job.name)
            job.display_name = " · ".join(part for part in parts if part)

    @api.depends("team_id")
    def _compute_leader_id(self):
        for job in self:
            if job.team_id:
                job.leader_id = job.team_id.leader_id

    @api.depends("date_start", "date_end")
    def _compute_duration(self):
        for job in self:
            seconds = (
                (job.date_end - job.date_start).total_seconds()
                if job.date_start and job.date_end
                else 0
            )
            job.duration = seconds / 3600

    @api.depends("report_ids.version")
    def _compute_report_id(self):
        for job in self:
            job.report_id = job.report_ids.sorted("version")[-1:]
            job.report_count = len(job.report_ids)

    @api.depends("report_ids.state")
    def _compute_return_comment(self):
        for job in self:
            job.return_comment = job._get_returned_report()._get_return_comment()

    def _get_returned_report(self):
        """The last version that the commune sent back or refused, if one is."""
        returned = self.sudo().report_ids.filtered(
            lambda report: report.state in ("to_redo", "refused")
        )
        return returned.sorted("version")[-1:]

    @api.depends_context("uid")
    @api.depends("state", "leader_id", "agent_ids", "service_id")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------ constraints

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for job in self:
            if job.date_start and job.date_end and job.date_end <= job.date_start:
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: the end comes before the start.",
                        name=job.display_name,
                    )
                )

    @api.constrains("team_id", "service_id")
    def _check_team_service(self):
        for job in self:
            if job.team_id and job.team_id.service_id != job.service_id:
                raise ValidationError(
                    self.env._(
                        "The team “%(team)s” does not work for the service"
                        " “%(service)s”.",
                        team=job.team_id.name,
                        service=job.service_id.name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        jobs = super().create(vals_list)
        sequence = self.env["ir.sequence"].sudo()
        for job in jobs:
            job._write_guarded(
                {"reference": sequence.next_by_code("intercommunal.intervention")}
            )
        return jobs

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reported(self):
        for job in self:
            if job.state not in ("to_plan", "planned") or job.report_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” has begun: cancel it instead of deleting it.",
                        name=job.display_name,
                    )
                )

    # ------------------------------------------------------------ transitions

    def action_plan(
        self,
        team_id=False,
        date_start=False,
        date_end=False,
        leader_id=False,
        agent_ids=None,
    ):
        """Plan the job; what is not given stays as it is on the record.

        :param int team_id: id of the team
        :param date_start: datetime in UTC
        :param date_end: datetime in UTC; the type's duration after the start if empty
        :param int leader_id: id of the user who leads; the team's leader if empty
        :param list agent_ids: ids of the users who work on it
        :raises UserError: no team or no date
        """
        self._check_can("action_plan")
        for job in self:
            vals = job._prepare_plan_vals(
                team_id, date_start, date_end, leader_id, agent_ids
            )
            if job.state == "planned":
                job._write_guarded(vals)
            else:
                job._transition("planned", vals)
        self._subscribe_team()
        return True

    def action_start(self):
        """The team starts on site."""
        self._check_can("action_start")
        for job in self:
            started = job.sudo().started_at or fields.Datetime.now()
            job._transition("in_progress", {"started_at": started})
        return True

    def action_block(self, reason=None, note=None):
        """The job is stopped by something; the reason says who must act.

        :param str reason: weather, part, access, danger, network or other
        :param str note: what blocks, required for "other"
        """
        self._check_can("action_block")
        note = (note or "").strip()
        labels = dict(self._fields["block_reason"]._description_selection(self.env))
        if reason not in labels:
            raise UserError(self.env._("Choose what blocks the job."))
        if reason == "other" and not note:
            raise UserError(self.env._("Say in a few words what blocks the job."))
        self._transition(
            "blocked", {"block_reason": reason, "block_note": note}, message=note
        )
        return True

    def action_resume(self):
        """What blocked the job is settled."""
        self._check_can("action_resume")
        self._transition("in_progress", {"block_reason": False, "block_note": False})
        return True

    def action_finish(self):
        """The work is over; its report is to be written."""
        self._check_can("action_finish")
        self._transition("to_report", {"ended_at": fields.Datetime.now()})
        return True

    def action_cannot_do(self, reason=None, note=None):
        """The job can't be done: a report of outcome "impossible" is prepared.

        :param str reason: code of an `intercommunal.reason` of usage "cannot_do"
        :param str note: what the team found
        :return: the window action of the report, where the photo is added and sent
        """
        self._check_can("action_cannot_do")
        self.ensure_one()
        note = (note or "").strip()
        known = self.env["intercommunal.reason"].search(
            [("usage", "=", "cannot_do"), ("code", "=", reason)], limit=1
        )
        if not known or not note:
            raise UserError(
                self.env._("Choose why the job can't be done and describe it.")
            )
        report = self._get_draft_report()
        report.write({"outcome": "impossible", "summary": f"{known.name}\n{note}"})
        self._transition("to_report", {"ended_at": fields.Datetime.now()})
        return report._get_window_action()

    def action_cancel(self, text=None):
        """Cancel the job before it is reported.

        :param str text: why, for the team and the commune
        """
        self._check_can("action_cancel")
        text = (text or "").strip()
        if not text:
            raise UserError(self.env._("Say why the job is cancelled."))
        self._transition("cancelled", message=text)
        return True

    def action_open_report(self):
        """Open the report to write: the draft in hand, else a new version.

        :return: the window action of the report
        """
        self._check_can("action_open_report")
        self.ensure_one()
        return self._get_draft_report()._get_window_action()

    # ------------------------------------------------- what transitions rest on

    def _get_record_capacities(self, user):
        capacities = user._get_commune_capacities(self.commune_id)
        if user in self.service_id.manager_ids:
            capacities.add("service")
        if user in self.leader_id | self.team_id.leader_id:
            capacities.add("leader")
        if user in self.agent_ids:
            capacities.add("agent")
        return capacities

    def _prepare_plan_vals(self, team_id, date_start, date_end, leader_id, agent_ids):
        self.ensure_one()
        team = self.env["intercommunal.team"].browse(team_id or []) or self.team_id
        start = fields.Datetime.to_datetime(date_start) or self.date_start
        if not team or not start:
            raise UserError(
                self.env._(
                    "To plan “%(name)s”, choose a team and a date.",
                    name=self.display_name,
                )
            )
        hours = self.sudo().type_id.default_duration or 1.0
        end = fields.Datetime.to_datetime(date_end) or (
            self.date_end
            if not date_start and self.date_end
            else start + timedelta(hours=hours)
        )
        vals = {
            "team_id": team.id,
            "date_start": start,
            "date_end": end,
            "leader_id": leader_id or team.leader_id.id,
        }
        if agent_ids is not None:
            vals["agent_ids"] = [Command.set(agent_ids)]
        elif not self.agent_ids:
            vals["agent_ids"] = [Command.set(team.member_ids.ids)]
        return vals

    def _after_transition(self, old_states, target):
        if target == "cancelled":
            self.sudo().reserve_id._drop()
        self.sudo().request_id._follow_interventions()
        return super()._after_transition(old_states, target)

    def _prepare_transition_vals(self, target):
        vals = super()._prepare_transition_vals(target)
        if target != "blocked":
            vals.update(block_reason=False, block_note=False)
        return vals

    def _get_available_agents(self):
        """Whose time may be entered: the job's people and the service's teams."""
        job = self.sudo()
        teams = job.service_id.team_ids
        return job.agent_ids | job.leader_id | teams.member_ids | teams.leader_id

    def _get_draft_report(self):
        """The draft version in hand, else a new one that starts from the last."""
        self.ensure_one()
        last = self.report_id
        if last.state == "draft":
            return last
        return self.env["intercommunal.report"].create(self._prepare_report_vals(last))

    def _prepare_report_vals(self, last):
        """Values of the next report version.

        :param last: the version before, empty for the first
        """
        vals = {"intervention_id": self.id}
        if last:
            vals.update(
                summary=last.summary,
                outcome=last.outcome,
                line_ids=[
                    Command.create(line._prepare_copy_vals())
                    for line in last.line_ids
                    if not line._is_derived()
                ],
            )
        else:
            vals.update(
                started_at=self.started_at,
                ended_at=self.ended_at,
                summary=self.type_id.report_template,
            )
        return vals

    def _subscribe_team(self):
        for job in self.sudo():
            job.message_subscribe((job.leader_id | job.agent_ids).partner_id.ids)

    # ------------------------------------------- what reports and approvals call

    def _on_report_sent(self):
        """A version left the team's hands: the job is reported."""
        for job in self.sudo():
            if job.state != "to_report":
                job._transition("to_report", job._prepare_end_vals())
            job._transition("reported")

    def _open_follow_on(self, report):
        """A job that is partly done leaves another one to plan, with the rest.

        A version that is sent again says the rest anew.
        """
        self.ensure_one()
        rest = (report.remaining or "").strip()
        if report.outcome != "partial" or not rest:
            return self.browse()
        waiting = self.search([("follows_id", "=", self.id), ("state", "=", "to_plan")])
        if waiting:
            waiting.write({"instructions": rest})
            return waiting
        return self._create_guarded(
            [
                {
                    "request_id": self.request_id.id,
                    "name": self.env._("Rest of: %(name)s", name=self.name),
                    "team_id": self.team_id.id,
                    "leader_id": self.leader_id.id,
                    "instructions": rest,
                    "follows_id": self.id,
                }
            ]
        )

    def _prepare_end_vals(self):
        return {"ended_at": self.ended_at or fields.Datetime.now()}

    def _on_report_recalled(self):
        self.sudo()._transition("to_report")

    def _on_report_accepted(self):
        self.sudo()._transition("approved")

    def _on_report_reopened(self, report):
        """The decision on the report was revoked: it waits for one again."""
        for job in self.sudo():
            vals = {}
            if job.state == "rework":
                vals["rework_count"] = max(job.rework_count - 1, 0)
            job._transition("reported", vals)

    def _on_report_to_redo(self, comment):
        for job in self.sudo():
            job._transition(
                "rework", {"rework_count": job.rework_count + 1}, message=comment
            )

    # -------------------------------------------------------------------- mail

    def _track_subtype(self, init_values):
        self.ensure_one()
        if "state" in init_values:
            subtype = self.env.ref(
                f"intercommunal_workflow.mt_intervention_{self.state}",
                raise_if_not_found=False,
            )
            if subtype:
                return subtype
        return super()._track_subtype(init_values)

    # ------------------------------------------------------------------ windows

    def _get_window_action(self):
        """Window of these interventions: the form of one, the list of several."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_intervention_action"
        )
        if len(self) == 1:
            action.update(res_id=self.id, views=[(False, "form")])
        else:
            action.update(domain=[("id", "in", self.ids)])
        return action
