import re

from lxml import html

from odoo import Command, fields
from odoo.tests import Form, HttpCase, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBudget(BillingCase):
    """Used, committed, left; and what similar work cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"budget_amount": 300, "budget_hours": 10})

    def _meter(self, user=None, request=None):
        self.env.invalidate_all()
        request = request or self._submitted()
        return request.with_user(user or self.referent)._get_budget_values()

    def test_used_committed_and_left(self):
        self._approve(self._reported())
        # a standard job of three hours at 38.50 €, accepted and not charged yet
        self._accepted()
        self._submitted()
        meter = self._meter()["meter"]
        self.assertEqual((meter["spent_amount"], meter["spent_hours"]), (77.0, 2.0))
        self.assertEqual(
            (meter["committed_amount"], meter["committed_hours"]), (115.5, 3.0)
        )
        self.assertAlmostEqual(meter["left_amount"], 107.5)
        self.assertEqual(meter["left_hours"], 5.0)
        self.assertEqual(self.agreement.left_amount, 107.5)

    def test_free_hours_are_not_used_hours(self):
        self.agreement.quota_hours = 1
        self._approve(self._reported())
        self._run().action_check()
        meter = self._meter()["meter"]
        self.assertEqual((meter["spent_amount"], meter["spent_hours"]), (38.5, 1.0))

    def test_a_manager_sees_hours_only(self):
        request = self._submitted()
        values = self._meter(self.manager, request)
        self.assertFalse(values["has_prices"])
        page = request.with_user(self.manager).budget_meter
        self.assertRegex(page, r"10[.,]0")
        self.assertNotIn("300", page)
        self.assertTrue(self._meter(self.requester, request)["has_prices"])
        self.assertIn("300", request.with_user(self.requester).budget_meter)

    def test_what_is_exceeded_says_by_how_much(self):
        self.agreement.write({"budget_amount": 50, "budget_hours": 1})
        self._approve(self._reported())
        page = self._submitted().with_user(self.referent).budget_meter
        text = html.fromstring(page).text_content()
        self.assertRegex(text, r"exceeded by\s+\D*27[.,]00")
        self.assertRegex(text, r"exceeded by\s+1[.,]0 h")
        self.assertNotIn("left", text)
        self.assertNotRegex(text, r"[-\N{MINUS SIGN}\N{NON-BREAKING HYPHEN}]\s*\D?27")

    def test_similar_work_is_told_from_five_on(self):
        for number in range(5):
            self.assertIsNone(self.type._get_similar_cost(), number)
            report = self._draft_report()
            report.line_ids.minutes = 60 * (number + 1)
            report.action_send()
            self._approve(report)
        similar = self.type._get_similar_cost()
        self.assertEqual(
            (similar["median"], similar["low"], similar["high"], similar["number"]),
            (115.5, 38.5, 192.5, 5),
        )

    def test_nothing_to_show_without_budget(self):
        self.agreement.write({"budget_amount": 0, "budget_hours": 0})
        self.assertEqual(self._meter(), {})

    def test_few_queries(self):
        request = self._submitted().with_user(self.referent)
        request._get_budget_values()
        self.env.invalidate_all()
        with self.assertQueryCount(14):
            request._get_budget_values()

    # ------------------------------------------------------ where work is planned

    def _other_agreement(self, **vals):
        return self._agreement(self.other_commune, **vals)

    def _plan_many(self, requests):
        return Form(
            self.env["intercommunal.request.plan"]
            .with_user(self.manager)
            .with_context(active_ids=requests.ids)
        )

    def test_who_plans_one_request_reads_the_meter_of_its_commune(self):
        request = self._accepted()
        wizard = Form(
            self.env["intercommunal.intervention.plan"]
            .with_user(self.manager)
            .with_context(default_request_id=request.id)
        )
        self.assertRegex(wizard.budget_meter, r"3[.,]0 h committed")
        self.assertNotIn("300", wizard.budget_meter, "a manager reads no price")

    def test_who_plans_several_reads_the_meter_of_each_commune_once(self):
        self._other_agreement(budget_hours=77)
        requests = self._accepted() | self._accepted()
        requests |= self._accepted(
            user=self.stranger, commune_id=self.other_commune.id, site_id=False
        )
        page = self._plan_many(requests).budget_meter
        self.assertEqual(page.count("o_intercommunal_budget"), 2)
        for commune, hours in ((self.commune, "10"), (self.other_commune, "77")):
            self.assertIn(commune.name, page)
            self.assertRegex(page, rf"of {hours}[.,]0 h")

    def test_a_type_of_which_nothing_is_known_leaves_no_empty_box(self):
        kinds = [self.type.copy({"name": name}) for name in ("Roof", "Door")]
        requests = self._accepted()
        for kind in kinds:
            requests |= self._accepted(type_id=kind.id)
        page = self._plan_many(requests).budget_meter
        self.assertEqual(page.count("o_intercommunal_budget"), 1)

    def test_who_reads_prices_reads_what_work_like_the_planned_one_cost(self):
        reader = self.manager.copy({"login": "reader"})
        self.service.manager_ids |= reader
        reader.group_ids |= self.env.ref(
            "intercommunal_workflow.group_intercommunal_finance"
        )
        for _number in range(5):
            self._approve(self._reported())
        requests = self._accepted() | self._accepted()
        wizard = (
            self.env["intercommunal.request.plan"]
            .with_user(reader)
            .new({"request_ids": [Command.set(requests.ids)]})
        )
        self.assertEqual(wizard.budget_meter.count("Similar work:"), 1)
        self.assertIn("300", wizard.budget_meter)

    def test_the_meters_of_many_requests_cost_what_those_of_one_do(self):
        self._other_agreement(budget_hours=77)

        def count(requests):
            wizard = (
                self.env["intercommunal.request.plan"]
                .with_user(self.manager)
                .create(
                    {
                        "request_ids": [Command.set(requests.ids)],
                        "team_id": self.team.id,
                    }
                )
            )
            # what is kept for good is kept now
            self.assertTrue(wizard.budget_meter)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertIn("o_intercommunal_budget", wizard.budget_meter)
            return self.env.cr.sql_log_count - before

        requests = self._accepted()
        one = count(requests)
        for _number in range(3):
            requests |= self._accepted()
        requests |= self._accepted(
            user=self.stranger, commune_id=self.other_commune.id, site_id=False
        )
        self.assertLessEqual(count(requests), one)

    # ----------------------------------------------------- a form being filled in

    def _fill_in(self, user):
        form = Form(self.env["intercommunal.request"].with_user(user))
        form.name = "Leak"
        form.service_id = self.service
        form.type_id = self.type
        return form

    def test_the_meter_follows_the_commune_that_is_chosen(self):
        self._other_agreement(budget_hours=77)
        form = self._fill_in(self.manager)
        for commune, hours in ((self.commune, "10"), (self.other_commune, "77")):
            form.commune_id = commune
            self.assertRegex(form.budget_meter, rf"of {hours}[.,]0 h")

    def test_who_belongs_to_another_commune_is_told_nothing_of_it(self):
        self._other_agreement(budget_hours=77)
        clerk = self._new_commune_user(
            "clerk", self.commune, "requester", "base.group_user"
        )
        asked = self.env["intercommunal.request"].with_user(clerk)
        vals = {"service_id": self.service.id, "type_id": self.type.id}
        own = asked.new({**vals, "commune_id": self.commune.id})
        self.assertIn("300", own.budget_meter)
        other = asked.new({**vals, "commune_id": self.other_commune.id})
        self.assertFalse(other.budget_meter)
        # a file of one's own that is turned into another commune's
        mine = asked.new(
            {"commune_id": self.other_commune.id},
            origin=self._new_request().with_user(clerk),
        )
        self.assertFalse(mine.budget_meter)


@tagged("post_install", "-at_install")
class TestBudgetPortal(HttpCase, BillingCase):
    """The meter where a commune asks and decides."""

    def _get(self, path, user):
        self.authenticate(user.login, user.login)
        return self.url_open(path).text

    def test_it_is_where_the_commune_asks_and_decides(self):
        self.agreement.write({"budget_amount": 4321})
        run = self._reported().validation_id
        for path, user in (
            (f"/my/validations/{run.id}", self.referent),
            (f"/my/requests/new?type_id={self.type.id}", self.requester),
        ):
            with self.subTest(path):
                page = self._get(path, user)
                self.assertIn("o_intercommunal_budget", page)
                self.assertRegex(page, r"4\D?321")

    def _get_link(self, run):
        """The link of the e-mail that asked the referent to decide."""
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", run._name),
                    ("res_id", "=", run.id),
                    ("recipient_ids", "=", self.referent.partner_id.id),
                ],
                order="id desc",
                limit=1,
            )
        )
        return re.search(r"/intercommunal/decide/[\w-]+", mail.body_html).group(0)

    def test_it_is_on_the_page_of_an_e_mail_link(self):
        link = self._get_link(self._reported().validation_id.sudo())
        without = self._count_queries(link)
        self.agreement.write({"budget_amount": 4321})
        answer = self.url_open(link)
        self.assertIn("o_intercommunal_budget", answer.text)
        self.assertRegex(answer.text, r"4\D?321")
        # used, committed and what similar work cost
        self.assertLessEqual(self._count_queries(link) - without, 4)

    def _count_queries(self, path):
        """Queries of a page that was opened before."""
        self.url_open(path)
        before = self.env.cr.sql_log_count
        self.url_open(path)
        return self.env.cr.sql_log_count - before

    def test_who_asks_for_several_communes_has_the_meter_of_each(self):
        self.agreement.write({"budget_amount": 4321})
        third = self.env["res.partner"].create(
            {"name": "Third", "is_commune": True, "insee_code": "54905"}
        )
        path = f"/my/requests/new?type_id={self.type.id}"
        self.authenticate(self.requester.login, self.requester.login)
        alone = self._count_queries(path)
        for commune, budget in ((self.other_commune, 8765), (third, 0)):
            self._agreement(commune, budget_amount=budget)
            self.env["intercommunal.commune.role"].create(
                {
                    "commune_id": commune.id,
                    "partner_id": self.requester.partner_id.id,
                    "role": "requester",
                    "date_from": fields.Date.today(),
                }
            )
        page = html.fromstring(self._get(path, self.requester))
        [box] = page.find_class("o_intercommunal_budgets")
        # a script shows the one of the commune that is chosen
        meters = {int(meter.get("data-commune")): meter.text_content() for meter in box}
        self.assertEqual(set(meters), {self.commune.id, self.other_commune.id})
        self.assertRegex(meters[self.commune.id], r"4\D?321")
        self.assertRegex(meters[self.other_commune.id], r"8\D?765")
        self.assertIn(self.other_commune.name, meters[self.other_commune.id])
        # whatever the number of communes: their names and the sites of each are read
        self.assertLessEqual(self._count_queries(path), alone + 2)

    def test_another_commune_reads_nothing_of_it(self):
        self.agreement.write({"budget_amount": 4321})
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.stranger)
        self.assertNotIn("o_intercommunal_budget", page)
        self.assertNotIn("{}", page, "nothing to show is printed")
