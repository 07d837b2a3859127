"""A large run is invoiced in the background: a few communes at a time, each committed.

Odoo's own scheduled actions do it (`ir.cron._commit_progress`): an action that dies is
started again by any worker, and what is left to do is read from the run itself, so that
nothing is done twice. `queue_job` would add a second runner to install and to watch.
"""

import logging
from functools import partial

from markupsafe import Markup
from psycopg2 import InterfaceError, OperationalError

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import retrying
from odoo.tools import format_amount, format_datetime

_logger = logging.getLogger(__name__)

# Uses above which nobody waits in front of the page (about five seconds).
BACKGROUND_ABOVE = 2000
# Uses of a step: small communes share one, a hundred queries each (measured).
STEP = 500
CRON = "intercommunal_billing.ir_cron_invoice_runs"
# Not a fault of the commune: the connection is gone, or another transaction won.
TRY_AGAIN = (OperationalError, InterfaceError, ConcurrencyError)


class IntercommunalBillingRun(models.Model):
    """The button answers at once; a bar says how far the invoices are."""

    _inherit = "intercommunal.billing.run"

    invoicing_since = fields.Datetime(
        "Being invoiced since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="In the background; empty once it is done.",
    )
    invoicing_user_id = fields.Many2one(
        "res.users",
        "Invoiced for",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who pressed the button: the invoices are made with their rights.",
    )
    invoicing_done = fields.Integer("Uses invoiced", compute="_compute_invoicing")
    invoicing_total = fields.Integer("Uses to invoice", compute="_compute_invoicing")

    @api.depends("commune_ids.state", "commune_ids.line_count")
    def _compute_invoicing(self):
        for run in self:
            billed = run.commune_ids.filtered(lambda row: row.state == "billed")
            run.invoicing_done = sum(billed.mapped("line_count"))
            run.invoicing_total = run.invoicing_done + sum(
                run._get_waiting_rows().mapped("line_count")
            )

    def _get_waiting_rows(self):
        """The communes that are still to invoice, in the order of the INSEE code."""
        return self.commune_ids.filtered(lambda row: row.state == "ready")

    # ------------------------------------------------------- while it is going on

    def _get_specific_cannot_reason(self, action):
        if self.invoicing_since:
            return self._get_invoicing_text()
        return super()._get_specific_cannot_reason(action)

    def _get_invoicing_text(self):
        return self.env._(
            "“%(name)s” is being invoiced in the background since %(since)s, for"
            " %(user)s: %(done)s of %(total)s uses are done. You will see the rest on"
            " its page.",
            name=self.display_name,
            since=format_datetime(self.env, self.invoicing_since),
            user=self.invoicing_user_id.name or "",
            done=self.invoicing_done,
            total=self.invoicing_total,
        )

    def write(self, vals):
        if "date_invoice" in vals and (busy := self.filtered("invoicing_since")):
            raise UserError(busy[:1]._get_invoicing_text())
        return super().write(vals)

    def _lock(self, lines):
        try:
            return super()._lock(lines)
        except UserError:
            if not self.invoicing_since:
                raise
            # nobody is there to be told: the same again in a moment
            raise ConcurrencyError("The lines are being changed.") from None

    # ------------------------------------------------------------------- start

    def _invoice_lines(self, lines):
        cron = self.env.ref(CRON).sudo()
        if len(lines) <= BACKGROUND_ABOVE or not cron.active:
            super()._invoice_lines(lines)
            return
        # who pressed at the same moment is told
        self._lock_for_transition()
        self._write_guarded(
            {
                "invoicing_since": fields.Datetime.now(),
                "invoicing_user_id": self.env.user.id,
            }
        )
        cron._trigger()

    def _get_after_invoice_action(self):
        if not self.filtered("invoicing_since"):
            return super()._get_after_invoice_action()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.env._("The invoices are being made"),
                "message": self.env._(
                    "You may leave this page: you will be told when they are done."
                ),
                # the page is read again
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # -------------------------------------------------------------- background

    @api.model
    def _cron_invoice(self):
        """Go on with the runs that are being invoiced, one step a transaction."""
        cron = self.env["ir.cron"]
        runs = self.search(
            [("invoicing_since", "!=", False)], order="invoicing_since, id"
        )
        steps = [step for run in runs for step in run._get_steps()]
        cron._commit_progress(remaining=len(steps))
        for step in steps:
            # commits, which empties the caches as well: memory stays flat
            retrying(step, self.env)
            if not cron._commit_progress(1):
                # others have their turn, then this goes on at once
                self.env.ref(CRON)._trigger()
                return

    def _get_steps(self):
        """What is left to do, as functions: communes by their INSEE code, then the end."""
        groups, uses = [], STEP
        for row in self._get_waiting_rows():
            if uses + row.line_count > STEP:
                groups.append([])
                uses = 0
            groups[-1].append(row.commune_id.id)
            uses += row.line_count
        return [
            *(partial(self._invoice_communes, group) for group in groups),
            self._end_background,
        ]

    def _for_who_pressed(self):
        """This run with the rights and the language of who pressed the button."""
        self.ensure_one()
        user = self.invoicing_user_id or self.env.user
        return (
            self.with_user(user)
            .with_company(self.company_id)
            .with_context(lang=user.lang, tz=user.tz)
        )

    def _invoice_communes(self, commune_ids):
        """Invoice communes; who can't be is set aside for the next run, with the reason.

        :raises OperationalError, ConcurrencyError: to be tried again
        """
        run = self._for_who_pressed()
        rows = run._get_waiting_rows().filtered(
            lambda row: row.commune_id.id in commune_ids
        )
        if not self.invoicing_since or not rows:
            return
        try:
            with self.env.cr.savepoint():
                run._invoice_rows(rows)
        except TRY_AGAIN:
            raise
        except Exception as error:
            if len(rows) == 1:
                run._set_aside(rows, run._get_failure_text(error))
                return
            # whose fault it is
            for commune_id in commune_ids:
                self._invoice_communes([commune_id])

    def _invoice_rows(self, rows):
        """Invoice the communes of these rows.

        :raises UserError: the accounts were locked meanwhile, or it can't be done
        """
        if locked := self._get_locked_text():
            raise UserError(locked)
        moves = self._post_moves(self._lock_lines(rows.commune_id))
        billed = rows.filtered(lambda row: row.commune_id in moves.partner_id)
        billed.sudo().state = "billed"
        (rows - billed).sudo().state = "settled"

    def _get_failure_text(self, error):
        """What finance is told of ``error``; the rest is the administrator's."""
        if isinstance(error, UserError):
            return str(error)
        _logger.error("%s can't be invoiced", self.name, exc_info=error)
        return self.env._(
            "An unexpected error: tell the administrator, who finds it in the server's"
            " log."
        )

    def _set_aside(self, row, reason):
        """A commune that can't be invoiced waits for the next run; its lines are free."""
        lines = self._get_lines(row.commune_id)
        self.env["intercommunal.billing.anomaly"].sudo().create(
            {
                "run_id": self.id,
                **self._prepare_anomaly_vals(
                    "failed",
                    self.env._(
                        "%(commune)s could not be invoiced: %(reason)s",
                        commune=row.commune_id.name,
                        reason=reason,
                    ),
                    row.commune_id,
                    row.commune_id,
                    lines,
                ),
            }
        )
        lines._free()
        row.sudo().state = "blocked"

    def _end_background(self):
        """Every commune had its turn: the run is invoiced, and who waits is told."""
        if not self.invoicing_since:
            return
        run = self._for_who_pressed()
        if self.sudo().line_ids:
            run._end_invoicing(run.move_ids)
        user = self.invoicing_user_id
        self._write_guarded({"invoicing_since": False, "invoicing_user_id": False})
        run._tell_invoiced(user)

    def _tell_invoiced(self, user):
        """Tell who pressed: on their screen, and on the page of the run."""
        self.ensure_one()
        failed = self.anomaly_ids.filtered(lambda found: found.code == "failed")
        title = self.env._("%(name)s: invoiced", name=self.name)
        if self.state == "checked":
            title = self.env._("%(name)s: nothing was invoiced", name=self.name)
        texts = [
            self.env._(
                "%(count)s invoices, %(amount)s.",
                count=self.move_count,
                amount=format_amount(self.env, self.amount_total, self.currency_id),
            )
        ]
        if failed:
            texts.append(
                self.env._(
                    "%(communes)s could not be invoiced and wait for the next run: see"
                    " what to mend.",
                    communes=", ".join(failed.commune_id.mapped("name")),
                )
            )
        message = " ".join(texts)
        body = Markup("<b>%s</b><br/>%s") % (title, message)
        # nobody is told of what they write themselves
        self.with_user(SUPERUSER_ID).message_post(
            body=body, partner_ids=user.partner_id.ids
        )
        user.sudo()._bus_send(
            "simple_notification",
            {
                "type": "warning" if failed else "success",
                "title": title,
                "message": message,
                "sticky": True,
            },
        )
