from datetime import date, timedelta

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingFaults(BillingCase):
    """Whatever becomes of an invoice, each use is billed exactly once."""

    def _worked(self, **vals):
        lines = [
            {"kind": "labour", "agent_id": self.agent.id, "minutes": 120},
            {"kind": "travel", "quantity": 42, "name": "Lorry"},
        ]
        report = self._reported(
            line_ids=[Command.clear(), *map(Command.create, lines)], **vals
        )
        return self._approve(report).sudo().billing_line_ids

    def _invoiced(self, **vals):
        run = self._run(**vals)
        run.action_check()
        run.action_invoice()
        return run

    def _back_to_draft(self, run):
        run.sudo().move_ids.button_draft()
        return run.sudo().move_ids

    def _assert_billed_once_more(self, lines):
        """A next run bills ``lines``, each on one invoice line."""
        self.assertEqual(set(lines.mapped("state")), {"open"})
        self.assertFalse(lines.run_id)
        again = self._invoiced()
        self.assertEqual(again.sudo().line_ids, lines)
        self.assertEqual(
            again.sudo().move_ids.amount_untaxed, float(lines._get_total())
        )
        self.assertEqual(set(lines.mapped("state")), {"billed"})

    # ---------------------------------------------------------- given back once

    def test_a_deleted_draft_gives_its_lines_back(self):
        lines = self._worked()
        self._back_to_draft(self._invoiced()).with_context(force_delete=True).unlink()
        self._assert_billed_once_more(lines)

    def test_one_line_of_a_draft_gives_back_its_own(self):
        lines = self._worked()
        move = self._back_to_draft(self._invoiced())
        travel = lines.filtered(lambda line: line.kind == "travel")
        travel.move_line_id.unlink()
        self.assertEqual(travel.state, "open")
        rest = lines - travel
        self.assertEqual(set(rest.mapped("state")), {"draft"})
        self.assertEqual(move.amount_untaxed, float(rest._get_total()))
        again = self._invoiced()
        self.assertEqual(again.sudo().line_ids, travel)

    def test_a_cancelled_invoice_gives_its_lines_back(self):
        lines = self._worked()
        self._back_to_draft(self._invoiced()).button_cancel()
        self._assert_billed_once_more(lines)

    def test_a_reversed_invoice_gives_its_lines_back(self):
        lines = self._worked()
        self._invoiced().sudo().move_ids._reverse_moves(cancel=True)
        self._assert_billed_once_more(lines)

    def test_what_became_of_an_old_invoice_frees_nothing_new(self):
        lines = self._worked()
        old = self._invoiced().sudo().move_ids
        credit = old._reverse_moves(cancel=True)
        self._assert_billed_once_more(lines)
        new = lines.move_id
        credit.button_draft()
        credit.button_cancel()
        old.button_draft()
        old.button_cancel()
        self.assertEqual(set(lines.mapped("state")), {"billed"})
        self.assertEqual(lines.move_id, new)

    def test_a_partial_credit_frees_nothing(self):
        lines = self._worked()
        move = self._invoiced().sudo().move_ids
        credit = move._reverse_moves()
        credit.invoice_line_ids[:1].quantity = 0.5
        credit.action_post()
        self.assertEqual(set(lines.mapped("state")), {"billed"})
        run = self._run(date_from=fields.Date.today().replace(month=1, day=2))
        with self.assertRaisesRegex(UserError, "Nothing to bill"):
            run.action_check()

    def test_a_posted_invoice_is_not_deleted(self):
        lines = self._worked()
        move = self._invoiced().sudo().move_ids
        with self.assertRaises(UserError), self.cr.savepoint():
            move.unlink()
        self.assertEqual(set(lines.mapped("state")), {"billed"})

    # -------------------------------------------------------- late and two years

    def test_a_late_line_goes_to_the_next_run_and_says_so(self):
        lines = self._worked()
        today = fields.Date.today()
        first = today.replace(day=1)
        late = lines.filtered(lambda line: line.kind == "travel")
        late._write_guarded({"date": first - timedelta(days=3)})
        if late.date.year != today.year:
            self.skipTest("January: what is late is of another year")
        run = self._invoiced(date_from=first)
        self.assertEqual(run.sudo().line_ids.filtered("is_late"), late)
        self.assertEqual(run.commune_ids.late_count, 1)

    def test_a_run_lies_within_one_year(self):
        with self.assertRaisesRegex(ValidationError, "within one year"):
            self._run(date_from=date(2025, 12, 1), date_to=date(2026, 1, 31))

    def test_the_night_of_the_new_year_is_two_invoices(self):
        lines = self._worked()
        eve, day = lines
        year = fields.Date.today().year
        eve._write_guarded({"date": date(year - 1, 12, 31)})
        day._write_guarded({"date": date(year, 1, 1)})
        this_year = self._invoiced()
        last_year = self._invoiced(
            date_from=date(year - 1, 12, 1), date_to=date(year - 1, 12, 31)
        )
        self.assertEqual(this_year.sudo().line_ids, day)
        self.assertEqual(last_year.sudo().line_ids, eve)

    # ----------------------------------------------------------- held meanwhile

    def test_what_the_run_may_not_take_any_more_leaves_it(self):
        """As a line that is contested between the check and the invoice."""
        lines = self._worked()
        run = self._run()
        run.action_check()
        held = lines[:1]
        held._write_guarded({"date": run.date_to + timedelta(days=1)})
        run.action_invoice()
        self.assertEqual(run.sudo().line_ids, lines - held)
        self.assertEqual(held.state, "open")

    # ------------------------------------------------------------ two companies

    def test_two_companies_bill_their_own(self):
        lines = self._worked()
        other = self.env["res.company"].create({"name": "Other CC"})
        service = self.service.copy(
            {"code": "O", "company_id": other.id, "manager_ids": False}
        )
        # the same commune, the same source: another intercommunality's use
        [vals] = lines[:1].copy_data()
        unrelated = dict.fromkeys(
            ("report_id", "report_line_id", "agreement_id", "rate_id"), False
        )
        foreign = self.env["intercommunal.billing.line"]._create_guarded(
            [
                {
                    **vals,
                    **unrelated,
                    "rate_version_id": False,
                    "source_key": lines[0].source_key,
                    "company_id": other.id,
                    "service_id": service.id,
                }
            ]
        )
        run = self._invoiced()
        self.assertEqual(run.sudo().line_ids, lines)
        self.assertEqual(run.sudo().move_ids.company_id, self.company)
        self.assertEqual(foreign.state, "open")
        self.assertFalse(foreign.with_user(self.finance).has_access("read"))
