import base64
import hashlib
from typing import ClassVar
from uuid import uuid4

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

REPORT_STATES = [
    ("draft", "Draft"),
    ("sent", "Sent"),
    ("accepted", "Work accepted"),
    ("accepted_reserves", "Accepted with reserves"),
    ("to_redo", "To redo"),
    ("refused", "Refused"),
    ("superseded", "Superseded"),
]
OUTCOMES = [
    ("done", "Done"),
    ("partial", "Partly done"),
    ("impossible", "Impossible"),
]
ACCEPTED_STATES = ("accepted", "accepted_reserves")


class IntercommunalReport(models.Model):
    """A version of what a team did; once sent it never changes."""

    _name = "intercommunal.report"
    _description = "Intervention Report"
    _inherit = [
        "intercommunal.transition.mixin",
        "intercommunal.validation.subject",
        "mail.thread",
    ]
    _order = "intervention_id desc, version desc, id desc"
    _rec_names_search: ClassVar[list] = [
        "intervention_id.reference",
        "request_id.name",
        "commune_id.name",
    ]
    _check_company_auto = True

    _validation_subject_kind = "report"

    _transitions: ClassVar[dict] = {
        "draft": ("sent", "superseded"),
        "sent": ("accepted", "accepted_reserves", "to_redo", "refused", "superseded"),
        # back to sent: the decision was revoked at once
        "accepted": ("to_redo", "sent"),
        "accepted_reserves": ("to_redo", "sent"),
        "to_redo": ("sent",),
        "refused": ("sent",),
        "superseded": (),
    }
    _moves: ClassVar[dict] = {"action_send": "sent", "action_recall": "superseded"}
    _sources: ClassVar[dict] = {
        "action_send": ("draft",),
        "action_recall": ("sent",),
    }
    _actors: ClassVar[dict] = {
        "action_send": ("leader", "service"),
        "action_recall": ("leader", "service"),
    }
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "state",
            "version",
            "validation_id",
            "content_hash",
            "sent_at",
            "sent_by_id",
            "on_behalf",
        }
    )
    # What a sent version still takes: the chatter's own bookkeeping.
    _editable_once_sent: ClassVar[frozenset] = frozenset(
        {"message_follower_ids", "message_ids", "message_main_attachment_id"}
    )

    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    version = fields.Integer(
        compute="_compute_version", store=True, precompute=True, copy=False
    )
    request_id = fields.Many2one(
        related="intervention_id.request_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="intervention_id.company_id", store=True, index=True
    )
    commune_id = fields.Many2one(
        related="intervention_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(
        related="intervention_id.service_id", store=True, index=True
    )
    team_id = fields.Many2one(related="intervention_id.team_id", store=True)
    leader_id = fields.Many2one(
        related="intervention_id.leader_id", store=True, index=True
    )
    instructions = fields.Text(related="intervention_id.instructions")
    request_description = fields.Text(related="request_id.description")
    checklist = fields.Text(related="intervention_id.checklist")
    outcome = fields.Selection(
        OUTCOMES,
        default="done",
        required=True,
    )
    summary = fields.Text("What was done")
    remaining = fields.Text(
        "What is left",
        help="Of a job that is partly done: it makes the next job, to be planned.",
    )
    started_at = fields.Datetime("Start")
    ended_at = fields.Datetime("End")
    line_ids = fields.One2many(
        "intercommunal.report.line", "report_id", "Times and supplies", copy=True
    )
    photo_ids = fields.One2many(
        "intercommunal.photo", "report_id", "Photos", copy=False
    )
    photo_count = fields.Integer(compute="_compute_photo_count")
    available_agent_ids = fields.Many2many(
        "res.users",
        compute="_compute_available_agent_ids",
        help="Whose time may be entered: the job's people and the service's teams.",
    )
    signature = fields.Binary(
        "Signature on site", attachment=True, copy=False, help="Optional."
    )
    total_minutes = fields.Integer(
        "Total minutes", compute="_compute_total_minutes", store=True
    )
    total_hours = fields.Float(
        "Agent hours", compute="_compute_total_minutes", store=True
    )
    client_uuid = fields.Char(
        "Identifier of the draft",
        default=lambda self: str(uuid4()),
        required=True,
        copy=False,
        readonly=True,
        help="Given by the device that wrote the report, so that it arrives once.",
    )
    state = fields.Selection(
        REPORT_STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    validation_id = fields.Many2one(
        "intercommunal.validation", "Approval", readonly=True, copy=False, index=True
    )
    content_hash = fields.Char("Checksum", readonly=True, copy=False)
    sent_at = fields.Datetime("Report sent on", readonly=True, copy=False)
    sent_by_id = fields.Many2one("res.users", "Sent by", readonly=True, copy=False)
    on_behalf = fields.Boolean(
        "Entered by the service",
        readonly=True,
        copy=False,
        help="The service entered the team's paper sheet.",
    )
    last_comment = fields.Text(
        "Words of the commune",
        compute="_compute_last_comment",
        help="Why the version before came back.",
    )

    can_send = fields.Boolean(compute="_compute_can")
    can_recall = fields.Boolean(compute="_compute_can")
    can_edit = fields.Boolean(compute="_compute_can_edit")

    _version_uniq = models.Constraint(
        "UNIQUE(intervention_id, version)", "This version of the report exists already."
    )
    _client_uuid_uniq = models.Constraint(
        "UNIQUE(client_uuid)", "This report was already received."
    )

    # --------------------------------------------------------------- computes

    @api.depends("intervention_id.reference", "version")
    def _compute_display_name(self):
        for report in self:
            report.display_name = self.env._(
                "Report %(reference)s v%(version)s",
                reference=report.intervention_id.reference or "",
                version=report.version,
            )

    @api.depends("intervention_id")
    def _compute_version(self):
        """The next number of the job; given once."""
        last = dict(
            self.env["intercommunal.report"]
            .sudo()
            ._read_group(
                [("intervention_id", "in", self.intervention_id.ids)],
                ["intervention_id"],
                ["version:max"],
            )
        )
        for report in self:
            # a form asks again for a record that has its number
            report.version = (
                report._origin.version
                or report.version
                or last.get(report.sudo().intervention_id, 0) + 1
            )

    @api.depends("photo_ids")
    def _compute_photo_count(self):
        for report in self:
            report.photo_count = len(report.photo_ids)

    @api.depends("intervention_id.agent_ids", "intervention_id.leader_id")
    def _compute_available_agent_ids(self):
        for report in self:
            report.available_agent_ids = report.intervention_id._get_available_agents()

    @api.depends("line_ids.minutes", "line_ids.kind")
    def _compute_total_minutes(self):
        for report in self:
            labour = report.line_ids.filtered(lambda line: line.kind == "labour")
            report.total_minutes = sum(labour.mapped("minutes"))
            report.total_hours = report.total_minutes / 60

    @api.depends("intervention_id.report_ids.state", "version")
    def _compute_last_comment(self):
        for report in self:
            before = report.intervention_id.sudo().report_ids.filtered(
                lambda other, report=report: (
                    other.version < report.version
                    and other.state in ("to_redo", "refused")
                )
            )
            report.last_comment = before.sorted("version")[-1:]._get_return_comment()

    @api.depends_context("uid")
    @api.depends("state", "intervention_id")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can_edit(self):
        for report in self:
            report.can_edit = report.state == "draft" and report.has_access("write")

    # ------------------------------------------------------------ constraints

    @api.constrains("started_at", "ended_at")
    def _check_times(self):
        for report in self:
            if not (report.started_at and report.ended_at):
                continue
            if report.ended_at < report.started_at:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the end comes before the start.",
                        name=report.display_name,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        jobs = self.env["intercommunal.intervention"].browse(
            [vals["intervention_id"] for vals in vals_list if "intervention_id" in vals]
        )
        # first: a refusal must not name a job that the user can't read
        self.check_access("create")
        jobs.check_access("read")
        self._check_open_for_draft(jobs)
        return super().create(vals_list)

    def write(self, vals):
        if not self._is_guard_lifted() and set(vals) - self._editable_once_sent:
            self._check_editable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        self._check_editable()

    def _check_open_for_draft(self, jobs):
        """One draft at a time, on a job that still expects a report."""
        for job in jobs.sudo():
            if any(report.state == "draft" for report in job.report_ids):
                raise UserError(
                    self.env._(
                        "A report of “%(name)s” is already being written: open it"
                        " instead of starting another one.",
                        name=job.display_name,
                    )
                )
            if job.state in ("reported", "approved", "cancelled", "to_plan"):
                raise UserError(
                    self.env._(
                        "“%(name)s” is in state “%(state)s”: it expects no report now.",
                        name=job.display_name,
                        state=job._get_state_label(),
                    )
                )

    def _check_editable(self):
        """A sent version is what the commune reads and decides on: it is frozen."""
        for report in self.sudo():
            if report.state != "draft":
                raise UserError(
                    self.env._(
                        "%(name)s was sent: it does not change any more. Recall it"
                        " before the first decision, or send a new version.",
                        name=report.display_name,
                    )
                )

    # ------------------------------------------------------------ transitions

    def action_send(self):
        """Send the version to the commune and open its approval.

        :raises UserError: no summary, no times, or nobody to approve in the commune
        """
        self._check_can("action_send")
        for report in self:
            report._complete_lines()
            report._check_complete()
            capacities = report._get_capacities()
            report._transition(
                "sent",
                {
                    "sent_at": fields.Datetime.now(),
                    "sent_by_id": self.env.user.id,
                    "on_behalf": not capacities & {"leader", "system"},
                },
            )
            report.sudo().intervention_id._on_report_sent()
            report.sudo().intervention_id._open_follow_on(report.sudo())
            report.sudo()._open_validation()
        return True

    def action_recall(self):
        """Take a sent version back before anybody decided on it.

        The version stays readable; a new draft starts from it.

        :return: the window action of the new draft
        """
        self._check_can("action_recall")
        self.ensure_one()
        self.sudo()._supersede_validation(self.env._("Recalled by the team."))
        self._transition("superseded")
        self.intervention_id._on_report_recalled()
        draft = self.intervention_id._get_draft_report()
        self.photo_ids.sudo()._copy_to(draft)
        return draft._get_window_action()

    def action_add_team(self):
        """Add a line of time for each agent of the job who has none yet.

        Each gets the time of the work, from its start to its end, else the planned
        one: the leader corrects what differs.

        :raises UserError: the report was sent
        """
        self.check_access("write")
        for report in self:
            done = report.line_ids.filtered(lambda line: line.kind == "labour")
            report.write(
                {
                    "line_ids": [
                        Command.create(report._prepare_labour_vals(agent))
                        for agent in report._get_team() - done.agent_id
                    ]
                }
            )
        return True

    # ------------------------------------------------- what transitions rest on

    def _complete_lines(self):
        """Extension point: lines that follow from elsewhere, before the sending."""

    def _get_team(self):
        """Who worked on the job: its agents, else its leader."""
        self.ensure_one()
        return self.intervention_id.agent_ids or self.leader_id

    def _prepare_labour_vals(self, agent):
        """Values of the line that counts the work of ``agent``."""
        self.ensure_one()
        start, end = self.started_at, self.ended_at
        if start and end:
            # to five minutes: nobody on site counts closer
            minutes = min(round((end - start).total_seconds() / 300) * 5, 24 * 60)
        else:
            minutes = round(self.intervention_id.duration * 60)
        vals = {"kind": "labour", "agent_id": agent.id, "minutes": minutes}
        if start:
            vals["date"] = fields.Datetime.context_timestamp(self, start).date()
        return vals

    def _get_record_capacities(self, user):
        return self.intervention_id._get_record_capacities(user)

    def _get_specific_cannot_reason(self, action):
        if action == "action_recall" and self.validation_id._get_events():
            return self.env._(
                "Somebody already decided on %(name)s: it can't be recalled any more.",
                name=self.display_name,
            )
        return ""

    def _check_complete(self):
        """What a report must say before it leaves, all of it in one message."""
        self.ensure_one()
        missing = []
        if not (self.summary or "").strip():
            missing.append(self.env._("say what was done"))
        if self.outcome == "impossible":
            if not self.photo_ids:
                missing.append(self.env._("add a photo of what prevents the work"))
        elif not any(
            line.kind == "labour" and line.minutes > 0 for line in self.line_ids
        ):
            missing.append(self.env._("enter the time of at least one agent"))
        if missing:
            raise UserError(
                self.env._(
                    "Before sending %(name)s: %(missing)s.",
                    name=self.display_name,
                    missing=", ".join(missing),
                )
            )

    def _get_return_decision(self):
        """The decision that sent this version back, if one did."""
        decisions = self.sudo().validation_id.decision_ids.filtered(
            lambda decision: decision.kind in ("rework", "refuse", "arbitrate")
        )
        return decisions.sorted("id")[-1:]

    def _get_return_comment(self):
        """The words with which this version was sent back, or False."""
        return self._get_return_decision().comment or False

    # ------------------------------------------------- subject of an approval

    def _get_validation_payload(self):
        """The protected content of the version, as JSON-able data."""
        self.ensure_one()
        report = self.sudo()
        return {
            "intervention": report.intervention_id.reference or "",
            "request": report.request_id.reference or "",
            "commune": report.commune_id.id,
            "service": report.service_id.id,
            "version": report.version,
            "client_uuid": report.client_uuid,
            "outcome": report.outcome,
            "summary": report.summary or "",
            "started_at": fields.Datetime.to_string(report.started_at) or "",
            "ended_at": fields.Datetime.to_string(report.ended_at) or "",
            "lines": [
                line._get_validation_payload() for line in report.line_ids.sorted("id")
            ],
            "photos": [
                {
                    "uuid": photo.uuid,
                    "kind": photo.kind,
                    "name": photo.name or "",
                    "sha256": photo.checksum or "",
                }
                for photo in report.photo_ids.sorted("id")
            ],
            "signature": report._get_signature_checksum(),
            # what a version does not have is not hashed
            **({"remaining": report.remaining} if report.remaining else {}),
        }

    def _get_signature_checksum(self):
        """SHA-256 of the signature, "" without one."""
        # a client may have asked for the sizes of files instead of their bytes
        signature = self.with_context(bin_size=False).signature
        content = base64.b64decode(signature) if signature else b""
        return hashlib.sha256(content).hexdigest() if content else ""

    def _get_validation_commune(self):
        return self.commune_id

    def _get_validation_service(self):
        return self.service_id

    @api.model
    def _get_replay_domain(self, start, end):
        return Domain("sent_at", ">=", start) & Domain("sent_at", "<", end)

    def _get_validation_type(self):
        return self.request_id.type_id

    def _get_validation_amount(self):
        """What the version costs the commune, in the company's currency."""
        return 0.0

    def _get_validation_authors(self):
        return self.sudo().sent_by_id

    def _on_validation_opened(self, validation):
        self._write_guarded(
            {"validation_id": validation.id, "content_hash": validation.content_hash}
        )

    def _on_validation_approved(self, validation):
        self.sudo().line_ids._accept_all()
        self._transition("accepted")
        self.sudo().intervention_id._on_report_accepted()
        self.sudo()._after_accepted()
        self.sudo().intervention_id.reserve_id._lift(self)

    def _on_validation_approved_reserves(self, validation, parts):
        self.sudo().line_ids._accept_parts(parts)
        self._transition("accepted_reserves")
        self.sudo()._open_reserves(validation, parts)
        self.sudo().intervention_id._on_report_accepted()
        self.sudo()._after_accepted()

    def _open_reserves(self, validation, parts):
        """Each réserve makes a job for its line alone."""
        photos = {photo.uuid: photo.id for photo in validation._get_photos()}
        reserves = self.env["intercommunal.reserve"]._create_guarded(
            [
                {
                    "validation_id": validation.id,
                    "report_line_id": line.id,
                    "text": parts[line.id]["text"],
                    "photo_id": photos.get(parts[line.id].get("photo"), False),
                    "minutes": line.minutes_reserved,
                    "quantity": line.quantity_reserved,
                }
                for line in self.line_ids
                if line.minutes_reserved or line.quantity_reserved
            ]
        )
        reserves.sudo()._open_job()

    def _takes_reserves(self):
        """Whether this version may be approved line by line.

        A job that lifts a réserve does it, or is done again.
        """
        return (
            bool(self) and not self.intervention_id.reserve_id and bool(self.line_ids)
        )

    def _get_validation_loops(self):
        return self.intervention_id.rework_count

    def _get_cannot_reopen_reason(self):
        job = self.intervention_id
        after = {"accepted": "approved", "accepted_reserves": "approved"}
        begun = job.report_id != self or job.state != after.get(self.state, "rework")
        reserves = self.env["intercommunal.reserve"].search(
            [("report_id", "=", self.id), ("state", "!=", "dropped")]
        )
        begun |= any(
            reserve.intervention_id.state not in ("to_plan", "cancelled")
            for reserve in reserves
        )
        if begun or self.request_id.state == "closed":
            return self.env._(
                "The team went on after this decision: send a message instead."
            )
        return ""

    def _reopen_validation(self, validation):
        report = self.sudo()
        reserves = (
            self.env["intercommunal.reserve"]
            .sudo()
            .search([("report_id", "=", report.id), ("state", "=", "open")])
        )
        reserves._write_guarded({"state": "dropped"})
        reserves.intervention_id._transition("cancelled")
        report._before_reopened()
        report.line_ids._reset_acceptance()
        report.intervention_id._on_report_reopened(report)
        self._transition("sent")

    def _before_reopened(self):
        """Extension point: what followed from the acceptance is undone (billing)."""

    def _after_reserve_lifted(self, reserve):
        """Extension point: what was reserved is accepted now (billing)."""

    def _on_validation_rework(self, validation, comment):
        self._transition("to_redo", message=comment)
        self.sudo().intervention_id._on_report_to_redo(comment)

    def _on_validation_refused(self, validation, comment):
        self.sudo().line_ids._refuse_all()
        self._transition("refused", message=comment)
        self.sudo().intervention_id._on_report_to_redo(comment)

    def _after_accepted(self):
        """Extension point, called once when the version is accepted (billing)."""

    # ------------------------------------------------------------------ windows

    def _get_window_action(self):
        """Window of this report, on its form."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_report_action"
        )
        return {**action, "res_id": self.id, "views": [(False, "form")]}
