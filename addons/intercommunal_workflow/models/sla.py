from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .request import REQUEST_PRIORITIES


class IntercommunalSla(models.Model):
    """Within how many working hours a service takes a request up, and finishes it."""

    _name = "intercommunal.sla"
    _description = "Service Level"
    _order = "service_id, type_id, priority desc, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    # the company follows from it: checking it against the company would offer none
    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="service_id.company_id", store=True, index=True
    )
    type_id = fields.Many2one(
        "intercommunal.request.type",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
        domain="[('service_id', '=', service_id)]",
        help="Empty: every type of the service that has no delay of its own.",
    )
    priority = fields.Selection(
        REQUEST_PRIORITIES,
        help="Empty: every priority that has no delay of its own.",
    )
    answer_hours = fields.Float(
        "To take it up (hours)",
        help="Working hours from the sending to the first answer: accepted, refused or"
        " a question. 0: no such delay.",
    )
    done_hours = fields.Float(
        "To finish it (hours)",
        help="Working hours from the sending to the approved work. The time of the"
        " commune does not count. 0: no such delay.",
    )
    active = fields.Boolean(default=True)

    _case_uniq = models.UniqueIndex(
        "(service_id, COALESCE(type_id, 0), COALESCE(priority, '')) WHERE active",
        "These requests already have a delay.",
    )
    _hours_positive = models.Constraint(
        "CHECK(answer_hours >= 0 AND done_hours >= 0)", "A delay can't be negative."
    )

    @api.depends("service_id", "type_id", "priority")
    def _compute_name(self):
        labels = dict(self._fields["priority"]._description_selection(self.env))
        for sla in self:
            parts = (sla.type_id.name or sla.service_id.name, labels.get(sla.priority))
            sla.name = " · ".join(part for part in parts if part)

    @api.constrains("answer_hours", "done_hours")
    def _check_hours_in_order(self):
        """Both run from the sending: what is finished was taken up."""
        if any(0 < sla.done_hours < sla.answer_hours for sla in self):
            raise ValidationError(
                self.env._(
                    "A service takes a request up before it finishes it: the delay to"
                    " finish can't be shorter than the one to take up (0: no such"
                    " delay)."
                )
            )

    @api.model
    def _map_to(self, requests):
        """The delay of each request, the most precise first: its type and priority,
        its type, its priority, its service.

        In one query, whatever their number.

        :return: dict request → delay, empty where the service has none
        """
        slas = self.search([("service_id", "in", requests.service_id.ids)])
        by_case = {
            (sla.service_id.id, sla.type_id.id, sla.priority): sla for sla in slas
        }
        found = {}
        for request in requests:
            service, type_ = request.service_id.id, request.type_id.id
            cases = (
                (service, type_, request.priority),
                (service, type_, False),
                (service, False, request.priority),
                (service, False, False),
            )
            found[request] = next(
                (by_case[case] for case in cases if case in by_case), self.browse()
            )
        return found
