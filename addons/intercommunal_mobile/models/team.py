from odoo import fields, models


class IntercommunalTeam(models.Model):
    """What a crew wants noted on site."""

    _inherit = "intercommunal.team"

    locate_reports = fields.Boolean(
        "Position of reports",
        help="The phone joins one position to each report, with the consent of who writes"
        " it; it is never followed. The service's managers see it, the commune does not,"
        " and it is erased after a year. Inform the agents and their representatives"
        " first.",
    )
