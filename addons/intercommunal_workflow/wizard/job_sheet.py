from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.intervention_planning import BUSY_STATES
from ..models.res_company import DEFAULT_TZ


class IntercommunalJobSheet(models.TransientModel):
    """Prints the jobs of a day or a week for teams without a phone."""

    _name = "intercommunal.job.sheet"
    _description = "Print Job Sheets"

    service_id = fields.Many2one(
        "intercommunal.service",
        required=True,
        default=lambda self: self._default_service_id(),
    )
    team_ids = fields.Many2many(
        "intercommunal.team",
        string="Teams",
        domain="[('service_id', '=', service_id)]",
        help="Empty: every team of the service.",
    )
    period = fields.Selection(
        [("day", "One day"), ("week", "One week")], required=True, default="day"
    )
    date = fields.Date(
        "From",
        required=True,
        default=lambda self: self._default_date(),
    )

    @api.model
    def _default_service_id(self):
        services = self.env["intercommunal.service"].search(
            [("manager_ids", "in", self.env.uid)], limit=2
        )
        return services if len(services) == 1 else False

    @api.model
    def _default_date(self):
        """The next day on which a team of the user's services has something to do; on
        a Friday that is no Saturday. Tomorrow when nothing is planned."""
        tomorrow = fields.Date.context_today(self) + timedelta(days=1)
        start = datetime.combine(tomorrow, time.min, self._get_zone())
        job = self.env["intercommunal.intervention"].search(
            Domain("service_id.manager_ids", "in", self.env.uid)
            & Domain("date_start", ">=", start.astimezone(UTC).replace(tzinfo=None))
            & Domain("state", "in", BUSY_STATES),
            order="date_start",
            limit=1,
        )
        if not job:
            return tomorrow
        return job.date_start.replace(tzinfo=UTC).astimezone(self._get_zone()).date()

    @api.model
    def _get_zone(self):
        return ZoneInfo(self.env.user.tz or DEFAULT_TZ)

    def _get_period(self):
        """First and last day; a week is the one of the date, from Monday on."""
        self.ensure_one()
        if self.period == "day":
            return self.date, self.date
        monday = self.date - timedelta(days=self.date.weekday())
        return monday, monday + timedelta(days=6)

    def _get_jobs(self):
        """Jobs of the period that are still to be done, team by team, in order."""
        self.ensure_one()
        zone = self._get_zone()
        first, last = (
            datetime.combine(day, moment, zone).astimezone(UTC).replace(tzinfo=None)
            for day, moment in zip(
                self._get_period(), (time.min, time.max), strict=True
            )
        )
        teams = self.team_ids or self.service_id.team_ids
        return self.env["intercommunal.intervention"].search(
            Domain("team_id", "in", teams.ids)
            & Domain("date_start", ">=", first)
            & Domain("date_start", "<=", last)
            & Domain("state", "in", BUSY_STATES),
            order="team_id, date_start, id",
        )

    def action_print(self):
        """The PDF of the sheets.

        :raises UserError: nothing is planned then
        """
        self.ensure_one()
        jobs = self._get_jobs()
        if not jobs:
            first, last = self._get_period()
            raise UserError(
                self.env._(
                    "Nothing is planned from %(first)s to %(last)s: choose another day"
                    " or plan the work first.",
                    first=fields.Date.to_string(first),
                    last=fields.Date.to_string(last),
                )
            )
        report = self.env.ref("intercommunal_workflow.action_report_job_sheet")
        return report.report_action(jobs)
