from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .validation_step import ASKING_STEPS


class IntercommunalValidation(models.Model):
    """No case without a living holder: what changed in people's roles is followed."""

    _inherit = "intercommunal.validation"

    @api.model
    def _cron_check_holders(self):
        """Each night: seats follow the roles, and every open case is in somebody's hands.

        :return: list of sentences, one a case that nobody can act on; empty when all
            is well
        """
        steps = self.env["intercommunal.validation.step"].search(
            Domain("state", "in", ASKING_STEPS)
            & Domain("validation_id.state", "=", "open"),
            order="id",
        )
        faults = list(chain.from_iterable(steps._each_alone("_renew_seats")))
        return faults + self.env["intercommunal.request"]._check_holders()


class IntercommunalValidationStep(models.Model):
    _inherit = "intercommunal.validation.step"

    def _renew_seats(self):
        """Ask whoever holds the role today, and nobody else.

        :return: the sentence that names what is vacant, in a list; or []
        """
        self.ensure_one()
        run = self.validation_id
        run._lock_run()
        gone = self._get_deciding_seats().filtered(lambda seat: not seat._is_valid())
        gone._withdraw()
        try:
            self._ask_again()
        except UserError as error:
            rule = self.circuit_step_id
            seats = self._ask(rule._resolve_escalation(run), is_escalation=True)
            if seats:
                run._notify_escalated(seats)
            elif not self._get_deciding_seats():
                run.subject_request_id._alert_vacancy(str(error))
                return [f"{run.display_name}: {error}"]
        # an “all of them” counts those who are left
        rule = self.circuit_step_id
        if rule.quorum_mode == "all":
            done = self.seat_ids.filtered(lambda seat: seat.state == "decided")
            holders = rule._resolve(run) | done.user_id
            self._write_guarded({"quorum": max(len(holders), 1)})
            self._count_approvals()
            run._advance()
        if gone:
            run._after_event()
        return []


class IntercommunalRequest(models.Model):
    _inherit = "intercommunal.request"

    @api.model
    def _check_holders(self):
        """Put every open case in the hands of somebody alive.

        :return: list of sentences, one a case that nobody can take
        """
        lost = self.search(
            self._get_radar_domain()
            & (
                Domain("ball_user_id", "=", False)
                | Domain("ball_user_id.active", "=", False)
            )
        )
        lost._refresh_ball()
        faults = []
        for request in lost.filtered(lambda case: not case.ball_user_id.active):
            text = self.env._(
                "Nobody can act on “%(name)s”: name a manager or a director for the"
                " service “%(service)s”.",
                name=request.display_name,
                service=request.service_id.name,
            )
            request._alert_vacancy(text)
            faults.append(text)
        return faults

    def _alert_vacancy(self, text):
        """Tell the director, else an administrator, what is vacant: once a case."""
        self.ensure_one()
        summary = self.env._("A role is vacant: nobody can act")
        if any(activity.summary == summary for activity in self.activity_ids):
            return
        admins = self.env.ref(
            "intercommunal_workflow.group_intercommunal_admin"
        ).all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        service = self.service_id
        directors = service.director_id.filtered("active") or service.manager_ids
        for user in (directors.filtered("active")[:1] | admins[:1]) or self.env.user:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=fields.Date.context_today(self),
                summary=summary,
                note=text,
                user_id=user.id,
            )
