from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stdnum.fr import siren as siren_number

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.epci import METROPOLITAN_TZ

# Where a calendar says nothing of it.
DEFAULT_TZ = METROPOLITAN_TZ
# The types of the official list (tools/epci.py)
EPCI_TYPES = [
    ("CC", "Community of communes"),
    ("CA", "Agglomeration community"),
    ("CU", "Urban community"),
    ("METRO", "Metropolis"),
    ("MET69", "Metropolis of Lyon"),
    ("other", "Other grouping"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    epci_siren = fields.Char("SIREN of the intercommunality", size=9)
    epci_type = fields.Selection(EPCI_TYPES, "Type of intercommunality")
    intercommunal_commune_ids = fields.One2many(
        "res.partner",
        "intercommunal_epci_id",
        "Communes",
        domain=[("is_commune", "=", True)],
    )
    intercommunal_link_ceiling = fields.Monetary(
        "Ceiling of e-mail decisions",
        default=1000.0,
        help="Above this amount, the link of an e-mail asks for a login.",
    )
    intercommunal_proof_email = fields.Char(
        "Address of the daily proof",
        help="The day's root hash of all decisions is sent there: an address outside"
        " this organisation keeps it out of reach.",
    )

    @api.constrains("epci_siren")
    def _check_epci_siren(self):
        for company in self:
            if company.epci_siren and not siren_number.is_valid(company.epci_siren):
                raise ValidationError(
                    self.env._(
                        "“%(siren)s” is not the SIREN of “%(name)s”: it has nine"
                        " digits, the last of which checks the others.",
                        siren=company.epci_siren,
                        name=company.name,
                    )
                )

    def _has_accounting_entries(self):
        """Whether this company has kept books already: its currency stays then.

        Accounting may be absent from the database.
        """
        self.ensure_one()
        lines = self.env.get("account.move.line")
        return lines is not None and bool(
            lines.sudo().search_count([("company_id", "=", self.id)], limit=1)
        )

    # ------------------------------------------------------------ working time

    def _get_working_timezone(self):
        """Where the hours of this intercommunality's calendar are."""
        self.ensure_one()
        return ZoneInfo(self.resource_calendar_id.tz or DEFAULT_TZ)

    def _to_working_day(self, moment):
        """The day of ``moment`` where this intercommunality works.

        :param datetime moment: UTC
        """
        zone = self._get_working_timezone()
        return moment.replace(tzinfo=UTC).astimezone(zone).date()

    def _add_working_hours(self, start, hours):
        """The moment that is ``hours`` working hours after ``start``; False without
        hours, or when the calendar has no more.

        :param datetime start: UTC
        """
        self.ensure_one()
        if not hours:
            return False
        calendar = self.resource_calendar_id
        if not calendar:
            return start + timedelta(hours=hours)
        return calendar.plan_hours(hours, start, compute_leaves=True) or False

    def _count_working_hours(self, start, stop):
        """Working hours between two moments, in UTC."""
        self.ensure_one()
        calendar = self.resource_calendar_id
        if not calendar:
            return (stop - start).total_seconds() / 3600
        return calendar.get_work_hours_count(start, stop, compute_leaves=True)

    def _list_working_dates(self, date_from, date_to, calendar=None):
        """Working days of this intercommunality, holidays left out.

        :param date date_from: first day
        :param date date_to: last day
        :param calendar: another calendar than the intercommunality's own
        :return: sorted list of dates
        """
        self.ensure_one()
        calendar = calendar or self.resource_calendar_id
        days = [
            date_from + timedelta(days=index)
            for index in range((date_to - date_from).days + 1)
        ]
        if not calendar:
            return [day for day in days if day.weekday() < 5]
        zone = ZoneInfo(calendar.tz or DEFAULT_TZ)
        start = datetime.combine(date_from, time.min, zone)
        stop = datetime.combine(date_to, time.max, zone)
        intervals = calendar._work_intervals_batch(start, stop)[False]
        return sorted(
            {begin.astimezone(zone).date() for begin, _end, _meta in intervals}
        )

    def _add_working_days(self, day, count):
        """The date that is ``count`` working days after ``day``."""
        if count <= 0:
            return day
        # a long closing may leave few working days: look further each time
        for horizon in (count * 2 + 14, count * 3 + 120, count * 5 + 400):
            dates = self._list_working_dates(
                day + timedelta(days=1), day + timedelta(days=horizon)
            )
            if len(dates) >= count:
                return dates[count - 1]
        return day + timedelta(days=count)

    def _count_working_days(self, date_from, date_to):
        """How many working days lie after ``date_from``, up to ``date_to``."""
        if date_to <= date_from:
            return 0
        return len(self._list_working_dates(date_from + timedelta(days=1), date_to))
