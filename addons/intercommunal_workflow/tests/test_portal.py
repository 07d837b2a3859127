import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestPortal(PortalCase):
    """A commune finds and follows its requests, and nobody else's."""

    # --------------------------------------------------------------- home, list

    def test_the_home_page_counts_what_is_open_and_what_waits(self):
        run = self._reported().validation_id
        closed = self._submitted()
        closed.action_withdraw()
        names = ["intercommunal_request_count", "intercommunal_validation_count"]
        for user, counts in (
            (self.referent, [1, 1]),
            (self.mayor, [1, 0]),
            (self.stranger, [0, 0]),
            (self.nobody, [0, 0]),
        ):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                answer = self.make_jsonrpc_request("/my/counters", {"counters": names})
                self.assertEqual([answer[name] for name in names], counts)
        self.assertEqual(run.state, "open")
        home = self._get("/my", self.stranger)
        self.assertIn('href="/my/requests"', home.text)
        self.assertIn('href="/my/validations"', home.text)

    def test_pages_say_their_language_and_title(self):
        request = self._submitted()
        for path, title in (
            ("/my/requests", "My requests"),
            ("/my/requests/new", "New request"),
            (f"/my/requests/{request.id}", request.display_name),
            ("/my/validations", "To approve"),
        ):
            page = self._get(path, self.requester)
            self.assertIn('<html lang="en"', page.text)
            self.assertIn(f"<title>{title}</title>", page.text)
            self.assertEqual(page.text.count("<h1"), 1, path)

    def test_requests_are_found_by_year(self):
        old, new = self._submitted(name="Old gate"), self._submitted(name="New gate")
        old.sudo()._write_guarded({"date_submitted": "2019-12-31 10:00:00"})
        new.sudo()._write_guarded({"date_submitted": "2020-01-01 10:00:00"})
        for query, found in (
            ("?filterby=all&year=2019", old),
            ("?filterby=all&year=2020", new),
            ("?filterby=all&year=2018'--", old | new),
        ):
            with self.subTest(query):
                page = self._get(f"/my/requests{query}", self.requester)
                names = [
                    request.name
                    for request in (old | new)
                    if f"/my/requests/{request.id}" in page.text
                ]
                self.assertEqual(names, found.mapped("name"))

    def test_requests_are_found_by_number_subject_and_state(self):
        draft = self._new_request(name="Draft gate")
        place = self.site.copy({"name": "Wash house"})
        sent = self._submitted(name="Sent gate", site_id=place.id)
        asked = self._submitted(name="Asked gate", address="12 Mill Lane")
        asked.with_user(self.manager).action_ask_info("Which one?")
        gone = self._submitted(name="Gone gate")
        gone.action_withdraw()
        for query, found in (
            ("", draft | sent | asked),
            ("?filterby=mine", draft | asked),
            ("?filterby=done", gone),
            ("?filterby=all", draft | sent | asked | gone),
            (f"?search={sent.reference}", sent),
            ("?search=ASKED", asked),
            ("?search=wash%20HOUSE", sent),
            ("?search=mill%20lane", asked),
            ("?search=nothing", self.env["intercommunal.request"]),
            ("?filterby=forged&sortby=id;drop&groupby=state", draft | sent | asked),
            ("?groupby=commune&sortby=priority", draft | sent | asked),
            ("?groupby=service&sortby=state", draft | sent | asked),
        ):
            with self.subTest(query):
                page = self._get(f"/my/requests{query}", self.requester)
                self.assertEqual(page.status_code, 200)
                for request in draft | sent | asked | gone:
                    check = self.assertIn if request in found else self.assertNotIn
                    check(f'href="/my/requests/{request.id}"', page.text)

    def test_the_list_has_pages(self):
        requests = self.env["intercommunal.request"].with_user(self.requester)
        for number in range(21):
            requests |= self._new_request(name=f"Lamp {number}")
        first = self._get("/my/requests?search=Lamp", self.requester)
        second = self._get("/my/requests/page/2?search=Lamp")
        self.assertNotIn("Lamp 0<", first.text)
        self.assertIn("Lamp 0<", second.text)
        self.assertNotIn("Lamp 20<", second.text)
        self.assertEqual(self._get("/my/requests/page/999").status_code, 200)

    # ------------------------------------------------------------------- follow

    def test_a_request_is_followed_like_a_parcel(self):
        job = self._planned()
        request = job.request_id
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertRegex(
            page.text, r'aria-current="step"[^>]*>(?s:.{0,400})Work planned'
        )
        self.assertIn("The team was expected on", page.text)
        self.assertNotIn("The service commits to", page.text)
        job.request_id.sudo().deadline = fields.Date.today() + timedelta(days=9)
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn("The service commits to", page.text)
        planned = job.date_start
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        job.write({"date_start": tomorrow, "date_end": tomorrow + timedelta(hours=1)})
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn(f"{self.team.name} comes on", page.text)
        job.with_user(self.manager).action_block("weather", "Not for the commune.")
        page = self._get(f"/my/requests/{request.id}")
        self.assertIn("The work is stopped for the moment (weather).", page.text)
        job.with_user(self.manager).action_resume()
        job.date_start = planned
        report = self._reported(job)
        page = self._get(f"/my/requests/{request.id}")
        self.assertIn("The report waits for approval.", page.text)
        self.assertIn(report.summary, page.text)
        self.assertNotIn(f'href="/my/validations/{report.validation_id.id}"', page.text)
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertIn(f'href="/my/validations/{report.validation_id.id}"', page.text)

    def test_a_draft_report_never_shows(self):
        report = self._draft_report(summary="CANARY draft")
        page = self._get(f"/my/requests/{report.request_id.id}", self.referent)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("CANARY", page.text)

    def test_the_service_s_question_is_answered(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("Which room?")
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn("Which room?", page.text)
        self.assertIn("In your hands", page.text)
        self.assertIn("?filterby=mine", self._get("/my/requests").text)
        page = self._act(request, "answer", self.requester, text=" ")
        self.assertIn("Write the answer to the question.", page.text)
        self.assertEqual(request.state, "info_requested")
        self._act(request, "answer", self.requester, text="The kitchen.")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.info_answer, "The kitchen.")

    def test_every_question_and_answer_stays_in_the_history(self):
        request = self._submitted().with_context(tracking_disable=False)
        self.env.cr.flush()
        for question, answer in (("Which room?", "Kitchen."), ("Floor?", "Second.")):
            request.with_user(self.manager).action_ask_info(question)
            self.env.cr.flush()  # what tracking logs is written
            self._act(request, "answer", self.requester, text=answer)
        page = self._get(f"/my/requests/{request.id}", self.requester)
        history = page.text[page.text.index('id="history_title"') :]
        for words in ("Which room?", "Kitchen.", "Floor?", "Second."):
            self.assertIn(words, history)
        self.assertEqual(history.count("The commune answered."), 2)
        self.assertNotIn("The request was sent to the service.", history)

    def test_photos_are_added_while_a_question_is_open(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("A photo?")
        for user in (self.requester, self.referent):
            page = self._get(f"/my/requests/{request.id}/edit", user)
            files = [self._upload(f"{user.login}.jpg")]
            page = self._post(
                f"/my/requests/{request.id}/edit", page, files, name=request.name
            )
            self.assertNotIn('role="alert"', page.text)
        request.invalidate_recordset()
        self.assertEqual(
            request.photo_ids.mapped("name"), ["requester.jpg", "referent.jpg"]
        )
        self.assertEqual(request.state, "info_requested")

    def test_a_request_is_withdrawn_until_it_is_accepted(self):
        request = self._submitted()
        page = self._act(request, "withdraw", self.requester)
        self.assertIn("The request is withdrawn.", page.text)
        self.assertEqual(request.state, "cancelled")
        accepted = self._accepted()
        page = self._get(f"/my/requests/{accepted.id}", self.requester)
        self.assertNotIn("/withdraw", page.text)
        page = self._act(accepted, "withdraw", self.requester)
        self.assertIn('role="alert"', page.text)
        self.assertEqual(accepted.state, "accepted")

    def test_only_the_referent_contests(self):
        request = self._submitted()
        reason = self.env["intercommunal.reason"].search(
            [("usage", "=", "refuse")], limit=1
        )
        request.with_user(self.manager).action_reject(reason.id, "Not our road.")
        page = self._act(request, "contest", self.requester, text="It is yours.")
        self.assertIn('role="alert"', page.text)
        self.assertEqual(request.state, "refused")
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertIn("Not our road.", page.text)
        self._act(request, "contest", self.referent, text="It is yours.")
        self.assertEqual(request.state, "submitted")

    def test_refused_words_come_back_in_their_field(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("Which room?")
        busy = UserError("Somebody else is changing this file.")
        with patch.object(type(request), "action_answer_info", side_effect=busy):
            page = self._act(request, "answer", self.requester, text="With <care>.")
        self.assertIn("Somebody else is changing this file.", page.text)
        self.assertRegex(page.text, r'id="answer"[^>]*>With &lt;care&gt;[.]</textarea>')
        page = self._get(f"/my/requests/{request.id}")
        self.assertNotIn("With &lt;care&gt;.", page.text)

    def test_messages_are_public_words_only(self):
        request = self._submitted()
        internal, public = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": b"CANARY file",
                    "res_model": request._name,
                    "res_id": request.id,
                }
                for name in ("CANARY.txt", "plan.txt")
            ]
        )
        request.with_user(self.manager).message_post(
            body="CANARY internal",
            subtype_xmlid="mail.mt_note",
            attachment_ids=internal.ids,
        )
        request.with_user(self.manager).message_post(
            body="Public word",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachment_ids=public.ids,
        )
        request.sudo().internal_note = "CANARY note"
        page = self._get(f"/my/requests/{request.id}", self.requester)
        self.assertIn("Public word", page.text)
        self.assertNotIn("CANARY", page.text)
        address = f"/my/requests/{request.id}/files"
        self.assertIn(f'href="{address}/{public.id}"', page.text)
        answer = self._get(f"{address}/{public.id}")
        self.assertEqual(answer.text, "CANARY file")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(self._get(f"{address}/{internal.id}").status_code, 404)
        answer = self._get(f"{address}/{public.id}", self.stranger)
        self.assertEqual(answer.status_code, 404)

    def test_a_comment_reaches_the_service(self):
        request = self._submitted()
        page = self._act(request, "comment", self.mayor, text="Please <b>hurry</b>.")
        self.assertIn("Please &lt;b&gt;hurry&lt;/b&gt;.", page.text)
        message = request.sudo().message_ids[:1]
        self.assertEqual(message.author_id, self.mayor.partner_id)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        page = self._act(request, "comment", self.mayor, text=" ")
        self.assertIn("Write your message.", page.text)

    # -------------------------------------------------------------------- rights

    def test_a_form_without_token_is_refused(self):
        request = self._submitted()
        self.authenticate(self.requester.login, self.requester.login)
        answer = self.url_open(f"/my/requests/{request.id}/withdraw", data={"x": 1})
        self.assertEqual(answer.status_code, 400)
        request.invalidate_recordset()
        self.assertEqual(request.state, "submitted")

    def test_strangers_get_no_page_and_no_photo(self):
        photo = {"image": self._png(), "kind": "request"}
        request = self._new_request(photo_ids=[Command.create(photo)])
        request.action_submit()
        done = self._reported(photo_ids=[Command.create(photo)])
        self.assertEqual(done.state, "sent")
        for owner in (request, done):
            image = f"/web/image/intercommunal.photo/{owner.photo_ids.id}/image"
            stored = base64.b64decode(owner.sudo().photo_ids.image)
            mine = self._get(image, self.requester)
            self.assertEqual(mine.headers["Content-Type"], "image/jpeg")
            self.assertEqual(mine.content, stored)
            for user in (self.stranger, self.nobody):
                for address in (image, image.replace("/image/", "/content/", 1)):
                    answer = self._get(address, user)
                    self.assertNotEqual(answer.content, stored, user.login)
        for user in (self.stranger, self.nobody):
            with self.subTest(user.login):
                self.authenticate(user.login, user.login)
                for path in (
                    f"/my/requests/{request.id}",
                    f"/my/requests/{request.id}/edit",
                    f"/my/validations/{done.validation_id.id}",
                    "/my/requests/999999999",
                ):
                    self.assertEqual(self.url_open(path).status_code, 404, path)
                self.assertNotIn(request.name, self.url_open("/my/requests").text)

    def test_strangers_press_no_button(self):
        request = self._submitted()
        for user in (self.stranger, self.nobody):
            page = self._get("/my/security", user)
            for verb in ("withdraw", "comment", "repeat", "delete", "send", "forged"):
                answer = self._post(f"/my/requests/{request.id}/{verb}", page, [])
                self.assertEqual(answer.status_code, 404, verb)
        request.invalidate_recordset()
        self.assertEqual(request.state, "submitted")

    def test_who_is_not_logged_in_is_asked_to(self):
        request = self._submitted()
        self.authenticate(None, None)
        for path in ("/my/requests", f"/my/requests/{request.id}", "/my/validations"):
            self.assertIn("/web/login", self.url_open(path).url)

    def test_an_ended_role_closes_the_pages_at_once(self):
        request = self._submitted()
        self.assertEqual(
            self._get(f"/my/requests/{request.id}", self.mayor).status_code, 200
        )
        self._end_role(self.mayor)
        self.assertEqual(self._get(f"/my/requests/{request.id}").status_code, 404)

    def test_scripts_are_shown_as_text(self):
        script = "<script>alert('x')</script>"
        self.type.properties_definition = [
            {"name": "room", "string": f"Room {script}", "type": "char"}
        ]
        request = self._new_request(
            name=script,
            description=script,
            address=script,
            properties={"room": script},
            photo_ids=[Command.create({"name": script, "image": self._png()})],
        )
        edit = self._get(f"/my/requests/{request.id}/edit", self.requester)
        request.action_submit()
        request.with_user(self.manager).action_ask_info(script)
        request.action_answer_info(script)
        request.message_post(
            body=script, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        pages = [edit]
        for path in (
            "/my/requests",
            "/my/requests?filterby=all&search=<script>alert('x')</script>",
            f"/my/requests/{request.id}",
        ):
            pages.append(self._get(path, self.referent))
        for page in pages:
            self.assertEqual(page.status_code, 200)
            self.assertNotIn(script, page.text)
            self.assertIn("&lt;script&gt;", page.text)

    # --------------------------------------------------------------------- links

    def test_mails_to_the_commune_open_the_portal(self):
        request = self._submitted()
        message = request.with_user(self.manager).message_post(
            body="On our way.", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        mails = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )
        mine = mails.filtered(lambda m: self.requester.partner_id in m.recipient_ids)
        self.assertIn(f"/my/requests/{request.id}", mine.body_html or "")
        link = f"/mail/view?model=intercommunal.request&res_id={request.id}"
        self.authenticate(self.requester.login, self.requester.login)
        self.assertTrue(self.url_open(link).url.endswith(f"/my/requests/{request.id}"))
        self.authenticate(self.stranger.login, self.stranger.login)
        self.assertNotIn(f"/my/requests/{request.id}", self.url_open(link).url)

    # -------------------------------------------------- photos with a message

    def test_a_photo_comes_with_a_message_and_is_encoded_again(self):
        request = self._accepted()
        page = self._get(f"/my/requests/{request.id}", self.requester)
        files = [self._upload("../wall <b>.png"), self._upload("door.jpg")]
        page = self._post(
            f"/my/requests/{request.id}/comment", page, files, text="It grows."
        )
        request.invalidate_recordset()
        message = request.sudo().message_ids.filtered("attachment_ids")
        self.assertEqual(message.attachment_ids.mapped("mimetype"), ["image/jpeg"] * 2)
        self.assertEqual(
            sorted(message.attachment_ids.mapped("name")), ["door.jpg", "wall <b>.jpg"]
        )
        self.assertNotIn("<b>.jpg", page.text)
        file = message.attachment_ids[0]
        path = f"/my/requests/{request.id}/files/{file.id}"
        self.assertIn(f'src="{path}"', page.text)
        answer = self._get(path, self.referent)
        self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
        self.assertNotIn("attachment", answer.headers.get("Content-Disposition", ""))
        self.assertEqual(self._get(path, self.stranger).status_code, 404)

    def test_a_photo_alone_is_a_message_that_everybody_sees(self):
        request = self._submitted()
        self._get(f"/my/requests/{request.id}", self.requester)
        page = self.url_open(f"/my/requests/{request.id}")
        self._post(
            f"/my/requests/{request.id}/comment", page, [self._upload("mur.jpg")]
        )
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertRegex(page.text, f"/my/requests/{request.id}/files/[0-9]+")

    def test_a_false_photo_leaves_the_words_and_no_message(self):
        request = self._accepted()
        before = request.message_ids
        page = self._get(f"/my/requests/{request.id}", self.requester)
        page = self._post(
            f"/my/requests/{request.id}/comment",
            page,
            [self._upload("evil.svg", b"<svg onload='x()'/>")],
            text="Look at this.",
        )
        self.assertIn("“evil.svg” is not a photo", page.text)
        self.assertRegex(page.text, r"<textarea[^>]*>Look at this\.</textarea>")
        self.assertEqual(request.message_ids, before)

    # --------------------------------------------------- entered on behalf

    def test_the_referent_is_told_of_what_the_service_entered(self):
        request = (
            self.env["intercommunal.request"]
            .with_user(self.manager)
            .with_context(tracking_disable=False)
            .create(
                {
                    "name": "By phone",
                    "commune_id": self.commune.id,
                    "service_id": self.service.id,
                }
            )
        )
        self.env.cr.precommit.run()
        request.action_submit()
        self.env.cr.precommit.run()
        subtype = self.env.ref("intercommunal_workflow.mt_request_on_behalf")
        message = request.message_ids.filtered(lambda m: m.subtype_id == subtype)
        self.assertIn(self.referent.partner_id, message.notified_partner_ids)
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertIn("The service entered this request for your commune.", page.text)
