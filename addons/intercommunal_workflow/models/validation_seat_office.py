from odoo import api, models

WAITING_CHANNEL = "intercommunal.validation/waiting"


class IntercommunalValidationSeat(models.Model):
    """Tells the counter in the top bar that what waits for a person has changed."""

    _inherit = "intercommunal.validation.seat"

    @api.model_create_multi
    def create(self, vals_list):
        seats = super().create(vals_list)
        seats._refresh_counters()
        return seats

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._refresh_counters()
        return result

    def _refresh_counters(self):
        # the message says nothing: the browser asks anew, with its own rights
        for user in self.sudo().user_id:
            if not user.share:
                user._bus_send(WAITING_CHANNEL, {})
