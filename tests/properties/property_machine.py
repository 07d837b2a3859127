"""A hypothesis state machine over real Odoo records.

Each example runs in a savepoint that is rolled back. A rule lets one user try one
thing; whatever comes of it, every invariant is checked after it.

The profile "ci" is the same in every run. ``INTERCOMMUNAL_PROPERTIES=long`` draws many
more examples at random; ``INTERCOMMUNAL_PROPERTIES_SEED`` repeats one of these runs.
"""

import os
import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    run_state_machine_as_test,
)
from psycopg2 import IntegrityError
from run_counts import count

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

LONG = os.environ.get("INTERCOMMUNAL_PROPERTIES") == "long"
SEED = int(
    os.environ.get("INTERCOMMUNAL_PROPERTIES_SEED")
    or (random.randrange(2**32) if LONG else 1)
)
# Each round draws anew: within one, the examples resemble each other.
ROUNDS = 20 if LONG else 2
# What an action that is refused must leave as it was.
WATCHED_TABLES = (
    "intercommunal_request",
    "intercommunal_intervention",
    "intercommunal_report",
    "intercommunal_report_line",
    "intercommunal_photo",
    "intercommunal_circuit",
    "intercommunal_circuit_step",
    "intercommunal_validation",
    "intercommunal_validation_step",
    "intercommunal_validation_seat",
    "intercommunal_decision",
    "intercommunal_clarification",
    "intercommunal_reserve",
    "intercommunal_delegation",
    "intercommunal_commune_role",
    "intercommunal_billing_line",
    "mail_message",
    "mail_notification",
    "mail_mail",
    "ir_attachment",
)

TITLE = f"Steps of the state machines (seed {SEED})"
# {machine: Counter of what its examples reached}: a machine that never gets anywhere
# proves nothing.
reached = defaultdict(Counter)


def get_settings():
    """How many examples of how many steps the chosen profile runs."""
    return settings(
        max_examples=100 if LONG else 6,
        stateful_step_count=60 if LONG else 30,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )


class OdooMachine(RuleBasedStateMachine):
    """Records of Odoo that random actors act upon.

    :cvar case: the running TransactionCase, which holds the cast
    :cvar goals: what the examples together must reach, as pairs (model, state)
    """

    case = None
    goals: ClassVar[set] = set()
    # a machine of quick steps may run more
    rounds = ROUNDS

    @classmethod
    def check(cls, case):
        """Run the machine in ``case``; raise the smallest example that fails."""
        machine = type(cls.__name__, (cls,), {"case": case})
        for number in range(cls.rounds):
            run_state_machine_as_test(
                seed(SEED + number)(machine), settings=get_settings()
            )
        missed = cls.goals - set(reached[cls.__name__])
        assert not missed, f"no example reached {sorted(missed)}"

    def __init__(self):
        super().__init__()
        self.env = self.case.env
        self.savepoint = self.case.cr.savepoint()
        # {table: its last row before the example}
        self.tables = {
            table: self._get_last_id(table)
            for table in WATCHED_TABLES
            if self._exists(table)
        }
        self.hops = self.case.hops
        self.told = self.case.told
        self.hops.clear()
        self.told.clear()
        self.case.clock.move_to(self.case.start)

    def teardown(self):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
        # what was cached of users and roles that were rolled back
        self.env.registry.clear_all_caches()

    def _exists(self, table):
        self.env.cr.execute(SQL("SELECT to_regclass(%s)", table))
        return self.env.cr.fetchone()[0] is not None

    def _get_last_id(self, table):
        self.env.cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
        return self.env.cr.fetchone()[0] or 0

    # ------------------------------------------------------------------ trying

    def attempt(self, call):
        """Let somebody try something, as one request of theirs.

        :param call: what is tried, without arguments
        A constraint of the table refuses too: the server words it for the user.

        :return: the error that refused it, or None
        """
        count(TITLE, **{type(self).__name__: 1})
        before = self.snapshot()
        # nobody is so quick that two acts share a second
        self.case.clock.tick(timedelta(seconds=70))
        savepoint = self.case.cr.savepoint()
        try:
            with mute_logger("odoo.sql_db"):
                call()
                self.env.flush_all()
        except (UserError, IntegrityError) as error:
            if type(error) is AccessError:
                # rights are judged before anything is written
                self.env.flush_all()
                self.assert_unchanged(before, error)
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)
            self.hops.clear()
            self.told.clear()
            self.assert_unchanged(before, error)
            assert str(error).strip(), "a refusal says why"
            return error
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        return None

    def count(self, *what):
        """Note what an example reached; see ``goals``."""
        reached[type(self).__name__][what] += 1

    def snapshot(self):
        """A hash of the example's rows in each watched table."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(" UNION ALL ").join(
                SQL(
                    "SELECT %s, md5(string_agg(t::text, ',' ORDER BY id)) FROM %s t"
                    " WHERE id > %s",
                    table,
                    SQL.identifier(table),
                    last_id,
                )
                for table, last_id in self.tables.items()
            )
        )
        return dict(self.env.cr.fetchall())

    def assert_unchanged(self, before, error):
        """Nothing was written since ``before``."""
        after = self.snapshot()
        changed = [table for table in self.tables if before[table] != after[table]]
        assert not changed, f"refused ({error}), and yet changed: {changed}"

    # --------------------------------------------------------------- invariants

    @invariant()
    def after_each_step(self):
        """Hypothesis calls it; an override of a marked method would lose its mark."""
        self.always_true()

    def always_true(self):
        """What holds after every step; machines add theirs."""
        self.check_hops()
        self.check_told()

    def check_told(self):
        """Only those were told that it is their turn whose turn it is."""
        for seat in self.env["intercommunal.validation.seat"].browse(self.told):
            assert seat.state in ("pending", "asking"), (
                f"{seat.user_id.login} was told although it is {seat.state}"
            )
        self.told.clear()

    def check_hops(self):
        """Each state moved along the transitions that its model declares."""
        for model, old, new in self.hops:
            table = self.env[model]._transitions
            assert new in table[old], f"{model} went from {old} to {new}"
            self.count(model, new)
        self.hops.clear()


class SpyOnEngine:
    """Mixin of a TransactionCase: notes each change of a state, hop by hop, and whom
    the engine tells that it is their turn."""

    def setUp(self):
        super().setUp()
        self.hops = []
        self.told = []
        for name in self.env.registry:
            model = self.env[name]
            if name.startswith("intercommunal.") and getattr(
                model, "_transitions", None
            ):
                self._note_states(type(model))
        for name in ("_notify_holders", "_notify_reminder", "_notify_escalated"):
            self._note_turns(type(self.env["intercommunal.validation"]), name)

    def _note_states(self, model_class):
        write, hops = model_class.write, self.hops

        def noted_write(records, vals):
            if "state" in vals:
                hops.extend(
                    (records._name, record.state, vals["state"])
                    for record in records.sudo()
                    if record.state != vals["state"]
                )
            return write(records, vals)

        self.patch(model_class, "write", noted_write)

    def _note_turns(self, model_class, name):
        notify, told = getattr(model_class, name), self.told

        def noted_notify(run, seats):
            told.extend(seats.sudo().ids)
            return notify(run, seats)

        self.patch(model_class, name, noted_notify)
