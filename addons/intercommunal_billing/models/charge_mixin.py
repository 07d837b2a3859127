from odoo import fields, models

from odoo.addons.intercommunal_workflow.models.report_line import LINE_KINDS


class IntercommunalChargeMixin(models.AbstractModel):
    """What is charged without a rate: says itself which accounts it goes to."""

    _name = "intercommunal.charge.mixin"
    _description = "Charge Without Rate"
    _inherit = ["analytic.mixin"]

    kind = fields.Selection(
        LINE_KINDS,
        required=True,
        default="labour",
        help="Where it is counted in the workbook.",
    )
    account_id = fields.Many2one(
        "account.account",
        "Income account",
        check_company=True,
        ondelete="restrict",
        domain="[('internal_group', '=', 'income')]",
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Empty: 7084 for labour, 7088 for the rest.",
    )
    m57_nature = fields.Char(
        "M57 account", help="Empty: the agreement's. To confirm with the accountant."
    )
    m57_function = fields.Char("M57 function", help="Empty: the agreement's.")

    def _get_income_account(self):
        """The account of the invoice lines; may be empty without a chart."""
        self.ensure_one()
        return self.account_id or self.env["intercommunal.rate"]._find_default_account(
            self.kind, self.company_id
        )

    def _prepare_charge_vals(self, agreement, day, name, amount, source_key):
        """Values of the billing line of one sum.

        :param agreement: the agreement that it is charged under
        :param date day: the day that decides the run
        :param Decimal amount: to the cent
        """
        return {
            "source_key": source_key,
            "company_id": agreement.company_id.id,
            "commune_id": agreement.commune_id.id,
            "service_id": agreement.service_id.id,
            "agreement_id": agreement.id,
            "date": day,
            "kind": self.kind,
            "unit": "flat",
            "name": name,
            "quantity": 1.0,
            "unit_price": float(amount),
            "amount": float(amount),
            "m57_nature": self.m57_nature or agreement.m57_nature,
            "m57_function": self.m57_function or agreement.m57_function,
            "approved_by_id": self.env.user.partner_id.id,
        }
