from odoo import fields, models


class IntercommunalValidationStep(models.Model):
    """A step of a run, frozen as it was when the run opened."""

    _name = "intercommunal.validation.step"
    _description = "Step of an Approval"
    _inherit = ["intercommunal.validation.record"]
    _order = "validation_id, sequence, id"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="validation_id.company_id", store=True)
    circuit_step_id = fields.Many2one(
        "intercommunal.circuit.step", required=True, ondelete="restrict"
    )
    name = fields.Char(required=True)
    sequence = fields.Integer(required=True)
    delay_days = fields.Integer("Days to decide")
    quorum = fields.Integer("Approvals needed", default=1)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("pending", "Pending"),
            ("clarification", "Clarification asked"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("skipped", "Skipped"),
            ("escalated", "Escalated"),
        ],
        default="waiting",
        required=True,
    )
    opened_at = fields.Datetime("Asked on")
    closed_at = fields.Datetime("Decided on")
    date_due = fields.Date("Due")
    seat_ids = fields.One2many(
        "intercommunal.validation.seat", "validation_step_id", "Deciders"
    )

    def _check_deciders(self):
        """Refuse to begin what would stop at a later step for want of somebody.

        :raises UserError: nobody can decide at a step that applies
        """
        for step in self:
            rule = step.circuit_step_id
            if rule._applies(step.validation_id):
                rule._get_deciders(step.validation_id)

    def _open_step(self):
        """Ask the deciders of these steps, or skip the steps that do not apply.

        :raises UserError: nobody can decide at a step that applies
        """
        for step in self:
            run = step.validation_id
            rule = step.circuit_step_id
            now = fields.Datetime.now()
            if not rule._applies(run):
                step._write_guarded({"state": "skipped", "closed_at": now})
                continue
            users, quorum = rule._get_deciders(run)
            step._write_guarded(
                {
                    "state": "pending",
                    "opened_at": now,
                    "quorum": quorum,
                    "date_due": run._get_due_date(step.delay_days),
                }
            )
            step.seat_ids._create_guarded(
                [
                    {
                        "validation_id": run.id,
                        "validation_step_id": step.id,
                        "user_id": user.id,
                    }
                    for user in users
                ]
            )
            run._notify_holders(users)

    def _stop_asking(self):
        """Nobody is asked any more at these steps: the run ends without them."""
        open_steps = self.filtered(
            lambda step: step.state in ("waiting", "pending", "clarification")
        )
        open_steps._write_guarded(
            {"state": "skipped", "closed_at": fields.Datetime.now()}
        )
        self.seat_ids.filtered(lambda seat: seat.state == "pending")._write_guarded(
            {"state": "withdrawn"}
        )

    def _count_approvals(self):
        """Close the step once its quorum of distinct persons has approved."""
        for step in self:
            decided = step.seat_ids.filtered(lambda seat: seat.state == "decided")
            if len(decided.user_id) >= step.quorum:
                step._write_guarded(
                    {"state": "approved", "closed_at": fields.Datetime.now()}
                )
                step.seat_ids.filtered(
                    lambda seat: seat.state == "pending"
                )._write_guarded({"state": "withdrawn"})
