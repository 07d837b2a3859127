from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.test_validation import MONDAY, on_day

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingReserve(BillingCase):
    """What is accepted, reserved and refused adds up to the cent."""

    def _decided(self, parts, minutes=240):
        """A report of one agent and 42 km, decided line by line."""
        report = self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes}
                ),
                Command.create({"kind": "travel", "quantity": 42, "name": "Lorry"}),
            ]
        )
        labour, travel = report.sudo().line_ids
        names = {"labour": labour, "travel": travel}
        lines = [
            {"line_id": names[name].id, "text": "Because.", **vals}
            for name, vals in parts.items()
        ]
        report.validation_id.with_user(self.referent).action_approve_reserves(lines)
        return report

    def _amounts(self, report):
        lines = report.sudo().billing_line_ids.sorted("id")
        return [
            (line.amount, line.waived_amount, line.waived_reason or "")
            for line in lines
        ]

    def test_a_reserve_is_billed_in_part_and_traced(self):
        report = self._decided(
            {"labour": {"acceptance": "reserved", "minutes_accepted": 150}}
        )
        # 2 h 30 at 38.50 now, 1 h 30 held back, the trip whole
        self.assertEqual(
            self._amounts(report),
            [(96.25, 0.0, ""), (0.0, 57.75, "reserved"), (26.04, 0.0, "")],
        )

    def test_the_parts_always_add_up_to_the_whole(self):
        for minutes in (239, 241, 7):
            for accepted in (1, 5, 6):
                with self.subTest(minutes=minutes, accepted=accepted):
                    report = self._decided(
                        {
                            "labour": {
                                "acceptance": "partial",
                                "minutes_accepted": accepted,
                            },
                            "travel": {
                                "acceptance": "reserved",
                                "quantity_accepted": 13.37,
                            },
                        },
                        minutes,
                    )
                    lines = report.sudo().billing_line_ids
                    self.assertAlmostEqual(
                        sum(lines.mapped("amount"))
                        + sum(lines.mapped("waived_amount")),
                        report.sudo()._get_validation_amount(),
                        places=2,
                    )
                    line = report.sudo().line_ids[0]
                    self.assertEqual(
                        line.minutes_accepted + line.minutes_refused, minutes
                    )

    def test_minimum_and_step_are_counted_once(self):
        self.rate.sudo().write({"step_minutes": 30, "minimum_minutes": 60})
        report = self._decided(
            {"labour": {"acceptance": "partial", "minutes_accepted": 10}}, 70
        )
        # an hour at least for what is accepted; 1 h 30 would have been billed in all
        self.assertEqual(
            self._amounts(report)[:2], [(38.5, 0.0, ""), (0.0, 19.25, "refused")]
        )

    def test_a_lifted_reserve_is_charged_once_for_what_it_was_worth(self):
        report = self._decided(
            {"labour": {"acceptance": "reserved", "minutes_accepted": 150}}
        )
        reserve = report.validation_id.sudo().reserve_ids
        job = reserve.intervention_id.with_user(self.manager)
        job.action_plan(self.team.id, report.intervention_id.date_start)
        own = self._approve(self._reported(job))
        charged = report.sudo().billing_line_ids.filtered("origin_line_id")
        self.assertEqual((charged.amount, charged.minutes_billed), (57.75, 90))
        self.assertEqual(charged.state, "open")
        self.assertEqual(set(own.sudo().billing_line_ids.mapped("amount")), {0.0})
        reserve._lift(own.sudo())
        self.assertEqual(
            len(report.sudo().billing_line_ids.filtered("origin_line_id")), 1
        )
        # pricing again what had no price does not charge it twice
        report.sudo()._make_billing_lines()
        total = sum(report.sudo().billing_line_ids.mapped("amount"))
        self.assertAlmostEqual(total, 96.25 + 57.75 + 26.04, places=2)

    def test_a_dropped_reserve_is_never_charged(self):
        report = self._decided(
            {"labour": {"acceptance": "reserved", "minutes_accepted": 150}}
        )
        reserve = report.validation_id.sudo().reserve_ids
        reserve.intervention_id.with_user(self.manager).action_cancel("Not needed.")
        total = sum(report.sudo().billing_line_ids.mapped("amount"))
        self.assertAlmostEqual(total, 96.25 + 26.04, places=2)

    def test_a_revoked_approval_leaves_nothing_to_bill(self):
        report = self._reported()
        run = report.validation_id.with_user(self.referent)
        run.action_approve()
        self.assertTrue(report.sudo().billing_line_ids)
        run.action_revoke()
        self.assertFalse(report.sudo().billing_line_ids)
        run.action_approve()
        self.assertEqual(len(report.sudo().billing_line_ids), 1)

    def test_what_a_run_has_taken_is_not_revoked(self):
        report = self._reported()
        validation = report.validation_id.with_user(self.referent)
        validation.action_approve()
        run = self._run()
        run.action_check()
        self.assertTrue(report.sudo().billing_line_ids.run_id)
        with (
            self.assertRaisesRegex(UserError, "billing run"),
            self.env.cr.savepoint(),
        ):
            validation.action_revoke()
        self.assertEqual(report.state, "accepted")


@tagged("post_install", "-at_install")
class TestTacitAgreement(BillingCase):
    """The commune's silence accepts where its agreement says so, up to its ceiling."""

    def _silent(self, **vals):
        self.agreement.sudo().write(vals)
        with freeze_time(MONDAY):
            report = self._reported()
        for day in range(1, 40):
            with freeze_time(on_day(day)):
                self.env["intercommunal.validation"]._cron_follow_up()
        return report

    def test_it_accepts_and_is_billed(self):
        report = self._silent(tacit_acceptance=True, tacit_ceiling=100.0)
        self.assertEqual(report.state, "accepted")
        decision = report.validation_id.sudo().decision_ids
        self.assertEqual(decision.kind, "tacit")
        self.assertEqual(sum(report.sudo().billing_line_ids.mapped("amount")), 77.0)

    def test_not_without_it_nor_above_the_ceiling(self):
        for vals in (
            {"tacit_acceptance": False, "tacit_ceiling": 100.0},
            {"tacit_acceptance": True, "tacit_ceiling": 76.99},
        ):
            with self.subTest(vals=vals):
                self.assertEqual(self._silent(**vals).state, "sent")
