"""Requests and interventions, through any sequence of acts by anybody."""

from property_cast import GROUP, PropertyCase
from request_machine import RequestMachine

from odoo import Command
from odoo.tests import new_test_user, tagged


class Requests(RequestMachine):
    """Named in the summary of the tests."""


@tagged("post_install", "-at_install")
class TestRequestProperties(PropertyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whose manager is nobody of the cast
        other = new_test_user(cls.env, "manager3", GROUP + "service_manager")
        cls.other_service = cls.service.copy(
            {
                "name": "Other",
                "code": "OTH-P",
                "manager_ids": [Command.set(other.ids)],
            }
        )

    def test_whatever_is_done_states_balls_and_clocks_agree(self):
        Requests.check(self)
