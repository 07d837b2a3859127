from unittest.mock import patch

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_validation import ValidationCase


@tagged("post_install", "-at_install")
class TestDeciding(ValidationCase):
    """What is recorded of a decision, and when none is."""

    def test_the_second_of_two_is_told_at_once(self):
        run = self._run_as(self._reported(), self.referent)
        locked = patch.object(type(run), "lock_for_update", side_effect=LockError("x"))
        for action in (
            run.action_approve,
            lambda: run.action_rework("Again."),
            lambda: run.action_annotate("Nice."),
        ):
            with locked, self.assertRaisesRegex(UserError, "right now. Reload"):
                action()
        self.assertFalse(run.decision_ids)

    def test_the_screen_is_the_user_s_own(self):
        self._circuit({"commune_role": "referent"}, {"resolver": "service_role"})
        run = self._reported().validation_id
        run.with_user(self.referent).action_approve()
        run.with_user(self.manager).action_approve(channel="mobile")
        self.assertEqual(
            run.sudo().decision_ids.sorted("id").mapped("channel"),
            ["portal", "mobile"],
        )

    def test_a_key_used_again_for_the_contrary_is_no_decision(self):
        run = self._run_as(self._reported(), self.referent)
        run.action_approve(idempotency_key="k")
        with self.assertRaisesRegex(UserError, "already decided"):
            run.action_rework("On second thoughts.", idempotency_key="k")
        self.assertEqual(run.decision_ids.kind, "approve")

    def test_a_closed_run_asks_nobody(self):
        self._circuit({"sequence": 5}, {"sequence": 5, "commune_role": "mayor"}, {})
        run = self._reported().validation_id.sudo()
        run.with_user(self.mayor).action_rework("Still leaks.")
        self.assertEqual(
            sorted(run.step_ids.mapped("state")), ["refused", "skipped", "skipped"]
        )
        self.assertFalse(run.pending_user_ids)
        self.assertFalse(run.date_due)

    def test_one_person_at_two_places_decides_once(self):
        """Complaint about other systems: the same person clicks three times."""
        user = {"resolver": "user", "user_id": self.finance.id}
        self._circuit({"sequence": 5, **user}, {"sequence": 5, **user})
        run = self._reported().validation_id
        run.with_user(self.finance).action_approve(idempotency_key="once")
        self.assertEqual(run.sudo().state, "approved")
        self.assertEqual(len(run.sudo().decision_ids), 2)
        self.assertEqual(run.sudo()._verify_chain(), [])

    def test_asked_again_after_going_back_the_same_person_decides_anew(self):
        circuit = self._circuit({}, {"commune_role": "mayor"})
        first, second = circuit.step_ids
        second.write({"on_refusal": "back", "back_step_id": first.id})
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        run.with_user(self.mayor).action_refuse("Look again.")
        run.with_user(self.referent).action_approve()
        run.with_user(self.mayor).action_approve()
        self.assertEqual(run.state, "approved")
        self.assertEqual(
            run.decision_ids.sorted("id").mapped("kind"),
            ["approve", "refuse", "approve", "approve"],
        )
        self.assertEqual(run._verify_chain(), [])

    def test_the_office_decides_in_a_window_that_knows_what_it_showed(self):
        self._circuit({"resolver": "service_role"})
        run = self._reported().validation_id.with_user(self.manager)
        window = self.env["intercommunal.validation.decide"].with_user(self.manager)
        window = window.with_context(active_id=run.id, default_kind="rework")
        with self.assertRaisesRegex(UserError, "why"):
            window.create({}).action_confirm()
        with self.assertRaisesRegex(UserError, "has changed"):
            window.create({"content_hash": "0" * 64, "comment": "x"}).action_confirm()
        window.create({"comment": "Clean up, please."}).action_confirm()
        self.assertEqual(run.state, "rework")
        self.assertEqual(run.decision_ids.comment, "Clean up, please.")

    def test_who_decided_is_archived_and_never_deleted(self):
        run = self._run_as(self._reported(), self.referent)
        run.action_approve()
        with self.assertRaisesRegex(UserError, "referent.*Archive"):
            self.referent.sudo().unlink()
        self.referent.sudo().active = False
        self.assertEqual(run.sudo().decision_ids.user_id, self.referent)


@tagged("post_install", "-at_install")
class TestChain(ValidationCase):
    """What was tampered with is found, and said."""

    def _tamper(self, query, *params):
        """As somebody who owns the table would: Odoo's role is no superuser."""
        self.env.flush_all()
        trigger = "ALTER TABLE intercommunal_decision {} TRIGGER append_only_row"
        self.env.cr.execute(trigger.format("DISABLE"))
        self.env.cr.execute(query, params)
        self.env.cr.execute(trigger.format("ENABLE"))
        self.env.invalidate_all()

    def _decided(self):
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_annotate("First.")
        run.with_user(self.referent).action_approve()
        return run

    def test_a_whole_chain_has_no_fault_in_any_state(self):
        runs = self._decided()
        for kind in ("action_rework", "action_refuse"):
            run = self._reported(self._planned()).validation_id.sudo()
            getattr(run.with_user(self.referent), kind)("Why.")
            runs |= run
        recalled = self._reported(self._planned())
        recalled.action_recall()
        runs |= (
            recalled.validation_id.sudo()
            | self._reported(self._planned()).validation_id.sudo()
        )
        self.assertEqual(
            runs.mapped("state"), ["approved", "rework", "rework", "cancelled", "open"]
        )
        self.assertEqual(runs._verify_chain(), [])

    def test_a_chain_cut_off_at_its_end_is_found(self):
        run = self._decided()
        last = run.decision_ids.sorted("id")[-1]
        # the seat that led to the decision forgets it as well
        self._tamper(
            "UPDATE intercommunal_validation_seat SET decision_id = NULL"
            " WHERE decision_id = %s",
            last.id,
        )
        self._tamper("DELETE FROM intercommunal_decision WHERE id = %s", last.id)
        [fault] = run._verify_chain()
        self.assertIn("closed", fault)

    def test_a_run_approved_by_nobody_is_found(self):
        run = self._reported().validation_id.sudo()
        self._tamper(
            "UPDATE intercommunal_validation SET state = 'approved' WHERE id = %s",
            run.id,
        )
        self.assertEqual(len(run._verify_chain()), 1)

    def test_a_run_about_another_content_than_was_approved_is_found(self):
        run = self._decided()
        self._tamper(
            "UPDATE intercommunal_validation SET content_hash = %s WHERE id = %s",
            "f" * 64,
            run.id,
        )
        self.assertEqual(len(run._verify_chain()), 1)

    def test_a_decision_in_another_s_name_is_found(self):
        run = self._decided()
        last = run.decision_ids.sorted("id")[-1]
        self._tamper(
            "UPDATE intercommunal_decision SET user_id = %s WHERE id = %s",
            self.mayor.id,
            last.id,
        )
        [fault] = run._verify_chain()
        self.assertIn(f"Decision {last.id} ", fault)

    def test_users_read_a_sentence_when_the_table_refuses(self):
        self._decided()
        self.env.flush_all()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError) as caught,
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM intercommunal_decision")
        message = self.env["intercommunal.decision"]._sql_error_to_message(
            caught.exception
        )
        self.assertEqual(message, "A decision is never changed.")
        self.assertEqual(caught.exception.diag.table_name, "intercommunal_decision")


@tagged("post_install", "-at_install")
class TestEvidence(ValidationCase):
    """The files of a report change with the report, and not behind it."""

    def setUp(self):
        super().setUp()
        photo = {"kind": "after", "name": "After", "image": self._png()}
        self.draft = self._draft_report(
            photo_ids=[Command.create(photo)], signature=self._png()
        )

    def _get_targets(self):
        return (
            ("intercommunal.photo", "image", self.draft.photo_ids),
            ("intercommunal.report", "signature", self.draft),
        )

    def test_nobody_changes_a_file_behind_its_record(self):
        self.draft.action_send()
        other = {"name": "x", "datas": self._png(color="#ff0000")}
        for user in (self.leader, self.manager, self.admin):
            files = self.env["ir.attachment"].with_user(user)
            for model, field, record in self._get_targets():
                place = {"res_model": model, "res_field": field, "res_id": record.id}
                [file] = files.search([(k, "=", v) for k, v in place.items()])
                before = file.checksum
                attempts = {
                    "write": lambda file=file: file.write({"datas": other["datas"]}),
                    "unlink": lambda file=file: file.unlink(),
                    "leave": lambda file=file: file.write({"res_field": False}),
                    "create": lambda files=files, place=place: files.create(
                        {**other, **place}
                    ),
                    "move": lambda files=files, place=place: files.create(
                        dict(other)
                    ).write(place),
                }
                for label, attempt in attempts.items():
                    with (
                        self.subTest(f"{user.login} {label} {model}"),
                        self.assertRaises(AccessError),
                        self.env.cr.savepoint(),
                    ):
                        attempt()
                    self.env.invalidate_all()
                    self.assertEqual(file.checksum, before)
        self._run_as(self.draft, self.referent).action_approve()
        self.assertEqual(self.draft.state, "accepted")

    def test_the_signature_is_part_of_what_is_approved(self):
        signed = self.draft._get_validation_hash()
        self.assertEqual(
            self.draft.with_context(bin_size=True)._get_validation_hash(), signed
        )
        self.draft.signature = False
        self.assertNotEqual(self.draft._get_validation_hash(), signed)

    def test_a_note_on_a_sent_report_keeps_its_own_files(self):
        self.draft.action_send()
        file = (
            self.env["ir.attachment"]
            .with_user(self.leader)
            .create(
                {
                    "name": "plan.txt",
                    "raw": b"plan",
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                }
            )
        )
        self.draft.message_post(body="The plan.", attachment_ids=file.ids)
        self.assertEqual(file.res_id, self.draft.id)
