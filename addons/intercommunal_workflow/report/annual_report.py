from odoo import api, fields, models


class ReportAnnual(models.AbstractModel):
    """The yearly report on what the communes share, for the council.

    Sources: CGCT L5211-39 (the president's yearly report to each mayor, before
    30 September), L5211-39-1 (how the pooling of services goes, told each year with the
    budget's guidelines).
    """

    _name = "report.intercommunal_workflow.report_annual"
    _description = "Yearly Report"

    @api.model
    def _get_report_values(self, docids, data=None):
        boards = self.env["intercommunal.dashboard"].browse(docids)
        boards.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": boards._name,
            "docs": boards,
            "facts": {board.id: board._get_facts() for board in boards},
            "today": fields.Date.context_today(self),
        }
