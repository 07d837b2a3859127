import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError


class IntercommunalBillingExport(models.Model):
    """A file that was made of a run: kept with its checksum, never changed."""

    _name = "intercommunal.billing.export"
    _description = "Billing Export"
    _inherit = ["intercommunal.transition.mixin"]
    _order = "id desc"

    run_id = fields.Many2one(
        "intercommunal.billing.run",
        "Billing run",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("workbook", "Workbook"), ("titres", "File of titres")],
        default="workbook",
        required=True,
        readonly=True,
    )
    titre_map_id = fields.Many2one(
        "intercommunal.titre.map",
        "Column map",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    map_checksum = fields.Char(
        "Checksum of the map",
        readonly=True,
        help="The map as it was: changed since, it makes another file.",
    )
    is_final = fields.Boolean(
        "After the invoices",
        readonly=True,
        default=True,
        help="Not a preview that was made while the run was only checked.",
    )
    name = fields.Char("File name", required=True, readonly=True)
    file = fields.Binary(attachment=True, required=True, readonly=True)
    sha256 = fields.Char("SHA-256", required=True, readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    amount_total = fields.Monetary("Total", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    @api.model
    def _keep(self, run, name, content, row_count, **vals):
        """Keep a file of ``run``; the same bytes are kept once.

        :param bytes content: the file
        :param vals: other values of the export, such as its kind
        """
        checksum = hashlib.sha256(content).hexdigest()
        known = run.export_ids.filtered(
            lambda export: (
                export.sha256 == checksum
                and export.kind == vals.get("kind", "workbook")
                and export.map_checksum == vals.get("map_checksum", False)
            )
        )
        return known[:1] or self._create_guarded(
            [
                {
                    "run_id": run.id,
                    "name": name,
                    "file": base64.b64encode(content),
                    "sha256": checksum,
                    "row_count": row_count,
                    "amount_total": run.amount_total,
                    "is_final": run.state != "checked",
                    **vals,
                }
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        return super().create(vals_list)

    # pylint: disable-next=method-required-super
    def write(self, vals):
        raise AccessError(self.env._("An export is never changed: make a new one."))

    # uninstalling drops the table: a refusal here stands in nobody's way
    # pylint: disable-next=method-required-super
    def unlink(self):
        # pylint: disable-next=no-raise-unlink
        raise AccessError(self.env._("An export is never deleted: it is evidence."))

    def _check_engine(self):
        if not self._is_guard_lifted():
            raise AccessError(self.env._("Exports are only made by a billing run."))

    def action_download(self):
        """Download the file.

        :return: the URL action
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{self.name}?download=true",
            # unlike “download”, the page is read again: its state has changed
            "target": "new",
        }
