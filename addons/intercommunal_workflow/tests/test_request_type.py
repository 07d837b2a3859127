from odoo.tests import HttpCase, tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestRequestTypeTour(HttpCase, IntercommunalCase):
    def test_administrator_writes_the_questions(self):
        self.type.properties_definition = [
            {"name": "room", "string": "Room", "type": "char"}
        ]
        self.start_tour(
            f"/odoo/intercommunal.request.type/{self.type.id}",
            "intercommunal_request_type_questions",
            login=self.admin.login,
        )
        self.type.invalidate_recordset()
        asked, room = self.type.properties_definition
        self.assertEqual(asked["string"], "Is the building occupied? *")
        self.assertEqual(asked["type"], "selection")
        self.assertEqual([label for _key, label in asked["selection"]], ["Yes", "No"])
        self.assertEqual(room, {"name": "room", "string": "Room", "type": "char"})
