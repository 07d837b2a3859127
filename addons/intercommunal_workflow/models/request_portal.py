from odoo import fields, models
from odoo.tools import format_datetime

from .request import LATE_STATES

# The steps that a commune follows, and the states in which each one is reached.
STEPS = (
    ("submitted", ("submitted", "info_requested", "approval")),
    ("accepted", ("accepted",)),
    ("planned", ("planned",)),
    ("in_progress", ("in_progress", "rework")),
    ("to_validate", ("to_validate",)),
    ("validated", ("validated",)),
    ("closed", ("closed",)),
)


class IntercommunalRequest(models.Model):
    """What the portal shows of a request."""

    _inherit = "intercommunal.request"

    def _get_portal_steps(self):
        """The way of the request, as a parcel's.

        :return: list of dicts: key, label, date (datetime or False), status (done,
            current or next)
        """
        self.ensure_one()
        labels = self._get_portal_step_labels()
        dates = self._get_portal_step_dates()
        position = next(
            (index for index, step in enumerate(STEPS) if self.state in step[1]), -1
        )
        steps = []
        for index, (key, _states) in enumerate(STEPS):
            here = index == position
            detour = here and self.state != key
            reached = index <= position or key == "planned"
            steps.append(
                {
                    "key": key,
                    "label": self._get_state_label() if detour else labels[key],
                    # the step goes on; what stops it began when the turn passed
                    "date": reached
                    and (
                        self.ball_since
                        if here and self.state in ("info_requested", "approval")
                        else dates[key]
                    ),
                    "status": "current"
                    if here
                    else "done"
                    if index < position
                    else "next",
                }
            )
        return steps

    def _get_portal_step_labels(self):
        """What each step means for the commune."""
        return {
            "submitted": self.env._("Request sent"),
            "accepted": self.env._("Accepted by the service"),
            "planned": self.env._("Work planned"),
            "in_progress": self.env._("Work in progress"),
            "to_validate": self.env._("Report to approve"),
            "validated": self.env._("Work approved"),
            "closed": self.env._("File closed"),
        }

    def _get_portal_step_dates(self):
        job = self._get_portal_current_job()
        return {
            "submitted": self.date_submitted,
            "accepted": self.date_accepted,
            "planned": job.date_start,
            "in_progress": job.started_at,
            "to_validate": job.report_id.sent_at,
            "validated": self.date_validated,
            "closed": self.date_closed,
        }

    def _get_portal_current_job(self):
        """The job that decides where the request stands: the first not yet approved."""
        jobs = self.sudo().intervention_ids.filtered(lambda j: j.state != "cancelled")
        return jobs.filtered(lambda j: j.state != "approved")[:1] or jobs[:1]

    def _get_portal_now(self):
        """What happens now, in one sentence for the commune; "" when nothing does."""
        self.ensure_one()
        job = self._get_portal_current_job()
        if job.state == "blocked":
            return self._get_portal_stop(job)
        if self.state == "planned" and job.date_start:
            date = format_datetime(
                self.env, job.date_start, tz=self.env.tz.zone, dt_format="short"
            )
            if job.date_start < fields.Datetime.now():
                return self.env._("The team was expected on %(date)s.", date=date)
            return self.env._(
                "%(team)s comes on %(date)s.", team=job.team_id.name, date=date
            )
        return {
            "submitted": self.env._("The service reads your request."),
            "info_requested": self.env._("The service waits for your answer."),
            "approval": self.env._("An agreement is awaited before the work."),
            "accepted": self.env._("The service plans the work."),
            "planned": self.env._("The team will come."),
            "in_progress": self.env._("The team is at work."),
            "to_validate": self.env._("The report waits for approval."),
            "rework": self.env._("The team does the work again."),
            "validated": self.env._("The work is approved."),
        }.get(self.state, "")

    def _get_portal_deadline(self):
        """The day that the service commits to, while it is still to come; or False."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        runs = self.state in LATE_STATES and self.state != "to_validate"
        return runs and self.deadline and self.deadline >= today and self.deadline

    def _get_portal_stop(self, job):
        """Why the work stands still; what the team wrote about it is the service's."""
        if job.block_reason == "other":
            return self.env._("The work is stopped for the moment.")
        reasons = dict(job._fields["block_reason"]._description_selection(self.env))
        return self.env._(
            "The work is stopped for the moment (%(reason)s).",
            reason=reasons[job.block_reason].lower(),
        )

    def _get_portal_holder(self):
        """Name of the person who must act, which portal users may know; or ""."""
        if self.ball in ("finance", "nobody"):
            return ""
        return self.sudo().ball_user_id.name or ""

    def _get_portal_answers(self):
        """Stored answers to the type's questions, by name of the question."""
        self.ensure_one()
        [values] = self.read(["properties"], load=None)
        return {
            answer["name"]: answer["value"]
            for answer in values["properties"] or []
            if answer.get("value") is not None
        }

    def _get_portal_jobs(self):
        """The interventions with what a commune may know of them.

        Team and leader names are shown although portal users can't read those records.
        """
        self.check_access("read")
        return self.sudo().intervention_ids.filtered(
            lambda job: job.state not in ("to_plan", "cancelled")
        )

    def _get_portal_messages(self):
        """The public history, newest first: internal notes never show.

        What the commune itself sent (its request, its answers) mails the service
        alone, yet it is the commune's own words.
        """
        self.check_access("read")
        own = self.env.ref("intercommunal_workflow.mt_request_submitted")
        return (
            self.sudo()
            .message_ids.filtered(
                lambda message: (
                    not message.is_internal
                    and message.subtype_id
                    and (not message.subtype_id.internal or message.subtype_id == own)
                    and (
                        message.body
                        or message.attachment_ids
                        or message.subtype_id.description
                    )
                )
            )
            .sorted("id", reverse=True)
        )

    def _get_portal_message_author(self, message):
        """Who speaks; what nobody in person did, the intercommunality did."""
        robot = self.env.ref("base.partner_root")
        author = message.author_id
        return self.company_id.name if author == robot else author.name

    def _get_portal_message_title(self, message):
        """What happened, above the words of ``message``; "" for a mere message."""
        if self._is_commune_answer(message):
            return self.env._("The commune answered.")
        return message.subtype_id.description or ""

    def _is_commune_answer(self, message):
        """Whether it was sent again with an answer to the service's question."""
        own = self.env.ref("intercommunal_workflow.mt_request_submitted")
        return message.subtype_id == own and bool(message.body)

    def _prepare_repeat_vals(self, requester):
        """Values of a new draft that asks the same again."""
        self.ensure_one()
        return {
            "name": self.name,
            "description": self.description,
            "commune_id": self.commune_id.id,
            "requester_id": requester.id,
            "service_id": self.service_id.id,
            "type_id": self.type_id.id,
            "site_id": self.site_id.id,
            "address": self.address,
            "priority": self.priority,
            "properties": self._get_answers_to_repeat(),
        }

    def _get_answers_to_repeat(self):
        """Stored answers, except a day that is over: the new request has its own."""
        today = fields.Date.context_today(self)
        [values] = self.read(["properties"], load=None)
        over = {
            answer["name"]
            for answer in values["properties"] or []
            if answer["type"] in ("date", "datetime")
            and answer.get("value")
            and fields.Date.to_date(answer["value"]) < today
        }
        answers = self._get_portal_answers()
        return {name: answer for name, answer in answers.items() if name not in over}
