from odoo import fields, models


class IntercommunalOwnedMixin(models.AbstractModel):
    """A record of one intercommunality, in its currency."""

    _name = "intercommunal.owned.mixin"
    _description = "Of an Intercommunality"

    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
