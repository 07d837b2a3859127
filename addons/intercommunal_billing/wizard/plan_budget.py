"""The budget meter where a manager plans: one request, or several at once."""

from markupsafe import Markup

from odoo import api, fields, models


class IntercommunalInterventionPlan(models.TransientModel):
    """The meter of the commune whose work is planned."""

    _inherit = "intercommunal.intervention.plan"

    # not a related field, which is read as the system: prices are not for everybody
    budget_meter = fields.Html(
        "Budget", compute="_compute_budget_meter", sanitize=False
    )

    @api.depends_context("uid", "lang")
    @api.depends("request_id")
    def _compute_budget_meter(self):
        for wizard in self:
            wizard.budget_meter = wizard.request_id._origin.budget_meter


class IntercommunalRequestPlan(models.TransientModel):
    """The meters of the communes whose work is planned."""

    _inherit = "intercommunal.request.plan"

    budget_meters = fields.Html(
        "Budget", compute="_compute_budget_meters", sanitize=False
    )

    @api.depends_context("uid", "lang")
    @api.depends("request_ids")
    def _compute_budget_meters(self):
        for wizard in self:
            wizard.budget_meters = wizard._render_budget_meters() or False

    def _render_budget_meters(self):
        """The meter of each commune, and what work like its requests cost before.

        Read as a commune's requests are: in as many queries for one as for twenty.
        """
        requests = self.request_ids._origin
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
