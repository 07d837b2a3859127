from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

# What a text may name, by the field of the request that it is read from; in the
# language of the code and in that of the interface.
TOKENS = {
    "référence": "reference",
    "objet": "name",
    "demandeur": "requester_id.name",
    "échéance": "deadline",
    "passage": "visit",
    "reference": "reference",
    "subject": "name",
    "commune": "commune_id.name",
    "service": "service_id.name",
    "type": "type_id.name",
    "site": "place",
    "requester": "requester_id.name",
    "deadline": "deadline",
    "visit": "visit",
}
# For what a text is sent; those of REASONED come with a reason.
USAGES = [
    ("ask", "Question to the commune"),
    ("message", "Message to the commune"),
    ("answer", "Answer to whoever decides"),
    ("refuse", "Refusal"),
    ("cancel", "Cancellation"),
    ("reconsider", "Back to triage"),
]


class IntercommunalReply(models.Model):
    """A text that a service sends often, proposed where it fits: by what is being
    written, by the state of the request and by its type."""

    _name = "intercommunal.reply"
    _description = "Reply Template"
    _order = "usage, sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    usage = fields.Selection(USAGES, "Proposed for", required=True, default="ask")
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
    stage_ids = fields.Many2many(
        "intercommunal.stage",
        "intercommunal_reply_stage_rel",
        "reply_id",
        "stage_id",
        "At these stages",
        ondelete="restrict",
        domain="[('service_id', 'in', (service_id, False)), ('state', '!=', 'draft')]",
        help="Empty: at every stage. A column of the board stands for its state.",
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
        help="[reference], [subject], [commune], [service], [type], [site], [requester],"
        " [deadline] and [visit] (the next planned day) are replaced by those of the"
        " request.",
    )
    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )

    @api.model
    def get_messages(self, request_id):
        """Texts that fit a message on this request, filled in.

        :param int request_id: an `intercommunal.request`
        :return: list of dicts ``{"id", "name", "text"}``, in the order of the list
        :raises AccessError: the user reads no templates, or not this request
        """
        request = self.env["intercommunal.request"].browse(request_id)
        request.check_access("read")
        replies = self.search(self._get_domain_for("message", request))
        return [
            {"id": reply.id, "name": reply.name, "text": reply._get_text(request)}
            for reply in replies
        ]

    @api.model
    def _find_for(self, usage, requests):
        """Templates to propose for these requests; none to who reads none, such as a
        team leader."""
        if not self.has_access("read"):
            return self.browse()
        return self.search(self._get_domain_for(usage, requests))

    @api.model
    def _get_domain_for(self, usage, requests):
        """Templates that fit all of these requests: their service, type and state.

        :param str usage: key of `USAGES`
        """
        services, types = requests.service_id, requests.type_id
        domain = Domain("usage", "=", usage)
        one_service = services if len(services) == 1 else services.browse()
        domain &= Domain("service_id", "in", [*one_service.ids, False])
        one_type = types if len(types) == 1 else types.browse()
        domain &= Domain("type_ids", "=", False) | Domain(
            "type_ids", "in", one_type.ids
        )
        every_stage = Domain("stage_ids", "=", False)
        states = set(requests.mapped("state"))
        return domain & Domain.AND(
            every_stage | Domain("stage_ids.state", "=", state) for state in states
        )

    def _get_text(self, request):
        """The text for ``request``; with several requests, what differs stays out.

        :param request: one request, or several
        """
        self.ensure_one()
        text = self.body
        for token, path in TOKENS.items():
            if f"[{token}]" not in text:
                continue
            values = {self._get_value(record, path) for record in request}
            text = text.replace(f"[{token}]", values.pop() if len(values) == 1 else "")
        return text

    @api.model
    def _get_value(self, request, path):
        """What stands for a token, in words; "" when the request has nothing to say."""
        if path == "visit":
            start = request._get_portal_current_job().date_start
            value = start and request.company_id._to_working_day(start)
        elif path == "place":
            value = request.site_id.name or request.address
        else:
            [value] = request.mapped(path) or [""]
        if isinstance(value, date):
            # the day of the week is what people remember; the commune reads it
            lang = request.requester_id.lang or request.company_id.partner_id.lang
            value = format_date(
                self.env, value, lang_code=lang, date_format="EEEE d MMMM"
            )
        return value or ""
