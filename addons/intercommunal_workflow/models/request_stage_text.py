from markupsafe import Markup

from odoo import models
from odoo.tools import format_datetime, plaintext2html


class IntercommunalRequest(models.Model):
    """The words that an administrator gives to each turn of a request."""

    _inherit = "intercommunal.request"

    def _transition(self, target, vals=None, message=None):
        result = super()._transition(target, vals, message)
        for request in self:
            text = request._get_stage_text()
            if text:
                parts = [plaintext2html(part) for part in (message, text) if part]
                request._track_set_log_message(Markup("").join(parts))
        return result

    def _get_stage_text(self):
        """The words of the column where this request came, filled in; "" for none.

        Values are put in one by one: a text names nothing but these.
        """
        self.ensure_one()
        request = self.sudo()
        lang = request.requester_id.lang or request.company_id.partner_id.lang
        text = request.stage_id.with_context(lang=lang).mail_text or ""
        if not text:
            return ""
        job = request._get_portal_current_job()
        values = {
            "{reference}": request.reference or "",
            "{name}": request.name or "",
            "{commune}": request.commune_id.name or "",
            "{service}": request.service_id.with_context(lang=lang).name or "",
            "{date}": job.date_start
            and format_datetime(
                request.with_context(lang=lang).env,
                job.date_start,
                tz=request.company_id._get_working_timezone().key,
                dt_format="EEEE d MMMM HH:mm",
            )
            or "",
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text
