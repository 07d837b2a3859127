from datetime import datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.circuit import SUBJECT_MODELS
from .replay_facts import CLOSED, Facts, Replay


class IntercommunalCircuitReplay(models.TransientModel):
    """Last year's cases under the circuits of today, or under one on trial.

    The cases are only read; what would have happened is kept for the one who asked,
    until it is cleaned away with the other windows.
    """

    _name = "intercommunal.circuit.replay"
    _description = "Replay of Past Cases"

    circuit_id = fields.Many2one(
        "intercommunal.circuit",
        "Circuit on trial",
        domain="[('subject', '=', subject)]",
        context={"active_test": False},
        help="It takes its place among the others, instead of its other versions."
        " Leave empty to replay the circuits as they are.",
    )
    subject = fields.Selection(
        [("request", "Requests"), ("report", "Reports")],
        "Replay",
        required=True,
        default="report",
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=365),
    )
    date_to = fields.Date("Until", required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_done = fields.Boolean(readonly=True)
    case_ids = fields.One2many("intercommunal.circuit.replay.case", "replay_id")
    vote_ids = fields.One2many("intercommunal.circuit.replay.vote", "replay_id")
    case_count = fields.Integer("Cases", readonly=True)
    vote_count = fields.Integer("Decisions", readonly=True)
    blocked_count = fields.Integer("Without an approver", readonly=True)
    twice_count = fields.Integer("Same person twice", readonly=True)
    different_count = fields.Integer("Otherwise than it was", readonly=True)
    real_vote_count = fields.Integer("Decisions then", readonly=True)
    days = fields.Float("Median delay (days)", readonly=True, digits=(16, 1))
    real_days = fields.Float("Median delay then (days)", readonly=True, digits=(16, 1))

    @api.depends("circuit_id", "date_from", "date_to")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._(
                "Replay: %(name)s",
                name=wizard.circuit_id.name or self.env._("present circuits"),
            )

    # ----------------------------------------------------------------- actions

    def action_replay(self):
        """Replay the cases of the period; nothing is written but this window's rows.

        :return: the window action of the result
        :raises UserError: no case in the period
        """
        self.ensure_one()
        self.circuit_id.check_access("read")
        facts = Facts(self._find_subjects(), self.company_id)
        if not facts.cases:
            raise UserError(
                self.env._("There was no case between these dates: choose others.")
            )
        circuits = self.circuit_id._get_line_up(
            self.subject, self.company_id, self.circuit_id
        )
        outcomes = Replay(facts, circuits.with_env(facts.env)).run()
        self.case_ids.unlink()
        self.vote_ids.unlink()
        self._keep(outcomes)
        return self._get_window()

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (
                    self.env.ref(
                        "intercommunal_workflow.intercommunal_circuit_replay_view_result"
                    ).id,
                    "form",
                )
            ],
            "target": "current",
        }

    def action_cases(self):
        """List all the cases."""
        return self._open_rows("intercommunal_circuit_replay_case_action", [])

    def action_blocked(self):
        """List the cases that nobody would have decided on."""
        return self._open_rows(
            "intercommunal_circuit_replay_case_action", [("problem", "!=", False)]
        )

    def action_twice(self):
        """List the cases on which one person would have decided at two steps."""
        return self._open_rows(
            "intercommunal_circuit_replay_case_action", [("is_twice", "=", True)]
        )

    def action_different(self):
        """List the cases that would have gone otherwise than they did."""
        return self._open_rows(
            "intercommunal_circuit_replay_case_action", [("is_different", "=", True)]
        )

    def action_votes(self):
        """Count the decisions, person by person."""
        return self._open_rows("intercommunal_circuit_replay_vote_action", [])

    def _open_rows(self, action, domain):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                f"intercommunal_workflow.{action}"
            ),
            "domain": [("replay_id", "=", self.id), *domain],
        }

    # ----------------------------------------------------------------- helpers

    def _find_subjects(self):
        """The cases of the period that the current user may read.

        :return: requests or reports, in the superuser's environment
        """
        if self.date_to < self.date_from:
            raise UserError(
                self.env._("The period ends before it begins: change its dates.")
            )
        zone = ZoneInfo(self.env.user.tz or "Europe/Paris")
        start, end = (
            datetime.combine(day, time.min, zone)
            .astimezone(ZoneInfo("UTC"))
            .replace(tzinfo=None)
            for day in (self.date_from, self.date_to + timedelta(days=1))
        )
        subjects = self.env[SUBJECT_MODELS[self.subject]]
        domain = subjects._get_replay_domain(start, end)
        domain &= fields.Domain("company_id", "=", self.company_id.id)
        return subjects.search(domain, order="id").sudo()

    def _keep(self, outcomes):
        closed = [outcome for outcome in outcomes if outcome.case.state in CLOSED]
        asked = [outcome for outcome in outcomes if outcome.votes]
        self.write(
            {
                "is_done": True,
                "case_count": len(outcomes),
                "vote_count": sum(len(outcome.votes) for outcome in outcomes),
                "real_vote_count": sum(len(outcome.case.votes) for outcome in outcomes),
                "blocked_count": sum(bool(outcome.problem) for outcome in outcomes),
                "twice_count": sum(outcome.has_twice() for outcome in outcomes),
                "different_count": sum(outcome.is_different() for outcome in outcomes),
                "days": median([outcome.days for outcome in asked] or [0]),
                "real_days": median([outcome.case.days for outcome in closed] or [0]),
            }
        )
        cases = self.env["intercommunal.circuit.replay.case"].create(
            [self._prepare_case_vals(outcome) for outcome in outcomes]
        )
        self.env["intercommunal.circuit.replay.vote"].create(
            [
                self._prepare_vote_vals(case, outcome, vote)
                for case, outcome in zip(cases, outcomes, strict=True)
                for vote in outcome.votes
            ]
        )

    def _prepare_case_vals(self, outcome):
        case = outcome.case
        return {
            "replay_id": self.id,
            f"{self.subject}_id": case.id,
            "commune_id": case.commune,
            "service_id": case.service,
            "circuit_id": outcome.circuit,
            "real_circuit_id": case.circuit,
            "amount": case.amount,
            "date": case.day,
            "problem": outcome.problem,
            "step_id": outcome.step,
            "is_twice": outcome.has_twice(),
            "is_different": outcome.is_different(),
            "vote_count": len(outcome.votes),
            "real_vote_count": len(case.votes),
            "days": outcome.days,
            "real_days": case.days,
        }

    def _prepare_vote_vals(self, row, outcome, vote):
        return {
            "replay_id": self.id,
            "case_id": row.id,
            "user_id": vote.user,
            "on_behalf_of_id": vote.principal if vote.principal != vote.user else False,
            "step_id": vote.step,
            "commune_id": outcome.case.commune,
            "service_id": outcome.case.service,
            "date": outcome.case.day,
            "days": vote.days,
            "is_real": vote.real,
        }


class IntercommunalCircuitReplayCase(models.TransientModel):
    """What would have happened to one case."""

    _name = "intercommunal.circuit.replay.case"
    _description = "Replayed Case"
    _order = "id"

    replay_id = fields.Many2one(
        "intercommunal.circuit.replay", required=True, index=True, ondelete="cascade"
    )
    request_id = fields.Many2one("intercommunal.request", ondelete="cascade")
    report_id = fields.Many2one("intercommunal.report", ondelete="cascade")
    name = fields.Char("Case", compute="_compute_name")
    commune_id = fields.Many2one("res.partner", "Commune", ondelete="cascade")
    service_id = fields.Many2one("intercommunal.service", ondelete="cascade")
    circuit_id = fields.Many2one("intercommunal.circuit", ondelete="cascade")
    real_circuit_id = fields.Many2one(
        "intercommunal.circuit", "Circuit then", ondelete="cascade"
    )
    amount = fields.Float(digits="Product Price")
    date = fields.Date()
    problem = fields.Selection(
        [
            ("vacant", "Nobody could decide at a step"),
            ("no_step", "No step applied"),
            ("no_circuit", "No circuit was about it"),
        ],
        "Why nobody decides",
    )
    step_id = fields.Many2one(
        "intercommunal.circuit.step", "Stopped at", ondelete="cascade"
    )
    is_twice = fields.Boolean("Same person twice")
    is_different = fields.Boolean("Otherwise than it was")
    vote_ids = fields.One2many("intercommunal.circuit.replay.vote", "case_id")
    user_ids = fields.Many2many(
        "res.users", string="Who would decide", compute="_compute_user_ids"
    )
    vote_count = fields.Integer("Decisions")
    real_vote_count = fields.Integer("Decisions then")
    days = fields.Float("Delay (days)", digits=(16, 1), aggregator="avg")
    real_days = fields.Float("Delay then (days)", digits=(16, 1), aggregator="avg")

    @api.depends("request_id", "report_id")
    def _compute_name(self):
        for row in self:
            row.name = (row.request_id or row.report_id).display_name

    @api.depends("vote_ids.user_id")
    def _compute_user_ids(self):
        for row in self:
            row.user_ids = row.vote_ids.user_id

    def action_open_case(self):
        """Open the real request or report."""
        self.ensure_one()
        case = self.request_id or self.report_id
        return {
            "type": "ir.actions.act_window",
            "res_model": case._name,
            "res_id": case.id,
            "views": [(False, "form")],
        }


class IntercommunalCircuitReplayVote(models.TransientModel):
    """A decision that one person would have taken."""

    _name = "intercommunal.circuit.replay.vote"
    _description = "Replayed Decision"
    _order = "id"

    replay_id = fields.Many2one(
        "intercommunal.circuit.replay", required=True, index=True, ondelete="cascade"
    )
    case_id = fields.Many2one(
        "intercommunal.circuit.replay.case",
        required=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one("res.users", "Person", ondelete="cascade")
    on_behalf_of_id = fields.Many2one("res.users", "On behalf of", ondelete="cascade")
    step_id = fields.Many2one("intercommunal.circuit.step", "Step", ondelete="cascade")
    commune_id = fields.Many2one("res.partner", "Commune", ondelete="cascade")
    service_id = fields.Many2one("intercommunal.service", ondelete="cascade")
    date = fields.Date()
    days = fields.Float("Delay (days)", digits=(16, 1), aggregator="avg")
    is_real = fields.Boolean("They really decided on it")
