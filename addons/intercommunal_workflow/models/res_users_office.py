from odoo import fields, models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_delegation_candidates(self, company):
        """Who may stand in for this person: officials of their commune, or staff.

        :param company: the intercommunality, for its staff
        :return: res.users
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        role = Domain("date_from", "<=", today) & (
            Domain("date_to", "=", False) | Domain("date_to", ">=", today)
        )
        communes = self._get_intercommunal_communes()
        if communes:
            domain = Domain(
                "intercommunal_role_ids",
                "any",
                role & Domain("commune_id", "in", communes.ids),
            )
        else:
            domain = (
                Domain("share", "=", False)
                & Domain("company_ids", "in", company.ids)
                & ~Domain("intercommunal_role_ids", "any", role)
            )
        return self.sudo().search(domain & Domain("id", "!=", self.id)).sudo(False)
