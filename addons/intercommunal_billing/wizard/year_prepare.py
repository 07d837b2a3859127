from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalYearPrepare(models.TransientModel):
    """Makes the year's notices or statements for all communes at once."""

    _name = "intercommunal.year.prepare"
    _description = "Documents of a Year"

    year = fields.Integer(
        required=True, default=lambda self: fields.Date.context_today(self).year
    )
    what = fields.Selection(
        [("notice", "Notices of unit costs"), ("statement", "Annual statements")],
        "Documents",
        required=True,
        default="notice",
    )
    budget_date = fields.Date(
        "Budget of the communes", help="Empty: 15 April (CGCT L1612-2)."
    )

    @api.onchange("what")
    def _onchange_what(self):
        today = fields.Date.context_today(self)
        self.year = today.year + (1 if self.what == "notice" else -1)

    def action_prepare(self):
        """Make what is missing, and open the list of the year.

        :raises UserError: no agreement in that year
        """
        self.ensure_one()
        names = {
            "notice": "intercommunal_unit_cost_notice_action",
            "statement": "intercommunal_annual_statement_action",
        }
        if not 2000 <= self.year <= 2100:
            raise UserError(self.env._("Enter a year such as 2026."))
        if self.what == "notice":
            made = self.env["intercommunal.unit.cost.notice"]._prepare_year(
                self.year, self.budget_date
            )
        else:
            made = self.env["intercommunal.annual.statement"]._prepare_year(self.year)
        if not made:
            raise UserError(
                self.env._("No agreement is in force in %(year)s.", year=self.year)
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"intercommunal_billing.{names[self.what]}"
        )
        return {**action, "domain": [("id", "in", made.ids)], "context": {}}
