from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntercommunalUnitCostCharge(models.Model):
    """A charge of the service: one of the four natures that the law allows."""

    _name = "intercommunal.unit.cost.charge"
    _description = "Charge of a Unit Cost"
    _order = "unit_cost_id, id"
    _check_company_auto = True

    unit_cost_id = fields.Many2one(
        "intercommunal.unit.cost", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="unit_cost_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    nature = fields.Selection(
        [
            ("staff", "Staff costs"),
            ("supplies", "Supplies used"),
            ("renewal", "Renewal of goods"),
            ("contracts", "Service contracts"),
        ],
        required=True,
        help="Nothing else enters a unit cost (CGCT D5211-16).",
    )
    name = fields.Char("Charge", required=True)
    source = fields.Char("Account", help="Account or chapter where it is found.")
    account_amount = fields.Monetary("Last accounts", aggregator="sum")
    update_amount = fields.Monetary(
        "Update by the budget", help="What the budget adds, or takes off."
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)

    @api.depends("account_amount", "update_amount")
    def _compute_amount(self):
        for charge in self:
            charge.amount = charge.account_amount + charge.update_amount

    @api.constrains("account_amount", "update_amount")
    def _check_amount(self):
        for charge in self:
            if charge.amount < 0:
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: a charge can't be negative.", name=charge.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        charges = super().create(vals_list)
        charges.unit_cost_id._check_draft()
        return charges

    def write(self, vals):
        self.check_access("write")
        self.unit_cost_id._check_draft()
        result = super().write(vals)
        self.unit_cost_id._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        self.unit_cost_id._check_draft()
