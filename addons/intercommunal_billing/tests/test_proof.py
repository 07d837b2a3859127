from collections import Counter

from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingProof(BillingCase):
    """A charge without a decision, or beyond what was reported, is named."""

    def setUp(self):
        super().setUp()
        self.report = self._reported().sudo()
        self.report.validation_id.with_user(self.referent).action_approve()
        self.line = self.report.billing_line_ids[0]

    def _verify(self):
        proof = self.env["intercommunal.proof"]
        return [
            (fault.record_id, fault.text)
            for fault in proof._verify(Counter(), ["billing"])
        ]

    def _tamper(self, query, *params):
        self.env.flush_all()
        self.env.cr.execute(query, params)
        self.env.invalidate_all()

    def test_what_was_approved_is_charged_without_a_fault(self):
        self.assertEqual(self._verify(), [])

    def test_a_line_that_nobody_approved_is_named(self):
        self._tamper(
            "UPDATE intercommunal_validation SET state = 'refused' WHERE id = %s",
            self.report.validation_id.id,
        )
        [(row, text)] = self._verify()
        self.assertEqual(row, self.line.id)
        self.assertIn("nobody", text)

    def test_minutes_beyond_the_report_are_named(self):
        self._tamper(
            "UPDATE intercommunal_billing_line SET minutes_real = 999 WHERE id = %s",
            self.line.id,
        )
        [(row, text)] = self._verify()
        self.assertEqual(row, self.line.id)
        self.assertIn("999", text)
