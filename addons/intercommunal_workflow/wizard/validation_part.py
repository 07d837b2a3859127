from odoo import Command, api, fields, models


class IntercommunalValidationPart(models.TransientModel):
    """Approves a report line by line: a part of it, or with réserves."""

    _name = "intercommunal.validation.part"
    _description = "Approve Line by Line"

    validation_id = fields.Many2one(
        "intercommunal.validation", "Approval", required=True, readonly=True
    )
    content_hash = fields.Char(
        readonly=True, help="Checksum of the content when this window was opened."
    )
    line_ids = fields.One2many("intercommunal.validation.part.line", "wizard_id")
    comment = fields.Text("Words on the whole")
    has_quantity = fields.Boolean(compute="_compute_columns")
    has_photo = fields.Boolean(compute="_compute_columns")

    @api.depends("validation_id")
    def _compute_columns(self):
        """Columns that nothing would fill are not shown."""
        for wizard in self:
            lines = wizard.validation_id.report_line_ids
            wizard.has_quantity = any(not line.minutes for line in lines)
            wizard.has_photo = bool(wizard.validation_id.report_photo_ids)

    @api.model
    def _make_for(self, run):
        """A wizard with one row for each line of the report."""
        return self.create(
            {
                "validation_id": run.id,
                "content_hash": run.content_hash,
                "line_ids": [
                    Command.create({"line_id": line.id}) for line in run.report_line_ids
                ],
            }
        )

    def action_confirm(self):
        """Approve with these parts."""
        self.ensure_one()
        return self.validation_id.action_approve_reserves(
            [line._prepare_part() for line in self.line_ids],
            self.comment,
            self.content_hash,
            idempotency_key=f"office-{self.id}",
        )

    def _get_window_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Approve with reserves"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class IntercommunalValidationPartLine(models.TransientModel):
    _name = "intercommunal.validation.part.line"
    _description = "Line of an Approval Line by Line"
    _order = "id"

    wizard_id = fields.Many2one(
        "intercommunal.validation.part", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one(
        "intercommunal.report.line", "Line", required=True, readonly=True
    )
    name = fields.Char(related="line_id.name")
    kind = fields.Selection(related="line_id.kind")
    reported_label = fields.Char(related="line_id.reported_label")
    is_time = fields.Boolean(compute="_compute_is_time")
    acceptance = fields.Selection(
        [
            ("accepted", "Accepted whole"),
            ("partial", "In part, the rest is refused"),
            ("reserved", "In part, the rest is to be redone"),
            ("refused", "Turned down"),
        ],
        "What becomes of it",
        default="accepted",
        required=True,
    )
    hours_accepted = fields.Float(
        "Accepted time", compute="_compute_accepted", store=True, readonly=False
    )
    quantity_accepted = fields.Float(
        "Accepted quantity",
        compute="_compute_accepted",
        store=True,
        readonly=False,
        digits="Product Unit",
    )
    uom_id = fields.Many2one(related="line_id.uom_id")
    text = fields.Char("Why")
    photo_id = fields.Many2one(
        "intercommunal.photo",
        "Photo",
        domain="[('report_id', '=', report_id)]",
    )
    report_id = fields.Many2one(related="line_id.report_id")

    @api.depends("line_id")
    def _compute_is_time(self):
        for row in self:
            row.is_time = bool(row.line_id.minutes)

    @api.depends("line_id", "acceptance")
    def _compute_accepted(self):
        """All of a whole line; nothing of a refused one, nor yet of another."""
        for row in self:
            whole = row.acceptance == "accepted"
            row.hours_accepted = row.line_id.minutes / 60 if whole else 0
            row.quantity_accepted = row.line_id.quantity if whole else 0

    def _prepare_part(self):
        """This row as the engine takes it."""
        self.ensure_one()
        return {
            "line_id": self.line_id.id,
            "acceptance": self.acceptance,
            "minutes_accepted": round(self.hours_accepted * 60),
            "quantity_accepted": self.quantity_accepted,
            "text": self.text,
            "photo_id": self.photo_id.id,
        }
