from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IntercommunalCase

# A Monday morning after every test's today, so that roles have begun.
MONDAY = fields.Datetime.to_datetime("2027-03-01 09:00:00")


def on_day(number):
    """The morning of the ``number``-th day after that Monday."""
    return MONDAY + timedelta(days=number)


class ValidationCase(IntercommunalCase):
    """Circuits of one's own, before those that the addon ships."""

    def _circuit(self, *steps, subject="report", **vals):
        return self.env["intercommunal.circuit"].create(
            {
                "name": "Circuit",
                "subject": subject,
                "sequence": 1,
                "step_ids": [
                    Command.create(
                        {"name": f"Step {index}", "sequence": 10 * index, **step}
                    )
                    for index, step in enumerate(steps, 1)
                ],
                **vals,
            }
        )

    def _run_as(self, report, user):
        return report.validation_id.with_user(user)

    @contextmanager
    def _refused(self, exception, sentence):
        """What is tried inside raises ``sentence``, and leaves nothing behind."""
        with self.assertRaisesRegex(exception, sentence), self.env.cr.savepoint():
            yield


@tagged("post_install", "-at_install")
class TestDecision(ValidationCase):
    """One circuit of one step: the commune's referent approves the report."""

    def test_referent_is_asked_and_approves(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        self.assertEqual(run.sudo().pending_user_ids, self.referent)
        self.assertTrue(run.can_decide)
        self.assertFalse(run.with_user(self.mayor).can_decide)
        waiting = run.search([("is_waiting_for_me", "=", True)])
        self.assertEqual(waiting, run)
        run.action_approve(run.content_hash, "Well done.", channel="portal")
        self.assertEqual(run.state, "approved")
        self.assertEqual(report.state, "accepted")
        decision = run.decision_ids
        self.assertEqual(
            (decision.kind, decision.user_id, decision.comment, decision.channel),
            ("approve", self.referent, "Well done.", "portal"),
        )
        self.assertFalse(run.search([("is_waiting_for_me", "=", True)]))

    def test_nobody_else_decides(self):
        run = self._reported().validation_id
        for user in (
            self.requester,
            self.mayor,
            self.stranger,
            self.manager,
            self.leader,
            self.direction,
            self.admin,
            self.finance,
        ):
            with self.subTest(user.login), self.assertRaises(AccessError):
                run.with_user(user).action_approve()
        self.assertEqual(run.state, "open")
        self.assertFalse(run.sudo().decision_ids)

    def test_sending_back_needs_a_reason(self):
        run = self._run_as(self._reported(), self.referent)
        for action in (run.action_rework, run.action_refuse):
            with self.assertRaisesRegex(UserError, "why"):
                action("  ")
        self.assertEqual(run.state, "open")
        self.assertFalse(run.decision_ids)

    def test_no_decision_after_the_last(self):
        run = self._run_as(self._reported(), self.referent)
        run.action_approve()
        for action in (
            run.action_approve,
            lambda: run.action_rework("Too late."),
            lambda: run.action_annotate("Too late."),
        ):
            with self.assertRaises(UserError):
                action()
        with self.assertRaisesRegex(UserError, "already decided.*referent"):
            run.action_approve()
        self.assertEqual(len(run.decision_ids), 1)

    def test_a_stale_page_does_not_decide(self):
        run = self._run_as(self._reported(), self.referent)
        with self.assertRaisesRegex(UserError, "has changed"):
            run.action_approve("0" * 64)
        self.assertEqual(run.state, "open")

    def test_content_changed_behind_the_orm_is_not_approved(self):
        report = self._reported()
        self.env.cr.execute(
            "UPDATE intercommunal_report_line SET minutes = 999 WHERE report_id = %s",
            (report.id,),
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "has changed"):
            self._run_as(report, self.referent).action_approve()

    def test_the_same_key_counts_once(self):
        run = self._run_as(self._reported(), self.referent)
        run.action_annotate("Nice.")
        run.action_approve(idempotency_key="k1")
        run.action_approve(idempotency_key="k1")
        self.assertEqual(run.decision_ids.mapped("kind"), ["annotate", "approve"])

    def test_a_role_that_ended_does_not_decide(self):
        run = self._run_as(self._reported(), self.referent)
        self.referent.sudo().intercommunal_role_ids.date_to = (
            fields.Date.today() - timedelta(days=1)
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            run.action_approve()
        self.assertEqual(run.sudo().state, "open")

    def test_vacant_role_blocks_the_sending_and_says_so(self):
        report = self._draft_report()
        self.referent.sudo().intercommunal_role_ids.date_to = (
            fields.Date.today() - timedelta(days=1)
        )
        with self.assertRaisesRegex(UserError, "Referent.*Valbois.*vacant"):
            report.action_send()

    def test_only_whose_turn_it_is_hears_of_it(self):
        notify = self.env["mail.notification"].sudo()
        before = notify.search([], order="id desc", limit=1).id or 0
        run = self._reported().validation_id
        asked = notify.search([("id", ">", before)]).filtered(
            lambda line: line.mail_message_id.model == run._name
        )
        self.assertEqual(asked.res_partner_id, self.referent.partner_id)


@tagged("post_install", "-at_install")
class TestCircuit(ValidationCase):
    """Several steps, thresholds, quorum, four eyes."""

    def test_referent_then_mayor(self):
        self._circuit({}, {"commune_role": "mayor"})
        report = self._reported()
        run = report.validation_id.sudo()
        self.assertEqual(run.pending_user_ids, self.referent)
        with self.assertRaises(AccessError):
            run.with_user(self.mayor).action_approve()
        run.with_user(self.referent).action_approve()
        self.assertEqual(run.state, "open")
        self.assertEqual(run.pending_user_ids, self.mayor)
        self.assertEqual(report.request_id.sudo().ball_user_id, self.mayor)
        run.with_user(self.mayor).action_approve()
        self.assertEqual(run.state, "approved")

    def test_equal_sequences_are_asked_together(self):
        self._circuit({"sequence": 5}, {"sequence": 5, "commune_role": "mayor"})
        run = self._reported().validation_id.sudo()
        self.assertEqual(run.pending_user_ids, self.referent | self.mayor)
        run.with_user(self.mayor).action_approve()
        self.assertEqual(run.state, "open")
        run.with_user(self.referent).action_approve()
        self.assertEqual(run.state, "approved")

    def test_quorum_counts_distinct_persons(self):
        second = self._new_commune_user("second", self.commune, "referent")
        self._circuit({"quorum": 2})
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        self.assertEqual(run.state, "open")
        with self.assertRaises(AccessError):
            run.with_user(self.referent).action_approve()
        run.with_user(second).action_approve()
        self.assertEqual(run.state, "approved")

    def test_first_of_two_is_enough_and_frees_the_other(self):
        second = self._new_commune_user("second", self.commune, "referent")
        run = self._reported().validation_id.sudo()
        run.with_user(second).action_approve()
        self.assertEqual(run.state, "approved")
        self.assertFalse(
            run.with_user(self.referent).search([("is_waiting_for_me", "=", True)])
        )

    def test_all_of_them(self):
        second = self._new_commune_user("second", self.commune, "referent")
        self._circuit({"quorum_mode": "all"})
        run = self._reported().validation_id.sudo()
        run.with_user(second).action_approve()
        self.assertEqual(run.state, "open")

    def test_four_eyes_exclude_the_author(self):
        self._circuit({"resolver": "user", "user_id": self.leader.id})
        with self.assertRaisesRegex(UserError, "Nobody can approve"):
            self._reported()

    def test_threshold_and_condition_skip_a_step(self):
        self._circuit(
            {},
            {"commune_role": "mayor", "amount_min": 100},
            {
                "commune_role": "mayor",
                "condition_domain": "[('outcome','=','partial')]",
            },
        )
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        self.assertEqual(run.state, "approved")
        self.assertEqual(
            run.step_ids.mapped("state"), ["approved", "skipped", "skipped"]
        )

    def test_a_circuit_that_asks_nobody_approves_nothing(self):
        self._circuit({"amount_min": 100})
        with self.assertRaisesRegex(UserError, "nobody would approve"):
            self._reported()

    def test_refusal_as_the_step_says(self):
        for on_refusal, state, report_state in (
            ("rework", "rework", "to_redo"),
            ("cancel", "refused", "refused"),
        ):
            with self.subTest(on_refusal):
                circuit = self._circuit({"on_refusal": on_refusal})
                report = self._reported()
                self._run_as(report, self.referent).action_refuse("Not asked for.")
                self.assertEqual(report.validation_id.state, state)
                self.assertEqual(report.state, report_state)
                self.assertEqual(report.intervention_id.state, "rework")
                circuit.active = False

    def test_refusal_goes_back_to_an_earlier_step(self):
        circuit = self._circuit({}, {"commune_role": "mayor"})
        first, second = circuit.step_ids
        second.write({"on_refusal": "back", "back_step_id": first.id})
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        run.with_user(self.mayor).action_refuse("Look again.")
        self.assertEqual(run.state, "open")
        self.assertEqual(run.pending_user_ids, self.referent)

    def test_a_used_circuit_is_frozen_and_has_versions(self):
        circuit = self._circuit({})
        report = self._reported()
        for attempt in (
            lambda: circuit.step_ids.write({"quorum": 2}),
            lambda: circuit.write({"domain": "[('id','=',0)]"}),
            lambda: circuit.write({"step_ids": [Command.clear()]}),
            circuit.unlink,
        ):
            with self.assertRaisesRegex(UserError, "was used"):
                attempt()
        action = circuit.action_new_version()
        successor = circuit.browse(action["res_id"])
        self.assertEqual((successor.version, successor.previous_id), (2, circuit))
        successor.step_ids.commune_role = "mayor"
        self.assertEqual(report.validation_id.sudo().pending_user_ids, self.referent)
        again = self._reported(self._planned())
        self.assertEqual(again.validation_id.sudo().pending_user_ids, self.mayor)

    def test_request_is_approved_before_work(self):
        self._circuit({"commune_role": "mayor"}, subject="request")
        request = self._submitted().with_user(self.manager)
        request.action_accept()
        self.assertEqual((request.state, request.ball), ("approval", "approver"))
        self.assertEqual(request.ball_user_id, self.mayor)
        request.validation_ids.with_user(self.mayor).action_approve()
        self.assertEqual(request.state, "accepted")

    def test_withdrawing_closes_the_open_approval(self):
        self._circuit({"commune_role": "mayor"}, subject="request")
        request = self._submitted()
        request.with_user(self.manager).action_accept()
        request.action_withdraw()
        self.assertEqual(request.state, "cancelled")
        self.assertEqual(request.validation_ids.state, "cancelled")
        self.assertFalse(request.validation_ids.sudo().pending_user_ids)

    def test_nobody_writes_the_engine_s_records(self):
        run = self._reported().validation_id.sudo()
        attempts = (
            lambda r: r.write({"state": "approved"}),
            lambda r: r.seat_ids.write({"user_id": self.mayor.id}),
            lambda r: r.step_ids.write({"state": "approved"}),
            lambda r: r.unlink(),
            lambda r: r.seat_ids.unlink(),
            lambda r: r.write({"decision_ids": [Command.create({"kind": "approve"})]}),
            lambda r: r.copy(),
        )
        for user in (self.referent, self.admin, self.env.user):
            for number, attempt in enumerate(attempts):
                with (
                    self.subTest(f"{user.login} {number}"),
                    self.assertRaises(AccessError),
                ):
                    attempt(run.with_user(user))
            with self.assertRaises(AccessError):
                attempts[0](run.sudo())
        self.assertEqual(run.state, "open")

    def test_decisions_are_never_changed_not_even_by_sql(self):
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        decision = run.decision_ids
        with self.assertRaises(AccessError):
            decision.write({"comment": "I never said so."})
        with self.assertRaises(AccessError):
            decision.unlink()
        self.env.flush_all()
        for query in (
            "UPDATE intercommunal_decision SET comment = 'no'",
            "DELETE FROM intercommunal_decision",
            "TRUNCATE intercommunal_decision CASCADE",
        ):
            with (
                self.subTest(query),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(psycopg2.Error, "append-only"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(query)

    def test_tampering_with_the_triggers_off_is_named(self):
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_annotate("First.")
        run.with_user(self.referent).action_approve()
        self.assertEqual(run._verify_chain(), [])
        first = run.decision_ids.sorted("id")[0]
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE intercommunal_decision DISABLE TRIGGER append_only_row"
        )
        self.env.cr.execute(
            "UPDATE intercommunal_decision SET comment = 'Other.' WHERE id = %s",
            (first.id,),
        )
        self.env.invalidate_all()
        [fault] = run._verify_chain()
        self.assertIn(f"Decision {first.id} ", fault)
        self.env.cr.execute(
            "DELETE FROM intercommunal_decision WHERE id = %s", (first.id,)
        )
        self.env.invalidate_all()
        [fault] = run._verify_chain()
        self.assertIn("is missing", fault)

    def test_people_who_decided_are_not_deleted(self):
        run = self._reported().validation_id
        run.with_user(self.referent).action_approve()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.referent.sudo().unlink()
        self.assertNotIsInstance(caught.exception, AttributeError)

    def test_waiting_for_me_costs_the_same_whatever_waits(self):
        for _index in range(3):
            self._reported(self._planned())
        Validation = self.env["intercommunal.validation"].with_user(self.referent)
        domain = [("is_waiting_for_me", "=", True)]
        Validation.search_count(domain)
        with self.assertQueryCount(1):
            count = Validation.search_count(domain)
        self.assertEqual(count, 3)
