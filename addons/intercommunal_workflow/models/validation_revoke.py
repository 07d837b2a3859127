from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

REVOCABLE_KINDS = ("approve", "approve_reserves", "rework", "refuse", "arbitrate")
REVOKE_MINUTES = 10


class IntercommunalValidation(models.Model):
    """Taking back one's own decision at once, and starting an approval over."""

    _inherit = "intercommunal.validation"

    def action_revoke(self, comment=None, channel=None):
        """Take back one's own last decision, within ten minutes.

        The decision stays in the history; the file is asked for again where it was.

        :param str comment: optional words
        :raises UserError: too late, or something has followed from it
        """
        for run in self:
            run._check_can("action_revoke")
            sudo = run.sudo()
            sudo._lock_run()
            # again, now that nobody else moves
            run._check_can("action_revoke")
            decisions = sudo._get_revocable()
            seats = sudo._get_seats_of(decisions)
            closed = sudo.state != "open"
            if closed:
                sudo._get_subject()._reopen_validation(sudo)
                sudo._transition("open", {"closed_at": False})
            sudo._undo(seats)
            sudo._record(
                "revoke",
                self.env.user,
                (comment or "").strip(),
                channel,
                seat=seats[:1],
                details={"decisions": decisions.ids},
            )
            sudo._after_event()
        return True

    def action_restart(self, reason=None, channel=None):
        """Ask again from the start, under today's circuit; the old run stays readable.

        :param str reason: why
        :return: the window action of the new run
        """
        self._check_can("action_restart")
        self.ensure_one()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the approval starts again."))
        run = self.sudo()
        subject = run._get_subject()
        run._close("cancelled", "restart", reason, self.env.user, channel)
        new = subject._open_validation()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------------ revoke

    def _get_revocable(self):
        """The decisions that may still be taken back: the last words of the run.

        :return: decisions of one person, made in one go; empty when it is too late
        """
        self.ensure_one()
        decisions = self.decision_ids.sorted("id", reverse=True)
        last = decisions[:1]
        limit = fields.Datetime.now() - timedelta(minutes=REVOKE_MINUTES)
        if last.kind not in REVOCABLE_KINDS or last.decided_at < limit:
            return decisions.browse()
        # one person may have decided on several seats at once
        together = decisions.browse()
        for decision in decisions:
            if (decision.kind, decision.user_id, decision.decided_at) != (
                last.kind,
                last.user_id,
                last.decided_at,
            ):
                break
            together |= decision
        # an earlier step was asked again: there is no way back from there
        decided = self._get_seats_of(together).mapped("state")
        return together if set(decided) == {"decided"} else decisions.browse()

    def _get_seats_of(self, decisions):
        return self.seat_ids.filtered(lambda seat: seat.decision_id in decisions)

    def _get_specific_cannot_reason(self, action):
        if action == "action_revoke":
            if not self._get_revocable():
                return self.env._(
                    "This decision can't be taken back any more: it is more than ten"
                    " minutes old, or something has followed."
                )
            if self.state != "open":
                return self._get_subject()._get_cannot_reopen_reason()
        return super()._get_specific_cannot_reason(action)

    def _undo(self, seats):
        """Ask again where these decisions were made, and nobody beyond."""
        steps = seats.validation_step_id
        beyond = self.step_ids.filtered(
            lambda step: (
                step not in steps
                and (
                    step.is_arbitration or step.sequence > max(steps.mapped("sequence"))
                )
            )
        )
        beyond._leave()
        beyond._write_guarded(
            {"state": "waiting", "opened_at": False, "closed_at": False}
        )
        # what the decision cut short; before an arbitration, others had
        beside = (self.step_ids - steps - beyond).filtered(
            lambda step: (
                step.state == "skipped"
                and step.opened_at
                and step.sequence in steps.mapped("sequence")
                and not any(steps.mapped("is_arbitration"))
            )
        )
        seats._write_guarded({"state": "withdrawn"})
        seats.flush_recordset(["state"])
        for step in steps | beside:
            step._write_guarded(
                {
                    "state": "escalated" if step.escalated_at else "pending",
                    "closed_at": False,
                }
            )
            step._ask_again()
