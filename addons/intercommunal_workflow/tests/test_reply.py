from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

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

    def test_managers_write_only_the_templates_of_their_services(self):
        self.reply.with_user(self.manager).body = "Which room?"
        foreign = self.env["intercommunal.reply"].create(
            {"name": "All", "usage": "ask", "body": "?"}
        )
        with self.assertRaises(AccessError):
            foreign.with_user(self.manager).body = "!"
