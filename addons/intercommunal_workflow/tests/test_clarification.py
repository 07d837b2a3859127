import base64

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_validation import ValidationCase, on_day


@tagged("post_install", "-at_install")
class TestClarification(ValidationCase):
    """A question stops the clock; its answer brings the file back to the same point."""

    def _asked(self, **vals):
        report = self._reported(
            photo_ids=[
                Command.create({"kind": "after", "name": "Sink", "image": self._png()})
            ]
        )
        run = self._run_as(report, self.referent)
        run.action_ask_clarification(vals.pop("question", "Who held the key?"), **vals)
        return run

    def _question(self, run):
        return run.sudo().clarification_ids.sorted("id")[-1:]

    def test_the_sender_is_asked_and_answers(self):
        run = self._asked()
        question = self._question(run)
        self.assertEqual(question.asked_user_id, self.leader)
        self.assertEqual(run.sudo().step_ids.state, "clarification")
        self.assertFalse(run.is_waiting_for_me)
        self.assertTrue(run.can_decide)
        mine = question.search([("is_for_me", "=", True)])
        self.assertFalse(mine.with_user(self.referent).filtered("is_for_me"))
        answering = run.with_user(self.leader)
        answering.action_answer_clarification(question.id, "The caretaker.")
        self.assertEqual(
            (question.state, question.answer), ("answered", "The caretaker.")
        )
        self.assertEqual(run.sudo().step_ids.state, "pending")
        self.assertTrue(run.is_waiting_for_me)
        self.assertEqual(run.sudo().decision_ids.mapped("kind"), ["ask", "answer"])
        run.action_approve(run.content_hash)
        self.assertEqual(run.sudo().state, "approved")
        self.assertFalse(run.sudo()._verify_chain())

    def test_the_answer_can_carry_files(self):
        run = self._asked()
        question = self._question(run)
        pdf = base64.b64encode(b"%PDF-1.4 plan").decode()
        run.with_user(self.leader).action_answer_clarification(
            question.id,
            "See the plan.",
            [
                {"name": "../../Plan <b>.pdf", "content": pdf},
                {"name": "sink.png", "content": self._png().decode()},
            ],
        )
        files = question.attachment_ids.sorted("id")
        self.assertEqual(files.mapped("mimetype"), ["application/pdf", "image/jpeg"])
        self.assertNotIn("/", files[0].name)
        self.assertNotIn("<", files[0].name)

    def test_a_file_that_is_no_photo_is_refused_and_nothing_is_kept(self):
        run = self._asked()
        script = base64.b64encode(b"<svg onload=alert(1)>").decode()
        with self._refused(UserError, "not a photo"):
            run.with_user(self.leader).action_answer_clarification(
                self._question(run).id,
                "Here.",
                [{"name": "a.pdf", "content": script}],
            )
        self.assertEqual(self._question(run).state, "open")

    def test_it_is_anchored_on_a_photo_a_line_or_an_hour(self):
        run = self._asked()
        report = run.sudo().report_id
        photo, line = report.photo_ids, report.line_ids
        anchors = [
            (
                {
                    "kind": "photo",
                    "photo_id": photo.id,
                    "x": 0.25,
                    "y": 2,
                    "width": 0.5,
                },
                {"photo_id": photo, "anchor_x": 0.25, "anchor_y": 1.0},
            ),
            ({"kind": "line", "line_id": line.id}, {"line_id": line}),
            (
                {"kind": "hour", "line_id": line.id, "hour": "08:30"},
                {"anchor_hour": "08:30", "line_id": line},
            ),
        ]
        for anchor, expected in anchors:
            run.action_ask_clarification("And this?", anchor=anchor)
            question = self._question(run)
            self.assertEqual(question.anchor_kind, anchor["kind"])
            for name, value in expected.items():
                self.assertEqual(question[name], value)

    def test_what_is_of_another_file_is_no_anchor(self):
        run = self._asked()
        other = self._reported(
            photo_ids=[Command.create({"kind": "after", "image": self._png()})]
        ).sudo()
        for anchor in (
            {"kind": "photo", "photo_id": other.photo_ids.id},
            {"kind": "line", "line_id": other.line_ids.id},
            {"kind": "hour", "hour": "25:00"},
            {"kind": "hour", "hour": "<b>"},
            {"kind": "photo"},
            {"kind": "shell"},
            {
                "kind": "photo",
                "photo_id": run.sudo().report_id.photo_ids.id,
                "x": "a",
            },
        ):
            with self.subTest(anchor=anchor), self._refused(UserError, ""):
                run.action_ask_clarification("And this?", anchor=anchor)
        self.assertEqual(len(run.sudo().clarification_ids), 1)

    def test_the_clock_stops_and_goes_on(self):
        self._circuit(
            {
                "resolver": "commune_role",
                "commune_role": "referent",
                "delay_days": 5,
            }
        )
        with freeze_time(on_day(0)):  # a Monday
            run = self._run_as(self._reported(), self.referent)
            self.assertEqual(run.sudo().step_ids.date_due, on_day(7).date())
        with freeze_time(on_day(2)):
            run.action_ask_clarification("Why?")
            self.assertEqual(run.sudo().step_ids.remaining_days, 3)
        with freeze_time(on_day(18)):
            self.env["intercommunal.validation"]._cron_follow_up()
            self.assertEqual(run.sudo().step_ids.state, "clarification")
            self.assertFalse(run.sudo().step_ids.reminder_count)
            run.with_user(self.leader).action_answer_clarification(
                self._question(run).id, "Because."
            )
            self.assertEqual(run.sudo().step_ids.date_due, on_day(23).date())

    def test_the_asker_goes_on_without_an_answer(self):
        run = self._asked()
        run.action_close_clarification(self._question(run).id)
        self.assertEqual(self._question(run).state, "closed")
        self.assertTrue(run.is_waiting_for_me)
        with self._refused(UserError, "settled already"):
            run.with_user(self.manager).action_answer_clarification(
                self._question(run).id, "Too late."
            )

    def test_deciding_closes_ones_question(self):
        run = self._asked()
        run.action_approve(run.content_hash)
        self.assertEqual(self._question(run).state, "closed")
        self.assertEqual(run.sudo().state, "approved")

    def test_only_the_person_asked_or_their_service_answers(self):
        run = self._asked()
        question = self._question(run)
        for user in (self.mayor, self.requester, self.referent, self.stranger):
            with self.subTest(user.login), self._refused(AccessError, ""):
                run.with_user(user).action_answer_clarification(question.id, "Me.")
        run.with_user(self.manager).action_answer_clarification(
            question.id, "The leader told me."
        )
        self.assertEqual(question.answered_by_id, self.manager)

    def test_a_question_to_the_commune_is_answered_by_that_person_alone(self):
        run = self._asked(asked_user_id=self.requester.id)
        question = self._question(run)
        for user in (self.manager, self.mayor, self.leader):
            with self.subTest(user.login), self._refused(AccessError, ""):
                run.with_user(user).action_answer_clarification(question.id, "Me.")
        run.with_user(self.requester).action_answer_clarification(question.id, "Yes.")
        self.assertEqual(question.state, "answered")

    def test_nobody_outside_the_file_is_asked(self):
        report = self._reported()
        run = self._run_as(report, self.referent)
        for user in (self.stranger, self.finance, self.nobody, self.referent):
            with (
                self.subTest(user.login),
                self._refused(UserError, "person of this file"),
            ):
                run.action_ask_clarification("Well?", asked_user_id=user.id)
        for user in (self.mayor, self.manager, self.leader):
            with self.subTest(user.login), self._refused(AccessError, ""):
                run.with_user(user).action_ask_clarification("Well?")

    def test_two_who_ask_wait_for_their_own_answers(self):
        self._circuit(
            {"resolver": "commune_role", "commune_role": "referent"},
            {"resolver": "commune_role", "commune_role": "mayor", "sequence": 10},
        )
        report = self._reported()
        runs = [self._run_as(report, user) for user in (self.referent, self.mayor)]
        for run in runs:
            run.action_ask_clarification("Why?")
        first = (
            runs[0]
            .sudo()
            .clarification_ids.filtered(
                lambda question: question.asked_by_id == self.referent
            )
        )
        runs[0].with_user(self.leader).action_answer_clarification(first.id, "So.")
        self.assertTrue(runs[0].is_waiting_for_me)
        self.assertFalse(runs[1].is_waiting_for_me)

    def test_a_recalled_report_closes_no_question_behind_anyones_back(self):
        run = self._asked()
        with self._refused(UserError, "can't be recalled"):
            run.sudo().report_id.with_user(self.leader).action_recall()
