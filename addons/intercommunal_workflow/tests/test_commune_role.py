from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GROUP, IntercommunalCase


@tagged("post_install", "-at_install")
class TestCommuneRole(IntercommunalCase):
    """Who asks and who approves in a commune, and from when to when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.company)
        cls.person = cls.env["res.partner"].create({"name": "Anne Petit"})

    def _new_role(self, user=None, **vals):
        return (
            self.env["intercommunal.commune.role"]
            .with_user(user or self.admin)
            .create(
                {
                    "commune_id": self.commune.id,
                    "partner_id": self.person.id,
                    "role": "deputy",
                    "date_from": self.today,
                    **vals,
                }
            )
        )

    def _day(self, days):
        return self.today + timedelta(days=days)

    # ------------------------------------------------------------------ dates

    def test_role_holds_from_its_first_to_its_last_day(self):
        for begin, end, expected in (
            (0, 0, True),
            (-10, None, True),
            (-10, 0, True),
            (-10, -1, False),
            (1, None, False),
        ):
            role = self._new_role(
                date_from=self._day(begin),
                date_to=end is not None and self._day(end),
            )
            with self.subTest(begin=begin, end=end):
                self.assertEqual(role.is_current, expected)
                self.assertEqual(
                    self.commune._get_role_partners("deputy"),
                    self.person if expected else self.person.browse(),
                )
                found = role.search([("id", "=", role.id), ("is_current", "=", True)])
                self.assertEqual(bool(found), expected)
                past = role.search([("id", "=", role.id), ("is_current", "=", False)])
                self.assertEqual(bool(past), not expected)
            role.sudo().unlink()

    def test_role_does_not_end_before_it_begins(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._new_role(date_to=self._day(-1))

    def test_same_role_twice_on_one_day_is_refused(self):
        self._new_role(date_to=self._day(10))
        for begin, end in ((10, None), (-5, 0), (3, 4), (-1, 20)):
            with (
                self.subTest(begin=begin, end=end),
                self.assertRaisesRegex(ValidationError, "already"),
                self.cr.savepoint(),
            ):
                self._new_role(
                    date_from=self._day(begin),
                    date_to=end is not None and self._day(end),
                )
        self._new_role(date_from=self._day(11))
        self._new_role(role="requester")
        self._new_role(commune_id=self.other_commune.id)

    # ---------------------------------------------------------------- parties

    def test_role_is_held_by_a_person_in_a_commune(self):
        with (
            self.assertRaisesRegex(ValidationError, "not a commune"),
            self.cr.savepoint(),
        ):
            self._new_role(commune_id=self.person.id)
        with (
            self.assertRaisesRegex(ValidationError, "to a person"),
            self.cr.savepoint(),
        ):
            self._new_role(partner_id=self.other_commune.id)

    def test_shared_secretary_works_for_two_communes(self):
        self.person.parent_id = self.commune
        self._new_role(role="requester")
        self._new_role(role="requester", commune_id=self.other_commune.id)
        user = self._give_user(self.person, "secretary")
        self.assertEqual(
            user._get_intercommunal_communes(), self.commune | self.other_commune
        )

    # ------------------------------------------------------------------ users

    def _give_user(self, partner, login):
        partner.email = f"{login}@example.com"
        return new_test_user(
            self.env, login, "base.group_portal", partner_id=partner.id
        )

    def test_role_without_user_breaks_nothing_and_finds_its_user_later(self):
        role = self._new_role()
        self.assertFalse(role.user_id)
        self.assertFalse(self.commune._get_role_users("deputy"))
        self.assertEqual(self.commune._get_role_partners("deputy"), self.person)
        self._new_request().action_submit()

        user = self._give_user(self.person, "anne")
        self.assertEqual(role.user_id, user)
        self.assertEqual(self.commune._get_role_users("deputy"), user)

    def test_archived_user_or_person_holds_nothing(self):
        self._new_role()
        user = self._give_user(self.person, "anne")
        user.active = False
        self.assertFalse(self.commune._get_role_users("deputy"))
        self.assertEqual(self.commune._get_role_partners("deputy"), self.person)
        user.active = True
        self.assertEqual(self.commune._get_role_users("deputy"), user)
        user.active = False
        self.person.active = False
        self.assertFalse(self.commune._get_role_partners("deputy"))

    def test_portal_access_is_given_through_core(self):
        self.person.email = "anne@example.com"
        role = self._new_role()
        action = role.with_user(self.admin).action_grant_portal()
        wizard = (
            self.env["portal.wizard"].with_user(self.admin).browse(action["res_id"])
        )
        self.assertEqual(wizard.user_ids.partner_id, self.person)
        wizard.user_ids.action_grant_access()
        self.assertTrue(role.user_id._is_portal())
        self.assertEqual(role.user_id.login, "anne@example.com")

    def test_role_users_take_few_queries_whatever_the_communes(self):
        communes = self.commune | self.other_commune
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            users = communes.with_user(self.requester)._get_role_users("referent")
        self.assertEqual(users, self.referent | self.stranger)
        self.assertEqual(users.env.uid, self.requester.id, "no rights handed out")

    # ----------------------------------------------------------------- rights

    def test_only_administrators_change_roles(self):
        role = self._new_role()
        role.with_user(self.admin).date_to = self._day(3)
        for user in (self.manager, self.leader, self.finance, self.direction):
            with self.subTest(user=user.login):
                self.assertTrue(role.with_user(user).role, "they read it")
                with self.assertRaises(AccessError):
                    role.with_user(user).date_to = False
                with self.assertRaises(AccessError):
                    self._new_role(user, role="mayor")
        for user in (self.nobody, self.referent):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                role.with_user(user).read(["role"])
        with self.assertRaises(AccessError):
            self._new_role(self.referent, role="mayor")
        with self.assertRaises(AccessError):
            role.with_user(self.admin).unlink()

    def test_portal_user_reads_their_own_roles_only(self):
        seen = self.env["intercommunal.commune.role"].with_user(self.mayor).search([])
        self.assertEqual(seen.mapped("user_id"), self.mayor)

    def test_portal_user_reads_their_commune_and_its_sites_only(self):
        Partner = self.env["res.partner"].with_user(self.requester)
        self.assertEqual(Partner.search([("is_commune", "=", True)]), self.commune)
        self.assertEqual(self.commune.with_user(self.requester).name, "Valbois")
        with self.assertRaises(AccessError):
            self.other_commune.with_user(self.requester).read(["name"])
        with self.assertRaises(AccessError):
            self.stranger.partner_id.with_user(self.requester).read(["email"])
        with self.assertRaises(AccessError):
            self.commune.with_user(self.requester).name = "Mine"
        elsewhere = self.env["intercommunal.site"].create(
            {"name": "Hall", "commune_id": self.other_commune.id}
        )
        sites = self.env["intercommunal.site"].with_user(self.requester).search([])
        self.assertIn(self.site, sites)
        self.assertNotIn(elsewhere, sites)

    def test_commune_closes_to_a_role_that_ended(self):
        role = self.requester.intercommunal_role_ids
        role.date_to = self._day(-1)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            self.commune.with_user(self.requester).read(["name"])
        self.assertFalse(
            self.env["intercommunal.site"].with_user(self.requester).search([])
        )

    def test_roles_of_another_intercommunality_stay_hidden(self):
        other = self.env["res.company"].create({"name": "Other CC"})
        user = new_test_user(
            self.env,
            "other_admin",
            GROUP + "admin",
            company_id=other.id,
            company_ids=[other.id],
        )
        Role = self.env["intercommunal.commune.role"].with_user(user)
        self.assertFalse(Role.search([]))

    def test_referents_are_shown_on_their_commune(self):
        communes = (self.commune | self.other_commune).with_user(self.manager)
        self.assertEqual(
            communes.mapped("intercommunal_referent_ids"),
            self.referent.partner_id | self.stranger.partner_id,
        )
        self.assertEqual(
            communes[0].intercommunal_referent_ids, self.referent.partner_id
        )

    def test_an_administrator_gives_a_role_then_the_access(self):
        roles = self.env["intercommunal.commune.role"].with_user(self.admin)
        person = self.env["res.partner"].with_user(self.admin)
        person = person.create({"name": "Pauline Neuve"})
        with Form(roles) as form:
            form.commune_id = self.commune
            form.role = "mayor"
            form.partner_id = person
            form.person_email = "pauline@valbois.example"
        self.assertEqual(person.email, "pauline@valbois.example")
        role = form.record
        self.assertFalse(role.user_id)
        wizard = self.env["portal.wizard"].browse(role.action_grant_portal()["res_id"])
        # without an e-mail core shows no button here
        self.assertEqual(wizard.user_ids.email_state, "ok")
        wizard.with_user(self.admin).user_ids.action_grant_access()
        self.assertEqual(role.user_id.login, "pauline@valbois.example")
