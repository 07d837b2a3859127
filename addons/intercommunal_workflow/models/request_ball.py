from odoo import models


class IntercommunalRequest(models.Model):
    """Who must act on a request."""

    _inherit = "intercommunal.request"

    def _refresh_ball(self):
        """Say again in whose hands these files are (called by the approval engine)."""
        self.env.add_to_compute(self._fields["ball_user_id"], self)
