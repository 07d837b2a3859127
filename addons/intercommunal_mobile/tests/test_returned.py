import base64
import io

from PIL import Image

from odoo import Command
from odoo.tests import tagged

from .common import FieldCase

MARK = {"kind": "rect", "points": [[0.1, 0.2], [0.5, 0.6]]}


@tagged("post_install", "-at_install")
class TestReturned(FieldCase):
    """What the commune refused or reserved comes back whole: line, words, photo."""

    def setUp(self):
        super().setUp()
        self.report = self._reported(
            self.job,
            photo_ids=[
                Command.create({"name": name, "image": self._png((1600, 1200), color)})
                for name, color in (("Sink", "#4477aa"), ("Wall", "#aa7744"))
            ],
        )
        self.sink, self.wall = self.report.sudo().photo_ids
        self.line = self.report.sudo().line_ids[0]
        self.run = self.report.sudo().validation_id.with_user(self.referent)

    def _jobs(self, user=None):
        jobs = self.env["intercommunal.intervention"].with_user(user or self.leader)
        return {job["id"]: job for job in jobs._get_field_jobs()}

    def _photo_of(self, job, photo, user=None):
        jobs = self.env["intercommunal.intervention"].with_user(user or self.leader)
        return jobs._get_field_photo(job.id, photo.uuid)

    def _uuids(self, job):
        return [photo["uuid"] for photo in job["returned_photos"]]

    def test_sent_back_with_the_line_and_the_photo_that_are_meant(self):
        self.assertNotIn(self.job.id, self._jobs())
        self.run.action_rework(
            "It still drips.", line_id=self.line.id, photo_id=self.wall.id
        )
        job = self._jobs()[self.job.id]
        self.assertEqual(job["comment"], "It still drips.")
        self.assertEqual(job["reserved_line"], self.line.name)
        self.assertFalse(job["is_reserve"])
        self.assertEqual(self._uuids(job), [self.wall.uuid])
        self.assertIn("Wall", job["returned_photos"][0]["caption"])

    def test_what_the_commune_drew_comes_back_with_its_words(self):
        self.run.action_annotate("Here.", photo_id=self.sink.id, marks=[MARK])
        self.run.action_rework("It still drips.")
        job = self._jobs()[self.job.id]
        self.assertEqual(self._uuids(job), [self.sink.uuid])
        [mark] = job["returned_photos"][0]["marks"]
        self.assertEqual(mark, {**MARK, "text": "Here."})

    def test_a_refusal_that_names_no_photo_shows_those_of_the_report(self):
        self.run.action_rework("It still drips.")
        job = self._jobs()[self.job.id]
        self.assertEqual(self._uuids(job), [self.sink.uuid, self.wall.uuid])
        self.assertFalse(job["reserved_line"])

    def test_a_reserve_is_a_job_with_its_line_and_photo(self):
        self.run.action_approve_reserves(
            [
                {
                    "line_id": self.line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 15,
                    "text": "The edge is not sealed.",
                    "photo_id": self.wall.id,
                }
            ]
        )
        new = self.run.sudo().reserve_ids.intervention_id
        new.with_user(self.manager).action_plan(self.team.id, self.job.date_start)
        job = self._jobs()[new.id]
        self.assertTrue(job["is_reserve"])
        self.assertEqual(job["comment"], "The edge is not sealed.")
        self.assertEqual(job["reserved_line"], self.line.name)
        self.assertEqual(self._uuids(job), [self.wall.uuid])
        self.assertTrue(self._photo_of(new, self.wall))
        # sent back in its turn, what counts is what was said then
        own = self._reported(new)
        own.sudo().validation_id.with_user(self.referent).action_rework("Still open.")
        self.assertEqual(self._jobs()[new.id]["comment"], "Still open.")

    def test_a_photo_is_light_and_only_for_who_does_the_job(self):
        self.run.action_rework("It still drips.", photo_id=self.wall.id)
        light = base64.b64decode(self._photo_of(self.job, self.wall))
        image = Image.open(io.BytesIO(light))
        self.assertEqual((image.format, image.size), ("JPEG", (800, 600)))
        self.assertLess(len(light), 60_000)
        self.assertTrue(self._photo_of(self.job, self.wall, self.agent))
        # another photo of the job, somebody else, another job
        self.assertFalse(self._photo_of(self.job, self.sink))
        self.assertFalse(self._photo_of(self.job, self.wall, self.manager))
        self.assertFalse(self._photo_of(self._planned(), self.wall))
        jobs = self.env["intercommunal.intervention"].with_user(self.leader)
        for job, uuid in (
            ("1", self.wall.uuid),
            (None, None),
            ([1], {}),
            (True, 0),
            (2**40, ""),
        ):
            self.assertEqual(jobs._get_field_photo(job, uuid), "")

    def test_a_question_on_a_photo_shows_it_to_who_is_asked(self):
        self.run.action_ask_clarification(
            "What is this?",
            anchor={
                "kind": "photo",
                "photo_id": self.wall.id,
                "x": 0.1,
                "y": 0.2,
                "width": 0.4,
                "height": 0.4,
            },
        )
        questions = self.env["intercommunal.clarification"]
        [question] = questions.with_user(self.leader)._get_field_questions()
        [photo] = question["photos"]
        self.assertEqual(photo["uuid"], self.wall.uuid)
        self.assertIn("Wall", photo["caption"])
        [mark] = photo["marks"]
        self.assertEqual((mark["kind"], mark["text"]), ("rect", ""))
        self.assertAlmostEqual(mark["points"][1][0], 0.5)

        def look(user, uuid=self.wall.uuid, question_id=question["id"]):
            return questions.with_user(user)._get_field_photo(question_id, uuid)

        light = Image.open(io.BytesIO(base64.b64decode(look(self.leader))))
        self.assertEqual((light.format, light.size), ("JPEG", (800, 600)))
        # not the one that is meant, not who is asked, no question at all
        self.assertEqual(look(self.leader, self.sink.uuid), "")
        self.assertEqual(look(self.leader, None), "")
        for user in (self.manager, self.referent):
            self.assertEqual(look(user), "")
        for wrong in (None, True, "1", [1], 0, -1, 2**40, question["id"] + 1000):
            self.assertEqual(look(self.leader, question_id=wrong), "")
        self.run.with_user(self.leader).action_answer_clarification(
            question["id"], "The pipe."
        )
        self.assertEqual(look(self.leader), "")

    def test_a_question_without_an_area_marks_nothing(self):
        self.run.action_ask_clarification(
            "When?", anchor={"kind": "photo", "photo_id": self.wall.id}
        )
        questions = self.env["intercommunal.clarification"].with_user(self.leader)
        [question] = questions._get_field_questions()
        self.assertEqual([shot["marks"] for shot in question["photos"]], [[]])

    def test_a_job_that_is_new_brings_no_photo(self):
        job = self._planned()
        self.assertEqual(self._jobs()[job.id]["returned_photos"], [])
