from odoo import api, fields, models
from odoo.fields import Domain


class IntercommunalClarification(models.Model):
    """What the office shows of a question, and who counts it."""

    _inherit = "intercommunal.clarification"

    # a photo finds the questions that point at it
    photo_id = fields.Many2one(index="btree_not_null")
    validation_name = fields.Char("On", related="validation_id.display_name")
    subject_name = fields.Char(related="validation_id.subject_name")
    can_answer = fields.Boolean(compute="_compute_can_answer")
    can_close = fields.Boolean(compute="_compute_can_answer")
    lateness = fields.Selection(
        [("none", "On time"), ("late", "Late")], compute="_compute_lateness"
    )
    anchor_label = fields.Char("What is meant", compute="_compute_anchor_label")
    anchor_marks = fields.Json(compute="_compute_anchor_marks")

    # --------------------------------------------------------------- computes

    @api.depends_context("uid")
    @api.depends("state", "asked_user_id", "asked_by_id")
    def _compute_can_answer(self):
        for question in self:
            waiting = question.state == "open"
            is_mine = question.asked_by_id == self.env.user
            question.can_close = waiting and is_mine
            question.can_answer = (
                waiting and not is_mine and question.validation_id._may_answer(question)
            )

    @api.depends("state", "date_due")
    def _compute_lateness(self):
        today = fields.Date.context_today(self)
        for question in self:
            late = (
                question.state == "open"
                and question.date_due
                and question.date_due < today
            )
            question.lateness = "late" if late else "none"

    @api.depends("anchor_kind", "photo_id", "line_id", "anchor_hour")
    def _compute_anchor_label(self):
        """What is meant, in words."""
        for question in self:
            question.anchor_label = question.sudo()._get_anchor_label()

    def _get_anchor_label(self):
        self.ensure_one()
        if self.anchor_kind == "photo":
            return self.env._(
                "Photo: %(caption)s", caption=self.photo_id._get_portal_caption()
            )
        parts = []
        if self.line_id:
            parts.append(
                self.env._("Line: %(line)s", line=self.line_id._get_office_label())
            )
        if self.anchor_hour:
            parts.append(self.env._("Hour: %(hour)s", hour=self.anchor_hour))
        return " · ".join(parts)

    @api.depends("anchor_kind", "anchor_x", "anchor_y", "anchor_width", "anchor_height")
    def _compute_anchor_marks(self):
        """The place on the photo, as a mark that the photo's drawing shows."""
        for question in self:
            question.anchor_marks = question._get_anchor_marks()

    def _get_anchor_marks(self):
        self.ensure_one()
        if self.anchor_kind != "photo":
            return []
        left, top = self.anchor_x, self.anchor_y
        right, bottom = left + self.anchor_width, top + self.anchor_height
        return [{"kind": "rect", "points": [[left, top], [right, bottom]]}]

    # ---------------------------------------------------------------- counter

    @api.model
    def _get_waiting_count(self):
        """How many questions wait for the current user, in one probe of an index."""
        return self.sudo().search_count(
            Domain("asked_user_id", "=", self.env.uid)
            & Domain("state", "=", "open")
            & Domain("company_id", "in", self.env.companies.ids)
        )

    def _get_waiting_row(self):
        self.ensure_one()
        return {
            "id": self.id,
            "question": self.question,
            "name": self.validation_name,
            "by": self.asked_by_id.sudo().name,
            "late": self.lateness == "late",
        }

    # ---------------------------------------------------------------- actions

    def action_close(self):
        """Go on without the answer to one's own question."""
        for question in self:
            question.validation_id.action_close_clarification(question.id)
        return True

    def action_open_validation(self):
        """Window of the approval that this question is on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "intercommunal.validation",
            "res_id": self.validation_id.id,
            "views": [(False, "form")],
        }
