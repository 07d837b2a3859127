from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalClarification(models.Model):
    """A question on what is to be decided: anchored, asked of one person, due."""

    _name = "intercommunal.clarification"
    _description = "Clarification"
    _inherit = ["intercommunal.validation.record", "intercommunal.waiting.counter"]
    _waiting_user = "asked_user_id"
    _order = "id desc"
    _rec_name = "question"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        index=True,
        ondelete="restrict",
    )
    validation_step_id = fields.Many2one(
        "intercommunal.validation.step",
        "Step",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="validation_id.company_id", store=True)
    commune_id = fields.Many2one(
        related="validation_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(
        related="validation_id.service_id", store=True, index=True
    )
    request_id = fields.Many2one(
        related="validation_id.subject_request_id",
        string="Request",
        store=True,
        index=True,
    )
    question = fields.Text(required=True)
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
    photo_id = fields.Many2one("intercommunal.photo", ondelete="restrict")
    anchor_x = fields.Float("Left", digits=(6, 4))
    anchor_y = fields.Float("Top", digits=(6, 4))
    anchor_width = fields.Float("Width", digits=(6, 4))
    anchor_height = fields.Float("Height", digits=(6, 4))
    line_id = fields.Many2one("intercommunal.report.line", "Line", ondelete="restrict")
    anchor_hour = fields.Char("Hour")
    asked_by_id = fields.Many2one(
        "res.users", "Asked by", required=True, ondelete="restrict"
    )
    asked_user_id = fields.Many2one(
        "res.users", "Asked of", required=True, index=True, ondelete="restrict"
    )
    asked_at = fields.Datetime("Asked on", required=True)
    date_due = fields.Date("Answer expected by")
    answer = fields.Text()
    answered_by_id = fields.Many2one("res.users", "Answered by", ondelete="restrict")
    answered_at = fields.Datetime("Answered on")
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        "Files",
        domain=[("res_model", "=", "intercommunal.clarification")],
    )
    state = fields.Selection(
        [
            ("open", "Waiting for an answer"),
            ("answered", "Answered"),
            ("closed", "Closed without an answer"),
        ],
        default="open",
        required=True,
    )
    is_for_me = fields.Boolean(
        "Asked of me", compute="_compute_is_for_me", search="_search_is_for_me"
    )

    # What waits for somebody's answer.
    _open_idx = models.Index("(asked_user_id, validation_id) WHERE state = 'open'")

    @api.depends_context("uid")
    @api.depends("asked_user_id", "state")
    def _compute_is_for_me(self):
        for question in self:
            question.is_for_me = (
                question.state == "open" and question.asked_user_id == self.env.user
            )

    def _search_is_for_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain("asked_user_id", "=", self.env.uid) & fields.Domain(
            "state", "=", "open"
        )
        return domain if True in value else ~domain

    def _get_open(self):
        return self.filtered(lambda question: question.state == "open")

    def _check_open(self):
        self.ensure_one()
        if self.state != "open":
            raise UserError(
                self.env._("This question is settled already. Reload the page.")
            )

    def _close_open(self):
        """Nobody waits for these answers any more."""
        questions = self._get_open()
        questions._write_guarded({"state": "closed"})
        questions._settle()

    def _settle(self):
        """Those who asked may decide again, once no question of theirs is open."""
        for question in self:
            step = question.validation_step_id
            waiting = step.clarification_ids._get_open().asked_by_id
            step.seat_ids.filtered(
                lambda seat, waiting=waiting: (
                    seat.state == "asking" and seat.user_id not in waiting
                )
            )._write_guarded({"state": "pending"})
            step._resume()
