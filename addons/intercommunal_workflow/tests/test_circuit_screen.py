from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import GROUP
from .test_validation import ValidationCase


@tagged("post_install", "-at_install")
class TestComposing(ValidationCase):
    """An admin composes a circuit without knowing what a sequence is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["intercommunal.circuit"].search([]).active = False

    def _form(self, circuit=None):
        circuits = circuit or self.env["intercommunal.circuit"]
        return Form(circuits.with_user(self.admin))

    def _drag(self, circuit, places, together=()):
        """What the web client does: number the rows again, then save them."""
        draft = circuit.new(origin=circuit)
        for step in draft.step_ids:
            step.position = places[step._origin]
            step.is_parallel |= step._origin in together
        draft._onchange_step_ids()
        circuit.with_user(self.admin).write(
            {
                "step_ids": [
                    Command.update(
                        step._origin.id,
                        {
                            "sequence": step.sequence,
                            "position": step.position,
                            "is_parallel": step.is_parallel,
                        },
                    )
                    for step in draft.step_ids
                ]
            }
        )

    def test_the_form_reads_the_circuit_back_while_it_is_composed(self):
        form = self._form()
        form.name = "Mayor above a threshold"
        with form.step_ids.new() as step:
            step.name = "Referents"
            step.quorum_mode = "all"
        with form.step_ids.new() as step:
            step.name = "Mayor"
            step.commune_role = "mayor"
            step.amount_min = 1000
            step.delay_days = 5
        self.assertRegex(
            form.sentence,
            r"^All the commune's referents decide, within 7 working days; then, from"
            r" .*1.?000.* on, the commune's mayor decides, within 5 working days\."
            r" A reminder leaves every 3 working days\.",
        )
        self.assertNotIn(".00", form.sentence)
        circuit = form.save()
        self.assertEqual(circuit.step_ids.mapped("sequence"), [10, 20])

    def test_a_step_is_called_after_who_decides(self):
        form = self._form()
        form.name = "Circuit"
        with form.step_ids.new() as step:
            step.commune_role = "mayor"
            self.assertEqual(step.name, "Mayor")
            step.resolver = "service_role"
            self.assertEqual(step.name, "Managers")
            step.name = "The service"
            step.service_role = "director"
            self.assertEqual(step.name, "The service")

    def test_a_toggle_asks_two_steps_together(self):
        form = self._form()
        form.template = "two_elected"
        self.assertIn("and, at the same time, a deputy mayor", form.sentence)
        circuit = form.save()
        self.assertEqual(circuit.step_ids.mapped("sequence"), [10, 10])
        form = self._form(circuit)
        with form.step_ids.edit(1) as step:
            step.is_parallel = False
        form.save()
        self.assertEqual(circuit.step_ids.mapped("sequence"), [10, 20])
        self.assertEqual(circuit.step_ids.mapped("is_parallel"), [False, False])
        form = self._form(circuit)
        with form.step_ids.edit(1) as step:
            step.is_parallel = True
        form.save()
        self.assertEqual(circuit.step_ids.mapped("sequence"), [10, 10])

    def test_dragging_keeps_together_what_is_together(self):
        circuit = self._circuit(
            {"name": "A"}, {"name": "B"}, {"name": "C", "sequence": 20}
        )
        self.assertEqual(circuit.step_ids.mapped("is_parallel"), [False, False, True])
        self.assertEqual(circuit.step_ids.mapped("position"), [1, 2, 3])
        first, second, third = circuit.step_ids
        # the first row is dropped at the end
        self._drag(circuit, {first: 3, second: 1, third: 2})
        order = circuit.step_ids.sorted("sequence")
        self.assertEqual(
            order.mapped(lambda step: (step.name, step.sequence)),
            [("B", 10), ("C", 10), ("A", 20)],
        )
        # what was beside the row above is first: nothing is above it any more
        self._drag(circuit, {first: 3, second: 2, third: 1})
        self.assertFalse(any(circuit.step_ids.mapped("is_parallel")))
        self._drag(circuit, {first: 3, second: 2, third: 1}, together=second)
        circuit.invalidate_recordset()
        self.assertEqual(
            circuit.step_ids.mapped(lambda step: (step.name, step.sequence)),
            [("C", 10), ("B", 10), ("A", 20)],
        )

    def test_dragging_moves_steps_that_go_back_to_others(self):
        circuit = self._circuit({"name": "A"}, {"name": "B"}, {"name": "C"})
        first, second, third = circuit.step_ids
        second.write({"on_refusal": "back", "back_step_id": first.id})
        for positions in ((2, 3, 1), (1, 2, 3), (1, 3, 2)):
            places = dict(zip((first, second, third), positions, strict=True))
            self._drag(circuit, places)
            circuit.invalidate_recordset()
            self.assertEqual(
                circuit.step_ids.sorted("sequence"),
                (first | second | third).sorted(places.__getitem__),
            )
        with self.assertRaisesRegex(ValidationError, "earlier step"):
            self._drag(circuit, {first: 3, second: 2, third: 1})

    def test_every_model_of_circuit_can_be_saved(self):
        for template in ("referent", "threshold", "two_elected", "agreement"):
            with self.subTest(template):
                form = self._form()
                form.template = template
                circuit = form.save()
                self.assertTrue(circuit.step_ids)
                self.assertFalse(circuit._get_step_warnings())

    def test_conditions_are_told_in_words(self):
        circuit = self._circuit(
            {"condition_domain": "[('outcome', '=', 'partial')]"},
            {
                "condition_domain": f"['|', ('commune_id', 'in', [{self.commune.id}]),"
                " ('request_id.on_behalf', '=', True)]"
            },
            {"condition_domain": "[('create_date', '>', 'today -1d')]"},
            {"condition_domain": "[('line_ids', 'any', [('minutes', '>', 3)])]"},
            service_ids=[Command.set(self.service.ids)],
            type_ids=[Command.set(self.type.ids)],
            domain="[('request_id.name', 'ilike', 'roof')]",
        )
        self.assertIn(
            "If the service is Technical services and the type is Small repair and"
            " “Request › Subject” contains “roof”:",
            circuit.sentence,
        )
        for words in (
            "if “Outcome” is Partly done, ",
            "(“Commune” is Valbois or “Request › ",
            "if its filter holds, ",
        ):
            self.assertIn(words, circuit.sentence)

    def test_what_follows_is_told_once_or_step_by_step(self):
        circuit = self._circuit(
            {"name": "First", "on_refusal": "cancel", "delay_days": 1},
            {
                "name": "Second",
                "reminder_days": 0,
                "delay_days": 0,
                "escalation_resolver": "commune_role",
                "escalation_commune_role": "dgs",
                "vacant_mode": "escalation",
                "quorum": 2,
            },
            {"name": "Arbiter", "commune_role": "mayor", "is_arbitration": True},
        )
        sentence = circuit.sentence
        for words in (
            "The commune's referent decides, within one working day; then, 2 among the"
            " commune's referents decide, on the same day.",
            "At “First”, a refusal is final.",
            "At “Second”, after a refusal, the work is redone.",
            "At “Second”, no reminder leaves.",
            "At “Second”, if nobody can decide, or when it is late, the commune's head"
            " of administration is asked too.",
            "Whoever wrote or approved it before does not decide.",
            "After a refusal, or when the work went back twice, the commune's mayor"
            " settles the matter, within 7 working days.",
        ):
            self.assertIn(words, sentence)
        self.assertEqual(sentence.count("Whoever wrote"), 1)

    def test_a_circuit_is_about_some_types_of_request(self):
        other = self.type.copy({"name": "Roads"})
        mine = self._circuit({}, type_ids=[Command.set(other.ids)])
        rest = self._circuit({"commune_role": "mayor"}, sequence=50)
        report = self._draft_report()
        self.assertEqual(report._find_circuit(), rest)
        report.sudo().request_id.type_id = other
        self.assertEqual(report._find_circuit(), mine)


@tagged("post_install", "-at_install")
class TestWarnings(ValidationCase):
    """What would not work is said while the circuit is composed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["intercommunal.circuit"].search([]).active = False
        communes = cls.env["res.partner"].search([("is_commune", "=", True)])
        (communes - cls.commune - cls.other_commune).is_commune = False

    def test_never_reached(self):
        every = self._circuit({})
        some = self._circuit(
            {}, sequence=50, service_ids=[Command.set(self.service.ids)]
        )
        self.assertIn("never used: “Circuit” comes before", some.warning)
        self.assertFalse(every.warning)
        some.sequence, every.sequence = 1, 50
        self.assertFalse(some.warning)
        self.assertFalse(every.warning)
        every.service_ids = self.service
        every.sequence = 0
        some.service_ids = False
        self.assertFalse(some.warning)

    def test_steps_that_nobody_satisfies(self):
        self.assertIn("No step", self._circuit().warning)
        circuit = self._circuit({"amount_min": 50}, {"amount_min": 20})
        self.assertRegex(circuit.warning, r"Below 20\s€ no step applies")
        circuit = self._circuit({"condition_domain": "[('outcome', '=', 'partial')]"})
        self.assertIn("Every step has a condition", circuit.warning)
        circuit = self._circuit({"resolver": "user", "user_id": self.finance.id})
        self.assertFalse(circuit._get_step_warnings())
        self.finance.sudo().active = False
        circuit.invalidate_recordset()
        self.assertIn("has no access any more", circuit.warning)
        group = self.env["res.groups"].create(
            {"name": "Board", "user_ids": [Command.set(self.direction.ids)]}
        )
        circuit = self._circuit(
            {"resolver": "group", "group_id": group.id, "quorum": 2}
        )
        self.assertIn(
            "too few persons of the group “Board” can decide (1)", circuit.warning
        )

    def test_vacant_roles_are_listed_commune_by_commune(self):
        circuit = self._circuit({}, {"commune_role": "mayor"})
        self.assertIn("Vacant role, “Mayor”: Montclair.", circuit.warning)
        self.assertEqual(circuit.vacant_count, 1)
        vacancies = self.env["intercommunal.vacant.role"].with_user(self.admin)
        action = vacancies.action_open()
        row = vacancies.search(action["domain"])
        self.assertEqual(
            (row.commune_id, row.role, row.reason, row.circuit_ids),
            (self.other_commune, "mayor", "nobody", circuit),
        )
        opened = row.action_open_roles()
        self.assertEqual(opened["context"]["default_role"], "mayor")
        user = self._new_commune_user("mayor2", self.other_commune, "mayor")
        self.assertFalse(vacancies._find(circuit))
        user.active = False
        [vals] = vacancies._find(circuit)
        self.assertEqual(vals["reason"], "no_user")
        circuit.step_ids[1].write(
            {
                "escalation_resolver": "service_role",
                "escalation_service_role": "manager",
                "vacant_mode": "escalation",
            }
        )
        self.assertFalse(vacancies._find(circuit))
        circuit.step_ids[1].write(
            {
                "escalation_resolver": "commune_role",
                "escalation_commune_role": "dgs",
            }
        )
        [vals] = vacancies._find(circuit)
        self.assertEqual(vals["commune_id"], self.other_commune.id)
        self._new_commune_user("dgs2", self.other_commune, "dgs")
        self.assertFalse(vacancies._find(circuit))

    def test_a_service_without_anybody(self):
        circuit = self._circuit(
            {"resolver": "service_role", "service_role": "director"},
            service_ids=[Command.set(self.service.ids)],
        )
        [vals] = self.env["intercommunal.vacant.role"]._find(circuit)
        self.assertEqual(
            (vals["service_id"], vals["role"]), (self.service.id, "director")
        )
        self.service.director_id = self.direction
        self.assertFalse(self.env["intercommunal.vacant.role"]._find(circuit))

    def test_vacancies_are_found_in_few_queries(self):
        circuit = self._circuit({}, {"commune_role": "dgs"})
        vacancies = self.env["intercommunal.vacant.role"]
        vacancies._find(circuit)
        self.env["res.partner"].create(
            [
                {
                    "name": f"Commune {number}",
                    "is_company": True,
                    "is_commune": True,
                    "insee_code": f"5480{number}",
                    "intercommunal_epci_id": self.company.id,
                }
                for number in range(9)
            ]
        )
        for _attempt in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.assertQueryCount(20):
                self.assertEqual(len(vacancies._find(circuit)), 9 + 9 + 2)

    def test_only_staff_who_compose_or_watch_open_them(self):
        outsider = new_test_user(self.env, "outsider", GROUP + "agent")
        model = self.env["intercommunal.vacant.role"]
        for user in (self.admin, self.direction, self.manager):
            self.assertTrue(model.with_user(user).has_access("create"))
        for user in (outsider, self.referent, self.finance):
            self.assertFalse(model.with_user(user).has_access("read"))
