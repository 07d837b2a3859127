from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.mail.tools.discuss import Store

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestReply(IntercommunalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reply = cls.env["intercommunal.reply"].create(
            {
                "name": "Which room?",
                "usage": "ask",
                "service_id": cls.service.id,
                "type_ids": [Command.link(cls.type.id)],
                "body": "[reference]: which room of [site] ([commune])?",
            }
        )

    def _ask(self, requests):
        return Form(
            self.env["intercommunal.request.ask_info"]
            .with_user(self.manager)
            .with_context(active_ids=requests.ids)
        )

    def test_a_template_fills_the_question(self):
        request = self._submitted()
        wizard = self._ask(request)
        wizard.reply_id = self.reply
        self.assertEqual(
            wizard.question, f"{request.reference}: which room of School (Valbois)?"
        )
        wizard.save().action_confirm()
        self.assertEqual(request.info_question, wizard.question)

    def test_what_differs_between_requests_stays_out(self):
        requests = self._submitted() | self._submitted()
        self.assertEqual(
            self.reply._get_text(requests), ": which room of School (Valbois)?"
        )

    def test_only_what_fits_is_proposed(self):
        other_type = self.env["intercommunal.request.type"].create(
            {"name": "Mowing", "service_id": self.service.id}
        )
        Reply = self.env["intercommunal.reply"]
        fits = Reply.search(Reply._get_domain_for("ask", self._submitted()))
        self.assertIn(self.reply, fits)
        for usage, request in (
            ("refuse", self._submitted()),
            ("ask", self._submitted(type_id=other_type.id)),
        ):
            found = Reply.search(Reply._get_domain_for(usage, request))
            self.assertNotIn(self.reply, found)

    def test_a_refusal_takes_the_reason_of_its_template(self):
        reason = self.env.ref("intercommunal_workflow.reason_refuse_other")
        refusal = self.env["intercommunal.reply"].create(
            {
                "name": "Not ours",
                "usage": "refuse",
                "reason_id": reason.id,
                "body": "[type] is not ours.",
            }
        )
        request = self._submitted()
        wizard = Form(
            self.env["intercommunal.request.reason"]
            .with_user(self.manager)
            .with_context(active_ids=request.ids, default_usage="refuse")
        )
        wizard.reply_id = refusal
        wizard.save().action_confirm()
        self.assertEqual(request.state, "refused")
        self.assertEqual(request.reason_text, "Small repair is not ours.")

    # ------------------------------------------------- any state, any type

    def _message(self, name="On its way", **vals):
        return self.env["intercommunal.reply"].create(
            {
                "name": name,
                "usage": "message",
                "service_id": self.service.id,
                "body": "[subject]: we come.",
                **vals,
            }
        )

    def _stage(self, state):
        return self.env["intercommunal.stage"].search([("state", "=", state)], limit=1)

    def _texts(self, request, user=None):
        replies = self.env["intercommunal.reply"].with_user(user or self.manager)
        return [row["name"] for row in replies.get_messages(request.id)]

    def test_each_state_and_type_has_its_own_messages(self):
        other_type = self.env["intercommunal.request.type"].create(
            {"name": "Mowing", "service_id": self.service.id}
        )
        self._message("Always")
        self._message("Planned", stage_ids=[Command.set(self._stage("planned").ids)])
        self._message(
            "Accepted or planned",
            stage_ids=[
                Command.set((self._stage("accepted") | self._stage("planned")).ids)
            ],
        )
        self._message("Mowing only", type_ids=[Command.set(other_type.ids)])
        for request, expected in (
            (self._submitted(), ["Always"]),
            (self._accepted(), ["Accepted or planned", "Always"]),
            (
                self._planned().request_id,
                ["Accepted or planned", "Always", "Planned"],
            ),
            (
                self._accepted(type_id=other_type.id),
                ["Accepted or planned", "Always", "Mowing only"],
            ),
        ):
            with self.subTest(request.state, type=request.type_id.name):
                self.assertEqual(sorted(self._texts(request)), expected)

    def test_a_column_stands_for_its_state(self):
        column = self.env["intercommunal.stage"].create(
            {
                "name": "Parts ordered",
                "state": "accepted",
                "service_id": self.service.id,
            }
        )
        self._message("Waiting", stage_ids=[Command.set(column.ids)])
        request = self._accepted()
        self.assertEqual(self._texts(request), ["Waiting"])

    def test_a_message_for_requests_in_several_states_fits_each(self):
        planned = self._message(stage_ids=[Command.set(self._stage("planned").ids)])
        replies = self.env["intercommunal.reply"]
        requests = self._accepted() | self._planned().request_id
        found = replies.search(replies._get_domain_for("message", requests))
        self.assertNotIn(planned, found)

    def test_the_day_of_the_visit_is_written_as_people_say_it(self):
        self.env["res.lang"]._activate_lang("en_US")
        self.requester.lang = "en_US"
        job = self._planned()
        request = job.request_id
        job.action_plan(self.team.id, "2026-04-14 07:30:00")
        request.deadline = "2026-05-04"
        reply = self._message(body="[reference]: [visit], before [deadline]. [unknown]")
        self.assertEqual(
            reply._get_text(request),
            f"{request.reference}: Tuesday 14 April, before Monday 4 May. [unknown]",
        )
        waiting = self._accepted()
        self.assertEqual(
            reply._get_text(waiting), f"{waiting.reference}: , before . [unknown]"
        )

    def test_without_a_site_the_place_is_written(self):
        request = self._submitted(site_id=False, address="Behind the town hall")
        reply = self._message(body="Access to [site]?")
        self.assertEqual(reply._get_text(request), "Access to Behind the town hall?")

    def test_who_may_not_read_templates_is_offered_none(self):
        self._message()
        request = self._accepted()
        for user in (self.requester, self.leader, self.nobody):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._texts(request, user)
        # nor is a request told to whoever does not read it
        other = self.env["intercommunal.service"].create({"name": "IT", "code": "IT-T"})
        foreign = self._new_request(service_id=other.id, type_id=False)
        foreign.action_submit()
        with self.assertRaises(AccessError):
            self._texts(foreign)

    def test_the_chatter_knows_who_is_offered_templates(self):
        for user, expected in (
            (self.manager, True),
            (self.direction, True),
            (self.leader, False),
            (self.requester, False),
        ):
            with self.subTest(user.login):
                store = Store()
                self.env["res.users"].with_user(user)._init_store_data(store)
                values = store.get_result()["Store"]
                self.assertIs(values["hasIntercommunalReplies"], expected)

    # -------------------------------------------------- where somebody writes

    def test_the_large_composer_takes_a_template_and_keeps_the_signature(self):
        request = self._planned().request_id
        fitting = self._message(body="[subject]:\nwe come <soon>.")
        self._message("Late", stage_ids=[Command.set(self._stage("closed").ids)])
        signature = '<div class="o-signature-container">-- <b>Anne</b></div>'
        composer = Form(
            self.env["mail.compose.message"]
            .with_user(self.manager)
            .with_context(
                default_model=request._name,
                default_res_ids=request.ids,
                default_body=f"<p>Hello</p>{signature}",
                clicked_on_full_composer=True,
            )
        )
        self.assertEqual(composer.intercommunal_available_reply_ids[:], fitting)
        composer.intercommunal_reply_id = fitting
        self.assertIn("we come &lt;soon&gt;.", composer.body)
        self.assertIn("<b>Anne</b>", composer.body)
        self.assertNotIn("Hello", composer.body)
        composer.save().action_send_mail()
        self.assertIn("we come &lt;soon&gt;.", request.message_ids[:1].body)

    def test_an_internal_note_and_another_document_are_offered_none(self):
        self._message()
        request = self._accepted()
        for model, ids, subtype in (
            (request._name, request.ids, "mail.mt_note"),
            ("res.partner", self.commune.ids, "mail.mt_comment"),
        ):
            composer = (
                self.env["mail.compose.message"]
                .with_user(self.manager)
                .create(
                    {
                        "model": model,
                        "res_ids": repr(ids),
                        "subtype_id": self.env.ref(subtype).id,
                    }
                )
            )
            self.assertFalse(composer.intercommunal_available_reply_ids)

    def test_back_to_triage_takes_its_template(self):
        reply = self._message(
            usage="reconsider", body="[subject] grows: we look again."
        )
        request = self._accepted()
        wizard = Form(
            self.env["intercommunal.request.reason"]
            .with_user(self.manager)
            .with_context(active_ids=request.ids, default_usage="reconsider")
        )
        self.assertEqual(wizard.available_reply_ids[:], reply)
        wizard.reply_id = reply
        wizard.save().action_confirm()
        self.assertEqual(request.state, "submitted")

    def test_whoever_decides_is_answered_from_a_template(self):
        reply = self._message(usage="answer", body="[commune]: the key is at the hall.")
        report = self._reported()
        run = report.validation_id.with_user(self.referent)
        run.action_ask_clarification("Who held the key?")
        question = run.sudo().clarification_ids

        def answering(user):
            return Form(
                self.env["intercommunal.validation.answer"]
                .with_user(user)
                .with_context(
                    active_model="intercommunal.clarification", active_id=question.id
                )
            )

        # the leader answers as well, without the templates of the service
        by_leader = answering(self.leader)
        self.assertNotIn("reply_id", by_leader._view["fields"])
        by_leader.answer = "At the hall."
        by_leader.save()
        wizard = answering(self.manager)
        self.assertEqual(wizard.available_reply_ids[:], reply)
        wizard.reply_id = reply
        wizard.save().action_confirm()
        self.assertEqual(question.answer, "Valbois: the key is at the hall.")

    def test_managers_write_only_the_templates_of_their_services(self):
        self.reply.with_user(self.manager).body = "Which room?"
        foreign = self.env["intercommunal.reply"].create(
            {"name": "All", "usage": "ask", "body": "?"}
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.manager).body = "!"
