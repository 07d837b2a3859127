from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .validation_step import ASKING_STEPS

MAX_THUMBNAILS = 3
MAX_WAITING_SHOWN = 8
DAYS_DUE_SOON = 1

# The order of the window “To approve”.
WAITING_ORDER = "date_due, id"


class IntercommunalValidation(models.Model):
    """What the office shows of an approval: its age, its photos, whom it waits for.

    Everything here is read for a page at a time: no query for each record.
    """

    _inherit = "intercommunal.validation"

    # a request finds its approvals, and a photo its marks, among a million
    subject_request_id = fields.Many2one(index=True)
    step_name = fields.Char(
        "Step", compute="_compute_step_name", store=True, help="The step asked now."
    )
    days_waiting = fields.Integer(
        "Days waiting", compute="_compute_days_waiting", help="Since it was asked."
    )
    lateness = fields.Selection(
        [("none", "On time"), ("soon", "Due soon"), ("late", "Late")],
        compute="_compute_lateness",
    )
    photo_count = fields.Integer("Number of photos", compute="_compute_thumbnails")
    thumbnails = fields.Json("First photos", compute="_compute_thumbnails")

    # --------------------------------------------------------------- computes

    @api.depends("step_ids.state", "step_ids.name")
    def _compute_step_name(self):
        for run in self:
            steps = run.step_ids.filtered(lambda step: step.state in ASKING_STEPS)
            run.step_name = ", ".join(steps.mapped("name")) or False

    @api.depends("opened_at", "closed_at")
    def _compute_days_waiting(self):
        now = fields.Datetime.now()
        for run in self:
            asked = run.opened_at or now
            run.days_waiting = ((run.closed_at or now) - asked).days

    @api.depends("date_due", "state")
    def _compute_lateness(self):
        today = fields.Date.context_today(self)
        for run in self:
            run.lateness = "none"
            if run.state == "open" and run.date_due:
                days = (run.date_due - today).days
                if days < 0:
                    run.lateness = "late"
                elif days <= DAYS_DUE_SOON:
                    run.lateness = "soon"

    @api.depends_context("uid")
    @api.depends("report_id", "request_id")
    def _compute_thumbnails(self):
        """Number of photos, and address and caption of the first ones."""
        by_owner = {}
        # one read of each kind of owner, whatever the number of runs
        for name in ("report_id", "request_id"):
            owners = self[name]
            if owners:
                photos = self.env["intercommunal.photo"].search(
                    [(name, "in", owners.ids)]
                )
                by_owner.update(photos.grouped(name))
        for run in self:
            photos = by_owner.get(run.report_id or run.request_id) or []
            run.photo_count = len(photos)
            run.thumbnails = [
                photo._get_thumbnail() for photo in photos[:MAX_THUMBNAILS]
            ]

    # ---------------------------------------------------------------- counter

    @api.model
    def _get_waiting_count(self):
        """How many approvals wait for the current user, in one probe of an index."""
        [[count]] = (
            self.env["intercommunal.validation.seat"]
            .sudo()
            ._read_group(
                self._get_waiting_seat_domain(),
                aggregates=["validation_id:count_distinct"],
            )
        )
        return count

    @api.model
    def _get_waiting_seat_domain(self):
        return Domain("user_id", "=", self.env.uid) & Domain(
            [
                ("state", "=", "pending"),
                ("company_id", "in", self.env.companies.ids),
            ]
        )

    @api.model
    def _is_waiting_list(self, domain):
        """Whether ``domain`` asks for what waits for the current user, and no more."""
        mine = Domain("is_waiting_for_me", "in", [True])
        return not self.env.su and Domain(domain).optimize(self) == mine.optimize(self)

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, **kwargs):
        """A page of what waits is cut by the index of the seats, then judged.

        Sorting and judging all of 20,000 to show 80 takes ten times longer.
        """
        if limit and order == WAITING_ORDER and self._is_waiting_list(domain):
            ids = self._get_waiting_page(offset, limit)
            return super()._search([("id", "in", ids)], order=order, **kwargs)
        return super()._search(domain, offset, limit, order, **kwargs)

    @api.model
    def _get_waiting_page(self, offset, limit):
        """Ids of a page of what waits for the current user, the first due first.

        Measured: 1 ms where the ORM's own query takes 60, with 20,000 that wait.
        """
        seats = self.env["intercommunal.validation.seat"]
        seats.flush_model(["user_id", "company_id", "date_due", "state"])
        rows = self.env.execute_query(
            SQL(
                "SELECT validation_id FROM %s WHERE user_id = %s AND state = 'pending'"
                " AND company_id IN %s ORDER BY date_due, validation_id LIMIT %s",
                SQL.identifier(seats._table),
                self.env.uid,
                tuple(self.env.companies.ids),
                # somebody may hold two seats in one run
                2 * (offset + limit),
            )
        )
        ids = list(dict.fromkeys(run_id for [run_id] in rows))
        return ids[offset : offset + limit]

    @api.model
    def search_count(self, domain, limit=None):
        """The list of what waits counts as the top bar does: by its index.

        Whoever holds a seat reads the run: judging each row again costs more than the
        page itself when many wait.
        """
        if self._is_waiting_list(domain):
            count = self._get_waiting_count()
            return min(count, limit) if limit else count
        return super().search_count(domain, limit)

    @api.model
    def get_waiting_count(self):
        """What the counter of the top bar shows to the current user.

        :return: dict with the number of ``approvals`` to decide and of ``questions``
            to answer; ``available`` tells who has nothing to do with approvals
        """
        if not self.has_access("read"):
            return {"available": False, "approvals": 0, "questions": 0}
        questions = self.env["intercommunal.clarification"]
        return {
            "available": True,
            "approvals": self._get_waiting_count(),
            "questions": questions._get_waiting_count(),
        }

    @api.model
    def get_waiting_summary(self):
        """The counter, and the first approvals that wait for the current user.

        :return: dict of ``get_waiting_count`` with ``rows`` to decide and
            ``question_rows`` to answer, the first due first
        """
        questions = self.env["intercommunal.clarification"].search(
            [("is_for_me", "=", True)], order="date_due, id", limit=MAX_WAITING_SHOWN
        )
        runs = self.search(
            self._get_pending_domain(),
            order="date_due, id",
            limit=MAX_WAITING_SHOWN,
        )
        return {
            **self.get_waiting_count(),
            "rows": [run._get_waiting_row() for run in runs],
            "question_rows": [question._get_waiting_row() for question in questions],
        }

    def _get_waiting_row(self):
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.display_name,
            "subject": self.subject_name or "",
            "commune": self.commune_id.display_name,
            "days": self.days_waiting,
            "lateness": self.lateness,
            "is_request": bool(self.request_id),
        }

    # ---------------------------------------------------------- several at once

    def action_open_approve(self):
        """Window that approves these runs together, after a last look at them.

        :return: the window action of the wizard
        """
        self.check_access("read")
        wizard = self.env["intercommunal.validation.approve"]._make_for(self)
        return wizard._get_window_action()
