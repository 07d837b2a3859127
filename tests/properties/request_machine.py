"""Requests and their jobs, through any sequence of acts by anybody."""

from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from property_cast import create_circuit
from property_invariants import INVARIANTS, check_chains
from property_machine import ROUNDS, OdooMachine

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

TEXT = "Because."
STILL = ("draft", "validated", "closed", "refused", "cancelled")
SERVICE = ("manager", "manager2")
COMMUNE = ("requester", "referent", "referent2", "mayor", "deputy", "dgs")
REFERENTS = ("referent", "referent2", "dgs")
TEAM = ("leader", "agent", *SERVICE)
# Who may do what, in the test's own words (security.md); logins of the cast.
REQUEST_ACTS = {
    "submit": (*COMMUNE, *SERVICE),
    "withdraw": COMMUNE,
    "accept": SERVICE,
    "reject": SERVICE,
    "ask_info": SERVICE,
    "answer_info": (*COMMUNE, *SERVICE),
    "schedule": SERVICE,
    "reroute": SERVICE,
    "cancel": SERVICE,
    "contest": REFERENTS,
    "reconsider": SERVICE,
    "remind_holder": (*SERVICE, "direction"),
}
JOB_ACTS = {
    "plan": SERVICE,
    "start": TEAM,
    "block": TEAM,
    "resume": TEAM,
    "finish": TEAM,
    "cannot_do": ("leader", *SERVICE),
    "cancel": SERVICE,
}
actors = st.integers(0, 14)
picks = st.integers(0, 2)


class RequestMachine(OdooMachine):
    """Up to three requests of a commune, with or without an agreement before work."""

    rounds = 4 * ROUNDS
    goals = {  # noqa: RUF012  read only
        ("intercommunal.request", state)
        for state in ("submitted", "info_requested", "accepted", "planned", "cancelled")
    } | {
        ("intercommunal.intervention", state)
        for state in ("planned", "in_progress", "to_report")
    }

    def __init__(self):
        super().__init__()
        self.clocks = {}
        self.known = fields.Datetime.now()
        self.active = set()

    # ------------------------------------------------------------------ set up

    @initialize(agreement=st.booleans(), depth=st.integers(0, 6), asked=st.booleans())
    def begin(self, agreement, depth, asked):
        """A request somewhere in its life; with an agreement it waits for the mayor."""
        if agreement:
            steps = [{"sequence": 10, "who": "mayor", "quorum": 1}]
            create_circuit(self.case, "request", steps)
        self.ask("requester", "requester")
        for _turn in range(depth):
            self.advance(self.requests, 0)
            self.check_clocks()
            if asked and self.requests.state == "submitted":
                asked = False
                request = self.requests.with_user(self.case.manager)
                self.call(request, "ask_info", SERVICE, TEXT)
                self.check_clocks()

    @property
    def requests(self):
        return self.env["intercommunal.request"].search([])

    @property
    def jobs(self):
        return self.env["intercommunal.intervention"].search([])

    def user(self, login):
        return getattr(self.case, login)

    def pick(self, records, number):
        return records.sorted("id", reverse=True)[number % len(records)]

    def who(self, number, allowed, in_turn):
        """Somebody allowed, or anybody."""
        if in_turn:
            return self.user(allowed[number % len(allowed)])
        return self.case.actors[number % len(self.case.actors)]

    def ask(self, login, requester):
        vals = {
            "name": "Leak",
            "commune_id": self.case.commune.id,
            "requester_id": self.user(requester).partner_id.id,
            "service_id": self.case.service.id,
            "type_id": self.case.type.id,
        }
        requests = self.env["intercommunal.request"].with_user(self.user(login))
        return self.attempt(lambda: requests.create(vals))

    def call(self, record, name, allowed, *args):
        """Try an action; nobody but the allowed gets through."""
        user = record.env.user
        error = self.attempt(lambda: getattr(record, f"action_{name}")(*args))
        note(f"{user.login}: {name} {error or 'done'}")
        self.count(name, "refused" if error else "done")
        logins = [self.user(login) for login in allowed]
        assert error or user in logins, f"{user.login} was let through: {name}"

    # -------------------------------------------------------------------- rules

    @rule(actor=actors)
    def another_request(self, actor):
        if len(self.requests) < 3:
            user = self.case.actors[actor % len(self.case.actors)]
            if self.ask_as(user) is None:
                allowed = [self.user(login) for login in (*COMMUNE, *SERVICE)]
                assert user in allowed, f"{user.login} asked for the commune"

    def ask_as(self, user):
        vals = {
            "name": "Door",
            "commune_id": self.case.commune.id,
            "requester_id": user.partner_id.id,
            "service_id": self.case.service.id,
        }
        requests = self.env["intercommunal.request"].with_user(user)

        def create():
            # the ORM inserts a row, then judges it: only the end counts here
            try:
                requests.create(vals)
            except AccessError as error:
                raise UserError(str(error)) from error

        return self.attempt(create)

    @rule(
        verb=st.sampled_from(sorted(REQUEST_ACTS)),
        actor=actors,
        pick=picks,
        in_turn=st.booleans(),
        text=st.sampled_from((TEXT, TEXT, TEXT, "", None)),
    )
    def act_on_a_request(self, verb, actor, pick, in_turn, text):
        allowed = REQUEST_ACTS[verb]
        user = self.who(actor, allowed, in_turn)
        request = self.pick(self.requests, pick).with_user(user)
        args = {
            "reject": (self._reason("refuse"), text),
            "cancel": (self._reason("cancel"), text),
            "reroute": (self.case.other_service.id, text),
            "ask_info": (text,),
            "answer_info": (text,),
            "contest": (text,),
            "reconsider": (text,),
        }.get(verb, ())
        if request.sudo().service_id != self.case.service:
            # handed to another service: these managers are strangers to it now
            allowed = [login for login in allowed if login not in SERVICE]
        self.call(request, verb, allowed, *args)

    @rule(pick=picks, actor=actors, times=st.integers(1, 3))
    def go_on(self, pick, actor, times):
        """The next useful acts of those whose turn it is."""
        for _turn in range(times):
            self.advance(self.pick(self.requests, pick), actor)
            self.check_clocks()

    def advance(self, request, actor):
        if request.service_id != self.case.service:
            return
        job = request.intervention_ids.filtered(lambda job: job.state != "cancelled")[
            :1
        ]
        verb, args = {
            "to_plan": ("plan", (self.case.team.id, fields.Datetime.now())),
            "planned": ("start", ()),
            "in_progress": ("finish", ()),
            "blocked": ("resume", ()),
        }.get(job.state, (None, ()))
        if verb:
            user = self.who(actor, JOB_ACTS[verb], True)
            self.call(job.with_user(user), verb, JOB_ACTS[verb], *args)
            return
        verb = {
            "draft": "submit",
            "submitted": "accept",
            "info_requested": "answer_info",
            "accepted": "schedule",
        }.get(request.state)
        if verb:
            args = (TEXT,) if verb == "answer_info" else ()
            user = self.who(actor, REQUEST_ACTS[verb], True)
            self.call(request.with_user(user), verb, REQUEST_ACTS[verb], *args)

    @rule(
        verb=st.sampled_from(sorted(JOB_ACTS)),
        actor=actors,
        pick=picks,
        in_turn=st.booleans(),
        reason=st.sampled_from(("weather", "part", "access", "nonsense")),
    )
    def act_on_a_job(self, verb, actor, pick, in_turn, reason):
        if not self.jobs:
            return
        user = self.who(actor, JOB_ACTS[verb], in_turn)
        job = self.pick(self.jobs, pick).with_user(user)
        args = {
            "plan": (self.case.team.id, fields.Datetime.now()),
            "block": (reason, TEXT),
            "cannot_do": ("access", TEXT),
            "cancel": (TEXT,),
        }.get(verb, ())
        self.call(job, verb, JOB_ACTS[verb], *args)

    @rule(pick=picks)
    def report(self, pick):
        """The leader writes and sends what the job waits for."""
        if not self.jobs:
            return
        job = self.pick(self.jobs, pick).with_user(self.case.leader)
        labour = {"kind": "labour", "agent_id": self.case.agent.id, "minutes": 60}

        def write_and_send():
            job.action_open_report()
            job.report_id.write(
                {
                    "summary": "Done.",
                    "line_ids": [Command.clear(), Command.create(labour)],
                }
            )
            job.report_id.action_send()

        self.attempt(write_and_send)

    @rule(kind=st.sampled_from(("approve", "approve", "rework", "refuse")))
    def decide(self, kind):
        seats = self.env["intercommunal.validation.seat"].search(
            [("state", "=", "pending")], order="id desc", limit=1
        )
        if seats:
            run = seats.validation_id.with_user(seats.user_id)
            args = () if kind == "approve" else (TEXT,)
            self.attempt(lambda: getattr(run, f"action_{kind}")(*args))

    @rule(days=st.integers(1, 20))
    def days_pass(self, days):
        self.case.clock.tick(timedelta(days=days))
        self.attempt(self.env["intercommunal.request"]._cron_close)

    @rule(
        actor=actors,
        values=st.sampled_from(
            (
                {"state": "validated"},
                {"ball": "nobody"},
                {"reference": "X"},
                {"cc_seconds": 0},
                {"clock_side": "commune"},
                {"date_validated": "2031-01-01 00:00:00"},
            )
        ),
    )
    def forge(self, actor, values):
        """Nobody writes what only an act may say."""
        user = self.case.actors[actor % len(self.case.actors)]
        request = self.pick(self.requests, 0).with_user(user)
        assert self.attempt(lambda: request.write(values)), f"{user.login} forged"

    def _reason(self, usage):
        return (
            self.env["intercommunal.reason"].search([("usage", "=", usage)], limit=1).id
        )

    # --------------------------------------------------------------- invariants

    def always_true(self):
        super().always_true()
        self.check_clocks()
        self.check_states()
        check_chains(self.env)
        for check in INVARIANTS:
            check(self.env)

    def check_clocks(self):
        """Two clocks, never both, that add up to the time that the case was open."""
        now = fields.Datetime.now()
        elapsed = int((now - self.known).total_seconds())
        for request in self.requests:
            before = self.clocks.get(request.id, 0)
            self.clocks[request.id] = before + (
                elapsed if request.id in self.active else 0
            )
            clocks = request._get_clocks()
            assert sum(clocks.values()) == self.clocks[request.id], (
                f"{request.state}: {clocks}, {self.clocks[request.id]} s went by"
            )
            assert bool(request.clock_side) == (request.state not in STILL)
        self.known = now
        self.active = {
            request.id for request in self.requests if request.state not in STILL
        }

    def check_states(self):
        """A request's later states follow from its jobs; a number, once sent."""
        for request in self.requests:
            assert (request.state == "draft") <= (not request.reference)
            states = set(request.intervention_ids.mapped("state")) - {"cancelled"}
            if request.state == "validated":
                assert states == {"approved"}, states
            if request.state == "cancelled":
                assert not states, states
            if request.state in ("draft", "submitted", "info_requested", "refused"):
                assert states <= {"to_plan"}, (request.state, states)
