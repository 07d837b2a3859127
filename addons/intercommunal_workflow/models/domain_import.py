"""Installing a domain: what is missing is created, what differs is changed, and what
somebody made besides it stays."""

from typing import NamedTuple

from odoo import Command, api, models
from odoo.fields import Domain

from ..tools import domain_format
from .circuit import SUBJECT_MODELS
from .domain_export import OUR_GROUP, STEP_FIELDS, UNITS

CREATED, CHANGED, SAME = "created", "changed", "same"


# What a key of the file is on the screens, where it has another name there.
FIELDS = {
    "questions": "properties_definition",
    "products": "product_ids",
    "skills": "skill_ids",
    "types": "type_ids",
    "states": "stage_ids",
    "reason": "reason_id",
    "only_if": "domain",
    "steps": "step_ids",
}


class Change(NamedTuple):
    """What installing did to one record: its section, its name, what was done.

    :param parts: labels of what it changed
    """

    section: str
    name: str
    status: str
    parts: tuple = ()


class IntercommunalDomain(models.Model):
    """Import: each row finds its record by name, or makes it."""

    _inherit = "intercommunal.domain"

    @api.model
    def _install(self, full, company, service=None):
        """Install what a file holds; doing it again changes nothing.

        :param dict full: what `_read` gives
        :param service: the service that takes it in, instead of the file's own
        :return: (the domain, list of `Change`)
        """
        language = self.env["res.lang"]._get_data(code=full["language"]).code
        self = self.with_context(lang=language or self.env.lang).with_company(company)
        changes = []
        service = service or self._install_service(full["service"], company, changes)
        service = service.with_env(self.env)
        products = self._install_products(full["products"], company, changes)
        skills = self._install_skills(full["skills"], company, changes)
        types = self._install_types(full["types"], service, products, skills, changes)
        vals = {
            "name": full["name"],
            "code": full["code"],
            "summary": full["summary"] or False,
            "author": full["author"] or False,
            "edition": full["edition"] or False,
            "language": full["language"],
            "service_id": service.id,
            "type_ids": [Command.set([type_.id for type_ in types.values()])],
            "product_ids": [Command.set([row.id for row in products.values()])],
            "sample": full["sample"],
        }
        domain = self._find_domain(full["code"], company)
        if domain:
            domain.write(vals)
        else:
            domain = self.create(vals)
        domain._set_kept(
            {
                name: full[name]
                for name in self._get_kept_names()
                if full[name] is not None
            }
        )
        domain.write(
            {
                "sla_ids": [
                    Command.set(domain._install_slas(full["slas"], types, changes).ids)
                ],
                "circuit_ids": [
                    Command.set(
                        domain._install_circuits(full["circuits"], types, changes).ids
                    )
                ],
            }
        )
        # the columns first: texts are kept to some of them
        domain.stage_ids = domain._install_stages(full["stages"], changes)
        domain.reply_ids = domain._install_replies(full["replies"], types, changes)
        domain._install_more(full, changes)
        return domain, changes

    def _install_more(self, full, changes):
        """Hook: an addon installs its sections.

        :param list changes: `Change` of each record are added to it
        """

    @api.model
    def _find_domain(self, code, company):
        return self.with_context(active_test=False).search(
            [("code", "=", code), ("company_id", "=", company.id)], limit=1
        )

    @api.model
    def _check_words(self, full):
        """What a file may name only if this database knows it.

        :return: list of `tools.domain_format.Problem`, empty when all is right
        """
        problems = []
        wanted = [row["reason"] for row in full["replies"] if row["reason"]]
        known = self.env["intercommunal.reason"].search([("code", "in", wanted)])
        codes = set(known.mapped("code"))
        for index, row in enumerate(full["replies"], 1):
            if row["reason"] and row["reason"] not in codes:
                problems.append(
                    domain_format.Problem(
                        f"replies[{index}].reason", "reason", {"value": row["reason"]}
                    )
                )
        problems += self._check_delays(full["slas"])
        problems += self._check_states(full)
        for index, circuit in enumerate(full["circuits"], 1):
            model, where = SUBJECT_MODELS[circuit["subject"]], f"circuits[{index}]"
            problems += self._check_filter(circuit["only_if"], model, where)
            for number, step in enumerate(circuit["steps"], 1):
                problems += self._check_filter(
                    step["only_if"], model, f"{where}.steps[{number}]"
                )
        return problems

    @api.model
    def _check_delays(self, rows):
        """Work is not finished before it is taken up."""
        return [
            domain_format.Problem(
                f"slas[{index}].done_hours",
                "delay",
                {"value": row["done_hours"], "answer": row["answer_hours"]},
            )
            for index, row in enumerate(rows, 1)
            if 0 < row["done_hours"] < row["answer_hours"]
        ]

    @api.model
    def _check_states(self, full):
        """A text is kept to columns of the board, by the states behind them."""
        stages = self.env["intercommunal.stage"].search(
            Domain("company_id", "in", [*self.env.companies.ids, False])
            & (
                Domain("service_id", "=", False)
                | Domain("service_id.code", "=", full["service"]["code"])
            )
        )
        known = set(stages.mapped("state")).union(
            row["state"] for row in full["stages"]
        )
        return [
            domain_format.Problem(f"replies[{index}].states", "state", {"value": state})
            for index, row in enumerate(full["replies"], 1)
            for state in row["states"]
            if state not in known
        ]

    # ----------------------------------------------------------------- sections

    def _install_service(self, row, company, changes):
        """The service of this code; its name and people are the intercommunality's."""
        services = self.env["intercommunal.service"].with_context(active_test=False)
        found = services.search(
            [("code", "=", row["code"]), ("company_id", "=", company.id)], limit=1
        )
        status = SAME if found else CREATED
        service = found or services.create({**row, "company_id": company.id})
        changes.append(Change("service", service.name, status))
        return service

    def _install_products(self, rows, company, changes):
        """Products by name. A domain's admin need not be one of the products."""
        model = self.env["product.product"].sudo()
        known = {
            product.name: product
            for product in model.search(
                Domain("name", "in", [row["name"] for row in rows])
                & Domain("company_id", "in", (company.id, False)),
                order="id desc",
            )
        }
        missing = [row for row in rows if row["name"] not in known]
        created = model.create(
            [
                {
                    "name": row["name"],
                    "type": row["kind"],
                    "uom_id": self.env.ref(UNITS[row["unit"]]).id,
                    "sale_ok": False,
                    "purchase_ok": False,
                }
                for row in missing
            ]
        )
        known.update(zip((row["name"] for row in missing), created, strict=True))
        changes += [
            Change("products", row["name"], CREATED if row in missing else SAME)
            for row in rows
        ]
        return {row["name"]: known[row["name"]].sudo(False) for row in rows}

    def _install_skills(self, rows, company, changes):
        """Skills by name; who has one is the intercommunality's."""
        model = self.env["intercommunal.skill"]
        known = {
            skill.name: skill
            for skill in model.search([("company_id", "=", company.id)])
        }
        missing = [row for row in rows if row["name"] not in known]
        created = model.create([{**row, "company_id": company.id} for row in missing])
        known.update(zip((row["name"] for row in missing), created, strict=True))
        changes += [
            Change("skills", row["name"], CREATED if row in missing else SAME)
            for row in rows
        ]
        return known

    def _install_types(self, rows, service, products, skills, changes):
        """The types of the service by name; the order of the file is theirs."""
        model = self.env["intercommunal.request.type"].with_context(active_test=False)
        known = {
            type_.name: type_
            for type_ in model.search([("service_id", "=", service.id)])
        }
        found = {}
        for index, row in enumerate(rows, 1):
            vals = {
                "name": row["name"],
                "sequence": 10 * index,
                "service_id": service.id,
                "description": row["description"] or False,
                "default_duration": row["default_duration"],
                "default_agents": row["default_agents"],
                "properties_definition": [
                    self._prepare_question(question) for question in row["questions"]
                ],
                "checklist": "\n".join(row["checklist"]) or False,
                "report_template": row["report_template"] or False,
                "product_ids": [
                    Command.set([products[name].id for name in row["products"]])
                ],
                "skill_ids": [Command.set([skills[name].id for name in row["skills"]])],
                "asker": row["asker"],
            }
            found[row["name"]] = self._install_row(
                "types",
                row,
                known.get(row["name"], model),
                vals,
                self._export_type,
                changes,
            )
        return found

    @api.model
    def _prepare_question(self, row):
        question = {
            "name": row["name"],
            "string": f"{row['label']} *" if row["required"] else row["label"],
            "type": row["kind"],
        }
        if row["suffix"]:
            question["suffix"] = row["suffix"]
        if row["kind"] == "selection":
            question["selection"] = [list(pair) for pair in row["options"].items()]
        elif row["kind"] == "tags":
            question["tags"] = [
                [key, label, color]
                for color, (key, label) in enumerate(row["options"].items(), 1)
            ]
        return question

    def _install_slas(self, rows, types, changes):
        model = self.env["intercommunal.sla"]
        known = {
            (sla.type_id.name or None, sla.priority or None): sla
            for sla in model.search([("service_id", "=", self.service_id.id)])
        }
        found = model
        for row in rows:
            vals = {
                "service_id": self.service_id.id,
                "type_id": types[row["type"]].id if row["type"] else False,
                "priority": row["priority"] or False,
                "answer_hours": row["answer_hours"],
                "done_hours": row["done_hours"],
            }
            before = known.get((row["type"], row["priority"]), model)
            found |= self._install_row(
                "slas", row, before, vals, self._export_sla, changes
            )
        return found

    def _install_replies(self, rows, types, changes):
        model = self.env["intercommunal.reply"]
        known = {
            (reply.usage, reply.name): reply
            for reply in model.search([("service_id", "=", self.service_id.id)])
        }
        reasons = {
            (reason.usage, reason.code): reason.id
            for reason in self.env["intercommunal.reason"].search(
                [("code", "in", [row["reason"] for row in rows])]
            )
        }
        find_stage = self.env["intercommunal.stage"]._find_stage_id
        found = model
        for index, row in enumerate(rows, 1):
            stages = [
                find_stage(state, self.service_id.id, self.company_id.id)
                for state in row["states"]
            ]
            vals = {
                "name": row["name"],
                "sequence": 10 * index,
                "usage": row["usage"],
                "stage_ids": [Command.set(stages)],
                "service_id": self.service_id.id,
                "company_id": self.company_id.id,
                "type_ids": [Command.set([types[name].id for name in row["types"]])],
                "reason_id": reasons.get((row["usage"], row["reason"]), False),
                "body": row["body"],
            }
            before = known.get((row["usage"], row["name"]), model)
            found |= self._install_row(
                "replies", row, before, vals, self._export_reply, changes
            )
        return found

    def _install_stages(self, rows, changes):
        """The service's own columns by name; those of every service are not touched."""
        model = self.env["intercommunal.stage"]
        known = {
            stage.name: stage
            for stage in model.search([("service_id", "=", self.service_id.id)])
        }
        found = model
        for row in rows:
            vals = {
                **row,
                "service_id": self.service_id.id,
                "company_id": self.company_id.id,
                "mail_text": row["mail_text"] or False,
            }
            before = known.get(row["name"], model)
            found |= self._install_row(
                "stages", row, before, vals, self._export_stage, changes
            )
        return found

    def _install_row(self, section, row, record, vals, export, changes):
        """Create ``record``, or change it where it says something else than ``row``.

        :param export: what writes the record as a row of the file
        :return: the record
        """
        archived = "active" in record._fields and not all(record.mapped("active"))
        before, parts = export(record) if record else row, ()
        if not record:
            record, status = record.create(vals), CREATED
        elif before != row or archived:
            parts = self._name_parts(record, before, row)
            record.write({**vals, "active": True} if archived else vals)
            status = CHANGED
        else:
            status = SAME
            if "sequence" in vals and record.sequence != vals["sequence"]:
                record.sequence = vals["sequence"]
        name = record.display_name if section == "slas" else row["name"]
        changes.append(Change(section, name, status, parts))
        return record

    @api.model
    def _name_parts(self, record, before, after):
        """What differs between two rows of a file, as the form of ``record`` says it."""
        fields = [
            record._fields.get(FIELDS.get(key, key))
            for key in after
            if before.get(key) != after[key]
        ]
        return tuple(field._description_string(self.env) for field in fields if field)

    # ----------------------------------------------------------------- circuits

    def _install_circuits(self, rows, types, changes):
        """Circuits by name; one that was used gets a new version, as by hand."""
        model = self.env["intercommunal.circuit"]
        known = {
            circuit.name: circuit
            for circuit in model.search([("service_ids", "in", self.service_id.ids)])
            if circuit.service_ids == self.service_id
        }
        found = model
        keys = next(key.keys for key in self._get_format() if key.name == "circuits")
        for row in rows:
            circuit, parts = known.get(row["name"], model), ()
            if circuit:
                now = domain_format.complete(self._export_circuit(circuit), keys)
                if now == row:
                    changes.append(Change("circuits", row["name"], SAME))
                    found |= circuit
                    continue
                parts = self._name_parts(circuit, now, row)
                if circuit.is_used:
                    circuit = model.browse(circuit.action_new_version()["res_id"])
            status = CHANGED if circuit else CREATED
            changes.append(Change("circuits", row["name"], status, parts))
            found |= self._write_circuit(circuit, row, types)
        return found

    def _write_circuit(self, circuit, row, types):
        vals = {
            "name": row["name"],
            "subject": row["subject"],
            "sequence": row["sequence"],
            "company_id": self.company_id.id,
            "service_ids": [Command.set(self.service_id.ids)],
            "type_ids": [Command.set([types[name].id for name in row["types"]])],
            "domain": repr(row["only_if"]),
        }
        if circuit:
            # those that go back to another would keep it from being deleted
            circuit.step_ids.write({"on_refusal": "rework", "back_step_id": False})
            circuit.step_ids.unlink()
            circuit.write(vals)
        else:
            circuit = circuit.create(vals)
        steps = self.env["intercommunal.circuit.step"].create(
            [
                {**self._prepare_step_vals(step), "circuit_id": circuit.id}
                for step in row["steps"]
            ]
        )
        by_name = {step.name: step for step in steps}
        for step, part in zip(steps, row["steps"], strict=True):
            if part["on_refusal"] == "back":
                back = by_name[part["back_to"]]
                step.write({"on_refusal": "back", "back_step_id": back.id})
        return circuit

    @api.model
    def _prepare_step_vals(self, row):
        vals = {name: row[name] for name in STEP_FIELDS}
        back = row["on_refusal"] == "back"
        vals["on_refusal"] = "rework" if back else row["on_refusal"]
        vals["condition_domain"] = repr(row["only_if"])
        for prefix in ("", "escalation_"):
            vals[f"{prefix}resolver"] = row[f"{prefix}resolver"] or False
            for name in ("commune_role", "service_role"):
                vals[f"{prefix}{name}"] = row[f"{prefix}{name}"] or False
            group = row[f"{prefix}group"]
            vals[f"{prefix}group_id"] = (
                self.env.ref(OUR_GROUP % group).id if group else False
            )
        return vals
