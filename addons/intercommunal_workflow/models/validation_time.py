import logging

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .validation_step import ASKING_STEPS

_logger = logging.getLogger(__name__)

# A commune's silence counts only after this many reminders.
TACIT_REMINDERS = 2


class IntercommunalValidation(models.Model):
    """What time does to approvals: reminders, escalation, tacit acceptance."""

    _inherit = "intercommunal.validation"

    @api.model
    def _cron_follow_up(self):
        """Every hour: stand-ins of today, reminders, escalation, tacit acceptance.

        One file that can't go on never stops the others.
        """
        self.env["intercommunal.delegation"]._cron_follow_dates()
        steps = self.env["intercommunal.validation.step"].search(
            Domain("state", "in", ("pending", "escalated"))
            & Domain("validation_id.state", "=", "open"),
            order="id",
        )
        steps._each_alone("_follow_up")


class IntercommunalValidationStep(models.Model):
    _inherit = "intercommunal.validation.step"

    def _each_alone(self, name):
        """Call the method ``name`` on each step: one faulty file never stops the others.

        :return: list of what the calls returned, without those that failed
        """
        results = []
        for step in self:
            try:
                with self.env.cr.savepoint():
                    results.append(getattr(step, name)())
            except Exception:  # any fault of one file, kept in the log with its trace
                _logger.exception("%s failed on approval step %s", name, step.id)
        return results

    def _follow_up(self):
        """Remind, escalate or accept by silence, as the step's rule says."""
        self.ensure_one()
        run = self.validation_id
        run._lock_run()
        # it may have been decided while others were followed up
        self.invalidate_recordset(["state"])
        if run.state != "open" or self.state not in ASKING_STEPS:
            return
        today = fields.Date.context_today(self)
        is_late = bool(self.date_due and self.date_due < today)
        if is_late and self._is_tacit():
            self._accept_tacitly()
        elif is_late and not self.escalated_at and self._escalate():
            pass
        elif self._is_reminder_due(today):
            self._remind()

    def _is_reminder_due(self, today):
        every = self.circuit_step_id.reminder_days
        last = self.reminded_at or self.opened_at
        if not (every and last):
            return False
        day = fields.Datetime.context_timestamp(self, last).date()
        return self.company_id._count_working_days(day, today) >= every

    def _remind(self):
        self._write_guarded(
            {
                "reminded_at": fields.Datetime.now(),
                "reminder_count": self.reminder_count + 1,
            }
        )
        seats = self.seat_ids.filtered(lambda seat: seat.state == "pending")
        self.validation_id._notify_reminder(seats)

    def _escalate(self):
        """Ask those who are named for when it is late.

        :return: whether somebody is asked in addition
        """
        rule = self.circuit_step_id
        run = self.validation_id
        if not rule.escalation_resolver:
            return False
        seats = self._ask(rule._resolve_escalation(run), is_escalation=True)
        if not seats:
            return False
        self._write_guarded(
            {"state": "escalated", "escalated_at": fields.Datetime.now()}
        )
        run._from_channel("system")._record(
            "escalate",
            self.env.ref("base.user_root"),
            self.env._(
                "Late since %(date)s.", date=format_date(self.env, self.date_due)
            ),
            None,
            details={"asked": seats.user_id.ids},
        )
        run._notify_escalated(seats)
        run._after_event()
        return True

    # ------------------------------------------------------------------- tacit

    def _is_tacit(self):
        """Whether the commune's silence counts as its approval.

        Only where the agreement says so, below its ceiling, after two reminders.
        """
        run = self.validation_id
        ceiling = run._get_subject()._get_tacit_ceiling()
        return (
            ceiling >= 0
            and not self.is_arbitration
            and self.circuit_step_id.resolver == "commune_role"
            and self.reminder_count >= TACIT_REMINDERS
            and run.currency_id.compare_amounts(run.amount, ceiling) <= 0
            and run._get_subject()._get_validation_hash() == run.content_hash
        )

    def _accept_tacitly(self):
        run = self.validation_id._from_channel("system")
        run._record(
            "tacit",
            self.env.ref("base.user_root"),
            self.env._(
                "Accepted by silence after %(count)s reminders, as the agreement says.",
                count=self.reminder_count,
            ),
            None,
            details={"step": self.id},
        )
        self._finish("approved")
        run._advance()
        run._after_event()

    # ------------------------------------------------------------------ renewal

    def _ask_again(self):
        """Ask whoever should decide at these steps and is not asked."""
        for step in self:
            rule = step.circuit_step_id
            run = step.validation_id
            seats = step._ask(rule._get_deciders(run)[0])
            if step.escalated_at:
                seats |= step._ask(rule._resolve_escalation(run), is_escalation=True)
            if seats:
                run._notify_holders(seats)
