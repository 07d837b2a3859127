from odoo import fields, models
from odoo.exceptions import UserError


class IntercommunalValidation(models.Model):
    """One file handed to somebody else."""

    _inherit = "intercommunal.validation"

    def action_delegate(
        self, delegate_id=None, date_from=None, date_to=None, comment=None, channel=None
    ):
        """Let somebody else decide on this file in one's name.

        :param int delegate_id: id of the user who decides instead
        :param date_from: first day, today when empty
        :param date_to: last day, the month to come when empty
        :param str comment: why
        """
        for run in self:
            seats = run._begin("delegate", None, None)
            sudo = run.sudo()
            if not seats.filtered(lambda seat: not seat.on_behalf_of_id):
                raise UserError(
                    self.env._("You decide for somebody else: you can't delegate that.")
                )
            delegate = self.env["res.users"].sudo().browse(delegate_id or []).exists()
            if not delegate:
                raise UserError(self.env._("Choose who decides in your name."))
            today = fields.Date.context_today(self)
            start = self._read_date(date_from) or today
            delegation = self.env["intercommunal.delegation"]._create_guarded(
                [
                    {
                        "user_id": self.env.user.id,
                        "delegate_id": delegate.id,
                        "company_id": sudo.company_id.id,
                        "date_from": start,
                        "date_to": self._read_date(date_to)
                        or fields.Date.add(start, months=1),
                        "validation_id": sudo.id,
                        "note": (comment or "").strip(),
                    }
                ]
            )
            if delegation.state == "current" and not delegation.sudo().seat_ids:
                raise UserError(
                    self.env._(
                        "%(person)s can't decide on “%(name)s”: they wrote it, approved"
                        " it already, or can't open it.",
                        person=delegate.name,
                        name=sudo.display_name,
                    )
                )
        return True

    def _record_delegation(self, delegation):
        """Keep both names in the history."""
        self._lock_run()
        self._record(
            "delegate",
            delegation.user_id,
            delegation.note,
            None,
            details={
                "delegation": delegation.id,
                "delegate": delegation.delegate_id.id,
                "until": fields.Date.to_string(delegation.date_to),
            },
        )
