from odoo import models
from odoo.exceptions import UserError

MAX_PARTS = 30


class IntercommunalRequest(models.Model):
    """One request, several jobs; several requests, one team."""

    _inherit = "intercommunal.request"

    def action_split(self, parts=None):
        """Make several jobs of one request.

        :param list parts: dicts ``name``, and optionally ``team_id``, ``date_start``,
            ``date_end`` (UTC), ``instructions``; a part with a team and a date is
            planned at once
        :return: the window action of the new jobs
        :raises UserError: fewer than one part, too many, or one without a name
        """
        self._check_can("action_split")
        self.ensure_one()
        parts = [part for part in parts or [] if isinstance(part, dict)]
        if not 1 <= len(parts) <= MAX_PARTS:
            raise UserError(
                self.env._("Describe from 1 to %(max)s jobs.", max=MAX_PARTS)
            )
        if not all(self._clean_text(part.get("name")) for part in parts):
            raise UserError(self.env._("Give each job a name."))
        jobs = self.env["intercommunal.intervention"].create(
            [self._prepare_part_vals(part) for part in parts]
        )
        waiting = self.intervention_ids.filtered(
            lambda job: (
                job.state == "to_plan" and job not in jobs and not job.report_ids
            )
        )
        # the job that stood for the whole gives way to its parts
        if waiting:
            waiting.sudo()._transition(
                "cancelled", message=self.env._("Split into several jobs.")
            )
        for job, part in zip(jobs, parts, strict=True):
            if part.get("team_id") and part.get("date_start"):
                job.action_plan(
                    part["team_id"], part["date_start"], part.get("date_end")
                )
        return jobs._get_window_action()

    def _prepare_part_vals(self, part):
        return {
            **self._prepare_intervention_vals(),
            "name": self._clean_text(part["name"]),
            "instructions": self._clean_text(part.get("instructions")) or False,
            "team_id": part.get("team_id") or False,
        }

    def action_assign(self, team_id=False):
        """Give the requests to a team, which is then to be given a date.

        Jobs that are planned already keep their team.

        :param int team_id: id of the team
        """
        self._check_can("action_assign")
        team = self.env["intercommunal.team"].browse(team_id or []).exists()
        if not team:
            raise UserError(self.env._("Choose a team."))
        for request in self:
            if team.service_id != request.service_id:
                raise UserError(
                    self.env._(
                        "The team “%(team)s” does not work for “%(service)s”"
                        " (%(name)s): choose another team or re-route the request.",
                        team=team.name,
                        service=request.service_id.name,
                        name=request.display_name,
                    )
                )
        idle = self.filtered(lambda request: not request._get_jobs_to_plan())
        self.env["intercommunal.intervention"].create(
            [request._prepare_intervention_vals() for request in idle]
        )
        self._get_jobs_to_plan().write(
            {"team_id": team.id, "leader_id": team.leader_id.id}
        )
        return True

    def _get_jobs_to_plan(self):
        return self.intervention_ids.filtered(lambda job: job.state == "to_plan")

    def _name_with_states(self):
        """The numbers of these requests with their states, ten at most."""
        names = [
            f"{request.reference or request.name} ({request._get_state_label()})"
            for request in self[:10]
        ]
        return ", ".join([*names, "…"] if len(self) > 10 else names)

    def action_accept_all(self):
        """Accept those of these requests that can be accepted, and name the others.

        :return: the notification that says how many, and why not the others
        """
        self.check_access("read")
        reasons = {
            request: request._get_cannot_reason("action_accept") for request in self
        }
        ready = self.filtered(lambda request: not reasons[request])
        ready.action_accept()
        left = self - ready
        parts = [
            self.env._(
                "%(done)s accepted, %(left)s left.", done=len(ready), left=len(left)
            )
            if left
            else self.env._("Requests accepted: %(done)s.", done=len(ready))
        ]
        # one sentence each would fill the screen: where each stands says it all
        elsewhere = left.filtered(
            lambda request: request.state not in self._sources["action_accept"]
        )
        if elsewhere:
            parts.append(
                self.env._(
                    "Nothing to accept any more: %(names)s.",
                    names=elsewhere._name_with_states(),
                )
            )
        parts += [reasons[request] for request in (left - elsewhere)[:5]]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "sticky": bool(left),
                "message": " ".join(parts),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
