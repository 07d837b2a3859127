from odoo import api, fields, models
from odoo.fields import Domain


class IntercommunalRequestType(models.Model):
    """What applies to a type, read and written where the type is."""

    _inherit = "intercommunal.request.type"

    sla_ids = fields.One2many("intercommunal.sla", "type_id", "Delays of this type")
    circuit_ids = fields.Many2many(
        "intercommunal.circuit",
        string="Circuits that may apply",
        compute="_compute_circuit_ids",
        help="Those of this type, of its service, and of every service; the first that"
        " applies is used.",
    )
    reply_count = fields.Integer("Texts", compute="_compute_reply_count")

    @api.depends("service_id")
    def _compute_circuit_ids(self):
        """In one query; a circuit without service or type is for all of them."""
        circuits = self.env["intercommunal.circuit"].search(
            Domain("company_id", "in", [*self.company_id.ids, False])
            & Domain("service_ids", "in", [*self.service_id.ids, False])
            & Domain("type_ids", "in", [*self._origin.ids, False])
        )
        for type_ in self:
            type_.circuit_ids = circuits.filtered(
                lambda circuit, type_=type_: (
                    circuit.company_id
                    in (type_.company_id, circuit.company_id.browse())
                    and (
                        not circuit.service_ids
                        or type_.service_id._origin in circuit.service_ids
                    )
                    and (not circuit.type_ids or type_._origin in circuit.type_ids)
                )
            )

    def _compute_reply_count(self):
        counts = dict(
            self.env["intercommunal.reply"]._read_group(
                [("type_ids", "in", self.ids)], ["type_ids"], ["__count"]
            )
        )
        for type_ in self:
            type_.reply_count = counts.get(type_._origin, 0)

    def action_open_replies(self):
        """Window of the texts kept to this type."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_reply_action"
        )
        return {
            **action,
            "domain": [("type_ids", "in", self.ids)],
            "context": {
                "default_service_id": self.service_id.id,
                "default_type_ids": self.ids,
            },
        }

    def action_new_circuit(self):
        """Form of a new circuit for this type alone."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New circuit"),
            "res_model": "intercommunal.circuit",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_service_ids": self.service_id.ids,
                "default_type_ids": self.ids,
            },
        }
