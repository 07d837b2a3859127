import base64
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import html_escape, mute_logger

from ..models.domain import SHIPPED
from ..models.stage import REQUEST_STATES
from ..tools import domain_format
from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestDomain(IntercommunalCase):
    """A service in one file: checked, tried, installed, exported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domains = cls.env["intercommunal.domain"].with_user(cls.admin)

    def _data(self, **changes):
        """A small domain, as JSON would give it."""
        return {
            "format": "intercommunal-domain",
            "version": 1,
            "code": "neige",
            "name": "Snow clearing",
            "language": "en_US",
            "service": {"code": "NEIGE", "name": "Snow"},
            "products": [{"name": "Salt", "unit": "kg"}],
            "skills": [{"name": "Heavy lorry licence"}],
            "types": [
                {
                    "name": "Clear a street",
                    "questions": [
                        {
                            "name": "height",
                            "label": "Height",
                            "kind": "integer",
                            "suffix": "cm",
                            "required": True,
                        }
                    ],
                    "checklist": ["Chains on"],
                    "report_template": "Salt spread: ",
                    "products": ["Salt"],
                    "skills": ["Heavy lorry licence"],
                    "asker": "referent",
                }
            ],
            "slas": [{"priority": "2", "answer_hours": 1, "done_hours": 4}],
            "circuits": [
                {
                    "name": "Snow report",
                    "only_if": [["request_id.priority", "=", "2"]],
                    "steps": [
                        {
                            "name": "Referent",
                            "sequence": 10,
                            "resolver": "commune_role",
                            "commune_role": "referent",
                        },
                        {
                            "name": "Mayor",
                            "sequence": 20,
                            "resolver": "commune_role",
                            "commune_role": "mayor",
                            "on_refusal": "back",
                            "back_to": "Referent",
                        },
                    ],
                }
            ],
            "replies": [
                {"name": "Which street?", "body": "Which one, [requester]?"},
                {
                    "name": "Which street?",
                    "usage": "message",
                    "types": ["Clear a street"],
                    "states": ["accepted", "planned"],
                    "body": "[visit], then.",
                },
            ],
            "stages": [
                {
                    "name": "Ploughs warned",
                    "state": "accepted",
                    "sequence": 45,
                    "mail_text": "Move the cars before {date}.",
                }
            ],
            "sample": {
                "type": "Clear a street",
                "name": "Snow in the lane",
                "description": "Twenty centimetres.",
                "priority": "2",
                "answers": {"height": 20},
                "summary": "Cleared.",
                "lines": [{"kind": "labour", "minutes": 90}],
            },
            **changes,
        }

    def _raw(self, **changes):
        return json.dumps(self._data(**changes)).encode()

    def _install(self, raw=None):
        full, problems = self.domains._read(raw or self._raw())
        self.assertFalse(problems)
        return self.domains._install(full, self.company)

    def _problems(self, raw=None, **changes):
        full, problems = self.domains._read(raw or self._raw(**changes))
        self.assertIsNone(None if problems else full)
        return "\n".join(problems)

    def test_the_form_says_the_language_by_its_name(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        domain, _changes = self._install(self._raw(language="fr_FR"))
        self.assertEqual(domain.language_name, "Français")
        unknown, _changes = self._install(self._raw(code="x", language="oc_FR"))
        self.assertTrue(unknown.language_name)

    # ------------------------------------------------------------- round trip

    def test_each_shipped_file_makes_the_round_trip(self):
        files = sorted(SHIPPED.glob("*.json"))
        self.assertEqual(len(files), 6)
        for path in files:
            with self.subTest(path.stem):
                domain, _changes = self._install(path.read_bytes())
                self.assertEqual(
                    domain._export_file().decode(), path.read_bytes().decode()
                )

    def test_round_trip_through_another_intercommunality(self):
        first = self._install()[0]._export_file()
        other = self.env["res.company"].create({"name": "CC of the Other Valley"})
        self.admin.company_ids = [Command.link(other.id)]
        domains = self.domains.with_context(allowed_company_ids=other.ids)
        full, problems = domains._read(first)
        self.assertFalse(problems)
        domain, changes = domains._install(full, other)
        self.assertEqual(domain.company_id, other)
        self.assertEqual(domain._export_file(), first)
        made = {change.section for change in changes if change.status == "created"}
        self.assertEqual(
            made,
            {"service", "skills", "types", "slas", "circuits", "replies", "stages"},
        )
        # its own skill and column, not those of the first
        self.assertEqual(domain.type_ids.skill_ids.company_id, other)
        self.assertEqual(domain.stage_ids.company_id, other)

    def test_installing_twice_changes_nothing(self):
        domain, changes = self._install()
        self.assertEqual({change.status for change in changes}, {"created"})
        again, changes = self._install()
        self.assertEqual(again, domain)
        self.assertEqual({change.status for change in changes}, {"same"})
        self.assertEqual(len(domain.circuit_ids), 1)

    def test_installing_a_new_edition_changes_what_differs(self):
        domain, _changes = self._install()
        data = self._data()
        data["types"][0]["checklist"] = ["Chains on", "Lights on"]
        data["circuits"][0]["steps"] = data["circuits"][0]["steps"][:1]
        again, changes = self._install(json.dumps(data).encode())
        self.assertEqual(again, domain)
        changed = {change.name for change in changes if change.status == "changed"}
        self.assertEqual(changed, {"Clear a street", "Snow report"})
        self.assertEqual(domain.type_ids.checklist, "Chains on\nLights on")
        self.assertEqual(domain.circuit_ids.step_ids.mapped("name"), ["Referent"])

    def test_what_was_installed_works(self):
        domain, _changes = self._install()
        service = domain.service_id.sudo()
        service.manager_ids = self.manager
        request = self._new_request(
            user=self.referent,
            service_id=service.id,
            type_id=domain.type_ids.id,
            priority="2",
        )
        with self.assertRaises(UserError):
            # the question is required
            request.action_submit()
        request.properties = {"height": 12}
        request.action_submit()
        self.assertEqual(request.state, "submitted")
        request.with_user(self.manager).action_accept()
        request.with_user(self.manager).action_schedule()
        job = request.sudo().intervention_ids
        self.assertEqual(
            job._prepare_report_vals(job.report_ids)["summary"], "Salt spread: "
        )
        steps = domain.circuit_ids.step_ids.sorted("sequence")
        self.assertEqual(steps[1].back_step_id, steps[0])

    def test_a_circuit_that_was_used_gets_a_new_version(self):
        domain, _changes = self._install()
        circuit = domain.circuit_ids
        self.env["intercommunal.validation"].sudo()._create_guarded(
            circuit._prepare_run_vals(self._draft_report().sudo())
        )
        data = self._data()
        data["circuits"][0]["steps"][0]["delay_days"] = 2
        self._install(json.dumps(data).encode())
        self.assertFalse(circuit.active)
        self.assertEqual(domain.circuit_ids.version, 2)
        self.assertEqual(domain.circuit_ids.step_ids[0].delay_days, 2)

    def test_skills_askers_and_words_come_with_the_types(self):
        domain, _changes = self._install()
        kind, service = domain.type_ids, domain.service_id
        self.assertEqual(kind.skill_ids.mapped("name"), ["Heavy lorry licence"])
        self.assertFalse(kind.skill_ids.user_ids)
        values = {"service_id": service.id, "type_id": kind.id}
        with self.assertRaisesRegex(UserError, "is asked for by"):
            self._new_request(**values).action_submit()
        request = self._new_request(user=self.referent, **values)
        request.properties = {"height": 12}
        request.action_submit()
        service.sudo().manager_ids = self.manager
        request.with_user(self.manager).action_accept()
        self.assertEqual(request.stage_id, domain.stage_ids)
        self.assertEqual(request.sudo()._get_stage_text(), "Move the cars before .")

    def test_people_and_communes_of_a_territory_stay_when_a_new_edition_comes(self):
        domain, _changes = self._install()
        first = domain._export_file()
        domain.type_ids.commune_ids = self.commune
        domain.type_ids.skill_ids.user_ids = self.leader
        self.assertEqual(domain._export_file(), first)
        data = self._data()
        data["types"][0]["asker"] = "anyone"
        data["stages"][0]["mail_text"] = "Salt is on its way."
        _domain, changes = self._install(json.dumps(data).encode())
        changed = {change.name for change in changes if change.status == "changed"}
        self.assertEqual(changed, {"Clear a street", "Ploughs warned"})
        self.assertEqual(domain.type_ids.asker, "anyone")
        self.assertEqual(domain.type_ids.commune_ids, self.commune)
        self.assertEqual(domain.type_ids.skill_ids.user_ids, self.leader)
        self.assertEqual(domain.stage_ids.mail_text, "Salt is on its way.")

    def test_every_state_may_have_a_column_in_a_file(self):
        states = dict(REQUEST_STATES)
        self.assertEqual(set(domain_format.STATES), set(states))

    # ------------------------------------------------------------------ checks

    def test_texts_are_kept_to_states_whatever_the_columns_are(self):
        """The column of the service, where it has its own, else that of everybody."""
        domain, _changes = self._install()
        message = domain.reply_ids.filtered(lambda reply: reply.usage == "message")
        names = message.stage_ids.sorted().mapped(lambda s: (s.state, s.service_id))
        none = self.env["intercommunal.service"]
        self.assertEqual(names, [("accepted", domain.service_id), ("planned", none)])
        # in another order it is the same text
        replies = self._data()["replies"]
        replies[1]["states"].reverse()
        again, changes = self._install(self._raw(replies=replies))
        self.assertEqual({change.status for change in changes}, {"same"})
        self.assertEqual(again._export_file(), domain._export_file())

    def test_a_text_for_a_state_without_a_column_is_told(self):
        self.env["intercommunal.stage"].search([("state", "=", "planned")]).unlink()
        self.assertIn(
            "replies[2].states: No column of the board has the state “planned”",
            self._problems(),
        )

    def test_each_problem_is_named_with_its_place(self):
        types = self._data()["types"]
        bad_question = [{**types[0], "questions": [{"name": "x", "label": "X"}]}]
        steps = self._data()["circuits"][0]["steps"]
        cases = [
            ({"types": []}, "types: “types” is missing"),
            ({"colour": 3}, "“colour” is not known here"),
            ({"summery": "x"}, "did you mean “summary”?"),
            ({"types": bad_question}, "types[1].questions[1].kind: “kind” is missing"),
            ({"types": types * 2}, "types[2]: “Clear a street” is there twice"),
            (
                {"slas": [{"type": "Clear a stret"}]},
                "slas[1].type: “Clear a stret” is not in “types”: did you mean"
                " “Clear a street”?",
            ),
            (
                {"slas": [{"answer_hours": -1}]},
                "slas[1].answer_hours: “-1” is not a number from zero up",
            ),
            ({"slas": [{"priority": "9"}]}, "is not one of: 0, 1, 2"),
            (
                {"types": [{**types[0], "skills": ["Heavy lorry license"]}]},
                "types[1].skills: “Heavy lorry license” is not in “skills”: did you"
                " mean “Heavy lorry licence”?",
            ),
            (
                {"types": [{**types[0], "asker": "mayor"}]},
                "types[1].asker: “mayor” is not one of: anyone, referent",
            ),
            (
                {"skills": [{"name": "Lorry"}] * 2, "types": [{"name": "T"}]},
                "skills[2]: “Lorry” is there twice",
            ),
            (
                {"stages": [{"name": "Column", "state": "snowed"}]},
                "stages[1].state: “snowed” is not one of: draft,",
            ),
            ({"stages": [{"name": "C"}]}, "stages[1].state: “state” is missing"),
            (
                {"circuits": [{"name": "C", "steps": steps[1:]}]},
                "“Referent” is not an earlier step to go back to",
            ),
            (
                {"circuits": [{"name": "C", "steps": [{"name": "S"}]}]},
                "circuits[1].steps[1].resolver: “resolver” is missing",
            ),
            (
                {
                    "circuits": [
                        {"name": "C", "only_if": [["nope", "=", 1]], "steps": steps}
                    ]
                },
                "circuits[1]: The condition reads “nope”, which does not exist",
            ),
            (
                {
                    "circuits": [
                        {
                            "name": "C",
                            "only_if": [["commune_id", "=", 7]],
                            "steps": steps,
                        }
                    ]
                },
                "names a record by its number",
            ),
            (
                {"replies": [{"name": "R", "body": "B", "states": ["soon"]}]},
                "replies[1].states: “soon” is not one of: submitted",
            ),
            (
                {"replies": [{"name": "R", "body": "B", "states": "planned"}]},
                "replies[1].states: “planned” is not a list of words",
            ),
            (
                {"slas": [{"answer_hours": 8, "done_hours": 4}]},
                "slas[1].done_hours: Finishing within 4 hours is shorter than taking"
                " up within 8",
            ),
            (
                {"replies": [{"name": "R", "body": "B", "reason": "zzz"}]},
                "replies[1].reason: No reason has the code “zzz”",
            ),
            (
                {
                    "sample": {
                        **self._data()["sample"],
                        "lines": [{"kind": "labour", "minutes": 1500}],
                    }
                },
                "sample.lines[1].minutes: A day has 1440 minutes",
            ),
            (
                {"sample": {**self._data()["sample"], "answers": {}}},
                "sample.answers: “height” is missing",
            ),
        ]
        for changes, sentence in cases:
            with self.subTest(sentence):
                self.assertIn(sentence, self._problems(**changes))

    def test_what_is_no_domain_is_refused(self):
        cases = [
            (b"\xff\xfe\x00", "not a text in UTF-8"),
            (b'{"format": \n }', "line 2, column 2"),
            (b"[]", "is not a domain"),
            (b'{"format": "x"}', "is not a domain"),
            (self._raw(version=2), "version of the format (2)"),
            (b'{"a": 1,\n"b": {"a": 2},\n"a": 2}', "Line 3: “a” is twice in one place"),
            (b'{"a": NaN}', "is no JSON value"),
            (b"[" * 100_000, "not valid JSON"),
            (b" " * 500_001, "larger than 500 kB"),
        ]
        for raw, sentence in cases:
            with self.subTest(sentence):
                self.assertIn(sentence, self._problems(raw))

    def test_each_problem_names_its_line(self):
        text = json.dumps(self._data(), ensure_ascii=False, indent=2)

        def line(words):
            return text[: text.index(words)].count("\n") + 1

        cases = [
            # what is written, what somebody makes of it, what is said, of which line
            ('"code": "neige",', '"code": "neige"', "A comma", '"code": "neige"'),
            ('"unit": "kg"', '"unit": “kg”', "straight quotes", '"unit"'),
            ('"unit": "kg"', '"unit": "kg",', "A comma is too many", '"unit"'),
            ('"unit": "kg"', '"unit" "kg"', "A colon", '"unit"'),
            ('"unit": "kg"', '"unit": "kg', "is not closed", '"unit"'),
            ('"kind": "integer"', '"kind": "list"', "not one of", '"integer"'),
            ('"Chains on"', "3", "not a list of lines", '"checklist"'),
            ('"label": "Height",', "", "“label” is missing", '{\n          "name": "h'),
            ('"suffix": "cm"', '"sufix": "cm"', "did you mean", '"suffix": "cm"'),
            ('"required": true', '"required": "yes"', "nor false", '"required"'),
            ('"planned"', '"later"', "not one of: submitted", '"planned"'),
            (
                '"back_to": "Referent"',
                '"back_to": "X"',
                "not an earlier",
                "},\n        {",
            ),
            ('"height": 20', '"depth": 20', "does not ask “depth”", '"height": 20'),
        ]
        for before, after, words, place in cases:
            with self.subTest(after):
                self.assertEqual(text.count(before), 1)
                found = self._problems(text.replace(before, after).encode())
                self.assertIn(words, found)
                # a row begins at its bracket
                shift = place.startswith("}")
                self.assertTrue(
                    found.startswith(f"Line {line(place) + shift}: "), found
                )

    def test_what_a_new_edition_changes_is_named(self):
        self._install()
        data = self._data()
        data["types"][0]["checklist"] = ["Chains on", "Lights on"]
        data["circuits"][0]["steps"] = data["circuits"][0]["steps"][:1]
        wizard = self._wizard(raw=json.dumps(data).encode())
        wizard.action_check()
        self.assertIn("(Checklist)", wizard.result)
        self.assertIn("(Steps)", wizard.result)

    def test_a_word_that_is_not_known_here_keeps_the_file_out(self):
        replies = [{"name": "R", "body": "B", "reason": "zzz"}]
        wizard = self._wizard(raw=self._raw(replies=replies))
        wizard.action_check()
        # the button that installs is not offered
        self.assertEqual(wizard.state, "wrong")

    def test_a_file_runs_nothing(self):
        """A condition is data: what looks like code stays text, or is refused."""
        evil = "__import__('os').system('true')"
        data = self._data()
        data["circuits"][0]["only_if"] = [["summary", "=", evil]]
        domain, _changes = self._install(json.dumps(data).encode())
        self.assertEqual(
            json.loads(domain._export_file())["circuits"][0]["only_if"],
            [["summary", "=", evil]],
        )
        data["circuits"][0]["only_if"] = evil
        self.assertIn(
            "A condition is a list", self._problems(json.dumps(data).encode())
        )

    # ------------------------------------------------------------------ export

    def test_a_person_is_not_exported(self):
        domain, _changes = self._install()
        domain.circuit_ids.step_ids[0].write(
            {"resolver": "user", "user_id": self.admin.id}
        )
        with self.assertRaisesRegex(UserError, "names a person"):
            domain.action_export()

    def test_a_circuit_of_several_services_is_not_exported(self):
        domain, _changes = self._install()
        domain.circuit_ids.service_ids = [Command.link(self.service.id)]
        with self.assertRaisesRegex(UserError, "about other services"):
            domain.action_export()

    def test_the_service_as_it_is_makes_a_file(self):
        domain = self.domains.create(
            {"name": "Repairs", "code": "repairs", "service_id": self.service.id}
        )
        domain.action_fill_in()
        data = json.loads(domain._export_file())
        self.assertEqual([row["name"] for row in data["types"]], ["Small repair"])
        self.assertEqual(data["types"][0]["default_duration"], 3)
        self.assertEqual(domain.action_export()["type"], "ir.actions.act_url")
        self.assertEqual(base64.b64decode(domain.file), domain._export_file())
        self.assertEqual(domain.filename, "repairs.json")

    def test_an_approved_report_becomes_the_sample_case(self):
        self.type.properties_definition = [
            {"name": "a1", "string": "Height *", "type": "integer"},
            {"name": "b2", "string": "A slope", "type": "boolean"},
            {"name": "c3", "string": "Since", "type": "date"},
        ]
        answers = {"a1": 22, "b2": True, "c3": "2026-01-15"}
        job = self._planned(properties=answers)
        salt = self.env["product.product"].create({"name": "Salt", "type": "consu"})
        report = self._draft_report(job)
        report.write(
            {
                "line_ids": [
                    Command.create(
                        {"kind": "material", "product_id": salt.id, "quantity": 3}
                    )
                ]
            }
        )
        report.action_send()
        report.sudo().validation_id.with_user(self.referent).action_approve()
        domain = self.domains.create(
            {"name": "Repairs", "code": "repairs", "service_id": self.service.id}
        )
        with self.assertRaisesRegex(UserError, "not about a type of request"):
            domain.sample_report_id = report.with_user(self.admin)
        domain.action_fill_in()
        with Form(domain) as form:
            form.sample_report_id = report.with_user(self.admin)
        self.assertTrue(domain.has_sample)
        self.assertIn("Salt: 3", domain.sample_lines)
        with Form(domain) as form:
            form.sample_description = "A street under the snow."
        sample = json.loads(domain._export_file())["sample"]
        self.assertEqual(sample["answers"], answers)
        self.assertEqual(sample["description"], "A street under the snow.")
        self.assertEqual(sample["lines"][-1]["product"], "Salt")
        # what leaves names nobody of here
        self.assertNotIn(self.agent.name, json.dumps(sample))
        # tried where it goes, and the same again
        raw = domain._export_file()
        wizard = self._wizard(raw=raw)
        wizard.action_check()
        self.assertEqual(wizard.state, "right")
        again, _changes = self._install(raw)
        self.assertEqual(again._export_file(), raw)

    def test_bytes_do_not_depend_on_the_order_of_keys(self):
        data = self._data()
        shuffled = dict(reversed(data.items()))
        keys = self.domains._get_format()
        full = [
            domain_format.dump(domain_format.complete(row, keys), keys)
            for row in (data, shuffled)
        ]
        self.assertEqual(*full)

    # --------------------------------------------------------------- assistant

    def _wizard(self, user=None, **vals):
        raw = base64.b64encode(vals.pop("raw", None) or self._raw())
        return (
            self.env["intercommunal.domain.import"]
            .with_user(user or self.admin)
            .create({"source": "file", "file": raw, **vals})
        )

    def test_the_trial_writes_nothing_and_says_all(self):
        wizard = self._wizard()
        models = (
            "intercommunal.service",
            "intercommunal.request.type",
            "intercommunal.circuit",
            "intercommunal.skill",
            "intercommunal.stage",
            "intercommunal.request",
            "intercommunal.report",
            "product.product",
            "mail.message",
        )
        counts = [self.env[model].search_count([]) for model in models]
        wizard.action_check()
        self.assertEqual(counts, [self.env[model].search_count([]) for model in models])
        self.assertEqual(wizard.state, "right")
        for text in ("Clear a street", "Snow in the lane", "Snow report", "Referent"):
            self.assertIn(text, wizard.result)
        # the sample would be asked of the referent of the commune
        self.assertIn(self.referent.name, wizard.result)

    def test_each_shipped_domain_can_be_tried(self):
        for path in sorted(SHIPPED.glob("*.json")):
            with self.subTest(path.stem):
                wizard = self._wizard(source="shipped", shipped=path.stem)
                wizard.action_check()
                self.assertEqual(wizard.state, "right")
                sample = json.loads(path.read_bytes())["sample"]
                self.assertIn(html_escape(sample["name"]), wizard.result)

    def test_a_wrong_file_is_told_and_not_installed(self):
        wizard = self._wizard(raw=self._raw(types=[]))
        wizard.action_check()
        self.assertEqual(wizard.state, "wrong")
        self.assertIn("is missing", wizard.result)
        with self.assertRaisesRegex(UserError, "can't be installed"):
            wizard.action_install()
        self.assertFalse(self.domains.search([]))

    def test_a_text_of_the_file_is_no_html(self):
        wizard = self._wizard(raw=self._raw(summary="<img src=x onerror=alert(1)>"))
        wizard.action_check()
        self.assertNotIn("<img", wizard.result)

    def test_install_a_shipped_domain_into_a_service(self):
        wizard = self._wizard(
            source="shipped", shipped="balayage", service_id=self.service.id
        )
        action = wizard.action_install()
        domain = self.domains.browse(action["res_id"])
        self.assertEqual(domain.service_id, self.service)
        self.assertIn("Balayage mécanisé", self.service.type_ids.mapped("name"))

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models")
    def test_only_administrators_install(self):
        for user in (self.manager, self.finance, self.direction, self.requester):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._wizard(user).action_install()

    def test_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "CC of the Other Valley"})
        with self.assertRaisesRegex(UserError, "Switch to"):
            self._wizard(company_id=other.id).action_install()
