from datetime import timedelta
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

VALIDATION_STATES = [
    ("open", "Open"),
    ("approved", "Approved"),
    ("approved_reserves", "Approved with reserves"),
    ("rework", "To redo"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]


class IntercommunalValidation(models.Model):
    """One run of a circuit over one version of one subject.

    Its decisions are append-only and chained by hashes; nothing here is set by a form.
    """

    _name = "intercommunal.validation"
    _description = "Approval"
    _inherit = ["intercommunal.validation.record", "mail.thread"]
    _order = "id desc"

    _transitions: ClassVar[dict] = {
        "open": ("approved", "approved_reserves", "rework", "refused", "cancelled"),
        "approved": (),
        "approved_reserves": (),
        "rework": (),
        "refused": (),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_approve": None,
        "action_rework": "rework",
        "action_refuse": None,
        "action_annotate": None,
    }
    _sources: ClassVar[dict] = dict.fromkeys(_moves, ("open",))
    # Whoever holds a pending seat decides, whatever they are otherwise.
    _actors: ClassVar[dict] = {
        "action_approve": ("holder",),
        "action_rework": ("holder",),
        "action_refuse": ("holder",),
        "action_annotate": ("holder", "commune", "service", "leader"),
    }

    circuit_id = fields.Many2one(
        "intercommunal.circuit",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    report_id = fields.Many2one(
        "intercommunal.report",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    request_id = fields.Many2one(
        "intercommunal.request",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    subject_request_id = fields.Many2one(
        "intercommunal.request", "File", compute="_compute_subject", store=True
    )
    subject_name = fields.Char("Subject", related="subject_request_id.name", store=True)
    company_id = fields.Many2one(
        "res.company", "Intercommunality", required=True, readonly=True, index=True
    )
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    content_hash = fields.Char("Checksum of the content", required=True, readonly=True)
    state = fields.Selection(
        VALIDATION_STATES, default="open", required=True, readonly=True
    )
    step_ids = fields.One2many(
        "intercommunal.validation.step", "validation_id", "Steps", readonly=True
    )
    seat_ids = fields.One2many(
        "intercommunal.validation.seat", "validation_id", "Deciders", readonly=True
    )
    pending_user_ids = fields.Many2many(
        "res.users", string="Waiting for", compute="_compute_pending_user_ids"
    )
    decision_ids = fields.One2many(
        "intercommunal.decision", "validation_id", "Decisions", readonly=True
    )
    opened_at = fields.Datetime(
        "Asked on", default=fields.Datetime.now, required=True, readonly=True
    )
    closed_at = fields.Datetime("Decided on", readonly=True)
    date_due = fields.Date("Due", compute="_compute_date_due", store=True)
    can_decide = fields.Boolean(compute="_compute_can_decide")
    is_waiting_for_me = fields.Boolean(
        "Waiting for me", compute="_compute_can_decide", search="_search_waiting"
    )
    report_summary = fields.Text(related="report_id.summary")
    report_outcome = fields.Selection(related="report_id.outcome")
    report_line_ids = fields.One2many(related="report_id.line_ids")
    report_photo_ids = fields.One2many(related="report_id.photo_ids")
    report_started_at = fields.Datetime(related="report_id.started_at")
    report_ended_at = fields.Datetime(related="report_id.ended_at")

    _one_subject = models.Constraint(
        "CHECK((report_id IS NULL) != (request_id IS NULL))",
        "An approval is about one request or one report.",
    )
    _open_report_uniq = models.UniqueIndex(
        "(report_id) WHERE state = 'open' AND report_id IS NOT NULL",
        "This report already has an open approval.",
    )
    _open_request_uniq = models.UniqueIndex(
        "(request_id) WHERE state = 'open' AND request_id IS NOT NULL",
        "This request already has an open approval.",
    )

    # --------------------------------------------------------------- computes

    @api.depends("report_id.request_id", "request_id")
    def _compute_subject(self):
        for run in self:
            run.subject_request_id = run.request_id or run.report_id.request_id

    @api.depends("report_id", "request_id")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.sudo()._get_subject().display_name

    @api.depends("seat_ids.state")
    def _compute_pending_user_ids(self):
        for run in self:
            run.pending_user_ids = run.sudo()._get_pending_seats().user_id

    @api.depends("step_ids.date_due", "step_ids.state")
    def _compute_date_due(self):
        for run in self:
            dates = run.step_ids.filtered(
                lambda step: step.state == "pending" and step.date_due
            ).mapped("date_due")
            run.date_due = min(dates, default=False)

    @api.depends_context("uid")
    @api.depends("seat_ids.state", "state")
    def _compute_can_decide(self):
        for run in self:
            seats = run.sudo()._get_pending_seats()
            run.can_decide = run.state == "open" and self.env.user in seats.user_id
            run.is_waiting_for_me = run.can_decide

    @api.model
    def _search_waiting(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_pending_domain()
        return domain if True in value else ~domain

    @api.model
    def _get_pending_domain(self):
        """Runs in which the current user is asked to decide now."""
        return Domain(
            "seat_ids",
            "any",
            [("user_id", "=", self.env.uid), ("state", "=", "pending")],
        )

    # --------------------------------------------------------------- decisions

    def action_approve(
        self, content_hash=None, comment=None, channel=None, idempotency_key=None
    ):
        """Approve as a person who is asked to.

        :param str content_hash: checksum of the content that the person saw
        :param str comment: optional words
        :param str channel: backend, portal, link or mobile
        :param str idempotency_key: the same key is counted once
        :raises UserError: already decided, or the content has changed
        :raises AccessError: this user is not asked
        """
        for run in self:
            seats = run._begin("approve", content_hash, idempotency_key)
            if not seats:
                continue
            sudo = run.sudo()
            sudo._decide(seats, "approve", comment, channel, idempotency_key)
            for step in seats.validation_step_id:
                step._count_approvals()
            sudo._advance()
        return True

    def action_rework(
        self, reason=None, content_hash=None, channel=None, idempotency_key=None
    ):
        """Send the work back to be redone, with a reason.

        :param str reason: what is to be done again
        """
        return self._send_back("rework", reason, content_hash, channel, idempotency_key)

    def action_refuse(
        self, reason=None, content_hash=None, channel=None, idempotency_key=None
    ):
        """Refuse, with a reason; the step says what follows.

        :param str reason: why
        """
        return self._send_back("refuse", reason, content_hash, channel, idempotency_key)

    def action_annotate(self, comment=None, channel=None):
        """Add a remark that decides nothing.

        :param str comment: the remark
        """
        comment = (comment or "").strip()
        if not comment:
            raise UserError(self.env._("Write the remark."))
        for run in self:
            run._check_can("action_annotate")
            sudo = run.sudo()
            sudo._lock_run()
            sudo._record("annotate", self.env.user, comment, channel)
        return True

    def _send_back(self, kind, reason, content_hash, channel, idempotency_key):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why in a few words: the team must know what to redo.")
            )
        for run in self:
            seats = run._begin(kind, content_hash, idempotency_key)
            if not seats:
                continue
            sudo = run.sudo()
            sudo._decide(seats, kind, reason, channel, idempotency_key)
            sudo._conclude_refusal(seats.validation_step_id[:1], kind, reason)
        return True

    # ------------------------------------------------------------------ engine

    def _begin(self, kind, content_hash, idempotency_key):
        """Everything that is checked before a decision of ``kind`` counts.

        :return: the pending seats of the current user (superuser's environment);
            none when this very decision was already received
        """
        self.ensure_one()
        self.check_access("read")
        run = self.sudo()
        run._lock_run()
        if run._has_decision(kind, idempotency_key, self.env.user):
            return run.seat_ids.browse()
        run._check_open()
        run._check_content(content_hash)
        seats = run._get_pending_seats().filtered(
            lambda seat: seat.user_id == self.env.user and seat._is_valid()
        )
        if not seats:
            raise AccessError(
                self.env._(
                    "You are not asked to decide on “%(name)s” now.",
                    name=run.display_name,
                )
            )
        return seats

    def _lock_run(self):
        """The first of two deciders goes on; the other is told at once."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody is deciding on “%(name)s” right now. Reload the page.",
                    name=self.display_name,
                )
            ) from None

    def _check_open(self):
        if self.state == "open":
            return
        last = self.decision_ids.sorted("id")[-1:]
        raise UserError(
            self.env._(
                "“%(name)s” is already decided (%(state)s) by %(person)s on %(date)s.",
                name=self.display_name,
                state=self._get_state_label(),
                person=last.user_id.name or self.env._("the service"),
                date=fields.Datetime.context_timestamp(
                    self, last.decided_at or self.closed_at
                ).strftime("%d/%m/%Y %H:%M"),
            )
        )

    def _check_content(self, content_hash):
        """What the person saw is what the run is about, and it is intact."""
        current = self._get_subject()._get_validation_hash()
        if current != self.content_hash or content_hash not in (None, current):
            raise UserError(
                self.env._(
                    "“%(name)s” has changed since you opened it. Reload the page and"
                    " read it again before deciding.",
                    name=self.display_name,
                )
            )

    def _has_decision(self, kind, idempotency_key, user):
        """Whether this very decision is already in the history."""
        return bool(idempotency_key) and any(
            decision.idempotency_key == idempotency_key
            and decision.user_id == user
            and decision.kind == kind
            for decision in self.decision_ids
        )

    def _get_subject(self):
        """The request or report that this run is about."""
        self.ensure_one()
        return self.report_id or self.request_id

    def _get_pending_seats(self):
        return self.seat_ids.filtered(lambda seat: seat.state == "pending")

    def _get_excluded_users(self, circuit_step):
        """Whom four eyes exclude: authors, and who approved at an earlier step."""
        earlier = self.decision_ids.filtered(
            lambda decision: (
                decision.kind == "approve"
                and decision.validation_step_id.sequence < circuit_step.sequence
            )
        )
        return self._get_subject()._get_validation_authors() | earlier.user_id

    def _decide(self, seats, kind, comment, channel, idempotency_key):
        """Write one decision a seat, and close these seats."""
        for seat in seats:
            decision = self._record(
                kind,
                seat.user_id,
                comment,
                channel,
                seat=seat,
                # one key a person, however many seats they hold
                idempotency_key=idempotency_key if seat == seats[0] else None,
            )
            seat._write_guarded({"state": "decided", "decision_id": decision.id})

    def _record(self, kind, user, comment, channel, seat=None, idempotency_key=None):
        """Append one decision to the chain of this run."""
        self.ensure_one()
        return self.env["intercommunal.decision"]._append(
            self,
            {
                "kind": kind,
                "user_id": user.id,
                "on_behalf_of_id": seat.on_behalf_of_id.id if seat else False,
                "validation_step_id": seat.validation_step_id.id if seat else False,
                "comment": comment or False,
                "channel": self._get_channel(channel),
                "idempotency_key": idempotency_key or False,
            },
        )

    def _get_channel(self, channel):
        """Where a decision comes from.

        A caller names its own screen at most: decisions by an e-mail link are
        recorded by what checks the link.

        :raises UserError: no such screen
        """
        if not channel:
            return "portal" if self.env.user.share else "backend"
        if channel not in ("backend", "portal", "mobile"):
            raise UserError(
                self.env._("A decision can't come from “%(channel)s”.", channel=channel)
            )
        return channel

    def _advance(self):
        """Ask the next steps; conclude when nobody is left to ask."""
        self.ensure_one()
        while self.state == "open":
            if self.step_ids.filtered(
                lambda s: s.state in ("pending", "clarification")
            ):
                return
            waiting = self.step_ids.filtered(lambda step: step.state == "waiting")
            if not waiting:
                self._conclude_approval()
                return
            by_sequence = waiting.grouped("sequence")
            by_sequence[min(by_sequence)]._open_step()

    def _conclude_approval(self):
        """Approve, provided that somebody did: an empty circuit approves nothing."""
        if not any(decision.kind == "approve" for decision in self.decision_ids):
            raise UserError(
                self.env._(
                    "No step of the circuit “%(circuit)s” applies to “%(name)s”:"
                    " nobody would approve it. Ask the administrator to complete it.",
                    circuit=self.circuit_id.name,
                    name=self.display_name,
                )
            )
        self._transition("approved", {"closed_at": fields.Datetime.now()})
        self._get_subject()._on_validation_approved(self)

    def _conclude_refusal(self, step, kind, reason):
        """Close the run after a step was refused, or go back to an earlier step."""
        step._write_guarded({"state": "refused", "closed_at": fields.Datetime.now()})
        outcome = step.circuit_step_id.on_refusal
        if kind == "refuse" and outcome == "back":
            self._go_back(step.circuit_step_id.back_step_id)
            return
        self.step_ids._stop_asking()
        refused = kind == "refuse" and outcome == "cancel"
        state = "refused" if refused else "rework"
        self._transition(state, {"closed_at": fields.Datetime.now()})
        subject = self._get_subject()
        if refused:
            subject._on_validation_refused(self, reason)
        else:
            subject._on_validation_rework(self, reason)

    def _go_back(self, circuit_step):
        again = self.step_ids.filtered(
            lambda step: step.sequence >= circuit_step.sequence
        )
        # they are asked anew: what they decided stays in the history
        again.seat_ids._write_guarded({"state": "withdrawn"})
        # the same persons take new seats at once: free the old ones in the table
        again.seat_ids.flush_recordset(["state"])
        again._write_guarded({"state": "waiting", "closed_at": False})
        self._advance()

    def _close(self, state, kind, reason):
        """Close the run from outside: its content was withdrawn or replaced."""
        self.ensure_one()
        self._lock_run()
        self._record(kind, self.env.user, reason, None)
        self.step_ids._stop_asking()
        self._transition(state, {"closed_at": fields.Datetime.now()})

    # ------------------------------------------------------------------ rights

    def _get_record_capacities(self, user):
        capacities = self._get_subject()._get_record_capacities(user)
        if user in self._get_pending_seats().user_id:
            capacities.add("holder")
        return capacities

    @api.model
    def _get_capacity_labels(self):
        return {
            **super()._get_capacity_labels(),
            "holder": self.env._("the persons asked to decide"),
        }

    # -------------------------------------------------------------------- mail

    def _notify_holders(self, users):
        """Tell those whose turn it is, and nobody else."""
        self.ensure_one()
        self.message_notify(
            partner_ids=users.partner_id.ids,
            subject=self.env._("To approve: %(name)s", name=self.display_name),
            body=self.env._(
                "%(commune)s: “%(subject)s” is waiting for your decision.",
                commune=self.commune_id.name,
                subject=self.subject_name or self.display_name,
            ),
        )

    # -------------------------------------------------------------------- time

    @api.model
    def _get_due_date(self, days):
        """Date by which a step asked today is due: ``days`` working days from now."""
        date = fields.Date.context_today(self)
        while days > 0:
            date += timedelta(days=1)
            if date.weekday() < 5:
                days -= 1
        return date

    # ------------------------------------------------------------------ verify

    def _verify_chain(self):
        """Names what was tampered with in these runs.

        :return: list of sentences, empty when every chain is whole
        """
        faults = []
        for run in self.sudo():
            faults += run.decision_ids.sorted("id")._verify_chain_of(run)
        return faults
