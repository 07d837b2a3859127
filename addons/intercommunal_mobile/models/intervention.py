from datetime import UTC, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

REPORT_ACTIVITY = "intercommunal_mobile.mail_activity_type_report"
# Days of jobs that a phone keeps, before and after today.
DAYS_BACK = 30
DAYS_AHEAD = 14
MAX_JOBS = 200
ACTION_OF_KIND = {
    "report": "action_open_report",
    "start": "action_start",
    "block": "action_block",
    "resume": "action_resume",
}


class IntercommunalIntervention(models.Model):
    """What a phone is told of a job."""

    _inherit = "intercommunal.intervention"

    def _expects(self, kind):
        """Whether the current user may send a ``kind`` of message on this job now.

        An agent of the job writes its report; its leader sends it.
        """
        if not self:
            return False
        self.ensure_one()
        job = self.sudo(False).with_user(self.env.user)
        action = ACTION_OF_KIND[kind]
        if not job._get_cannot_reason(action):
            return True
        return (
            kind == "report"
            and "agent" in job._get_capacities()
            and not job._get_cannot_state_reason(action)
        )

    def _expects_sender(self, user):
        """Whether ``user`` may send a report of this job, not only write it."""
        self.ensure_one()
        job = self.sudo(False).with_user(user)
        return not job._get_cannot_actor_reason("action_open_report")

    def _on_report_sent(self):
        """Nobody has a report of this job to send any more."""
        result = super()._on_report_sent()
        self.sudo().activity_feedback([REPORT_ACTIVITY])
        return result

    @api.model
    def _get_mine_domain(self):
        """Jobs that the current user leads or works on."""
        return Domain.OR(
            [
                Domain("leader_id", "=", self.env.uid),
                Domain("team_id.leader_id", "=", self.env.uid),
                Domain("agent_ids", "in", self.env.uid),
            ]
        )

    @api.model
    def _get_field_domain(self):
        """Jobs of the current user that a phone keeps."""
        now = fields.Datetime.now()
        dated = Domain("date_start", ">=", now - timedelta(days=DAYS_BACK)) & Domain(
            "date_start", "<=", now + timedelta(days=DAYS_AHEAD)
        )
        open_states = ("planned", "in_progress", "blocked", "to_report", "rework")
        return (
            self._get_mine_domain()
            & Domain("state", "in", open_states)
            & (dated | Domain("state", "!=", "planned"))
        )

    @api.model
    def _get_field_jobs(self):
        """The jobs of the current user, as their phone shows them.

        :return: list of JSON-able dicts, the next first
        """
        mine = self._get_field_domain()
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        midnight = today.astimezone(UTC).replace(tzinfo=None)
        coming = Domain("date_start", ">=", midnight)
        jobs = self.search(mine & coming, order="date_start, id", limit=MAX_JOBS)
        # many old ones never hide what is planned today and later; a limit of 0 is none
        if room := MAX_JOBS - len(jobs):
            latest = "date_start desc, id desc"
            jobs = self.search(mine & ~coming, order=latest, limit=room)[::-1] + jobs
        # the job is the user's: its commune, place and people are read with it
        return [job._prepare_field_vals() for job in jobs.sudo()]

    def _prepare_field_vals(self):
        """One job as JSON: what a team needs on site, and nothing internal."""
        self.ensure_one()
        site = self.site_id
        referent = self.request_id.referent_id
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "id": self.id,
            "reference": self.reference or "",
            "name": self.name,
            "state": self.state,
            "state_label": labels[self.state],
            "start": self._to_iso(self.date_start),
            "end": self._to_iso(self.date_end),
            # when it really began
            "started": self._to_iso(self.started_at),
            "hours": self.duration,
            "priority": self.priority or "0",
            "commune": self.commune_id.name,
            "site_id": site.id or 0,
            "site": site.name or "",
            "address": self.address or site.street or "",
            "latitude": site.latitude or None,
            "longitude": site.longitude or None,
            "instructions": self.instructions or "",
            "description": self.request_description or "",
            "referent": referent.name or "",
            "phone": referent.phone or "",
            "email": referent.email or "",
            "block_note": self.block_note or "",
            **self._prepare_returned_vals(),
            "version": self.report_count + 1,
            "can_send": not self.sudo(False)._get_cannot_actor_reason(
                "action_open_report"
            ),
            "answers": self.request_id._get_answers(),
            "locate": self.team_id.locate_reports,
            "outline": self.type_id.report_template or "",
            "checklist": [
                line.strip()
                for line in (self.checklist or "").splitlines()
                if line.strip()
            ],
            "agents": [
                {
                    "id": user.id,
                    "name": user.name,
                    "here": user in self.agent_ids,
                }
                for user in self.team_id.member_ids | self.agent_ids | self.leader_id
            ],
            "products": [
                {
                    "id": product.id,
                    "name": product.display_name,
                    "unit": product.uom_id.name,
                    "by_time": product.type == "service",
                }
                for product in self.type_id.product_ids
            ],
        }

    @api.model
    def _to_iso(self, moment):
        """A stored moment as ISO 8601 in UTC, or ""."""
        return f"{moment.isoformat()}Z" if moment else ""
