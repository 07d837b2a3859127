"""What is always true, read from the records as a stranger to the code would.

Every function takes the superuser's environment and raises AssertionError. None asks
the engine's own judges (`can_decide`, `_applies`, `_is_valid`): they are what is
tested.
"""

import json
from collections import defaultdict

APPROVALS = ("approve", "approve_reserves")
OPEN_SEATS = ("pending", "asking")
OPEN_STEPS = ("pending", "clarification", "escalated")
ACCEPTED = ("accepted", "accepted_reserves")
VALIDATED = ("approved", "approved_reserves")
ENDED = ("closed", "refused", "cancelled")
# What a person says of a run that settles nothing.
REMARKS = ("annotate", "delegate")


def check_one_open_run(env):
    """One open run a subject, and only over a subject that waits for one."""
    runs = env["intercommunal.validation"].search([("state", "=", "open")])
    subjects = [run._get_subject() for run in runs]
    assert len(subjects) == len(set(subjects)), "two open runs over one subject"
    for run, subject in zip(runs, subjects, strict=True):
        waiting = "sent" if run.report_id else "approval"
        assert subject.state == waiting, f"open run over a subject {subject.state}"
        steps = run.step_ids.filtered(lambda step: step.state in OPEN_STEPS)
        assert steps, "an open run asks nobody"
        assert len(set(steps.mapped("sequence"))) == 1, "two ranks asked at once"
        assert steps.seat_ids.filtered(lambda seat: seat.state in OPEN_SEATS)
    waiting = env["intercommunal.report"].search([("state", "=", "sent")])
    assert waiting == runs.report_id & waiting, "a sent report that nobody decides on"


def check_seats(env):
    """Nobody is asked where nothing is asked; everybody once a step."""
    seats = env["intercommunal.validation.seat"].search([])
    for seat in seats.filtered(lambda seat: seat.state in OPEN_SEATS):
        assert seat.validation_id.state == "open", "a seat is open in a closed run"
        assert seat.validation_step_id.state in OPEN_STEPS, "seat of a closed step"
        assert not seat.decision_id, "a seat is open and decided"
        if seat.delegation_id:
            assert not seat.delegation_id.revoked_at, "asked by a revoked delegation"
    for seat in seats.filtered(lambda seat: seat.state == "decided"):
        assert seat.decision_id.user_id == seat.user_id, "decided by another person"
        assert seat.decision_id.on_behalf_of_id == seat.on_behalf_of_id
        assert seat.decision_id.validation_step_id == seat.validation_step_id


def check_questions(env):
    """The clock of a step stands still while a question is open, and only then."""
    questions = env["intercommunal.clarification"].search([("state", "=", "open")])
    steps = env["intercommunal.validation.step"].search(
        [("state", "=", "clarification")]
    )
    assert questions.validation_step_id == steps, "a clock stands still for nothing"
    assert set(questions.validation_id.mapped("state")) <= {"open"}
    for seat in env["intercommunal.validation.seat"].search([("state", "=", "asking")]):
        own = questions.filtered(
            lambda question, seat=seat: (
                question.asked_by_id == seat.user_id
                and question.validation_id == seat.validation_id
            )
        )
        assert own, f"{seat.user_id.login} waits for an answer to nothing"


def check_chains(env):
    """Every chain is whole."""
    faults = env["intercommunal.validation"].search([])._verify_chain()
    assert not faults, faults


def check_quorums(env, circuits):
    """Approved means: at each step that applied, enough distinct persons approved,
    in the order of the steps, none of them excluded by four eyes.

    :param dict circuits: {id of a circuit step: its drawn values}
    """
    for run in env["intercommunal.validation"].search([]):
        tally = Tally(run, circuits)
        tally.replay()
        if run.state in VALIDATED:
            tally.check_approved()


class Tally:
    """Who approved at each step of a run, by the history alone."""

    def __init__(self, run, circuits):
        self.run = run
        self.rules = {step: circuits[step.circuit_step_id.id] for step in run.step_ids}
        self.authors = run._get_subject()._get_validation_authors()
        # {step: {decision: (voice, person)}}
        self.voices = defaultdict(dict)
        self.tacit = set()
        self.arbitrated = False

    def replay(self):
        for decision in self.run.decision_ids.sorted("id"):
            details = json.loads(decision.details or "{}")
            if decision.kind in APPROVALS:
                self._approve(decision)
            elif decision.kind == "refuse":
                self._refuse(decision)
            elif decision.kind == "tacit":
                self.tacit.add(details["step"])
            elif decision.kind == "arbitrate":
                self._arbitrate(decision, details)
            elif decision.kind == "revoke":
                self._revoke(details)

    def _approve(self, decision):
        step = decision.validation_step_id
        voice = decision.on_behalf_of_id or decision.user_id
        earlier = self.run.step_ids.filtered(lambda s: s.sequence < step.sequence)
        for before in earlier.filtered(lambda step: not step.is_arbitration):
            assert self._is_settled(before), f"{step.name} before {before.name}"
        if self.rules[step]["four_eyes"]:
            people = {voice, decision.user_id}
            assert not people & set(self.authors), "an author approved their own work"
            for before in earlier:
                known = {who for pair in self.voices[before].values() for who in pair}
                assert not people & known, "one person approved at two steps"
        self.voices[step][decision] = (voice, decision.user_id)

    def _refuse(self, decision):
        rule = self.rules[decision.validation_step_id]
        if rule["on_refusal"] != "back":
            return
        # asked anew from there on
        for step in self.run.step_ids:
            if step.sequence >= rule["back_sequence"]:
                self.voices.pop(step, None)
                self.tacit.discard(step.id)

    def _arbitrate(self, decision, details):
        assert decision.validation_step_id.is_arbitration, "arbitrated by no arbiter"
        assert details["outcome"] in ("approve", "rework", "refuse")
        self.arbitrated = details["outcome"] == "approve"

    def _revoke(self, details):
        for made in self.voices.values():
            for decision in list(made):
                if decision.id in details["decisions"]:
                    del made[decision]
        kinds = self.run.decision_ids.browse(details["decisions"]).mapped("kind")
        if "arbitrate" in kinds:
            self.arbitrated = False

    def _is_settled(self, step):
        """Whether the step's rule is satisfied, or does not apply to this run."""
        rule = self.rules[step]
        if rule["amount_min"] > self.run.amount or step.id in self.tacit:
            return True
        pairs = self.voices[step].values()
        persons = min(
            len({voice for voice, _user in pairs}),
            len({user for _voice, user in pairs}),
        )
        if rule["quorum_mode"] == "number":
            return persons >= rule["quorum"]
        return persons >= max(step.quorum, 1)

    def check_approved(self):
        if self.arbitrated:
            return
        assert any(self.voices.values()) or self.tacit, "approved by nobody"
        for step in self.run.step_ids.filtered(lambda step: not step.is_arbitration):
            assert self._is_settled(step), f"approved without {step.name}"


def check_lines(env):
    """Reported = accepted + reserved + refused, a line, in minutes and units."""
    for line in env["intercommunal.report.line"].search([]):
        state = line.report_id.state
        if line.acceptance == "pending":
            assert state not in (*ACCEPTED, "refused"), f"{state}, line undecided"
            continue
        for name in ("minutes", "quantity"):
            parts = [
                line[f"{name}_{part}"] for part in ("accepted", "reserved", "refused")
            ]
            assert all(part >= 0 for part in parts), f"{name}: a part is negative"
            assert abs(sum(parts) - line[name]) < 0.005, f"{name} do not add up"
        if line.acceptance == "refused":
            assert not (line.minutes_accepted or line.quantity_accepted)
        if line.acceptance == "accepted":
            assert line.minutes_accepted == line.minutes


def check_reserves(env):
    """What is reserved of a line is what its open réserves hold, each with its job."""
    reserves = env["intercommunal.reserve"].search([("state", "=", "open")])
    for line in env["intercommunal.report.line"].search([]):
        held = reserves.filtered(
            lambda reserve, line=line: reserve.report_line_id == line
        )
        assert line.minutes_reserved == sum(held.mapped("minutes"))
        assert abs(line.quantity_reserved - sum(held.mapped("quantity"))) < 0.005
    for reserve in reserves:
        assert reserve.intervention_id.reserve_id == reserve, "a réserve without a job"
        assert reserve.intervention_id.state not in ("cancelled", "approved")
        assert reserve.validation_id.state == "approved_reserves"
    lifted = env["intercommunal.reserve"].search([("state", "=", "lifted")])
    for reserve in lifted:
        assert reserve.lifted_report_id.state in (*ACCEPTED, "to_redo")


def check_hashes(env):
    """Sent content is what was hashed, and what each decision speaks of."""
    for report in env["intercommunal.report"].search([("state", "!=", "draft")]):
        run = report.validation_id
        assert run.report_id == report
        assert report.content_hash == run.content_hash == report._get_validation_hash()
        assert set(run.decision_ids.mapped("content_hash")) <= {run.content_hash}


def check_bills(env):
    """Billed: what was validated, for that very content, once, no minute more."""
    lines = env["intercommunal.billing.line"].search([])
    keys = lines.mapped("source_key")
    assert len(keys) == len(set(keys)), "charged twice"
    for report, charged in lines.grouped("report_id").items():
        run = report.validation_id
        due = charged.filtered(lambda line: not line.waived_reason)
        if report.state not in ACCEPTED or "contested" in charged.mapped(
            "waived_reason"
        ):
            # taken back or contested: nothing of it is asked for
            assert not due, f"{report.state}, and billed"
            continue
        assert run.state in VALIDATED, "billed, not validated"
        assert run.content_hash == report._get_validation_hash()
        for source in report.line_ids:
            asked = due.filtered(
                lambda line, source=source: line.report_line_id == source
            )
            assert sum(asked.mapped("minutes_real")) <= source.minutes_accepted
            if not source.is_rework:
                assert sum(asked.mapped("minutes_real")) == source.minutes_accepted
    validated = env["intercommunal.report"].search([("state", "in", ACCEPTED)])
    assert validated <= lines.report_id, "validated, not in billing"


def check_balls(env):
    """Every open file is in the hands of one living person."""
    for request in env["intercommunal.request"].search([]):
        if request.state in ENDED:
            assert request.ball == "nobody"
            continue
        if request.state == "draft":
            continue
        assert request.ball != "nobody", f"{request.state}: nobody must act"
        holder = request.ball_user_id
        assert holder, f"{request.state}: in nobody's hands ({request.ball})"
        assert holder.active, f"in the hands of {holder.login}, who left"


INVARIANTS = (
    check_one_open_run,
    check_seats,
    check_questions,
    check_chains,
    check_lines,
    check_reserves,
    check_hashes,
    check_bills,
    check_balls,
)
