from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..tools import content as contents
from .common import FieldCase


@tagged("post_install", "-at_install")
class TestIntake(FieldCase):
    """Claim, report, transition and approval: one transaction, once."""

    def test_a_report_without_photos_leaves_at_once(self):
        answer = self._receive(self._content())
        self.assertEqual((answer["status"], answer["state"]), ("created", "complete"))
        report = self._submission(answer).report_id
        self.assertEqual((report.state, report.sent_by_id), ("sent", self.leader))
        self.assertEqual(report.client_uuid, answer["uuid"])
        self.assertEqual(report.line_ids.mapped("minutes"), [120])
        self.assertEqual(report.validation_id.state, "open")
        self.assertEqual(self.job.state, "reported")

    def test_the_same_message_again_changes_nothing(self):
        content, uuid = self._content(), str(uuid4())
        first = self._receive(content, uuid)
        again = self._receive(content, uuid)
        self.assertEqual(again["status"], "duplicate")
        self.assertEqual(again["reference"], first["reference"])
        self.assertEqual(len(self.job.report_ids), 1)

    def test_other_words_under_the_same_identifier_keep_the_first(self):
        uuid = str(uuid4())
        self._receive(self._content(), uuid)
        answer = self._receive(self._content(summary="Something else."), uuid)
        self.assertEqual(answer["status"], "conflict")
        self.assertEqual(self.job.report_ids.summary, "Joint replaced.")

    def test_it_leaves_with_its_last_photo(self):
        one, first = self._photo(caption="Sink")
        two, second = self._photo("#aa0000")
        answer = self._receive(self._content(photos=[first, second]))
        submission = self._submission(answer)
        self.assertEqual(answer["missing"], [first["uuid"], second["uuid"]])
        self.assertEqual(submission.report_id.state, "draft")
        find = submission.with_user(self.leader)._find_photo
        self.assertEqual(find(answer["uuid"], first["uuid"])._receive(two), "mismatch")
        self.assertEqual(find(answer["uuid"], first["uuid"])._receive(one), "received")
        self.assertEqual(find(answer["uuid"], first["uuid"])._receive(one), "duplicate")
        self.assertEqual(submission.report_id.state, "draft")
        find(answer["uuid"], second["uuid"])._receive(two)
        self.assertEqual(
            (submission.state, submission.report_id.state), ("complete", "sent")
        )
        photos = submission.report_id.photo_ids
        self.assertEqual(len(photos), 2)
        self.assertIn("Sink", photos.mapped("name"))

    def test_a_photo_that_is_none_is_refused_alone(self):
        content = b"<svg onload='alert(1)'/>"
        _bytes, photo = self._photo()
        photo["sha256"] = sha256(content).hexdigest()
        answer = self._receive(self._content(photos=[photo]))
        submission = self._submission(answer)
        found = submission.with_user(self.leader)._find_photo(
            answer["uuid"], photo["uuid"]
        )
        self.assertEqual(found._receive(content), "refused")
        self.assertEqual(
            (submission.state, submission.report_id.state), ("complete", "sent")
        )
        self.assertIn("not a photo", found.fault)

    def test_evidence_is_kept_whatever_the_office_did(self):
        self.job.action_cancel("Not needed any more.")
        answer = self._receive(self._content())
        submission = self._submission(answer)
        self.assertEqual(answer["state"], "to_reconcile")
        self.assertIn("Joint replaced.", submission.content)
        self.assertFalse(submission.report_id)
        activity = self.job.sudo().activity_ids
        self.assertEqual(activity.user_id, self.manager)
        # it leads to the message
        self.assertIn(f'data-oe-id="{submission.id}"', activity.note)
        # a second one, then both are settled: the task goes with the last one
        other = self._submission(self._receive(self._content(summary="Again.")))
        submission.with_user(self.manager).action_settle(note="Seen.")
        self.assertTrue(self.job.sudo().activity_ids)
        other.with_user(self.manager).action_settle(note="Seen.")
        self.assertFalse(self.job.sudo().activity_ids)

    def test_what_the_commune_lacks_keeps_the_report_and_calls_the_office(self):
        """Nobody to approve: the text is safe, the report waits as a draft."""
        role = self.referent.sudo().intercommunal_role_ids
        role.date_to = fields.Date.today() - timedelta(days=2)
        answer = self._receive(self._content())
        submission = self._submission(answer)
        self.assertEqual(
            (submission.state, submission.report_id.state), ("to_reconcile", "draft")
        )
        self.assertIn("vacant", answer["message"])

    def test_a_part_done_leaves_the_rest_to_plan(self):
        self._receive(self._content(outcome="partial", remaining="The second sink."))
        rest = self.job.request_id.sudo().intervention_ids - self.job.sudo()
        self.assertEqual(
            (rest.state, rest.instructions, rest.follows_id),
            ("to_plan", "The second sink.", self.job),
        )

    def test_impossible_says_why(self):
        photo_bytes, photo = self._photo()
        answer = self._receive(
            self._content(
                outcome="impossible", reason="access", summary="Locked.", photos=[photo]
            )
        )
        submission = self._submission(answer)
        submission.with_user(self.leader)._find_photo(
            answer["uuid"], photo["uuid"]
        )._receive(photo_bytes)
        self.assertEqual(submission.report_id.outcome, "impossible")
        self.assertIn("Locked.", submission.report_id.summary)
        self.assertEqual(submission.report_id.state, "sent")

    def test_an_agent_writes_and_the_leader_sends(self):
        answer = self._receive(self._content(), user=self.agent)
        report = self._submission(answer).report_id
        self.assertEqual(report.state, "draft")
        self.assertEqual(self.job.sudo().activity_ids.user_id, self.leader)
        report.with_user(self.leader).action_send()
        self.assertEqual(report.state, "sent")
        self.assertFalse(self.job.sudo().activity_ids, "it is sent")

    def test_start_and_block_move_the_job(self):
        self._receive({"kind": "start", "job": self.job.id})
        self.assertEqual(self.job.state, "in_progress")
        self._receive(
            {
                "kind": "block",
                "job": self.job.id,
                "reason": "weather",
                "summary": "Storm",
            }
        )
        self.assertEqual(
            (self.job.state, self.job.block_reason), ("blocked", "weather")
        )
        self._receive({"kind": "resume", "job": self.job.id})
        self.assertEqual(self.job.state, "in_progress")

    def test_what_comes_late_does_not_undo_what_was_said_after_it(self):
        """A phone that goes on without a message that failed sends it later."""
        early, noon, late = (
            f"2026-11-01T{hour:02}:00:00+01:00" for hour in (8, 12, 16)
        )
        start = {"kind": "start", "job": self.job.id, "captured_at": early}
        block = {**start, "kind": "block", "reason": "weather", "captured_at": noon}
        self._receive(start)
        # it was resumed before the office heard that it was blocked
        resume = self._receive({**start, "kind": "resume", "captured_at": late})
        answer = self._receive(block)
        for told in (resume, answer):
            self.assertEqual((told["status"], told["state"]), ("created", "complete"))
        self.assertEqual(self.job.state, "in_progress")
        self.assertFalse(self.job.sudo().activity_ids)
        # what is said after all of it counts
        self._receive({**block, "captured_at": "2026-11-01T17:00:00+01:00"})
        self.assertEqual(self.job.state, "blocked")

    def test_a_start_that_comes_after_its_report_calls_nobody(self):
        report = self._receive(self._content())
        answer = self._receive(
            {
                "kind": "start",
                "job": self.job.id,
                "captured_at": "2026-11-01T08:00:00+01:00",
            }
        )
        self.assertEqual((report["state"], answer["state"]), ("complete", "complete"))
        self.assertEqual(self.job.state, "reported")
        self.assertFalse(self.job.sudo().activity_ids)

    def test_a_start_of_a_job_that_is_gone_is_looked_at(self):
        gone = {"kind": "start", "job": 2**31 - 1}
        for hour in (9, 8):
            answer = self._receive(
                {**gone, "captured_at": f"2026-11-01T{hour:02}:00:00+01:00"}
            )
            self.assertEqual(answer["state"], "to_reconcile")

    def test_a_clock_that_runs_ahead_dates_nothing_after_its_reception(self):
        now = fields.Datetime.now()
        ahead = now + timedelta(days=3)
        content, photo = self._photo(taken_at=f"{ahead.isoformat()}Z")
        answer = self._receive(
            self._content(
                started_at=f"{ahead.isoformat()}Z",
                ended_at=f"{(ahead + timedelta(hours=1)).isoformat()}Z",
                captured_at=f"{ahead.isoformat()}Z",
                photos=[photo],
            )
        )
        submission = self._submission(answer)
        submission.with_user(self.leader)._find_photo(
            answer["uuid"], photo["uuid"]
        )._receive(content)
        report = submission.report_id
        self.assertEqual((submission.state, report.state), ("complete", "sent"))
        for moment in (
            submission.captured_at,
            report.started_at,
            report.ended_at,
            report.photo_ids.taken_at,
        ):
            self.assertLess(abs(moment - now), timedelta(minutes=2))

    def test_a_clock_put_back_during_the_work_keeps_the_report(self):
        answer = self._receive(
            self._content(
                started_at="2026-11-01T11:00:00+01:00",
                ended_at="2026-11-01T10:30:00+01:00",
            )
        )
        report = self._submission(answer).report_id
        self.assertEqual((answer["state"], report.state), ("complete", "sent"))
        self.assertEqual(report.started_at, report.ended_at)

    def test_a_job_found_on_site_becomes_a_request_to_confirm(self):
        answer = self._receive(
            {
                "kind": "unplanned",
                "commune": self.commune.id,
                "name": "Broken bench",
                "summary": "In front of the school.",
            }
        )
        request = self._submission(answer).request_id
        self.assertEqual(
            (request.state, request.commune_id), ("submitted", self.commune)
        )
        self.assertEqual(request.service_id, self.service)

    def test_a_question_is_answered_from_the_phone(self):
        report = self._reported(self.job)
        run = report.validation_id.with_user(self.referent)
        run.action_ask_clarification("Who held the key?")
        [question] = (
            self.env["intercommunal.clarification"]
            .with_user(self.leader)
            ._get_field_questions()
        )
        self.assertEqual(question["question"], "Who held the key?")
        self._receive(
            {"kind": "answer", "question": question["id"], "summary": "The caretaker."}
        )
        self.assertEqual(run.sudo().clarification_ids.answer, "The caretaker.")
        self.assertEqual(run.sudo().decision_ids[-1:].channel, "mobile")

    def test_what_comes_back_is_redone_in_a_new_version(self):
        self._receive(self._content())
        run = self.job.report_id.validation_id.with_user(self.referent)
        run.action_rework("It leaks.")
        [job] = [
            job
            for job in self.env["intercommunal.intervention"]
            .with_user(self.leader)
            ._get_field_jobs()
            if job["id"] == self.job.id
        ]
        self.assertEqual((job["state"], job["comment"]), ("rework", "It leaks."))
        self._receive(self._content(summary="Tightened."))
        report = self.job.report_id.sudo()
        self.assertEqual((report.version, report.state), (2, "sent"))
        self.assertEqual(report.line_ids.mapped("is_rework"), [False, True])

    def _recalled(self):
        """The draft that follows a report of a phone, recalled by its leader."""
        content, photo = self._photo(caption="Sink")
        answer = self._receive(self._content(photos=[photo]))
        submission = self._submission(answer)
        submission.with_user(self.leader)._find_photo(
            answer["uuid"], photo["uuid"]
        )._receive(content)
        submission.report_id.with_user(self.leader).action_recall()
        return self.job.report_id

    def test_a_recalled_report_is_sent_again_without_counting_twice(self):
        draft = self._recalled()
        self.assertEqual(draft.line_ids.mapped("minutes"), [120])
        answer = self._receive(
            self._content(
                summary="Joint and tap replaced.",
                lines=[{"kind": "labour", "agent": self.agent.id, "minutes": 90}],
            )
        )
        self.assertEqual(answer["state"], "complete")
        self.assertEqual((draft.version, draft.state), (2, "sent"))
        self.assertEqual(draft.line_ids.mapped("minutes"), [90])
        # nobody asked for it again: the time is billed
        self.assertFalse(draft.line_ids.is_rework)

    def test_what_the_office_wrote_after_a_recall_is_not_mixed(self):
        draft = self._recalled()
        draft.with_user(self.manager).summary = "Corrected by the office."
        answer = self._receive(self._content(summary="From the phone."))
        self.assertEqual(answer["state"], "to_reconcile")
        self.assertIn("somebody else wrote", answer["message"])
        self.assertEqual(draft.summary, "Corrected by the office.")
        self.assertEqual(draft.line_ids.mapped("minutes"), [120])
        self.assertIn("From the phone.", self._submission(answer).content)

    def test_lines_or_photos_of_the_office_are_not_written_over(self):
        for case, vals in (
            (
                "line",
                lambda draft: {
                    "line_ids": [Command.update(draft.line_ids.id, {"minutes": 60})]
                },
            ),
            (
                "photo",
                lambda _draft: {"photo_ids": [Command.create({"image": self._png()})]},
            ),
        ):
            with self.subTest(case):
                self.job = self._planned()
                draft = self._recalled()
                draft.with_user(self.manager).write(vals(draft))
                answer = self._receive(self._content())
                self.assertEqual(answer["state"], "to_reconcile")
                self.assertEqual(draft.state, "draft")

    def test_two_people_who_redo_a_job_are_not_mixed(self):
        self._receive(self._content())
        run = self.job.report_id.validation_id.with_user(self.referent)
        run.action_rework("It leaks.")
        first = self._receive(self._content(summary="By the agent."), user=self.agent)
        draft = self.job.report_id
        self.assertEqual(draft.client_uuid, first["uuid"])
        second = self._receive(self._content(summary="By the leader."))
        self.assertEqual(second["state"], "to_reconcile")
        self.assertEqual((draft.client_uuid, draft.state), (first["uuid"], "draft"))
        self.assertEqual(draft.summary, "By the agent.")
        self.assertEqual(len(draft.line_ids), 2)

    def test_a_draft_that_was_only_opened_takes_the_phones_report(self):
        self.type.report_template = "What was replaced:"
        self.job.with_user(self.leader).action_open_report()
        answer = self._receive(self._content())
        self.assertEqual((answer["state"], self.job.state), ("complete", "reported"))

    def test_a_reserve_comes_back_with_its_line_and_words(self):
        self._receive(self._content())
        report = self.job.report_id.sudo()
        line = report.line_ids
        report.validation_id.with_user(self.referent).action_approve_reserves(
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 60,
                    "text": "The edge is not sealed.",
                }
            ]
        )
        job = report.validation_id.reserve_ids.intervention_id
        job.with_user(self.manager).action_plan(self.team.id, fields.Datetime.now())
        [told] = [
            told
            for told in self.env["intercommunal.intervention"]
            .with_user(self.leader)
            ._get_field_jobs()
            if told["id"] == job.id
        ]
        self.assertTrue(told["is_reserve"])
        self.assertEqual(told["comment"], "The edge is not sealed.")
        self.assertEqual(told["reserved_line"], line.name)

    def _kept_aside(self):
        """The message of a cancelled job, with its photo."""
        self.job.action_cancel("Not needed any more.")
        content, photo = self._photo(caption="Sink")
        answer = self._receive(self._content(photos=[photo]))
        submission = self._submission(answer)
        kept = submission.with_user(self.leader)._find_photo(
            answer["uuid"], photo["uuid"]
        )
        self.assertEqual(kept._receive(content), "received")
        return submission

    def test_what_was_kept_aside_becomes_a_report_of_another_job(self):
        submission = self._kept_aside()
        self.assertTrue(submission.photo_ids.image)
        other = self._planned()
        submission.with_user(self.manager).action_settle(other.id)
        report = submission.report_id
        self.assertEqual((report.intervention_id, report.state), (other, "draft"))
        self.assertEqual(report.photo_ids.name, "Sink")
        self.assertFalse(submission.photo_ids.image)
        self.assertEqual(
            (submission.state, submission.settled_by_id), ("settled", self.manager)
        )
        report.with_user(self.manager).action_send()
        self.assertEqual(report.state, "sent")

    def test_who_settles_reads_words_and_no_code(self):
        self.job.action_cancel("Not needed any more.")
        answer = self._receive(
            self._content(signer="Mrs Petit", checks=[{"label": "Water", "done": True}])
        )
        submission = self._submission(answer).with_user(self.manager)
        self.assertEqual(
            submission.words.splitlines(),
            [
                "Done",
                "Joint replaced.",
                f"{self.agent.name} : 2 h 00",
                "☑ Water",
                "Signed by Mrs Petit",
            ],
        )
        self.assertIn(self.leader.name, submission.display_name)
        self.assertNotIn(submission.uuid, submission.display_name)
        with self.assertRaises(AccessError):
            submission.with_user(self.leader).mapped("words")

    def test_or_is_settled_by_a_word(self):
        submission = self._kept_aside()
        for user in (self.leader, self.finance, self.direction, self.referent):
            with (
                self.subTest(user.login),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                submission.with_user(user).action_settle(note="Mine.")
        manager = submission.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Choose the job"):
            manager.action_settle()
        manager.action_settle(note="The team was called.")
        self.assertEqual(submission.state, "settled")
        self.assertFalse(self.job.sudo().activity_ids, "nothing waits any more")
        with self.assertRaisesRegex(UserError, "settled already"):
            manager.action_settle(note="Again.")

    def test_photos_that_come_after_the_report_left_call_the_office(self):
        one, first = self._photo()
        two, second = self._photo("#aa0000")
        answer = self._receive(self._content(photos=[first, second]))
        submission = self._submission(answer)
        submission.report_id.with_user(self.manager).action_send()
        find = submission.with_user(self.leader)._find_photo
        for content, photo in ((one, first), (two, second)):
            self.assertEqual(
                find(answer["uuid"], photo["uuid"])._receive(content), "received"
            )
        self.assertEqual(submission.state, "to_reconcile")
        self.assertIn("after the report had left", submission.fault)
        self.assertIn("2", submission.fault)
        self.assertEqual(len(self.job.sudo().activity_ids), 1)
        self.assertEqual(self.job.sudo().activity_ids.user_id, self.manager)

    def _told(self, answer):
        """Who was told of a message, and in which words."""
        message = self.env["mail.message"].search(
            [
                ("model", "=", "intercommunal.mobile.submission"),
                ("res_id", "=", self._submission(answer).id),
            ]
        )
        return message.sudo().notified_partner_ids, message.body

    def test_without_a_job_the_managers_of_the_senders_team_are_told(self):
        answer = self._receive(self._content(job=0))
        self.assertEqual(answer["state"], "to_reconcile")
        told, words = self._told(answer)
        self.assertEqual(told, self.manager.partner_id)
        self.assertIn(self.leader.name, words)

    def test_without_any_manager_the_administrators_are_told(self):
        self.service.manager_ids = False
        self.job.sudo().action_cancel("Not needed any more.")
        told, _words = self._told(self._receive(self._content()))
        self.assertIn(self.admin.partner_id, told)
        self.assertNotIn(self.manager.partner_id, told)

    # ------------------------------------------------------------------ attacks

    def test_nothing_of_another_house_comes_in(self):
        content = self._content(
            lines=[
                {"kind": "labour", "agent": self.finance.id, "minutes": 60},
                {"kind": "labour", "agent": self.agent.id, "minutes": 60},
            ]
        )
        answer = self._receive(content)
        # a line of labour without an agent of the service is not written
        self.assertEqual(answer["state"], "to_reconcile")
        self.assertFalse(self._submission(answer).report_id)

    def test_who_has_no_job_only_leaves_a_trace(self):
        for user in (self.nobody, self.referent, self.finance):
            with self.subTest(user.login):
                answer = self._receive(self._content(), user=user)
                self.assertEqual(answer["state"], "to_reconcile")
        self.assertFalse(self.job.report_ids)
        self.assertEqual(self.job.state, "planned")

    def test_the_identifier_of_a_photo_is_announced_once(self):
        _bytes, photo = self._photo()
        self._receive(self._content(photos=[photo]))
        stored = self._draft_report(
            self._planned(), photo_ids=[Command.create({"image": self._png()})]
        ).photo_ids
        for uuid in (photo["uuid"], stored.uuid):
            with (
                self.subTest(uuid),
                self.assertRaisesRegex(ValidationError, "identifier of another"),
                self.env.cr.savepoint(),
            ):
                self._receive(self._content(photos=[{**photo, "uuid": uuid}]))

    def test_identifiers_that_no_database_takes_are_unknown(self):
        submissions = self.env["intercommunal.mobile.submission"].with_user(self.leader)
        self.assertFalse(submissions._get_status(["\x00", "\ud800", 4, None]))
        with self.assertRaises(AccessError):
            submissions._find_photo("\x00", "\ud800")

    def test_a_photo_is_its_senders(self):
        _bytes, photo = self._photo()
        answer = self._receive(self._content(photos=[photo]))
        submissions = self.env["intercommunal.mobile.submission"]
        for user in (self.agent, self.manager, self.stranger):
            with self.subTest(user.login), self.assertRaises(AccessError):
                submissions.with_user(user)._find_photo(answer["uuid"], photo["uuid"])
        self.assertFalse(
            submissions.with_user(self.agent)._get_status([answer["uuid"]])
        )
        [known] = submissions.with_user(self.leader)._get_status([answer["uuid"]])
        self.assertEqual(known["missing"], [photo["uuid"]])

    def test_what_can_not_be_read_is_refused_and_leaves_nothing(self):
        count = self.env["intercommunal.mobile.submission"].sudo().search_count([])
        for values in (
            None,
            [],
            "x",
            {"kind": "shell"},
            self._content(job="1; DROP TABLE"),
            self._content(job=-1),
            self._content(lines="x"),
            self._content(lines=[{"kind": "labour", "minutes": 10**9}]),
            self._content(lines=[{}] * 100),
            self._content(started_at="yesterday"),
            self._content(started_at="2026-11-01T10:00:00"),
            self._content(summary={"$ne": ""}),
            self._content(photos=[{"uuid": str(uuid4()), "kind": "x"}]),
            # a calendar that ends within the time zone
            self._content(started_at="0001-01-01T00:00:00+02:00"),
            self._content(captured_at="9999-12-31T23:59:59-02:00"),
            self._content(signature="abc"),
            self._content(signature="é"),
            self._content(photos=[self._photo()[1]] * 2),
        ):
            with (
                self.subTest(values=str(values)[:60]),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self._receive(values)
        after = self.env["intercommunal.mobile.submission"].sudo().search_count([])
        self.assertEqual(after, count)


@tagged("post_install", "-at_install")
class TestContent(FieldCase):
    """Only what is known passes, within limits."""

    def test_texts_are_cut_and_unknown_keys_fall(self):
        clean = contents.clean(
            {"summary": "x" * 50_000, "job": 3, "state": "accepted", "sudo": True}
        )
        self.assertEqual(len(clean["summary"]), contents.MAX_TEXT)
        self.assertNotIn("state", clean)
        self.assertNotIn("sudo", clean)

    def test_half_a_character_becomes_a_question_mark(self):
        clean = contents.clean({"summary": "Tap \ud83d.", "name": "\U0001f6b0"})
        self.assertEqual((clean["summary"], clean["name"]), ("Tap ?.", "\U0001f6b0"))

    def test_moments_become_utc(self):
        clean = contents.clean({"started_at": "2026-11-01T10:30:00.123+01:00"})
        self.assertEqual(clean["started_at"].isoformat(), "2026-11-01T09:30:00")
