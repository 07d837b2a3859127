"""The legal deadlines of the year's billing: dated, with their article and what to do."""

from datetime import date, timedelta
from typing import ClassVar

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .unit_cost_notice import BUDGET_DAY, BUDGET_MONTH

# How long before its date a deadline calls for help.
WARN_DAYS = 30
KINDS = [
    ("notice", "Send the unit costs of the year"),
    ("first_notice", "Send the unit costs of a new agreement"),
    ("statement", "Issue the annual statements"),
    ("agreement", "Renew an agreement that ends"),
    ("price", "Make a provisional price final"),
    ("quota", "Talk about free hours that are used up"),
    ("report", "Send the yearly report to the mayors"),
]
ARTICLES = {
    "notice": "CGCT D5211-16 ; L1612-2",
    "first_notice": "CGCT D5211-16",
    "statement": "CGCT D5211-16",
    "agreement": "CGCT L5211-4-1 ; L5211-4-2",
    "price": "CGCT D5211-16 ; L5211-4-2",
    "quota": "",
    "report": "CGCT L5211-39",
}


class IntercommunalDeadline(models.Model):
    """Something that the law or an agreement wants done by a day.

    The list is worked out from what is there; a date may be changed by hand, for the
    law leaves some of them to the agreement.
    """

    _name = "intercommunal.deadline"
    _description = "Legal Deadline"
    _inherit = ["intercommunal.transition.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "state desc, date, id"
    _check_company_auto = True

    _moves: ClassVar[dict] = {"action_done": None}
    _sources: ClassVar[dict] = {"action_done": ("todo", "soon", "late")}
    _actors: ClassVar[dict] = {"action_done": ("finance",)}
    # All but the date, which the law leaves to the agreement.
    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "company_id",
            "key",
            "kind",
            "year",
            "subject",
            "done_on",
            "state",
            "agreement_id",
            "version_id",
        }
    )

    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    key = fields.Char(required=True, readonly=True, copy=False)
    kind = fields.Selection(KINDS, "What to do", required=True, readonly=True)
    year = fields.Integer(readonly=True, aggregator=None)
    subject = fields.Char("About", readonly=True)
    article = fields.Char("Source", compute="_compute_article")
    date = fields.Date(required=True, tracking=True)
    done_on = fields.Date("Done on", readonly=True)
    state = fields.Selection(
        [("done", "Done"), ("todo", "To do"), ("soon", "Soon"), ("late", "Late")],
        compute="_compute_state",
        store=True,
    )
    agreement_id = fields.Many2one(
        "intercommunal.agreement", readonly=True, ondelete="cascade"
    )
    version_id = fields.Many2one(
        "intercommunal.rate.version", "Price", readonly=True, ondelete="cascade"
    )
    can_done = fields.Boolean(compute="_compute_can")

    _key_uniq = models.Constraint(
        "UNIQUE(company_id, key)", "This deadline is in the list already."
    )

    @api.depends("kind", "subject", "year")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for deadline in self:
            about = deadline.subject or deadline.year
            deadline.display_name = f"{kinds.get(deadline.kind, '')} ({about})"

    @api.depends("kind")
    def _compute_article(self):
        for deadline in self:
            deadline.article = ARTICLES.get(deadline.kind) or self.env._(
                "The agreement"
            )

    @api.depends("date", "done_on")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for deadline in self:
            if deadline.done_on:
                deadline.state = "done"
            elif deadline.date and deadline.date < today:
                deadline.state = "late"
            elif deadline.date and deadline.date <= today + timedelta(WARN_DAYS):
                deadline.state = "soon"
            else:
                deadline.state = "todo"

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_can(self):
        self._set_can_fields(self._actors)

    # ----------------------------------------------------------------- refresh

    @api.model
    def _cron_refresh(self):
        """Bring the deadlines of each intercommunality up to date, and call for help."""
        companies = (
            self.env["intercommunal.agreement"].sudo()._read_group([], ["company_id"])
        )
        for (company,) in companies:
            deadlines = self.sudo().with_company(company)._refresh(company)
            deadlines._call_for_help()

    @api.model
    def action_refresh(self):
        """Bring the list up to date now, and open it.

        :return: the window action of the list
        """
        # whoever may read the prices; the list is worked out by the system
        self.env["intercommunal.rate"].check_access("create")
        self.sudo()._refresh(self.env.company)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_billing.intercommunal_deadline_action"
        )

    @api.model
    def _refresh(self, company):
        """Add what is missing, and say what is done (called as superuser).

        :return: the deadlines of ``company``
        """
        # what each is about is written once, in the language of the intercommunality
        self = self.with_context(lang=company.partner_id.lang or self.env.lang)
        today = fields.Date.context_today(self)
        wanted = {
            vals["key"]: vals
            for method in (
                self._list_notices,
                self._list_first_notices,
                self._list_statements,
                self._list_agreements,
                self._list_prices,
                self._list_quotas,
                self._list_reports,
            )
            for vals in method(company, today)
        }
        known = self.search([("company_id", "=", company.id)])
        for deadline in known:
            vals = wanted.pop(deadline.key, None)
            # what no longer has to be done at all is done as well
            is_done = vals is None or vals["is_done"]
            # what somebody said was done elsewhere stays done
            if is_done and not deadline.done_on:
                deadline._write_guarded({"done_on": today})
        created = self._create_guarded(
            [
                {
                    **{
                        name: value for name, value in vals.items() if name != "is_done"
                    },
                    "company_id": company.id,
                    "done_on": today if vals["is_done"] else False,
                }
                for vals in wanted.values()
            ]
        )
        deadlines = known | created
        # time alone changes a state
        self.env.add_to_compute(self._fields["state"], deadlines)
        deadlines.filtered("done_on").activity_unlink(["mail.mail_activity_data_todo"])
        return deadlines

    @api.model
    def _list_notices(self, company, today):
        """The unit costs of the coming budget, or of this one until its date."""
        notices = self.env["intercommunal.unit.cost.notice"]
        agreements = self.env["intercommunal.agreement"]
        limit = date(today.year, BUDGET_MONTH, BUDGET_DAY)
        for year in {today.year, today.year + (today > limit)}:
            communes = agreements._find_of_year(company, year).commune_id
            if not communes:
                continue
            sent = notices.search(
                Domain("company_id", "=", company.id)
                & Domain("year", "=", year)
                & Domain("state", "=", "sent")
            )
            first = notices.search(
                [("company_id", "=", company.id), ("year", "=", year)],
                order="budget_date",
                limit=1,
            )
            yield {
                "key": f"notice/{year}",
                "kind": "notice",
                "year": year,
                "subject": str(year),
                "date": first.budget_date or date(year, BUDGET_MONTH, BUDGET_DAY),
                "is_done": communes <= sent.commune_id,
            }

    @api.model
    def _list_first_notices(self, company, today):
        """Three months after its signature, in the first year of an agreement."""
        since = today - relativedelta(months=12)
        agreements = self.env["intercommunal.agreement"].search(
            [("company_id", "=", company.id), ("date_start", ">=", since)]
        )
        sent = self.env["intercommunal.unit.cost.notice"].search(
            [
                ("company_id", "=", company.id),
                ("commune_id", "in", agreements.commune_id.ids),
                ("state", "=", "sent"),
            ]
        )
        for agreement in agreements:
            signed = agreement.deliberation_date or agreement.date_start
            yield {
                "key": f"first_notice/{agreement.id}",
                "kind": "first_notice",
                "year": agreement.date_start.year,
                "subject": agreement.display_name,
                "date": signed + relativedelta(months=3),
                "agreement_id": agreement.id,
                "is_done": any(
                    notice.commune_id == agreement.commune_id
                    and notice.year >= agreement.date_start.year
                    for notice in sent
                ),
            }

    @api.model
    def _list_statements(self, company, today):
        """Last year's statements: the law wants one a year, 31 March is a custom."""
        year = today.year - 1
        rows = self.env["intercommunal.billing.line"]._read_group(
            [
                ("company_id", "=", company.id),
                ("agreement_id", "!=", False),
                ("date", ">=", date(year, 1, 1)),
                ("date", "<=", date(year, 12, 31)),
            ],
            ["agreement_id"],
        )
        used = self.env["intercommunal.agreement"].union(
            *(agreement for (agreement,) in rows)
        )
        if used:
            issued = self.env["intercommunal.annual.statement"].search(
                [
                    ("company_id", "=", company.id),
                    ("year", "=", year),
                    ("state", "=", "issued"),
                ]
            )
            yield {
                "key": f"statement/{year}",
                "kind": "statement",
                "year": year,
                "subject": str(year),
                "date": date(year + 1, 3, 31),
                "is_done": used <= issued.agreement_id,
            }

    @api.model
    def _list_agreements(self, company, today):
        """The agreements that end within a year, without another one after them."""
        agreements = self.env["intercommunal.agreement"]
        for agreement in agreements.search(
            [
                ("company_id", "=", company.id),
                ("date_end", ">=", today - relativedelta(months=3)),
                ("date_end", "<=", today + relativedelta(years=1)),
            ]
        ):
            after = agreement.date_end + timedelta(days=1)
            yield {
                "key": f"agreement/{agreement.id}",
                "kind": "agreement",
                "year": agreement.date_end.year,
                "subject": agreement.display_name,
                "date": agreement.date_end,
                "agreement_id": agreement.id,
                "is_done": bool(
                    agreements._find(
                        company, agreement.commune_id, agreement.service_id, after
                    )
                ),
            }

    @api.model
    def _list_prices(self, company, today):
        """The provisional prices: their year has an end."""
        for version in self.env["intercommunal.rate.version"].search(
            [
                ("company_id", "=", company.id),
                "|",
                ("status", "=", "provisional"),
                ("final_price", "!=", 0),
            ]
        ):
            end = version.date_end or date(version.date_start.year, 12, 31)
            yield {
                "key": f"price/{version.id}",
                "kind": "price",
                "year": end.year,
                "subject": version.display_name,
                # the accounts of the year are closed by then
                "date": end + relativedelta(months=3),
                "version_id": version.id,
                "is_done": version.status == "final",
            }

    @api.model
    def _list_quotas(self, company, today):
        """The agreements whose free hours of the year are used up."""
        for agreement in self.env["intercommunal.agreement"]._find_of_year(
            company, today.year
        ):
            if agreement.quota_hours and agreement.quota_left <= 0:
                yield {
                    "key": f"quota/{agreement.id}/{today.year}",
                    "kind": "quota",
                    "year": today.year,
                    "subject": agreement.display_name,
                    "date": date(today.year, 12, 31),
                    "agreement_id": agreement.id,
                    "is_done": False,
                }

    @api.model
    def _list_reports(self, company, today):
        """The president's report to each mayor, before 30 September."""
        yield {
            "key": f"report/{today.year}",
            "kind": "report",
            "year": today.year,
            "subject": str(today.year - 1),
            "date": date(today.year, 9, 30),
            "is_done": today > date(today.year, 12, 1),
        }

    def _call_for_help(self):
        """An activity for the finance office on what is near or late, once."""
        group = self.env.ref("intercommunal_workflow.group_intercommunal_finance")
        for deadline in self.filtered(lambda line: line.state in ("soon", "late")):
            if deadline.activity_ids:
                continue
            office = group.sudo().all_user_ids.filtered(
                lambda user, line=deadline: (
                    user.active and line.company_id in user.company_ids
                )
            )
            for user in office:
                deadline.with_context(lang=user.lang).activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=deadline.date,
                    # the message names the deadline already
                    summary=deadline.with_context(lang=user.lang).article,
                    user_id=user.id,
                )

    # ----------------------------------------------------------------- windows

    def action_open(self):
        """Open what is to be done."""
        self.ensure_one()
        if self.kind in ("agreement", "quota") and self.agreement_id:
            return self._open_record(self.agreement_id)
        if self.kind == "price" and self.version_id:
            return self._open_record(self.version_id.rate_id)
        names = {
            "notice": "intercommunal_unit_cost_notice_action",
            "first_notice": "intercommunal_unit_cost_notice_action",
            "statement": "intercommunal_annual_statement_action",
        }
        if self.kind not in names:
            # the report is the direction's; others read what it is about
            board = self.env["intercommunal.dashboard"]
            return (
                board.action_open()
                if board.has_access("create")
                else self._open_record(self)
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"intercommunal_billing.{names[self.kind]}"
        )
        return {**action, "domain": [("year", "=", self.year)], "context": {}}

    def _open_record(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_done(self):
        """Say that it was done elsewhere; it stays in the list."""
        self._check_can("action_done")
        for deadline in self:
            deadline.message_post(body=self.env._("Done."))
        self._write_guarded({"done_on": fields.Date.context_today(self)})
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        return True
