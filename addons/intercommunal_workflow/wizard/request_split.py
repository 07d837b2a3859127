from datetime import timedelta

from odoo import Command, api, fields, models


class IntercommunalRequestSplit(models.TransientModel):
    """Makes several jobs of one request."""

    _name = "intercommunal.request.split"
    _description = "Split into Jobs"

    request_id = fields.Many2one(
        "intercommunal.request",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    service_id = fields.Many2one(related="request_id.service_id")
    line_ids = fields.One2many(
        "intercommunal.request.split.line", "split_id", "Jobs", required=True
    )

    @api.model
    def default_get(self, fields):
        """One line to begin with: the request itself, for its only team."""
        values = super().default_get(fields)
        request = self.env["intercommunal.request"].browse(
            values.get("request_id") or []
        )
        if request and "line_ids" in fields and not values.get("line_ids"):
            teams = request.service_id.team_ids
            values["line_ids"] = [
                Command.create(
                    {
                        "name": request.name,
                        "team_id": len(teams) == 1 and teams.id,
                        "hours": request.type_id.default_duration or 1.0,
                    }
                )
            ]
        return values

    def action_confirm(self):
        """Create the jobs.

        :return: their window action
        """
        self.ensure_one()
        return self.request_id.action_split(
            [line._prepare_part() for line in self.line_ids]
        )


class IntercommunalRequestSplitLine(models.TransientModel):
    """One of the jobs."""

    _name = "intercommunal.request.split.line"
    _description = "Job of a Split"
    _order = "sequence, id"

    split_id = fields.Many2one(
        "intercommunal.request.split", required=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Job", required=True)
    service_id = fields.Many2one(related="split_id.service_id")
    team_id = fields.Many2one(
        "intercommunal.team", domain="[('service_id', '=', service_id)]"
    )
    date_start = fields.Datetime("Start")
    hours = fields.Float(
        "Hours", compute="_compute_hours", store=True, readonly=False, precompute=True
    )

    @api.depends("split_id")
    def _compute_hours(self):
        for line in self:
            line.hours = (
                line.hours or line.split_id.request_id.type_id.default_duration or 1.0
            )

    def _prepare_part(self):
        self.ensure_one()
        end = self.date_start and self.date_start + timedelta(hours=self.hours or 1.0)
        return {
            "name": self.name,
            "team_id": self.team_id.id,
            "date_start": self.date_start,
            "date_end": end,
        }
