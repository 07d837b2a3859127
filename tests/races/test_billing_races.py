"""Two finance users at once, or one whose connection dies: each line is billed once."""

from contextlib import closing
from operator import methodcaller
from unittest.mock import patch

from psycopg2 import OperationalError
from race_case import RaceCase

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.intercommunal_billing.models import billing_run_background

TOLD = "Somebody else|state “|Nothing to bill"
CHECK = methodcaller("action_check")
INVOICE = methodcaller("action_invoice")
GROUP = "intercommunal_workflow.group_intercommunal_finance"


@tagged("post_install", "-at_install")
class TestBillingRaces(RaceCase):
    """Two of the finance office."""

    MODEL = "intercommunal.billing.run"

    @classmethod
    def _set_up_cast(cls):
        cls.commune.company_registry = cls._siret(cls.commune)
        # settled against the attribution de compensation: no journal is needed
        cls.agreement = cls._agreement(cls.commune, settle_mode="ac")
        cls.rate = cls._rate("AGT-RACE", "Agent", 40.0, is_default=True)
        cls.finance2 = new_test_user(cls.env, "finance2", GROUP)

    # ---------------------------------------------------------------- helpers

    def _worked(self):
        """Ids of the lines of an approved report."""
        return self._commit(
            lambda: self._approve(self._reported()).sudo().billing_line_ids
        )

    def _new_run(self, user):
        # of the agents, in the hour after midnight as well
        today = fields.Date.context_today(self.env.user.with_context(tz="Europe/Paris"))

        def make():
            # another first day: one run of a period is open at a time
            return (
                self.env["intercommunal.billing.run"]
                .with_user(user)
                .create(
                    {
                        "service_id": self.service.id,
                        "date_from": today.replace(
                            month=1, day=1 + (user == self.finance2)
                        ),
                        "date_to": today,
                    }
                )
            )

        [run_id] = self._commit(make)
        return run_id

    def _settle(self, run_ids):
        """Close what the test left, so that the next one begins with nothing."""
        with self.registry.cursor() as cr:
            runs = self._environment(cr)["intercommunal.billing.run"].browse(run_ids)
            runs.filtered("can_cancel").action_cancel()
            self._environment(cr)["intercommunal.billing.line"].search(
                [("state", "=", "open"), ("service_id", "=", self.service.id)]
            )._write_guarded({"waived_reason": "refused", "amount": 0.0})

    def _read(self, line_ids):
        with self.registry.cursor() as cr:
            lines = self._environment(cr)["intercommunal.billing.line"].browse(line_ids)
            return {(line.run_id.id, line.run_id.state, line.state) for line in lines}

    # ------------------------------------------------------------------- races

    def test_two_click_on_the_same_run(self):
        lines = self._worked()
        run_id = self._new_run(self.finance)
        self._commit_action(run_id, CHECK)
        told = self._race(
            (self.finance, INVOICE, run_id),
            (self.finance2, INVOICE, run_id),
        )
        self.assertIsNone(told[0])
        self.assertRegex(told[1] or "passed", TOLD)
        self.assertEqual(self._read(lines), {(run_id, "invoiced", "settled")})

    def test_two_click_on_the_same_large_run(self):
        lines = self._worked()
        run_id = self._new_run(self.finance)
        self._commit_action(run_id, CHECK)
        with patch.object(billing_run_background, "BACKGROUND_ABOVE", 0):
            told = self._race(
                (self.finance, INVOICE, run_id), (self.finance2, INVOICE, run_id)
            )
        self.assertIsNone(told[0])
        self.assertRegex(told[1] or "passed", "in the background .* for finance")
        self.assertEqual(self._read(lines), {(run_id, "checked", "in_run")})
        with self.registry.cursor() as cr:
            self._environment(cr)[self.MODEL]._cron_invoice()
        self.assertEqual(self._read(lines), {(run_id, "invoiced", "settled")})

    def test_two_runs_gather_the_same_lines(self):
        lines = self._worked()
        runs = [self._new_run(self.finance), self._new_run(self.finance2)]
        told = self._race(
            (self.finance, CHECK, runs[0]),
            (self.finance2, CHECK, runs[1]),
        )
        self.assertIsNone(told[0])
        self.assertRegex(told[1] or "passed", TOLD)
        self.assertEqual(self._read(lines), {(runs[0], "checked", "in_run")})
        self._settle(runs)

    def test_the_second_is_told_while_the_first_is_still_at_it(self):
        """Nobody waits for the end of a long run: the answer comes at once."""
        lines = self._worked()
        runs = [self._new_run(self.finance), self._new_run(self.finance2)]
        with self.registry.cursor() as early:
            self.assertIsNone(self._try_open(early, (self.finance, CHECK, runs[0])))
            with self.registry.cursor() as late:
                told = self._try(late, (self.finance2, CHECK, runs[1]))
            early.commit()
        self.assertRegex(told or "passed", "Somebody else")
        self.assertEqual(self._read(lines), {(runs[0], "checked", "in_run")})
        self._settle(runs)

    def test_a_recurring_charge_is_made_once(self):
        # of the agents, in the hour after midnight as well
        today = fields.Date.context_today(self.env.user.with_context(tz="Europe/Paris"))

        def make():
            return self.env["intercommunal.charge"].create(
                {
                    "agreement_id": self.agreement.id,
                    "name": "Flat",
                    "amount": 10.0,
                    "period": "year",
                    "due": "start",
                    "date_start": today.replace(month=1, day=1),
                }
            )

        [charge_id] = self._commit(make)
        runs = [self._new_run(self.finance), self._new_run(self.finance2)]
        told = self._race(
            (self.finance, CHECK, runs[0]),
            (self.finance2, CHECK, runs[1]),
        )
        self.assertIsNone(told[0])
        with self.registry.cursor() as cr:
            charge = self._environment(cr)["intercommunal.charge"].browse(charge_id)
            self.assertEqual(len(charge.billing_line_ids), 1)
            charge.active = False
        self._settle(runs)

    # ------------------------------------------------------------------- faults

    def test_killed_in_mid_run_then_done_again(self):
        lines = self._worked()
        run_id = self._new_run(self.finance)
        self._commit_action(run_id, CHECK)
        run_class = self.registry["intercommunal.billing.run"]
        whole = run_class._check_moves

        def die(run, moves):
            """The lines are taken, nothing is committed: PostgreSQL loses us."""
            with self.registry.cursor() as other:
                other.execute(
                    "SELECT pg_terminate_backend(%s)",
                    [run.env.cr._cnx.get_backend_pid()],
                )
            run.env.cr.execute("SELECT 1")
            return whole(run, moves)

        with (
            mute_logger("odoo.sql_db"),
            patch.object(run_class, "_check_moves", die),
            self.assertRaises(OperationalError),
            closing(self.registry.cursor()) as cr,
        ):
            self._environment(cr, self.finance)["intercommunal.billing.run"].browse(
                run_id
            ).action_invoice()
        self.assertEqual(self._read(lines), {(run_id, "checked", "in_run")})
        self._commit_action(run_id, INVOICE)
        self.assertEqual(self._read(lines), {(run_id, "invoiced", "settled")})

    def _commit_action(self, run_id, call):
        with self.registry.cursor() as cr:
            self.assertIsNone(self._try(cr, (self.finance, call, run_id)))

    def _try_open(self, cr, act):
        """As `_try`, without the commit that `retrying` ends with."""
        user, call, run_id = act
        env = self._environment(cr, user)
        call(env[self.MODEL].browse(run_id))
        env.flush_all()
