from odoo import fields, models

from ..tools import pricing


class IntercommunalAllocationShare(models.Model):
    """What one commune pays of a shared sum."""

    _name = "intercommunal.allocation.share"
    _description = "Share of a Sum"
    _order = "allocation_id, insee_code, id"
    _rec_name = "commune_id"

    allocation_id = fields.Many2one(
        "intercommunal.allocation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="allocation_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    commune_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="restrict"
    )
    insee_code = fields.Char(related="commune_id.insee_code", store=True)
    agreement_id = fields.Many2one(
        "intercommunal.agreement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    weight = fields.Float(readonly=True, digits=(16, 3), aggregator="sum")
    amount = fields.Monetary(readonly=True)

    def _prepare_line_vals(self):
        self.ensure_one()
        allocation = self.allocation_id
        return {
            **allocation._prepare_charge_vals(
                self.agreement_id,
                allocation.date_to,
                allocation.name,
                pricing.decimal_of(self.amount, 2),
                f"allocation/{allocation.id}/{self.commune_id.id}",
            ),
            "allocation_id": allocation.id,
        }
