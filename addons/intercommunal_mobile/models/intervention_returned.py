from odoo import api, models
from odoo.fields import Domain

from ..tools.content import is_id

# Photos that come back with a job, at most.
MAX_RETURNED = 3


class IntercommunalIntervention(models.Model):
    """What the commune refused or reserved, on the phone of who must mend it."""

    _inherit = "intercommunal.intervention"

    def _prepare_returned_vals(self):
        """The line, the words and the photos of what comes back, as JSON.

        The photos are named here and fetched once, see `_get_field_photo`.
        """
        self.ensure_one()
        return {
            "is_reserve": bool(self.reserve_id),
            "reserved_line": self._get_returned_line().name or "",
            "comment": self.return_comment or self.reserve_id.text or "",
            "returned_photos": [
                {
                    "uuid": photo.uuid,
                    "caption": photo._get_portal_caption(),
                    "marks": [
                        {
                            "kind": mark["kind"],
                            "points": mark["points"],
                            "text": mark["text"] or "",
                        }
                        for mark in photo.marks or ()
                    ],
                }
                for photo in self._get_returned_photos()
            ],
        }

    def _get_returned_line(self):
        """The line that the commune means, if it names one."""
        report = self._get_returned_report()
        if not report:
            return self.reserve_id.report_line_id
        meant = {
            decision._get_details().get("line")
            for decision in report._get_return_decision()
        }
        return report.line_ids.filtered(lambda line: line.id in meant)

    def _get_returned_photos(self):
        """The photos to look at before doing the work again, at most three.

        Those that the commune points at or drew on; else what the report showed.
        """
        self.ensure_one()
        report = self._get_returned_report()
        run = report.validation_id or self.reserve_id.validation_id
        decisions = run.decision_ids.filtered(lambda one: one.kind == "annotate")
        meant = {
            decision._get_details().get("photo")
            for decision in decisions | report._get_return_decision()
        }
        if not report:
            meant.add(self.reserve_id.photo_id.uuid)
        photos = run._get_photos().filtered(lambda photo: photo.uuid in meant)
        return (photos or run.report_id.photo_ids)[:MAX_RETURNED]

    @api.model
    def _get_field_photo(self, job_id, uuid):
        """One photo that came back with a job of the current user's phone.

        :param int job_id: the job that it came back with
        :param str uuid: which of its photos
        :return: base64 text of a JPEG of at most 800 px; "" when it is not theirs
        """
        if not is_id(job_id):
            return ""
        mine = self._get_field_domain()
        # the job is the user's: what the commune shows them goes with it
        job = self.search(mine & Domain("id", "=", job_id)).sudo()
        if not job:
            return ""
        photo = job._get_returned_photos().filtered(lambda one: one.uuid == uuid)
        return photo._get_field_image()
