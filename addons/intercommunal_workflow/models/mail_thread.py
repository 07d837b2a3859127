from odoo import models
from odoo.tools import formataddr


class MailThread(models.AbstractModel):
    """What a scheduled job does is told in the name of the intercommunality."""

    _inherit = "mail.thread"

    def _message_compute_author(self, author_id=None, email_from=None):
        """The platform's robot is nobody to a commune: its intercommunality speaks."""
        author_id, sender = super()._message_compute_author(author_id, email_from)
        robot = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        if author_id != robot or not self._is_intercommunal():
            return author_id, sender
        company = self.company_id[:1] or self.env.company
        if email_from is None:
            address = company.email or self.env.user.email or ""
            sender = formataddr((company.name, address))
        return company.partner_id.id, sender

    def _is_intercommunal(self):
        return self._name.startswith("intercommunal.") and "company_id" in self._fields
