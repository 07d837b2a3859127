from hashlib import sha256
from uuid import uuid4

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase

FIRST = sha256(b"first").hexdigest()
SECOND = sha256(b"second").hexdigest()


@tagged("post_install", "-at_install")
class TestSubmission(IntercommunalCase):
    def setUp(self):
        super().setUp()
        self.job = self._planned()
        self.uuid = str(uuid4())

    def _claim(self, user=None, digest=FIRST, job=None, uuid=None):
        submissions = self.env["intercommunal.mobile.submission"]
        return submissions.with_user(user or self.leader)._claim(
            uuid or self.uuid, digest, self.job if job is None else job
        )

    def test_first_send_is_claimed_for_its_author(self):
        submission, outcome = self._claim()

        self.assertEqual(outcome, "created")
        self.assertEqual(submission.user_id, self.leader)
        self.assertEqual(submission.intervention_id, self.job)
        self.assertEqual(submission.company_id, self.company)
        self.assertEqual(submission.state, "received")

    def test_same_draft_sent_twice_is_one_submission(self):
        first, _outcome = self._claim()

        second, outcome = self._claim(uuid=self.uuid.upper())

        self.assertEqual(outcome, "duplicate")
        self.assertEqual(second, first)
        self.assertEqual(second.state, "received")

    def test_other_content_under_the_same_draft_keeps_the_first(self):
        first, _outcome = self._claim()

        second, outcome = self._claim(digest=SECOND)

        self.assertEqual(outcome, "conflict")
        self.assertEqual(second, first)
        self.assertEqual(second.state, "conflict")
        self.assertEqual(second.payload_hash, FIRST)
        self.assertEqual(second.conflict_hash, SECOND)

    def test_draft_of_somebody_else_is_refused(self):
        self._claim()

        with self.assertRaises(AccessError):
            self._claim(user=self.agent)

    def test_broken_identifiers_are_refused(self):
        for uuid, digest in (("42", FIRST), (None, FIRST), (self.uuid, "abc")):
            with (
                self.subTest(uuid=uuid, digest=digest),
                self.assertRaises(ValidationError),
            ):
                self.env["intercommunal.mobile.submission"].with_user(
                    self.leader
                )._claim(uuid, digest, self.job)

    def test_report_of_a_cancelled_job_is_kept_to_reconcile(self):
        self.job.with_user(self.manager).action_cancel("Not needed any more.")

        submission, outcome = self._claim()

        self.assertEqual(outcome, "created")
        self.assertEqual(submission.state, "to_reconcile")

    def test_report_of_a_job_given_to_another_team_is_kept_to_reconcile(self):
        other = self.env["intercommunal.team"].create(
            {"name": "Crew South", "service_id": self.service.id}
        )
        self.job.sudo().write(
            {"team_id": other.id, "leader_id": False, "agent_ids": [Command.clear()]}
        )

        submission, _outcome = self._claim()

        self.assertEqual(submission.state, "to_reconcile")
        self.assertEqual(submission.intervention_id.sudo(), self.job.sudo())

    def test_report_of_a_job_that_is_gone_is_kept_to_reconcile(self):
        submission, _outcome = self._claim(job=self.job.browse())

        self.assertEqual(submission.state, "to_reconcile")

    def test_deleted_report_leaves_its_submission(self):
        submission, _outcome = self._claim()
        report = self._draft_report(self.job)
        submission.sudo().report_id = report
        self.env.flush_all()

        report.unlink()

        self.assertTrue(submission.exists())
        self.assertFalse(submission.report_id)
        self.assertEqual(self._claim()[1], "duplicate")

    # ------------------------------------------------------------------ photos

    def test_submission_is_complete_once_every_photo_is_here(self):
        submission, _outcome = self._claim()
        # two equal photos are two photos
        uuids = [str(uuid4()), str(uuid4())]
        first, second = submission._expect_photos(
            [{"uuid": uuid, "sha256": FIRST} for uuid in uuids]
        )
        self.assertEqual(submission._get_missing_photo_uuids(), uuids)
        report = self._draft_report(self.job)
        photos = report.photo_ids.create(
            [{"report_id": report.id, "image": self._png()} for _photo in uuids]
        )

        first._set_received(photos[0])
        self.assertEqual(submission.state, "received")
        self.assertEqual(submission._get_missing_photo_uuids(), uuids[1:])
        second._set_received(photos[1])

        self.assertEqual(submission.state, "complete")
        self.assertEqual(submission.photo_ids.photo_id, photos)

    def test_submission_without_photos_is_complete(self):
        submission, _outcome = self._claim()

        submission._expect_photos([])

        self.assertEqual(submission.state, "complete")

    def test_photos_do_not_hide_what_must_be_looked_at(self):
        self._claim()
        submission, _outcome = self._claim(digest=SECOND)

        submission._expect_photos([])

        self.assertEqual(submission.state, "conflict")

    # ------------------------------------------------------------------ rights

    def test_who_reads_a_submission(self):
        submission, _outcome = self._claim()
        submission._expect_photos([{"uuid": str(uuid4()), "sha256": FIRST}])

        for user in (self.leader, self.manager, self.direction, self.admin):
            seen = submission.with_user(user).search([("id", "=", submission.id)])
            self.assertEqual(seen, submission, user.login)
            self.assertEqual(len(seen.photo_ids), 1, user.login)
        for user in (self.agent, self.finance, self.referent, self.nobody):
            with self.assertRaises(AccessError, msg=user.login):
                submission.with_user(user).check_access("read")

    def test_manager_of_another_service_reads_nothing(self):
        self.service.manager_ids = self.admin
        submission, _outcome = self._claim()

        with self.assertRaises(AccessError):
            submission.with_user(self.manager).check_access("read")

    def test_nobody_writes_through_the_api(self):
        submission, _outcome = self._claim()
        photo = submission._expect_photos([{"uuid": str(uuid4()), "sha256": FIRST}])

        for user in (self.leader, self.manager, self.direction, self.admin):
            for records in (submission, photo):
                for operation in ("create", "write", "unlink"):
                    with self.assertRaises(AccessError, msg=user.login):
                        records.with_user(user).check_access(operation)
