from odoo import fields, models


class IntercommunalAgreementEngagement(models.Model):
    """The debtor's engagement number of one year (exercice)."""

    _name = "intercommunal.agreement.engagement"
    _description = "Engagement of a Year"
    _order = "agreement_id, exercice desc"
    _rec_name = "number"

    agreement_id = fields.Many2one(
        "intercommunal.agreement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="agreement_id.company_id", store=True)
    exercice = fields.Integer(
        "Year",
        required=True,
        default=lambda self: fields.Date.context_today(self).year,
        aggregator=None,
    )
    number = fields.Char("Engagement", required=True)

    _exercice_uniq = models.Constraint(
        "UNIQUE(agreement_id, exercice)",
        "An agreement has one engagement a year.",
    )
