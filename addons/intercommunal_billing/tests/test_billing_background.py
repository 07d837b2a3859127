from contextlib import contextmanager
from decimal import Decimal
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import billing_run_background
from .common import CRON, BackgroundCase

BUSY = "is being invoiced in the background"


@tagged("post_install", "-at_install")
class TestBillingBackground(BackgroundCase):
    """A large run: the button answers at once, and nothing is done twice."""

    # ---------------------------------------------------------------- helpers

    def _press(self):
        """Finance presses the button, and goes on with something else."""
        wanted = [("cron_id", "=", self.env.ref(CRON).id)]
        action = self.run_.action_invoice()
        self.assertEqual(self.env["ir.cron.trigger"].search_count(wanted), 1)
        return action

    def _check_again(self):
        """The same lines, checked in the background."""
        self.run_.action_check()
        self._work()

    @contextmanager
    def _failing(self, commune, error):
        """Whatever bills ``commune`` meanwhile raises ``error``."""
        run_class = self.registry["intercommunal.billing.run"]
        whole = run_class._check_moves

        def fail(run, moves):
            if commune in moves.partner_id:
                raise error
            return whole(run, moves)

        with patch.object(run_class, "_check_moves", fail):
            yield

    def _assert_billed_once(self, lines, run=None):
        """Each line is on one invoice, and the invoices are worth them."""
        moves = (run or self.run_).sudo().move_ids
        self.assertEqual(set(lines.mapped("state")), {"billed"})
        self.assertEqual(lines.move_id, moves)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(
            sum(Decimal(str(move.amount_untaxed)) for move in moves),
            lines._get_total(),
        )

    # ------------------------------------------------------------------- story

    def test_a_small_run_is_invoiced_while_one_waits(self):
        with patch.object(billing_run_background, "BACKGROUND_ABOVE", len(self.lines)):
            action = self.run_.action_invoice()
        self.assertEqual(action["res_model"], "account.move")
        self.assertEqual(self.run_.state, "invoiced")
        self._assert_billed_once(self.lines)

    def test_a_large_run_is_invoiced_in_the_background(self):
        action = self._press()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self.run_.state, "checked")
        self.assertFalse(self.run_.move_ids)
        self.assertEqual(
            (self.run_.busy_done, self.run_.busy_total), (0, len(self.lines))
        )

        self._work()

        self.assertEqual(self.run_.state, "invoiced")
        self.assertFalse(self.run_.busy_since)
        self._assert_billed_once(self.lines)
        moves = self.run_.sudo().move_ids
        self.assertEqual(set(moves.mapped("create_uid")), {self.finance})
        self.assertEqual(
            moves.sorted("name").partner_id.mapped("insee_code"),
            sorted(self.communes.mapped("insee_code")),
        )
        self.assertEqual(set(self.run_.commune_ids.mapped("state")), {"billed"})
        self.assertEqual(self.run_.statement_count, len(self.communes))

    def test_who_pressed_is_told_when_it_is_done(self):
        self._press()
        self._work()
        [message] = self._get_messages()
        self.assertIn(self.finance.partner_id, message.notified_partner_ids)
        self.assertIn("3 invoices", message.body)

    def test_the_bar_goes_on_with_each_commune(self):
        self._press()
        seen = []
        for commune in self.communes.sorted("insee_code"):
            self.run_._work_on(commune.ids)
            seen.append((self.run_.busy_done, self.run_.busy_total))
        self.assertEqual(seen, [(4, 12), (8, 12), (12, 12)])
        self.assertEqual(self.run_.state, "checked", "the statements are missing")

    # ----------------------------------------------------------------- two users

    def test_the_second_press_is_refused_and_told_why(self):
        self._press()
        other = new_test_user(
            self.env, "finance2", "intercommunal_workflow.group_intercommunal_finance"
        )
        self.assertFalse(self.run_.can_invoice)
        for user in (self.finance, other):
            for action in ("action_invoice", "action_check", "action_cancel"):
                with (
                    self.subTest(user=user.login, action=action),
                    self.assertRaisesRegex(UserError, f"{BUSY}.* for finance"),
                ):
                    getattr(self.run_.with_user(user), action)()
        with self.assertRaisesRegex(UserError, BUSY):
            self.run_.date_invoice = fields.Date.today()
        self._work()
        self._assert_billed_once(self.lines)

    def test_no_one_starts_it_by_hand(self):
        for name, value in (
            ("busy_since", fields.Datetime.now()),
            ("busy_user_id", self.finance.id),
            ("busy_task", "check"),
        ):
            with self.subTest(name), self.assertRaises(UserError):
                self.run_.write({name: value})

    # --------------------------------------------------------------------- faults

    def test_killed_in_mid_run_it_goes_on_where_it_was(self):
        self._press()
        first, second, third = self.communes.sorted("insee_code")
        with (
            self._failing(second, OperationalError("server closed the connection")),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self._work()
        states = {row.commune_id: row.state for row in self.run_.commune_ids}
        self.assertEqual(states, {first: "billed", second: "queued", third: "queued"})
        self.assertTrue(self.run_.busy_since)
        before = self.run_.sudo().move_ids

        self._work()

        self.assertLess(before, self.run_.sudo().move_ids)
        self.assertEqual(self.run_.state, "invoiced")
        self._assert_billed_once(self.lines)

    def test_killed_at_its_end_it_ends_once(self):
        self._press()
        run_class = self.registry["intercommunal.billing.run"]
        with (
            patch.object(run_class, "_end_background", side_effect=OperationalError),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self._work()
        self.assertEqual(self.run_.state, "checked")
        self._work()
        self.assertEqual(self.run_.state, "invoiced")
        self.assertEqual(self.run_.statement_count, len(self.communes))
        self._assert_billed_once(self.lines)

    def test_a_commune_that_fails_waits_and_stops_no_other(self):
        self._press()
        failing = self.communes[1]
        with self._failing(failing, UserError("Its fiscal position is wrong.")):
            self._work()
        self.assertEqual(self.run_.state, "invoiced")
        [found] = self.run_.anomaly_ids.filtered(lambda a: a.code == "failed")
        self.assertEqual(found.commune_id, failing)
        self.assertIn("Its fiscal position is wrong.", found.name)
        self.assertIn(failing.name, self._get_messages().body)
        late = self.lines.filtered(lambda line: line.commune_id == failing)
        self.assertEqual(set(late.mapped("state")), {"open"})
        self._assert_billed_once(self.lines - late)

        again = self._run(date_from=self.run_.date_from.replace(day=2))
        again.action_check()
        again.action_invoice()
        self._assert_billed_once(late, again)

    def test_communes_of_one_step_do_not_share_their_fault(self):
        self._press()
        with (
            patch.object(billing_run_background, "STEP", 100),
            self._failing(self.communes[1], UserError("Wrong.")),
        ):
            self._work()
        self.assertEqual(
            {row.commune_id: row.state for row in self.run_.commune_ids},
            {
                commune: "blocked" if commune == self.communes[1] else "billed"
                for commune in self.communes
            },
        )
        self._assert_billed_once(self.run_.sudo().line_ids)

    def test_what_nobody_expected_is_told_without_its_details(self):
        self._press()
        with (
            self._failing(self.communes[0], ZeroDivisionError("secret")),
            self.assertLogs("odoo.addons.intercommunal_billing", "ERROR"),
        ):
            self._work()
        [found] = self.run_.anomaly_ids.filtered(lambda a: a.code == "failed")
        self.assertIn("tell the administrator", found.name)
        self.assertNotIn("secret", found.name)

    def test_accounts_that_are_locked_meanwhile_stop_it_whole(self):
        self._press()
        self.company.sale_lock_date = self.run_.date_invoice
        self._work()
        self.assertEqual(self.run_.state, "checked")
        self.assertFalse(self.run_.busy_since)
        self.assertFalse(self.run_.move_ids)
        self.assertIn("locked", self.run_.anomaly_ids[:1].name)
        self.assertEqual(set(self.lines.mapped("state")), {"open"})
        self.assertIn("nothing was invoiced", self._get_messages().body)

    def test_what_is_contested_meanwhile_is_left_out(self):
        self._press()
        held = self.lines[:1]
        held._write_guarded({"is_contested": True})
        self._work()
        self.assertEqual(held.state, "open")
        self._assert_billed_once(self.lines - held)

    def test_what_has_something_to_mend_since_the_check_is_left_out(self):
        archived = self.communes[1]
        self._press()
        archived.active = False
        self._work()
        self.assertEqual(self.run_.state, "invoiced")
        late = self.lines.filtered(lambda line: line.commune_id == archived)
        self.assertEqual(set(late.mapped("state")), {"open"})
        [found] = self.run_.anomaly_ids.filtered(lambda a: a.severity == "commune")
        self.assertEqual((found.code, found.commune_id), ("archived", archived))
        self.assertIn(archived.name, self._get_messages().body)
        self._assert_billed_once(self.lines - late)

    def test_what_stops_every_commune_is_told_at_once(self):
        self.company.sale_lock_date = self.run_.date_invoice
        with self.assertRaisesRegex(UserError, "locked"):
            self.run_.action_invoice()
        self.assertFalse(self.run_.busy_since)

    def test_what_is_settled_otherwise_is_settled_once(self):
        self.agreements[0].settle_mode = "ac"
        self._check_again()
        self.run_.action_invoice()
        self._work()
        settled = self.lines.filtered(
            lambda line: line.agreement_id == self.agreements[0]
        )
        self.assertEqual(set(settled.mapped("state")), {"settled"})
        self._assert_billed_once(self.lines - settled)

    # ------------------------------------------------------- the check, as well

    def test_a_large_run_is_checked_in_the_background(self):
        self._use(self.communes[:1], 5)
        self.communes[1].company_registry = False
        action = self.run_.action_check()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual((self.run_.busy_done, self.run_.busy_total), (0, 17))
        self.assertFalse(self.run_.can_check)
        self.assertEqual(len(self.run_.line_ids), 12, "nothing was gathered yet")

        self._work()

        self.assertFalse(self.run_.busy_since)
        self.assertEqual(self.run_.state, "checked")
        self.assertEqual(self.run_.line_count, 17)
        self.assertEqual(
            {row.commune_id: row.state for row in self.run_.commune_ids},
            {
                commune: "blocked" if commune == self.communes[1] else "ready"
                for commune in self.communes
            },
        )
        blocking = self.run_.anomaly_ids.filtered(lambda a: a.severity != "warning")
        self.assertEqual(blocking.mapped("code"), ["no_siret"])
        self.assertIn("To mend before it is invoiced: 1", self._get_messages().body)

    def test_both_ways_to_check_find_the_same(self):
        self.communes[1].company_registry = False
        self.communes[2].active = False
        found = []
        for threshold in (10, 1000):
            with patch.object(billing_run_background, "BACKGROUND_ABOVE", threshold):
                self._check_again()
            found.append(
                (
                    self.run_.anomaly_ids.mapped(
                        lambda a: (a.code, a.commune_id, a.line_count, a.amount, a.name)
                    ),
                    self.run_.commune_ids.mapped(
                        lambda row: (row.commune_id, row.state, row.amount, row.hours)
                    ),
                )
            )
        self.assertEqual(*found)

    def test_while_it_is_checked_nothing_moves_under_it(self):
        self.run_.action_cancel()
        self._work()
        run = self._run()
        run.action_check()
        self.assertEqual((run.state, run.busy_task), ("draft", "check"))
        busy = "is being checked in the background"
        for refused in (
            run.action_check,
            run.action_cancel,
            run.unlink,
            lambda: run.write({"date_to": fields.Date.today()}),
            lambda: run.write({"date_invoice": fields.Date.today()}),
        ):
            with self.assertRaisesRegex(UserError, busy):
                refused()
        self.run_ = run
        self._work()
        self.assertEqual((run.state, run.line_count), ("checked", 12))

    def test_a_check_that_was_killed_goes_on_where_it_was(self):
        first, second, third = self.communes.sorted("insee_code")
        run_class = self.registry["intercommunal.billing.run"]
        whole = run_class._check_lines

        def fail(run, communes=None):
            if second in communes:
                raise OperationalError("server closed the connection")
            return whole(run, communes)

        self.run_.action_check()
        with (
            patch.object(run_class, "_check_lines", fail),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self._work()
        self.assertEqual(
            {row.commune_id: row.state for row in self.run_.commune_ids},
            {first: "ready", second: "queued", third: "queued"},
        )
        self.assertTrue(self.run_.busy_since)
        self._work()
        self.assertEqual(set(self.run_.commune_ids.mapped("state")), {"ready"})
        self.assertFalse(self.run_.busy_since)

    def test_a_commune_that_can_not_be_checked_waits_and_stops_no_other(self):
        failing = self.communes[1]
        run_class = self.registry["intercommunal.billing.run"]
        whole = run_class._find_anomalies

        def fail(run, lines):
            if failing in lines.commune_id:
                raise ZeroDivisionError("secret")
            return whole(run, lines)

        self.run_.action_check()
        with (
            patch.object(run_class, "_find_anomalies", fail),
            self.assertLogs("odoo.addons.intercommunal_billing", "ERROR"),
        ):
            self._work()
        self.assertEqual(self.run_.state, "checked")
        [found] = self.run_.anomaly_ids.filtered(lambda a: a.code == "failed")
        self.assertEqual(found.commune_id, failing)
        self.assertIn("could not be checked", found.name)
        self.assertEqual(
            self.run_.line_ids,
            self.lines.filtered(lambda line: line.commune_id != failing),
        )

    def test_a_large_run_is_cancelled_in_the_background(self):
        self.agreements[0].quota_hours = 1
        self._check_again()
        first, *_others = self.communes.sorted("insee_code")
        lines = self.run_.sudo().line_ids
        free = lines.filtered("quota_minutes")
        self.assertTrue(free, "free hours are given back as well")
        self.run_.action_cancel()
        self.assertEqual(self.run_.state, "checked")
        with self.assertRaisesRegex(UserError, "is being cancelled in the background"):
            self.run_.action_invoice()
        self.run_._work_on(first.ids)
        held = self.run_.sudo().line_ids
        self.assertEqual(held.commune_id, self.communes - first)
        self.assertEqual(self.run_.busy_done, self.run_.busy_total - len(held))
        self._work()
        self.assertEqual((self.run_.state, self.run_.busy_since), ("cancelled", False))
        self.assertFalse(free.exists())
        self.assertEqual(set((lines - free).mapped("state")), {"open"})
        self.assertIn("wait for another run", self._get_messages()[:1].body)

    def test_a_check_that_finds_nothing_left_says_so(self):
        self.run_.action_cancel()
        self._work()
        self.run_ = self._run()
        self.run_.action_check()
        self.lines._write_guarded({"is_contested": True})
        self._work()
        self.assertEqual((self.run_.state, self.run_.busy_since), ("draft", False))
        self.assertIn("Nothing to bill", self._get_messages().body)
