from datetime import timedelta
from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .request import CLOSED_STATES, OPEN_STATES, SENT_STATES, WORK_STATES


def _others(state):
    return tuple(other for other in WORK_STATES if other != state)


class IntercommunalRequest(models.Model):
    """The states of a request: who moves it where, and what follows from it."""

    _inherit = "intercommunal.request"

    _transitions: ClassVar[dict] = {
        "draft": ("submitted", "cancelled"),
        "submitted": (
            "info_requested",
            "approval",
            "accepted",
            "refused",
            "cancelled",
        ),
        "info_requested": ("submitted", "approval", "refused", "cancelled"),
        "approval": ("info_requested", "accepted", "refused", "cancelled"),
        # to "approval" when an agreement is revoked at once; to "submitted" to change
        # what was agreed on
        "accepted": (*_others("accepted"), "approval", "submitted", "cancelled"),
        "planned": (*_others("planned"), "cancelled"),
        "in_progress": (*_others("in_progress"), "cancelled"),
        "to_validate": _others("to_validate"),
        "rework": (*_others("rework"), "cancelled"),
        "validated": (*_others("validated"), "closed"),
        # the referent may contest a refusal once, with something new; a decider may
        # revoke one at once
        "refused": ("submitted", "approval"),
        "closed": (),
        "cancelled": (),
    }
    _moves: ClassVar[dict] = {
        "action_submit": "submitted",
        "action_withdraw": "cancelled",
        "action_accept": "accepted",
        "action_reject": "refused",
        "action_ask_info": "info_requested",
        "action_answer_info": None,
        "action_schedule": None,
        "action_reroute": None,
        "action_cancel": "cancelled",
        "action_contest": None,
        "action_reconsider": "submitted",
        "action_remind_holder": None,
        "action_merge": "cancelled",
        "action_confirm_found": None,
        "action_not_similar": None,
        "action_split": None,
        "action_assign": None,
        "action_estimate": None,
        "action_rate": None,
        "action_reopen": None,
        "action_repeat": None,
    }
    _sources: ClassVar[dict] = {
        "action_submit": ("draft",),
        "action_withdraw": ("draft", "submitted", "info_requested", "approval"),
        "action_accept": ("submitted",),
        "action_answer_info": ("info_requested",),
        "action_schedule": WORK_STATES[:5],
        "action_reroute": ("submitted", "info_requested", "accepted"),
        "action_cancel": (
            "submitted",
            "info_requested",
            "approval",
            "accepted",
            "planned",
            "in_progress",
        ),
        "action_contest": ("validated", "refused"),
        "action_reconsider": ("accepted",),
        "action_remind_holder": (
            "submitted",
            "info_requested",
            "approval",
            *WORK_STATES[:5],
        ),
        "action_merge": ("submitted", "info_requested", "approval", "accepted"),
        "action_confirm_found": ("submitted",),
        "action_not_similar": OPEN_STATES,
        "action_split": WORK_STATES[:5],
        "action_assign": WORK_STATES[:5],
        "action_estimate": ("submitted", "info_requested", "accepted", "planned"),
        "action_rate": ("validated", "closed"),
        "action_reopen": ("closed",),
        "action_repeat": SENT_STATES,
    }
    _actors: ClassVar[dict] = {
        "action_submit": ("commune", "service"),
        "action_withdraw": ("commune",),
        "action_accept": ("service",),
        "action_reject": ("service",),
        "action_ask_info": ("service",),
        "action_answer_info": ("commune", "service"),
        "action_schedule": ("service",),
        "action_reroute": ("service",),
        "action_cancel": ("service",),
        "action_contest": ("referent",),
        "action_reconsider": ("service",),
        "action_remind_holder": ("service", "direction"),
        "action_merge": ("service",),
        "action_confirm_found": ("service",),
        "action_not_similar": ("service",),
        "action_split": ("service",),
        "action_assign": ("service",),
        "action_estimate": ("service",),
        "action_rate": ("commune",),
        "action_reopen": ("commune", "service"),
        "action_repeat": ("commune",),
    }
    _ball_by_state: ClassVar[dict] = {
        "draft": "commune",
        "submitted": "service",
        "info_requested": "commune",
        "approval": "approver",
        "accepted": "service",
        "planned": "team",
        "in_progress": "team",
        "to_validate": "approver",
        "rework": "team",
        "validated": "finance",
        "closed": "nobody",
        "refused": "nobody",
        "cancelled": "nobody",
    }

    can_submit = fields.Boolean(compute="_compute_can")
    can_withdraw = fields.Boolean(compute="_compute_can")
    can_accept = fields.Boolean(compute="_compute_can")
    can_reject = fields.Boolean(compute="_compute_can")
    can_ask_info = fields.Boolean(compute="_compute_can")
    can_answer_info = fields.Boolean(compute="_compute_can")
    can_schedule = fields.Boolean(compute="_compute_can")
    can_reroute = fields.Boolean(compute="_compute_can")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_contest = fields.Boolean(compute="_compute_can")
    can_reconsider = fields.Boolean(compute="_compute_can")
    can_remind_holder = fields.Boolean(compute="_compute_can")
    can_merge = fields.Boolean(compute="_compute_can")
    can_not_similar = fields.Boolean(compute="_compute_can")
    can_split = fields.Boolean(compute="_compute_can")
    can_assign = fields.Boolean(compute="_compute_can")
    can_estimate = fields.Boolean(compute="_compute_can")
    can_rate = fields.Boolean(compute="_compute_can")
    can_reopen = fields.Boolean(compute="_compute_can")
    can_repeat = fields.Boolean(compute="_compute_can")

    @api.depends_context("uid")
    @api.depends("state", "service_id", "commune_id", "intervention_ids.state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ------------------------------------------------------------ transitions

    def action_submit(self):
        """Send the request to the service: it gets its number, the CC's clock starts.

        :raises UserError: a required answer is missing
        """
        self._check_can("action_submit")
        now = fields.Datetime.now()
        for request in self:
            request._check_complete()
        numbers = self._next_references(len(self))
        for request, number in zip(self, numbers, strict=True):
            on_behalf = not request._get_capacities() & {"commune", "system"}
            request._transition(
                "submitted",
                {
                    "reference": request.sudo().reference or number,
                    "date_submitted": now,
                    "on_behalf": on_behalf,
                },
            )
        return True

    def action_withdraw(self):
        """The commune takes its request back, before it is accepted."""
        self._check_can("action_withdraw")
        message = self.env._("Withdrawn by the commune.")
        self.sudo()._supersede_validation(message)
        self._transition("cancelled", message=message)
        return True

    def action_accept(self):
        """The service takes the request on; where a rule asks, approval comes first.

        :raises UserError: a role that must approve is vacant in the commune
        """
        self._check_can("action_accept")
        for request in self:
            if request.sudo()._find_circuit():
                request._transition("approval")
                request.sudo()._open_validation()
            else:
                request._transition("accepted")
        return True

    def action_reject(self, reason_id=False, text=None):
        """Refuse the request.

        :param int reason_id: id of an `intercommunal.reason` of usage "refuse"
        :param str text: explanation for the commune
        :raises UserError: no reason or no explanation
        """
        self._check_can("action_reject")
        vals = self._prepare_reason_vals("refuse", reason_id, text)
        self.sudo()._supersede_validation(vals["reason_text"])
        self._transition("refused", vals, message=vals["reason_text"])
        return True

    def action_ask_info(self, question=None, due=None):
        """Ask the commune something: the ball is theirs until the answer.

        :param str question: what is missing
        :param due: date by which the answer is expected; in a week when empty
        """
        self._check_can("action_ask_info")
        question = self._clean_text(question)
        if not question:
            raise UserError(self.env._("Write the question to the commune."))
        due = fields.Date.to_date(due) or (
            fields.Date.context_today(self) + timedelta(days=7)
        )
        self.sudo()._supersede_validation(question)
        for request in self:
            request._transition(
                "info_requested",
                {
                    "info_question": question,
                    "info_due": due,
                    "info_answer": False,
                },
                message=question,
            )
        return True

    def action_answer_info(self, answer=None):
        """Answer the service's question: the request returns to where it was."""
        self._check_can("action_answer_info")
        answer = self._clean_text(answer)
        if not answer:
            raise UserError(self.env._("Write the answer to the question."))
        for request in self:
            # an agreement that was asked meanwhile is asked again on the new content
            request._transition(
                "submitted", {"info_answer": answer, "info_due": False}, message=answer
            )
        return True

    def action_schedule(self):
        """Create an intervention to plan, and open it.

        :return: the window action of the intervention
        """
        interventions = self.env["intercommunal.intervention"]
        for request in self:
            interventions |= request._get_job_to_plan()
        return interventions._get_window_action()

    def _get_job_to_plan(self):
        """The job that waits for a date, created when there is none."""
        self.ensure_one()
        self._check_can("action_schedule")
        waiting = self.intervention_ids.filtered(lambda job: job.state == "to_plan")
        return waiting[:1] or self.env["intercommunal.intervention"].create(
            self._prepare_intervention_vals()
        )

    def action_reroute(self, service_id=False, text=None):
        """Hand the request to another service, with its history.

        :param int service_id: id of the service that takes over
        :param str text: why
        """
        self._check_can("action_reroute")
        service = self.env["intercommunal.service"].browse(service_id).exists()
        if not service or service in self.service_id:
            raise UserError(self.env._("Choose the other service that takes over."))
        for request in self:
            managers = request.service_id.sudo().manager_ids.partner_id
            request._write_guarded(
                {
                    "service_id": service.id,
                    "type_id": False,
                    "ball_since": fields.Datetime.now(),
                }
            )
            request.sudo().message_unsubscribe(managers.ids)
            if text:
                request.sudo()._message_log(
                    body=self._clean_text(text), author_id=self.env.user.partner_id.id
                )
        self.sudo()._subscribe_managers()
        return True

    def action_cancel(self, reason_id=False, text=None):
        """Cancel the request with a reason, before any report was sent."""
        self._check_can("action_cancel")
        vals = self._prepare_reason_vals("cancel", reason_id, text)
        self.sudo()._supersede_validation(vals["reason_text"])
        open_jobs = self.sudo().intervention_ids.filtered(
            lambda job: job.state != "cancelled"
        )
        # the request leads here: its jobs follow it, not the other way round
        open_jobs._transition("cancelled", message=vals["reason_text"])
        self._transition("cancelled", vals, message=vals["reason_text"])
        return True

    def action_contest(self, text=None):
        """The referent contests the outcome, within the days the service grants.

        An approved request goes back to the team; a refused one to the service, once.

        :param str text: what is wrong, or what is new
        """
        self._check_can("action_contest")
        text = self._clean_text(text)
        if not text:
            raise UserError(self.env._("Say what is wrong, or what is new."))
        for request in self:
            count = {"contest_count": request.sudo().contest_count + 1}
            if request.sudo().state == "refused":
                request._transition("submitted", count, message=text)
            else:
                request._write_guarded(count)
                request.sudo()._contest_interventions(text)
        return True

    def action_reconsider(self, text=None):
        """Take an accepted request back to triage, to change what was agreed on.

        :param str text: why, for the commune
        """
        self._check_can("action_reconsider")
        text = self._clean_text(text)
        if not text:
            raise UserError(self.env._("Say what has to change."))
        self._transition("submitted", message=text)
        return True

    def _is_agreed(self):
        """Whether somebody gave their agreement on this request as it is."""
        self.ensure_one()
        return any(
            run.request_id and run.state == "approved" for run in self.validation_ids
        )

    # ------------------------------------------------- what transitions rest on

    def _get_record_capacities(self, user):
        capacities = user._get_commune_capacities(self.commune_id)
        if user in self.service_id.manager_ids:
            capacities.add("service")
        if user in self.intervention_ids.leader_id | (
            self.intervention_ids.team_id.leader_id
        ):
            capacities.add("leader")
        if user in self.intervention_ids.agent_ids:
            capacities.add("agent")
        return capacities

    def _get_specific_cannot_reason(self, action):
        if action == "action_cancel" and any(
            report.state != "draft" for report in self.intervention_ids.report_ids
        ):
            return self.env._(
                "A report was already sent on “%(name)s”: it can't be cancelled.",
                name=self.display_name,
            )
        if action == "action_reroute" and any(
            job.state not in ("to_plan", "cancelled") for job in self.intervention_ids
        ):
            return self.env._(
                "Work is planned on “%(name)s”: cancel it before re-routing.",
                name=self.display_name,
            )
        if action == "action_reconsider" and any(
            job.state not in ("to_plan", "cancelled") for job in self.intervention_ids
        ):
            return self.env._(
                "Work is planned on “%(name)s”: cancel it before reconsidering.",
                name=self.display_name,
            )
        if action == "action_contest":
            return self._get_cannot_contest_reason()
        return ""

    def _get_cannot_contest_reason(self):
        if self.state == "refused" and self.contest_count:
            return self.env._(
                "“%(name)s” was already contested once: send a new request.",
                name=self.display_name,
            )
        since = self.date_closed if self.state == "refused" else self.date_validated
        limit = timedelta(days=self.service_id.contest_days)
        if since and fields.Datetime.now() > since + limit:
            return self.env._(
                "The days to contest “%(name)s” are over: send a new request.",
                name=self.display_name,
            )
        return ""

    def _check_complete(self):
        """The answers that the type asks for."""
        self.ensure_one()
        if not self.type_id:
            return
        missing = [
            prop["string"]
            for prop in self._get_properties_with_values()
            if prop["string"].endswith("*")
            # zero is an answer, although it equals False
            and (prop["value"] is False or prop["value"] in (None, "", []))
        ]
        if missing:
            raise UserError(
                self.env._(
                    "Before sending “%(name)s”, answer: %(questions)s",
                    name=self.name,
                    # most questions end with a mark of their own
                    questions=" · ".join(label.rstrip("* ") for label in missing),
                )
            )

    def _get_properties_with_values(self):
        """The type's questions with this request's answers.

        :return: list of dicts name, string, type, value, … in the type's order
        """
        self.ensure_one()
        [values] = self.read(["properties"])
        return [
            {**prop, "string": prop.get("string") or "", "value": prop.get("value")}
            for prop in values["properties"] or []
            if prop.get("type") != "separator"
        ]

    def _next_references(self, count):
        sequence = self.env["ir.sequence"].sudo()
        return [
            sequence.next_by_code("intercommunal.request") or ""
            for _index in range(count)
        ]

    def _prepare_reason_vals(self, usage, reason_id, text):
        """Values of a refusal or cancellation, both code and text required."""
        reason = self.env["intercommunal.reason"].browse(reason_id or []).exists()
        text = self._clean_text(text)
        if not reason or reason.usage != usage:
            raise UserError(self.env._("Choose a reason in the list."))
        if not text:
            raise UserError(
                self.env._("Explain the reason in a few words for the commune.")
            )
        return {"reason_id": reason.id, "reason_text": text}

    @api.model
    def _clean_text(self, text):
        return (text or "").strip()

    def _prepare_intervention_vals(self):
        """Values of an intervention on this request."""
        self.ensure_one()
        return {"request_id": self.id}

    def _prepare_transition_vals(self, target):
        now = fields.Datetime.now()
        vals = super()._prepare_transition_vals(target)
        if any(
            self._ball_by_state[r.state] != self._ball_by_state[target] for r in self
        ):
            vals.update(ball=self._ball_by_state[target], ball_since=now)
        if target == "accepted" and not all(r.date_accepted for r in self):
            vals["date_accepted"] = now
        if target == "validated":
            vals["date_validated"] = now
        if target in CLOSED_STATES:
            vals["date_closed"] = now
        return vals

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        if target == "submitted":
            requests = self.sudo()
            requests._subscribe_managers()
            requests.filtered(lambda r: old_states[r.id] == "draft")._after_first_sent()
        return result

    def _after_first_sent(self):
        """Extension point: what follows when a request leaves its commune, once for
        all (called as superuser)."""

    def _get_ball_user(self, ball=None):
        """The living holder of the case: the person who must act, else a fallback.

        :param str ball: whose turn it is; the record's own when empty
        """
        self.ensure_one()
        ball = ball or self.ball
        holder = self.env["res.users"]
        if ball == "commune":
            users = self.requester_id.user_ids | self.referent_id.user_ids
            holder = users.filtered("active")[:1]
        elif ball == "approver":
            holder = self._get_pending_users() or self.referent_id.user_ids
        elif ball == "team":
            jobs = self.intervention_ids.filtered(
                lambda job: job.state not in ("approved", "cancelled")
            )
            holder = jobs.leader_id.filtered("active")[:1]
        elif ball == "nobody":
            return holder
        return holder[:1] or self.service_id._get_holder()

    def _get_pending_users(self):
        """Who is asked to decide now, in this file's open approvals."""
        runs = self.validation_ids.filtered(lambda run: run.state == "open")
        return runs.seat_ids.filtered(lambda seat: seat.state == "pending").user_id

    # --------------------------------------------------- following the children

    def _follow_interventions(self):
        """Set the state that follows from the interventions (called as superuser)."""
        for request in self.sudo():
            target = request._get_work_state()
            if request.state in WORK_STATES and target != request.state:
                request._transition(target)

    def _get_work_state(self):
        """The state that the interventions give this request, the neediest first."""
        jobs = self.intervention_ids.filtered(lambda job: job.state != "cancelled")
        states = set(jobs.mapped("state"))
        reserved = jobs.filtered(
            lambda job: job.reserve_id and job.state in ("to_plan", "planned")
        )
        if "rework" in states or reserved:
            return "rework"
        if states & {"in_progress", "blocked", "to_report"}:
            return "in_progress"
        if "reported" in states:
            return "to_validate"
        if "planned" in states:
            return "planned"
        if states == {"approved"}:
            return "validated"
        return "accepted"

    def _contest_interventions(self, text):
        """Send the last approved intervention back to its team."""
        job = self.intervention_ids.filtered(lambda job: job.state == "approved")[:1]
        job._transition("rework", message=text)

    # -------------------------------------------------------------------- crons

    @api.model
    def _get_closable_domain(self):
        """Approved requests that may close once the days to contest are over."""
        return Domain("state", "=", "validated")

    @api.model
    def _cron_close(self):
        """Close approved requests once nobody can contest them any more."""
        now = fields.Datetime.now()
        closable = self._get_closable_domain()
        for [service] in self._read_group(closable, ["service_id"]):
            limit = now - timedelta(days=service.contest_days)
            requests = self.search(
                closable
                & Domain("service_id", "=", service.id)
                & Domain("date_validated", "<=", limit)
            )
            if requests:
                requests._transition("closed")
