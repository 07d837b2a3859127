import re

from odoo import api, fields, models

from ..tools.sheet_reader import fold


class IntercommunalReason(models.Model):
    """A coded reason, so that refusals and cancellations can be counted."""

    _name = "intercommunal.reason"
    _description = "Reason"
    _order = "usage, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    # made from the name: who adds a reason need not think of one
    code = fields.Char(
        required=True,
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        help="Names the reason in the file of a domain, whatever it is called here.",
    )
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

    @api.depends("name", "usage")
    def _compute_code(self):
        for reason in self.filtered(lambda reason: reason.name and not reason.code):
            stem = re.sub(r"\W+", "_", fold(reason.name))[:40] or "reason"
            taken = set(
                self.with_context(active_test=False)
                .search([("usage", "=", reason.usage), ("code", "=like", f"{stem}%")])
                .mapped("code")
            ).union(
                other.code
                for other in self - reason
                if other.usage == reason.usage and other.code
            )
            number, code = 1, stem
            while code in taken:
                number += 1
                code = f"{stem}_{number}"
            reason.code = code
