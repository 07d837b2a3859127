from odoo import api, fields, models
from odoo.exceptions import UserError


class IntercommunalValidationAnswer(models.TransientModel):
    """Answers a question asked before a decision."""

    _name = "intercommunal.validation.answer"
    _description = "Answer a Question"
    _inherit = ["intercommunal.reply.choice"]

    request_ids = fields.Many2many(
        compute="_compute_request_ids", required=False, default=None
    )
    clarification_id = fields.Many2one(
        "intercommunal.clarification",
        "Question",
        required=True,
        readonly=True,
        default=lambda self: self._default_clarification_id(),
    )
    question = fields.Text(related="clarification_id.question", string="Asked")
    anchor_label = fields.Char(related="clarification_id.anchor_label")
    anchor_kind = fields.Selection(related="clarification_id.anchor_kind")
    anchor_marks = fields.Json(related="clarification_id.anchor_marks")
    photo_id = fields.Many2one(related="clarification_id.photo_id")
    answer = fields.Text(
        compute="_compute_answer",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "intercommunal_validation_answer_attachment_rel",
        string="Photos or PDF",
    )

    @api.model
    def _default_clarification_id(self):
        record_id = self.env.context.get("active_id")
        model = self.env.context.get("active_model")
        if model == "intercommunal.clarification":
            return record_id
        if model == "intercommunal.validation":
            return self.env[model].browse(record_id).my_question_id
        return False

    @api.depends("clarification_id")
    def _compute_request_ids(self):
        for wizard in self:
            wizard.request_ids = wizard.clarification_id.request_id

    def _get_reply_usage(self):
        return "answer"

    @api.depends("reply_id")
    def _compute_answer(self):
        for wizard in self.filtered("reply_id"):
            wizard.answer = wizard.reply_id._get_text(wizard.request_ids)

    def action_confirm(self):
        """Answer, with the files."""
        self.ensure_one()
        question = self.clarification_id
        question.validation_id.action_answer_clarification(
            question.id, self.answer, self._prepare_files()
        )
        # what was sent lives on with the answer, encoded anew
        self.attachment_ids.unlink()
        return {"type": "ir.actions.act_window_close"}

    def _prepare_files(self):
        """The files that this window received, as the engine takes them."""
        files = self.attachment_ids
        files.check_access("read")
        if any(
            file.create_uid != self.env.user
            or file.res_model not in (False, self._name)
            for file in files
        ):
            raise UserError(self.env._("Choose files of your own device."))
        return [{"name": file.name, "content": file.datas} for file in files]
