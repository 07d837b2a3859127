from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.tests.common import MockEmail

from .common import GROUP, IntercommunalCase


@tagged("post_install", "-at_install")
class TestSetup(IntercommunalCase, MockEmail):
    """From nothing to the first request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.land = cls.env["res.company"].create({"name": "CC of the New Valley"})
        cls.admin.write(
            {"company_ids": [Command.link(cls.land.id)], "company_id": cls.land.id}
        )

    def _setup(self):
        setup = self.env["intercommunal.setup"].with_user(self.admin)
        setup = setup.with_context(allowed_company_ids=self.land.ids)
        return setup.browse(setup.action_open()["res_id"])

    def test_ten_minutes(self):
        """Each step is done in turn, and the first request reaches its manager."""
        page = self._setup()
        self.assertEqual(page.step, 1)
        action = page.action_territory()
        wizard = (
            page.env["intercommunal.territory.install"]
            .with_context(**action["context"])
            .create({"query": "Mad et Moselle"})
        )
        wizard.action_search()
        wizard.candidate_ids[0].action_choose()
        done = wizard.action_install()
        # the page anew: the bar shows the name of the intercommunality
        self.assertIn("intercommunal_setup_action", done["params"]["next"]["url"])

        page = self._setup()
        self.assertEqual((page.step, page.commune_count), (2, 47))
        self.assertEqual(len(page.domain_ids), 6)
        page.domain_ids.filtered(lambda row: row.key == "espaces_verts").selected = True
        page.action_install_domains()

        page = self._setup()
        self.assertEqual((page.step, page.service_count), (3, 1))
        self.assertEqual(page.staff_ids.mapped("job"), ["service_manager", "leader"])
        installed = page.domain_ids.filtered("is_installed")
        self.assertEqual(installed.key, "espaces_verts")
        for row, login in zip(page.staff_ids, ("anne", "paul"), strict=True):
            row.write({"name": login.title(), "email": f"{login}@newvalley.example"})
        page.staff_ids = [
            Command.create(
                {
                    "service_id": page.staff_ids.service_id.id,
                    "job": "agent",
                    "name": "Léo",
                    "email": "leo@newvalley.example",
                }
            )
        ]
        page.action_add_staff()
        service = self.env["intercommunal.service"].search(
            [("company_id", "=", self.land.id)]
        )
        self.assertEqual(service.manager_ids.login, "anne@newvalley.example")
        self.assertEqual(service.team_ids.leader_id.name, "Paul")
        self.assertEqual(
            sorted(service.team_ids.member_ids.mapped("name")), ["Léo", "Paul"]
        )

        page = self._setup()
        self.assertEqual(page.step, 4)
        # what is done folds; a manager that is missing would keep it open
        self.assertTrue(page.staff_done)
        service.manager_ids = False
        self.assertFalse(self._setup().staff_done)
        service.manager_ids = self.env["res.users"].search(
            [("login", "=", "anne@newvalley.example")]
        )
        self.assertTrue(page.portal_url.endswith("/my/requests/new"))
        commune = self.env["res.partner"].search(
            [("intercommunal_epci_id", "=", self.land.id)], limit=1
        )
        page.person_ids = [
            Command.create(
                {
                    "commune_id": commune.id,
                    "role": role,
                    "name": "Lise",
                    "email": "lise@commune.example",
                }
            )
            for role in ("requester", "referent")
        ]
        page.action_add_people()
        secretary = self.env["res.users"].search(
            [("login", "=", "lise@commune.example")]
        )
        self.assertTrue(secretary.has_group("base.group_portal"))
        self.assertEqual(self._setup().step, 5)

        request = self._new_request(
            user=secretary,
            commune_id=commune.id,
            service_id=service.id,
            type_id=service.type_ids[0].id,
            site_id=False,
            properties={"surface": 500, "dechets": "mulching"},
        )
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertIn(request, request.with_user(service.manager_ids).search([]))
        page = self._setup()
        self.assertEqual((page.step, page.request_count), (6, 1))

    def test_an_empty_territory_sends_the_administrator_to_the_five_steps(self):
        requests = self.env["intercommunal.request"].with_context(
            allowed_company_ids=self.land.ids
        )
        words = "<p>No request</p>"
        page = requests.with_user(self.admin).get_empty_list_help(words)
        self.assertIn("intercommunal_setup_action", page)
        # who sets nothing up reads the usual words, and so does everybody afterwards
        self.assertEqual(
            requests.with_user(self.manager).get_empty_list_help(words), words
        )
        self.commune.copy(
            {"insee_code": "54903", "intercommunal_epci_id": self.land.id}
        )
        self.assertEqual(
            requests.with_user(self.admin).get_empty_list_help(words), words
        )

    def test_staff_get_the_groups_of_the_administrator_to_give(self):
        users = self.env["res.users"].with_user(self.admin)
        users = users.with_context(allowed_company_ids=self.land.ids)
        ask = {"name": "Zoé", "email": "Zoe@NewValley.example"}
        for job in ("admin", "finance", "direction"):
            with self.subTest(job), self.assertRaises(UserError):
                users._invite_staff([{**ask, "job": job}], self.land, False)
        zoe = users._invite_staff([{**ask, "job": "leader"}], self.land, False)
        self.assertEqual(zoe.login, "zoe@newvalley.example")
        self.assertTrue(zoe.has_group(f"{GROUP}leader"))
        for group in ("admin", "finance", "direction"):
            self.assertFalse(zoe.has_group(GROUP + group))
        self.assertFalse(zoe.has_group("base.group_system"))
        again = users._invite_staff(
            [{**ask, "job": "service_manager"}], self.land, False
        )
        self.assertEqual(again, zoe)
        self.assertTrue(zoe.has_group(f"{GROUP}leader"))

    def test_somebody_of_elsewhere_is_not_staff(self):
        users = self.env["res.users"].with_user(self.admin)
        users = users.with_context(allowed_company_ids=self.land.ids)
        for other in (self.requester, self.manager):
            other.write({"login": f"{other.login}@elsewhere.example"})
            with (
                self.subTest(other.login),
                self.assertRaisesRegex(UserError, "outside the staff"),
            ):
                users._invite_staff(
                    [{"name": "X", "email": other.login, "job": "agent"}],
                    self.land,
                    False,
                )

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_administrators(self):
        for user in (self.manager, self.finance, self.direction):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.env["intercommunal.setup"].with_user(user).create({})
                with self.assertRaises(AccessError):
                    self.env["res.users"].with_user(user)._invite_staff(
                        [], self.company
                    )

    def test_those_who_never_came_are_invited_again(self):
        page = self._setup()
        self.assertFalse(page.absent_count)
        service = self.env["intercommunal.service"].create(
            {"name": "Roads", "code": "R", "company_id": self.land.id}
        )
        page = self._setup()
        page.invite = False
        page.staff_ids.filtered(lambda row: row.job == "leader").write(
            {"name": "Luc", "email": "luc@newvalley.example"}
        )
        page.action_add_staff()
        self.env["ir.mail_server"].search([]).active = False
        page = self._setup()
        self.assertEqual((page.absent_count, page.absent_names), (1, "Luc"))
        # what would keep them away is told
        self.assertFalse(page.has_mail_server)
        self.env["ir.mail_server"].create({"name": "S", "smtp_host": "mail.example"})
        self.assertTrue(self._setup().has_mail_server)
        with self.mock_mail_gateway():
            page.action_invite_again()
        self.assertEqual(len(self._mails), 1)
        self.assertIn("luc@newvalley.example", self._mails[0]["email_to"])
        with (
            patch.object(
                self.registry["ir.mail_server"],
                "_connect__",
                side_effect=MailDeliveryException("no server"),
            ),
            patch.object(
                self.registry["ir.mail_server"], "_disable_send", lambda _self: False
            ),
            self.assertRaisesRegex(UserError, "No e-mail could leave"),
        ):
            page.action_invite_again()
        luc = service.team_ids.leader_id
        self.env["res.users.log"].with_user(luc).sudo().create({})
        self.assertFalse(self._setup().absent_count)

    def test_nothing_is_half_done(self):
        service = self.env["intercommunal.service"].create(
            {"name": "Roads", "code": "R", "company_id": self.land.id}
        )
        page = self._setup()
        page.staff_ids.unlink()
        count = self.env["res.users"].search_count([])
        with self.assertRaisesRegex(UserError, "at least one"):
            page.action_add_staff()
        page.staff_ids = [
            Command.create(
                {
                    "service_id": service.id,
                    "job": "agent",
                    "name": "A",
                    "email": "a@newvalley.example",
                }
            ),
            Command.create(
                {
                    "service_id": service.id,
                    "job": "agent",
                    "name": "B",
                    "email": "not an address",
                }
            ),
        ]
        with self.assertRaisesRegex(UserError, "not an e-mail address"):
            page.action_add_staff()
        self.assertEqual(self.env["res.users"].search_count([]), count)
