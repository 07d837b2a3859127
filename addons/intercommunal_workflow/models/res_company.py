from stdnum.fr import siren as siren_number

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# The types of the official list (tools/epci.py)
EPCI_TYPES = [
    ("CC", "Community of communes"),
    ("CA", "Agglomeration community"),
    ("CU", "Urban community"),
    ("METRO", "Metropolis"),
    ("MET69", "Metropolis of Lyon"),
    ("other", "Other grouping"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    epci_siren = fields.Char("SIREN of the intercommunality", size=9)
    epci_type = fields.Selection(EPCI_TYPES, "Type of intercommunality")
    intercommunal_commune_ids = fields.One2many(
        "res.partner",
        "intercommunal_epci_id",
        "Communes",
        domain=[("is_commune", "=", True)],
    )

    @api.constrains("epci_siren")
    def _check_epci_siren(self):
        for company in self:
            if company.epci_siren and not siren_number.is_valid(company.epci_siren):
                raise ValidationError(
                    self.env._(
                        "“%(siren)s” is not the SIREN of “%(name)s”: it has nine"
                        " digits, the last of which checks the others.",
                        siren=company.epci_siren,
                        name=company.name,
                    )
                )

    def _has_accounting_entries(self):
        """Whether this company has kept books already: its currency stays then.

        Accounting may be absent from the database.
        """
        self.ensure_one()
        lines = self.env.get("account.move.line")
        return lines is not None and bool(
            lines.sudo().search_count([("company_id", "=", self.id)], limit=1)
        )
