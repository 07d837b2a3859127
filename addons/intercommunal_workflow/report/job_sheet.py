import base64
import io

import qrcode

from odoo import api, fields, models

REPORT = "intercommunal_workflow.report_job_sheet"


class ReportJobSheet(models.AbstractModel):
    """Sheets of jobs for a team without a phone."""

    _name = "report.intercommunal_workflow.report_job_sheet"
    _description = "Job Sheets"

    @api.model
    def _get_report_values(self, docids, data=None):
        jobs = self.env["intercommunal.intervention"].browse(docids)
        jobs.check_access("read")
        return {
            "doc_ids": docids,
            "doc_model": jobs._name,
            "docs": jobs,
            "pages": self._get_pages(jobs),
            "qr": self._get_qr,
            "moment": self._format_hours,
            "lang": self.env.lang or "fr_FR",
        }

    @api.model
    def _get_pages(self, jobs):
        """Jobs of one team and one day: a page each, in order of time.

        :return: list of dicts ``team``, ``day``, ``jobs``
        """
        pages = {}
        for job in jobs.sorted(
            lambda job: (job.team_id.id, job.date_start or job.create_date)
        ):
            day = (
                job.date_start
                and fields.Datetime.context_timestamp(job, job.date_start).date()
            )
            page = pages.setdefault(
                (job.team_id.id, day), {"team": job.team_id, "day": day, "jobs": []}
            )
            page["jobs"].append(job)
        return list(pages.values())

    @api.model
    def _get_qr(self, job):
        """The address of the report to enter, as a QR code in a data address."""
        stream = io.BytesIO()
        # core's own barcodes need a library that few servers have
        qrcode.make(job._get_sheet_url(), border=1, box_size=6).save(stream, "PNG")
        return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"

    @api.model
    def _format_hours(self, job):
        """“08:00 – 10:30”, where the reader is."""
        return " – ".join(
            fields.Datetime.context_timestamp(job, moment).strftime("%H:%M")
            for moment in (job.date_start, job.date_end)
            if moment
        )
