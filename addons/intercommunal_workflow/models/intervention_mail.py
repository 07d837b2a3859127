from odoo import models
from odoo.tools import format_datetime


class IntercommunalIntervention(models.Model):
    """What the mail of a job says of it: when, who, and what blocks it."""

    _inherit = "intercommunal.intervention"

    def _get_mail_values(self, message):
        values = super()._get_mail_values(message)
        blocked = self.env.ref("intercommunal_workflow.mt_intervention_blocked")
        if message.subtype_id == blocked:
            values["reason"] = self._get_mail_block()
        values["button"] = self.env._("Open the job")
        return values

    def _get_mail_details(self):
        job = self.sudo()
        facts = super()._get_mail_details()
        if job.date_start and job.state in ("planned", "in_progress", "rework"):
            zone = job.company_id._get_working_timezone().key
            facts.append(format_datetime(self.env, job.date_start, zone, "short"))
        if job.team_id:
            facts.append(job.team_id.name)
        return facts

    def _get_mail_block(self):
        """Why the job stands still; the words of who said so are the message."""
        reasons = dict(self._fields["block_reason"]._description_selection(self.env))
        return reasons.get(self.sudo().block_reason, "")
