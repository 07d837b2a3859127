import base64
import io
from datetime import timedelta

from PIL import Image

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestReport(IntercommunalCase):
    """The report of a job and its versions."""

    def test_leader_sends_and_the_commune_reads(self):
        report = self._draft_report()
        self.assertFalse(report.with_user(self.referent).has_access("read"))
        report.action_send()
        self.assertEqual(report.state, "sent")
        self.assertEqual(report.intervention_id.state, "reported")
        self.assertEqual(report.sent_by_id, self.leader)
        self.assertFalse(report.on_behalf)
        self.assertEqual(report.validation_id.state, "open")
        self.assertTrue(report.content_hash)
        self.assertTrue(report.with_user(self.referent).has_access("read"))
        self.assertFalse(report.with_user(self.stranger).has_access("read"))

    def test_incomplete_report_says_all_that_is_missing(self):
        report = self._draft_report(summary=" ", line_ids=[Command.clear()])
        with self.assertRaisesRegex(UserError, "what was done.*time of at least"):
            report.action_send()
        self.assertEqual(report.state, "draft")
        self.assertFalse(report.validation_id)

    def test_impossible_needs_a_photo_instead_of_times(self):
        report = self._draft_report(
            outcome="impossible", summary="Locked.", line_ids=[Command.clear()]
        )
        with self.assertRaisesRegex(UserError, "photo"):
            report.action_send()
        report.photo_ids = [Command.create({"image": self._png()})]
        report.action_send()
        self.assertEqual(report.state, "sent")

    def test_sent_version_never_changes(self):
        report = self._reported(
            photo_ids=[Command.create({"image": self._png(), "name": "before"})]
        )
        attempts = (
            lambda: report.write({"summary": "Better."}),
            lambda: report.line_ids.write({"minutes": 600}),
            lambda: report.line_ids.unlink(),
            lambda: report.photo_ids.write({"name": "after"}),
            lambda: report.photo_ids.unlink(),
            lambda: report.write({"line_ids": [Command.clear()]}),
            lambda: report.unlink(),
            lambda: self.env["intercommunal.report.line"].create(
                {
                    "report_id": report.id,
                    "kind": "labour",
                    "agent_id": self.agent.id,
                    "minutes": 5,
                }
            ),
            lambda: report.sudo().write({"state": "accepted"}),
            lambda: report.sudo().line_ids.write({"acceptance": "accepted"}),
        )
        for number, attempt in enumerate(attempts):
            with self.subTest(number), self.assertRaises(UserError):
                attempt()

    def test_agent_does_not_send(self):
        report = self._draft_report()
        with self.assertRaises(AccessError):
            report.with_user(self.agent).action_send()

    def test_service_enters_the_paper_sheet(self):
        report = self._draft_report().with_user(self.manager)
        report.action_send()
        self.assertTrue(report.on_behalf)

    def test_recall_before_the_first_decision_keeps_the_version(self):
        report = self._reported(
            photo_ids=[Command.create({"image": self._png(), "name": "before"})]
        )
        action = report.action_recall()
        self.assertEqual(report.state, "superseded")
        self.assertEqual(report.validation_id.state, "cancelled")
        draft = self.env["intercommunal.report"].browse(action["res_id"])
        self.assertEqual((draft.version, draft.state), (2, "draft"))
        self.assertEqual(draft.line_ids.minutes, 120)
        self.assertEqual(draft.photo_ids.name, "before")

    def test_refused_then_redone_then_approved(self):
        report = self._reported()
        job = report.intervention_id
        report.validation_id.with_user(self.referent).action_rework(
            "The joint still leaks."
        )
        self.assertEqual(report.state, "to_redo")
        self.assertEqual((job.state, job.rework_count), ("rework", 1))
        self.assertEqual(job.request_id.state, "rework")
        with self.assertRaises(UserError):
            report.validation_id.with_user(self.referent).action_approve()

        again = self._draft_report(job, line_ids=[])
        self.assertEqual(again.version, 2)
        self.assertEqual(again.last_comment, "The joint still leaks.")
        again.line_ids = [
            Command.create({"kind": "labour", "agent_id": self.agent.id, "minutes": 30})
        ]
        self.assertEqual(
            again.line_ids.mapped(lambda line: (line.minutes, line.is_rework)),
            [(120, False), (30, True)],
        )
        again.action_send()
        again.validation_id.with_user(self.referent).action_approve()
        self.assertEqual(again.state, "accepted")
        self.assertEqual(job.state, "approved")
        self.assertEqual(job.request_id.state, "validated")
        self.assertEqual(again.line_ids.mapped("acceptance"), ["accepted", "accepted"])
        self.assertEqual(again.line_ids.mapped("minutes_accepted"), [120, 30])

    def test_a_line_added_in_the_form_of_a_first_version_is_no_rework(self):
        report = self._draft_report(line_ids=[Command.clear()])
        with Form(report) as form, form.line_ids.new() as line:
            line.kind = "labour"
            line.agent_id = self.agent
            line.hours = 1.5
        self.assertEqual(report.line_ids.minutes, 90)
        self.assertFalse(report.line_ids.is_rework)

    def test_the_team_s_time_in_one_tap(self):
        report = self._draft_report(line_ids=[Command.clear()])
        start = fields.Datetime.now() - timedelta(days=1)
        report.write(
            {"started_at": start, "ended_at": start + timedelta(hours=2, minutes=13)}
        )
        report.action_add_team()
        self.assertEqual(report.line_ids.agent_id, self.leader | self.agent)
        self.assertEqual(set(report.line_ids.mapped("minutes")), {135})
        local_day = fields.Datetime.context_timestamp(report, start).date()
        self.assertEqual(set(report.line_ids.mapped("date")), {local_day})
        lines = report.line_ids
        report.action_add_team()
        self.assertEqual(report.line_ids, lines, "Nobody is counted twice.")

    def test_a_commune_adds_no_time(self):
        report = self._reported()
        with self.assertRaises(AccessError):
            report.with_user(self.referent).action_add_team()

    def test_a_line_is_named_after_the_agent_it_counts(self):
        """Choosing another agent, or material instead, leaves no old name behind."""
        item = self.env["product.product"].create({"name": "Cement 25 kg"})
        with Form(self._draft_report(line_ids=[Command.clear()])) as form:
            with form.line_ids.new() as line:
                line.agent_id = self.agent
                line.agent_id = self.leader
                self.assertEqual(line.name, self.leader.name)
                line.kind = "material"
                self.assertFalse(line.name)
                line.product_id = item
                self.assertEqual(line.name, "Cement 25 kg")
            with form.line_ids.new() as line:
                line.kind = "travel"
                line.name = "To the quarry and back"
        self.assertEqual(
            form.record.line_ids.mapped("name"),
            ["Cement 25 kg", "To the quarry and back"],
        )

    def test_one_draft_at_a_time(self):
        report = self._draft_report()
        with self.assertRaisesRegex(UserError, "already being written"):
            self.env["intercommunal.report"].with_user(self.leader).create(
                {"intervention_id": report.intervention_id.id}
            )

    def test_impossible_times_are_refused(self):
        report = self._draft_report()
        tomorrow = fields.Date.today() + timedelta(days=2)
        for values in (
            {"minutes": 24 * 60 + 1},
            {"date": tomorrow},
            {"agent_id": False},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                report.line_ids.write(values)


@tagged("post_install", "-at_install")
class TestPhoto(IntercommunalCase):
    """What is stored of a photo that somebody sends."""

    def _photo(self, image, **vals):
        report = self._draft_report()
        return (
            self.env["intercommunal.photo"]
            .with_user(self.leader)
            .create({"report_id": report.id, "image": image, **vals})
        )

    def _encode(self, image, fmt, **options):
        stream = io.BytesIO()
        image.save(stream, fmt, **options)
        return base64.b64encode(stream.getvalue())

    def test_stored_as_a_clean_jpeg(self):
        source = Image.new("RGB", (4000, 3000), "#884422")
        exif = Image.Exif()
        exif[0x010E] = "secret place"
        photo = self._photo(self._encode(source, "JPEG", exif=exif.tobytes()))
        stored = base64.b64decode(photo.image)
        self.assertNotIn(b"secret place", stored)
        with Image.open(io.BytesIO(stored)) as image:
            self.assertEqual(image.format, "JPEG")
            self.assertEqual(max(image.size), 1920)
        self.assertEqual(len(photo.checksum), 64)

    def test_what_is_no_photo_is_refused_by_name(self):
        svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
        html = b"<html><script>alert(1)</script></html>"
        gif = base64.b64decode(self._encode(Image.new("P", (2, 2)), "GIF"))
        for content in (svg, html, gif, b"\xff\xd8\xff\xe0broken", b"%PDF-1.4"):
            with (
                self.subTest(content[:8]),
                self.assertRaisesRegex(UserError, "“leak.jpg” is not a photo"),
            ):
                self._photo(base64.b64encode(content), name="leak.jpg")
        with self.assertRaisesRegex(UserError, "empty"):
            self._photo(False, name="leak.jpg")
        # an iPhone's own: what to do is said, whatever the name says
        for brand in (b"heic", b"mif1"):
            heic = b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 200
            with self.assertRaisesRegex(UserError, "“leak.jpg” is in HEIC.*Most"):
                self._photo(base64.b64encode(heic), name="leak.jpg")

    def test_bomb_is_refused_before_it_is_decoded(self):
        bomb = self._encode(Image.new("1", (20000, 20000)), "PNG")
        with self.assertRaisesRegex(UserError, "megapixels"):
            self._photo(bomb)

    def test_twenty_photos_at_most(self):
        report = self._draft_report()
        images = [{"report_id": report.id, "image": self._png()} for _n in range(21)]
        with self.assertRaisesRegex(UserError, "20 photos at most"):
            self.env["intercommunal.photo"].with_user(self.leader).create(images)

    def test_commune_sees_its_photos_only_once_sent(self):
        photo = self._photo(self._png())
        self.assertFalse(photo.with_user(self.referent).has_access("read"))
        photo.report_id.action_send()
        self.assertTrue(photo.with_user(self.referent).has_access("read"))
        self.assertFalse(photo.with_user(self.stranger).has_access("read"))
