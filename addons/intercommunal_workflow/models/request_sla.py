from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from .request import CLOSED_STATES

# The work is done, or will not be: no delay runs.
DONE_STATES = ("validated", *CLOSED_STATES)
# What the delay of a request depends on.
_SLA_FIELDS = frozenset({"priority", "type_id", "service_id"})


class IntercommunalRequest(models.Model):
    """The delays that a service promises, in its working hours.

    A deadline is worked out once, when something changes it; who is late is found by
    a cron for all requests at once, so that reading a board computes nothing.
    """

    _inherit = "intercommunal.request"

    sla_answer_deadline = fields.Datetime(
        "To be taken up by", readonly=True, copy=False
    )
    sla_deadline = fields.Datetime("To be finished by", readonly=True, copy=False)
    sla_paused_at = fields.Datetime(readonly=True, copy=False)
    is_overdue = fields.Boolean("Overdue", readonly=True, copy=False)

    _sla_idx = models.Index(
        "(sla_deadline) WHERE sla_deadline IS NOT NULL AND is_overdue IS NOT TRUE"
        " AND state NOT IN ('draft', 'validated', 'closed', 'refused', 'cancelled')"
    )
    _sla_answer_idx = models.Index(
        "(sla_answer_deadline) WHERE state = 'submitted' AND is_overdue IS NOT TRUE"
    )
    _overdue_idx = models.Index("(id) WHERE is_overdue")

    # ------------------------------------------------------------------ events

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        requests = self.sudo()
        if target == "info_requested":
            requests._write_guarded({"sla_paused_at": fields.Datetime.now()})
        else:
            requests.filtered("sla_paused_at")._resume_deadlines()
        if target == "submitted":
            answered = ("refused", "accepted")
            requests.filtered(
                lambda request: old_states[request.id] in answered
            )._restart_deadlines(old_states)
        if target in DONE_STATES:
            requests.filtered("is_overdue")._write_guarded({"is_overdue": False})
        return result

    def _after_first_sent(self):
        super()._after_first_sent()
        self._set_deadlines()

    def write(self, vals):
        result = super().write(vals)
        if _SLA_FIELDS.intersection(vals):
            self.sudo().filtered(
                lambda request: (
                    request.date_submitted and request.state not in DONE_STATES
                )
            )._set_deadlines()
        return result

    def _set_deadlines(self):
        """Work the deadlines out from the sending."""
        slas = self.env["intercommunal.sla"].sudo()._map_to(self)
        for request, sla in slas.items():
            start, company = request.date_submitted, request.company_id
            answer = company._add_working_hours(start, sla.answer_hours)
            done = company._add_working_hours(start, sla.done_hours)
            if (answer, done) != (request.sla_answer_deadline, request.sla_deadline):
                request._write_deadlines(answer, done)

    def _write_deadlines(self, answer, done):
        """Write both; the day that the service commits to follows unless it chose
        another one."""
        self.ensure_one()
        vals = {"sla_answer_deadline": answer, "sla_deadline": done}
        before, to_day = self.sla_deadline, self.company_id._to_working_day
        if not self.deadline or (before and self.deadline == to_day(before)):
            vals["deadline"] = done and to_day(done)
        self._write_guarded(vals)

    def _resume_deadlines(self):
        """The commune has answered: what was left when it was asked is left now."""
        now = fields.Datetime.now()
        for request in self:
            paused, company = request.sla_paused_at, request.company_id
            request._write_deadlines(
                *(
                    company._add_working_hours(
                        now, company._count_working_hours(paused, deadline)
                    )
                    if deadline and deadline > paused
                    else deadline
                    for deadline in (request.sla_answer_deadline, request.sla_deadline)
                )
            )
        self._write_guarded({"sla_paused_at": False})

    def _restart_deadlines(self, old_states):
        """The service had answered and must answer again: from now on. A refusal that
        is contested had stopped the work as well."""
        now = fields.Datetime.now()
        for request, sla in self.env["intercommunal.sla"].sudo()._map_to(self).items():
            company, done = request.company_id, request.sla_deadline
            if old_states[request.id] == "refused":
                done = company._add_working_hours(now, sla.done_hours)
            request._write_deadlines(
                company._add_working_hours(now, sla.answer_hours), done
            )

    # -------------------------------------------------------------------- cron

    @api.model
    def _get_overdue_domain(self):
        """Requests that should be taken up, or finished, by now."""
        now = fields.Datetime.now()
        untaken = Domain("state", "=", "submitted") & Domain(
            "sla_answer_deadline", "<", now
        )
        unfinished = Domain("state", "not in", ("draft", *DONE_STATES)) & Domain(
            "sla_deadline", "<", now
        )
        return Domain("sla_paused_at", "=", False) & (untaken | unfinished)

    @api.model
    def _cron_flag_overdue(self):
        """Flag what has become late, and tell its holder once; unflag the rest."""
        overdue = self._get_overdue_domain()
        late = self.search(Domain("is_overdue", "=", False) & overdue)
        late._write_guarded({"is_overdue": True})
        for request in late:
            request._tell_overdue()
        in_time = self.search(Domain("is_overdue", "=", True) & ~overdue)
        in_time._write_guarded({"is_overdue": False})

    def _tell_overdue(self):
        """Tell whoever must act, and the service's director."""
        self.ensure_one()
        people = self.ball_user_id | self.service_id.director_id
        people = people.filtered(lambda user: user.active and not user.share)
        if not people:
            return
        self.message_notify(
            partner_ids=people.partner_id.ids,
            subject=self.env._("Overdue: %(name)s", name=self.name),
            body=plaintext2html(
                self.env._(
                    "“%(name)s” (%(commune)s) has passed the delay of the service"
                    " “%(service)s”.",
                    name=self.display_name,
                    commune=self.commune_id.name,
                    service=self.service_id.name,
                )
            ),
        )
