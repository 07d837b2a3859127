from datetime import date
from decimal import Decimal
from unittest.mock import patch

from stdnum import luhn

from odoo import Command, fields

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase

from ..models import billing_run_background
from ..tools import pricing

CRON = billing_run_background.CRON


class BillingCase(IntercommunalCase):
    """The cast of the workflow, with a French chart, an agreement and rates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.company.chart_template != "fr":
            cls.company.country_id = cls.env.ref("base.fr")
            cls.env["account.chart.template"].try_loading(
                "fr", cls.company, install_demo=False
            )
        for commune in cls.env["res.partner"].search(
            [("is_commune", "=", True), ("company_registry", "=", False)]
        ):
            commune.company_registry = cls._siret(commune)
        cls.agreement = cls._agreement(cls.commune)
        cls.rate = cls._rate("AGT-TECH", "Technical agent", 38.50, is_default=True)
        cls.tractor = cls.env["product.product"].create({"name": "Tractor"})
        cls.tractor_rate = cls._rate(
            "TRACTOR",
            "Tractor",
            62.00,
            kind="equipment",
            product_ids=[Command.link(cls.tractor.id)],
        )
        cls.km_rate = cls._rate(
            "KM", "Kilometre", 0.62, kind="travel", unit="km", is_default=True
        )

    @classmethod
    def _siret(cls, commune):
        """An invented SIRET with right keys, of the commune's own SIREN if any."""
        siren = commune.siren or f"214{commune.insee_code or '54999'}"
        if len(siren) == 8:
            siren += luhn.calc_check_digit(siren)
        number = f"{siren}0001"
        return number + luhn.calc_check_digit(number)

    @classmethod
    def _agreement(cls, commune, **vals):
        return cls.env["intercommunal.agreement"].create(
            {
                "commune_id": commune.id,
                "service_id": cls.service.id,
                "date_start": date(2020, 1, 1),
                # a run of any length bills it
                "period": "month",
                **vals,
            }
        )

    @classmethod
    def _rate(cls, code, name, price, **vals):
        return cls.env["intercommunal.rate"].create(
            {
                "code": code,
                "name": name,
                "service_id": cls.service.id,
                "kind": "labour",
                "unit": "hour",
                "version_ids": [
                    Command.create({"date_start": date(2020, 1, 1), "price": price})
                ],
                **vals,
            }
        )

    def _approve(self, report):
        report.validation_id.with_user(self.referent).action_approve()
        return report

    def _run(self, **vals):
        """A run over the current year up to today, as finance makes it."""
        self.env.flush_all()
        today = (
            self.env["intercommunal.billing.run"]
            ._fields["date_invoice"]
            .context_today(self.env["intercommunal.billing.run"])
        )
        return (
            self.env["intercommunal.billing.run"]
            .with_user(self.finance)
            .create(
                {
                    "service_id": self.service.id,
                    "date_from": today.replace(month=1, day=1),
                    "date_to": today,
                    **vals,
                }
            )
        )


class LargeRunCase(BillingCase):
    """Three communes and as many uses as a test asks for, without their reports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        others = cls.env["res.partner"].create(
            [
                {"name": name, "is_commune": True, "insee_code": code}
                for name, code in (("Amanville", "54904"), ("Bayon", "54903"))
            ]
        )
        for commune in others:
            commune.company_registry = cls._siret(commune)
        cls.communes = cls.commune | others
        cls.agreements = cls.agreement.union(*map(cls._agreement, others))

    def _use(self, communes, count, natures=("70845",)):
        """``count`` approved uses of each commune; ``natures`` take turns.

        Their prices, the amounts that come of them and their days are all different.
        """
        day = fields.Date.today()
        numbers = [(commune, number) for commune in communes for number in range(count)]
        known = self.env["intercommunal.billing.line"].search_count([])
        return self.env["intercommunal.billing.line"]._create_guarded(
            [
                {
                    "source_key": f"test/{known + index}",
                    "company_id": self.company.id,
                    "commune_id": commune.id,
                    "service_id": self.service.id,
                    "agreement_id": self.agreements.filtered(
                        lambda a, commune=commune: a.commune_id == commune
                    ).id,
                    "rate_id": self.rate.id,
                    "rate_version_id": self.rate.version_ids.id,
                    "date": day,
                    "kind": "labour",
                    "unit": "hour",
                    "name": "Technical agent",
                    "minutes_real": 5 + number,
                    "minutes_billed": 5 + number,
                    "unit_price": 38.5,
                    # half a cent is rounded up, use by use
                    "amount": float(
                        pricing.price_minutes(5 + number, Decimal("38.5"), Decimal(1))
                    ),
                    "m57_nature": natures[number % len(natures)],
                }
                for index, (commune, number) in enumerate(numbers)
            ]
        )


class BackgroundCase(LargeRunCase):
    """A checked run of twelve uses, which is a large one from here on."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(billing_run_background, "STEP", 4))
        self.startPatcher(patch("odoo.service.model.random.uniform", return_value=0.0))
        self.finance.lang = "en_US"
        self._use(self.communes, 4)
        self.run_ = self._run()
        # few enough to be checked while one waits
        self.run_.action_check()
        self.lines = self.run_.sudo().line_ids
        self.startPatcher(patch.object(billing_run_background, "BACKGROUND_ABOVE", 10))

    def _work(self):
        """What the server does in the background."""
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()

    def _get_messages(self):
        """What the server wrote on the page of the run, for finance."""
        return self.run_.message_ids.filtered(
            lambda message: self.finance.partner_id in message.partner_ids
        )
