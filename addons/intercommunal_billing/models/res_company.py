from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import models

NOON = time(12)


class ResCompany(models.Model):
    _inherit = "res.company"

    def _is_public_holiday(self, day, tz):
        """Whether the whole company is closed on ``day``, by its working calendar.

        :param date day: local day
        :param tz: time zone of the day
        """
        self.ensure_one()
        noon = (
            datetime.combine(day, NOON, tz)
            .astimezone(ZoneInfo("UTC"))
            .replace(tzinfo=None)
        )
        closings = self.sudo().resource_calendar_id.global_leave_ids
        return any(closing.date_from <= noon <= closing.date_to for closing in closings)
