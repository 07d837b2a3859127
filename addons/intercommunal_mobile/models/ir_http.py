from odoo import models
from odoo.http import request

from ..tools.packing import pack_response

OURS = "/intercommunal/"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _post_dispatch(cls, response):
        """What a phone asks travels compressed, whether a proxy does it or not.

        No answer under this address holds a secret beside what somebody else may put
        into it: its compressed size tells nothing.
        """
        super()._post_dispatch(response)
        if request.httprequest.path.startswith(OURS):
            pack_response(response, request.httprequest)
