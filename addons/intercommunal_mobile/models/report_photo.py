import base64

from odoo import models
from odoo.tools.image import ImageProcess

# What a photo may weigh on a phone.
LIGHT_SIDE = 800  # px
LIGHT_QUALITY = 60


class IntercommunalPhoto(models.Model):
    """Photos of reports and requests, as light as a phone wants them."""

    _inherit = "intercommunal.photo"

    def _get_field_image(self):
        """Base64 text of a JPEG of at most 800 px; "" of no photo."""
        if not self:
            return ""
        self.ensure_one()
        light = ImageProcess(base64.b64decode(self.image))
        light.resize(LIGHT_SIDE, LIGHT_SIDE)
        content = light.image_quality(quality=LIGHT_QUALITY, output_format="JPEG")
        return base64.b64encode(content).decode()
