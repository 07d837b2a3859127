"""The direction's page: the figures of a period, beside those of the one before."""

from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.misc import formatLang

SPANS = {"month": 1, "quarter": 3, "year": 12}
# at most so many communes on the page: the others are in the analysis
MAX_ROWS = 12
READ_ALL = ",".join(
    f"intercommunal_workflow.group_intercommunal_{name}"
    for name in ("direction", "finance", "admin")
)
# what the tables are by, besides months
ROW_FIELDS = ("service_id", "type_id", "commune_id")


class IntercommunalDashboard(models.TransientModel):
    """Figures of a period, of one service or of all, each leading to its requests."""

    _name = "intercommunal.dashboard"
    _description = "Dashboard"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    span = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        "Period",
        required=True,
        default="year",
    )
    date = fields.Date(
        "Which contains",
        required=True,
        default=fields.Date.context_today,
        help="Any day of the period.",
    )
    service_id = fields.Many2one(
        "intercommunal.service", help="Empty: all those that you may read."
    )
    period = fields.Char("Period shown", compute="_compute_period")
    figure_count = fields.Char("Requests", compute="_compute_figures")
    figure_done_days = fields.Char("Days to be done", compute="_compute_figures")
    figure_late_share = fields.Char("Late", compute="_compute_figures")
    figure_approval_days = fields.Char("Days of approval", compute="_compute_figures")
    figure_refused_share = fields.Char("Refused requests", compute="_compute_figures")
    figure_redone_share = fields.Char("Redone work", compute="_compute_figures")
    figure_satisfied_share = fields.Char(
        "Satisfied communes", compute="_compute_figures"
    )
    figure_worked_hours = fields.Char("Hours worked", compute="_compute_figures")
    has_change = fields.Boolean("Something changed", compute="_compute_figures")
    figures = fields.Html(compute="_compute_figures", sanitize=False)

    # --------------------------------------------------------------- computes

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Dashboard")

    @api.depends("span", "date")
    def _compute_period(self):
        for board in self:
            first, last = board._get_period()
            board.period = self.env._(
                "From %(first)s to %(last)s",
                first=format_date(self.env, first),
                last=format_date(self.env, last),
            )

    @api.depends("span", "date", "service_id")
    @api.depends_context("lang", "uid")
    def _compute_figures(self):
        for board in self:
            board._show_facts(board._get_facts())

    def _show_facts(self, facts):
        """Put what `_get_facts` found in the fields of the page."""
        self.figures = self.env["ir.qweb"]._render(
            "intercommunal_workflow.dashboard_figures", {**facts, "linked": True}
        )
        self.has_change = any(card["delta"] for card in facts["cards"])
        for card in facts["cards"]:
            self[f"figure_{card['name']}"] = self._tell_card(card)

    def _tell_card(self, card):
        """A figure in words, with what changed since the year before."""
        if card["value"] is None:
            return "–"
        text = _tell_number(self.env, card["value"], card["unit"])
        if not card["delta"]:
            return text
        arrow = "▲" if card["delta"] > 0 else "▼"
        change = _tell_number(self.env, abs(card["delta"]), card["unit"])
        return f"{text}  {arrow} {change}"

    # ------------------------------------------------------------------ periods

    def _get_period(self, back=0):
        """First and last day of the period, or of the same one ``back`` years ago."""
        self.ensure_one()
        day = self.date or fields.Date.context_today(self)
        months = SPANS[self.span or "year"]
        month = (day.month - 1) // months * months + 1
        first = date(day.year - back, month, 1)
        return first, first + relativedelta(months=months, days=-1)

    def _get_domain(self, back=0):
        """Requests sent within the period, in the time of the intercommunality."""
        return self._get_scope_domain() & self._get_days_domain(*self._get_period(back))

    def _get_scope_domain(self):
        """What belongs to the company, and to the service that was chosen."""
        domain = Domain("company_id", "=", self.company_id.id)
        if self.service_id:
            domain &= Domain("service_id", "=", self.service_id.id)
        return domain

    def _get_days_domain(self, first, last):
        zone = self.company_id._get_working_timezone()
        start, end = (
            datetime.combine(day, moment, zone).astimezone(UTC).replace(tzinfo=None)
            for day, moment in ((first, time.min), (last, time.max))
        )
        return Domain("date", ">=", start) & Domain("date", "<=", end)

    # -------------------------------------------------------------------- facts

    def _get_facts(self):
        """All that the page and the yearly report say.

        Read with the rights of the user, in as many queries whatever the number of
        requests, each of which is gone through once.

        :return: dict
        """
        self.ensure_one()
        analysis = self.env["intercommunal.request.analysis"]
        analysis.check_access("read")
        now, before = self._get_domain(), self._get_domain(back=1)
        [past] = analysis._get_figures(before)
        [total], services, types, communes, months = analysis._get_many_figures(
            now, ["service_id", "type_id", "commune_id", "date:month"]
        )
        first, last = self._get_period()
        return {
            "board": self,
            "first": first,
            "last": last,
            "cards": self._get_cards(total, past),
            "total": total,
            "services": sorted(services, key=lambda row: -row["count"]),
            "types": sorted(types, key=lambda row: -row["count"]),
            "communes": sorted(communes, key=lambda row: -row["count"]),
            "max_rows": MAX_ROWS,
            "months": sorted(months, key=lambda row: row["group"]),
            "peak": max((row["count"] for row in months), default=0),
            "teams": self._get_teams(),
            "reasons": self._get_reasons(now),
            **self._get_silent(services, communes),
            "has_cost": "cost:sum" in analysis._get_measures(),
            "currency": self.company_id.currency_id,
            "month_name": self._name_month,
        }

    def _get_cards(self, total, past):
        """The key figures.

        :return: list of dict: name, label, value, unit, delta (since the year before,
            or None), is_better (None: neither)
        """
        _ = self.env._
        cards = [
            ("count", _("Requests"), "", None),
            ("done_days", _("Days to be done"), "", False),
            ("late_share", _("Late"), "%", False),
            ("approval_days", _("Days of approval"), "", False),
            ("refused_share", _("Refused requests"), "%", False),
            ("redone_share", _("Redone work"), "%", False),
            ("satisfied_share", _("Satisfied communes"), "%", True),
            ("worked_hours", _("Hours worked"), "", None),
        ]
        return [
            self._make_card(total, past, *card)
            for card in [*cards, *self._more_cards()]
        ]

    def _more_cards(self):
        """Hook: (name, label, unit, whether more is better) of an addon."""
        return []

    def _make_card(self, total, past, name, label, unit, more_is_better):
        # a year without any request is nothing to compare with
        value, old = total[name], past[name] if past["count"] else None
        delta = round(value - old, 1) if value is not None and old is not None else None
        better = None
        if delta and more_is_better is not None:
            better = (delta > 0) == more_is_better
        return {
            "name": name,
            "label": label,
            "value": value,
            "unit": unit,
            "delta": delta,
            "is_better": better,
        }

    def _get_teams(self):
        """Load against capacity of the coming weeks, as the plan has it.

        :return: list of dict: team, capacity, load (hours), rate (percentage or None)
        """
        teams = self.env["intercommunal.team"].search(
            Domain("company_id", "=", self.company_id.id)
            & (
                Domain("service_id", "=", self.service_id.id)
                if self.service_id
                else Domain.TRUE
            )
        )
        today = fields.Date.context_today(self)
        load = teams._map_load(today, today + timedelta(days=27))
        rows = []
        for team in teams:
            days = load[team.id].values()
            capacity = sum(day["capacity"] for day in days)
            planned = sum(day["load"] for day in days)
            rows.append(
                {
                    "team": team,
                    "capacity": capacity,
                    "load": planned,
                    "rate": round(100 * planned / capacity) if capacity else None,
                }
            )
        return rows

    def _get_silent(self, services, communes):
        """Who is not in the tables, for there was no request.

        :param list services: rows of the table by service
        :param list communes: rows of the table by commune
        :return: dict of silent_services and silent_communes, names in their order
        """
        asked = self.env["intercommunal.service"].union(
            *(row["group"] for row in services)
        )
        scope = Domain("company_id", "=", self.company_id.id)
        if not self.env.user.has_groups(READ_ALL):
            scope &= Domain("manager_ids", "in", self.env.uid)
        if self.service_id:
            scope &= Domain("id", "=", self.service_id.id)
        every = self.env["res.partner"].search(
            Domain("is_commune", "=", True)
            & Domain("intercommunal_epci_id", "=", self.company_id.id),
            order="name",
        )
        heard = {row["group"].id for row in communes}
        return {
            "silent_services": (asked.search(scope) - asked).mapped("name"),
            "silent_communes": [
                commune.name for commune in every if commune.id not in heard
            ],
        }

    def _get_reasons(self, domain):
        """Why requests were refused: list of (reason, number), the first ones first."""
        # a subquery: a large territory refuses more than a list of numbers can hold
        refused = self.env["intercommunal.request.analysis"]._search(
            domain & Domain("state", "=", "refused")
        )
        rows = self.env["intercommunal.request"]._read_group(
            [("id", "in", refused)], ["reason_id"], ["__count"]
        )
        return sorted(rows, key=lambda row: -row[1])

    def _name_month(self, moment):
        return format_date(self.env, moment, date_format="MMM")

    # ------------------------------------------------------------------ actions

    @api.model
    def action_open(self):
        """The page, on the present year."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dashboard"),
            "res_model": self._name,
            "res_id": self.create({}).id,
            "views": [(False, "form")],
            "target": "main",
        }

    def action_requests(self):
        """The requests behind a figure: the context says which, of which row."""
        self.ensure_one()
        which = self.env.context.get("intercommunal_figure", "all")
        filters = self._get_figure_domains()
        if which not in filters:
            raise UserError(self.env._("Choose one of the figures of the page."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_request_action"
        )
        return {
            **action,
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "view_mode": "list,kanban,form",
            # not a list of numbers: a year of a large territory has many
            "domain": [
                (
                    "analysis_ids",
                    "any",
                    list(self._get_domain() & filters[which] & self._get_row_domain()),
                )
            ],
            "context": {},
        }

    def _get_figure_domains(self):
        """What each figure counts, by its name; an addon adds its own."""
        return {
            "all": Domain.TRUE,
            "done": Domain("is_done", "=", 1),
            "late": Domain("is_late", "=", 1),
            "approval": Domain("approval_days", ">", 0),
            "refused": Domain("is_refused", "=", 1),
            "redone": Domain("is_redone", "=", 1),
            "rated": Domain("is_rated", "=", 1),
            "satisfied": Domain("is_satisfied", "=", 1),
            # reports that wait for the commune have their hours already
            "worked": Domain("worked_hours", ">", 0),
        }

    def _get_row_domain(self):
        """The row of a table that was chosen, or all of them.

        :raises UserError: the context names no such row
        """
        group = self.env.context.get("intercommunal_group")
        value = str(self.env.context.get("intercommunal_value") or "")
        if not group:
            return Domain.TRUE
        try:
            return self._get_group_domain(group, value)
        except (KeyError, ValueError):
            raise UserError(
                self.env._("Choose one of the figures of the page.")
            ) from None

    def _get_group_domain(self, group, value):
        """Requests of the row ``value`` of the table by ``group``.

        :raises KeyError: no such table
        :raises ValueError: no such row
        """
        if group == "month":
            first = fields.Date.to_date(value or "?").replace(day=1)
            return self._get_days_domain(
                first, first + relativedelta(months=1, days=-1)
            )
        if group not in ROW_FIELDS:
            raise KeyError(group)
        return Domain(group, "=", int(value or 0) or False)

    def action_analysis(self):
        """The graphs and the pivot of the period."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "intercommunal_workflow.intercommunal_request_analysis_action"
            ),
            "domain": list(self._get_domain()),
            "context": {},
        }

    def action_print(self):
        """The yearly report on what the communes share (PDF)."""
        self.ensure_one()
        self.env["intercommunal.request.analysis"].check_access("read")
        return self.env.ref(
            "intercommunal_workflow.action_report_annual"
        ).report_action(self)


def _tell_number(env, value, unit):
    """A number as the reader's language writes it; shares and counts are whole."""
    digits = 1 if isinstance(value, float) and value < 100 and not unit else 0
    text = formatLang(env, value, digits=digits)
    return f"{text} {unit}".strip()
