from odoo import api, fields, models


class IntercommunalValidationDelegate(models.TransientModel):
    """Hands one file to somebody who decides in one's name."""

    _name = "intercommunal.validation.delegate"
    _description = "Delegate one File"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")
    delegate_id = fields.Many2one(
        "res.users",
        "Decides in your name",
        required=True,
        domain="[('id', 'in', candidate_ids)]",
    )
    date_from = fields.Date("From", default=fields.Date.context_today, required=True)
    date_to = fields.Date(
        "Until",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), months=1),
        required=True,
    )
    comment = fields.Char("Why")

    @api.depends("validation_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            wizard.candidate_ids = self.env.user._get_delegation_candidates(
                wizard.validation_id.company_id
            )

    def action_confirm(self):
        """Delegate this file."""
        self.ensure_one()
        return self.validation_id.action_delegate(
            self.delegate_id.id, self.date_from, self.date_to, self.comment
        )
