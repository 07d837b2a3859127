from decimal import Decimal

from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang


class ReportStatement(models.AbstractModel):
    """The PDF of a statement: what was frozen when it was made."""

    _name = "report.intercommunal_billing.report_statement"
    _description = "Statement of a Commune"

    @api.model
    def _get_report_values(self, docids, data=None):
        statements = self.env["intercommunal.statement"].browse(docids)
        statements.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": statements._name,
            "docs": statements,
            "facts": {statement.id: statement._get_facts() for statement in statements},
            "day": lambda text: format_date(self.env, text),
            "number": lambda text, digits=2: formatLang(
                self.env, float(text), digits=digits
            ),
            "is_one": lambda text: Decimal(text) == 1,
        }
