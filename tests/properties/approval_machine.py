"""What the machines of approvals share: a circuit, jobs, and what is always true."""

from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from property_cast import create_circuit, drawn_steps
from property_invariants import INVARIANTS, OPEN_SEATS, REMARKS, check_quorums
from property_machine import OdooMachine

from odoo import Command, fields
from odoo.exceptions import AccessError

TEXT = "Paint is missing."
actors = st.integers(0, 14)
picks = st.integers(0, 3)
words = st.sampled_from((None, "", "  ", TEXT, TEXT))


class ApprovalMachine(OdooMachine):
    """The reports of up to three jobs under a random circuit."""

    def __init__(self):
        super().__init__()
        self.circuits = {}
        self.history = []
        self.frozen = {}

    # ------------------------------------------------------------------ set up

    @initialize(steps=drawn_steps())
    def compose(self, steps):
        self.circuit = create_circuit(self.case, "report", steps)
        self._learn(self.circuit)
        self.jobs = self.case._planned()
        self._carry_on(self.jobs)

    def _learn(self, circuit):
        """Remember what was composed, in the test's own words."""
        for step in circuit.sudo().step_ids:
            self.circuits[step.id] = {
                name: step[name]
                for name in (
                    "sequence", "quorum_mode", "quorum", "four_eyes", "amount_min",
                    "on_refusal",
                )
            } | {"back_sequence": step.back_step_id.sequence}  # fmt: skip

    # ------------------------------------------------------------- what is there

    @property
    def reports(self):
        return self.env["intercommunal.report"].search([])

    @property
    def runs(self):
        return self.env["intercommunal.validation"].search([])

    @property
    def open_seats(self):
        return self.env["intercommunal.validation.seat"].search(
            [("state", "in", OPEN_SEATS)]
        )

    @property
    def open_questions(self):
        return self.env["intercommunal.clarification"].search([("state", "=", "open")])

    @property
    def managers(self):
        return self.case.manager | self.case.manager2

    def _actor(self, number):
        return self.case.actors[number % len(self.case.actors)]

    def _pick(self, records, number):
        """The newest first: that is where things happen."""
        return records.sorted("id", reverse=True)[number % len(records)]

    def _call(self, record, name, *args, **kwargs):
        """Call an action as the user of ``record``; return what refused it."""
        error = self.attempt(lambda: getattr(record, name)(*args, **kwargs))
        self.count(name, "refused" if error else "done")
        note(f"{record.env.user.login}: {name} {error or 'done'}")
        return error

    def _only_by(self, user, error, allowed):
        assert error or user in allowed, f"{user.login} was let through"

    # -------------------------------------------------------------------- teams

    def _carry_on(self, job):
        """The team writes and sends what the job waits for."""
        if job.state == "to_plan":
            start = fields.Datetime.now() - timedelta(hours=4)
            self._call(
                job.with_user(self.case.manager),
                "action_plan",
                self.case.team.id,
                start,
            )
        if job.state in ("reported", "approved", "cancelled"):
            return
        job = job.with_user(self.case.leader)
        if self._write(job, [(90, 2), (45, 1)]) is None:
            self._call(job.report_id, "action_send")

    def _write(self, job, lines):
        def call():
            job.action_open_report()
            job.report_id.write(
                {
                    "summary": "Joint replaced.",
                    "line_ids": [
                        Command.clear(),
                        *(
                            Command.create(
                                {
                                    "kind": "labour",
                                    "agent_id": self.case.agent.id,
                                    "minutes": minutes,
                                    "quantity": quantity,
                                }
                            )
                            for minutes, quantity in lines
                        ),
                    ],
                }
            )

        return self.attempt(call)

    @property
    def all_jobs(self):
        return self.jobs.sudo().request_id.intervention_ids

    def _act_in_turn(self, act, pick, key, seat=None, drawn=()):
        seat = seat or self._pick(self.open_seats, pick)
        run = seat.validation_id.with_user(seat.user_id)
        if seat.validation_step_id.is_arbitration:
            outcome = "approve" if act == "approve_reserves" else act
            self._decide(run, "arbitrate", "right", key, TEXT, None, outcome=outcome)
        else:
            self._decide(run, act, "right", key, TEXT, None, drawn=drawn)

    def _decide(self, run, kind, seen, key, text, channel, drawn=(), outcome="approve"):
        """Try a decision, and judge by oneself whether it may count."""
        sudo, user = run.sudo(), run.env.user
        content_hash = {
            "right": sudo.content_hash,
            "none": None,
            "stale": "0" * 64,
            "other": self.runs[:1].content_hash,
        }[seen]
        legal = (
            self._is_asked(sudo, user)
            and content_hash in (None, sudo.content_hash)
            and channel in (None, "backend", "portal", "mobile")
        )
        args = {"content_hash": content_hash, "channel": channel}
        if kind.startswith("approve"):
            args["comment"] = text
        else:
            args["reason"] = text
            legal &= bool((text or "").strip())
        if kind == "arbitrate":
            args["outcome"] = outcome
            legal &= outcome in ("approve", "rework", "refuse")
        if kind == "approve_reserves":
            args["lines"] = self._name_lines(sudo, drawn)
        again = key and sudo.decision_ids.filtered(
            lambda made: (
                made.user_id == user
                and made.idempotency_key == key
                and made.kind == kind
            )
        )
        before = self.snapshot()
        error = self._call(run, f"action_{kind}", idempotency_key=key, **args)
        if again:
            self.assert_unchanged(before, "the same decision was sent twice")
        else:
            assert error or legal, f"{user.login} decided, not asked"
            assert not legal or type(error) is not AccessError, error

    def _is_asked(self, run, user):
        """Whether ``user`` has a seat, for a voice that is still in office."""
        return run.state == "open" and any(
            seat.state in OPEN_SEATS
            and seat.user_id == user
            and (seat.is_escalation or self._holds(seat))
            for seat in run.seat_ids
        )

    def _holds(self, seat):
        voice = seat.on_behalf_of_id or seat.user_id
        step = seat.validation_step_id.circuit_step_id
        if step.resolver != "commune_role":
            return True
        today = fields.Date.today()
        return bool(
            self.env["intercommunal.commune.role"].search_count(
                [
                    ("partner_id", "=", voice.partner_id.id),
                    ("commune_id", "=", self.case.commune.id),
                    ("role", "=", step.commune_role),
                    ("date_from", "<=", today),
                    "|",
                    ("date_to", "=", False),
                    ("date_to", ">=", today),
                ],
                limit=1,
            )
        )

    def _name_lines(self, run, drawn):
        """Lines as a client names them: shares drawn in percent, some nonsense."""
        return [
            {
                "line_id": line.id,
                "acceptance": acceptance,
                "minutes_accepted": line.minutes * percent // 100,
                "quantity_accepted": line.quantity * percent / 100,
                "text": TEXT,
            }
            for line, (acceptance, percent) in zip(
                run.report_id.line_ids, drawn, strict=False
            )
        ]

    # --------------------------------------------------------------- invariants

    def always_true(self):
        super().always_true()
        self.check_history()
        self.check_rules()
        self.check_closed()
        for check in INVARIANTS:
            check(self.env)
        check_quorums(self.env, self.circuits)

    def check_history(self):
        """Decisions are only ever added."""
        rows = [
            (decision.id, decision.own_hash)
            for decision in self.env["intercommunal.decision"].search([], order="id")
        ]
        assert rows[: len(self.history)] == self.history, "the history was rewritten"
        self.history = rows

    def check_rules(self):
        """A run keeps the rules it began with, whatever becomes of the circuit."""
        for run in self.runs:
            asked = [
                (step.id, self._read_rule(step.circuit_step_id))
                for step in run.step_ids
            ]
            assert self.frozen.setdefault(run.id, asked) == asked, "a rule changed"

    def _read_rule(self, step):
        [vals] = step.read(
            ["sequence", "resolver", "commune_role", "service_role", "quorum",
             "quorum_mode", "four_eyes", "amount_min", "on_refusal", "delay_days",
             "is_arbitration", "escalation_resolver", "vacant_mode"]
        )  # fmt: skip
        return vals

    def check_closed(self):
        """Nobody decides in a run that is closed."""
        for run in self.runs.filtered(lambda run: run.state != "open"):
            made = run.decision_ids.filtered(lambda made: made.kind not in REMARKS)
            assert run.closed_at
            assert all(decision.decided_at <= run.closed_at for decision in made)
