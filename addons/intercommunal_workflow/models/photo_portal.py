from odoo import models


class IntercommunalPhoto(models.Model):
    """What the portal shows of a photo."""

    _inherit = "intercommunal.photo"

    def _get_portal_caption(self):
        """What the photo is, for those who see it and for those who hear it."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return " · ".join(filter(None, [kinds[self.kind], self.name]))
