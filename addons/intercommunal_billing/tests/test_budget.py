import re

from odoo.tests import HttpCase, tagged

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

    def test_another_commune_reads_nothing_of_it(self):
        self.agreement.write({"budget_amount": 4321})
        page = self._get(f"/my/requests/new?type_id={self.type.id}", self.stranger)
        self.assertNotIn("o_intercommunal_budget", page)
        self.assertNotIn("{}", page, "nothing to show is printed")
