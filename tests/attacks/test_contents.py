"""What is typed, uploaded, mailed or exported never runs, never fills the disk."""

import base64
import io
import re
import struct
import zipfile
import zlib
from datetime import timedelta

from attack_world import PHOTO, QUESTION, REQUEST, RUN, Attacks, encoded
from PIL import Image
from run_counts import count

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.intercommunal_billing.tests.common import BillingCase
from odoo.addons.intercommunal_billing.tools import workbook

SCRIPT = "<script>alert('zqscript')</script><img src=x onerror=alert(1)>"
LIVE = re.compile(r"<script>alert|<img src=x|<svg|onerror=alert\(1\)>|javascript:zq")
SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert('zqscript')</script></svg>"
)


def png_header(width, height):
    """A PNG that announces a size and holds almost nothing."""

    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@tagged("post_install", "-at_install")
class TestContents(Attacks):
    # ----------------------------------------------------------------- photos

    def _send_photo(self, content, name="photo.jpg", draft=None):
        draft = draft or self._new_request()
        self.log_in(self.requester)
        return draft, self.attempt(
            lambda: self.rpc(
                PHOTO,
                "create",
                {
                    "request_id": draft.id,
                    "kind": "request",
                    "name": name,
                    "image": encoded(content),
                },
            )
        )

    def test_what_is_no_photo_is_refused_whatever_its_name(self):
        gif = io.BytesIO()
        Image.new("RGB", (4, 4)).save(gif, "GIF")
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w") as archive:
            archive.writestr("a.txt", "x")
        for label, content in {
            "svg": SVG,
            "svg with a declaration": b"<?xml version='1.0'?>" + SVG,
            "html": b"<html><script>alert('zqscript')</script></html>",
            "html after a JPEG's first bytes": b"\xff\xd8\xff\xe0" + SVG,
            "png header with a script": b"\x89PNG\r\n\x1a\n" + SVG,
            "gif": gif.getvalue(),
            "pdf": b"%PDF-1.4\n1 0 obj",
            "zip": bundle.getvalue(),
            "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "tiff": b"II*\x00\x08\x00\x00\x00",
            "empty": b"",
            "zeros": b"\0" * 100,
        }.items():
            for name in ("photo.jpg", "photo.svg", "../../etc/passwd.png"):
                draft, text = self._send_photo(content, name)
                with self.subTest(f"{label} {name}"):
                    self.assertTrue(text.startswith("refused: "), text[:200])
                    self.assertNotRegex(text, "psycopg2|Traceback.*OSError")
                    self.assertFalse(draft.photo_ids)

    def test_bombs_are_refused_before_they_are_decoded(self):
        for label, content in {
            "too wide": png_header(60_000, 60_000),
            "too high": png_header(1, 2_000_000_000),
            "51 megapixels": png_header(8_000, 6_400),
            "zero": png_header(0, 0),
            "too heavy": b"\xff\xd8\xff\xe0" + b"\0" * (15 * 1024 * 1024 + 1),
        }.items():
            draft, text = self._send_photo(content)
            with self.subTest(label):
                self.assertTrue(text.startswith("refused: "), text[:200])
                self.assertIn("UserError", text)
                self.assertFalse(draft.photo_ids)

    def test_a_photo_keeps_its_pixels_alone(self):
        source = Image.new("RGB", (40, 20), "#aa3300")
        exif = Image.Exif()
        exif[0x010F] = "zqmaker<script>"
        exif[0x8825] = {1: "N", 2: (48.0, 41.0, 0.0)}
        exif[0x0112] = 6  # turned by a quarter
        stream = io.BytesIO()
        source.save(stream, "JPEG", exif=exif, comment=b"zqcomment")
        content = stream.getvalue() + b"<script>zqtail</script>" + b"PK\x03\x04"
        self.assertIn(b"zqmaker", content)
        draft, text = self._send_photo(content)
        self.assertFalse(text.startswith("refused"), text)
        draft.invalidate_recordset()
        stored = base64.b64decode(draft.photo_ids.image)
        for trace in (b"zqmaker", b"zqcomment", b"zqtail", b"PK\x03\x04", b"<script"):
            self.assertNotIn(trace, stored)
        image = Image.open(io.BytesIO(stored))
        self.assertEqual(image.format, "JPEG")
        self.assertFalse(dict(image.getexif()))
        self.assertEqual(image.size, (20, 40))

    def test_a_transparent_photo_is_shown_on_white(self):
        sources = {
            "RGBA": Image.new("RGBA", (20, 20), (255, 0, 0, 0)),
            "LA": Image.new("LA", (20, 20), (0, 0)),
            "P": Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert("P"),
        }
        for label, source in sources.items():
            stream = io.BytesIO()
            options = {"transparency": 0} if label == "P" else {}
            source.save(stream, "PNG", **options)
            draft, text = self._send_photo(stream.getvalue())
            self.assertFalse(text.startswith("refused"), text)
            draft.invalidate_recordset()
            stored = Image.open(io.BytesIO(base64.b64decode(draft.photo_ids.image)))
            self.assertGreater(min(stored.getpixel((10, 10))), 245, label)

    def test_twenty_photos_and_no_more(self):
        draft = self._new_request()
        image = self._png((4, 4)).decode()
        self.log_in(self.requester)
        vals = {"request_id": draft.id, "kind": "request", "image": image}
        self.assertIn(
            "refused", self.attempt(lambda: self.rpc(PHOTO, "create", [vals] * 21))
        )
        self.rpc(PHOTO, "create", [vals] * 20)
        for attack in (
            lambda: self.rpc(PHOTO, "create", vals),
            lambda: self.rpc(
                REQUEST, "write", draft.ids, {"photo_ids": [[0, 0, {"image": image}]]}
            ),
        ):
            self.assert_refused(attack, "21st")
        draft.invalidate_recordset()
        self.assertEqual(len(draft.photo_ids), 20)

    def test_photos_are_served_as_images_and_nothing_else(self):
        draft = self._new_request()
        _draft, text = self._send_photo(
            self._jpeg(), '"><script>alert(1)</script>\r\nX-Forged: 1.html', draft
        )
        draft.invalidate_recordset()
        photo = draft.photo_ids
        if not photo:
            self.assertTrue(text.startswith("refused"))
            return
        for path in (
            f"/web/image/{PHOTO}/{photo.id}/image",
            f"/web/content/{PHOTO}/{photo.id}/image?download=true",
            f"/web/content/{PHOTO}/{photo.id}/image?filename_field=name&download=1",
            f"/web/content/{PHOTO}/{photo.id}/image?mimetype=text/html",
        ):
            answer = self.url_open(path)
            self.assertNotIn("X-Forged", answer.headers, path)
            if "html" in answer.headers.get("Content-Type", ""):
                # the platform obeys the address; then nothing in it may run
                policy = answer.headers.get("Content-Security-Policy", "")
                self.assertIn("default-src 'none'", policy, path)
            self.assertEqual(answer.headers.get("X-Content-Type-Options"), "nosniff")

    # ------------------------------------------------------------------ words

    def test_scripts_in_every_text_are_shown_as_text(self):
        words = SCRIPT
        self._new(name=f"S {words}", description=words, address=words)
        request = self.env[REQUEST].search([], order="id desc", limit=1)
        self.assertEqual(request.state, "submitted", request.name)
        self.env.user.flush_recordset()
        photo = self.env[PHOTO].create(
            {"request_id": request.id, "name": f"{words}.jpg", "image": self._png()}
        )
        self.assertTrue(photo)
        request.with_user(self.manager).action_ask_info(words)
        page = self._act(request, "answer", self.requester, text=words)
        self._clean(page.text, "answer")
        request.with_user(self.manager).action_accept()
        self._act(request, "comment", self.requester, text=words)
        request.with_user(self.manager).action_schedule()
        job = request.intervention_ids.with_user(self.manager)
        job.instructions = words
        job.action_plan(self.team.id, fields.Datetime.now() - timedelta(hours=4))
        report = self._draft_report(job, summary=words)
        report.line_ids = [
            Command.create(
                {"kind": "other", "name": words, "quantity": 1}
                if "other" in dict(report.line_ids._fields["kind"].selection)
                else {
                    "kind": "labour",
                    "agent_id": self.agent.id,
                    "minutes": 30,
                    "name": words,
                }
            )
        ]
        report.photo_ids = [Command.create({"name": words, "image": self._png()})]
        report.action_send()
        run = report.sudo().validation_id
        self.log_in(self.referent)
        self.rpc(RUN, "action_annotate", run.ids, words)
        self.rpc(RUN, "action_ask_clarification", run.ids, words)
        self.env.invalidate_all()
        self.env[QUESTION].sudo().search([], limit=1)
        run.with_user(self.leader).action_answer_clarification(
            run.clarification_ids.id,
            words,
            files=[{"name": f"{words}.pdf", "content": encoded(b"%PDF-1.4\n%%EOF")}],
        )
        self.env.flush_all()
        for path in (
            "/my/requests?filterby=all",
            f"/my/requests?search={words}",
            f"/my/requests?filterby=all&groupby={words}",
            f"/my/requests/{request.id}",
            "/my/validations",
            f"/my/validations/{run.id}",
            f"/my/requests/{request.id}/certificate",
            f"/intercommunal/decide/{run.seat_ids[:1]._get_link_token()}",
        ):
            text = self.attempt(lambda p=path: self.url_open(p))
            self._clean(text, path)
        page = self._decide(run, self.referent, decision="rework", text=words)
        self._clean(page.text, "rework")
        self._clean(
            self.url_open(f"/my/requests/{request.id}").text, "page after rework"
        )
        self.assertIn("zqscript", self.url_open(f"/my/requests/{request.id}").text)
        for mail in self.env["mail.mail"].sudo().search([("res_id", "!=", 0)]):
            self._clean(mail.body_html or "", f"mail {mail.subject}")
        for message in (
            self.env["mail.message"]
            .sudo()
            .search([("model", "like", "intercommunal.")])
        ):
            self._clean(str(message.body), f"message {message.id}")

    def _clean(self, text, label):
        with self.subTest(label):
            found = LIVE.search(text)
            self.assertFalse(
                found, found and f"{label}: {text[max(0, found.start() - 200) :][:300]}"
            )

    def test_names_of_files_lead_nowhere(self):
        report = self._reported()
        run = report.sudo().validation_id
        run.with_user(self.referent).action_ask_clarification("Which?")
        files = [
            {"name": name, "content": encoded(b"%PDF-1.4\n%%EOF")}
            for name in (
                "../../../etc/passwd",
                "..\\..\\windows\\system32",
                "a\r\nX-Forged: 1.pdf",
                "\x00.pdf",
                "x" * 5000,
            )
        ]
        self.log_in(self.leader)
        self.attempt(
            lambda: self.rpc(
                RUN,
                "action_answer_clarification",
                run.ids,
                run.clarification_ids.id,
                "Here.",
                files=files,
            )
        )
        self.env.invalidate_all()
        names = run.clarification_ids.attachment_ids.mapped("name")
        self.assertEqual(len(names), 5)
        for name in names:
            self.assertNotRegex(name, r"[/\\\r\n\x00<>]")
            self.assertLess(len(name), 120)
            self.assertNotIn("/", name)

    # ------------------------------------------------------------------ floods

    def test_texts_have_an_end(self):
        """A novel is no request: 20,000 characters are enough for anything."""
        novel = "x" * 200_000
        draft = self._new_request()
        self.log_in(self.requester)
        for label, attack in {
            "description": lambda: self.rpc(
                REQUEST, "write", draft.ids, {"description": novel}
            ),
            "name": lambda: self.rpc(REQUEST, "write", draft.ids, {"name": novel}),
            "address": lambda: self.rpc(
                REQUEST, "write", draft.ids, {"address": novel}
            ),
            "photo's name": lambda: self.rpc(
                PHOTO,
                "create",
                {
                    "request_id": draft.id,
                    "name": novel,
                    "image": self._png((4, 4)).decode(),
                },
            ),
        }.items():
            self.assert_refused(attack, label)

    def test_a_portal_user_does_not_flood_the_service(self):
        """A hundred requests a day by one person, and no more."""
        self.log_in(self.requester)
        vals = {
            "name": "Flood",
            "commune_id": self.commune.id,
            "requester_id": self.requester.partner_id.id,
            "service_id": self.service.id,
            "type_id": self.type.id,
        }
        self.assert_refused(lambda: self.rpc(REQUEST, "create", [vals] * 101), "101")
        self.rpc(REQUEST, "create", [vals] * 60)
        self.assert_refused(lambda: self.rpc(REQUEST, "create", [vals] * 60), "120")
        self.env.invalidate_all()
        self.assertEqual(self.env[REQUEST].search_count([("name", "=", "Flood")]), 60)

    def test_a_portal_user_posts_a_limited_number_of_messages(self):
        request = self._submitted()
        self.env["mail.message"].sudo().create(
            [
                {
                    "model": REQUEST,
                    "res_id": request.id,
                    "body": "Flood!",
                    "message_type": "comment",
                    "author_id": self.requester.partner_id.id,
                }
            ]
            * 98
        )
        self.log_in(self.requester)
        page = self.url_open(f"/my/requests/{request.id}")
        path = f"/my/requests/{request.id}/comment"
        for text in ("x" * 200_000, "Flood!", "Flood!", "Flood!", "Flood!"):
            self._post(path, page, [], text=text)
        for route in ("/mail/message/post",):
            self.attempt(
                lambda r=route: self.make_jsonrpc_request(
                    r,
                    {
                        "thread_model": REQUEST,
                        "thread_id": request.id,
                        "post_data": {"body": "Flood!", "message_type": "comment"},
                    },
                )
            )
        self.env.invalidate_all()
        floods = request.sudo().message_ids.filtered(lambda m: "Flood!" in str(m.body))
        self.assertEqual(len(floods), 100)

    # -------------------------------------------------------------------- mail

    def test_a_forged_mail_decides_nothing_and_shows_nothing(self):
        report = self._reported()
        run, request = report.sudo().validation_id, report.sudo().request_id
        self.env.flush_all()
        threads = {
            record: self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", record._name), ("res_id", "=", record.id)],
                order="id",
                limit=1,
            )
            .message_id
            for record in (run, request)
        }
        before = self.snapshot(run, run.seat_ids, request, report.sudo())
        senders = {
            "a stranger": "someone@evil.example.org",
            "the referent of another commune": self.stranger.email,
            "the referent": self.referent.email,
            "the superuser": self.env.ref("base.partner_root").email,
        }
        for record, message_id in threads.items():
            if not message_id:
                continue
            for number, (label, sender) in enumerate(senders.items()):
                mail = (
                    f"From: {sender}\r\nTo: catchall@example.org\r\n"
                    f"Subject: approve\r\nMessage-Id: <forged-{number}-{record.id}@x>"
                    f"\r\nIn-Reply-To: {message_id}\r\nReferences: {message_id}\r\n"
                    "Auto-Submitted: no\r\n"
                    "Content-Type: text/html\r\n\r\n"
                    f"<p>approve zqforged</p>{SCRIPT}"
                )
                attack = lambda m=mail: (  # noqa: E731
                    self.env["mail.thread"].sudo().message_process(False, m)
                )
                with self.subTest(f"{record._name} {label}"):
                    self._deliver(attack)
                    after = self.snapshot(run, run.seat_ids, request, report.sudo())
                    self.assertEqual(after, before)
        self.assertFalse(run.decision_ids)
        strangers = self.env["res.partner"].search([("email", "ilike", "evil.example")])
        self.assertFalse(strangers & request.message_partner_ids)
        page = self._get(f"/my/requests/{request.id}", self.referent).text
        self.assertNotIn("evil.example.org", page)
        self._clean(page, "page")

    def _deliver(self, attack):
        count("Attacks", refused=1)
        try:
            with self.env.cr.savepoint():
                attack()
        except ValueError:
            return


@tagged("post_install", "-at_install")
class TestFormulas(Attacks, BillingCase):
    """A text that begins like a formula is a text in every export."""

    RISKY = ("=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1")

    def test_the_finance_workbook_runs_nothing(self):
        book = workbook.Book(
            "=1+1",
            fields.Datetime.now(),
            [workbook.Sheet("A", ["=HEADER()"], [[text] for text in self.RISKY])],
        )
        self._check_sheets(workbook.write(book))

    def test_a_billing_export_runs_nothing(self):
        self.commune.name = '=HYPERLINK("http://evil.example.org","x")'
        report = self._draft_report(summary="=1+1")
        report.line_ids[:1].name = "@SUM(A1)"
        report.sudo().request_id.sudo()._write_guarded({"name": "=cmd|'/C calc'!A0"})
        report.action_send()
        self._approve(report)
        run = self._run()
        lines = self.env["intercommunal.billing.line"].search([])
        self.assertTrue(lines)
        run.action_check()
        run.action_invoice()
        run.action_export_xlsx()
        exports = self.env["intercommunal.billing.export"].sudo().search([])
        self.assertTrue(exports)
        for export in exports:
            self._check_sheets(base64.b64decode(export.file))

    def _check_sheets(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                text = archive.read(name).decode("utf-8", "replace")
                if name.startswith("xl/worksheets"):
                    self.assertNotIn("<f>", text, name)
                    # the element: texts are in the sheets since they are streamed
                    self.assertNotIn("<hyperlink", text.lower(), name)
                for cell in re.findall(r"<t[^>]*>([^<]*)</t>", text):
                    self.assertNotRegex(cell, r"^[=+\-@\t\r\n]", name)
