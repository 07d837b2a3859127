from odoo import fields, models


class IntercommunalServedMixin(models.AbstractModel):
    """A record of one service of an intercommunality."""

    _name = "intercommunal.served.mixin"
    _description = "Of a Service"
    _inherit = ["intercommunal.owned.mixin"]

    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
