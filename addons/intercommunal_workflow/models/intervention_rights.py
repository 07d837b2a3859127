from typing import ClassVar

from odoo import models
from odoo.exceptions import AccessError


class IntercommunalIntervention(models.Model):
    """Who writes which field of a job, where access rules stop at the record."""

    _inherit = "intercommunal.intervention"

    # What a team writes on its job: its times and material are lines of the report,
    # its progress goes by the actions.
    _team_fields: ClassVar[frozenset] = frozenset(
        {
            "internal_note",
            "message_follower_ids",
            "message_ids",
            "message_main_attachment_id",
            "activity_ids",
        }
    )

    def write(self, vals):
        """A team writes only what is its own; a job with a team and a date is planned.

        :raises AccessError: a leader who changes dates, team or people
        """
        if self.env.su or self._is_guard_lifted():
            return super().write(vals)
        self._check_team_fields(vals)
        result = super().write(vals)
        if {"team_id", "date_start"}.intersection(vals):
            self._plan_once_complete()
        return result

    def _check_team_fields(self, names):
        beyond = sorted(set(names) - self._team_fields)
        if not beyond:
            return
        for job in self:
            if (
                job._get_capacities() & {"leader", "agent"}
                and self.env.user not in job.sudo().service_id.manager_ids
            ):
                raise AccessError(
                    self.env._(
                        "Planning “%(name)s” is up to the service's managers: the"
                        " team writes its times and material in the report.",
                        name=job.display_name,
                    )
                )

    def _plan_once_complete(self):
        """A date and a team given by hand are a plan, as by the button."""
        for job in self:
            if job.state == "to_plan" and job.team_id and job.date_start:
                job.action_plan()
