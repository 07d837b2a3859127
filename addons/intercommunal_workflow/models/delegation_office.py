from odoo import api, fields, models


class IntercommunalDelegation(models.Model):
    """Whom one may choose on the form of a delegation."""

    _inherit = "intercommunal.delegation"

    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")

    @api.depends("user_id", "company_id")
    def _compute_candidate_ids(self):
        for delegation in self:
            user = delegation.user_id or self.env.user
            delegation.candidate_ids = user._get_delegation_candidates(
                delegation.company_id
            )
