from odoo import fields, models


class IntercommunalValidationSeat(models.Model):
    """One person asked to decide; written when the step becomes pending."""

    _name = "intercommunal.validation.seat"
    _description = "Decider of an Approval"
    _inherit = ["intercommunal.validation.record"]
    _order = "validation_step_id, id"
    _rec_name = "user_id"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        index=True,
        ondelete="restrict",
    )
    validation_step_id = fields.Many2one(
        "intercommunal.validation.step",
        "Step",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="validation_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users", "Person", required=True, index=True, ondelete="restrict"
    )
    on_behalf_of_id = fields.Many2one("res.users", "On behalf of", ondelete="restrict")
    decision_id = fields.Many2one("intercommunal.decision", ondelete="restrict")
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("decided", "Decided"),
            ("withdrawn", "No longer asked"),
        ],
        default="pending",
        required=True,
    )

    # "Waiting for me" is one probe of this index, however many runs there are.
    _pending_idx = models.Index("(user_id, validation_id) WHERE state = 'pending'")
    _person_uniq = models.UniqueIndex(
        "(validation_step_id, user_id) WHERE state != 'withdrawn'",
        "This person is already asked at this step.",
    )

    def _is_valid(self):
        """Whether the person still holds what made them a decider.

        A role that ended, or an archived user, does not decide any more.
        """
        self.ensure_one()
        principal = self.on_behalf_of_id or self.user_id
        step = self.validation_step_id.circuit_step_id
        return self.user_id.active and principal in step._resolve(self.validation_id)
