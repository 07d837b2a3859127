from odoo import fields, models


class IntercommunalSite(models.Model):
    """A place of a commune where work is done again and again."""

    _name = "intercommunal.site"
    _description = "Site"
    _order = "commune_id, name, id"

    name = fields.Char(required=True, index="trigram")
    kind = fields.Selection(
        [
            ("school", "School"),
            ("hall", "Hall or sports ground"),
            ("town_hall", "Town hall"),
            ("road", "Road"),
            ("green", "Green space"),
            ("building", "Building"),
            ("other", "Other"),
        ],
        required=True,
        default="building",
    )
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
    )
    street = fields.Char("Address")
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    _latitude_range = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90)", "A latitude lies between -90 and 90."
    )
    _longitude_range = models.Constraint(
        "CHECK(longitude BETWEEN -180 AND 180)",
        "A longitude lies between -180 and 180.",
    )
