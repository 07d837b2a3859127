from odoo import api, fields, models
from odoo.tools import SQL

from ..models.request import CLOSED_STATES, REQUEST_PRIORITIES
from ..models.request_feedback import SATISFACTION
from ..models.stage import REQUEST_STATES

ANALYSTS = ",".join(
    f"intercommunal_workflow.group_intercommunal_{name}"
    for name in ("service_manager", "direction", "admin")
)


class IntercommunalRequest(models.Model):
    """Lets a figure open its requests by what it counts, however many they are."""

    _inherit = "intercommunal.request"

    analysis_ids = fields.One2many(
        "intercommunal.request.analysis",
        "request_id",
        "Analysis",
        readonly=True,
        copy=False,
        groups=ANALYSTS,
    )


class IntercommunalRequestAnalysis(models.Model):
    """What became of each request that was sent: one row a request, to be summed up.

    Built as core's reports are (see `account.invoice.report`): a query, no table. An
    addon adds measures through `_select_more` and `_from_more`.
    """

    _name = "intercommunal.request.analysis"
    _description = "Analysis of Requests"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "request_id"

    request_id = fields.Many2one("intercommunal.request", readonly=True)
    company_id = fields.Many2one("res.company", "Intercommunality", readonly=True)
    date = fields.Datetime("Sent on", readonly=True)
    commune_id = fields.Many2one("res.partner", "Commune", readonly=True)
    service_id = fields.Many2one("intercommunal.service", readonly=True)
    type_id = fields.Many2one("intercommunal.request.type", readonly=True)
    site_id = fields.Many2one("intercommunal.site", readonly=True)
    team_id = fields.Many2one("intercommunal.team", readonly=True)
    priority = fields.Selection(REQUEST_PRIORITIES, readonly=True)
    state = fields.Selection(REQUEST_STATES, "Status", readonly=True)
    satisfaction = fields.Selection(SATISFACTION, "Opinion", readonly=True)
    is_open = fields.Integer("Open", readonly=True)
    is_done = fields.Integer("Done", readonly=True)
    is_late = fields.Integer("Late", readonly=True)
    is_refused = fields.Integer("Refused", readonly=True)
    is_redone = fields.Integer("Redone", readonly=True)
    is_rated = fields.Integer("Opinions", readonly=True)
    is_satisfied = fields.Integer("Satisfied", readonly=True)
    answer_days = fields.Float(
        "Days to be taken up", readonly=True, aggregator="avg", digits=(16, 1)
    )
    done_days = fields.Float(
        "Days to be done", readonly=True, aggregator="avg", digits=(16, 1)
    )
    approval_days = fields.Float(
        "Days of approval", readonly=True, aggregator="avg", digits=(16, 1)
    )
    worked_hours = fields.Float("Hours worked", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            "SELECT %s FROM %s WHERE %s",
            SQL(", ").join(self._select()),
            SQL(" ").join(self._from()),
            # what nobody sent yet is nobody's business
            SQL("request.state != 'draft' AND request.date_submitted IS NOT NULL"),
        )

    @api.model
    def _select(self):
        """Columns, as a list of SQL."""
        closed = CLOSED_STATES
        return [
            SQL("request.id AS id"),
            SQL("request.id AS request_id"),
            SQL("request.company_id, request.commune_id, request.service_id"),
            SQL("request.type_id, request.site_id, request.priority, request.state"),
            SQL("request.satisfaction, request.date_submitted AS date"),
            SQL("job.team_id"),
            SQL(
                "CASE WHEN request.state IN %s OR request.state = 'validated'"
                " THEN 0 ELSE 1 END AS is_open",
                closed,
            ),
            SQL(
                "CASE WHEN request.date_validated IS NOT NULL THEN 1 ELSE 0 END"
                " AS is_done"
            ),
            # an answer that is not wanted any more is not late, and no delay runs
            # while the commune's answer is awaited
            SQL(
                """CASE WHEN request.state NOT IN ('refused', 'cancelled')
                    AND request.sla_deadline < COALESCE(
                        request.date_validated, request.date_closed,
                        request.sla_paused_at, now() AT TIME ZONE 'UTC'
                    ) THEN 1 ELSE 0 END AS is_late"""
            ),
            SQL("CASE WHEN request.state = 'refused' THEN 1 ELSE 0 END AS is_refused"),
            # a share of the approved work: what is not approved yet is not of it
            SQL(
                "CASE WHEN job.version > 1 AND request.date_validated IS NOT NULL"
                " THEN 1 ELSE 0 END AS is_redone"
            ),
            SQL("CASE WHEN request.satisfaction IS NULL THEN 0 ELSE 1 END AS is_rated"),
            SQL(
                "CASE WHEN request.satisfaction = 'good' THEN 1 ELSE 0 END"
                " AS is_satisfied"
            ),
            SQL(
                "%s AS answer_days",
                self._days("request.date_accepted", "request.date_submitted"),
            ),
            SQL(
                "%s AS done_days",
                self._days("request.date_validated", "request.date_submitted"),
            ),
            SQL("approval.days AS approval_days"),
            SQL("job.hours AS worked_hours"),
        ]

    @api.model
    def _days(self, end, start):
        return SQL(
            "EXTRACT(EPOCH FROM %s - %s) / 86400",
            SQL.identifier(*end.split(".")),
            SQL.identifier(*start.split(".")),
        )

    @api.model
    def _from(self):
        """Tables, as a list of SQL; each join gives one row a request at most."""
        return [
            SQL("intercommunal_request AS request"),
            # the time of the version that was accepted, else of the last one
            SQL(
                """LEFT JOIN LATERAL (
                    SELECT MIN(job.team_id) AS team_id,
                           MAX(report.version) AS version,
                           SUM(report.hours) AS hours
                      FROM intercommunal_intervention AS job
                      LEFT JOIN LATERAL (
                          SELECT version.version,
                                 (SELECT SUM(line.minutes) / 60.0
                                    FROM intercommunal_report_line AS line
                                   WHERE line.report_id = version.id
                                     AND line.kind = 'labour') AS hours
                            FROM intercommunal_report AS version
                           WHERE version.intervention_id = job.id
                             AND version.state != 'draft'
                           ORDER BY version.version DESC
                           LIMIT 1
                      ) AS report ON TRUE
                     WHERE job.request_id = request.id
                ) AS job ON TRUE"""
            ),
            SQL(
                """LEFT JOIN LATERAL (
                    SELECT AVG(%s) AS days
                      FROM intercommunal_validation AS run
                     WHERE run.subject_request_id = request.id
                       AND run.closed_at IS NOT NULL
                ) AS approval ON TRUE""",
                self._days("run.closed_at", "run.opened_at"),
            ),
        ]

    def action_open_request(self):
        """Open the request of this row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "intercommunal.request",
            "res_id": self.request_id.id,
            "views": [(False, "form")],
        }

    # --------------------------------------------------------------- the figures

    @api.model
    def _get_measures(self):
        """What the figures are made of, as aggregates of this model."""
        return [
            "__count",
            "is_open:sum",
            "is_done:sum",
            "is_late:sum",
            "is_refused:sum",
            "is_redone:sum",
            "is_rated:sum",
            "is_satisfied:sum",
            "answer_days:avg",
            "done_days:avg",
            "approval_days:avg",
            "worked_hours:sum",
        ]

    @api.model
    def _get_figures(self, domain, groupby=None):
        """The figures of the requests of ``domain``, in one query.

        :param str groupby: a field, or None for the whole
        :return: list of dict: group (a record, a value, or None), and each measure by
            name; shares (late, refused, redone, satisfied) are percentages, or None
            when there is nothing to divide by
        """
        measures = self._get_measures()
        rows = self._read_group(domain, [groupby] if groupby else [], measures)
        return [self._tell(row, bool(groupby), measures) for row in rows]

    @api.model
    def _get_many_figures(self, domain, groupbys):
        """The figures of the requests of ``domain``, whole and by each of ``groupbys``.

        One pass over the requests: what each of them took is worked out once.

        :param list groupbys: fields, as `_get_figures` takes them
        :return: list of what `_get_figures` gives: the whole, then each grouping
        """
        measures = self._get_measures()
        sets = [[], *([groupby] for groupby in groupbys)]
        whole, *parts = self._read_grouping_sets(domain, sets, measures)
        return [
            # a user who may read none has no row at all
            [self._tell(row, False, measures) for row in whole]
            or self._get_figures(domain),
            *([self._tell(row, True, measures) for row in rows] for rows in parts),
        ]

    @api.model
    def _tell(self, row, grouped, measures):
        group, values = (row[0], row[1:]) if grouped else (None, row)
        figures = {
            # an average of nothing is none, where a sum of nothing is zero
            measure.split(":")[0].strip("_"): (
                value or None if measure.endswith(":avg") else value
            )
            for measure, value in zip(measures, values, strict=True)
        }
        for part, whole in (
            ("late", "count"),
            ("refused", "count"),
            ("redone", "done"),
            ("satisfied", "rated"),
        ):
            total = figures.get(whole, figures.get(f"is_{whole}")) or 0
            share = round(100 * (figures[f"is_{part}"] or 0) / total) if total else None
            figures[f"{part}_share"] = share
        return {"group": group, **figures}
