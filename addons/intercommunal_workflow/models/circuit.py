import ast

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

SUBJECT_MODELS = {
    "request": "intercommunal.request",
    "report": "intercommunal.report",
}


class IntercommunalCircuit(models.Model):
    """An approval rule that an admin composes: on what, and who decides in turn.

    Once a run used it, it is frozen: a change makes a new version, and the runs that
    are open keep theirs.
    """

    _name = "intercommunal.circuit"
    _description = "Approval Circuit"
    _order = "subject, sequence, id"

    # What may still change once a run used the circuit.
    _free_fields = frozenset({"active", "sequence", "name"})

    name = fields.Char(required=True, translate=True)
    subject = fields.Selection(
        [
            ("request", "Request, before the work"),
            ("report", "Report, after the work"),
        ],
        required=True,
        default="report",
    )
    subject_model = fields.Char(compute="_compute_subject_model")
    sequence = fields.Integer(
        default=10, help="The first circuit of the list that applies is used."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        index="btree_not_null",
        help="Leave empty for every intercommunality of this database.",
    )
    service_ids = fields.Many2many(
        "intercommunal.service",
        "intercommunal_circuit_service_rel",
        "circuit_id",
        "service_id",
        "Services",
        help="Leave empty for every service.",
    )
    type_ids = fields.Many2many(
        "intercommunal.request.type",
        "intercommunal_circuit_type_rel",
        "circuit_id",
        "type_id",
        "Types of request",
        help="Leave empty for every type.",
    )
    domain = fields.Char(
        "Only if", default="[]", required=True, help="Leave empty for everything."
    )
    step_ids = fields.One2many(
        "intercommunal.circuit.step", "circuit_id", "Steps", copy=True
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        "intercommunal.circuit", "Version before", readonly=True, copy=False
    )
    validation_ids = fields.One2many(
        "intercommunal.validation", "circuit_id", "Approvals"
    )
    is_used = fields.Boolean("Used", compute="_compute_is_used")

    # --------------------------------------------------------------- computes

    @api.depends("subject")
    def _compute_subject_model(self):
        for circuit in self:
            circuit.subject_model = SUBJECT_MODELS.get(circuit.subject)

    @api.depends("validation_ids")
    def _compute_is_used(self):
        used = {
            circuit.id
            for [circuit] in self.env["intercommunal.validation"]
            .sudo()
            ._read_group([("circuit_id", "in", self.ids)], ["circuit_id"])
        }
        for circuit in self:
            circuit.is_used = circuit._origin.id in used

    # ------------------------------------------------------------ constraints

    @api.constrains("domain", "subject")
    def _check_domain(self):
        for circuit in self:
            check_domain(circuit, circuit.domain, circuit.subject_model)

    # ------------------------------------------------------------------- CRUD

    def copy(self, default=None):
        circuits = super().copy(default)
        if "step_ids" not in (default or {}):
            for circuit, twin in zip(self, circuits, strict=True):
                circuit.step_ids._copy_back_steps_to(twin.step_ids)
        return circuits

    def write(self, vals):
        if set(vals) - self._free_fields:
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for circuit in self:
            if circuit.is_used:
                raise UserError(
                    self.env._(
                        "“%(name)s” was used: archive it instead of deleting it.",
                        name=circuit.name,
                    )
                )

    def _check_unused(self):
        for circuit in self:
            if circuit.is_used:
                raise UserError(
                    self.env._(
                        "“%(name)s” was used: it does not change any more. Make a new"
                        " version; the approvals in progress keep this one.",
                        name=circuit.name,
                    )
                )

    # ----------------------------------------------------------------- actions

    def action_new_version(self):
        """Copy the circuit as its next version and archive this one.

        :return: the window action of the new version
        """
        self.ensure_one()
        self.check_access("write")
        successor = self.copy()
        successor.write({"version": self.version + 1, "previous_id": self.id})
        self.active = False
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": successor.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ engine

    def _filter_subjects(self, subjects):
        """Those of ``subjects`` that the circuit is about: service, type, filter.

        :param subjects: requests or reports of one intercommunality
        """
        self.ensure_one()
        circuit = self.sudo()
        services, types = circuit.service_ids, circuit.type_ids
        if services:
            subjects = subjects.filtered(
                lambda subject: subject._get_validation_service() in services
            )
        if types:
            subjects = subjects.filtered(
                lambda subject: subject.sudo()._get_validation_type() in types
            )
        return subjects._filter_fitting(circuit.domain)

    def _prepare_run_vals(self, subject):
        """Values of a run of this circuit over ``subject``, its steps frozen."""
        self.ensure_one()
        return {
            "circuit_id": self.id,
            f"{self.subject}_id": subject.id,
            "company_id": subject.company_id.id,
            "commune_id": subject._get_validation_commune().id,
            "service_id": subject._get_validation_service().id,
            "amount": subject._get_validation_amount(),
            "content_hash": subject._get_validation_hash(),
            "step_ids": [
                Command.create(step._prepare_run_step_vals())
                for step in self.step_ids.sorted("sequence")
            ],
        }


def check_domain(record, domain, model):
    """Raise unless ``domain`` is a literal filter on ``model``."""
    try:
        record.env[model].sudo().search(ast.literal_eval(domain or "[]"), limit=1)
    except (ValueError, SyntaxError, TypeError, KeyError) as error:
        raise ValidationError(
            record.env._(
                "The filter of “%(name)s” is not valid: compose it again.",
                name=record.display_name,
            )
        ) from error
