from odoo import api, fields, models
from odoo.fields import Domain

# What a text may name, by the field of the request that it is read from; in the
# language of the code and in that of the interface.
TOKENS = {
    "référence": "reference",
    "objet": "name",
    "demandeur": "requester_id.name",
    "reference": "reference",
    "subject": "name",
    "commune": "commune_id.name",
    "service": "service_id.name",
    "type": "type_id.name",
    "site": "site_id.name",
    "requester": "requester_id.name",
}


class IntercommunalReply(models.Model):
    """A text that a service sends often: a question, a refusal, a cancellation."""

    _name = "intercommunal.reply"
    _description = "Reply Template"
    _order = "usage, sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    usage = fields.Selection(
        [
            ("ask", "Question to the commune"),
            ("refuse", "Refusal"),
            ("cancel", "Cancellation"),
        ],
        "Proposed for",
        required=True,
        default="ask",
    )
    service_id = fields.Many2one(
        "intercommunal.service",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        help="Empty: every service.",
    )
    type_ids = fields.Many2many(
        "intercommunal.request.type",
        "intercommunal_reply_type_rel",
        "reply_id",
        "type_id",
        "Types",
        domain="[('service_id', '=', service_id)]",
        help="Empty: every type of the service.",
    )
    reason_id = fields.Many2one(
        "intercommunal.reason",
        ondelete="set null",
        domain="[('usage', '=', usage)]",
        help="Chosen with the text.",
    )
    body = fields.Text(
        "Text",
        required=True,
        help="[reference], [subject], [commune], [service], [type], [site] and"
        " [requester] are replaced by those of the request.",
    )
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    @api.model
    def _get_domain_for(self, usage, requests):
        """Templates that fit all of these requests.

        :param str usage: ask, refuse or cancel
        """
        services, types = requests.service_id, requests.type_id
        domain = Domain("usage", "=", usage)
        one_service = services if len(services) == 1 else services.browse()
        domain &= Domain("service_id", "in", [*one_service.ids, False])
        one_type = types if len(types) == 1 else types.browse()
        return domain & (
            Domain("type_ids", "=", False) | Domain("type_ids", "in", one_type.ids)
        )

    def _get_text(self, request):
        """The text for ``request``; with several requests, what differs stays out.

        :param request: one request, or several
        """
        self.ensure_one()
        text = self.body
        for token, path in TOKENS.items():
            # an empty relation gives no value: nothing is written in its place
            values = {value for record in request for value in record.mapped(path)}
            value = values.pop() if len(values) == 1 else ""
            text = text.replace(f"[{token}]", value or "")
        return text
