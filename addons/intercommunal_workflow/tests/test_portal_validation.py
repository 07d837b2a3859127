from odoo.tests import tagged

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestPortalValidation(PortalCase):
    """A referent or a mayor decides from the portal."""

    def test_the_referent_approves(self):
        run = self._reported().validation_id
        page = self._get("/my/validations", self.referent)
        self.assertIn(f"/my/validations/{run.id}", page.text)
        page = self._get(f"/my/validations/{run.id}")
        self.assertIn("Joint replaced.", page.text)
        self.assertIn("2 h 00", page.text)
        page = self._decide(run, self.referent, decision="approve")
        self.assertIn("Your decision is recorded.", page.text)
        self.assertEqual(run.state, "approved")
        self.assertEqual(run.sudo().decision_ids.channel, "portal")

    def test_the_referent_sends_back_and_reads_both_versions(self):
        report = self._reported()
        run = report.validation_id
        words = "It still <b>leaks</b>."
        self._decide(run, self.referent, decision="rework", text=words)
        self.assertEqual(run.state, "rework")
        self.assertEqual(run.sudo().decision_ids.comment, words)
        again = self._reported(report.intervention_id, summary="Pipe changed.")
        page = self._get(f"/my/validations/{again.validation_id.id}", self.referent)
        self.assertIn("Pipe changed.", page.text)
        self.assertIn("Joint replaced.", page.text)
        self.assertIn("It still &lt;b&gt;leaks&lt;/b&gt;.", page.text)
        page = self._get(f"/my/requests/{report.request_id.id}", self.requester)
        self.assertIn("Pipe changed.", page.text)
        self.assertIn("Joint replaced.", page.text)

    def test_sending_back_or_refusing_needs_words(self):
        run = self._reported().validation_id
        for decision in ("rework", "refuse"):
            with self.subTest(decision):
                page = self._decide(run, self.referent, decision=decision, text="  \n ")
                self.assertIn('role="alert"', page.text)
                self.assertEqual(run.state, "open")
                self.assertFalse(run.sudo().decision_ids)

    def test_a_stale_page_does_not_decide_and_keeps_the_words(self):
        run = self._reported().validation_id
        page = self._decide(
            run,
            self.referent,
            decision="rework",
            content_hash="0" * 64,
            text="Typed with care.",
        )
        self.assertIn("has changed since you opened it", page.text)
        self.assertIn("Typed with care.", page.text)
        self.assertEqual(run.state, "open")

    def test_a_form_without_checksum_does_not_decide(self):
        run = self._reported().validation_id
        page = self._decide(run, self.referent, decision="approve", content_hash=False)
        self.assertIn('role="alert"', page.text)
        self.assertEqual(run.state, "open")

    def test_a_double_tap_decides_once_and_says_so(self):
        run = self._reported().validation_id
        page = self._get(f"/my/validations/{run.id}", self.referent)
        data = {
            "decision": "approve",
            "content_hash": run.content_hash,
            "idempotency_key": "tapped twice",
        }
        for _tap in range(2):
            answer = self._post(f"/my/validations/{run.id}", page, [], **data)
            self.assertIn("Your decision is recorded.", answer.text)
        run.invalidate_recordset()
        self.assertEqual(run.state, "approved")
        self.assertEqual(len(run.sudo().decision_ids), 1)

    def test_who_comes_late_is_told_who_decided(self):
        run = self._reported().validation_id
        self._decide(run, self.referent, decision="approve")
        page = self._post(
            f"/my/validations/{run.id}",
            self._get("/my/security"),
            [],
            decision="rework",
            text="Too late.",
            content_hash=run.content_hash,
        )
        self.assertIn("already decided", page.text)
        self.assertIn(self.referent.name, page.text)
        self.assertEqual(run.state, "approved")

    def test_who_is_not_asked_reads_and_does_not_decide(self):
        run = self._reported().validation_id
        page = self._get(f"/my/validations/{run.id}", self.mayor)
        self.assertIn("Joint replaced.", page.text)
        # a remark is all that is left to them
        for value in ("approve", "rework", "refuse", "ask", "delegate"):
            self.assertNotIn(f'name="decision" value="{value}"', page.text)
        listed = self._get("/my/validations")
        self.assertNotIn(f"/my/validations/{run.id}", listed.text)
        page = self._post(
            f"/my/validations/{run.id}",
            self._get("/my/security"),
            [],
            decision="approve",
            content_hash=run.content_hash,
        )
        self.assertIn("You are not asked to decide", page.text)
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")

    def test_strangers_do_not_decide(self):
        run = self._reported().validation_id
        for user in (self.stranger, self.nobody):
            with self.subTest(user.login):
                page = self._get("/my/security", user)
                answer = self._post(
                    f"/my/validations/{run.id}",
                    page,
                    [],
                    decision="approve",
                    content_hash=run.content_hash,
                )
                self.assertEqual(answer.status_code, 404)
                run.invalidate_recordset()
                self.assertEqual(run.state, "open")

    def test_get_never_decides(self):
        run = self._reported().validation_id
        page = self._get(
            f"/my/validations/{run.id}?decision=approve&text=CANARY", self.referent
        )
        self.assertNotRegex(page.text, r"<textarea[^>]*>[^<]*CANARY")
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")
        self.assertFalse(run.sudo().decision_ids)

    def test_a_decision_without_token_is_refused(self):
        run = self._reported().validation_id
        self.authenticate(self.referent.login, self.referent.login)
        answer = self.url_open(
            f"/my/validations/{run.id}",
            data={"decision": "approve", "content_hash": run.content_hash},
        )
        self.assertEqual(answer.status_code, 400)
        run.invalidate_recordset()
        self.assertEqual(run.state, "open")

    def test_an_unknown_decision_is_not_found(self):
        run = self._reported().validation_id
        answer = self._decide(run, self.referent, decision="unlink")
        self.assertEqual(answer.status_code, 404)
        self.assertEqual(run.state, "open")

    def test_photos_tell_before_then_after(self):
        photos = [
            (0, 0, {"kind": kind, "name": f"{kind}.jpg", "image": self._png()})
            for kind in ("after", "before")
        ]
        run = self._reported(photo_ids=photos).validation_id
        page = self._get(f"/my/validations/{run.id}", self.referent)
        self.assertLess(page.text.index("before.jpg"), page.text.index("after.jpg"))

    def test_the_mail_to_the_decider_opens_the_portal(self):
        run = self._reported().validation_id
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", run._name), ("res_id", "=", run.id)])
        )
        self.assertEqual(mail.recipient_ids, self.referent.partner_id)
        self.assertIn(f"/my/validations/{run.id}", mail.body_html)
        self.authenticate(self.referent.login, self.referent.login)
        link = f"/mail/view?model=intercommunal.validation&res_id={run.id}"
        self.assertTrue(self.url_open(link).url.endswith(f"/my/validations/{run.id}"))
