from odoo import fields, models


class IntercommunalRequest(models.Model):
    """The request of a month, or of a day, of recurring work."""

    _inherit = "intercommunal.request"

    recurrence_id = fields.Many2one(
        "intercommunal.recurrence",
        "Recurring work",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    recurrence_date = fields.Date("Period", readonly=True, copy=False)
