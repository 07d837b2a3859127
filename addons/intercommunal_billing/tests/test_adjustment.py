from datetime import date

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestAdjustment(BillingCase):
    """Nothing is edited: a second line, a reason, the next run."""

    def _line(self, minutes=120):
        report = self._draft_report()
        # nobody works more than a day a line
        agent = {"kind": "labour", "agent_id": self.agent.id}
        report.line_ids = [
            Command.clear(),
            *(
                Command.create({**agent, "minutes": min(600, minutes - done)})
                for done in range(0, minutes, 600)
            ),
        ]
        report.action_send()
        return self._approve(report).sudo().billing_line_ids

    def _adjust(self, line, amount, user=None, reason="Counted twice"):
        adjust = self.env["intercommunal.billing.adjust"].with_user(
            user or self.finance
        )
        form = Form(adjust.with_context(default_line_id=line.id))
        form.amount = amount
        form.reason = reason
        wizard = form.save()
        wizard.action_apply()
        return wizard

    def test_the_difference_goes_to_the_next_run(self):
        line = self._line()
        first = self._run()
        first.action_check()
        first.action_invoice()
        self._adjust(line, 38.5)
        self.assertEqual(line.amount, 77.0)
        self.assertEqual(line.adjusted_amount, 38.5)
        again = self._line()
        second = self._run()
        second.action_check()
        second.action_invoice()
        invoice = second.sudo().move_ids
        self.assertEqual(invoice.amount_untaxed, again.amount - 38.5)
        names = invoice.invoice_line_ids.mapped("name")
        self.assertEqual(sum("Counted twice" in name for name in names), 1)

    def test_an_adjustment_may_be_adjusted_through_its_line(self):
        line = self._line()
        self._adjust(line, 70)
        self._adjust(line, 77)
        self.assertEqual(line.adjustment_ids.mapped("amount"), [-7.0, 7.0])
        with self.assertRaisesRegex(UserError, "does not change"):
            self._adjust(line, 77)
        with self.assertRaisesRegex(UserError, "charges nothing of its own"):
            self._adjust(line.adjustment_ids[0], 1)

    def test_only_a_credit_left_makes_a_credit_note(self):
        line = self._line()
        first = self._run()
        first.action_check()
        first.action_invoice()
        self._adjust(line, 0)
        second = self._run()
        second.action_check()
        second.action_invoice()
        self.assertEqual(second.sudo().move_ids.move_type, "out_refund")
        self.assertEqual(second.sudo().move_ids.amount_untaxed, 77.0)

    def test_what_comes_to_nothing_is_a_statement_alone(self):
        self.agreement.quota_hours = 2
        line = self._line()
        run = self._run()
        run.action_check()
        run.action_invoice()
        self.assertEqual((run.state, run.amount_total), ("invoiced", 0.0))
        self.assertFalse(run.sudo().move_ids)
        self.assertEqual(run.statement_ids.amount_untaxed, 0.0)
        self.assertEqual(run.statement_ids.line_count, 2)
        self.assertEqual(line.state, "settled")
        self.assertEqual(run.commune_ids.state, "settled")

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_only_finance_adjusts(self):
        line = self._line()
        for user in (self.manager, self.direction, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["intercommunal.billing.adjust"].with_user(user).create(
                    {"line_id": line.id, "amount": 0, "reason": "x"}
                ).action_apply()

    # ------------------------------------------------------------ year-end balance

    def _settle(self, price, user=None):
        version = self.rate.version_ids
        settle = self.env["intercommunal.rate.settle"].with_user(user or self.finance)
        return settle.create({"version_id": version.id, "final_price": price})

    def test_sixty_hours_at_eighty_five_cents(self):
        """Billing.md's example: 60 h × (41.05 − 40.20) = 51.00."""
        self.rate.version_ids.sudo().write({"price": 40.20, "status": "provisional"})
        lines = self._line(3600)
        self.assertEqual(sum(lines.mapped("minutes_billed")), 3600)
        wizard = self._settle(41.05)
        self.assertEqual(wizard.line_ids.mapped("amount"), [51.0])
        wizard.action_apply()
        balance = self.env["intercommunal.billing.line"].search(
            [("adjustment_reason", "!=", False)]
        )
        self.assertEqual(balance.mapped("amount"), [51.0])
        self.assertEqual(balance.commune_id, self.commune)
        version = self.rate.version_ids
        self.assertEqual(
            (version.status, version.price, version.final_price), ("final", 40.2, 41.05)
        )
        with self.assertRaisesRegex(UserError, "final already"):
            self._settle(42).action_apply()

    def test_a_lower_cost_is_given_back_and_free_hours_stay_free(self):
        self.rate.version_ids.sudo().status = "provisional"
        self.agreement.quota_hours = 1
        self._line(180)
        run = self._run()
        run.action_check()
        run.action_invoice()
        # two of the three hours were charged
        self.assertEqual(self._settle(38.0).line_ids.mapped("amount"), [-1.0])

    def test_a_balance_on_another_day(self):
        self.rate.version_ids.sudo().status = "provisional"
        self._line()
        wizard = self._settle(40)
        wizard.date = date(fields.Date.today().year, 12, 31)
        wizard.action_apply()
        balance = self.env["intercommunal.billing.line"].search(
            [("adjustment_reason", "!=", False)]
        )
        self.assertEqual(balance.date, wizard.date)
