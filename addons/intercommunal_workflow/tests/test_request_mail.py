from odoo.tests import tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestRequestMail(IntercommunalCase):
    """What the commune reads in its mailbox when its request moves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a turn is told by its tracked state
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        people = (cls.requester, cls.referent, cls.manager, cls.leader)
        for user in people:
            user.write({"email": f"{user.login}@valbois.example", "lang": "en_US"})

    def _new_request(self, user=None, **vals):
        # what is done in one transaction is one event to the platform, of one person
        request = super()._new_request(user, **vals)
        self.env.cr.flush()
        return request

    def _mails(self, user, act):
        """The mails that ``user`` gets when ``act()`` is called."""
        self.env.cr.flush()
        mails = self.env["mail.mail"].sudo()
        mine = [("recipient_ids", "in", user.partner_id.ids)]
        before = mails.search(mine)
        act()
        self.env.cr.flush()
        return mails.search(mine) - before

    def _mail(self, user, act):
        mail = self._mails(user, act)
        self.assertEqual(len(mail), 1, "one event, one mail")
        return mail

    def _subjects(self, mail):
        return {values["subject"] for values in mail._prepare_outgoing_list()}

    def test_it_says_what_happened_and_no_field_of_ours(self):
        request = self._submitted().with_user(self.manager)
        mail = self._mail(self.requester, request.action_accept)
        self.assertIn("The service accepted the request.", mail.body_html)
        self.assertIn(f"/my/requests/{request.id}", mail.body_html)
        # core's list of changes: “State: To triage → Accepted”
        self.assertNotIn("→", mail.body_html)
        self.assertIn('<html lang="en-US"', mail.body_html)

    def test_the_subject_says_what_happened(self):
        request = self._submitted().with_user(self.manager)
        mail = self._mail(self.requester, request.action_accept)
        self.assertEqual(
            self._subjects(mail), {f"Request accepted: {request.display_name}"}
        )
        # the office's history would show another one above the line
        self.assertIn(request.message_ids[0].subject, (False, request.display_name))
        mail = self._mail(
            self.requester,
            lambda: request.message_post(
                body="We come.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ),
        )
        self.assertEqual(self._subjects(mail), {f"Message: {request.display_name}"})
        self.assertIn("We come.", mail.body_html)
        self.assertIn(self.manager.name, mail.body_html)

    def test_an_answer_is_told_as_one(self):
        request = self._submitted()
        request.with_user(self.manager).action_ask_info("Which room?")
        mail = self._mail(
            self.manager, lambda: request.action_answer_info("The big one")
        )
        self.assertEqual(
            self._subjects(mail), {f"Answer of the commune: {request.display_name}"}
        )
        self.assertIn("The big one", mail.body_html)

    def test_a_refusal_says_why(self):
        reason = self.env["intercommunal.reason"].create(
            {"name": "Not ours", "usage": "refuse", "code": "not_ours"}
        )
        request = self._submitted().with_user(self.manager)
        mail = self._mail(
            self.requester, lambda: request.action_reject(reason.id, "Ask the county.")
        )
        self.assertIn("Not ours", mail.body_html)
        self.assertIn("Ask the county.", mail.body_html)

    def test_the_end_of_the_work_is_one_mail_that_asks_for_an_opinion(self):
        run = self._reported().validation_id.with_user(self.referent)
        request = run.subject_request_id
        mail = self._mail(self.requester, run.action_approve)
        self.assertIn(f"/my/requests/{request.id}#opinion_title", mail.body_html)
        self.assertIn("Say what you think of the work", mail.body_html)
        self.assertEqual(request.with_user(self.requester).can_rate, True)

    def test_the_service_is_not_asked_for_its_opinion(self):
        run = self._reported().validation_id.with_user(self.referent)
        for mail in self._mails(self.manager, run.action_approve):
            self.assertNotIn("opinion_title", mail.body_html)

    def test_the_words_of_the_decision_are_told(self):
        run = self._reported().validation_id.with_user(self.referent)
        mails = self._mails(
            self.requester, lambda: run.action_approve(comment="Well done")
        )
        self.assertIn("Well done", "".join(mails.mapped("body_html")))

    # ------------------------------------------------------- the other files

    def _assert_plain(self, mail, button):
        """One button, a language that browsers read, and no field of ours."""
        self.assertEqual(mail.body_html.count("border-radius:6px"), 1)
        self.assertIn(button, mail.body_html)
        self.assertIn('<html lang="en-US"', mail.body_html)
        self.assertNotIn("→", mail.body_html)
        # what core's layout has at its end
        self.assertNotIn("Powered by", mail.body_html)

    def test_a_question_before_deciding_says_who_asks(self):
        run = self._reported().validation_id.with_user(self.referent)
        mail = self._mail(
            self.leader, lambda: run.action_ask_clarification("Which lamp?")
        )
        self._assert_plain(mail, "Open the file")
        self.assertIn(
            f"{self.referent.name} asks you a question before deciding.",
            mail.body_html,
        )
        self.assertIn("Which lamp?", mail.body_html)
        self.assertIn(run.subject_request_id.reference, mail.body_html)
        self.assertEqual(self._subjects(mail), {f"Question on: {run.subject_name}"})

    def test_a_planned_job_says_when_and_who(self):
        self.company.resource_calendar_id.tz = "Europe/Paris"
        request = self._accepted().with_user(self.manager)
        request.action_schedule()
        job = request.intervention_ids
        self.env.cr.flush()
        # 09:00 in Paris
        mail = self._mail(
            self.leader, lambda: job.action_plan(self.team.id, "2031-03-04 08:00:00")
        )
        self._assert_plain(mail, "Open the job")
        self.assertIn("The job is planned.", mail.body_html)
        self.assertRegex(mail.body_html, r"2031 0?9:00|/31, 9:00")
        self.assertIn(self.team.name, mail.body_html)
        self.assertEqual(self._subjects(mail), {f"Job planned: {job.display_name}"})

    def test_a_blocked_job_says_why(self):
        job = self._planned()
        job.action_start()
        self.env.cr.flush()
        mail = self._mail(
            self.manager,
            lambda: job.with_user(self.leader).action_block("access", "Locked gate"),
        )
        self._assert_plain(mail, "Open the job")
        self.assertIn("No access", mail.body_html)
        self.assertEqual(mail.body_html.count("Locked gate"), 1)
