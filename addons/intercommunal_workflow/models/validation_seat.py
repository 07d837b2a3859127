from odoo import fields, models

# A person with such a seat may decide now.
DECIDING_SEATS = ("pending", "asking")


class IntercommunalValidationSeat(models.Model):
    """One person asked to decide; written when the step becomes pending."""

    _name = "intercommunal.validation.seat"
    _description = "Decider of an Approval"
    _inherit = ["intercommunal.validation.record", "intercommunal.waiting.counter"]
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
    date_due = fields.Date(related="validation_step_id.date_due", store=True)
    user_id = fields.Many2one(
        "res.users", "Person", required=True, index=True, ondelete="restrict"
    )
    on_behalf_of_id = fields.Many2one("res.users", "On behalf of", ondelete="restrict")
    delegation_id = fields.Many2one(
        "intercommunal.delegation", index="btree_not_null", ondelete="restrict"
    )
    is_escalation = fields.Boolean(
        "Asked in addition", help="Because the step was late, or its role vacant."
    )
    decision_id = fields.Many2one("intercommunal.decision", ondelete="restrict")
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("asking", "Waits for an answer"),
            ("decided", "Decided"),
            ("withdrawn", "No longer asked"),
        ],
        default="pending",
        required=True,
    )

    # "Waiting for me" is one probe of this index, however many runs there are.
    _pending_idx = models.Index(
        "(user_id, company_id, date_due, validation_id) WHERE state = 'pending'"
    )
    _person_uniq = models.UniqueIndex(
        "(validation_step_id, user_id, COALESCE(on_behalf_of_id, 0))"
        " WHERE state != 'withdrawn'",
        "This person is already asked at this step.",
    )

    def _get_principal(self):
        """Whose voice this seat counts for."""
        self.ensure_one()
        return self.on_behalf_of_id or self.user_id

    def _is_valid(self):
        """Whether the person still holds what made them a decider.

        A role that ended, a delegation that was revoked or an archived user does not
        decide any more.
        """
        self.ensure_one()
        run = self.validation_id
        rule = self.validation_step_id.circuit_step_id
        holders = rule._resolve(run)
        if self.is_escalation:
            holders |= rule._resolve_escalation(run)
        if not self.user_id.active or self._get_principal() not in holders:
            return False
        if not self.delegation_id:
            return True
        stand_in = rule._without_excluded(run, self.user_id)
        return bool(stand_in and self.delegation_id._covers(run))

    def _withdraw(self):
        """These persons are not asked any more."""
        live = self.filtered(lambda seat: seat.state in DECIDING_SEATS)
        live._write_guarded({"state": "withdrawn"})
        # the same persons may take new seats at once: free the old ones in the table
        live.flush_recordset(["state"])
        return live
