import json

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.intercommunal_workflow.models.domain import SHIPPED

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestDomainRates(BillingCase):
    """The rates of a domain are the finance office's."""

    def setUp(self):
        super().setUp()
        self.raw = (SHIPPED / "services_techniques.json").read_bytes()
        self.domains = self.env["intercommunal.domain"]

    def _install(self, user, raw=None):
        domains = self.domains.with_user(user)
        full, problems = domains._read(raw or self.raw)
        self.assertFalse(problems)
        return domains._install(full, self.company)

    def test_rates_wait_for_finance_then_make_the_round_trip(self):
        domain, changes = self._install(self.admin)
        waiting = [change.name for change in changes if change.status == "kept"]
        self.assertIn("Agent technique", waiting)
        self.assertFalse(domain.rate_ids)
        self.assertEqual(domain._export_file(), self.raw)
        with (
            mute_logger("odoo.addons.base.models.ir_model"),
            self.assertRaises(AccessError),
        ):
            domain.action_install_rates()
        domain.with_user(self.finance).action_install_rates()
        self.assertFalse(domain.has_waiting_rates)
        self.assertEqual(domain._export_file().decode(), self.raw.decode())
        rate = domain.rate_ids.filtered(lambda row: row.code == "TEC-AGT")
        self.assertEqual(
            rate.sudo()._get_version(rate.version_ids.date_start).price, 38.5
        )
        self.assertEqual(len(domain.surcharge_ids), 2)
        # a second time there is nothing to do, and installing again waits for nobody
        with self.assertRaises(UserError):
            domain.with_user(self.finance).action_install_rates()
        _domain, changes = self._install(self.admin)
        self.assertEqual({change.status for change in changes}, {"same"})

    def test_all_shipped_rates_make_the_round_trip(self):
        for path in sorted(SHIPPED.glob("*.json")):
            with self.subTest(path.stem):
                domain, _changes = self._install(self.admin, path.read_bytes())
                domain.with_user(self.finance).action_install_rates()
                self.assertEqual(
                    domain._export_file().decode(), path.read_bytes().decode()
                )

    def test_the_trial_prices_the_sample(self):
        domains = self.domains.with_user(self.admin)
        full, _problems = domains._read(self.raw)
        trial = domains._try_out(full, self.company)
        # 1 h 40 by quarters 1.75 × 38.50, 1.5 × 18, 2 × 4.20, 14 × 0.62
        self.assertAlmostEqual(
            trial["sample"]["amount"], 67.38 + 27.00 + 8.40 + 8.68, places=2
        )
        self.assertFalse(
            self.env["intercommunal.rate"].search([("code", "=", "TEC-AGT")])
        )

    def test_a_trial_costs_the_same_on_a_sunday(self):
        domains = self.domains.with_user(self.admin)
        full, _problems = domains._read(self.raw)
        amounts = set()
        # a Friday, a Sunday
        for day in ("2027-01-15 10:00:00", "2027-01-17 10:00:00"):
            with freeze_time(day):
                trial = domains._try_out(full, self.company)
            amounts.add(trial["sample"]["amount"])
        self.assertEqual(len(amounts), 1)

    def test_the_prices_of_the_service_stay(self):
        """A domain is tried and installed into a service that has its prices."""
        self.assertTrue(self.rate.is_default)
        domains = self.domains.with_user(self.admin)
        full, _problems = domains._read(self.raw)
        [row] = [rate for rate in full["rates"] if rate["products"]][:1]
        item = self.env["product.product"].create({"name": row["products"][0]})
        own_item = self.env["intercommunal.rate"].create(
            {
                "code": "OWN-ITEM",
                "name": "Own item",
                "kind": row["kind"],
                "unit": row["unit"],
                "service_id": self.service.id,
                "product_ids": [Command.set(item.ids)],
            }
        )
        trial = domains._try_out(full, self.company, self.service)
        # an hour and forty minutes at the service's own price, not the file's
        own = self.rate._get_version(self.rate.version_ids[:1].date_start).price
        self.assertEqual(trial["sample"]["lines"][0]["amount"], round(1.75 * own, 2))
        domain, _changes = domains._install(full, self.company, self.service)
        domain.with_user(self.finance).action_install_rates()
        self.assertTrue(self.rate.is_default)
        agent = domain.rate_ids.filtered(lambda rate: rate.code == "TEC-AGT")
        self.assertFalse(agent.is_default)
        # an item that has its price keeps it
        self.assertEqual(own_item.product_ids, item)
        self.assertNotIn(item, domain.rate_ids.product_ids)
        # once more changes nothing
        changes = []
        domain.with_user(self.finance)._install_rates(full, changes)
        self.assertEqual({change.status for change in changes}, {"same"})

    def test_a_new_price_begins_its_day_and_the_old_one_stays(self):
        domain, _changes = self._install(self.admin)
        domain.with_user(self.finance).action_install_rates()
        data = json.loads(self.raw)
        rate = next(row for row in data["rates"] if row["code"] == "TEC-AGT")
        rate.update(price=40, date_start="2027-01-01")
        self._install(self.admin, json.dumps(data).encode())
        domain.with_user(self.finance).action_install_rates()
        versions = domain.rate_ids.filtered(
            lambda row: row.code == "TEC-AGT"
        ).version_ids.sorted("date_start")
        self.assertEqual(versions.mapped("price"), [38.5, 40.0])
        self.assertEqual(str(versions[0].date_end), "2026-12-31")
        rate.update(price=41, date_start="2026-06-01")
        self._install(self.admin, json.dumps(data).encode())
        with self.assertRaisesRegex(UserError, "TEC-AGT"):
            domain.with_user(self.finance).action_install_rates()

    def test_a_new_service_says_that_it_has_no_price(self):
        services = self.env["intercommunal.service"]
        service = services.create({"name": "Snow clearing", "code": "SNOW"})
        self.assertIn("A rate", service.with_user(self.admin).todo)
        self.assertIn("An agreement", service.with_user(self.admin).todo)
        self.assertNotIn("A rate", self.service.with_user(self.admin).todo or "")
        # prices are nothing to whoever manages a service
        self.assertNotIn("A rate", service.with_user(self.manager).todo or "")
