from odoo import api, fields, models


class ProductTemplate(models.Model):
    """What teams use, in their words: core counts a machine as a service."""

    _inherit = "product.template"

    intercommunal_kind = fields.Selection(
        [("equipment", "Equipment"), ("material", "Material")],
        "Used as",
        compute="_compute_intercommunal_kind",
        inverse="_inverse_intercommunal_kind",
    )

    @api.depends("type")
    def _compute_intercommunal_kind(self):
        for product in self:
            is_service = product.type == "service"
            product.intercommunal_kind = "equipment" if is_service else "material"

    def _inverse_intercommunal_kind(self):
        for product in self:
            is_equipment = product.intercommunal_kind == "equipment"
            product.type = "service" if is_equipment else "consu"
