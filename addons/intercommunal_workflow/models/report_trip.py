from odoo import fields, models
from odoo.tools import format_date


class IntercommunalReportLine(models.Model):
    """A line of travel may be the share of a pooled trip."""

    _inherit = "intercommunal.report.line"

    trip_id = fields.Many2one(
        "intercommunal.trip",
        "Pooled trip",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    trip_before = fields.Float(
        "Kilometres of the jobs before",
        digits=(10, 2),
        readonly=True,
        copy=False,
        help="So that the amounts of a trip add up to the price of the whole.",
    )

    def _is_derived(self):
        return super()._is_derived() or bool(self.trip_id)


class IntercommunalReport(models.Model):
    """The share of a trip is in the report before it is sent."""

    _inherit = "intercommunal.report"

    def _complete_lines(self):
        super()._complete_lines()
        self._share_trip()

    def _share_trip(self):
        """Write, correct or take away the line of this job's share of its trip.

        A team that counted its own way on this report keeps it: one way is charged
        once.
        """
        self.ensure_one()
        report = self.sudo()
        job = report.intervention_id
        line = report.line_ids.filtered("trip_id")
        own = report.line_ids.filtered(lambda one: one.kind == "travel") - line
        before, share = (
            job.trip_id._get_shares().get(job.id, (0, 0)) if job.trip_id else (0, 0)
        )
        if own or not share:
            line.unlink()
            return
        vals = {
            "trip_id": job.trip_id.id,
            "trip_before": float(before),
            "quantity": float(share),
            "name": self.env._(
                "Trip of %(date)s shared among %(count)s jobs",
                date=format_date(self.env, job.trip_id.date),
                count=len(job.trip_id._get_shares()),
            ),
        }
        if line:
            line._write_guarded(vals)
        else:
            line._create_guarded(
                [
                    {
                        **vals,
                        "report_id": report.id,
                        "kind": "travel",
                        "date": min(job.trip_id.date, fields.Date.context_today(self)),
                        "is_rework": False,
                    }
                ]
            )
