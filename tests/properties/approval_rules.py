"""Rules that machines of approvals are composed of."""

from datetime import timedelta

from approval_machine import TEXT, actors, picks, words
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from property_invariants import OPEN_SEATS, REMARKS

from odoo import fields

hashes = st.sampled_from(("right", "right", "right", "none", "stale", "other"))
keys = st.sampled_from((None, None, "key-1", "key-2"))
channels = st.sampled_from((None, None, "portal", "mobile", "link", "mail", "pigeon"))
amounts = st.tuples(st.integers(0, 600), st.integers(0, 50))
# What becomes of a line, and the percentage that is accepted.
sound_parts = st.lists(
    st.tuples(
        st.sampled_from(("partial", "reserved", "refused", "accepted")),
        st.integers(1, 99),
    ),
    min_size=1,
    max_size=3,
)
any_parts = st.lists(
    st.tuples(st.sampled_from(("partial", "reserved", "maybe")), st.integers(-10, 110)),
    max_size=3,
)


class TeamRules:
    """Teams work and report; others try to."""

    @rule(pick=picks)
    def the_team_carries_on(self, pick):
        self._carry_on(self._pick(self.all_jobs, pick))

    @precondition(lambda self: len(self.jobs) < 3)
    @rule()
    def plan_another_job(self):
        self.jobs |= self.case._planned()

    @rule(actor=actors, pick=picks, lines=st.lists(amounts, max_size=3))
    def write_a_report(self, actor, pick, lines):
        user = self._actor(actor)
        error = self._write(self._pick(self.all_jobs, pick).with_user(user), lines)
        self._only_by(user, error, self.case.leader | self.managers)

    @precondition(lambda self: self.reports)
    @rule(actor=st.sampled_from((7, 7, 7, 5, 0, 10, 13)), pick=picks)
    def send(self, actor, pick):
        user, report = self._actor(actor), self._pick(self.reports, pick)
        before = report.state
        error = self._call(report.with_user(user), "action_send")
        self._only_by(user, error, self.case.leader | self.managers)
        assert error or before == "draft", f"sent again from {before}"

    @precondition(lambda self: self.reports)
    @rule(actor=st.sampled_from((7, 7, 7, 5, 0, 10, 13)), pick=picks)
    def recall(self, actor, pick):
        user, report = self._actor(actor), self._pick(self.reports, pick)
        decided = report.validation_id.decision_ids
        error = self._call(report.with_user(user), "action_recall")
        self._only_by(user, error, self.case.leader | self.managers)
        assert error or not decided, "recalled after somebody decided"


class DecisionRules:
    """Whoever is asked approves or sends back: without these rules random actors
    would rarely reach the end of a circuit."""

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks, key=keys)
    def approve_in_turn(self, pick, key):
        self._act_in_turn("approve", pick, key)

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks)
    def everybody_approves(self, pick):
        """One run, to its end."""
        run = self._pick(self.open_seats, pick).validation_id
        for seat in run.seat_ids.filtered(lambda seat: seat.state in OPEN_SEATS):
            if seat.state in OPEN_SEATS:
                self._act_in_turn("approve", 0, None, seat)

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks, kind=st.sampled_from(("rework", "refuse")))
    def send_back_in_turn(self, pick, kind):
        self._act_in_turn(kind, pick, None)

    @precondition(lambda self: self.runs.decision_ids)
    @rule(pick=picks, minutes=st.sampled_from((0, 0, 0, 5, 9, 12)))
    def take_back(self, pick, minutes):
        run = self._pick(self.runs.decision_ids, pick).validation_id
        self.case.clock.tick(timedelta(minutes=minutes))
        self._revoke(run, run.decision_ids.sorted("id")[-1:].user_id)

    def _revoke(self, run, user):
        made = run.decision_ids.filtered(lambda made: made.kind not in REMARKS)
        last = made.sorted("id")[-1:]
        limit = fields.Datetime.now() - timedelta(minutes=9)
        error = self._call(run.with_user(user), "action_revoke")
        assert error or last.user_id == user, "another's decision was revoked"
        assert error or last.decided_at >= limit, "revoked too late"

    @precondition(lambda self: self.runs)
    @rule(actor=st.sampled_from((5, 6, 5, 0, 7, 13)), pick=picks, text=words)
    def restart(self, actor, pick, text):
        user = self._actor(actor)
        run = self._pick(self.runs, pick).with_user(user)
        was_open = run.sudo().state == "open"
        error = self._call(run, "action_restart", text)
        self._only_by(user, error, self.managers)
        assert error or was_open, "a closed run was started again"


class LineRules:
    """Approval line by line, and what follows from it."""

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks, drawn=sound_parts)
    def reserve_in_turn(self, pick, drawn):
        self._act_in_turn("approve_reserves", pick, None, drawn=drawn)

    @precondition(
        lambda self: self.jobs.request_id.filtered(
            lambda request: request.state in ("validated", "refused")
        )
    )
    @rule(actor=st.sampled_from((0, 0, 0, 1, 5, 8, 13)), pick=picks, text=words)
    def contest(self, actor, pick, text):
        user = self._actor(actor)
        ended = self.jobs.request_id.filtered(
            lambda request: request.state in ("validated", "refused")
        )
        request = self._pick(ended, pick).with_user(user)
        before = request.sudo().state
        error = self._call(request, "action_contest", text)
        self._only_by(
            user, error, self.case.referent | self.case.referent2 | self.case.dgs
        )
        assert error or before in ("validated", "refused")


class QuestionRules:
    """Questions and their answers."""

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks, asked=actors)
    def ask_in_turn(self, pick, asked):
        seat = self._pick(self.open_seats, pick)
        run = seat.validation_id.with_user(seat.user_id)
        self._call(run, "action_ask_clarification", "Why?")

    @precondition(lambda self: self.open_questions)
    @rule(
        actor=actors,
        pick=picks,
        who=st.sampled_from(("asked", "asked", "asker", "anybody")),
        verb=st.sampled_from(("answer", "close")),
    )
    def settle_a_question(self, actor, pick, who, verb):
        question = self._pick(self.open_questions, pick)
        user = {
            "asked": question.asked_user_id,
            "asker": question.asked_by_id,
            "anybody": self._actor(actor),
        }[who]
        run = question.validation_id.with_user(user)
        args = (question.id, "It rained.") if verb == "answer" else (question.id,)
        error = self._call(run, f"action_{verb}_clarification", *args)
        asked, asker = question.asked_user_id, question.asked_by_id
        self._only_by(user, error, asked | self.managers if verb == "answer" else asker)


class DelegationRules:
    """Stand-ins, for a file or for some days."""

    @precondition(lambda self: self.open_seats)
    @rule(pick=picks, other=actors)
    def delegate_in_turn(self, pick, other):
        seat = self._pick(self.open_seats, pick)
        run = seat.validation_id.with_user(seat.user_id)
        delegate = self._actor(other)
        error = self._call(run, "action_delegate", delegate.id)
        assert error or delegate not in self.case.outsiders, "handed to an outsider"

    @rule(actor=actors, other=actors, begin=st.integers(-1, 3), days=st.integers(0, 5))
    def delegate_for_some_days(self, actor, other, begin, days):
        user, today = self._actor(actor), fields.Date.today()
        delegations = self.env["intercommunal.delegation"].with_user(user)
        vals = {
            "user_id": user.id,
            "delegate_id": self._actor(other).id,
            "date_from": today + timedelta(days=begin),
            "date_to": today + timedelta(days=begin + days),
        }
        self._call(delegations, "create", vals)

    @rule(actor=actors, pick=picks, own=st.booleans())
    def end_a_delegation(self, actor, pick, own):
        delegations = self.env["intercommunal.delegation"].search([])
        if not delegations:
            return
        delegation = self._pick(delegations, pick)
        user = delegation.user_id if own else self._actor(actor)
        error = self._call(delegation.with_user(user), "action_revoke")
        self._only_by(user, error, delegation.user_id | self.case.admin)


class TimeRules:
    """Days go by; mandates end."""

    @rule(days=st.integers(0, 9))
    def days_go_by(self, days):
        self.case.clock.tick(timedelta(days=days))
        self._call(self.env["intercommunal.validation"], "_cron_follow_up")

    @rule(actor=st.integers(0, 4))
    def a_mandate_ends(self, actor):
        """All the roles of one person end: their seats count no more."""
        roles = self.env["intercommunal.commune.role"].search(
            [
                ("partner_id", "=", self._actor(actor).partner_id.id),
                ("date_to", "=", False),
            ]
        )
        yesterday = fields.Date.today() - timedelta(days=1)
        self._call(roles.with_user(self.case.admin), "write", {"date_to": yesterday})


class AdminRules:
    """The administrator changes the circuit."""

    @rule(actor=st.sampled_from((12, 12, 12, 5, 0)), quorum=st.integers(1, 3))
    def change_a_rule(self, actor, quorum):
        """In place while nothing uses it; else as a new version."""
        user = self._actor(actor)
        steps = self.circuit.step_ids[:1].with_user(user)
        used = bool(self.runs.filtered(lambda run: run.circuit_id == self.circuit))
        error = self._call(steps, "write", {"quorum": quorum, "amount_min": 0})
        self._only_by(user, error, self.case.admin)
        assert error or not used, "a rule was changed under an open run"
        self._learn(self.circuit)

    @rule(quorum=st.integers(1, 2))
    def make_a_new_version(self, quorum):
        def call():
            action = self.circuit.with_user(self.case.admin).action_new_version()
            circuit = self.circuit.browse(action["res_id"])
            circuit.with_user(self.case.admin).step_ids[:1].write({"quorum": quorum})
            made.append(circuit)

        made = []
        if not self.attempt(call):
            self.circuit = made[0]
            self._learn(self.circuit)


class IntruderRules:
    """Anybody tries anything."""

    @precondition(lambda self: self.runs)
    @rule(
        actor=actors,
        pick=picks,
        kind=st.sampled_from(
            ("approve", "approve_reserves", "rework", "refuse", "arbitrate")
        ),
        seen=hashes,
        key=keys,
        text=words,
        channel=channels,
        drawn=any_parts,
    )
    def anybody_decides(self, actor, pick, kind, seen, key, text, channel, drawn):
        run = self._pick(self.runs, pick).with_user(self._actor(actor))
        self._decide(run, kind, seen, key, text, channel, drawn=drawn)

    @precondition(lambda self: self.runs)
    @rule(
        actor=actors,
        pick=picks,
        verb=st.sampled_from(("annotate", "ask", "delegate", "revoke", "cancel_job")),
        other=actors,
        text=words,
    )
    def anybody_tries(self, actor, pick, verb, other, text):
        """Whatever it is, only those may whose it is."""
        user = self._actor(actor)
        run = self._pick(self.runs, pick).with_user(user)
        asked = self._is_asked(run.sudo(), user)
        if verb == "annotate":
            error = self._call(run, "action_annotate", comment=text)
            self._only_by(user, error, self.case.actors - self.case.outsiders)
        elif verb == "ask":
            other = self._actor(other).id
            error = self._call(
                run, "action_ask_clarification", text, asked_user_id=other
            )
            assert error or asked, f"{user.login} asked, and decides nothing"
        elif verb == "delegate":
            error = self._call(run, "action_delegate", self._actor(other).id)
            assert error or asked, f"{user.login} delegated what they don't decide"
        elif verb == "revoke":
            self._revoke(run.sudo(), user)
        else:
            job = self._pick(self.all_jobs, pick).with_user(user)
            self._only_by(user, self._call(job, "action_cancel", TEXT), self.managers)

    @rule(
        actor=actors,
        pick=picks,
        model=st.sampled_from(
            (
                "validation", "validation.step", "validation.seat", "decision",
                "report", "clarification", "reserve",
            )
        ),
        verb=st.sampled_from(("write", "unlink", "create", "copy")),
    )  # fmt: skip
    def meddle(self, actor, pick, model, verb):
        """Beside the buttons: never a way."""
        records = self.env[f"intercommunal.{model}"].search([])
        if not records:
            return
        record = self._pick(records, pick).with_user(self._actor(actor))
        vals = {"state": "approved"}
        if model == "decision":
            vals = {"kind": "approve"}
        elif model == "report":
            vals = {"state": "accepted"}

        def call():
            if verb == "write":
                record.write(vals)
            elif verb == "create":
                record.create({**record.sudo().copy_data()[0], **vals})
            elif verb == "copy":
                record.copy(vals)
            else:
                record.unlink()

        may_drop = verb == "unlink" and model == "report"
        may_drop = may_drop and record.sudo().state == "draft"
        error = self.attempt(call)
        assert error or may_drop, f"{verb} on {model} passed"
