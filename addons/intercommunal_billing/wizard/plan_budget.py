"""The budget meter where a manager plans: one request, or several at once."""

from typing import ClassVar

from markupsafe import Markup

from odoo import api, fields, models


class IntercommunalPlanBudget(models.AbstractModel):
    """The meters of the communes whose work is planned."""

    _name = "intercommunal.plan.budget.mixin"
    _description = "Budget of Planned Work"

    # The field that holds the requests; the mixin itself plans none.
    _planned: ClassVar[str] = ""

    # not a related field, which is read as the system: prices are not for everybody
    budget_meter = fields.Html(
        "Budget", compute="_compute_budget_meter", sanitize=False
    )

    @api.depends_context("uid", "lang")
    @api.depends(lambda self: [self._planned] if self._planned else [])
    def _compute_budget_meter(self):
        for wizard in self:
            wizard.budget_meter = wizard._render_budget_meters() or False

    def _render_budget_meters(self):
        """The meter of each commune, and what work like its requests cost before.

        Read as a commune's requests are: in as many queries for one as for twenty.
        """
        requests = self[self._planned]._origin
        requests.check_access("read")
        budgets = requests._get_budgets()
        pieces = []
        for commune, group in requests.grouped("commune_id").items():
            # one estimate a type of work; the meter is the commune's
            found = {
                request.type_id: budgets[request]
                for request in group
                if budgets[request]
            }
            for index, (kind, values) in enumerate(found.items()):
                if index and not values["similar"]:
                    # the meter was shown, and nothing is known of such work
                    continue
                pieces.append(
                    requests._render_budget(
                        {
                            **values,
                            "meter": None if index else values["meter"],
                            "title": None if index else commune.display_name,
                            "kind": kind.name,
                        }
                    )
                )
        return Markup("").join(pieces)


class IntercommunalInterventionPlan(models.TransientModel):
    _name = "intercommunal.intervention.plan"
    _inherit = ["intercommunal.intervention.plan", "intercommunal.plan.budget.mixin"]
    _planned = "request_id"


class IntercommunalRequestPlan(models.TransientModel):
    _name = "intercommunal.request.plan"
    _inherit = ["intercommunal.request.plan", "intercommunal.plan.budget.mixin"]
    _planned = "request_ids"
