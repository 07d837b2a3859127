from odoo import models

# The story of the work, whatever order the photos were taken in.
PHOTO_KINDS = ("before", "during", "after", "other", "request")


class IntercommunalReport(models.Model):
    """What the portal shows of a report."""

    _inherit = "intercommunal.report"

    def _get_portal_photos(self):
        """The photos by kind, before first.

        :return: list of (label of the kind, photos)
        """
        photos = self.photo_ids.grouped("kind")
        kinds = self.photo_ids._fields["kind"]._description_selection(self.env)
        return [
            (dict(kinds)[kind], photos[kind]) for kind in PHOTO_KINDS if kind in photos
        ]
