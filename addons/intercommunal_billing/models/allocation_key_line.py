from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IntercommunalAllocationKeyLine(models.Model):
    """A commune of a key, between two dates."""

    _name = "intercommunal.allocation.key.line"
    _description = "Commune of an Allocation Key"
    _order = "key_id, insee_code, date_start, id"
    _rec_name = "commune_id"

    key_id = fields.Many2one(
        "intercommunal.allocation.key", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="key_id.company_id", store=True, index=True)
    commune_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_commune', '=', True)]",
    )
    insee_code = fields.Char(related="commune_id.insee_code", store=True)
    population = fields.Integer(related="commune_id.intercommunal_population")
    weight = fields.Float(default=1.0, digits=(16, 3))
    date_start = fields.Date("From", help="Empty: from the beginning.")
    date_end = fields.Date("Until", help="Empty: without end.")

    _weight_positive = models.Constraint(
        "CHECK(weight >= 0)", "A weight can't be negative."
    )
    _no_overlap = models.Constraint(
        """EXCLUDE USING gist (
            int4range(key_id, key_id, '[]') WITH =,
            int4range(commune_id, commune_id, '[]') WITH =,
            daterange(date_start, date_end, '[]') WITH &&
        )""",
        "A commune is in a key once on each day.",
    )

    @api.constrains("commune_id")
    def _check_is_commune(self):
        for line in self:
            if not line.commune_id.is_commune:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is not a commune.", name=line.commune_id.name
                    )
                )
