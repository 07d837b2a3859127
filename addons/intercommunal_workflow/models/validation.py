from math import isfinite
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

from .decision import REMARKS
from .transition_mixin import guard_value, is_guard_value
from .validation_seat import DECIDING_SEATS
from .validation_step import ASKING_STEPS
from .validation_subject import canonical_json

VALIDATION_STATES = [
    ("open", "Open"),
    ("approved", "Approved"),
    ("approved_reserves", "Approved with reserves"),
    ("rework", "To redo"),
    ("refused", "Turned down"),
    ("cancelled", "Cancelled"),
]

MARK_KINDS = {"rect": "rect", "arrow": "arrow", "pen": "pen"}
MAX_MARKS = 50
# After this many rounds of rework, somebody settles the matter.
MAX_LOOPS = 2
MAX_POINTS = 200
# Characters of what goes with the words of a decision.
MAX_DETAILS = 400_000
_CHANNEL_KEY = "intercommunal_channel"


def clamp_share(value):
    """A share of a length, from 0 to 1, with four decimals.

    :raises ValueError: no number
    """
    number = float(value)
    if not isfinite(number):
        raise ValueError(value)
    return round(min(max(number, 0.0), 1.0), 4)


class IntercommunalValidation(models.Model):
    """One run of a circuit over one version of one subject.

    Its decisions are append-only and chained by hashes; nothing here is set by a form.
    """

    _name = "intercommunal.validation"
    _description = "Approval"
    _inherit = [
        "intercommunal.validation.record",
        "intercommunal.portal.page",
        "mail.thread",
    ]
    _portal_path = "/my/validations"
    _order = "id desc"

    _transitions: ClassVar[dict] = {
        "open": ("approved", "approved_reserves", "rework", "refused", "cancelled"),
        # a decision that is revoked at once opens its run again
        "approved": ("open",),
        "approved_reserves": ("open",),
        "rework": ("open",),
        "refused": ("open",),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_approve": None,
        "action_approve_reserves": None,
        "action_rework": "rework",
        "action_refuse": None,
        "action_arbitrate": None,
        "action_annotate": None,
        "action_ask_clarification": None,
        "action_answer_clarification": None,
        "action_close_clarification": None,
        "action_delegate": None,
        "action_revoke": None,
        "action_restart": "cancelled",
    }
    _sources: ClassVar[dict] = {
        **dict.fromkeys(_moves, ("open",)),
        "action_revoke": (
            "open",
            "approved",
            "approved_reserves",
            "rework",
            "refused",
        ),
    }
    # Whoever holds a seat decides, whatever they are otherwise.
    _actors: ClassVar[dict] = {
        "action_approve": ("holder",),
        "action_approve_reserves": ("holder",),
        "action_rework": ("holder",),
        "action_refuse": ("holder",),
        "action_arbitrate": ("holder",),
        "action_annotate": ("holder", "commune", "service", "leader"),
        "action_ask_clarification": ("holder",),
        "action_answer_clarification": ("asked", "service"),
        "action_close_clarification": ("holder",),
        "action_delegate": ("holder",),
        "action_revoke": ("decider",),
        "action_restart": ("service",),
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
    clarification_ids = fields.One2many(
        "intercommunal.clarification", "validation_id", "Questions", readonly=True
    )
    reserve_ids = fields.One2many(
        "intercommunal.reserve", "validation_id", "Reserves", readonly=True
    )
    is_arbitration = fields.Boolean(
        "Arbitration", compute="_compute_is_arbitration", compute_sudo=True
    )
    can_decide = fields.Boolean(compute="_compute_can_decide")
    can_ask = fields.Boolean(compute="_compute_can_decide")
    can_delegate = fields.Boolean(compute="_compute_can_decide")
    can_approve_reserves = fields.Boolean(compute="_compute_can_decide")
    can_revoke = fields.Boolean(compute="_compute_can")
    can_restart = fields.Boolean(compute="_compute_can")
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
                lambda step: step.state in ASKING_STEPS and step.date_due
            ).mapped("date_due")
            run.date_due = min(dates, default=False)

    @api.depends("step_ids.state")
    def _compute_is_arbitration(self):
        for run in self:
            run.is_arbitration = any(
                step.is_arbitration and step.state in ASKING_STEPS
                for step in run.step_ids
            )

    @api.depends_context("uid")
    @api.depends("seat_ids.state", "state")
    def _compute_can_decide(self):
        for run in self:
            seats = run.sudo()._seat_of(self.env.user)
            run.can_decide = run.state == "open" and bool(seats)
            run.is_waiting_for_me = run.can_decide and "pending" in seats.mapped(
                "state"
            )
            run.can_ask = run.can_delegate = run.can_decide
            run.can_approve_reserves = (
                run.can_decide
                and not run.is_arbitration
                and run.sudo().report_id._takes_reserves()
            )

    @api.depends_context("uid")
    @api.depends("decision_ids", "state")
    def _compute_can(self):
        self._set_can_fields(("action_revoke", "action_restart"))

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
            # the seats are one's own: their record rules would be asked 20,000 times
            "seat_ids",
            "any!",
            [("user_id", "=", self.env.uid), ("state", "=", "pending")],
        )

    # --------------------------------------------------------------- decisions

    def action_approve(
        self, content_hash=None, comment=None, channel=None, idempotency_key=None
    ):
        """Approve as a person who is asked to.

        :param str content_hash: checksum of the content that the person saw
        :param str comment: optional words
        :param str channel: backend, portal or mobile
        :param str idempotency_key: the same key is counted once
        :raises UserError: already decided, or the content has changed
        :raises AccessError: this user is not asked
        """
        for run in self:
            seats = run._begin("approve", content_hash, idempotency_key)
            if seats:
                run.sudo()._approve(seats, "approve", comment, channel, idempotency_key)
        return True

    def action_rework(
        self,
        reason=None,
        content_hash=None,
        channel=None,
        idempotency_key=None,
        line_id=None,
        photo_id=None,
    ):
        """Send the work back to be redone, with a reason.

        :param str reason: what is to be done again
        :param int line_id: the report line that is meant, if one is
        :param int photo_id: the photo that is meant, if one is
        """
        return self._send_back(
            "rework",
            reason,
            content_hash,
            channel,
            idempotency_key,
            {"line": line_id, "photo": photo_id},
        )

    def action_refuse(
        self, reason=None, content_hash=None, channel=None, idempotency_key=None
    ):
        """Refuse, with a reason; the step says what follows.

        :param str reason: why
        """
        return self._send_back(
            "refuse", reason, content_hash, channel, idempotency_key, {}
        )

    def action_arbitrate(
        self,
        outcome=None,
        reason=None,
        content_hash=None,
        channel=None,
        idempotency_key=None,
    ):
        """Settle a matter after a refusal, or after two rounds of rework.

        :param str outcome: approve, rework or refuse
        :param str reason: why, for the commune and the team
        """
        if outcome not in ("approve", "rework", "refuse"):
            raise UserError(self.env._("Choose how you settle it."))
        reason = self._clean_reason(reason)
        for run in self:
            if not run.is_arbitration:
                raise UserError(
                    self.env._(
                        "“%(name)s” is not in arbitration.", name=run.display_name
                    )
                )
            seats = run._begin("arbitrate", content_hash, idempotency_key)
            if seats:
                run.sudo()._arbitrate(seats, outcome, reason, channel, idempotency_key)
        return True

    def action_annotate(self, comment=None, channel=None, photo_id=None, marks=None):
        """Add a remark that decides nothing.

        :param str comment: the remark; may be empty when a photo is marked
        :param int photo_id: the photo that is marked
        :param list marks: see `_prepare_marks`
        """
        comment = (comment or "").strip()
        if not (comment or marks):
            raise UserError(self.env._("Write the remark."))
        for run in self:
            run._check_can("action_annotate")
            sudo = run.sudo()
            details = sudo._prepare_marks(photo_id, marks)
            sudo._lock_run()
            sudo._record("annotate", self.env.user, comment, channel, details=details)
        return True

    def _send_back(self, kind, reason, content_hash, channel, idempotency_key, place):
        reason = self._clean_reason(reason)
        for run in self:
            seats = run._begin(kind, content_hash, idempotency_key)
            if not seats:
                continue
            sudo = run.sudo()
            if seats.validation_step_id.filtered("is_arbitration"):
                sudo._arbitrate(seats, kind, reason, channel, idempotency_key)
                continue
            details = sudo._prepare_place(place)
            sudo._decide(seats, kind, reason, channel, idempotency_key, details)
            sudo._conclude_refusal(seats.validation_step_id[:1], kind, reason)
            sudo._after_event()
        return True

    @api.model
    def _clean_reason(self, reason):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Say why in a few words: the team must know what to redo.")
            )
        return reason

    def _approve(self, seats, kind, comment, channel, idempotency_key, details=None):
        """Count an approval by these seats, and go on (called as superuser)."""
        if seats.validation_step_id.filtered("is_arbitration"):
            self._arbitrate(seats, "approve", comment, channel, idempotency_key)
            return
        self._decide(seats, kind, comment, channel, idempotency_key, details)
        seats.validation_step_id._count_approvals()
        self._advance()
        self._after_event()

    def _arbitrate(self, seats, outcome, reason, channel, idempotency_key):
        """Settle the run by the one decision of its arbiter (called as superuser)."""
        details = {"outcome": outcome}
        self._decide(seats, "arbitrate", reason, channel, idempotency_key, details)
        steps = seats.validation_step_id
        if outcome == "approve":
            steps._finish("approved")
            self.step_ids._stop_asking()
            self._conclude_approval()
        else:
            steps._finish("refused")
            self._conclude_sent_back(outcome == "refuse", reason)
        self._after_event()

    # ------------------------------------------------------------ what is meant

    def _prepare_place(self, place):
        """The line and photo that a decision means, checked.

        :param dict place: ids by "line" and "photo", either may be empty
        :raises UserError: it is not of this report
        """
        self.ensure_one()
        details = {}
        if place.get("line"):
            details["line"] = self._find_line(place["line"]).id
        if place.get("photo"):
            details["photo"] = self._find_photo(place["photo"]).uuid
        return details

    def _find_line(self, line_id):
        """The line of this run's report.

        :raises UserError: it is of another one
        """
        line = self.report_id.line_ids.filtered(lambda line: line.id == line_id)
        if not line:
            raise UserError(
                self.env._(
                    "This line is not part of “%(name)s”.", name=self.display_name
                )
            )
        return line

    def _find_photo(self, photo_id):
        """The photo that the deciders of this run see.

        :raises UserError: it is of another file
        """
        photos = self._get_photos()
        photo = photos.filtered(lambda photo: photo.id == photo_id)
        if not photo:
            raise UserError(
                self.env._(
                    "This photo is not part of “%(name)s”.", name=self.display_name
                )
            )
        return photo

    def _get_photos(self):
        """Photos of what is decided on, and of the request that it is about."""
        return self.report_id.photo_ids | self.subject_request_id.photo_ids

    def _prepare_marks(self, photo_id, marks):
        """Marks on a photo, reduced to numbers.

        :param list marks: dicts of ``kind`` (rect, arrow, pen) and ``points``, pairs of
            numbers from 0 to 1: shares of the photo's width and height
        :return: dict for the details of a decision
        :raises UserError: too many, or not marks at all
        """
        if not marks:
            return {}
        photo = self._find_photo(photo_id)
        try:
            clean = [
                {
                    "kind": MARK_KINDS[mark["kind"]],
                    "points": [
                        [clamp_share(x), clamp_share(y)] for x, y in mark["points"]
                    ],
                }
                for mark in marks
            ]
        except (KeyError, TypeError, ValueError):
            clean = []
        if (
            not clean
            or len(clean) > MAX_MARKS
            or any(not 1 <= len(mark["points"]) <= MAX_POINTS for mark in clean)
        ):
            raise UserError(
                self.env._(
                    "The marks on the photo can't be read: draw fewer, simpler ones."
                )
            )
        return {"photo": photo.uuid, "marks": clean}

    # ------------------------------------------------------------------ engine

    def _begin(self, kind, content_hash, idempotency_key):
        """Everything that is checked before a decision of ``kind`` counts.

        :return: the seats of the current user (superuser's environment);
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
        seats = run._seat_of(self.env.user).filtered(lambda seat: seat._is_valid())
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
        last = self._get_events()[-1:]
        raise UserError(
            self.env._(
                "“%(name)s” is already decided (%(state)s) by %(person)s on %(date)s.",
                name=self.display_name,
                state=self._get_state_label(),
                person=last.user_id.name or self.env._("the service"),
                date=self._get_closing_time(),
            )
        )

    def _get_closing_time(self):
        """When the last word was said, as people write it."""
        moment = self._get_events()[-1:].decided_at or self.closed_at
        local = fields.Datetime.context_timestamp(self, moment)
        return local.strftime("%d/%m/%Y %H:%M")

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

    def _get_events(self):
        """The decisions of this run in order, without mere remarks."""
        return self.decision_ids.filtered(
            lambda decision: decision.kind not in REMARKS
        ).sorted("id")

    def _get_subject(self):
        """The request or report that this run is about."""
        self.ensure_one()
        return self.report_id or self.request_id

    def _get_pending_seats(self):
        return self.seat_ids.filtered(lambda seat: seat.state == "pending")

    def _seat_of(self, user):
        """The seats on which ``user`` may decide now."""
        return self.seat_ids.filtered(
            lambda seat: seat.state in DECIDING_SEATS and seat.user_id == user
        )

    def _can_be_asked(self, user):
        """Whether ``user`` is a living person with a role in the application.

        A seat opens the run itself to whoever holds it.
        """
        return bool(
            user.active
            and self.company_id in user.company_ids
            and self.browse().with_user(user).has_access("read")
        )

    def _can_be_opened_by(self, user):
        """Whether ``user`` reads this run already, without a seat in it."""
        return self._can_be_asked(user) and self.with_user(user).with_context(
            allowed_company_ids=self.company_id.ids
        ).has_access("read")

    def _get_excluded_users(self, circuit_step):
        """Whom four eyes exclude: authors, and who approved at an earlier step.

        Whoever approved on behalf of somebody excludes both.
        """
        earlier = self.seat_ids.filtered(
            lambda seat: (
                seat.state == "decided"
                and seat.validation_step_id.sequence < circuit_step.sequence
            )
        )
        authors = self._get_subject()._get_validation_authors()
        return authors | earlier.user_id | earlier.on_behalf_of_id

    def _decide(
        self, seats, kind, comment, channel, idempotency_key=None, details=None
    ):
        """Write one decision a seat, and close these seats."""
        person = seats.user_id
        for seat in seats:
            decision = self._record(
                kind,
                seat.user_id,
                comment,
                channel,
                seat=seat,
                # one key a person, however many seats they hold
                idempotency_key=idempotency_key if seat == seats[0] else None,
                details=details,
            )
            seat._write_guarded({"state": "decided", "decision_id": decision.id})
        # the voice of an absent person is given once
        principals = {seat._get_principal() for seat in seats}
        self.seat_ids.filtered(
            lambda seat: (
                seat.validation_step_id in seats.validation_step_id
                and seat._get_principal() in principals
            )
        )._withdraw()
        # whoever decides does not wait for an answer any more
        self.clarification_ids.filtered(
            lambda question: question.asked_by_id in person
        )._close_open()

    def _record(
        self,
        kind,
        user,
        comment,
        channel,
        seat=None,
        idempotency_key=None,
        details=None,
    ):
        """Append one decision to the chain of this run."""
        self.ensure_one()
        # what is written once for ever has an end too
        self._check_length(comment)
        self._check_length(str(details or ""), MAX_DETAILS)
        return self.env["intercommunal.decision"]._append(
            self,
            {
                "kind": kind,
                "user_id": user.id,
                "on_behalf_of_id": seat.on_behalf_of_id.id if seat else False,
                "validation_step_id": seat.validation_step_id.id if seat else False,
                "comment": comment or False,
                "details": canonical_json(details) if details else False,
                "channel": self._get_channel(channel),
                "idempotency_key": idempotency_key or False,
            },
        )

    def _from_channel(self, channel):
        """The same runs, decided on through something that no client can name.

        :param str channel: link or system
        """
        return self.with_context(**{_CHANNEL_KEY: guard_value(channel)})

    def _get_channel(self, channel):
        """Where a decision comes from.

        A caller names its own screen at most: decisions by an e-mail link are
        recorded by what checks the link.

        :raises UserError: no such screen
        """
        ours = self.env.context.get(_CHANNEL_KEY)
        if is_guard_value(ours):
            return ours.value
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
            if self.step_ids.filtered(lambda step: step.state in ASKING_STEPS):
                return
            waiting = self.step_ids.filtered(
                lambda step: step.state == "waiting" and not step.is_arbitration
            )
            if not waiting:
                self._conclude_approval()
                return
            by_sequence = waiting.grouped("sequence")
            by_sequence[min(by_sequence)]._open_step()

    def _after_event(self):
        """What follows from any event: the file's ball moves, people's counters too."""
        self.ensure_one()
        self.subject_request_id._refresh_ball()
        if self.state != "open":
            self._notify_outcome()

    def _conclude_approval(self):
        """Approve, provided that somebody did: an empty circuit approves nothing."""
        if not self.step_ids.filtered(lambda step: step.state == "approved"):
            raise UserError(
                self.env._(
                    "No step of the circuit “%(circuit)s” applies to “%(name)s”:"
                    " nobody would approve it. Ask the administrator to complete it.",
                    circuit=self.circuit_id.name,
                    name=self.display_name,
                )
            )
        # an arbiter who was not needed
        self.step_ids._stop_asking()
        parts = self._get_accepted_parts()
        state = "approved_reserves" if parts else "approved"
        self._transition(state, {"closed_at": fields.Datetime.now()})
        subject = self._get_subject()
        if parts:
            subject._on_validation_approved_reserves(self, parts)
        else:
            subject._on_validation_approved(self)

    def _get_accepted_parts(self):
        """What was not accepted whole, line by line; empty when everything was."""
        return {}

    def _conclude_refusal(self, step, kind, reason):
        """Close the run after a step was refused, or go back to an earlier step."""
        step._finish("refused")
        outcome = step.circuit_step_id.on_refusal
        if kind == "refuse" and outcome == "back":
            self._go_back(step.circuit_step_id.back_step_id)
        elif not self._ask_arbiter(kind):
            self._conclude_sent_back(kind == "refuse" and outcome == "cancel", reason)

    def _conclude_sent_back(self, refused, reason):
        """Close the run: refused for good, or sent back to be redone."""
        self.step_ids._stop_asking()
        state = "refused" if refused else "rework"
        self._transition(state, {"closed_at": fields.Datetime.now()})
        subject = self._get_subject()
        if refused:
            subject._on_validation_refused(self, reason)
        else:
            subject._on_validation_rework(self, reason)

    def _ask_arbiter(self, kind):
        """Ask the person whom the circuit names for arbitration, if it is time to.

        It is after a refusal, or when the work already went back twice.

        :return: whether somebody is asked
        """
        if kind == "rework" and self._get_subject()._get_validation_loops() < MAX_LOOPS:
            return False
        arbiters = self.step_ids.filtered(
            lambda step: (
                step.is_arbitration
                and step.state == "waiting"
                and step.circuit_step_id._applies(self)
                and (
                    step.circuit_step_id._resolve(self)
                    or step.circuit_step_id.vacant_mode == "escalation"
                )
            )
        )
        if not arbiters:
            return False
        others = self.step_ids - arbiters
        others._stop_asking()
        arbiters[:1]._open_step()
        return True

    def _go_back(self, circuit_step):
        again = self.step_ids.filtered(
            lambda step: step.sequence >= circuit_step.sequence
        )
        # they are asked anew: what they decided stays in the history
        again.seat_ids._write_guarded({"state": "withdrawn"})
        # the same persons take new seats at once: free the old ones in the table
        again.seat_ids.flush_recordset(["state"])
        again._leave()
        again._write_guarded({"state": "waiting", "closed_at": False})
        self._advance()

    def _close(self, state, kind, reason, user=None, channel=None):
        """Close the run from outside: its content was withdrawn or replaced."""
        self.ensure_one()
        self._lock_run()
        self._check_open()
        self._record(kind, user or self.env.user, reason, channel)
        self.step_ids._stop_asking()
        self._transition(state, {"closed_at": fields.Datetime.now()})

    # ------------------------------------------------------------------ rights

    def _get_record_capacities(self, user):
        capacities = self._get_subject()._get_record_capacities(user)
        if self._seat_of(user):
            capacities.add("holder")
        if user in self.clarification_ids._get_open().asked_user_id:
            capacities.add("asked")
        if user in self._get_revocable().user_id:
            capacities.add("decider")
        return capacities

    @api.model
    def _get_capacity_labels(self):
        return {
            **super()._get_capacity_labels(),
            "holder": self.env._("the persons asked to decide"),
            "asked": self.env._("the person asked to answer"),
            "decider": self.env._("the person who has just decided"),
        }

    # -------------------------------------------------------------------- time

    @api.model
    def _read_date(self, value):
        """A date that a client sent, or False.

        :raises UserError: no date
        """
        try:
            return fields.Date.to_date(value) or False
        except (TypeError, ValueError):
            raise UserError(
                self.env._("“%(value)s” is not a date.", value=str(value)[:40])
            ) from None

    def _get_due_date(self, days):
        """Date by which a step asked today is due: ``days`` working days from now."""
        today = fields.Date.context_today(self)
        return self.company_id._add_working_days(today, days)
