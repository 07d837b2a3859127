from odoo import models


class IntercommunalValidation(models.Model):
    """What the portal shows of an approval."""

    _inherit = "intercommunal.validation"

    def _get_portal_reference(self):
        """What names the file next to its title, which is there already."""
        self.ensure_one()
        return self.report_id.display_name or self.subject_request_id.reference

    def _get_portal_earlier_reports(self):
        """Versions of the report before this one, with why they came back."""
        self.check_access("read")
        report = self.sudo().report_id
        return report.intervention_id.report_ids.filtered(
            lambda other: other.version < report.version and other.state != "draft"
        ).sorted("version", reverse=True)


class IntercommunalDecision(models.Model):
    """What the portal shows of a decision."""

    _inherit = "intercommunal.decision"

    def _get_portal_marks(self):
        """The photo that was drawn on, and the lines of the marks.

        :return: (photo, list of points as SVG writes them), or None; numbers alone
        """
        self.ensure_one()
        details = self._get_details()
        photos = self.validation_id._get_photos() if details.get("marks") else ()
        for photo in photos:
            if photo.uuid == details.get("photo"):
                return photo, [self._to_points(mark) for mark in details["marks"]]
        return None

    @staticmethod
    def _to_points(mark):
        points = [(float(x), float(y)) for x, y in mark["points"]]
        if mark["kind"] == "rect" and len(points) > 1:
            (x1, y1), (x2, y2) = points[0], points[-1]
            points = [(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)]
        return " ".join(f"{x:.4f},{y:.4f}" for x, y in points)
