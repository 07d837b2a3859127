from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class IntercommunalRequest(models.Model):
    """What the work will cost, by the standard time of its type and the rates."""

    _inherit = "intercommunal.request"

    def action_estimate(self):
        """Estimate the cost from the type's standard times and the rates in force.

        :return: the notification that says how much, for how long and how many people
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
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": "\n".join(request._get_estimate_words() for request in self),
                # the form shows the new amount
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_estimate_words(self):
        """What the estimate rests on, in one sentence."""
        self.ensure_one()
        kind = self.sudo().type_id
        return self.env._(
            "Estimated cost: %(amount)s (%(hours)s h × %(agents)s, at the rates in"
            " force).",
            amount=format_amount(self.env, self.estimated_cost, self.currency_id),
            hours=f"{kind.default_duration:g}",
            agents=kind.default_agents,
        )

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
