from odoo import models
from odoo.exceptions import UserError


class IntercommunalRequest(models.Model):
    """What the work will cost, by the standard time of its type and the rates."""

    _inherit = "intercommunal.request"

    def action_estimate(self):
        """Estimate the cost from the type's standard times and the rates in force.

        :raises UserError: nothing says what such work costs
        """
        self._check_can("action_estimate")
        for request in self:
            amount = request.sudo()._get_standard_cost()
            if not amount:
                raise UserError(
                    self.env._(
                        "Nothing says what “%(name)s” costs: give its type a duration"
                        " and its service a rate, or enter the estimate yourself.",
                        name=request.display_name,
                    )
                )
            request.write({"estimated_cost": amount})
        return True

    def _get_standard_cost(self):
        """Extension point: the cost of a standard job of this type, 0 when unknown."""
        self.ensure_one()
        return 0.0

    def _after_first_sent(self):
        super()._after_first_sent()
        for request in self.filtered(lambda request: not request.estimated_cost):
            amount = request._get_standard_cost()
            if amount:
                request._write_guarded({"estimated_cost": amount})
