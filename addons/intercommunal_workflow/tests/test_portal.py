import base64
import io
import re

from PIL import Image

from odoo.tests import HttpCase, tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestPortal(IntercommunalCase, HttpCase):
    """The commune's pages, as their real users reach them."""

    def _get(self, path, user=None):
        if user:
            self.authenticate(user.login, user.login)
        return self.url_open(path)

    def _post(self, path, page=None, files=None, **data):
        """Post a form with the token of the page it comes from."""
        page = page or self.url_open(path.rsplit("/", 1)[0] if files is None else path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        data["csrf_token"] = token and token.group(1)
        return self.url_open(path, data=data, files=files)

    def _jpeg(self):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "#335577").save(stream, "JPEG")
        return stream.getvalue()

    def _find(self, name):
        return self.env["intercommunal.request"].search([("name", "=", name)])

    def _new(self, files=None, **data):
        path = f"/my/requests/new?type_id={self.type.id}"
        page = self._get(path, self.requester)
        self.assertEqual(page.status_code, 200)
        values = {"type_id": self.type.id, "name": "Broken door", "submit": "send"}
        return self._post("/my/requests/new", page, files or [], **{**values, **data})

    def test_a_request_with_a_photo_is_sent_and_followed(self):
        files = [("photos", ("door.jpg", self._jpeg(), "image/jpeg"))]
        page = self._new(files, description="It does not close.", site_id=self.site.id)
        request = self._find("Broken door")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.commune_id, self.commune)
        self.assertEqual(request.requester_id, self.requester.partner_id)
        self.assertEqual(request.photo_ids.name, "door.jpg")
        self.assertIn(request.reference, page.text)
        self.assertIn("It does not close.", page.text)
        listed = self._get("/my/requests")
        self.assertIn("Broken door", listed.text)
        self.assertIn('<html lang="', listed.text)

    def test_a_file_that_is_no_photo_is_named_and_the_rest_is_kept(self):
        files = [
            ("photos", ("good.jpg", self._jpeg(), "image/jpeg")),
            ("photos", ("virus.jpg", b"<script>alert(1)</script>", "image/jpeg")),
        ]
        page = self._new(files, description="Long text typed with care.")
        request = self._find("Broken door")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.photo_ids.name, "good.jpg")
        self.assertIn("virus.jpg", page.text)
        self.assertIn("Long text typed with care.", page.text)

    def test_a_required_question_is_asked_again_and_nothing_is_lost(self):
        self.type.properties_definition = [
            {"name": "room", "string": "Which room *", "type": "char"}
        ]
        page = self._new(property_room="", description="Keep me.")
        request = self._find("Broken door")
        self.assertEqual(request.state, "draft")
        self.assertIn("Which room", page.text)
        self.assertIn("Keep me.", page.text)
        page = self._get(f"/my/requests/{request.id}/edit")
        page = self._post(
            f"/my/requests/{request.id}/edit",
            page,
            [],
            name="Broken door",
            property_room="Kitchen",
            submit="send",
        )
        self.assertNotIn('role="alert"', page.text)
        request.invalidate_recordset()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.properties["room"], "Kitchen")

    def test_posted_extras_are_ignored(self):
        self._new(
            state="validated",
            estimated_cost="1",
            commune_id=self.other_commune.id,
            requester_id=self.mayor.partner_id.id,
        )
        request = self._find("Broken door")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.commune_id, self.commune)
        self.assertEqual(request.requester_id, self.requester.partner_id)
        self.assertFalse(request.estimated_cost)

    def test_the_service_s_question_is_answered(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("Which room?")
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn("Which room?", page.text)
        self._post(f"/my/requests/{request.id}/answer", page, [], text="The kitchen.")
        request.invalidate_recordset()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.info_answer, "The kitchen.")

    def test_the_referent_approves(self):
        run = self._reported().validation_id
        page = self._get("/my/validations", self.referent)
        self.assertIn(f"/my/validations/{run.id}", page.text)
        page = self._get(f"/my/validations/{run.id}")
        self.assertIn("Joint replaced.", page.text)
        self._post(
            f"/my/validations/{run.id}",
            page,
            [],
            decision="approve",
            content_hash=run.content_hash,
        )
        run.invalidate_recordset()
        self.assertEqual(run.state, "approved")
        self.assertEqual(run.sudo().decision_ids.channel, "portal")

    def test_sending_back_without_words_is_refused_and_said(self):
        run = self._reported().validation_id
        page = self._get(f"/my/validations/{run.id}", self.referent)
        page = self._post(f"/my/validations/{run.id}", page, [], decision="rework")
        self.assertIn('role="alert"', page.text)
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")

    def test_a_stale_page_does_not_decide(self):
        run = self._reported().validation_id
        page = self._get(f"/my/validations/{run.id}", self.referent)
        page = self._post(
            f"/my/validations/{run.id}",
            page,
            [],
            decision="approve",
            content_hash="0" * 64,
        )
        self.assertIn('role="alert"', page.text)
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")

    def test_get_never_decides(self):
        run = self._reported().validation_id
        self._get(f"/my/validations/{run.id}?decision=approve", self.referent)
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")
        self.assertFalse(run.sudo().decision_ids)

    def test_a_form_without_token_is_refused(self):
        request = self._submitted()
        self.authenticate(self.requester.login, self.requester.login)
        answer = self.url_open(f"/my/requests/{request.id}/withdraw", data={"x": 1})
        self.assertEqual(answer.status_code, 400)
        request.invalidate_recordset()
        self.assertEqual(request.state, "submitted")

    def test_strangers_get_no_page_and_no_photo(self):
        photo = {"image": self._png(), "kind": "request"}
        request = self._new_request(photo_ids=[(0, 0, photo)])
        request.action_submit()
        run = self._reported().validation_id
        image = f"/web/image/intercommunal.photo/{request.photo_ids.id}/image"
        mine = self._get(image, self.referent)
        self.assertEqual(mine.headers["Content-Type"], "image/jpeg")
        stored = base64.b64decode(request.sudo().photo_ids.image)
        self.assertEqual(mine.content, stored)
        for user in (self.stranger, self.nobody):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                for path in (
                    f"/my/requests/{request.id}",
                    f"/my/requests/{request.id}/edit",
                    f"/my/validations/{run.id}",
                ):
                    self.assertEqual(self.url_open(path).status_code, 404, path)
                self.assertNotEqual(self.url_open(image).content, stored)
                self.assertNotIn(request.name, self.url_open("/my/requests").text)

    def test_scripts_are_shown_as_text(self):
        script = "<script>alert('x')</script>"
        request = self._new_request(name=script, description=script)
        request.action_submit()
        request.message_post(
            body=script, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        for path in ("/my/requests", f"/my/requests/{request.id}"):
            page = self._get(path, self.referent)
            self.assertNotIn(script, page.text)
            self.assertIn("&lt;script&gt;", page.text)

    def test_internal_words_never_show(self):
        request = self._submitted()
        request.with_user(self.manager).message_post(
            body="CANARY internal", subtype_xmlid="mail.mt_note"
        )
        request.with_user(self.manager).message_post(
            body="Public word",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        request.sudo().internal_note = "CANARY note"
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn("Public word", page.text)
        self.assertNotIn("CANARY", page.text)
