from functools import partial
from hashlib import sha256
from threading import Barrier, Thread
from unittest.mock import patch
from uuid import uuid4

from psycopg2.errors import SerializationFailure

from odoo import api
from odoo.service.model import retrying
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

DIGEST = sha256(b"content").hexdigest()


@tagged("post_install", "-at_install")
class TestParallelClaims(TransactionCase):
    """Several transactions at once: real cursors, and what they commit is removed."""

    def setUp(self):
        super().setUp()
        self.uuid = str(uuid4())
        self.user_id = self.env.ref("base.user_admin").id
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM intercommunal_mobile_submission WHERE uuid = %s",
                [self.uuid],
            )

    def _environment(self, cr):
        return api.Environment(cr, self.user_id, {})

    def _claim(self, env):
        submission, outcome = env["intercommunal.mobile.submission"]._claim(
            self.uuid, DIGEST, env["intercommunal.intervention"]
        )
        return submission.id, outcome

    def test_loser_with_an_older_snapshot_is_sent_to_retry(self):
        with self.registry.cursor() as late:
            # the snapshot of this transaction is taken before the winner commits
            late.execute("SELECT 1 FROM intercommunal_mobile_submission LIMIT 1")
            with self.registry.cursor() as early:
                winner, outcome = self._claim(self._environment(early))
                self.assertEqual(outcome, "created")

            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._claim(self._environment(late))
            late.rollback()

            self.assertEqual(
                self._claim(self._environment(late)), (winner, "duplicate")
            )

    def test_claim_of_a_transaction_that_failed_is_free_again(self):
        with self.registry.cursor() as failed:
            self._claim(self._environment(failed))
            failed.rollback()

        with self.registry.cursor() as next_one:
            _submission, outcome = self._claim(self._environment(next_one))

        self.assertEqual(outcome, "created")

    def test_six_parallel_sends_make_one_submission(self):
        answers, barrier = [], Barrier(6)

        def send():
            with self.registry.cursor() as cr:
                env = self._environment(cr)
                cr.execute("SELECT 1 FROM intercommunal_mobile_submission LIMIT 1")
                barrier.wait(timeout=30)
                answers.append(retrying(partial(self._claim, env), env))

        threads = [Thread(target=send) for _number in range(6)]
        # retrying waits up to 2 s at random before the second try
        with (
            patch("odoo.service.model.random.uniform", return_value=0.01),
            mute_logger("odoo.sql_db", "odoo.service.model"),
        ):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)

        self.assertEqual(
            sorted(outcome for _submission, outcome in answers),
            ["created"] + ["duplicate"] * 5,
        )
        self.assertEqual(len({submission for submission, _outcome in answers}), 1)
