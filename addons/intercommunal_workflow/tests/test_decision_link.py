import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools.misc import hash_sign

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestDecisionLink(PortalCase):
    """An official decides from an e-mail, without a login: once, and only them."""

    def setUp(self):
        super().setUp()
        self.report = self._reported(
            photo_ids=[
                Command.create({"kind": "after", "name": "Sink", "image": self._png()})
            ]
        )
        self.run_ = self.report.validation_id.sudo()
        self.link = self._get_link(self.referent)

    def _get_mail(self, user, run=None):
        return (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", "intercommunal.validation"),
                    ("res_id", "=", (run or self.run_).id),
                    ("recipient_ids", "=", user.partner_id.id),
                ],
                order="id desc",
                limit=1,
            )
        )

    def _get_link(self, user, run=None):
        body = self._get_mail(user, run).body_html
        return re.search(r"/intercommunal/decide/[\w-]+", body).group(0)

    def _press(self, link=None, **data):
        link = link or self.link
        page = self.url_open(link)
        for name in ("content_hash", "idempotency_key"):
            value = re.search(f'name="{name}" value="([^"]+)"', page.text)
            data.setdefault(name, value and value.group(1))
        answer = self._post(link, page, [], **data)
        self.env.invalidate_all()
        return answer

    # ------------------------------------------------------------------ deciding

    def test_the_mail_says_what_was_done_and_has_three_buttons(self):
        body = self._get_mail(self.referent).body_html
        for words in ("Leak in the school", "Joint replaced.", "2 h 00", "/photo/"):
            self.assertIn(words, body)
        # three buttons and one photo
        self.assertEqual(body.count(self.link), 4)
        self.assertIn("never a decision", body)
        # a language that a browser knows, to be read aloud
        self.assertRegex(body, r'<html lang="[a-z]{2}-[A-Z]{2}"')

    def test_the_link_is_in_the_mail_alone(self):
        token = self.link.rpartition("/")[2]
        messages = (
            self.env["mail.message"].sudo().search([("model", "=", self.run_._name)])
        )
        self.assertTrue(messages)
        self.assertFalse(
            messages.filtered(lambda message: token in (message.body or ""))
        )

    def test_it_approves_without_a_login(self):
        page = self.url_open(self.link)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Joint replaced.", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", page.headers["Cache-Control"])
        page = self._press(decision="approve", text="Well done.")
        self.assertIn("It is done", page.text)
        decision = self.run_.decision_ids
        self.assertEqual(
            (decision.kind, decision.user_id, decision.channel, decision.comment),
            ("approve", self.referent, "link", "Well done."),
        )
        self.assertEqual(self.report.state, "accepted")
        self.assertFalse(self.run_._verify_chain())

    def test_it_sends_back_a_line_with_a_reason(self):
        line = self.report.sudo().line_ids
        page = self._press(decision="rework", text=" ", place=f"line-{line.id}")
        self.assertIn("Say why", page.text)
        self.assertEqual(self.run_.state, "open")
        # words that were refused cost nothing: the same link still works
        self._press(decision="rework", text="It leaks.", place=f"line-{line.id}")
        self.assertEqual(self.report.state, "to_redo")
        self.assertEqual(self.run_.decision_ids._get_details(), {"line": line.id})

    def test_it_asks_and_a_new_link_comes_with_the_answer(self):
        self._press(
            decision="ask", text="Who held the key?", asked_user_id=self.leader.id
        )
        question = self.run_.clarification_ids
        self.assertEqual(
            (question.asked_user_id, question.state), (self.leader, "open")
        )
        over = self.url_open(self.link)
        self.assertEqual(over.status_code, 410)
        self.run_.with_user(self.leader).action_answer_clarification(
            question.id, "The caretaker."
        )
        fresh = self._get_link(self.referent)
        self.assertNotEqual(fresh, self.link)
        self.assertIn("The caretaker.", self._get_mail(self.referent).body_html)
        self._press(fresh, decision="approve")
        self.assertEqual(self.run_.state, "approved")

    def test_it_approves_line_by_line(self):
        line = self.report.sudo().line_ids
        self._press(
            decision="approve_reserves",
            **{
                f"acceptance_{line.id}": "reserved",
                f"hours_{line.id}": "1",
                f"minutes_{line.id}": "30",
                f"text_{line.id}": "Not sealed.",
            },
        )
        self.assertEqual(self.report.state, "accepted_reserves")
        self.assertEqual((line.minutes_accepted, line.minutes_reserved), (90, 30))

    # ------------------------------------------------------------------- attacks

    def test_reading_decides_nothing_a_hundred_times(self):
        for _turn in range(100):
            self.url_open(self.link + "?decision=approve&confirm=1")
        self.assertEqual(self.run_.state, "open")
        self.assertFalse(self.run_.decision_ids)
        self.assertEqual(self._press(decision="approve").status_code, 200)

    def test_it_works_once(self):
        self._press(decision="approve")
        again = self.url_open(self.link)
        self.assertEqual(again.status_code, 410)
        self.assertIn("already settled", again.text)
        self.assertNotIn("Joint replaced.", again.text)
        self._post(
            self.link, self.url_open("/web/login"), [], decision="refuse", text="x"
        )
        self.assertEqual(len(self.run_.decision_ids), 1)

    def test_without_the_token_of_the_page_it_decides_nothing(self):
        answer = self.url_open(self.link, data={"decision": "approve", "text": ""})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.run_.state, "open")

    def test_a_forged_link_is_no_page(self):
        token = self.link.rpartition("/")[2]
        flipped = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
        other_scope = hash_sign(
            self.env(su=True),
            "other",
            [self.run_.seat_ids.id, 0, self.run_.content_hash],
        )
        for forged in (flipped, token[:40], "x", "A" * 600, other_scope, "AQ"):
            with self.subTest(forged=forged[:12]):
                for method in ("get", "post"):
                    page = (
                        self.url_open(f"/intercommunal/decide/{forged}")
                        if method == "get"
                        else self._post(
                            f"/intercommunal/decide/{forged}",
                            self.url_open(self.link),
                            [],
                            decision="approve",
                        )
                    )
                    self.assertEqual(page.status_code, 404)
                    self.assertNotIn("Leak", page.text)
        self.assertEqual(self.run_.state, "open")

    def test_it_expires(self):
        with freeze_time(fields.Datetime.now() + timedelta(days=16)):
            seats = self.env["intercommunal.validation.seat"]
            seat, is_live = seats._find_by_token(self.link.rpartition("/")[2])
        self.assertFalse(seat)
        self.assertFalse(is_live)

    def test_who_is_not_asked_any_more_decides_nothing(self):
        self._end_role(self.referent)
        page = self.url_open(self.link)
        self.assertEqual(page.status_code, 410)
        self.assertIn("not asked", page.text)
        self.assertNotIn("Joint replaced.", page.text)

    def test_an_archived_person_decides_nothing(self):
        self.referent.sudo().active = False
        self.assertEqual(self.url_open(self.link).status_code, 410)

    def test_the_link_of_a_version_before_decides_nothing(self):
        self.run_.with_user(self.referent).action_rework("It leaks.")
        self._reported(self.report.intervention_id)
        page = self.url_open(self.link)
        self.assertEqual(page.status_code, 410)

    def test_above_the_ceiling_it_asks_for_a_login(self):
        self.company.intercommunal_link_ceiling = 50
        self.run_._write_guarded({"amount": 50.01})
        page = self.url_open(self.link)
        self.assertIn("/web/login", page.url)
        self.assertNotIn("Joint replaced.", page.text)
        self._post(self.link, self.url_open("/web/login"), [], decision="approve")
        self.env.invalidate_all()
        self.assertEqual(self.run_.state, "open")

    def test_photos_of_the_file_and_no_other(self):
        mine = self.report.sudo().photo_ids
        photo = self.url_open(f"{self.link}/photo/{mine.id}")
        self.assertEqual(photo.headers["Content-Type"], "image/jpeg")
        other = self._reported(
            photo_ids=[Command.create({"kind": "after", "image": self._png()})]
        )
        foreign = f"{self.link}/photo/{other.sudo().photo_ids.id}"
        self.assertEqual(self.url_open(foreign).status_code, 404)
        self._press(decision="approve")
        self.assertEqual(self.url_open(f"{self.link}/photo/{mine.id}").status_code, 404)

    def test_it_hands_nothing_over_and_takes_nothing_back(self):
        for decision in ("delegate", "revoke", "answer", "annotate", "arbitrate", ""):
            with self.subTest(decision):
                page = self._press(decision=decision, delegate_id=self.mayor.id)
                self.assertEqual(page.status_code, 404)
        self.assertFalse(self.run_.decision_ids)

    def test_each_person_has_a_link_of_their_own(self):
        self.env["intercommunal.circuit"].create(
            {
                "name": "Two",
                "sequence": 1,
                "step_ids": [
                    Command.create({"name": role, "commune_role": role, "sequence": 10})
                    for role in ("referent", "mayor")
                ],
            }
        )
        report = self._reported()
        run = report.validation_id.sudo()
        links = {
            user: self._get_link(user, run) for user in (self.referent, self.mayor)
        }
        self._press(links[self.mayor], decision="approve")
        self.assertEqual(run.decision_ids.user_id, self.mayor)
        self.assertEqual(run.state, "open")
        self._press(links[self.referent], decision="approve")
        self.assertEqual(run.state, "approved")


@tagged("post_install", "-at_install")
class TestPortalDecisions(PortalCase):
    """The same, in the portal: several at once, réserves, questions, absence."""

    def test_several_are_approved_after_reading_the_list_again(self):
        runs = self.env["intercommunal.validation"]
        for _turn in range(3):
            runs |= self._reported().validation_id
        page = self._get("/my/validations", self.referent)
        ticked = [("run", str(run.id)) for run in runs[:2]]
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        page = self.url_open(
            "/my/validations/approve", data=[("csrf_token", token), *ticked]
        )
        self.assertEqual(set(runs.mapped("state")), {"open"})
        hidden = re.findall(
            r'name="(run|key|confirm|hash_\d+|csrf_token)" value="([^"]+)"', page.text
        )
        page = self.url_open("/my/validations/approve", data=hidden)
        self.assertIn("2 approved.", page.text)
        self.env.invalidate_all()
        self.assertEqual(runs.mapped("state"), ["approved", "approved", "open"])

    def test_a_stale_one_does_not_stop_the_others(self):
        runs = self._reported().validation_id | self._reported().validation_id
        page = self._get("/my/validations", self.referent)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        page = self.url_open(
            "/my/validations/approve",
            data=[
                ("csrf_token", token),
                ("confirm", "1"),
                ("key", "k"),
                ("run", str(runs[0].id)),
                (f"hash_{runs[0].id}", "0" * 64),
                ("run", str(runs[1].id)),
                (f"hash_{runs[1].id}", runs[1].content_hash),
            ],
        )
        self.assertIn("has changed", page.text)
        self.env.invalidate_all()
        self.assertEqual(runs.mapped("state"), ["open", "approved"])

    def test_a_decision_is_taken_back_from_its_page(self):
        run = self._reported().validation_id
        page = self._decide(run, self.referent, decision="approve")
        self.assertIn('value="revoke"', page.text)
        self._decide(run, self.referent, decision="revoke")
        self.assertEqual(run.state, "open")

    def test_a_question_is_asked_and_answered_in_the_portal(self):
        run = self._reported().validation_id
        self._decide(
            run,
            self.referent,
            decision="ask",
            text="Was the <b>school</b> open?",
            asked_user_id=self.requester.id,
        )
        page = self._get("/my/validations", self.requester)
        self.assertIn("Was the &lt;b&gt;school", page.text)
        question = run.sudo().clarification_ids
        page = self._get(f"/my/validations/{run.id}")
        answer = self._post(
            f"/my/validations/{run.id}",
            page,
            [("files", ("plan.jpg", self._jpeg(), "image/jpeg"))],
            decision="answer",
            clarification_id=question.id,
            text="Yes, from 8.",
        )
        self.assertIn("Your answer is sent", answer.text)
        self.env.invalidate_all()
        self.assertEqual(question.answer, "Yes, from 8.")
        file = f"/my/validations/{run.id}/files/{question.attachment_ids.id}"
        self.assertEqual(self._get(file, self.referent).status_code, 200)
        self.assertEqual(self._get(file, self.stranger).status_code, 404)

    def test_a_remark_is_drawn_on_a_photo(self):
        photo = Command.create({"kind": "after", "name": "Sink", "image": self._png()})
        run = self._reported(photo_ids=[photo]).validation_id
        image = run.sudo().report_id.photo_ids
        marks = '[{"kind": "rect", "points": [[0.1, 0.2], [0.5, 7]]}]'
        for bad in ("nonsense", '{"a": 1}', '[{"kind": "script", "points": []}]'):
            self._decide(
                run,
                self.referent,
                decision="annotate",
                text="",
                photo_id=image.id,
                marks=bad,
            )
            self.assertFalse(run.sudo().decision_ids)
        page = self._decide(
            run,
            self.referent,
            decision="annotate",
            text="Here.",
            photo_id=image.id,
            marks=marks,
        )
        self.assertEqual(
            run.sudo().decision_ids._get_details()["marks"][0]["points"],
            [[0.1, 0.2], [0.5, 1.0]],
        )
        self.assertIn("0.1000,0.2000 0.5000,0.2000", page.text)
        self.assertEqual(run.state, "open")

    def test_an_absence_is_delegated_and_ended(self):
        page = self._get("/my/delegations", self.referent)
        today = fields.Date.context_today(self.referent)
        vals = {
            "delegate_id": self.mayor.id,
            "date_from": str(today),
            "date_to": str(today + timedelta(days=10)),
        }
        self._post("/my/delegations", page, [], **vals)
        delegation = self.env["intercommunal.delegation"].search(
            [("user_id", "=", self.referent.id)]
        )
        self.assertEqual(delegation.delegate_id, self.mayor)
        run = self._reported().validation_id
        self._decide(run, self.mayor, decision="approve")
        self.assertEqual(run.sudo().decision_ids.on_behalf_of_id, self.referent)
        page = self._get("/my/delegations", self.referent)
        self._post(f"/my/delegations/{delegation.id}/revoke", page, [])
        delegation.invalidate_recordset()
        self.assertEqual(delegation.state, "revoked")

    def test_bad_delegations_are_refused_in_words(self):
        today = fields.Date.context_today(self.referent)
        good = {
            "delegate_id": self.mayor.id,
            "date_from": str(today),
            "date_to": str(today),
        }
        for bad in (
            {"delegate_id": self.stranger.id},
            {"delegate_id": "x"},
            {"date_to": "31/02/2027"},
            {"date_to": ""},
            {"amount_max": "many"},
            {"date_to": "2020-01-01"},
        ):
            page = self._get("/my/delegations", self.referent)
            answer = self._post("/my/delegations", page, [], **{**good, **bad})
            with self.subTest(bad=bad):
                self.assertIn('role="alert"', answer.text)
        self.assertFalse(
            self.env["intercommunal.delegation"].search(
                [("user_id", "=", self.referent.id)]
            )
        )
