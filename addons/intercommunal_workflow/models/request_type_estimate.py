from odoo import fields, models


class IntercommunalRequestType(models.Model):
    """How many people a job of this type usually takes."""

    _inherit = "intercommunal.request.type"

    default_agents = fields.Integer(
        "Agents usually needed",
        default=1,
        help="With the planned duration and the rates, it estimates the cost.",
    )

    _agents_positive = models.Constraint(
        "CHECK(default_agents >= 0)", "The number of agents can't be negative."
    )
