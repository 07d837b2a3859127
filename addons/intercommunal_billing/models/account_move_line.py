from odoo import fields, models


class AccountMoveLine(models.Model):
    """A deleted draft line would leave billed details that point to nothing."""

    _inherit = "account.move.line"

    intercommunal_billing_line_ids = fields.One2many(
        "intercommunal.billing.line", "move_line_id", "Billed uses", copy=False
    )

    def unlink(self):
        self.sudo().intercommunal_billing_line_ids._free()
        return super().unlink()
