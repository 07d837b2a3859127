from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    intercommunal_team_ids = fields.Many2many(
        "intercommunal.team",
        "intercommunal_team_member_rel",
        "user_id",
        "team_id",
        "Teams",
    )

    def _ensure_intercommunal_resources(self):
        """A resource of core for each person, on which absences are entered."""
        missing = self.filtered(lambda user: not user.sudo().resource_ids)
        self.env["resource.resource"].sudo().create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": user.company_id.id,
                    "resource_type": "user",
                    "calendar_id": user.company_id.resource_calendar_id.id,
                    "tz": user.tz or user.company_id.resource_calendar_id.tz,
                }
                for user in missing
            ]
        )
        return self.sudo().resource_ids
