from odoo import fields, models


class IntercommunalRequest(models.Model):
    """A job that is stopped shows on the card of its request."""

    _inherit = "intercommunal.request"

    is_blocked = fields.Boolean(
        "Blocked", readonly=True, copy=False, help="A job of it is stopped."
    )

    def _follow_interventions(self):
        result = super()._follow_interventions()
        for request in self.sudo():
            blocked = "blocked" in request.intervention_ids.mapped("state")
            if blocked != request.is_blocked:
                request._write_guarded({"is_blocked": blocked})
        return result
