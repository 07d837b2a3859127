from odoo import fields, models
from odoo.exceptions import UserError

from .request import STAFF_GROUPS


class IntercommunalRequest(models.Model):
    """A job that an agent found on site: the service confirms it."""

    _inherit = "intercommunal.request"

    found_by_id = fields.Many2one(
        "res.users",
        "Found on site by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups=STAFF_GROUPS,
    )
    can_confirm_found = fields.Boolean(compute="_compute_can")

    def action_confirm_found(self):
        """Accept what an agent found and give it to the agent's team, now.

        Where a rule asks for an agreement before the work, the agreement comes first.

        :return: the window action of the job, or True when an agreement is awaited
        :raises UserError: nobody found it on site, or the finder has no team here
        """
        self._check_can("action_confirm_found")
        self.ensure_one()
        team = self._get_finder_team()
        self.action_accept()
        if self.sudo().state != "accepted":
            return True
        job = self._get_job_to_plan()
        job.action_plan(team.id, fields.Datetime.now())
        return job._get_window_action()

    def _get_finder_team(self):
        """The team of the person who found it, in the request's service."""
        request = self.sudo()
        finder = request.found_by_id
        team = request.service_id.team_ids.filtered(
            lambda team: finder in team.leader_id | team.member_ids
        )[:1]
        if not team:
            raise UserError(
                self.env._(
                    "Whoever found “%(name)s” is in no team of %(service)s: accept it,"
                    " then plan it.",
                    name=request.display_name,
                    service=request.service_id.name,
                )
            )
        return team

    def _get_specific_cannot_reason(self, action):
        if action == "action_confirm_found" and not self.found_by_id:
            return self.env._(
                "“%(name)s” was not found on site: accept it.", name=self.display_name
            )
        return super()._get_specific_cannot_reason(action)
