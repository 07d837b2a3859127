from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestAdminWords(PortalCase):
    """An administrator says who may ask, and in which words each turn is told."""

    def test_the_words_of_a_stage_are_in_the_message(self):
        stage = self.env["intercommunal.stage"].search(
            [("state", "=", "accepted"), ("service_id", "=", False)], limit=1
        )
        stage.with_user(
            self.admin
        ).mail_text = "We come soon in {commune} for {reference}. {unknown} <b>"
        request = self._submitted()
        request = request.with_user(self.manager).with_context(tracking_disable=False)
        self.env.cr.precommit.run()
        request.action_accept()
        self.env.cr.precommit.run()
        body = request.sudo().message_ids[:1].body
        self.assertIn(f"We come soon in Valbois for {request.reference}.", body)
        self.assertIn("{unknown} &lt;b&gt;", body)

    def test_the_reason_stays_before_the_words_of_the_stage(self):
        stage = self.env["intercommunal.stage"].search(
            [("state", "=", "refused"), ("service_id", "=", False)], limit=1
        )
        stage.mail_text = "Call us to talk about it."
        request = self._submitted().with_user(self.manager)
        request = request.with_context(tracking_disable=False)
        self.env.cr.precommit.run()
        reason = self.env["intercommunal.reason"].search(
            [("usage", "=", "refuse")], limit=1
        )
        request.action_reject(reason.id, "Out of our remit.")
        self.env.cr.precommit.run()
        body = str(request.sudo().message_ids[:1].body)
        self.assertLess(body.index("Out of our remit."), body.index("Call us"))

    def test_a_reason_needs_no_code_of_the_administrator(self):
        reasons = self.env["intercommunal.reason"].with_user(self.admin)
        with Form(reasons) as form:
            form.name = "Déjà pris en charge, ailleurs"
        reason = form.record
        self.assertEqual(reason.code, "deja_pris_en_charge_ailleurs")
        # a domain finds it by this code, whatever it is called later
        reason.name = "Elsewhere"
        self.assertEqual(reason.code, "deja_pris_en_charge_ailleurs")
        two = reasons.create([{"name": "Déjà pris en charge ailleurs"}] * 2)
        self.assertEqual(
            two.mapped("code"),
            ["deja_pris_en_charge_ailleurs_2", "deja_pris_en_charge_ailleurs_3"],
        )

    # ------------------------------------------------------------ who may ask

    def test_a_reserved_type_is_offered_to_those_it_is_reserved_to(self):
        self.type.asker = "referent"
        page = self._get("/my/requests/new", self.requester)
        self.assertNotIn(self.type.name, page.text)
        page = self._get(f"/my/requests/new?type_id={self.type.id}")
        self.assertNotIn('name="description"', page.text)
        page = self._get("/my/requests/new", self.referent)
        self.assertIn(self.type.name, page.text)
        with self.assertRaises(UserError) as error:
            self._new_request().action_submit()
        self.assertIn(self.type.name, str(error.exception))
        self._new_request(self.referent).action_submit()
        # the service asks on behalf of anyone
        request = self._new_request(self.referent)
        request.sudo().requester_id = self.requester.partner_id
        request.sudo().action_submit()

    def test_a_type_may_be_for_some_communes_only(self):
        self.type.commune_ids = self.other_commune
        page = self._get("/my/requests/new", self.requester)
        self.assertNotIn(self.type.name, page.text)
        with self.assertRaises(UserError):
            self._new_request().action_submit()
        page = self._get("/my/requests/new", self.stranger)
        self.assertIn(self.type.name, page.text)
