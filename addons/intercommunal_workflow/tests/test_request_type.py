from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

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


@tagged("post_install", "-at_install")
class TestRequestType(IntercommunalCase):
    """What applies to a type is read and written where the type is."""

    def _circuit(self, **vals):
        return self.env["intercommunal.circuit"].create(
            {
                "name": "Circuit",
                "step_ids": [
                    Command.create(
                        {
                            "name": "Mayor",
                            "resolver": "commune_role",
                            "commune_role": "mayor",
                        }
                    )
                ],
                **vals,
            }
        )

    def test_a_type_shows_the_circuits_that_may_apply_to_it(self):
        other = self.env["intercommunal.service"].create({"name": "IT", "code": "IT-R"})
        sibling = self.type.copy({"name": "Sibling"})
        own, shared, of_service = (
            self._circuit(type_ids=self.type.ids, service_ids=self.service.ids),
            self._circuit(),
            self._circuit(service_ids=self.service.ids),
        )
        self._circuit(service_ids=other.ids)
        self._circuit(type_ids=sibling.ids)
        known = self._circuit().search([]) - own - shared - of_service
        found = self.type.with_user(self.admin).circuit_ids - known
        self.assertEqual(found, own | shared | of_service)
        # the same list as the engine takes from, whoever reads it
        self.assertEqual(self.type.with_user(self.manager).circuit_ids - known, found)

    def test_the_administrator_writes_delays_and_a_circuit_on_the_type(self):
        form = Form(self.type.with_user(self.admin))
        with form.sla_ids.new() as line:
            line.priority = "2"
            line.answer_hours = 4
        form.save()
        self.assertEqual(self.type.sla_ids.service_id, self.service)
        urgent = self._submitted(priority="2")
        self.assertTrue(urgent.sla_answer_deadline)
        self.assertFalse(self._submitted().sla_answer_deadline)
        context = self.type.with_user(self.admin).action_new_circuit()["context"]
        circuit = Form(
            self.env["intercommunal.circuit"]
            .with_user(self.admin)
            .with_context(**context)
        )
        self.assertEqual(circuit.type_ids[:], self.type)
        self.assertEqual(circuit.service_ids[:], self.service)

    def test_texts_of_a_type_are_one_click_away(self):
        action = self.type.with_user(self.manager).action_open_replies()
        reply = (
            self.env["intercommunal.reply"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"name": "Room", "body": "Which room?"})
        )
        self.assertEqual(reply.type_ids, self.type)
        self.assertEqual(self.type.with_user(self.manager).reply_count, 1)

    def test_the_administrator_makes_equipment_and_materials(self):
        products = self.env["product.product"].with_user(self.admin)
        view = "intercommunal_workflow.product_product_view_list"
        made = []
        for name, kind in (("Mower", "equipment"), ("Salt", "material")):
            form = Form(products, view)
            form.name = name
            form.intercommunal_kind = kind
            made.append(form.save())
        self.assertEqual([product.type for product in made], ["service", "consu"])
        self.type.with_user(self.admin).product_ids = products.union(*made)
        with self.assertRaises(AccessError):
            made[0].with_user(self.manager).name = "Another"
