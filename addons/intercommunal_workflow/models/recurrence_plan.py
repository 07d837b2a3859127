from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from .request import WORK_STATES


class IntercommunalRecurrence(models.Model):
    """What a rule plans: its requests and jobs, made ahead, changed and stopped."""

    _inherit = "intercommunal.recurrence"

    def _get_start(self, day):
        """When the work starts on ``day``, in UTC; the hour is that of the clock."""
        zone = self.company_id._get_working_timezone()
        minutes = round(self.hour * 60)
        local = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    # ------------------------------------------------------------- generating

    def action_generate(self):
        """Plan the coming weeks now, as each night does.

        :return: the window action of the interventions
        """
        self.check_access("write")
        self.sudo()._generate()
        return self.action_open_interventions()

    @api.model
    def _cron_generate(self):
        """Plan the coming weeks of all recurring work."""
        self.search([("active", "=", True)])._generate()

    def _generate(self):
        """Create the occurrences that are not there yet (called as superuser)."""
        today = fields.Date.context_today(self)
        known = self._map_known_days()
        for recurrence in self.filtered("active"):
            horizon = today + timedelta(weeks=recurrence.weeks_ahead)
            days = [
                day
                for day in recurrence._list_days(today, horizon)
                if day not in known.get(recurrence.id, ())
            ]
            recurrence._create_occurrences(days)

    def _map_known_days(self):
        """``{recurrence id: days}`` that have their job, cancelled ones included."""
        rows = self.env["intercommunal.intervention"]._read_group(
            [("recurrence_id", "in", self.ids)],
            ["recurrence_id"],
            ["recurrence_date:array_agg"],
        )
        return {recurrence.id: set(days) for recurrence, days in rows}

    def _create_occurrences(self, days):
        """One planned job for each of ``days``, in the request of its month."""
        self.ensure_one()
        by_request = {}
        for day in days:
            key = day if self.grouping == "each" else day.replace(day=1)
            by_request.setdefault(key, []).append(day)
        for key, group in by_request.items():
            request = self._find_request(key) or self._create_request(key)
            # where a rule asks for an agreement, the jobs come after it
            if request.state not in WORK_STATES:
                continue
            jobs = self.env["intercommunal.intervention"]._create_guarded(
                [self._prepare_job_vals(request, day) for day in group]
            )
            for job in jobs:
                job.action_plan(
                    self.team_id.id,
                    job.recurrence_start,
                    job.recurrence_start + timedelta(hours=self.duration),
                    agent_ids=self.agent_ids.ids or None,
                )

    def _find_request(self, key):
        """The request of that day or month, unless it is over."""
        return self.env["intercommunal.request"].search(
            [
                ("recurrence_id", "=", self.id),
                ("recurrence_date", "=", key),
                ("state", "not in", ("closed", "refused", "cancelled")),
            ],
            limit=1,
        )

    def _create_request(self, key):
        """The commune's request of that day or month, sent and accepted."""
        referent = self.commune_id._search_current_roles("referent")[:1].partner_id
        pattern = "d MMMM yyyy" if self.grouping == "each" else "MMMM yyyy"
        lang = self.commune_id.lang or self.env.lang or "fr_FR"
        label = format_date(self.env, key, lang_code=lang, date_format=pattern)
        request = self.env["intercommunal.request"]._create_guarded(
            [
                {
                    "name": f"{self.name} · {label}",
                    "commune_id": self.commune_id.id,
                    "requester_id": referent.id,
                    "service_id": self.service_id.id,
                    "type_id": self.type_id.id,
                    "site_id": self.site_id.id,
                    "address": self.address,
                    "company_id": self.company_id.id,
                    "recurrence_id": self.id,
                    "recurrence_date": key,
                }
            ]
        )
        # what the type asks was settled once, with the rule
        request._transition(
            "submitted",
            {
                "reference": request._next_references(1)[0],
                "date_submitted": fields.Datetime.now(),
                "on_behalf": True,
            },
        )
        request.action_accept()
        return request

    def _prepare_job_vals(self, request, day):
        return {
            "request_id": request.id,
            "name": self.name,
            "instructions": self.instructions,
            "recurrence_id": self.id,
            "recurrence_date": day,
            "recurrence_start": self._get_start(day),
        }

    # --------------------------------------------------- changing and stopping

    def action_apply(self):
        """Plan the coming occurrences anew, after a change of the rule.

        What was moved, skipped, begun or reported stays as it is.

        :return: the window action of the interventions
        """
        self.check_access("write")
        recurrences = self.sudo()
        recurrences._remove_coming()
        recurrences._generate()
        return self.action_open_interventions()

    def action_stop(self, date_end=None):
        """End the rule; what it planned later goes, unless somebody moved it.

        :param date_end: last day; today when empty
        """
        self.check_access("write")
        date_end = fields.Date.to_date(date_end) or fields.Date.context_today(self)
        for recurrence in self:
            recurrence.date_end = max(date_end, recurrence.date_start)
        self.sudo()._remove_coming(after=date_end)
        return True

    def _remove_coming(self, after=None):
        """Delete the coming jobs that nobody touched."""
        after = after or fields.Date.context_today(self)
        jobs = self.env["intercommunal.intervention"].search(
            Domain("recurrence_id", "in", self.ids)
            & Domain("recurrence_date", ">", after)
            & Domain("state", "in", ("to_plan", "planned"))
            & Domain("report_ids", "=", False)
        )
        untouched = jobs.filtered(lambda job: not job.is_moved)
        requests = untouched.request_id
        untouched._unlink_occurrences()
        for request in requests.filtered(lambda request: not request.intervention_ids):
            reason = self.env.ref("intercommunal_workflow.reason_cancel_other")
            text = self.env._("The recurring work has changed.")
            request._transition(
                "cancelled", {"reason_id": reason.id, "reason_text": text}, message=text
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for recurrence in self:
            if recurrence.sudo().intervention_ids:
                raise UserError(
                    self.env._(
                        "“%(name)s” has planned work: stop it instead of deleting it.",
                        name=recurrence.name,
                    )
                )

    def action_open_interventions(self):
        """Window of the occurrences."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_intervention_action"
        )
        return {
            **action,
            "domain": [("recurrence_id", "=", self.id)],
            "context": {"create": False},
            "view_mode": "list,calendar,form",
            "views": [(False, "list"), (False, "calendar"), (False, "form")],
        }
