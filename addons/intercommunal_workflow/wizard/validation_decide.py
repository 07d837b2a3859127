from odoo import api, fields, models


class IntercommunalValidationDecide(models.TransientModel):
    """Asks for the words of a decision made in the office."""

    _name = "intercommunal.validation.decide"
    _description = "Decide on an Approval"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    kind = fields.Selection(
        [
            ("approve", "Approve"),
            ("rework", "Send back"),
            ("refuse", "Refuse"),
            ("annotate", "Annotate"),
        ],
        required=True,
        readonly=True,
        default="approve",
    )
    comment = fields.Text("Words")
    content_hash = fields.Char(
        compute="_compute_content_hash",
        store=True,
        readonly=False,
        help="Checksum of the content when this window was opened.",
    )

    @api.depends("validation_id")
    def _compute_content_hash(self):
        for wizard in self:
            wizard.content_hash = wizard.validation_id.content_hash

    def action_confirm(self):
        """Decide."""
        self.ensure_one()
        run = self.validation_id
        if self.kind == "annotate":
            return run.action_annotate(self.comment)
        if self.kind == "approve":
            return run.action_approve(self.content_hash, self.comment)
        action = run.action_rework if self.kind == "rework" else run.action_refuse
        return action(self.comment, self.content_hash)
