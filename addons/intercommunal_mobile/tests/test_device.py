from uuid import uuid4

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestDevice(IntercommunalCase):
    def setUp(self):
        super().setUp()
        self.uuid = str(uuid4())

    def _contact(self, user, unsent=0, version="1.0"):
        return (
            self.env["intercommunal.mobile.device"]
            .with_user(user)
            ._register_contact(self.uuid, "Crew phone", version, unsent)
        )

    def test_each_contact_updates_the_same_phone(self):
        first = self._contact(self.leader, unsent=2)
        self.assertEqual(first.unsent_count, 2)

        second = self._contact(self.leader, unsent=0, version="1.1")

        self.assertEqual(second, first)
        self.assertEqual(second.unsent_count, 0)
        self.assertEqual(second.app_version, "1.1")
        self.assertEqual(second.last_contact, self.env.cr.now())

    def test_shared_phone_has_a_line_a_person(self):
        mine = self._contact(self.leader, unsent=1)
        theirs = self._contact(self.agent)

        self.assertNotEqual(mine, theirs)
        self.assertEqual(mine.unsent_count, 1)
        with self.assertRaises(AccessError):
            mine.with_user(self.agent).check_access("read")

    def test_managers_see_every_phone_and_change_none(self):
        device = self._contact(self.leader)

        for user in (self.manager, self.direction, self.admin):
            device.with_user(user).check_access("read")
            with self.assertRaises(AccessError, msg=user.login):
                device.with_user(user).check_access("write")
