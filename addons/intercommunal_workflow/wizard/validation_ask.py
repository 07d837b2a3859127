from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalValidationAsk(models.TransientModel):
    """Asks a person of the file something before deciding."""

    _name = "intercommunal.validation.ask"
    _description = "Ask for Clarification"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    report_id = fields.Many2one(related="validation_id.report_id")
    question = fields.Text(required=True)
    askable_ids = fields.Many2many("res.users", compute="_compute_askable_ids")
    asked_user_id = fields.Many2one(
        "res.users",
        "Asked of",
        compute="_compute_asked_user_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', askable_ids)]",
    )
    date_due = fields.Date(
        "Answer expected by", compute="_compute_date_due", store=True, readonly=False
    )
    anchor_kind = fields.Selection(
        [
            ("none", "The whole"),
            ("photo", "A photo"),
            ("line", "A line"),
            ("hour", "An hour"),
        ],
        "About",
        default="none",
        required=True,
    )
    photos = fields.Json(related="validation_id.photos")
    photo_id = fields.Many2one("intercommunal.photo", "Photo")
    marks = fields.Json(
        "Place on the photo", help="One rectangle, in shares of the photo's size."
    )
    line_id = fields.Many2one(
        "intercommunal.report.line", "Line", domain="[('report_id', '=', report_id)]"
    )
    hour = fields.Float("At")

    @api.depends("validation_id")
    def _compute_askable_ids(self):
        for wizard in self:
            run = wizard.validation_id
            wizard.askable_ids = run and run._get_askable_users()

    @api.depends("validation_id")
    def _compute_asked_user_id(self):
        for wizard in self:
            run = wizard.validation_id
            wizard.asked_user_id = run and run._get_askable_users()[:1]

    @api.depends("validation_id")
    def _compute_date_due(self):
        for wizard in self:
            run = wizard.validation_id.sudo()
            wizard.date_due = run._get_answer_date(None) if run else False

    def action_confirm(self):
        """Ask."""
        self.ensure_one()
        return self.validation_id.action_ask_clarification(
            self.question,
            self.asked_user_id.id,
            self.date_due,
            self._prepare_anchor(),
        )

    def _prepare_anchor(self):
        """What the question is about, as the engine takes it."""
        self.ensure_one()
        if self.anchor_kind == "photo":
            return {
                "kind": "photo",
                "photo_id": self.photo_id.id,
                **self._get_area(),
            }
        if self.anchor_kind == "line":
            return {"kind": "line", "line_id": self.line_id.id}
        if self.anchor_kind == "hour":
            minutes = round(self.hour * 60)
            return {
                "kind": "hour",
                "line_id": self.line_id.id,
                "hour": f"{minutes // 60:02d}:{minutes % 60:02d}",
            }
        return None

    def _get_area(self):
        """The drawn rectangle; the whole photo when nothing was drawn."""
        if not self.marks:
            return {"x": 0, "y": 0, "width": 1, "height": 1}
        try:
            (x1, y1), (x2, y2) = (
                [float(share) for share in point] for point in self.marks[-1]["points"]
            )
        except (IndexError, KeyError, TypeError, ValueError):
            raise UserError(
                self.env._("The place on the photo can't be read: draw it again.")
            ) from None
        return {
            "x": min(x1, x2),
            "y": min(y1, y2),
            "width": abs(x2 - x1),
            "height": abs(y2 - y1),
        }
