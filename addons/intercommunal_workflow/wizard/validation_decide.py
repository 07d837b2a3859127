from odoo import api, fields, models


class IntercommunalValidationDecide(models.TransientModel):
    """Asks for the words of a decision made in the office, and what they are about."""

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
            ("arbitrate", "Settle"),
            ("restart", "Start again"),
        ],
        required=True,
        readonly=True,
        default="approve",
    )
    outcome = fields.Selection(
        [
            ("approve", "The work is approved"),
            ("rework", "It is to be done again"),
            ("refuse", "It is refused"),
        ],
        "Settlement",
    )
    comment = fields.Text("Words")
    report_id = fields.Many2one(related="validation_id.report_id")
    line_id = fields.Many2one(
        "intercommunal.report.line",
        "Line meant",
        domain="[('report_id', '=', report_id)]",
    )
    photo_id = fields.Many2one("intercommunal.photo", "Photo meant")
    photos = fields.Json(related="validation_id.photos")
    marks = fields.Json()
    amount = fields.Monetary(related="validation_id.amount")
    currency_id = fields.Many2one(related="validation_id.currency_id")
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
        return getattr(self, f"_confirm_{self.kind}")(self.validation_id)

    def _get_key(self):
        """A window that is confirmed twice decides once."""
        return f"office-{self.id}"

    def _confirm_approve(self, run):
        return run.action_approve(
            self.content_hash, self.comment, idempotency_key=self._get_key()
        )

    def _confirm_rework(self, run):
        return run.action_rework(
            self.comment,
            self.content_hash,
            idempotency_key=self._get_key(),
            line_id=self.line_id.id,
            photo_id=self.photo_id.id,
        )

    def _confirm_refuse(self, run):
        return run.action_refuse(
            self.comment, self.content_hash, idempotency_key=self._get_key()
        )

    def _confirm_annotate(self, run):
        return run.action_annotate(
            self.comment, photo_id=self.photo_id.id, marks=self.marks or None
        )

    def _confirm_arbitrate(self, run):
        return run.action_arbitrate(
            self.outcome,
            self.comment,
            self.content_hash,
            idempotency_key=self._get_key(),
        )

    def _confirm_restart(self, run):
        return run.action_restart(self.comment)
