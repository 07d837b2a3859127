from odoo import models


class IntercommunalValidation(models.Model):
    """Replies to our mails: comments of those who may read the file, nothing more."""

    _inherit = "intercommunal.validation"

    # Whoever reads the file may say something about it.
    _mail_post_access = "read"

    def _is_read_by(self, user):
        """Whoever has a living role in the application and reads the run without a
        seat: a seat opens it to decide once, by its own link."""
        return self.sudo()._can_be_opened_by(user)
