from odoo import api, fields, models


class IntercommunalDelegation(models.Model):
    """Whom one may choose on the form of a delegation."""

    _inherit = "intercommunal.delegation"

    candidate_ids = fields.Many2many("res.users", compute="_compute_candidate_ids")

    @api.depends_context("uid")
    @api.depends("user_id", "company_id")
    def _compute_candidate_ids(self):
        """Only the administrator sees who could stand in for somebody else."""
        any_user = self.env.user.has_group(
            "intercommunal_workflow.group_intercommunal_admin"
        )
        for delegation in self:
            user = (any_user and delegation.user_id) or self.env.user
            delegation.candidate_ids = user._get_delegation_candidates(
                delegation.company_id
            )
