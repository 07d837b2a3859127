from odoo import models


class IrCron(models.Model):
    """What our scheduled jobs write to people is in their language, not in English."""

    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        # core gives a job no language at all: reminders would leave in the source's
        if self.model_id.model.startswith("intercommunal."):
            lang = self.env.company.partner_id.lang or self.env.user.lang
            self = self.with_context(lang=lang)
        return super()._callback(cron_name, server_action_id)
