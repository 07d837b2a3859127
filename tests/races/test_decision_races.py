"""Two people decide at once: one outcome, the other is told."""

from functools import partial
from threading import Barrier, Thread

from race_case import RaceCase

from odoo import Command
from odoo.tests import tagged

TOLD = "already decided|deciding on|state “|It is up to|settled already"


@tagged("post_install", "-at_install")
class TestDecisionRaces(RaceCase):
    """Two who decide on a report, or on its circuit."""

    MODEL = "intercommunal.validation"

    @classmethod
    def _set_up_cast(cls):
        cls.agreement = cls._agreement(cls.commune)
        cls.rate = cls._rate("AGT-RACE", "Agent", 40.0, is_default=True)
        cls.referent2 = cls._new_commune_user("referent2", cls.commune, "referent")
        cls.circuit = cls.env["intercommunal.circuit"].create(
            {
                "name": "Race",
                "subject": "report",
                "sequence": 0,
                "step_ids": [
                    Command.create({"name": "Referents"}),
                ],
            }
        )

    # ---------------------------------------------------------------- helpers

    def _ask_for(self, quorum):
        """From now on, and in this test only, this many referents approve."""

        def make():
            circuit = self.circuit.with_env(self.env).copy({"sequence": -quorum})
            circuit.step_ids.quorum = quorum
            return circuit

        [circuit_id] = self._commit(make)

        def archive():
            self.env["intercommunal.circuit"].browse(circuit_id).active = False

        self.addCleanup(self._commit, archive)

    def _sent(self):
        """Id of the run of a report that was just sent."""
        [run_id] = self._commit(lambda: self._reported().validation_id)
        return run_id

    def _assert_one_outcome(self, told):
        first, second = told
        self.assertIsNone(first)
        self.assertRegex(second or "passed", TOLD)

    def _check(self, run_id, state, kinds, billed):
        """What is in the database once both are done."""
        with self.registry.cursor() as cr:
            run = self._environment(cr)["intercommunal.validation"].browse(run_id)
            self.assertEqual(run.state, state)
            self.assertEqual(run.decision_ids.sorted("id").mapped("kind"), kinds)
            self.assertFalse(run._verify_chain())
            self.assertEqual(len(run.report_id.billing_line_ids), billed)
            if billed:
                self.assertEqual(
                    sum(run.report_id.billing_line_ids.mapped("amount")), 80
                )

    # ------------------------------------------------------------------- races

    def test_two_approve(self):
        run_id = self._sent()
        told = self._race(
            (self.referent, lambda run: run.action_approve(), run_id),
            (self.referent2, lambda run: run.action_approve(), run_id),
        )
        self._assert_one_outcome(told)
        self.assertIn("referent", told[1])
        self._check(run_id, "approved", ["approve"], billed=1)

    def test_two_of_two_approve(self):
        """The second is not told to reload: both voices are wanted."""
        self._ask_for(2)
        run_id = self._sent()
        told = self._race(
            (self.referent, lambda run: run.action_approve(), run_id),
            (self.referent2, lambda run: run.action_approve(), run_id),
        )
        self.assertEqual(told, (None, None))
        self._check(run_id, "approved", ["approve", "approve"], billed=1)

    def test_one_approves_one_refuses(self):
        for acts, state, kinds, billed in (
            (("action_approve", "action_refuse"), "approved", ["approve"], 1),
            (("action_refuse", "action_approve"), "rework", ["refuse"], 0),
        ):
            with self.subTest(acts):
                run_id = self._sent()
                people = (self.referent, self.referent2)
                told = self._race(
                    *(
                        (user, partial(self._decide, act), run_id)
                        for user, act in zip(people, acts, strict=True)
                    )
                )
                self._assert_one_outcome(told)
                self._check(run_id, state, kinds, billed)

    @staticmethod
    def _decide(act, run):
        return (
            run.action_approve()
            if act == "action_approve"
            else run.action_refuse("No.")
        )

    def test_the_same_click_twice_counts_once(self):
        run_id = self._sent()

        def click(run):
            return run.action_approve(idempotency_key="a-click")

        told = self._race(
            (self.referent, click, run_id), (self.referent, click, run_id)
        )
        self.assertEqual(told, (None, None))
        self._check(run_id, "approved", ["approve"], billed=1)

    def test_the_team_recalls_while_the_commune_approves(self):
        recall = (self.leader, lambda run: run.report_id.action_recall())
        approve = (self.referent, lambda run: run.action_approve())
        with self.subTest("recalled first"):
            run_id = self._sent()
            self._assert_one_outcome(self._race((*recall, run_id), (*approve, run_id)))
            self._check(run_id, "cancelled", ["withdraw"], billed=0)
        with self.subTest("approved first"):
            run_id = self._sent()
            self._assert_one_outcome(self._race((*approve, run_id), (*recall, run_id)))
            self._check(run_id, "approved", ["approve"], billed=1)

    def test_the_service_starts_again_while_the_commune_approves(self):
        restart = (self.manager, lambda run: run.action_restart("New rule."))
        approve = (self.referent, lambda run: run.action_approve())
        with self.subTest("started again first"):
            run_id = self._sent()
            self._assert_one_outcome(self._race((*restart, run_id), (*approve, run_id)))
            self._check(run_id, "cancelled", ["restart"], billed=0)
        with self.subTest("approved first"):
            run_id = self._sent()
            self._assert_one_outcome(self._race((*approve, run_id), (*restart, run_id)))
            self._check(run_id, "approved", ["approve"], billed=1)

    def test_one_takes_back_while_the_other_decides(self):
        self._ask_for(2)
        revoke = (self.referent, lambda run: run.action_revoke())
        approve = (self.referent2, lambda run: run.action_approve())
        for first, second, state, kinds, billed in (
            (revoke, approve, "open", ["approve", "revoke", "approve"], 0),
            (approve, revoke, "approved", ["approve", "approve"], 1),
        ):
            with self.subTest(kinds):
                run_id = self._sent()
                with self.registry.cursor() as cr:
                    own = (self.referent, lambda run: run.action_approve(), run_id)
                    self.assertIsNone(self._try(cr, own))
                told = self._race((*first, run_id), (*second, run_id))
                self.assertIsNone(told[0])
                if state == "approved":
                    self._assert_one_outcome(told)
                self._check(run_id, state, kinds, billed)

    def test_two_answers_to_one_question(self):
        run_id = self._sent()
        ask = (
            self.referent,
            lambda run: run.action_ask_clarification("Why?", self.leader.id),
            run_id,
        )
        with self.registry.cursor() as cr:
            self.assertIsNone(self._try(cr, ask))

        def answer(run):
            question = run.sudo().clarification_ids.id
            return run.action_answer_clarification(question, "It rained.")

        told = self._race((self.leader, answer, run_id), (self.manager, answer, run_id))
        self.assertIsNone(told[0])
        self.assertTrue(told[1])
        self._check(run_id, "open", ["ask", "answer"], billed=0)

    def test_two_clicks_in_the_same_instant(self):
        run_id = self._sent()
        told, barrier = [], Barrier(2)

        def act(user):
            with self.registry.cursor() as cr:
                cr.execute("SELECT 1 FROM intercommunal_validation LIMIT 1")
                barrier.wait(timeout=30)
                told.append(
                    self._try(cr, (user, lambda run: run.action_approve(), run_id))
                )

        threads = [
            Thread(target=act, args=(user,)) for user in (self.referent, self.referent2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        self.assertEqual(len(told), 2)
        self._assert_one_outcome(sorted(told, key=bool))
        self._check(run_id, "approved", ["approve"], billed=1)
