from odoo import fields, models

from ..tools import pricing


class IntercommunalRequest(models.Model):
    """A standard job at the rates in force."""

    _inherit = "intercommunal.request"

    def _get_standard_cost(self):
        """Hours × agents at the service's default rate; nothing for what has no rate.

        Rounded and with the minimum that billing would apply.
        """
        self.ensure_one()
        kind = self.type_id
        rate = self.env["intercommunal.rate"]._find(
            self.service_id, "labour", self.env["res.users"], False
        )
        price = pricing.decimal_of(rate._get_version(self._get_cost_day()).price)
        minutes = pricing.round_minutes(
            round(kind.default_duration * 60), rate.step_minutes, rate.minimum_minutes
        )
        amount = kind.default_agents * pricing.price_minutes(minutes, price)
        return float(amount) or super()._get_standard_cost()

    def _get_cost_day(self):
        """The day whose prices count: the one wished for, unless it is past."""
        today = fields.Date.context_today(self)
        return max(self.date_desired or today, today)
