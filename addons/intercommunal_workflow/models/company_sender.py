from odoo import models
from odoo.tools import config, formataddr


class ResCompany(models.Model):
    """In whose name an intercommunality's own mails leave."""

    _inherit = "res.company"

    def _get_mail_sender(self):
        """The intercommunality's name with an address that is its own, else the
        platform's; never the reader's, who would write to themselves.

        :return: “name <address>”
        """
        self.ensure_one()
        company = self.sudo()
        address = (
            company.email
            or company.catchall_email
            or company.default_from_email
            or config.get("email_from")
            or self.env.ref("base.partner_root").sudo().email
        )
        return formataddr((company.name, address or ""))
