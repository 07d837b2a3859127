from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from .request import CLOSED_STATES, STAFF_GROUPS

# Whose turn it is when a job is stopped: waiting for the weather is the team's own.
BALL_OF_BLOCK = {
    "weather": "team",
    "part": "service",
    "access": "commune",
    "danger": "service",
    "network": "service",
    "other": "service",
}
# No clock runs: not sent yet, done, or over.
STILL_STATES = ("draft", "validated", *CLOSED_STATES)
MINUTE, HOUR, DAY = 60, 3600, 86400


class IntercommunalRequest(models.Model):
    """Who must act on a request, since when, and at whose expense of time."""

    _inherit = "intercommunal.request"

    clock_side = fields.Selection(
        [("commune", "Commune"), ("cc", "Intercommunality")],
        "Time of",
        readonly=True,
        copy=False,
        help="Whose clock runs: never both.",
    )
    clock_since = fields.Datetime("Clock since", readonly=True, copy=False)
    commune_seconds = fields.Integer(
        "Seconds of the commune", readonly=True, copy=False
    )
    cc_seconds = fields.Integer(
        "Seconds of the intercommunality", readonly=True, copy=False
    )
    commune_hours = fields.Float(
        "Hours of the commune", compute="_compute_clock_hours", digits=(16, 1)
    )
    cc_hours = fields.Float(
        "Hours of the intercommunality", compute="_compute_clock_hours", digits=(16, 1)
    )
    commune_clock = fields.Char("Time of the commune", compute="_compute_clocks")
    cc_clock = fields.Char("Time of the intercommunality", compute="_compute_clocks")
    clock_words = fields.Char("Time taken", compute="_compute_clock_words")
    blocked_amount = fields.Monetary(
        "At stake", readonly=True, copy=False, groups=STAFF_GROUPS
    )
    waiting_days = fields.Integer("Days waiting", compute="_compute_waiting_days")
    waiting_team_id = fields.Many2one(
        "intercommunal.team", "Team that waits", compute="_compute_waiting_team_id"
    )
    reminded_on = fields.Date("Reminded on", readonly=True, copy=False)

    # --------------------------------------------------------------- computes

    @api.depends("clock_side", "clock_since", "commune_seconds", "cc_seconds")
    def _compute_clock_hours(self):
        for request in self:
            clocks = request._get_clocks()
            request.commune_hours = clocks["commune"] / HOUR
            request.cc_hours = clocks["cc"] / HOUR

    @api.depends("clock_side", "clock_since", "commune_seconds", "cc_seconds")
    def _compute_clocks(self):
        # on each card of the board: how time is said is looked up once for all, and
        # requests that say the same, as most do of a side, are assigned at once
        tell, now = self._get_teller(), fields.Datetime.now()
        alike = {"commune": defaultdict(list), "cc": defaultdict(list)}
        for request in self:
            clocks = request._get_clocks(now)
            started = any(clocks.values())
            for side, seconds in clocks.items():
                alike[side][started and tell(seconds)].append(request.id)
        for side, texts in alike.items():
            for text, ids in texts.items():
                self.browse(ids)[f"{side}_clock"] = text

    @api.depends("commune_clock", "cc_clock")
    def _compute_clock_words(self):
        for request in self:
            request.clock_words = request.commune_clock and self.env._(
                "Commune %(commune)s, intercommunality %(cc)s",
                commune=request.commune_clock,
                cc=request.cc_clock,
            )

    @api.depends("ball_since", "state")
    def _compute_waiting_days(self):
        now = fields.Datetime.now()
        for request in self:
            waits = request.ball_since and request.state not in STILL_STATES
            request.waiting_days = (now - request.ball_since).days if waits else 0

    @api.depends("intervention_ids.team_id")
    def _compute_waiting_team_id(self):
        for request in self:
            request.waiting_team_id = request.sudo().intervention_ids.team_id[:1]

    # ------------------------------------------------------------------ clocks

    def _get_clocks(self, now=None):
        """Seconds that each side has taken so far, the running clock included.

        :param datetime now: when many are read at once
        :return: dict ``commune`` and ``cc``; together the time since the sending
        """
        self.ensure_one()
        clocks = {"commune": self.commune_seconds, "cc": self.cc_seconds}
        if self.clock_side and self.clock_since:
            running = (now or fields.Datetime.now()) - self.clock_since
            clocks[self.clock_side] += int(running.total_seconds())
        return clocks

    @api.model
    def _get_teller(self):
        """How this language says a number of seconds.

        :return: function of seconds: “3 d 4 h”, “5 h 10” or “12 min”
        """
        days, hours, minutes = (
            self.env._("%(days)s d %(hours)s h"),
            self.env._("%(hours)s h %(minutes)s"),
            self.env._("%(minutes)s min"),
        )

        def tell(seconds):
            if seconds >= DAY:
                return days % {"days": seconds // DAY, "hours": seconds % DAY // HOUR}
            if seconds >= HOUR:
                rest = f"{seconds % HOUR // MINUTE:02d}"
                return hours % {"hours": seconds // HOUR, "minutes": rest}
            return minutes % {"minutes": seconds // MINUTE}

        return tell

    def _get_clock_side(self, ball):
        """Whose time it is when ``ball`` is whose turn it is."""
        self.ensure_one()
        if self.state in STILL_STATES:
            return False
        if ball != "approver":
            return "commune" if ball == "commune" else "cc"
        steps = (
            self._get_open_runs()
            .seat_ids.filtered(lambda seat: seat.state in ("pending", "asking"))
            .validation_step_id
        )
        resolvers = steps.circuit_step_id.mapped("resolver")
        return "commune" if "commune_role" in resolvers else "cc"

    # -------------------------------------------------------------------- ball

    def _get_open_runs(self):
        return self.validation_ids.filtered(lambda run: run.state == "open")

    def _get_open_question(self):
        """The question that must be answered before anybody decides."""
        questions = self._get_open_runs().clarification_ids
        return questions._get_open().sorted("id")[:1]

    def _get_ball(self):
        """Whose turn it is: state, then what stops the work or the decision."""
        self.ensure_one()
        ball = self._ball_by_state[self.state]
        if ball == "approver" and not self._get_pending_users():
            question = self._get_open_question()
            if question:
                asked = question.asked_user_id
                if asked._get_commune_capacities(self.commune_id):
                    return "commune"
                return "service" if asked in self.service_id.manager_ids else "team"
        if ball == "team":
            blocked = self.intervention_ids.filtered(lambda job: job.state == "blocked")
            if blocked:
                return BALL_OF_BLOCK.get(blocked[0].block_reason, "service")
        return ball

    def _get_ball_user(self, ball=None):
        self.ensure_one()
        if self.state in ("approval", "to_validate") and not self._get_pending_users():
            asked = self._get_open_question().asked_user_id
            if asked.active:
                return asked
        return super()._get_ball_user(ball)

    def _get_blocked_amount(self):
        """What waits on this case, in euros: the work to approve, else the estimate."""
        return self._get_open_runs()[:1].amount or self.estimated_cost

    def _refresh_ball(self):
        """Say again in whose hands these files are, and let that side's clock run.

        Called after each transition, and by the approval engine after each event.
        """
        now = fields.Datetime.now()
        for request in self.sudo():
            vals = {}
            ball = request._get_ball()
            if ball != request.ball:
                vals["ball"] = ball
            before = request.ball_user_id
            holder = request._get_ball_user(ball)
            if holder != before:
                vals["ball_user_id"] = holder.id
            if vals:
                vals["ball_since"] = now
            side = request._get_clock_side(ball)
            if side != request.clock_side:
                vals.update(request._prepare_clock_vals(side, now))
            amount = request._get_blocked_amount()
            if request.currency_id.compare_amounts(amount, request.blocked_amount):
                vals["blocked_amount"] = amount
            if vals:
                request._write_guarded(vals)

    def _prepare_clock_vals(self, side, now):
        """Stop the clock that runs, and start that of ``side``."""
        self.ensure_one()
        vals = {"clock_side": side, "clock_since": now if side else False}
        if self.clock_side and self.clock_since:
            name = f"{self.clock_side}_seconds"
            vals[name] = self[name] + int((now - self.clock_since).total_seconds())
        return vals

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        self._refresh_ball()
        return result

    def _follow_interventions(self):
        before = {request.id: request.state for request in self}
        result = super()._follow_interventions()
        # a job may be stopped without the request's state changing
        self.filtered(
            lambda request: request.state == before[request.id]
        )._refresh_ball()
        return result

    # ------------------------------------------------------------------- radar

    def action_remind_holder(self):
        """Remind whoever must act on these cases, once a day at most.

        :raises UserError: already reminded today, or nobody to remind
        """
        self._check_can("action_remind_holder")
        today = fields.Date.context_today(self)
        for request in self.sudo():
            if request.reminded_on == today:
                raise UserError(
                    self.env._(
                        "%(person)s was reminded today of “%(name)s” already.",
                        person=request.ball_user_id.name,
                        name=request.display_name,
                    )
                )
            if not request.ball_user_id.active:
                raise UserError(
                    self.env._("Nobody holds “%(name)s”.", name=request.display_name)
                )
            request._write_guarded({"reminded_on": today})
            request.message_notify(
                partner_ids=request.ball_user_id.partner_id.ids,
                subject=self.env._("It waits for you: %(name)s", name=request.name),
                body=plaintext2html(
                    self.env._(
                        "“%(name)s” (%(commune)s) has been in your hands for %(days)s"
                        " days.",
                        name=request.display_name,
                        commune=request.commune_id.name,
                        days=request.waiting_days,
                    )
                ),
            )
        return True

    @api.model
    def _get_radar_domain(self):
        """Open cases, in which somebody must act."""
        return Domain("state", "not in", STILL_STATES)
