from odoo import api, models

WAITING_CHANNEL = "intercommunal.validation/waiting"


class IntercommunalWaitingCounter(models.AbstractModel):
    """Tells the counter in the top bar that what waits for a person has changed."""

    _name = "intercommunal.waiting.counter"
    _description = "What the Counter of the Top Bar Counts"

    # Whom a record waits for.
    _waiting_user = "user_id"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._refresh_counters()
        return records

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self._refresh_counters()
        return result

    def _refresh_counters(self):
        # the message says nothing: the browser asks anew, with its own rights
        for user in self.sudo()[self._waiting_user]:
            if not user.share:
                user._bus_send(WAITING_CHANNEL, {})
