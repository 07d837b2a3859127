from odoo import api, fields, models, tools

REQUEST_STATES = [
    ("draft", "Draft"),
    ("submitted", "To triage"),
    ("info_requested", "Information requested"),
    ("approval", "Approval requested"),
    ("accepted", "Accepted"),
    ("planned", "Planned"),
    ("in_progress", "In progress"),
    ("to_validate", "To approve"),
    ("rework", "To redo"),
    ("validated", "Approved"),
    ("closed", "Closed"),
    ("refused", "Turned down"),
    ("cancelled", "Cancelled"),
]


class IntercommunalStage(models.Model):
    """A column of the request board; the state behind it is fixed, its name is not."""

    _name = "intercommunal.stage"
    _description = "Request Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        REQUEST_STATES,
        required=True,
        help="The state a request has in this column. Dragging a card here runs the"
        " move, with its checks.",
    )
    fold = fields.Boolean("Folded on the board")
    service_id = fields.Many2one(
        "intercommunal.service",
        index="btree_not_null",
        ondelete="cascade",
        help="Leave empty for a column of every service.",
    )
    mail_text = fields.Text(
        "Words to the commune",
        translate=True,
        help="Added to the e-mail that says that a request came here. {reference},"
        " {name}, {commune}, {service} and {date} are filled in.",
    )
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        index="btree_not_null",
        help="Leave empty for a column of every intercommunality of this database.",
    )

    @api.model
    @tools.ormcache("state", "service_id", "company_id")
    def _find_stage_id(self, state, service_id, company_id):
        """Id of the first column of ``state``, the service's own one before a
        shared one; False when there is none."""
        stages = self.sudo().search(
            [
                ("state", "=", state),
                ("service_id", "in", (service_id, False)),
                ("company_id", "in", (company_id, False)),
            ]
        )
        own = stages.filtered("service_id")
        return (own or stages)[:1].id

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
