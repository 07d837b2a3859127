"""A large run is invoiced in the background: commune by commune, each committed.

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
        """Go on with the runs that are being invoiced, one commune a transaction."""
        cron = self.env["ir.cron"]
        runs = self.search(
            [("invoicing_since", "!=", False)], order="invoicing_since, id"
        )
        left = {run: run._get_waiting_rows().commune_id.ids for run in runs}
        cron._commit_progress(remaining=len(runs) + sum(map(len, left.values())))
        for run, commune_ids in left.items():
            steps = [partial(run._invoice_commune, key) for key in commune_ids]
            for step in (*steps, run._end_background):
                retrying(step, self.env)
                # flat memory, whatever the number of communes
                self.env.invalidate_all()
                if not cron._commit_progress(1):
                    # others have their turn, then this goes on at once
                    self.env.ref(CRON)._trigger()
                    return

    def _for_who_pressed(self):
        """This run with the rights and the language of who pressed the button."""
        self.ensure_one()
        user = self.invoicing_user_id or self.env.user
        return (
            self.with_user(user)
            .with_company(self.company_id)
            .with_context(lang=user.lang, tz=user.tz)
        )

    def _invoice_commune(self, commune_id):
        """Invoice one commune, or set it aside for the next run and say why.

        :raises OperationalError, ConcurrencyError: to be tried again
        """
        run = self._for_who_pressed()
        commune = self.env["res.partner"].browse(commune_id)
        row = self.sudo().commune_ids.filtered(lambda row: row.commune_id == commune)
        # the snapshot is this transaction's: another worker may have been faster
        if not self.invoicing_since or row.state != "ready":
            return
        try:
            with self.env.cr.savepoint():
                if locked := run._get_locked_text():
                    raise UserError(locked)
                moves = run._post_moves(run._lock_lines(commune))
                row.state = "billed" if moves else "settled"
        except TRY_AGAIN:
            raise
        except UserError as error:
            run._set_aside(row, str(error))
        except Exception:
            _logger.exception("%s: %s can't be invoiced", self.name, commune.name)
            run._set_aside(
                row,
                self.env._(
                    "An unexpected error: tell the administrator, who finds it in the"
                    " server's log."
                ),
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
        row.state = "blocked"

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
