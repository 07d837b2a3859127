from odoo import fields, models


class IntercommunalService(models.Model):
    _inherit = "intercommunal.service"

    surcharge_ids = fields.One2many(
        "intercommunal.surcharge",
        "service_id",
        "Surcharges",
        groups="base.group_user",
    )
