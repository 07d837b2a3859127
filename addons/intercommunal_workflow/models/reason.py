from odoo import fields, models


class IntercommunalReason(models.Model):
    """A coded reason, so that refusals and cancellations can be counted."""

    _name = "intercommunal.reason"
    _description = "Reason"
    _order = "usage, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    usage = fields.Selection(
        [
            ("refuse", "Refusal of a request"),
            ("cancel", "Cancellation"),
            ("cannot_do", "Job that can't be done"),
        ],
        required=True,
        default="refuse",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(usage, code)", "Another reason of this usage already has this code."
    )
