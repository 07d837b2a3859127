from odoo import fields, models

from .trip import SHARE_RULES


class IntercommunalService(models.Model):
    """How far a team looks for small jobs on its way, and who pays the way."""

    _inherit = "intercommunal.service"

    trip_share_rule = fields.Selection(
        SHARE_RULES, "Travel is shared", default="equal", required=True
    )
    nearby_km = fields.Float(
        "Jobs nearby within",
        digits=(6, 1),
        default=10.0,
        help="Kilometres. Planning a job proposes the small ones that wait nearby;"
        " 0 proposes none.",
    )
    nearby_hours = fields.Float(
        "Small jobs last at most",
        default=2.0,
        help="By the usual duration of their type.",
    )

    _nearby_positive = models.Constraint(
        "CHECK(nearby_km >= 0 AND nearby_hours >= 0)",
        "A distance or a duration can't be negative.",
    )
