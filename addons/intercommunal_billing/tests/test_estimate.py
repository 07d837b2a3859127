from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestStandardCost(BillingCase):
    def test_a_request_is_estimated_by_its_type_when_it_is_sent(self):
        self.type.default_agents = 2
        request = self._submitted()
        version = self.rate._get_version(fields.Date.context_today(request))
        self.assertEqual(request.sudo().estimated_cost, round(2 * 3 * version.price, 2))

    def test_what_the_service_entered_stays(self):
        request = self._new_request()
        request.sudo().estimated_cost = 12.5
        request.action_submit()
        self.assertEqual(request.sudo().estimated_cost, 12.5)

    def test_the_button_estimates_again(self):
        request = self._submitted().with_user(self.manager)
        self.type.default_agents = 3
        before = request.estimated_cost
        said = request.action_estimate()["params"]["message"]
        self.assertEqual(request.estimated_cost, 3 * before)
        # and says from what
        self.assertIn("3 h × 3", said)

    def test_without_a_rate_it_says_what_to_do(self):
        request = self._submitted().with_user(self.manager)
        self.type.default_duration = 0
        with self.assertRaisesRegex(UserError, "give its type a duration"):
            request.action_estimate()


@tagged("post_install", "-at_install")
class TestSiteCost(BillingCase):
    def test_a_site_tells_what_it_cost(self):
        report = self._reported()
        self._approve(report)
        amount = sum(report.sudo().billing_line_ids.mapped("amount"))
        self.assertGreater(amount, 0)
        self.assertEqual(self.site.with_user(self.finance).history_cost, amount)
        job = report.intervention_id
        self.assertEqual(job.with_user(self.finance).charged_amount, amount)
        self.assertEqual(job.with_user(self.manager).charged_amount, 0)

    def test_who_reads_no_billing_line_reads_no_cost(self):
        self._approve(self._reported())
        self.assertEqual(self.site.with_user(self.manager).history_cost, 0)
