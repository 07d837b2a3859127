from odoo import api, models
from odoo.exceptions import AccessError


class IrAttachment(models.Model):
    """The files of our records' own fields are evidence."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_no_evidence()
        return attachments

    def write(self, vals):
        self._check_no_evidence()
        result = super().write(vals)
        # one's own file may have been moved into a record
        self._check_no_evidence()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._check_no_evidence()

    def _check_no_evidence(self):
        """Refuse to go round the photo or the report that a file belongs to.

        Their own checks (once sent, nothing changes; a photo is decoded and encoded
        anew) would not run. The records write their files as superuser.
        """
        if self.env.su:
            return
        for attachment in self.sudo():
            model = attachment.res_model or ""
            if attachment.res_field and model.startswith("intercommunal."):
                raise AccessError(
                    self.env._("Photos and signatures change with their record only.")
                )
