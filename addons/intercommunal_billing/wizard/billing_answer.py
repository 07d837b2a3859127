from odoo import fields, models


class IntercommunalBillingAnswer(models.TransientModel):
    """Answers a commune that contests a charge."""

    _name = "intercommunal.billing.answer"
    _description = "Answer a Contested Charge"

    line_id = fields.Many2one(
        "intercommunal.billing.line", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="line_id.currency_id")
    commune_id = fields.Many2one(related="line_id.commune_id")
    amount = fields.Monetary("Charged so far", related="line_id.adjusted_amount")
    contest_ids = fields.One2many(related="line_id.contest_ids")
    outcome = fields.Selection(
        [("reject", "Keep the charge"), ("waive", "Give the charge up")],
        required=True,
        default="reject",
    )
    # not required here: correcting the amount instead asks for its own reason
    text = fields.Text("Answer", help="The commune reads it.")

    def action_confirm(self):
        """Answer, and free the line.

        :raises UserError: not contested any more, or no words
        """
        self.ensure_one()
        if self.outcome == "waive":
            self.line_id.action_waive_contest(self.text)
        else:
            self.line_id.action_reject_contest(self.text)
        return {"type": "ir.actions.act_window_close"}

    def action_adjust(self):
        """Correct the amount instead: its reason is the answer."""
        self.ensure_one()
        return self.line_id.action_open_adjust()
