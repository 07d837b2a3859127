import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.titre_map import MAX_FILE


class IntercommunalTitreMapImport(models.TransientModel):
    """Takes the column map that another intercommunality gives."""

    _name = "intercommunal.titre.map.import"
    _description = "Import a Column Map"

    file = fields.Binary("Map", required=True)
    filename = fields.Char()

    def action_import(self):
        """Create the map, and show it.

        :return: the window action of the new map
        :raises UserError: the file is not a column map
        """
        self.ensure_one()
        try:
            content = base64.b64decode(self.file or b"", validate=True)
            text = content[: MAX_FILE + 1].decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
        if len(text) > MAX_FILE:
            raise UserError(self.env._("This file is too large to be a column map."))
        column_map = self.env["intercommunal.titre.map"]._from_json(text)
        return {
            "type": "ir.actions.act_window",
            "res_model": column_map._name,
            "res_id": column_map.id,
            "view_mode": "form",
        }
