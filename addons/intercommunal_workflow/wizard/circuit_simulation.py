from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalCircuitSimulation(models.TransientModel):
    """Shows, on a real case, who would be asked: nothing happens to the case."""

    _name = "intercommunal.circuit.simulation"
    _description = "Circuit Simulator"

    circuit_id = fields.Many2one(
        "intercommunal.circuit",
        domain="[('subject', '=', subject)]",
        context={"active_test": False},
        help="Leave empty to see the circuit that would be used.",
    )
    subject = fields.Selection(
        [("request", "A request"), ("report", "A report")],
        "Try on",
        required=True,
        default="report",
    )
    request_id = fields.Many2one("intercommunal.request", ondelete="cascade")
    report_id = fields.Many2one("intercommunal.report", ondelete="cascade")
    amount = fields.Float(
        digits="Product Price",
        compute="_compute_amount",
        # of a case that the person may read
        compute_sudo=False,
        store=True,
        readonly=False,
        help="The amount of this case; change it to see what a dearer one would do.",
    )
    result = fields.Html(compute="_compute_result", sanitize=False)

    @api.depends("subject", "request_id", "report_id")
    def _compute_amount(self):
        for wizard in self:
            subject = wizard._get_case()
            wizard.amount = subject.sudo()._get_validation_amount() if subject else 0

    @api.depends("subject", "request_id", "report_id", "circuit_id", "amount")
    @api.depends_context("lang")
    def _compute_result(self):
        for wizard in self:
            case = wizard._get_case()
            wizard.result = (
                self.env["ir.qweb"]._render(
                    "intercommunal_workflow.circuit_simulation_result",
                    wizard._prepare_values(case),
                )
                if case
                else Markup()
            )

    def _get_case(self):
        """The real case that was chosen, readable by the current user; or none."""
        self.ensure_one()
        case = (
            self.request_id if self.subject == "request" else self.report_id
        )._origin
        case.check_access("read")
        return case

    def _prepare_values(self, case):
        trial = self.circuit_id._origin
        trial.check_access("read")
        if trial and trial.subject != self.subject:
            raise UserError(
                self.env._(
                    "“%(name)s” is not about that kind of case: choose another one.",
                    name=trial.name,
                )
            )
        line_up = trial._get_line_up(self.subject, case.company_id, trial)
        used = next(
            (circuit for circuit in line_up if circuit._filter_subjects(case)),
            line_up.browse(),
        )
        circuit = trial.sudo() or used
        steps = circuit._try_on(case, self.amount) if circuit else []
        return {
            "circuit": circuit,
            "used": used,
            "replaced": self.env._(
                "“%(other)s” comes before it in the list and would be used instead.",
                other=used.name or "",
            ),
            "is_trial": bool(trial),
            "applies": bool(circuit and circuit._filter_subjects(case)),
            "title": (case if self.subject == "request" else case.request_id)
            .sudo()
            .name,
            "rows": steps,
            "commune": case._get_validation_commune(),
            "service": case._get_validation_service(),
            "is_blocked": any(row["status"] == "vacant" for row in steps)
            or not any(row["status"] == "asked" for row in steps),
        }
