from collections import Counter
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingContest(BillingCase):
    """A charge is contested, held, answered; what was said can't be taken back."""

    def _line(self, minutes=120):
        report = self._draft_report(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes}
                ),
            ]
        )
        report.action_send()
        return self._approve(report).sudo().billing_line_ids.with_env(self.env)

    def _contest(self, line, user=None, text="There was one agent only."):
        line.with_user(user or self.referent).action_contest(text)

    def _mine(self, line):
        return line.with_user(self.finance)

    # ------------------------------------------------------------------ before

    def test_the_service_and_finance_are_told(self):
        line = self._line()
        self._contest(line)
        told = self.env["mail.message"].search(
            [
                ("model", "=", "intercommunal.request"),
                ("res_id", "=", line.request_id.id),
            ]
        )
        told = told.filtered(lambda message: "one agent only" in message.body)
        self.assertIn(self.manager.partner_id, told.notified_partner_ids)
        self.assertIn(self.finance.partner_id, told.notified_partner_ids)
        self.assertNotIn(self.referent.partner_id, told.notified_partner_ids)
        # a manager reads no price
        self.assertNotIn("77", told[:1].body)

    def test_the_list_of_contested_charges_says_why(self):
        line = self._line()
        self.assertFalse(line.contest_text)
        self._contest(line, text="Nobody came.")
        self._mine(line).action_reject_contest("They did.")
        self._contest(line, text="Really nobody.")
        said = line.contest_ids[-1]
        self.assertEqual(
            (line.contest_text, line.contested_at), ("Really nobody.", said.said_at)
        )

    def test_no_run_takes_a_contested_line(self):
        held, free = self._line(), self._line(60)
        self._contest(held)
        run = self._run()
        run.action_check()
        self.assertEqual(run.sudo().line_ids, free.sudo())
        self.assertEqual(held.state, "open")

    def test_a_checked_run_goes_on_without_it(self):
        self.agreement.quota_hours = 1
        held, free = self._line(), self._line(180)
        run = self._run()
        run.action_check()
        self.assertEqual(held.run_id, run.sudo())
        self._contest(held)
        self.assertFalse(held.run_id)
        run.action_invoice()
        invoice = run.sudo().move_ids
        # the free hour is taken off what is left
        self.assertEqual(invoice.amount_untaxed, free.amount - 38.5)
        self.assertTrue(
            any("left this run" in message.body for message in run.sudo().message_ids)
        )

    def _adjusted(self, amount):
        """A line of two hours, corrected to ``amount`` before any run."""
        line = self._line()
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create(
            {"line_id": line.id, "amount": amount, "reason": "Agreed by phone."}
        ).action_apply()
        return line

    def test_an_open_adjustment_is_held_with_its_line(self):
        held, free = self._adjusted(70), self._adjusted(60)
        self._contest(held)
        run = self._run()
        run.action_check()
        self.assertEqual(run.sudo().line_ids, (free | free.adjustment_ids).sudo())
        self._mine(held).action_reject_contest("It was agreed.")
        run.action_check()
        self.assertEqual(
            run.sudo().line_ids,
            (held | free | held.adjustment_ids | free.adjustment_ids).sudo(),
        )

    def test_a_checked_run_goes_on_without_its_adjustment(self):
        held, free = self._invoiced(), self._line(60)
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create(
            {"line_id": held.id, "amount": 70, "reason": "Agreed by phone."}
        ).action_apply()
        run = self._run()
        run.action_check()
        self.assertEqual(held.adjustment_ids.run_id, run.sudo())
        self._contest(held)
        self.assertFalse(held.adjustment_ids.run_id)
        self.assertEqual(held.state, "billed")
        run.action_invoice()
        self.assertEqual(run.sudo().move_ids.amount_untaxed, free.amount)

    def test_the_next_run_takes_what_is_kept(self):
        line = self._line()
        self._contest(line)
        self._mine(line).action_reject_contest("Two agents signed the sheet.")
        run = self._run()
        run.action_check()
        self.assertEqual(run.sudo().line_ids, line.sudo())
        self.assertEqual(line.amount, 77.0)

    def test_what_is_given_up_is_not_billed(self):
        line = self._line()
        self._contest(line)
        self._mine(line).action_waive_contest("You are right.")
        self.assertEqual(
            (line.state, line.amount, line.waived_amount, line.waived_reason),
            ("waived", 0.0, 77.0, "agreed"),
        )

    # ------------------------------------------------------- invoiced already

    def _invoiced(self):
        line = self._line()
        run = self._run()
        run.action_check()
        run.action_invoice()
        self.assertEqual(line.state, "billed")
        return line

    def test_an_invoiced_line_is_contested_and_never_edited(self):
        line = self._invoiced()
        invoice = line.sudo().move_id
        self._contest(line)
        self.assertEqual((line.state, line.sudo().move_id), ("billed", invoice))
        self._mine(line).action_waive_contest("You are right.")
        self.assertEqual((line.amount, line.adjusted_amount), (77.0, 0.0))
        self.assertEqual(line.adjustment_ids.mapped("amount"), [-77.0])
        self.assertFalse(line.is_contested)
        self.assertEqual(invoice.amount_untaxed, 77.0)
        second = self._run()
        second.action_check()
        second.action_invoice()
        self.assertEqual(second.sudo().move_ids.move_type, "out_refund")

    def test_the_adjustment_is_the_answer(self):
        line = self._invoiced()
        self._contest(line)
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create(
            {"line_id": line.id, "amount": 38.5, "reason": "One agent, indeed."}
        ).action_apply()
        self.assertFalse(line.is_contested)
        self.assertEqual(line.adjusted_amount, 38.5)
        self.assertEqual(
            line.contest_ids.sorted("id").mapped(lambda said: (said.kind, said.text)),
            [
                ("contest", "There was one agent only."),
                ("adjust", "One agent, indeed."),
            ],
        )

    def test_an_adjusted_line_that_is_given_up_costs_nothing_at_all(self):
        line = self._line()
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create(
            {"line_id": line.id, "amount": 70, "reason": "A first correction."}
        ).action_apply()
        self._contest(line)
        self._mine(line).action_waive_contest("All of it.")
        self.assertEqual(line.adjusted_amount, 0.0)
        run = self._run()
        run.action_check()
        self.assertEqual(run.amount_total, 0.0)

    # -------------------------------------------------------------- who and when

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_only_its_own_people_contest_and_only_finance_answers(self):
        line = self._line()
        for user in (self.stranger, self.requester, self.manager, self.finance):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._contest(line, user)
        self._contest(line, self.mayor)
        for user in (self.referent, self.mayor, self.manager, self.direction):
            for action in ("action_reject_contest", "action_waive_contest"):
                with self.subTest(user.login), self.assertRaises(AccessError):
                    getattr(line.with_user(user), action)("No.")
        self.assertTrue(line.is_contested)
        self.assertEqual(len(line.contest_ids), 1)

    def test_what_can_not_be_contested_says_why(self):
        line = self._line()
        for text in (None, "   ", "x" * 2001, {"a": 1}):
            with self.subTest(text), self.assertRaises(UserError):
                self._contest(line, text=text)
        self._contest(line)
        with self.assertRaisesRegex(UserError, "contested already"):
            self._contest(line)
        with self.assertRaisesRegex(UserError, "not contested"):
            self._mine(self._line()).action_reject_contest("Hm.")
        self._mine(line).action_waive_contest("Yes.")
        with self.assertRaisesRegex(UserError, "state"):
            self._contest(line)

    def test_free_hours_and_corrections_are_contested_where_they_belong(self):
        self.agreement.quota_hours = 1
        line = self._line()
        wizard = self.env["intercommunal.billing.adjust"].with_user(self.finance)
        wizard.create({"line_id": line.id, "amount": 70, "reason": "x"}).action_apply()
        with self.assertRaisesRegex(UserError, "corrects another line"):
            self._contest(line.adjustment_ids)
        run = self._run()
        run.action_check()
        free = run.sudo().line_ids.filtered("quota_minutes").with_env(self.env)
        with self.assertRaisesRegex(UserError, "free hours"):
            self._contest(free)

    @mute_logger("odoo.sql_db")
    def test_the_flag_and_the_words_are_not_written_by_hand(self):
        line = self._line()
        with self.assertRaises(UserError):
            self._mine(line).sudo().write({"is_contested": True})
        self._contest(line)
        said = line.contest_ids.sudo()
        with self.assertRaises(AccessError):
            said.write({"text": "Nothing."})
        with self.assertRaises(AccessError):
            said.unlink()
        with self.assertRaises(AccessError):
            said.create([{"line_id": line.id, "kind": "reject", "text": "x"}])

    def test_a_changed_word_is_found(self):
        line = self._line()
        self._contest(line)
        self._mine(line).action_reject_contest("Two agents signed the sheet.")
        proof = self.env["intercommunal.proof"]
        self.assertFalse(list(proof._verify(Counter(), ["contests"])))
        self.env.cr.execute(
            """
            ALTER TABLE intercommunal_billing_contest DISABLE TRIGGER USER;
            UPDATE intercommunal_billing_contest SET text = 'Fine.'
             WHERE line_id = %s AND kind = 'contest'
            """,
            [line.id],
        )
        faults = list(proof._verify(Counter(), ["contests"]))
        self.assertEqual([fault.record_id for fault in faults], [line.id])

    def test_a_role_that_ended_contests_nothing(self):
        line = self._line()
        self.env["intercommunal.commune.role"].search(
            [("user_id", "=", self.referent.id)]
        ).date_to = fields.Date.today() - timedelta(days=2)
        with self.assertRaises(AccessError):
            self._contest(line)

    def test_contesting_the_whole_report_settles_its_lines(self):
        line = self._line()
        self._contest(line)
        line.request_id.with_user(self.referent).action_contest("It leaks again.")
        self.assertEqual((line.state, line.is_contested), ("waived", False))
        self.assertEqual(
            line.contest_ids.sorted("id").mapped("kind"), ["contest", "rework"]
        )
