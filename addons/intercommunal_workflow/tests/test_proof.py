from collections import Counter
from datetime import timedelta

import psycopg2

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.decision import FIRST_HASH
from ..models.proof import BATCH
from ..tools import merkle
from .test_validation import ValidationCase

TABLES = {
    "intercommunal.decision": "intercommunal_decision",
    "intercommunal.proof.day": "intercommunal_proof_day",
}


class ProofCase(ValidationCase):
    def _tamper(self, query, *params):
        """As somebody who owns the tables would: Odoo's role is no superuser."""
        self.env.flush_all()
        for verb in ("DISABLE", "ENABLE"):
            for table in TABLES.values():
                self.env.cr.execute(
                    f"ALTER TABLE {table} {verb} TRIGGER append_only_row"
                )
            if verb == "DISABLE":
                self.env.cr.execute(query, params)
        self.env.invalidate_all()

    def _decided(self, **vals):
        """A report that the referent has approved after a remark."""
        photo = {"kind": "after", "name": "After", "image": self._png()}
        vals = {"photo_ids": [Command.create(photo)], **vals}
        run = self._reported(self._planned(), **vals).validation_id.sudo()
        run.with_user(self.referent).action_annotate("First.")
        run.with_user(self.referent).action_approve()
        return run

    def _verify(self, *names):
        """The faults, as {(model, id): sentences}; the cast starts with none."""
        faults = {}
        self.counts = Counter()
        proof = self.env["intercommunal.proof"]
        for fault in proof._verify(self.counts, names or None):
            self.assertEqual(fault.company_id, self.company.id)
            faults.setdefault((fault.model, fault.record_id), []).append(fault.text)
        return faults

    def _forge(self, run):
        """Rewrite the whole chain of ``run`` with its hashes, faultless in itself."""
        previous = FIRST_HASH
        Decision = self.env["intercommunal.decision"]
        for decision in run.decision_ids.sorted("id"):
            decision.invalidate_recordset()
            vals = {**decision._get_hashed_vals(), "prev_hash": previous}
            previous = Decision._hash(vals)
            self._tamper(
                "UPDATE intercommunal_decision SET prev_hash = %s, own_hash = %s"
                " WHERE id = %s",
                vals["prev_hash"],
                previous,
                decision.id,
            )

    def _yesterday(self, *runs):
        """Make these runs' decisions a day older, with their hashes, then close."""
        for run in runs:
            self._tamper(
                "UPDATE intercommunal_decision SET decided_at = decided_at"
                " - interval '2 days' WHERE validation_id = %s",
                run.id,
            )
            self._forge(run)
        return self.env["intercommunal.proof.day"]._close_days(self.company)


@tagged("post_install", "-at_install")
class TestVerification(ProofCase):
    """Every chain is read; what was tampered with is named."""

    def test_whole_chains_have_no_fault(self):
        runs = self._decided() | self._decided()
        self.assertEqual(self._verify(), {})
        self.assertGreaterEqual(self.counts["runs"], 2)
        self.assertGreaterEqual(self.counts["decisions"], 4)
        self.assertGreaterEqual(self.counts["photos"], 2)
        self.assertEqual(runs._verify_chain(), [])

    def test_a_changed_decision_is_named(self):
        run, other = self._decided(), self._decided()
        decision = run.decision_ids.sorted("id")[0]
        self._tamper(
            "UPDATE intercommunal_decision SET comment = 'Perfect.' WHERE id = %s",
            decision.id,
        )
        [(row, [text])] = self._verify().items()
        self.assertEqual(row, ("intercommunal.decision", decision.id))
        self.assertIn(f"Decision {decision.id} ", text)
        self.assertEqual(other._verify_chain(), [])

    def test_a_decision_moved_to_another_company_is_named(self):
        decision = self._decided().decision_ids[0]
        company = self.env["res.company"].create({"name": "CC Elsewhere"})
        self._tamper(
            "UPDATE intercommunal_decision SET company_id = %s WHERE id = %s",
            company.id,
            decision.id,
        )
        self.assertEqual(
            list(self._verify()), [("intercommunal.decision", decision.id)]
        )

    def test_a_gap_and_a_cut_end_are_named(self):
        gap, cut = self._decided(), self._decided()
        first, second = gap.decision_ids.sorted("id")
        last = cut.decision_ids.sorted("id")[-1]
        self._tamper("DELETE FROM intercommunal_decision WHERE id = %s", first.id)
        self._tamper(
            "UPDATE intercommunal_validation_seat SET decision_id = NULL"
            " WHERE decision_id = %s",
            last.id,
        )
        self._tamper("DELETE FROM intercommunal_decision WHERE id = %s", last.id)
        faults = self._verify()
        self.assertEqual(
            set(faults),
            {
                ("intercommunal.decision", second.id),
                ("intercommunal.validation", cut.id),
            },
        )
        self.assertIn("missing", faults["intercommunal.decision", second.id][0])

    def test_a_changed_report_is_named_with_what_changed(self):
        run = self._decided()
        line = run.report_id.line_ids
        self._tamper(
            "UPDATE intercommunal_report_line SET minutes = 480,"
            " minutes_accepted = 480 WHERE id = %s",
            line.id,
        )
        [(row, [text])] = self._verify().items()
        self.assertEqual(row, ("intercommunal.report", run.report_id.id))
        self.assertIn("minutes: 120 → 480", text)

    def test_more_accepted_than_was_decided_is_named(self):
        report = self._reported(self._planned()).sudo()
        run, line = report.validation_id, report.line_ids
        run.with_user(self.referent).action_approve_reserves(
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 90,
                    "text": "It drips.",
                }
            ]
        )
        self.assertEqual(self._verify(), {})
        self._tamper(
            "UPDATE intercommunal_report_line SET minutes_accepted = 120,"
            " minutes_reserved = 0 WHERE id = %s",
            line.id,
        )
        [(row, [text])] = self._verify("contents").items()
        self.assertEqual(row, ("intercommunal.report.line", line.id))
        self.assertIn("120 min", text)
        self.assertIn("90 min", text)

    def test_a_deleted_photo_is_named(self):
        run = self._decided()
        uuid = run.report_id.photo_ids.uuid
        self._tamper("DELETE FROM intercommunal_photo WHERE uuid = %s", uuid)
        [(row, [text])] = self._verify().items()
        self.assertEqual(row, ("intercommunal.report", run.report_id.id))
        self.assertIn(uuid, text)

    def test_a_changed_or_lost_file_is_named(self):
        run = self._decided()
        photo = run.report_id.photo_ids
        place = "res_model = 'intercommunal.photo' AND res_id = %s"
        self._tamper(
            "UPDATE ir_attachment SET db_datas = 'x', store_fname = NULL"
            f" WHERE {place}",
            photo.id,
        )
        self.assertIn(
            "changed", self._verify("photos")["intercommunal.photo", photo.id][0]
        )
        self._tamper(f"DELETE FROM ir_attachment WHERE {place}", photo.id)
        self.assertIn(
            "missing", self._verify("photos")["intercommunal.photo", photo.id][0]
        )

    def test_each_night_reads_its_share_of_the_photos(self):
        photo = self._decided().report_id.photo_ids
        read = []
        for night in range(3):
            counts = Counter()
            proof = self.env["intercommunal.proof"]
            self.assertEqual(list(proof._verify_photos(counts, (3, night))), [])
            self.assertEqual(
                proof._prepare_share("intercommunal.photo", 10**9, night), (1, 0)
            )
            read.append(counts["photos"])
        everything = self.env["intercommunal.photo"].search_count([])
        self.assertEqual(sum(read), everything)
        self.assertTrue(read[photo.id % 3])

    def test_a_big_table_takes_its_turns(self):
        self._decided()
        proof = self.env["intercommunal.proof"]
        everything = self.env["intercommunal.photo"].search_count([])
        parts, part = proof._prepare_share("intercommunal.photo", 1, everything + 1)
        self.assertEqual((parts, part), (everything, 1 % everything))

    def test_what_was_approved_is_kept_when_the_request_lives_on(self):
        self._circuit({"commune_role": "mayor"}, subject="request")
        request = self._accepted()
        run = request.sudo().validation_ids
        run.with_user(self.mayor).action_approve()
        self._tamper(
            "UPDATE intercommunal_request SET name = 'Other' WHERE id = %s", request.id
        )
        self.assertEqual(list(self._verify()), [("intercommunal.request", request.id)])
        request = request.with_user(self.manager)
        request.action_reconsider("The price has changed.")
        request.estimated_cost = 950.0
        self.assertEqual(self._verify(), {})
        self.assertIn('"estimated_cost":"0.00"', run.content)
        self._tamper(
            "UPDATE intercommunal_validation SET content ="
            " replace(content, '0.00', '9.00') WHERE id = %s",
            run.id,
        )
        self.assertEqual(list(self._verify()), [("intercommunal.validation", run.id)])

    def test_the_number_of_queries_does_not_grow_with_the_runs(self):
        self._decided()
        self._verify("decisions")
        proof = self.env["intercommunal.proof"]
        self.assertLess(self.counts["runs"] + 3, BATCH)
        before = self.env.cr.sql_log_count
        list(proof._verify(Counter(), ["decisions"]))
        once = self.env.cr.sql_log_count - before
        for _run in range(3):
            self._decided()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        list(proof._verify(Counter(), ["decisions"]))
        self.assertLessEqual(self.env.cr.sql_log_count - before, once)


@tagged("post_install", "-at_install")
class TestDay(ProofCase):
    """The hash of a day shows that nobody rewrote it."""

    def test_a_day_is_closed_once_and_follows_the_one_before(self):
        run = self._decided()
        day = self._yesterday(run)
        self.assertEqual(day.decision_count, 2)
        self.assertEqual(
            day.root, merkle.get_root(run.decision_ids.sorted("id").mapped("own_hash"))
        )
        self.assertFalse(day._close_days(self.company))
        self.assertEqual(self._verify(), {})
        self.assertEqual(self.counts["days"], 1)

    def test_a_day_is_left_open_while_a_decision_may_still_come(self):
        self._decided()
        day = self.env["intercommunal.proof.day"]._close_days(self.company)
        self.assertNotIn(fields.Date.today(), day.mapped("date"))

    def test_a_chain_rewritten_with_its_hashes_is_found(self):
        run = self._decided()
        day = self._yesterday(run)
        self._tamper(
            "UPDATE intercommunal_decision SET comment = 'Perfect.'"
            " WHERE validation_id = %s",
            run.id,
        )
        self._forge(run)
        self.assertEqual(run._verify_chain(), [])
        [(row, [text])] = self._verify().items()
        self.assertEqual(row, ("intercommunal.proof.day", day.id))
        self.assertIn("rewritten", text)

    def test_a_run_erased_whole_is_found(self):
        run, kept = self._decided(), self._decided()
        day = self._yesterday(run, kept)
        self._tamper(
            "UPDATE intercommunal_validation_seat SET decision_id = NULL"
            " WHERE validation_id = %s",
            run.id,
        )
        self._tamper(
            "UPDATE intercommunal_validation SET state = 'open' WHERE id = %s", run.id
        )
        self._tamper(
            "DELETE FROM intercommunal_decision WHERE validation_id = %s", run.id
        )
        self.assertIn(
            ("intercommunal.proof.day", day.id), self._verify("decisions", "days")
        )

    def test_a_day_changed_or_cut_out_is_found(self):
        first = self._yesterday(self._decided())
        vals = {
            "company_id": self.company.id,
            "date": fields.Date.today() - timedelta(days=1),
            "decision_count": 0,
            "root": merkle.get_root([]),
            "prev_hash": first.own_hash,
        }
        second = first._create_guarded([{**vals, "own_hash": first._hash(vals)}])
        self.assertEqual(self._verify("days"), {})
        self._tamper(
            "UPDATE intercommunal_proof_day SET root = %s WHERE id = %s",
            "0" * 64,
            first.id,
        )
        self.assertEqual(list(self._verify("days")), [(first._name, first.id)])
        self._tamper("DELETE FROM intercommunal_proof_day WHERE id = %s", first.id)
        self.assertEqual(list(self._verify("days")), [(first._name, second.id)])

    def test_nobody_changes_a_day(self):
        day = self._yesterday(self._decided())
        with self.assertRaises(AccessError):
            day.sudo().write({"sent_to": "x"})
        with self.assertRaises(AccessError):
            day.sudo().unlink()
        with self.assertRaises(AccessError):
            day.with_user(self.admin).create([{"date": "2020-01-01"}])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM intercommunal_proof_day")

    def test_the_witness_outside_receives_the_hash(self):
        self.company.intercommunal_proof_email = "witness@example.com"
        day = self._yesterday(self._decided())
        self.assertEqual(day.sent_to, "witness@example.com")
        day._send()
        mail = self.env["mail.mail"].search([("email_to", "=", "witness@example.com")])
        self.assertIn(day.own_hash, mail.body_html)
        self.assertIn(day.root, mail.body_html)

    def test_what_the_witness_kept_unmasks_rewritten_days(self):
        run = self._decided()
        day = self._yesterday(run)
        kept = day.own_hash
        self.assertEqual(day._verify_witness(kept)[0], day)
        self._tamper("DELETE FROM intercommunal_proof_day WHERE id = %s", day.id)
        self._tamper(
            "UPDATE intercommunal_decision SET comment = 'Perfect.'"
            " WHERE validation_id = %s",
            run.id,
        )
        self._forge(run)
        again = day._close_days(self.company)
        # everything agrees with everything again, inside
        self.assertEqual(self._verify(), {})
        found, sentence = again._verify_witness(kept)
        self.assertFalse(found)
        self.assertIn("rewritten", sentence)

    def test_the_night_s_verification_calls_the_administrators(self):
        run = self._decided()
        Check = self.env["intercommunal.proof.check"]
        Check._cron_verify()
        check = Check.search([("company_id", "=", self.company.id)], limit=1)
        self.assertFalse(check.fault_count)
        self.assertFalse(check.activity_ids)
        decision = run.decision_ids[0]
        self._tamper(
            "UPDATE intercommunal_decision SET comment = 'x' WHERE id = %s", decision.id
        )
        Check._cron_verify()
        check = Check.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(check.fault_count, 1)
        self.assertIn(f"intercommunal.decision {decision.id}", check.faults)
        self.assertIn(self.admin, check.activity_ids.user_id)
        self.assertNotIn(self.manager, check.activity_ids.user_id)
