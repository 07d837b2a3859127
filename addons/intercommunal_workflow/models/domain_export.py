"""Writing the file of a domain from what the service uses today."""

import ast

from odoo import models
from odoo.exceptions import UserError

from ..tools import domain_format
from .circuit import SUBJECT_MODELS

UNITS = {
    "unit": "uom.product_uom_unit",
    "hour": "uom.product_uom_hour",
    "day": "uom.product_uom_day",
    "km": "uom.product_uom_km",
    "m": "uom.product_uom_meter",
    "l": "uom.product_uom_litre",
    "kg": "uom.product_uom_kgm",
    "t": "uom.product_uom_ton",
}
# What a step says in a file as it says it in the database.
STEP_FIELDS = (
    "name",
    "sequence",
    "amount_min",
    "quorum_mode",
    "quorum",
    "four_eyes",
    "is_arbitration",
    "delay_days",
    "reminder_days",
    "vacant_mode",
)
OUR_GROUP = "intercommunal_workflow.group_intercommunal_%s"


class IntercommunalDomain(models.Model):
    """Export: names instead of ids, roles instead of persons."""

    _inherit = "intercommunal.domain"

    def _export_file(self):
        """The file of this domain.

        :return: bytes; the same configuration always gives the same bytes
        :raises UserError: a step names a person, a condition names a record…
        """
        self.ensure_one()
        data = self._export_data()
        problems = domain_format.check(data, self._get_format())
        if problems:
            raise UserError(
                self.env._(
                    "“%(name)s” can't be exported.\n%(problems)s",
                    name=self.name,
                    problems="\n".join(map(self._describe_problem, problems)),
                )
            )
        return domain_format.dump(data, self._get_format())

    def _export_data(self):
        """What the file says, by section; an addon adds its own."""
        self.ensure_one()
        self.check_access("read")
        domain = self.with_context(lang=self._get_language())
        return {
            "format": domain_format.NAME,
            "version": domain_format.VERSION,
            "code": domain.code,
            "name": domain.name,
            "summary": domain.summary or "",
            "author": domain.author or "",
            "edition": domain.edition or "",
            "language": domain.language,
            "service": {
                "code": domain.service_id.code,
                "name": domain.service_id.name,
                "color": domain.service_id.color,
                "contest_days": domain.service_id.contest_days,
            },
            "products": domain._export_products(),
            "skills": [
                {"name": skill.name}
                for skill in domain.type_ids.skill_ids.sorted(_get_name)
            ],
            "types": [domain._export_type(type_) for type_ in domain.type_ids.sorted()],
            "slas": [domain._export_sla(sla) for sla in domain.sla_ids.sorted("id")],
            "circuits": [
                domain._export_circuit(circuit)
                for circuit in domain._get_latest_circuits()
            ],
            "replies": [
                domain._export_reply(reply)
                for reply in domain.reply_ids.sorted(lambda row: (row.sequence, row.id))
            ],
            "stages": [
                domain._export_stage(stage)
                for stage in domain.stage_ids.sorted(lambda row: (row.sequence, row.id))
            ],
            "sample": domain.sample or None,
            **domain._get_kept(),
        }

    def _get_language(self):
        """The language of the file, when the database speaks it."""
        return self.env["res.lang"]._get_data(code=self.language).code or self.env.lang

    def _get_latest_circuits(self):
        """The circuits in force: a new version takes the place of the one before."""
        found = self.env["intercommunal.circuit"]
        for circuit in self.circuit_ids:
            versions = circuit.sudo()._get_versions().filtered("active")
            found |= versions.sorted("version")[-1:].sudo(False) or circuit
        return found.sorted(lambda row: (row.subject, row.sequence, row.id))

    def _export_products(self):
        products = self.product_ids | self.type_ids.product_ids
        return [self._export_product(product) for product in products.sorted(_get_name)]

    def _export_product(self, product):
        # whoever may compose a domain may read what its types propose
        product = product.sudo()
        unit_by_uom = {self.env.ref(xmlid): unit for unit, xmlid in UNITS.items()}
        return {
            "name": product.name,
            "unit": unit_by_uom.get(product.uom_id, "unit"),
            "kind": "service" if product.type == "service" else "consu",
        }

    def _export_type(self, type_):
        return {
            "name": type_.name,
            "description": type_.description or "",
            "default_duration": type_.default_duration,
            "default_agents": type_.default_agents,
            "questions": [
                self._export_question(question)
                for question in type_.properties_definition or []
                if question["type"] in domain_format.QUESTION_KINDS
            ],
            "checklist": [
                line.strip()
                for line in (type_.checklist or "").splitlines()
                if line.strip()
            ],
            "report_template": type_.report_template or "",
            "products": type_.product_ids.sorted(_get_name).sudo().mapped("name"),
            "skills": type_.skill_ids.sorted(_get_name).mapped("name"),
            # the communes it is reserved to stay: they are this territory's
            "asker": type_.asker,
        }

    def _export_question(self, question):
        label = question.get("string") or question["name"]
        return {
            "name": question["name"],
            "label": label.rstrip("* "),
            "kind": question["type"],
            "required": label.endswith("*"),
            "suffix": question.get("suffix") or "",
            "options": {
                option[0]: option[1]
                for option in question.get("selection") or question.get("tags") or []
            },
        }

    def _export_sla(self, sla):
        return {
            "type": sla.type_id.name or None,
            "priority": sla.priority or None,
            "answer_hours": sla.answer_hours,
            "done_hours": sla.done_hours,
        }

    def _export_reply(self, reply):
        return {
            "name": reply.name,
            "usage": reply.usage,
            "types": reply.type_ids.sorted().mapped("name"),
            # columns are the intercommunality's, the states behind them everybody's
            "states": [
                state
                for state in domain_format.STATES
                if state in reply.stage_ids.mapped("state")
            ],
            "reason": reply.reason_id.code or None,
            "body": reply.body,
        }

    def _export_stage(self, stage):
        return {
            "name": stage.name,
            "state": stage.state,
            "sequence": stage.sequence,
            "fold": stage.fold,
            "mail_text": stage.mail_text or "",
        }

    def _export_circuit(self, circuit):
        if circuit.service_ids - self.service_id:
            raise UserError(
                self.env._(
                    "“%(circuit)s” is about other services too: give this domain a"
                    " circuit of its own.",
                    circuit=circuit.name,
                )
            )
        return {
            "name": circuit.name,
            "subject": circuit.subject,
            "sequence": circuit.sequence,
            "types": circuit.type_ids.sorted().mapped("name"),
            "only_if": self._export_filter(circuit, circuit.domain),
            "steps": [
                self._export_step(circuit, step)
                for step in circuit.step_ids.sorted(
                    lambda step: (step.sequence, step.position, step.id)
                )
            ],
        }

    def _export_step(self, circuit, step):
        row = {name: step[name] for name in (*STEP_FIELDS, "on_refusal")}
        row["only_if"] = self._export_filter(circuit, step.condition_domain)
        row["back_to"] = (step.on_refusal == "back" and step.back_step_id.name) or None
        for prefix in ("", "escalation_"):
            row.update(self._export_who(step, prefix))
        return row

    def _export_who(self, step, prefix):
        who = step[f"{prefix}resolver"]
        if not who:
            return {}
        if who == "user":
            raise UserError(
                self.env._(
                    "“%(step)s” names a person: choose a role before exporting.",
                    step=step.name,
                )
            )
        if who != "group":
            name = f"{prefix}{who}"
            return {f"{prefix}resolver": who, name: step[name]}
        group = step[f"{prefix}group_id"].sudo()
        for name in domain_format.GROUPS:
            if group == self.env.ref(OUR_GROUP % name):
                return {f"{prefix}resolver": who, f"{prefix}group": name}
        raise UserError(
            self.env._(
                "“%(step)s” names the group “%(group)s”, which another"
                " intercommunality does not have: choose a role before exporting.",
                step=step.name,
                group=group.display_name,
            )
        )

    def _export_filter(self, circuit, text):
        rows = [
            part if isinstance(part, str) else [*part[:2], _to_json(part[2])]
            for part in ast.literal_eval(text or "[]")
        ]
        for problem in self._check_filter(rows, SUBJECT_MODELS[circuit.subject], ""):
            raise UserError(
                self.env._(
                    "“%(circuit)s”: %(problem)s.",
                    circuit=circuit.name,
                    problem=self._describe_problem(problem),
                )
            )
        return rows

    def _check_filter(self, rows, model, where):
        """Problems of a condition that is to mean the same elsewhere.

        :return: list of `tools.domain_format.Problem`
        """
        problems = []
        for part in rows:
            if isinstance(part, str):
                continue
            path, _operator, value = part
            field = self._get_filter_field(model, path)
            values = value if isinstance(value, list) else [value]
            if not field:
                rule = "filter_field"
            elif (field.relational or field.name == "id") and any(
                isinstance(item, int) and not isinstance(item, bool) for item in values
            ):
                rule = "filter_record"
            else:
                continue
            problems.append(domain_format.Problem(where, rule, {"value": path}))
        return problems

    def _get_filter_field(self, model, path):
        """The field at the end of ``path``, or None."""
        field = None
        for name in path.split("."):
            if field is not None:
                # the part of a date, or the answer to a question
                if field.type in ("date", "datetime", "properties"):
                    return field
                if not field.relational:
                    return None
                model = field.comodel_name
            field = self.env[model]._fields.get(name)
            if field is None:
                return None
        return field


def _get_name(record):
    return record.sudo().name


def _to_json(value):
    return list(value) if isinstance(value, (tuple, list, set)) else value
