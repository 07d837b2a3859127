from odoo import fields, models

from ..models.request_analysis import PRICE_GROUPS


class IntercommunalDashboard(models.TransientModel):
    """The cost among the figures, for those who read prices."""

    _inherit = "intercommunal.dashboard"

    figure_cost = fields.Char("Cost", compute="_compute_figures", groups=PRICE_GROUPS)

    def _more_cards(self):
        cards = super()._more_cards()
        analysis = self.env["intercommunal.request.analysis"]
        if "cost:sum" in analysis._get_measures():
            cards = [*cards, ("cost", self.env._("Cost"), "€", None)]
        return cards
