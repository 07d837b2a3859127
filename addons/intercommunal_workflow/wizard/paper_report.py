from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.intervention import REPORTABLE_STATES
from ..models.report import OUTCOMES
from ..models.report_line import LINE_KINDS


class IntercommunalPaperReport(models.TransientModel):
    """Enters the paper sheet of a team that has no phone, in under a minute.

    The sheet's QR code leads here. What is entered is an ordinary report, sent at
    once, and flagged as entered by the service.
    """

    _name = "intercommunal.paper.report"
    _description = "Enter a Paper Sheet"

    intervention_id = fields.Many2one(
        "intercommunal.intervention",
        required=True,
        domain=[("state", "in", REPORTABLE_STATES)],
        default=lambda self: self._default_intervention_id(),
    )
    commune_id = fields.Many2one(related="intervention_id.commune_id")
    place = fields.Char(compute="_compute_place")
    team_id = fields.Many2one(related="intervention_id.team_id")
    type_id = fields.Many2one(related="intervention_id.type_id")
    available_agent_ids = fields.Many2many(
        "res.users", compute="_compute_available_agent_ids"
    )
    date = fields.Date(
        "Done on",
        compute="_compute_from_job",
        store=True,
        readonly=False,
        required=True,
    )
    outcome = fields.Selection(
        OUTCOMES,
        default="done",
        required=True,
    )
    summary = fields.Text("What was done")
    remaining = fields.Text("What is left")
    line_ids = fields.One2many(
        "intercommunal.paper.report.line",
        "paper_id",
        "Times and supplies",
        compute="_compute_from_job",
        store=True,
        readonly=False,
    )
    scan = fields.Binary("Photo of the sheet")

    @api.model
    def _default_intervention_id(self):
        """The job of the address that the QR code gives."""
        job_id = self.env.context.get("active_id")
        job = self.env["intercommunal.intervention"].browse(
            job_id if isinstance(job_id, int) else []
        )
        return job.exists()

    @api.depends("intervention_id")
    def _compute_place(self):
        for paper in self:
            job = paper.intervention_id
            paper.place = job.site_id.name or job.address

    @api.depends("intervention_id")
    def _compute_available_agent_ids(self):
        for paper in self:
            paper.available_agent_ids = paper.intervention_id._get_available_agents()

    @api.depends("intervention_id")
    def _compute_from_job(self):
        for paper in self:
            job = paper.intervention_id
            # nobody enters today what is done tomorrow
            now = fields.Datetime.now()
            paper.date = fields.Datetime.context_timestamp(
                paper, min(job.date_start or now, now)
            ).date()
            paper.line_ids = [
                Command.clear(),
                *(Command.create(vals) for vals in paper._prepare_lines(job)),
            ]

    def _prepare_lines(self, job):
        """A line an agent with the planned time, then the items of the type, empty."""
        people = [
            {"kind": "labour", "agent_id": agent.id, "hours": job.duration}
            for agent in job.agent_ids
        ]
        return people + [
            {
                "kind": "equipment" if product.type == "service" else "material",
                "product_id": product.id,
            }
            for product in job.sudo().type_id.product_ids
        ]

    def action_confirm(self):
        """Send the report of the sheet; its approval opens as for any other.

        :return: the window action of the report
        :raises UserError: nothing was counted on a job that is done
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.hours or line.quantity)
        if not lines and self.outcome != "impossible":
            raise UserError(
                self.env._("Enter at least one time or one item of the sheet.")
            )
        job = self.intervention_id
        job.action_open_report()
        report = job.report_id
        report.write(
            {
                "outcome": self.outcome,
                "summary": self.summary,
                "remaining": self.outcome == "partial" and self.remaining,
                "line_ids": [
                    Command.clear(),
                    *(Command.create(line._prepare_line_vals()) for line in lines),
                ],
            }
        )
        if self.scan:
            self.env["intercommunal.photo"].create(
                {
                    "report_id": report.id,
                    "kind": "other",
                    "name": self.env._("Paper sheet"),
                    "image": self.scan,
                }
            )
        report.action_send()
        return report._get_window_action()


class IntercommunalPaperReportLine(models.TransientModel):
    """A line of the sheet."""

    _name = "intercommunal.paper.report.line"
    _description = "Line of a Paper Sheet"

    paper_id = fields.Many2one(
        "intercommunal.paper.report", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        LINE_KINDS,
        required=True,
        default="labour",
    )
    agent_id = fields.Many2one("res.users")
    product_id = fields.Many2one("product.product", "Item")
    hours = fields.Float("Time")
    quantity = fields.Float(digits="Product Unit")

    def _prepare_line_vals(self):
        self.ensure_one()
        return {
            "kind": self.kind,
            "agent_id": self.kind == "labour" and self.agent_id.id,
            "product_id": self.kind != "labour" and self.product_id.id,
            "minutes": round(self.hours * 60),
            "quantity": self.quantity or 1.0,
            "date": self.paper_id.date,
        }
