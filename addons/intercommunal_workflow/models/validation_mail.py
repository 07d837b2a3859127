from odoo import models


class IntercommunalValidation(models.Model):
    """Whom an approval tells what; nobody whose turn is over."""

    _inherit = "intercommunal.validation"

    def _notify_holders(self, seats):
        """Tell those whose turn it is, and nobody else.

        :param seats: the new `intercommunal.validation.seat`
        """
        self._tell(
            seats.user_id,
            self.env._("To approve: %(name)s", name=self.display_name),
            self.env._(
                "%(commune)s: “%(subject)s” is waiting for your decision.",
                commune=self.commune_id.name,
                subject=self.subject_name or self.display_name,
            ),
        )

    def _notify_asked(self, clarification):
        """Tell the person who must answer."""
        self._tell(
            clarification.asked_user_id,
            self.env._("Question on: %(name)s", name=self.display_name),
            clarification.question,
        )

    def _notify_answered(self, clarification):
        """Tell the person who asked: it is their turn again."""
        self._tell(
            clarification.asked_by_id,
            self.env._("Answer on: %(name)s", name=self.display_name),
            clarification.answer,
        )

    def _notify_reminder(self, seats):
        """Remind those who are asked."""
        self._tell(
            seats.user_id,
            self.env._("Reminder, to approve: %(name)s", name=self.display_name),
            self.env._(
                "%(commune)s: “%(subject)s” is waiting for your decision.",
                commune=self.commune_id.name,
                subject=self.subject_name or self.display_name,
            ),
        )

    def _notify_escalated(self, seats):
        """Tell those who are asked in addition, because the step is late."""
        self._notify_holders(seats)

    def _notify_outcome(self):
        """Tell those concerned how the run ended."""

    def _tell(self, users, subject, body):
        self.ensure_one()
        if users:
            self.message_notify(
                partner_ids=users.partner_id.ids, subject=subject, body=body
            )
