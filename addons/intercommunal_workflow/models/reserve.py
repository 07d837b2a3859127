from odoo import api, fields, models


class IntercommunalReserve(models.Model):
    """What a commune reserved of a line, until a job of its own lifts it."""

    _name = "intercommunal.reserve"
    _description = "Reserve on a Report"
    _inherit = ["intercommunal.validation.record"]
    _order = "id desc"

    validation_id = fields.Many2one(
        "intercommunal.validation",
        "Approval",
        required=True,
        index=True,
        ondelete="restrict",
    )
    report_line_id = fields.Many2one(
        "intercommunal.report.line",
        "Line",
        required=True,
        index=True,
        ondelete="restrict",
    )
    report_id = fields.Many2one(related="report_line_id.report_id", store=True)
    company_id = fields.Many2one(related="validation_id.company_id", store=True)
    commune_id = fields.Many2one(
        related="validation_id.commune_id", store=True, index=True
    )
    service_id = fields.Many2one(
        related="validation_id.service_id", store=True, index=True
    )
    text = fields.Text("What is missing", required=True)
    photo_id = fields.Many2one("intercommunal.photo", ondelete="restrict")
    minutes = fields.Integer("Reserved minutes")
    quantity = fields.Float("Reserved quantity", digits="Product Unit")
    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        "Job that lifts it",
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [("open", "Open"), ("lifted", "Lifted"), ("dropped", "Dropped")],
        default="open",
        required=True,
    )
    lifted_at = fields.Datetime("Lifted on")
    lifted_report_id = fields.Many2one(
        "intercommunal.report", "Lifted by", ondelete="restrict"
    )

    @api.depends("report_line_id", "intervention_id")
    def _compute_display_name(self):
        for reserve in self:
            reserve.display_name = self.env._(
                "Reserve on %(line)s", line=reserve.report_line_id.name or reserve.id
            )

    def _open_job(self):
        """Make the job that lifts each réserve, for its line alone."""
        for reserve in self:
            job = reserve.report_id.intervention_id
            new = job._create_guarded(
                [
                    {
                        "request_id": job.request_id.id,
                        "name": self.env._(
                            "Reserve: %(job)s (%(line)s)",
                            job=job.request_id.name,
                            line=reserve.report_line_id.name or job.name,
                        ),
                        "team_id": job.team_id.id,
                        "leader_id": job.leader_id.id,
                        "instructions": reserve.text,
                        "reserve_id": reserve.id,
                    }
                ]
            )
            new._subscribe_team()
            reserve._write_guarded({"intervention_id": new.id})

    def _lift(self, report):
        """The job's ``report`` was accepted: what was reserved is accepted now."""
        for reserve in self.filtered(lambda reserve: reserve.state == "open"):
            reserve._write_guarded(
                {
                    "state": "lifted",
                    "lifted_at": fields.Datetime.now(),
                    "lifted_report_id": report.id,
                }
            )
            reserve.report_line_id._move_reserved("accepted", reserve)
            reserve.report_id._after_reserve_lifted(reserve)

    def _drop(self):
        """The job was cancelled: what was reserved is not accepted."""
        for reserve in self.filtered(lambda reserve: reserve.state == "open"):
            reserve._write_guarded({"state": "dropped"})
            reserve.report_line_id._move_reserved("refused", reserve)
