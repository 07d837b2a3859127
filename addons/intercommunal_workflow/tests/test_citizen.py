from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestCitizen(PortalCase):
    """A mairie relays what a citizen asks: whom to tell stays with the mairie."""

    def _relayed(self, **vals):
        request = self._submitted()
        citizen = (
            self.env["intercommunal.citizen"]
            .with_user(self.requester)
            .create({"request_id": request.id, "name": "Mme Secret", **vals})
        )
        return request, citizen

    def test_the_commune_alone_reads_whom_it_asks_for(self):
        request, citizen = self._relayed(phone="0383000000")
        self.assertTrue(request.for_citizen)
        self.assertEqual(request.with_user(self.referent)._get_citizen(), citizen)
        for user in (
            self.manager,
            self.leader,
            self.finance,
            self.direction,
            self.admin,
            self.mayor,
            self.stranger,
            self.nobody,
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                citizen.with_user(user).read(["name", "phone"])
            self.assertFalse(request.with_user(user)._get_citizen())

    def test_another_commune_writes_no_contact_here(self):
        request = self._submitted()
        with self.assertRaises(AccessError):
            self.env["intercommunal.citizen"].with_user(self.stranger).create(
                {"request_id": request.id, "name": "Forged"}
            )
        self.assertFalse(request.for_citizen)
        _request, citizen = self._relayed()
        with self.assertRaises(AccessError):
            citizen.with_user(self.requester).request_id = request

    def test_the_flag_follows_the_contact_and_nobody_sets_it(self):
        request, citizen = self._relayed()
        citizen.with_user(self.requester).unlink()
        self.assertFalse(request.for_citizen)
        with self.assertRaises(UserError):
            request.with_user(self.manager).for_citizen = True

    def test_the_secretary_relays_corrects_and_withdraws_a_contact(self):
        self._new(citizen_name="Mme Secret", citizen_phone="0383000000", submit="send")
        request = self._find("Broken door")
        self.assertEqual(request.state, "submitted")
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertIn("Mme Secret", page.text)
        self.assertIn('href="tel:0383000000"', page.text)
        page = self._get(f"/my/requests/{request.id}", self.mayor)
        self.assertIn("Relayed for a citizen", page.text)
        self.assertNotIn("Mme Secret", page.text)
        request.with_user(self.manager).action_ask_info("Which door?")
        path = f"/my/requests/{request.id}/edit"
        page = self._get(path, self.requester)
        self.assertIn('value="Mme Secret"', page.text)
        self._post(path, page, [], name="Broken door", citizen_name="Mme Juste")
        self.assertEqual(self._contact(request).name, "Mme Juste")
        self.assertFalse(self._contact(request).phone)
        self._post(path, page, [], name="Broken door")
        self.assertFalse(self._contact(request))

    def _contact(self, request):
        return self.env["intercommunal.citizen"].search(
            [("request_id", "=", request.id)]
        )

    def test_a_contact_without_a_name_or_with_a_false_address_is_named(self):
        page = self._new(citizen_phone="0383000000", citizen_email="nowhere")
        self.assertIn("Say whose contact this is.", page.text)
        self.assertIn("“nowhere” is not an e-mail address.", page.text)
        self.assertEqual(self._find("Broken door").state, "draft")
        with self.assertRaises(ValidationError):
            self._relayed(email="nowhere")

    def test_the_service_exports_and_the_repeat_hold_no_contact(self):
        request, _citizen = self._relayed()
        page = self._get("/my/requests/export?filterby=all", self.referent)
        self.assertNotIn("Secret", page.text)
        self._act(request, "repeat", self.requester)
        again = self._find(request.name) - request
        self.assertFalse(again.for_citizen)
        messages = request.message_ids.mapped("body")
        self.assertFalse([body for body in messages if "Secret" in body])

    def test_a_contact_is_forgotten_a_year_after_the_file(self):
        kept, citizen = self._relayed()
        closed, old = self._relayed()
        kept._write_guarded({"date_closed": fields.Datetime.now() - timedelta(360)})
        closed._write_guarded({"date_closed": fields.Datetime.now() - timedelta(370)})
        self.env["intercommunal.citizen"]._cron_forget()
        self.assertTrue(citizen.exists())
        self.assertFalse(old.exists())
        self.assertFalse(closed.for_citizen)
