from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestTripPrice(BillingCase):
    """The communes of a round pay together what the round costs, to the cent."""

    def test_the_shares_of_a_round_add_up_to_its_price(self):
        start = fields.Datetime.now() - timedelta(hours=4)
        jobs = self.env["intercommunal.intervention"]
        for _index in range(3):
            request = self._accepted()
            request.with_user(self.manager).action_schedule()
            job = request.intervention_ids
            job.with_user(self.manager).action_plan(self.team.id, start)
            jobs |= job.sudo()
        trip = self.env["intercommunal.trip"].create(
            {
                "service_id": self.service.id,
                "team_id": self.team.id,
                "total_km": 10.05,
                "intervention_ids": jobs.ids,
            }
        )
        amounts = []
        for job in jobs:
            report = self._reported(job)
            report.validation_id.with_user(self.referent).action_approve()
            line = report.sudo().billing_line_ids.filtered(
                lambda line: line.kind == "travel"
            )
            amounts.append(round(line.amount, 2))
        # 3.35 km each, at 0.62: three times 2.077 alone would be 3 × 2.08 = 6.24
        self.assertEqual(jobs.mapped("trip_km"), [3.35] * 3)
        self.assertEqual(round(sum(amounts), 2), 6.23)
        self.assertTrue(trip.is_used)
