from datetime import date
from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import BaseCase, Form, tagged

from odoo.addons.intercommunal_workflow.tools.allocation import allocate

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestAllocate(BaseCase):
    """The largest remainder, without a database (see tests/properties too)."""

    def test_the_examples_of_the_design(self):
        self.assertEqual(
            allocate(Decimal("1000.01"), [1200, 850, 450]),
            [Decimal("480.01"), Decimal("340.00"), Decimal("180.00")],
        )
        self.assertEqual(
            allocate(Decimal("100.00"), [1, 1, 1]),
            [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")],
        )

    def test_nobody_to_share_with(self):
        for weights in ([], [0, 0], [2, -1]):
            with self.assertRaises(ValueError):
                allocate(Decimal(1), weights)


@tagged("post_install", "-at_install")
class TestAllocation(BillingCase):
    """A cost of the service becomes the share of each commune, once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.commune.copy(
            {"name": "Hautmont", "insee_code": "54900", "company_registry": False}
        )
        cls.third.company_registry = cls._siret(cls.third)
        cls.communes = cls.commune | cls.other_commune | cls.third
        for commune in cls.other_commune | cls.third:
            cls._agreement(commune)
        for commune, people in zip(cls.communes, (1200, 850, 450), strict=True):
            commune.intercommunal_population = people

    def _key(self, basis="population", **vals):
        return (
            self.env["intercommunal.allocation.key"]
            .with_user(self.finance)
            .create(
                {
                    "name": "By people",
                    "basis": basis,
                    "line_ids": [
                        Command.create({"commune_id": commune.id})
                        for commune in self.communes
                    ],
                    **vals,
                }
            )
        )

    def _allocation(self, key, amount, **vals):
        return (
            self.env["intercommunal.allocation"]
            .with_user(self.finance)
            .create(
                {
                    "name": "Fuel",
                    "service_id": self.service.id,
                    "key_id": key.id,
                    "amount": amount,
                    "date_from": date(2026, 4, 1),
                    "date_to": date(2026, 6, 30),
                    **vals,
                }
            )
        )

    def _shares(self, allocation):
        return {share.commune_id: share.amount for share in allocation.share_ids}

    # ------------------------------------------------------------------- shares

    def test_by_population(self):
        allocation = self._allocation(self._key(), 1000.01)
        allocation.action_work_out()
        self.assertEqual(
            self._shares(allocation),
            {self.commune: 480.01, self.other_commune: 340.00, self.third: 180.00},
        )
        self.assertFalse(allocation.billing_line_ids, "looking charges nothing")

    def test_the_key_of_the_agreements_is_proposed_and_kept_to(self):
        key = self._key()
        with Form(
            self.env["intercommunal.agreement"]
            .with_user(self.finance)
            .browse(self.agreement.id)
        ) as form:
            form.allocation_key_id = key
        with Form(self.env["intercommunal.allocation"].with_user(self.finance)) as form:
            form.name = "Fuel"
            form.service_id = self.service
            self.assertEqual(form.key_id, key)
            form.amount = 100
            form.date_from, form.date_to = date(2026, 4, 1), date(2026, 6, 30)
        allocation = form.record
        allocation.key_id = self._key("equal", name="Equal")
        with self.assertRaisesRegex(UserError, "Equal.+is not the key.+Valbois"):
            allocation.action_allocate()
        self.assertEqual(allocation.state, "draft")
        allocation.key_id = key
        allocation.action_allocate()
        self.assertEqual(len(allocation.billing_line_ids), 3)

    def test_two_keys_of_one_service_are_not_guessed(self):
        self.agreement.allocation_key_id = self._key()
        self._agreement_of(self.third).allocation_key_id = self._key("equal")
        with Form(self.env["intercommunal.allocation"].with_user(self.finance)) as form:
            form.name = "Fuel"
            form.service_id = self.service
            self.assertFalse(form.key_id)
            form.key_id = self.agreement.allocation_key_id
            form.amount = 100
            form.date_from, form.date_to = date(2026, 4, 1), date(2026, 6, 30)

    def _agreement_of(self, commune):
        return self.env["intercommunal.agreement"].search(
            [("commune_id", "=", commune.id), ("service_id", "=", self.service.id)]
        )

    def test_equal_shares_give_the_odd_cent_to_the_lowest_insee_code(self):
        allocation = self._allocation(self._key("equal"), 100.0)
        allocation.action_work_out()
        self.assertEqual(
            self._shares(allocation),
            {self.third: 33.34, self.commune: 33.33, self.other_commune: 33.33},
        )

    def test_by_use_of_the_service(self):
        report = self._approve(self._reported())
        lines = report.sudo().billing_line_ids
        lines._write_guarded({"date": date(2026, 5, 4)})
        allocation = self._allocation(self._key("use"), 50.0)
        allocation.action_work_out()
        self.assertEqual(self._shares(allocation), {self.commune: 50.0})
        later = self._allocation(
            self._key("use"),
            50.0,
            date_from=date(2026, 7, 1),
            date_to=date(2026, 9, 30),
        )
        with self.assertRaisesRegex(UserError, "nobody to share with"):
            later.action_work_out()

    def test_by_weights_of_the_day(self):
        key = self._key("custom")
        for line, weight in zip(
            key.line_ids.sorted("insee_code"), (0.5, 1.5, 2.0), strict=True
        ):
            line.weight = weight
        joins_later = key.line_ids.filtered(lambda line: line.commune_id == self.third)
        joins_later.date_start = date(2026, 7, 1)
        allocation = self._allocation(key, 70.0)
        allocation.action_work_out()
        self.assertEqual(
            self._shares(allocation), {self.commune: 30.0, self.other_commune: 40.0}
        )

    def test_a_missing_population_is_named(self):
        self.third.intercommunal_population = 0
        with self.assertRaisesRegex(UserError, "Hautmont"):
            self._allocation(self._key(), 10.0).action_work_out()

    def test_finance_enters_a_key_and_a_sum_on_their_screens(self):
        with Form(
            self.env["intercommunal.allocation.key"].with_user(self.finance)
        ) as form:
            form.name = "Halves"
            form.basis = "custom"
            for commune, weight in ((self.commune, 3), (self.third, 1)):
                with form.line_ids.new() as line:
                    line.commune_id = commune
                    line.weight = weight
        key = form.record
        with Form(self.env["intercommunal.allocation"].with_user(self.finance)) as form:
            form.name = "Insurance"
            form.service_id = self.service
            form.key_id = key
            form.amount = 100
            form.date_from = date(2026, 1, 1)
            form.date_to = date(2026, 3, 31)
        form.record.action_work_out()
        self.assertEqual(
            self._shares(form.record), {self.commune: 75.0, self.third: 25.0}
        )

    # ----------------------------------------------------------------- charging

    def test_the_shares_are_billed_once(self):
        allocation = self._allocation(self._key(), 1000.01)
        allocation.action_allocate()
        self.assertEqual(
            sum(allocation.sudo().billing_line_ids.mapped("amount")), 1000.01
        )
        with self.assertRaisesRegex(UserError, "state"):
            allocation.action_allocate()
        run = self._run(date_from=date(2026, 1, 1), date_to=date(2026, 6, 30))
        run.action_check()
        run.action_invoice()
        self.assertEqual(
            {move.partner_id: move.amount_untaxed for move in run.move_ids},
            self._shares(allocation),
        )
        self.assertEqual(set(run.move_ids.invoice_line_ids.mapped("name")), {"Fuel"})
        with self.assertRaisesRegex(UserError, "billing run"):
            allocation.action_cancel()

    def test_a_negative_sum_is_given_back(self):
        allocation = self._allocation(self._key("equal"), -100.0)
        allocation.action_allocate()
        run = self._run(date_from=date(2026, 1, 1), date_to=date(2026, 6, 30))
        run.action_check()
        run.action_invoice()
        self.assertEqual(set(run.move_ids.mapped("move_type")), {"out_refund"})
        self.assertEqual(sum(run.move_ids.mapped("amount_untaxed")), 100.0)

    def test_a_commune_without_agreement_is_named_and_nothing_is_charged(self):
        self.env["intercommunal.agreement"].search(
            [("commune_id", "=", self.third.id)]
        ).unlink()
        allocation = self._allocation(self._key(), 90.0)
        with self.assertRaisesRegex(UserError, "Hautmont"), self.cr.savepoint():
            allocation.action_allocate()
        self.assertEqual(allocation.state, "draft")
        self.assertFalse(allocation.sudo().billing_line_ids)

    def test_cancelling_takes_the_shares_back(self):
        allocation = self._allocation(self._key(), 90.0)
        allocation.action_allocate()
        allocation.action_cancel()
        self.assertFalse(allocation.sudo().billing_line_ids)
        self.assertEqual(allocation.state, "cancelled")

    # ------------------------------------------------------------------- guards

    def test_what_was_shared_does_not_change(self):
        allocation = self._allocation(self._key(), 90.0)
        allocation.action_allocate()
        for vals in ({"amount": 1.0}, {"date_to": date(2026, 5, 1)}):
            with self.assertRaises(UserError):
                allocation.write(vals)
        with self.assertRaises(UserError):
            allocation.write({"state": "draft"})
        with self.assertRaises(UserError):
            allocation.unlink()
        with self.assertRaisesRegex(UserError, "archive"):
            allocation.key_id.unlink()
        with self.assertRaises(AccessError):
            allocation.share_ids.write({"amount": 1.0})

    def test_two_years_are_two_sums(self):
        with self.assertRaisesRegex(ValidationError, "two years"):
            self._allocation(self._key(), 9.0, date_from=date(2025, 12, 1))

    def test_only_finance_shares(self):
        allocation = self._allocation(self._key(), 90.0)
        for user in (self.direction, self.admin, self.manager):
            with self.assertRaises(AccessError):
                allocation.with_user(user).action_allocate()
