from odoo import fields, models


class IntercommunalRequestType(models.Model):
    """What may be asked of a service, with its own questions and defaults."""

    _name = "intercommunal.request.type"
    _description = "Request Type"
    _order = "service_id, sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    # the company follows from it: checking it against the company would offer none
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    description = fields.Text(
        "Help for the commune",
        translate=True,
        help="Shown to the commune when it picks this type.",
    )
    properties_definition = fields.PropertiesDefinition("Questions")
    checklist = fields.Text(
        help="One point a line: what the team checks on site.", translate=True
    )
    report_template = fields.Text(
        "Outline of the report",
        help="What was done: the report begins with this text, the team completes it.",
        translate=True,
    )
    default_duration = fields.Float(
        "Planned duration (hours)",
        default=2.0,
        help="Duration proposed when an intervention of this type is planned.",
    )
    default_agents = fields.Integer(
        "Agents usually needed",
        default=1,
        help="With the planned duration and the rates, it estimates the cost.",
    )
    product_ids = fields.Many2many(
        "product.product",
        "intercommunal_request_type_product_rel",
        "type_id",
        "product_id",
        "Equipment and materials",
        help="Proposed first in the report.",
    )

    _duration_positive = models.Constraint(
        "CHECK(default_duration >= 0)", "The planned duration can't be negative."
    )
    _agents_positive = models.Constraint(
        "CHECK(default_agents >= 0)", "The number of agents can't be negative."
    )
