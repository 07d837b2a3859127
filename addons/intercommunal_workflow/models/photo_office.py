from odoo import api, fields, models
from odoo.fields import Domain


class IntercommunalPhoto(models.Model):
    """What the office shows of a photo, with what was drawn on it."""

    _inherit = "intercommunal.photo"

    marks = fields.Json(
        compute="_compute_marks",
        help="What was drawn on it: kind, points, words, person and date.",
    )

    @api.depends("kind", "name", "taken_at")
    def _compute_display_name(self):
        """The caption; without a name, the hour tells photos apart in a list."""
        for photo in self:
            label = photo._get_portal_caption()
            if photo.taken_at and not photo.name:
                taken = fields.Datetime.context_timestamp(self, photo.taken_at)
                label = f"{label} · {taken.strftime('%H:%M')}"
            photo.display_name = label

    @api.depends("report_id", "request_id")
    def _compute_marks(self):
        """Marks of the annotations, and places that questions point at.

        Two queries, whatever the number of photos: who reads a photo sees its marks.
        """
        stored = self.filtered("id").sudo()
        requests = stored.report_id.request_id | stored.request_id
        marks = {}
        if requests:
            for uuid, mark in self._get_annotation_marks(requests):
                marks.setdefault(uuid, []).append(mark)
            for uuid, mark in self._get_question_marks(stored):
                marks.setdefault(uuid, []).append(mark)
        for photo in self:
            photo.marks = marks.get(photo.uuid, [])

    @api.model
    def _get_annotation_marks(self, requests):
        """Pairs of a photo's identifier and a mark that a remark made on it."""
        decisions = (
            self.env["intercommunal.decision"]
            .sudo()
            .search(
                Domain("validation_id.subject_request_id", "in", requests.ids)
                & Domain("kind", "=", "annotate")
                & Domain("details", "!=", False),
                order="id",
            )
        )
        for decision in decisions:
            details = decision._get_details()
            for mark in details.get("marks", ()):
                yield (
                    details["photo"],
                    {
                        **mark,
                        "text": decision.comment or "",
                        "person": decision.user_id.name,
                        "at": fields.Datetime.to_string(decision.decided_at),
                    },
                )

    @api.model
    def _get_question_marks(self, photos):
        """Pairs of a photo's identifier and the place that a question points at."""
        questions = (
            self.env["intercommunal.clarification"]
            .sudo()
            .search([("photo_id", "in", photos.ids)], order="id")
        )
        for question in questions:
            for mark in question._get_anchor_marks():
                yield (
                    question.photo_id.uuid,
                    {
                        **mark,
                        "text": question.question,
                        "person": question.asked_by_id.name,
                        "at": fields.Datetime.to_string(question.asked_at),
                        "is_question": True,
                    },
                )

    def _get_thumbnail(self):
        """What the web client needs to show this photo."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self._get_portal_caption(),
            "unique": (self.checksum or "")[:8],
        }
