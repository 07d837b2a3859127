from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_intercommunal_agreements(self):
        """Window of the agreements of this commune."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_agreement_action"
        )
        return {
            **action,
            "domain": [("commune_id", "=", self.id)],
            "context": {"default_commune_id": self.id},
        }

    def action_intercommunal_forecasts(self):
        """Window of what this commune foresaw and used, year by year."""
        self.ensure_one()
        agreements = self.env["intercommunal.agreement"].search(
            [("commune_id", "=", self.id)]
        )
        return agreements.action_open_forecasts()
