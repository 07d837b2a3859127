from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """The portal's own scripts speak the language of the page."""
        return [
            *super()._get_translation_frontend_modules_name(),
            "intercommunal_workflow",
        ]
