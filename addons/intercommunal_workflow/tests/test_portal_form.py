from odoo import Command, fields
from odoo.tests import tagged

from ..models.photo import MAX_BYTES, MAX_PHOTOS
from .portal import PortalCase

QUESTIONS = [
    {"name": "room", "string": "Which room *", "type": "char"},
    {
        "name": "cut",
        "string": "Water may be cut",
        "type": "selection",
        "selection": [["yes", "At any time"], ["no", "Never"]],
    },
    {
        "name": "parts",
        "string": "Parts",
        "type": "tags",
        "tags": [["sink", "The sink", 1], ["tap", "The tap", 2]],
    },
    {"name": "danger", "string": "Danger", "type": "boolean"},
    {"name": "count", "string": "How many", "type": "integer", "default": 3},
    {"name": "since", "string": "Since", "type": "date"},
    {"name": "visit", "string": "Visit", "type": "datetime"},
]


@tagged("post_install", "-at_install")
class TestPortalForm(PortalCase):
    """A commune asks: nothing that was typed is ever lost."""

    def test_a_request_with_a_photo_is_sent_and_followed(self):
        files = [self._upload("door.jpg")]
        page = self._new(files, description="It does not close.", site_id=self.site.id)
        request = self._find("Broken door")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.commune_id, self.commune)
        self.assertEqual(request.requester_id, self.requester.partner_id)
        self.assertEqual(request.photo_ids.name, "door.jpg")
        self.assertIn(f"Your request {request.reference} is sent.", page.text)
        self.assertIn("It does not close.", page.text)
        listed = self._get("/my/requests")
        self.assertIn("Broken door", listed.text)

    def test_only_the_questions_of_the_type_are_asked(self):
        self.type.properties_definition = QUESTIONS
        other = self.type.copy({"name": "Other", "properties_definition": []})
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.requester)
        for question in QUESTIONS:
            self.assertIn(f'name="property_{question["name"]}"', page.text)
        self.assertRegex(page.text, r'name="property_count"[^>]*value="3"')
        self.assertNotRegex(page.text, "Which room[ ]*[*]")
        page = self._get(f"/my/requests/new?type_id={other.id}")
        self.assertNotIn('name="property_', page.text)

    def test_answers_are_stored_shown_edited_and_repeated(self):
        self.type.properties_definition = QUESTIONS
        self._new(
            property_room="Kitchen",
            property_cut="no",
            property_parts=["sink", "tap", "forged"],
            property_danger="on",
            property_count="0",
            property_since="2026-11-02",
            property_visit="2026-07-14T10:30",
            submit="draft",
        )
        request = self._find("Broken door")
        stored = {
            "room": "Kitchen",
            "cut": "no",
            "parts": ["sink", "tap"],
            "danger": True,
            "count": 0,
            "since": "2026-11-02",
            "visit": "2026-07-14 08:30:00",
        }
        self.assertEqual(request._get_portal_answers(), stored)
        page = self._get(f"/my/requests/{request.id}", self.requester)
        for words in ("Kitchen", "Never", "The sink, The tap", "11/02/2026", "10:30"):
            self.assertIn(words, page.text)
        page = self._get(f"/my/requests/{request.id}/edit")
        self.assertRegex(page.text, r'value="no"[^>]*selected')
        self.assertRegex(page.text, r'value="tap"[^>]*checked')
        self.assertIn('value="2026-07-14T10:30"', page.text)
        self._act(request, "send", self.requester)
        self.assertEqual(request.state, "submitted")
        page = self._act(request, "repeat", self.requester)
        again = self._find("Broken door") - request
        self.assertEqual(again.state, "draft")
        # a day that is over when this test runs is asked for anew
        today = fields.Date.to_string(fields.Date.today())
        for name in ("since", "visit"):
            if stored[name] < today:
                del stored[name]
        self.assertEqual(again._get_portal_answers(), stored)
        self.assertTrue(page.url.endswith(f"/my/requests/{again.id}/edit"))

    def test_a_file_that_is_no_photo_is_named_and_the_rest_is_kept(self):
        files = [
            self._upload("good.jpg"),
            self._upload("virus.jpg", b"<script>alert(1)</script>"),
            self._upload("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ]
        page = self._new(files, description="Long text typed with care.")
        request = self._find("Broken door")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.photo_ids.name, "good.jpg")
        self.assertIn("virus.jpg", page.text)
        self.assertIn("logo.svg", page.text)
        self.assertIn("Long text typed with care.", page.text)

    def test_too_heavy_a_photo_is_named(self):
        files = [self._upload("huge.jpg", self._jpeg() + b"\0" * MAX_BYTES)]
        page = self._new(files)
        self.assertIn("“huge.jpg” weighs more than 15 MB", page.text)
        self.assertFalse(self._find("Broken door").photo_ids)

    def test_photos_past_the_limit_are_refused_in_one_sentence(self):
        files = [self._upload(f"{number}.jpg") for number in range(MAX_PHOTOS + 2)]
        page = self._new(files)
        request = self._find("Broken door")
        self.assertEqual(len(request.photo_ids), MAX_PHOTOS)
        self.assertEqual(page.text.count(f"{MAX_PHOTOS} photos at most"), 1)

    def test_a_photo_of_a_draft_is_removed(self):
        self._new([self._upload("a.jpg"), self._upload("b.jpg")], submit="draft")
        request = self._find("Broken door")
        first, second = request.photo_ids
        self._post(
            f"/my/requests/{request.id}/edit",
            None,
            [],
            name="Broken door",
            submit="draft",
            remove_photo=[first.id],
        )
        request.invalidate_recordset()
        self.assertEqual(request.photo_ids, second)

    def test_a_required_question_is_asked_again_and_nothing_is_lost(self):
        self.type.properties_definition = QUESTIONS
        page = self._new(
            [self._upload("door.jpg")], property_room=" ", description="Keep me."
        )
        request = self._find("Broken door")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.photo_ids.name, "door.jpg")
        self.assertIn("Which room: An answer is needed.", page.text)
        self.assertRegex(page.text, r'name="property_room"[^>]*aria-invalid="true"')
        self.assertIn("Keep me.", page.text)
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

    def test_what_cannot_be_read_comes_back_as_it_was_typed(self):
        self.type.properties_definition = QUESTIONS
        page = self._new(
            property_room="Kitchen",
            property_count="a <dozen>",
            property_cut="forged",
            property_visit="tomorrow",
            date_desired="2026-13-45",
        )
        request = self._find("Broken door")
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.properties["room"], "Kitchen")
        self.assertFalse(request.properties["cut"])
        self.assertFalse(request.date_desired)
        for typed in ("a &lt;dozen&gt;", "tomorrow", "2026-13-45"):
            self.assertIn(f'value="{typed}"', page.text)
        self.assertEqual(page.text.count('aria-invalid="true"'), 4)

    def test_a_draft_needs_no_answers_and_no_subject(self):
        self.type.properties_definition = QUESTIONS
        page = self._new(name="", submit="draft", description="Later.")
        request = self.env["intercommunal.request"].search(
            [("description", "=", "Later.")]
        )
        self.assertEqual(request.name, self.type.name)
        self.assertEqual(request.state, "draft")
        self.assertIn("It is not sent yet.", page.text)
        self.assertNotIn('role="alert"', page.text)

    def test_a_request_without_subject_is_kept_and_not_sent(self):
        page = self._new([self._upload("door.jpg")], name=" ", description="Later.")
        request = self.env["intercommunal.request"].search(
            [("description", "=", "Later.")]
        )
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.photo_ids.name, "door.jpg")
        self.assertIn("Say in a few words what is needed.", page.text)
        self.assertRegex(page.text, r'name="name"[^>]*aria-invalid="true"')

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

    def test_who_acts_for_two_communes_says_for_which(self):
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.other_commune.id,
                "partner_id": self.requester.partner_id.id,
                "role": "requester",
            }
        )
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.requester)
        self.assertIn(self.other_commune.name, page.text)
        page = self._new(description="Keep me.")
        self.assertIn("Choose the commune that asks.", page.text)
        self.assertIn("Keep me.", page.text)
        self.assertFalse(self._find("Broken door"))
        page = self._new(commune_id=self.other_commune.id, site_id=self.site.id)
        self.assertIn("Choose a site of this commune.", page.text)
        request = self._find("Broken door")
        self.assertEqual(request.commune_id, self.other_commune)
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.site_id)

    def test_a_site_elsewhere_is_never_taken(self):
        site = self.site.copy({"commune_id": self.other_commune.id, "name": "Elsewhen"})
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.requester)
        self.assertIn(self.site.name, page.text)
        self.assertNotIn(site.name, page.text)
        self._new(site_id=site.id)
        self.assertFalse(self._find("Broken door").site_id)

    def test_a_draft_is_its_author_s_and_the_referent_s(self):
        request = self._new_request()
        paths = (f"/my/requests/{request.id}/edit",)
        for user, status in (
            (self.requester, 200),
            (self.referent, 200),
            (self.mayor, 404),
            (self.stranger, 404),
        ):
            for path in paths:
                self.assertEqual(self._get(path, user).status_code, status, user.login)
        page = self._get(f"/my/requests/{request.id}", self.mayor)
        self.assertNotIn("/edit", page.text)
        self.assertNotIn("/delete", page.text)
        page = self._get(f"/my/requests/{request.id}/edit", self.referent)
        self._post(
            f"/my/requests/{request.id}/edit",
            page,
            [self._upload("seen.jpg")],
            name="Seen by the referent",
            submit="draft",
        )
        request.invalidate_recordset()
        self.assertEqual(request.name, "Seen by the referent")
        self.assertEqual(request.photo_ids.name, "seen.jpg")

    def test_a_draft_is_deleted_by_its_author_only(self):
        request = self._new_request(photo_ids=[Command.create({"image": self._png()})])
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.referent)
        page = self._post(f"/my/requests/{request.id}/delete", page, [])
        self.assertIn('role="alert"', page.text)
        self.assertTrue(request.exists())
        self._act(request, "delete", self.requester)
        self.assertFalse(request.exists())

    def test_a_sent_request_is_not_edited(self):
        request = self._submitted()
        page = self._get("/my/security", self.requester)
        path = f"/my/requests/{request.id}/edit"
        self.assertEqual(self.url_open(path).status_code, 404)
        answer = self._post(path, page, [], name="Forged", submit="draft")
        self.assertEqual(answer.status_code, 404)
        request.invalidate_recordset()
        self.assertNotEqual(request.name, "Forged")

    def test_who_has_no_role_is_told_so(self):
        self._end_role(self.requester)
        page = self._get("/my/requests/new", self.requester)
        self.assertIn("You have no role in a commune yet", page.text)
        page = self._get("/my/requests")
        self.assertEqual(page.status_code, 200)

    def test_an_archived_type_is_not_proposed(self):
        self.type.active = False
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.requester)
        self.assertNotIn('name="description"', page.text)

    def test_a_form_without_token_creates_nothing(self):
        self.authenticate(self.requester.login, self.requester.login)
        answer = self.url_open(
            "/my/requests/new", data={"type_id": self.type.id, "name": "Forged"}
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._find("Forged"))
