"""A large run is worked on in the background: a few communes at a time, each committed.

It is checked there, invoiced or cancelled, and its files are written there. Odoo's own
scheduled actions do it (`ir.cron._commit_progress`): an action that dies is started again
by any worker, and what is left to do is read from the run itself, so that nothing is done
twice. `queue_job` would add a second runner to install and to watch.
"""

import logging
from functools import partial
from typing import NamedTuple

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
# What is done commune by commune; a file is written in one go.
BY_COMMUNE = ("check", "invoice", "cancel")


class Told(NamedTuple):
    """What is said at the end, and the URL and name of the file that was written."""

    title: str
    message: str
    is_fine: bool
    file: tuple | None = None


class IntercommunalBillingRun(models.Model):
    """The button answers at once; a bar says how far the work is."""

    _inherit = "intercommunal.billing.run"

    busy_task = fields.Selection(
        [
            ("check", "Check"),
            ("invoice", "Invoices"),
            ("cancel", "Cancellation"),
            ("workbook", "Workbook"),
            ("titres", "File of titres"),
        ],
        "In the background",
        readonly=True,
        copy=False,
    )
    busy_since = fields.Datetime(
        "In the background since",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Empty once it is done.",
    )
    busy_user_id = fields.Many2one(
        "res.users",
        "Asked for by",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Who pressed the button: the work is done with their rights.",
    )
    busy_done = fields.Integer("Uses done", compute="_compute_busy")
    busy_total = fields.Integer("Uses to do", compute="_compute_busy")
    busy_progress = fields.Integer("Progress (%)", compute="_compute_busy")
    busy_by_commune = fields.Boolean("Commune by commune", compute="_compute_busy")

    @api.depends("commune_ids.state", "commune_ids.line_count", "busy_task")
    def _compute_busy(self):
        for run in self:
            run.busy_by_commune = run.busy_task in BY_COMMUNE
            waiting = sum(run._get_waiting_rows().mapped("line_count"))
            run.busy_total = sum(run.commune_ids.mapped("line_count"))
            run.busy_done = run.busy_total - waiting
            run.busy_progress = run.busy_total and (
                100 * run.busy_done // run.busy_total
            )

    def _get_waiting_rows(self):
        """The communes whose turn is still to come, in the order of the INSEE code."""
        if self.busy_task != "cancel":
            return self.commune_ids.filtered(lambda row: row.state == "queued")
        # what a commune would have paid stays to be read: its lines say that it waits
        held = self.env["intercommunal.billing.line"]._read_group(
            [("run_id", "=", self.id)], ["commune_id"]
        )
        communes = self.env["res.partner"].union(*(commune for [commune] in held))
        return self.commune_ids.filtered(lambda row: row.commune_id in communes)

    # ------------------------------------------------------- while it is going on

    def _get_specific_cannot_reason(self, action):
        if self.busy_since:
            return self._get_busy_text()
        return super()._get_specific_cannot_reason(action)

    def _get_busy_text(self):
        names = {
            "name": self.display_name,
            "since": format_datetime(self.env, self.busy_since),
            "user": self.busy_user_id.name or "",
            "done": self.busy_done,
            "total": self.busy_total,
        }
        texts = {
            "check": self.env._(
                "“%(name)s” is being checked in the background since %(since)s, for"
                " %(user)s: %(done)s of %(total)s uses are done. You will see the rest"
                " on its page.",
                **names,
            ),
            "invoice": self.env._(
                "“%(name)s” is being invoiced in the background since %(since)s, for"
                " %(user)s: %(done)s of %(total)s uses are done. You will see the rest"
                " on its page.",
                **names,
            ),
            "cancel": self.env._(
                "“%(name)s” is being cancelled in the background since %(since)s, for"
                " %(user)s: %(done)s of %(total)s uses are done. You will see the rest"
                " on its page.",
                **names,
            ),
            "workbook": self.env._(
                "The workbook of “%(name)s” is being written in the background since"
                " %(since)s, for %(user)s. You will find it on its page.",
                **names,
            ),
            "titres": self.env._(
                "The file of titres of “%(name)s” is being written in the background"
                " since %(since)s, for %(user)s. You will find it on its page.",
                **names,
            ),
        }
        return texts[self.busy_task]

    def write(self, vals):
        frozen = self._frozen_once_checked | {"date_invoice", "titre_map_id"}
        if frozen.intersection(vals):
            self._check_not_busy()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_busy(self):
        self._check_not_busy()

    def _check_not_busy(self):
        if busy := self.filtered("busy_since"):
            raise UserError(busy[:1]._get_busy_text())

    def _lock(self, lines):
        try:
            return super()._lock(lines)
        except UserError:
            if not self.busy_since:
                raise
            # nobody is there to be told: the same again in a moment
            raise ConcurrencyError("The lines are being changed.") from None

    # ------------------------------------------------------------------- start

    def _is_for_background(self, count):
        return count > BACKGROUND_ABOVE and self.env.ref(CRON).sudo().active

    def _start_background(self, task):
        """Every commune of ``commune_ids`` has its turn; the button answers at once."""
        if task in ("check", "invoice"):
            self.sudo().commune_ids.filtered("line_count").state = "queued"
        self._write_guarded(
            {
                "busy_task": task,
                "busy_since": fields.Datetime.now(),
                "busy_user_id": self.env.user.id,
                "ready_export_id": False,
            }
        )
        self.env.ref(CRON).sudo()._trigger()

    def _check_uses(self, counts):
        if not self._is_for_background(sum(counts.values())):
            super()._check_uses(counts)
            return
        # who pressed at the same moment is told
        self._lock_for_transition()
        run = self.sudo()
        run.anomaly_ids.unlink()
        run.commune_ids.unlink()
        run.env["intercommunal.billing.run.commune"].create(
            [
                {
                    "run_id": run.id,
                    "commune_id": commune.id,
                    "line_count": count,
                    "state": "queued",
                }
                for commune, count in counts.items()
            ]
        )
        self._start_background("check")

    def _invoice_uses(self):
        if not self._is_for_background(self.line_count):
            super()._invoice_uses()
            return
        self._lock_for_transition()
        # what would stop every commune is told at once
        self._check_run()
        self._check_not_blocked()
        if set(self.commune_ids.mapped("state")) == {"blocked"}:
            raise UserError(self._get_all_blocked_text())
        self._start_background("invoice")

    def _free_uses(self):
        if not self._is_for_background(self.line_count):
            super()._free_uses()
            return
        self._lock_for_transition()
        self._start_background("cancel")

    def _export(self, kind):
        if not self._is_for_background(self.line_count):
            return super()._export(kind)
        self._lock_for_transition()
        self._start_background(kind)
        return self._get_after_action(kind)

    def _get_after_action(self, task):
        if not self.filtered("busy_since"):
            return super()._get_after_action(task)
        titles = {
            "check": self.env._("The uses are being checked"),
            "invoice": self.env._("The invoices are being made"),
            "cancel": self.env._("The uses are being given back"),
            "workbook": self.env._("The workbook is being written"),
            "titres": self.env._("The file of titres is being written"),
        }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": titles[task],
                "message": self.env._(
                    "You may leave this page: you will be told when it is done."
                ),
                # the page is read again
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # -------------------------------------------------------------- background

    @api.model
    def _cron_invoice(self):
        """Go on with the runs that are being worked on, one step a transaction."""
        cron = self.env["ir.cron"]
        runs = self.search([("busy_since", "!=", False)], order="busy_since, id")
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
            *(partial(self._work_on, group) for group in groups),
            self._end_background,
        ]

    def _for_who_pressed(self):
        """This run with the rights and the language of who pressed the button."""
        self.ensure_one()
        user = self.busy_user_id or self.env.user
        return (
            self.with_user(user)
            .with_company(self.company_id)
            .with_context(lang=user.lang, tz=user.tz)
        )

    def _work_on(self, commune_ids):
        """Check, invoice or free communes; who can't be is set aside for the next run,
        with the reason.

        :raises OperationalError, ConcurrencyError: to be tried again
        """
        run = self._for_who_pressed()
        rows = run._get_waiting_rows().filtered(
            lambda row: row.commune_id.id in commune_ids
        )
        if not self.busy_since or not rows:
            return
        try:
            with self.env.cr.savepoint():
                if run.busy_task == "check":
                    run._check_communes(rows.commune_id)
                elif run.busy_task == "cancel":
                    run._get_lines(rows.commune_id)._free()
                else:
                    run._invoice_communes(rows.commune_id)
        except TRY_AGAIN:
            raise
        except Exception as error:
            if run.busy_task == "cancel":
                # nothing to set aside: the administrator reads the log, it is tried again
                raise
            if len(rows) == 1:
                run._set_aside(rows, run._get_failure_text(error))
                return
            # whose fault it is
            for commune_id in commune_ids:
                self._work_on([commune_id])

    def _check_communes(self, communes):
        """Gather the lines of these communes and look for anomalies."""
        self._gather_lines(communes)
        self._check_lines(communes)

    def _invoice_communes(self, communes):
        """Invoice these communes, but who has something to mend since the check.

        :raises UserError: the accounts were locked meanwhile, or it can't be done
        """
        if locked := self._get_locked_text():
            raise UserError(locked)
        moves = self._post_moves(self._take_lines(communes))
        self._mark_communes(moves, communes)

    def _get_failure_text(self, error):
        """What finance is told of ``error``; the rest is the administrator's."""
        if isinstance(error, UserError):
            return str(error)
        _logger.error("%s: the background failed", self.name, exc_info=error)
        return self.env._(
            "An unexpected error: tell the administrator, who finds it in the server's"
            " log."
        )

    def _set_aside(self, row, reason):
        """A commune that can't be done waits for the next run; its lines are free."""
        lines = self._get_lines(row.commune_id)
        names = {"commune": row.commune_id.name, "reason": reason}
        if self.busy_task == "check":
            text = self.env._("%(commune)s could not be checked: %(reason)s", **names)
        else:
            text = self.env._("%(commune)s could not be invoiced: %(reason)s", **names)
        self.sudo()._create_anomalies(
            [
                self._prepare_anomaly_vals(
                    "failed", text, row.commune_id, row.commune_id, lines
                )
            ]
        )
        lines._free()
        row.sudo().state = "blocked"

    def _end_background(self):
        """Every commune had its turn, or the file its own; who waits is told."""
        if not self.busy_since:
            return
        run, user = self._for_who_pressed(), self.busy_user_id
        finish = {
            "check": run._finish_check,
            "invoice": run._finish_invoices,
            "cancel": run._finish_cancellation,
            "workbook": run._finish_export,
            "titres": run._finish_export,
        }
        told = finish[run.busy_task]()
        self._write_guarded(
            {"busy_task": False, "busy_since": False, "busy_user_id": False}
        )
        run._tell_done(user, told)

    def _finish_check(self):
        if self._get_lines():
            self._end_check()
        self._end_background_check()
        return self._word_checked()

    def _finish_invoices(self):
        if self._get_lines():
            self._end_invoicing(self.move_ids)
        return self._word_invoiced()

    def _finish_cancellation(self):
        self._transition("cancelled")
        return self._word_cancelled()

    def _finish_export(self):
        """The file is written and kept, or who waits is told why it can't be.

        :raises OperationalError, ConcurrencyError: to be tried again
        """
        try:
            with self.env.cr.savepoint():
                export = self._make_export(self.busy_task)
        except TRY_AGAIN:
            raise
        except Exception as error:
            title = self.env._("%(name)s: no file was written", name=self.name)
            return Told(title, self._get_failure_text(error), is_fine=False)
        self._write_guarded({"ready_export_id": export.id})
        return self._word_exported(export)

    def _end_background_check(self):
        """What concerns the run itself, and who was charged last year alone."""
        self._check_run()
        run = self.sudo()
        known = run.commune_ids.commune_id.ids
        others = {
            commune_id: amount
            for commune_id, amount in run._get_last_year().items()
            if commune_id not in known
        }
        run.env["intercommunal.billing.run.commune"].create(
            run._prepare_commune_vals(
                run.env["intercommunal.billing.line"],
                run.env["res.partner"],
                others,
            )
        )

    # -------------------------------------------------------------------- tell

    def _tell_done(self, user, told):
        """Tell who pressed: on their screen, and on the page of the run."""
        self.ensure_one()
        body = Markup("<b>%s</b><br/>%s") % (told.title, told.message)
        if told.file:
            body += Markup('<br/><a href="%s">%s</a>') % told.file
        # nobody is told of what they write themselves
        self.with_user(SUPERUSER_ID).message_post(
            body=body, partner_ids=user.partner_id.ids
        )
        user.sudo()._bus_send(
            "simple_notification",
            {
                "type": "success" if told.is_fine else "warning",
                "title": told.title,
                "message": told.message,
                "sticky": True,
            },
        )

    def _word_checked(self):
        """What is said of the check; not fine while something is to mend."""
        if self.state == "draft":
            title = self.env._("%(name)s: nothing to bill", name=self.name)
            return Told(title, self._get_nothing_text(), is_fine=False)
        texts = [
            self.env._(
                "%(count)s uses, %(amount)s.",
                count=self.line_count,
                amount=format_amount(self.env, self.amount_total, self.currency_id),
            )
        ]
        if self.blocking_count:
            texts.append(
                self.env._(
                    "To mend before it is invoiced: %(count)s.",
                    count=self.blocking_count,
                )
            )
        else:
            texts.append(self.env._("Nothing stops this run."))
        title = self.env._("%(name)s: checked", name=self.name)
        return Told(title, " ".join(texts), is_fine=not self.blocking_count)

    def _word_cancelled(self):
        """What is said of what was given back."""
        title = self.env._("%(name)s: cancelled", name=self.name)
        return Told(title, self.env._("Its uses wait for another run."), is_fine=True)

    def _word_exported(self, export):
        """What is said of a file, which can be downloaded from here."""
        names = {"name": self.name, "file": export.name}
        titles = {
            "workbook": self.env._("%(name)s: the workbook is ready", **names),
            "titres": self.env._("%(name)s: the file of titres is ready", **names),
        }
        return Told(
            titles[export.kind],
            self.env._("Download “%(file)s” from the page of the run.", **names),
            is_fine=True,
            file=(export.action_download()["url"], export.name),
        )

    def _word_invoiced(self):
        """What is said of the invoices; not fine when one could not be made."""
        blocked = self.anomaly_ids.filtered(lambda found: found.severity == "commune")
        failed = blocked.filtered(lambda found: found.code == "failed")
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
        if waiting := blocked.commune_id - failed.commune_id:
            texts.append(
                self.env._(
                    "%(communes)s have something to mend and wait for the next run.",
                    communes=", ".join(waiting.mapped("name")),
                )
            )
        return Told(title, " ".join(texts), is_fine=not failed)
