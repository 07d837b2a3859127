from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestService(IntercommunalCase):
    """What follows from being a manager of a service, at once."""

    def _can_read(self, user, request):
        return request.with_user(user).has_access("read")

    def test_new_manager_reads_the_files_at_once_and_the_old_one_no_more(self):
        request = self._submitted().sudo()
        other = self._other_manager()
        self.assertTrue(self._can_read(self.manager, request))
        self.assertFalse(self._can_read(other, request))

        self.service.manager_ids = other

        self.assertFalse(self._can_read(self.manager, request))
        self.assertTrue(self._can_read(other, request))
        with self.assertRaises(AccessError):
            request.with_user(self.manager).action_accept()
        request.with_user(other).action_accept()

    def test_manager_of_a_new_service_reads_its_files_at_once(self):
        other = self._other_manager()
        self.assertFalse(other.intercommunal_service_ids)
        self.env["intercommunal.request"].with_user(other).search([])

        service = self.env["intercommunal.service"].create(
            {
                "name": "ATSEM",
                "code": "ATS-T",
                "manager_ids": [Command.link(other.id)],
            }
        )
        request = self._submitted(service_id=service.id, type_id=False)

        self.assertTrue(self._can_read(other, request))
        self.assertFalse(self._can_read(self.manager, request))

    def test_files_of_an_archived_service_stay_readable(self):
        request = self._submitted().sudo()

        self.service.active = False

        self.assertTrue(self._can_read(self.manager, request))

    def _other_manager(self):
        other = self.manager.copy({"login": "manager2", "name": "Second manager"})
        self.assertTrue(
            other.has_group(
                "intercommunal_workflow.group_intercommunal_service_manager"
            )
        )
        return other

    def test_what_follows_a_service_offers_every_service(self):
        """Their company is the service's: a domain on it would leave the list empty."""
        for model in (
            "intercommunal.team",
            "intercommunal.request.type",
            "intercommunal.sla",
            "intercommunal.recurrence",
        ):
            with self.subTest(model):
                records = self.env[model].with_user(self.admin)
                domain = records.fields_get(["service_id"])["service_id"]["domain"]
                self.assertNotIn("company_id", str(domain))

    def test_a_new_service_says_what_it_lacks(self):
        service = (
            self.env["intercommunal.service"]
            .with_user(self.admin)
            .create({"name": "Snow clearing", "code": "SNOW"})
        )
        for words in ("type of request", "A manager", "A team with a leader"):
            self.assertIn(words, service.todo)
        service.write(
            {
                "manager_ids": [Command.link(self.direction.id)],
                "type_ids": [Command.create({"name": "Clear a street"})],
                "team_ids": [
                    Command.create({"name": "Plough", "leader_id": self.leader.id})
                ],
            }
        )
        self.assertNotIn("type of request", service.todo)
        self.assertNotIn("A team", service.todo)
        # being named is not having the access
        self.assertIn(f"The access of {self.direction.name}", service.todo)
        self.assertNotIn(self.leader.name, service.todo)
        service.manager_ids = self.manager
        self.assertNotIn("access", service.todo or "")
