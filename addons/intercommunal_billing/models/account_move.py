from odoo import fields, models


class AccountMove(models.Model):
    """Invoices of a billing run: when one goes, its details are open again."""

    _inherit = "account.move"

    intercommunal_run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Billing run",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def _free_intercommunal_lines(self):
        self.invoice_line_ids.sudo().intercommunal_billing_line_ids._free()

    def button_cancel(self):
        result = super().button_cancel()
        self._free_intercommunal_lines()
        return result

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A full reversal gives the details back; a partial credit frees nothing."""
        reversals = super()._reverse_moves(default_values_list, cancel=cancel)
        if cancel:
            self._free_intercommunal_lines()
        return reversals
