"""The third quarter of 2026, worked out by hand: every cent."""

from datetime import UTC, date
from zoneinfo import ZoneInfo

from odoo import Command, fields
from odoo.tests import tagged

from .common import BillingCase

PARIS = ZoneInfo("Europe/Paris")


@tagged("post_install", "-at_install")
class TestWorkedExample(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rate.write({"minimum_minutes": 60})
        cls.rate.version_ids.date_end = date(2026, 8, 31)
        # PostgreSQL compares with what is written
        cls.env.flush_all()
        cls.env["intercommunal.rate.version"].create(
            {"rate_id": cls.rate.id, "date_start": date(2026, 9, 1), "price": 40.20}
        )
        cls.helper = cls.nobody
        cls.maintenance = cls._rate(
            "AGT-MAIT",
            "Skilled agent",
            44.17,
            agent_ids=[Command.link(cls.helper.id)],
        )
        cls.supplies = cls.env["product.product"].create({"name": "Supplies, in €"})
        cls._rate(
            "SUPPLIES",
            "Supplies, 5 % for handling",
            1.05,
            kind="material",
            unit="unit",
            product_ids=[Command.link(cls.supplies.id)],
        )
        for name, on in (("Night", "night"), ("Holiday", "holiday")):
            cls.env["intercommunal.surcharge"].create(
                {"name": name, "service_id": cls.service.id, "applies_on": on}
            )
        cls.company.resource_calendar_id.write(
            {
                "leave_ids": [
                    Command.create(
                        {
                            "name": "Assumption",
                            "date_from": "2026-08-14 22:00:00",
                            "date_to": "2026-08-15 21:59:59",
                        }
                    )
                ]
            }
        )

    def _use(self, start, *lines):
        """Amounts of an approved report that began at ``start``, local time."""
        return self._bill(self._report(start, *lines))

    def _report(self, start, *lines):
        moment = fields.Datetime.to_datetime(start).replace(tzinfo=PARIS)
        common = {
            "date": moment.date(),
            "started_at": moment.astimezone(UTC).replace(tzinfo=None),
        }
        return self._reported(
            line_ids=[
                Command.clear(),
                *(Command.create({**common, **line}) for line in lines),
            ]
        )

    def _bill(self, report):
        self._approve(report)
        return report.sudo().billing_line_ids

    def _agent(self, minutes, agent=None):
        agent = agent or self.agent
        return {"kind": "labour", "agent_id": agent.id, "minutes": minutes}

    def test_every_cent_of_the_quarter(self):
        lines = self._use(
            "2026-07-09 08:00:00",
            self._agent(200),
            self._agent(200, self.leader),
            {"kind": "equipment", "product_id": self.tractor.id, "minutes": 125},
            {"kind": "travel", "quantity": 42},
            {"kind": "material", "product_id": self.supplies.id, "quantity": 24.20},
        )
        by_kind = {
            kind: round(sum(group.mapped("amount")), 2)
            for kind, group in lines.grouped("kind").items()
        }
        self.assertEqual(
            by_kind,
            {"labour": 269.50, "equipment": 139.50, "travel": 26.04, "material": 25.41},
        )
        total = sum(by_kind.values())

        [holiday] = self._use("2026-08-15 10:00:00", self._agent(40)).mapped("amount")
        self.assertEqual(holiday, 57.75, "the minimum of an hour, at 57.75")

        night = self._use("2026-08-31 22:30:00", self._agent(180)).sorted("date")
        self.assertEqual(night.mapped("amount"), [86.63, 90.45])
        self.assertEqual(night.mapped("unit_price"), [38.50, 40.20])

        skilled = self._use(
            "2026-09-10 09:00:00", self._agent(45, self.helper), self._agent(0)
        )
        skilled = skilled.filtered(lambda line: line.rate_id == self.maintenance)
        self.assertEqual(skilled.mapped("amount"), [33.13])

        report = self._report("2026-09-21 08:00:00", self._agent(240))
        report.validation_id.with_user(self.referent).action_approve_reserves(
            [
                {
                    "line_id": report.line_ids.id,
                    "acceptance": "partial",
                    "minutes_accepted": 150,
                    "text": "Two hours and a half, no more.",
                }
            ],
            content_hash=report.content_hash,
        )
        part = report.sudo().billing_line_ids
        self.assertEqual(sum(part.mapped("amount")), 100.50)
        self.assertEqual(sum(part.mapped("waived_amount")), 60.30)

        total += holiday + sum(night.mapped("amount")) + 33.13 + 100.50
        self.assertEqual(round(total, 2), 828.91)

        # the two hours that the agreement gives are the first of the year
        self.agreement.quota_hours = 2
        run = self._run(date_from=date(2026, 7, 1), date_to=date(2026, 9, 30))
        run.action_check()
        quota = run.sudo().line_ids.filtered("quota_minutes")
        self.assertEqual(quota.mapped("amount"), [-77.0])
        self.assertEqual(round(sum(run.sudo().line_ids.mapped("amount")), 2), 751.91)
