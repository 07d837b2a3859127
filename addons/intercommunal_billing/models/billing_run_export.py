"""What finance takes out of a run: files that are kept, and given again as they were."""

from odoo import fields, models


class IntercommunalBillingRun(models.Model):
    """Makes the files of a run, the same bytes each time."""

    _inherit = "intercommunal.billing.run"

    ready_export_id = fields.Many2one(
        "intercommunal.billing.export",
        "File that is ready",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Written in the background, until the run goes on.",
    )
    ready_kind = fields.Selection(related="ready_export_id.kind", string="Ready")
    ready_at = fields.Datetime("Ready since", related="ready_export_id.create_date")

    def _prepare_transition_vals(self, target):
        # what was written before says something else than the run does now
        return {**super()._prepare_transition_vals(target), "ready_export_id": False}

    def _export(self, kind):
        """Make a file, keep it and give it.

        :param str kind: of `intercommunal.billing.export`
        :return: the action that downloads it
        """
        return self._make_export(kind).action_download()

    def _make_export(self, kind):
        """The file, kept; the first one after the invoices makes the run “exported”."""
        self.ensure_one()
        export = getattr(self, f"_make_{kind}_export")()
        if self.state == "invoiced":
            self._transition("exported")
        return export

    def action_download_ready(self):
        """Download the file that was written in the background.

        :return: the URL action, or False when there is none any more
        """
        self.ensure_one()
        self.check_access("read")
        export = self.ready_export_id
        return export.action_download() if export else False
