from odoo import api, fields, models


class IntercommunalValidation(models.Model):
    """The form of an approval: what is asked, and the windows of its buttons."""

    _inherit = "intercommunal.validation"

    request_description = fields.Text(related="subject_request_id.description")
    request_type_id = fields.Many2one(related="subject_request_id.type_id")
    request_site_id = fields.Many2one(related="subject_request_id.site_id")
    request_address = fields.Char(related="subject_request_id.address")
    request_date_desired = fields.Date(related="subject_request_id.date_desired")
    requester_id = fields.Many2one(
        related="subject_request_id.requester_id", string="Requester"
    )
    request_photo_ids = fields.One2many(
        related="subject_request_id.photo_ids", string="Photos of the request"
    )
    intervention_id = fields.Many2one(
        related="report_id.intervention_id", string="Intervention"
    )
    answers = fields.Json("Answers", compute="_compute_answers")
    photos = fields.Json("All photos", compute="_compute_photos")
    clarification_count = fields.Integer(compute="_compute_my_question")
    my_question_id = fields.Many2one(
        "intercommunal.clarification",
        "Question to you",
        compute="_compute_my_question",
    )
    my_question = fields.Text("Asked of you", compute="_compute_my_question")
    my_open_question_id = fields.Many2one(
        "intercommunal.clarification",
        "Your question",
        compute="_compute_my_question",
    )
    sibling_count = fields.Integer(
        "Other approvals", compute="_compute_sibling_count", help="Of the same request."
    )
    can_annotate = fields.Boolean(compute="_compute_can_annotate")

    # --------------------------------------------------------------- computes

    @api.depends("subject_request_id")
    def _compute_answers(self):
        """What the commune answered to the questions of the type."""
        for run in self:
            request = run.sudo().subject_request_id
            run.answers = request._get_answers() if request else []

    @api.depends("report_id", "request_id")
    def _compute_photos(self):
        for run in self:
            run.photos = [photo._get_thumbnail() for photo in run.sudo()._get_photos()]

    @api.depends_context("uid")
    @api.depends("clarification_ids.state")
    def _compute_my_question(self):
        for run in self:
            questions = run.clarification_ids.sorted("id")
            waiting = questions.filtered(lambda question: question.state == "open")
            run.clarification_count = len(questions)
            run.my_question_id = (
                waiting.filtered("is_for_me")[:1]
                or waiting.filtered(
                    lambda question, run=run: (
                        question.asked_by_id != self.env.user
                        and run._may_answer(question)
                    )
                )[:1]
            )
            run.my_question = run.my_question_id.question
            run.my_open_question_id = waiting.filtered(
                lambda question: question.asked_by_id == self.env.user
            )[:1]

    @api.depends_context("uid")
    @api.depends("subject_request_id")
    def _compute_sibling_count(self):
        counts = dict(
            self._read_group(
                [("subject_request_id", "in", self.subject_request_id.ids)],
                ["subject_request_id"],
                ["__count"],
            )
        )
        for run in self:
            run.sibling_count = max(counts.get(run.subject_request_id, 1) - 1, 0)

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can_annotate(self):
        self._set_can_fields(("action_annotate",))

    # ---------------------------------------------------------------- windows

    def action_open_subject(self):
        """Window of what is decided on: the report, or the request."""
        self.ensure_one()
        subject = self._get_subject()
        return self._open_form(subject)

    def action_open_request(self):
        """Window of the request that this approval is about."""
        self.ensure_one()
        return self._open_form(self.subject_request_id)

    def action_open_siblings(self):
        """Window of the other approvals of the request: earlier versions, before the
        work, or started again."""
        self.ensure_one()
        action = self.subject_request_id.action_open_validations()
        return {
            **action,
            "domain": [*action["domain"], ("id", "!=", self.id)],
            "name": self.env._("Other approvals"),
        }

    def action_open_intervention(self):
        """Window of the job that was reported."""
        self.ensure_one()
        return self._open_form(self.report_id.intervention_id)

    def action_open_clarifications(self):
        """Window of the questions asked on this approval."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_clarification_my_action"
        )
        domain = [("validation_id", "=", self.id)]
        name = self.env._("Questions")
        return {**action, "name": name, "domain": domain, "context": {}}

    @api.model
    def _open_form(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_open_reserves(self):
        """Window that approves line by line.

        :return: the window action of the wizard
        """
        self.ensure_one()
        self.check_access("read")
        self._check_takes_reserves()
        wizard = self.env["intercommunal.validation.part"]._make_for(self)
        return wizard._get_window_action()

    def action_close_my_question(self):
        """Go on without the answer to one's own question."""
        for run in self:
            run.action_close_clarification(run.my_open_question_id.id)
        return True
