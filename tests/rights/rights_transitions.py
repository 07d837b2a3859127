"""Tries public actions as each actor, on a record of each scope."""

from rights_cells import Cells
from rights_moves import MOVES, arguments
from rights_world import ACTORS, CANARY, SCOPES


class Transitions(Cells):
    """Who may call which action, where, and what refusals leave behind."""

    def __init__(self, case):
        super().__init__(case)
        self.case = case

    def try_action(self, model, action):
        """``{scope: "actors that may"}`` and the faults of the refusals."""
        row, state = MOVES[model][action]
        allowed, faults = {}, []
        for scope in SCOPES:
            record = self.case.rows[model].get(f"{row}.{scope}")
            if record is None:
                continue
            given = arguments(self.case, model, action, record)
            may = []
            before = self.snapshot(record)
            for actor in ACTORS:
                refusal = self.try_one(record, action, given, state, actor)
                if refusal is None:
                    may.append(actor)
                elif fault := self.leak(record, actor, refusal):
                    faults.append(f"{scope} {actor}: {fault}")
            if self.snapshot(record) != before:
                faults.append(f"{scope}: something stayed after a refusal")
            allowed[scope] = " ".join(may) or "-"
        return allowed, faults

    def try_one(self, record, action, given, state, actor):
        self.cells += 1
        user = self.case.users[actor]

        def call():
            if state:
                record._write_guarded(
                    state if isinstance(state, dict) else {"state": state}
                )
                self.env.flush_all()
            getattr(record.with_user(user), action)(**given)

        refusal = self.attempt(call)
        self.denials += refusal is not None
        return refusal

    def leak(self, record, actor, refusal):
        if CANARY in str(refusal) and not self.is_found(record, self.case.users[actor]):
            return f"tells what is not theirs: {refusal}"
        return ""
