from odoo import api, models

from ..tools.content import is_id


class IntercommunalClarification(models.Model):
    """Questions of the commune, asked of somebody in the field."""

    _inherit = "intercommunal.clarification"

    @api.model
    def _get_field_questions(self):
        """The open questions to the current user, as their phone shows them."""
        questions = self.search([("is_for_me", "=", True)], limit=50)
        return [
            {
                "id": question.id,
                "question": question.question,
                "by": question.asked_by_id.name,
                "due": str(question.date_due or ""),
                "job": question.validation_id.report_id.intervention_id.reference or "",
                "name": question.validation_id.subject_name or "",
                "line": question.line_id.name or "",
                "hour": question.anchor_hour or "",
                "photos": question._prepare_field_photos(),
            }
            for question in questions.sudo()
        ]

    def _prepare_field_photos(self):
        """The photo that is meant, with its place on it, as `_prepare_returned_vals`."""
        self.ensure_one()
        return [
            {
                "uuid": photo.uuid,
                "caption": photo._get_portal_caption(),
                # without an area it is the whole photo
                "marks": [
                    {**mark, "text": ""}
                    for mark in self._get_anchor_marks()
                    if self.anchor_width
                ],
            }
            for photo in self.photo_id
        ]

    @api.model
    def _get_field_photo(self, question_id, uuid):
        """The photo that an open question to the current user is about.

        :param int question_id: the question
        :param str uuid: its photo
        :return: base64 text of a JPEG of at most 800 px; "" when it is not theirs
        """
        if not is_id(question_id):
            return ""
        question = self.search([("id", "=", question_id), ("is_for_me", "=", True)])
        # who is asked sees what they are asked about
        photo = question.sudo().photo_id
        return photo._get_field_image() if photo.uuid == uuid else ""
