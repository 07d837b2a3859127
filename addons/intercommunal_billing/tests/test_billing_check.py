from datetime import date, timedelta
from unittest.mock import patch

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models import billing_run
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestBillingCheck(BillingCase):
    """What is wrong is named first, and stops only whom it concerns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_agreement = cls._agreement(cls.other_commune)

    def _worked_for(self, commune, **vals):
        """An approved report of four hours for ``commune``."""
        decider = self.stranger if commune == self.other_commune else self.referent
        report = self._reported(
            self._planned(user=decider, commune_id=commune.id, site_id=False),
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 240}
                ),
            ],
            **vals,
        )
        report.validation_id.with_user(decider).action_approve()
        return report

    def _checked(self, **vals):
        run = self._run(**vals)
        run.action_check()
        return run

    def _stops(self, run):
        """What was found that stops something."""
        return run.anomaly_ids.filtered(lambda a: a.severity != "warning")

    def _both_worked(self):
        self._worked_for(self.commune)
        self._worked_for(self.other_commune)

    def _assert_stops_only(self, run, commune, code, opens=None):
        """``code`` is named for ``commune``, and the other one is billed."""
        found = run.anomaly_ids.filtered(lambda a: a.severity == "commune")
        self.assertEqual(found.mapped("code"), [code])
        self.assertEqual(found.commune_id, commune)
        self.assertIn(commune.name, found.name)
        action = found.action_open()
        if opens is not None:
            self.assertEqual(
                (action["res_model"], action.get("res_id")), (opens._name, opens.id)
            )
        run.action_invoice()
        self.assertEqual(
            run.move_ids.partner_id, (self.commune | self.other_commune) - commune
        )
        self.assertEqual(
            {row.commune_id: row.state for row in run.commune_ids},
            {
                commune: "blocked",
                ((self.commune | self.other_commune) - commune): "billed",
            },
        )
        waiting = self.env["intercommunal.billing.line"].search(
            [("commune_id", "=", commune.id)]
        )
        self.assertEqual(set(waiting.mapped("state")), {"open"})
        self.assertFalse(waiting.run_id)

    # ------------------------------------------------------------ each culprit

    def test_nothing_is_wrong(self):
        self._both_worked()
        run = self._checked()
        self.assertFalse(run.blocking_count)
        self.assertEqual(run.commune_ids.mapped("state"), ["ready", "ready"])
        self.assertEqual(run.commune_ids.commune_id, self.commune | self.other_commune)
        self.assertEqual(run.amount_ready, run.amount_total)

    def test_an_expired_agreement_is_told_from_a_missing_one(self):
        self._both_worked()
        for agreement in self.env["intercommunal.billing.line"].search([]):
            self.assertTrue(agreement.agreement_id)
        self.agreement.date_end = fields.Date.today() - timedelta(days=2)
        self._worked_for(self.commune)
        run = self._checked()
        self._assert_stops_only(
            run, self.commune, "expired_agreement", opens=self.agreement
        )

    def test_a_missing_agreement_opens_the_form_to_make_one(self):
        self.other_agreement.unlink()
        self._both_worked()
        run = self._checked()
        found = run.anomaly_ids.filtered(lambda a: a.code == "no_agreement")
        action = found.action_open()
        self.assertEqual(action["res_model"], "intercommunal.agreement")
        self.assertEqual(action["context"]["default_commune_id"], self.other_commune.id)
        self._assert_stops_only(run, self.other_commune, "no_agreement")

    def test_the_lines_of_one_thing_to_mend_are_one_anomaly(self):
        self.rate.is_default = False
        self._worked_for(self.commune)
        self._worked_for(self.commune)
        run = self._checked()
        [found] = self._stops(run)
        self.assertEqual((found.code, found.line_count), ("no_rate", 2))

    def test_a_price_of_zero_opens_its_rate(self):
        self.rate.version_ids.price = 0
        self._worked_for(self.commune)
        run = self._checked()
        [found] = self._stops(run)
        self.assertEqual(found.code, "zero_price")
        self.assertEqual(found.action_open()["res_id"], self.rate.id)

    def test_an_archived_commune_waits(self):
        self._both_worked()
        self.other_commune.active = False
        run = self._checked()
        self._assert_stops_only(
            run, self.other_commune, "archived", opens=self.other_commune
        )

    def test_a_commune_archived_after_the_check_waits_too(self):
        self._both_worked()
        run = self._checked()
        self.assertFalse(run.blocking_count)
        self.other_commune.active = False
        run.action_invoice()
        self.assertEqual(run.move_ids.partner_id, self.commune)
        self.assertEqual(self._stops(run).mapped("code"), ["archived"])

    def test_a_missing_siret_waits(self):
        self._both_worked()
        self.other_commune.company_registry = False
        self._assert_stops_only(
            self._checked(), self.other_commune, "no_siret", opens=self.other_commune
        )

    def test_a_wrong_siret_waits(self):
        self._both_worked()
        # as an old import left it, before the form refused it
        self.env.cr.execute(
            "UPDATE res_partner SET company_registry = '21540000100099' WHERE id = %s",
            [self.other_commune.id],
        )
        self.other_commune.invalidate_recordset()
        run = self._checked()
        self.assertIn("21540000100099", self._stops(run).name)
        self._assert_stops_only(
            run, self.other_commune, "bad_siret", opens=self.other_commune
        )

    def test_a_statement_without_invoice_needs_no_siret(self):
        self.other_agreement.settle_mode = "ac"
        self.other_commune.company_registry = False
        self._both_worked()
        run = self._checked()
        self.assertFalse(run.blocking_count)
        run.action_invoice()
        self.assertEqual(
            {row.commune_id: row.state for row in run.commune_ids},
            {self.commune: "billed", self.other_commune: "settled"},
        )

    def test_the_engagement_of_the_year_is_asked_for(self):
        self.other_agreement.write(
            {
                "engagement_required": True,
                "engagement_ids": [
                    Command.create(
                        {"exercice": fields.Date.today().year - 1, "number": "E-OLD"}
                    )
                ],
            }
        )
        self._both_worked()
        run = self._checked()
        self.assertIn(str(fields.Date.today().year), self._stops(run).name)
        self._assert_stops_only(
            run, self.other_commune, "no_engagement", opens=self.other_agreement
        )

    def test_the_service_code_is_asked_for(self):
        self.other_agreement.chorus_service_required = True
        self._both_worked()
        self._assert_stops_only(
            self._checked(),
            self.other_commune,
            "no_service_code",
            opens=self.other_agreement,
        )

    def test_a_missing_tax_is_never_left_out(self):
        self.other_agreement.vat_regime = "taxed"
        self.company.account_sale_tax_id = False
        self._both_worked()
        run = self._checked()
        found = run.anomaly_ids.filtered(lambda a: a.code == "no_tax")
        self.assertEqual(found.commune_id, self.other_commune)
        self._assert_stops_only_taxed(run)

    def _assert_stops_only_taxed(self, run):
        run.action_invoice()
        self.assertEqual(run.move_ids.partner_id, self.commune)

    def test_a_missing_account_names_its_rate(self):
        self.env["ir.model.data"].search(
            [
                ("module", "=", "account"),
                ("name", "=", f"{self.company.id}_pcg_7084"),
            ]
        ).unlink()
        self._worked_for(self.commune)
        run = self._checked()
        [found] = self._stops(run)
        self.assertEqual(found.code, "no_account")
        self.assertIn(self.rate.name, found.name)
        self.assertEqual(found.action_open()["res_id"], self.rate.id)

    def test_what_is_not_what_was_approved_is_not_billed(self):
        self._worked_for(self.other_commune)
        report = self._worked_for(self.commune)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE intercommunal_report SET summary = 'Other' WHERE id = %s",
            [report.id],
        )
        self.env.invalidate_all()
        run = self._checked()
        found = run.anomaly_ids.filtered(lambda a: a.code == "altered")
        self.assertEqual(found.action_open()["res_id"], report.id)
        run.action_invoice()
        self.assertEqual(run.move_ids.partner_id, self.other_commune)

    # ----------------------------------------------------------- the whole run

    def test_locked_accounts_stop_the_run_at_the_check(self):
        self._both_worked()
        run = self._run()
        self.company.sale_lock_date = run.date_invoice
        run.action_check()
        self.assertTrue(run.is_blocked)
        self.assertEqual(run.anomaly_ids[0].code, "locked", "first in the list")
        with self.assertRaisesRegex(UserError, "locked"):
            run.action_invoice()
        run.date_invoice += timedelta(days=1)
        run.action_check()
        self.assertFalse(run.is_blocked)

    def test_a_missing_journal_opens_the_journals(self):
        self._both_worked()
        run = self._run()
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")]
        )
        journals.active = False
        run.action_check()
        found = run.anomaly_ids[0]
        self.assertEqual((found.code, found.line_count), ("no_journal", 2))
        action = found.action_open()
        self.assertEqual(action["res_model"], "account.journal")
        shown = self.env["account.journal"].with_context(**action["context"])
        self.assertLessEqual(journals, shown.search(action["domain"]))

    def test_work_of_last_year_is_told_and_left_to_its_own_run(self):
        self._both_worked()
        line = self.env["intercommunal.billing.line"].search(
            [("commune_id", "=", self.commune.id)]
        )
        last_year = date(fields.Date.today().year - 1, 12, 20)
        line.sudo()._write_guarded({"date": last_year})
        run = self._checked()
        [found] = run.anomaly_ids.filtered(lambda a: a.code == "late_year")
        self.assertEqual((found.severity, found.commune_id), ("warning", self.commune))
        self.assertIn(str(last_year.year), found.name)
        action = found.action_open()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), line)
        run.action_invoice()
        self.assertEqual(run.move_ids.partner_id, self.other_commune)
        its_own = self._checked(
            date_from=last_year.replace(month=10, day=1),
            date_to=last_year.replace(day=31),
        )
        its_own.action_invoice()
        self.assertEqual(its_own.move_ids.partner_id, self.commune)
        self.assertNotEqual(its_own.move_ids, run.move_ids)

    # ---------------------------------------------------------------- dry run

    def test_each_commune_is_compared_with_last_year(self):
        self._both_worked()
        run = self._run()
        old = self.env["intercommunal.billing.line"].search(
            [("commune_id", "=", self.commune.id)]
        )
        past = old.sudo()._create_guarded(
            [
                {
                    **old.sudo().copy_data()[0],
                    "source_key": "past",
                    "date": run.date_to - timedelta(days=366),
                    "amount": 100.0,
                }
            ]
        )
        self.assertTrue(past)
        run.action_check()
        row = run.commune_ids.filtered(lambda r: r.commune_id == self.commune)
        self.assertEqual(row.last_year, 100.0)
        self.assertEqual(row.difference, row.amount - 100.0)
        self.assertAlmostEqual(row.change, row.difference / 100.0)
        other = run.commune_ids - row
        self.assertEqual((other.last_year, other.change), (0.0, 0.0))
        self.assertEqual(run.amount_last_year, 100.0)
        self.assertFalse(run.move_ids, "nothing is invoiced by looking")

    def test_a_leap_day_has_a_last_year(self):
        run = self._run(date_from=date(2024, 2, 1), date_to=date(2024, 2, 29))
        line = self._worked_for(self.commune).sudo().billing_line_ids
        line._write_guarded({"date": date(2023, 2, 28)})
        self.assertEqual(run.sudo()._get_last_year(), {self.commune.id: line.amount})

    def test_the_check_costs_the_same_whatever_the_number_of_lines(self):
        def count(reports):
            for _index in range(reports):
                self._worked_for(self.commune)
            run = self._checked()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run.action_check()
            self.env.flush_all()
            cost = self.env.cr.sql_log_count - before
            run.action_cancel()
            return cost

        few = count(2)
        self.assertLessEqual(count(6), few + 4)

    # ------------------------------------------------------------------- page

    def test_its_page_opens_on_what_is_to_mend_else_on_the_uses(self):
        view = self.env["intercommunal.billing.run"].get_view(view_type="form")
        [notebook] = etree.fromstring(view["arch"]).iter("notebook")
        pages = notebook.findall("page")
        # the web client opens the page of that mark as soon as it is shown, else the
        # first one that is shown
        self.assertEqual(
            [page.get("name") for page in pages if page.get("autofocus")], ["anomalies"]
        )
        self.assertEqual(
            [page.get("name") for page in pages][:2], ["anomalies", "lines"]
        )
        self.assertFalse(pages[1].get("invisible"))
        self.rate.is_default = False
        self._worked_for(self.commune)
        run = self._checked()
        with Form(run) as form:
            self.assertTrue(form.blocking_count)

    def test_its_page_lists_the_first_uses_of_a_large_run(self):
        self._both_worked()
        run = self._checked()
        self.assertEqual(run.shown_line_ids, run.line_ids)
        self.assertFalse(run.has_more_lines)
        run.invalidate_recordset()
        with patch.object(billing_run, "SHOWN", 1):
            self.assertEqual(run.shown_line_ids, run.line_ids[:1])
            self.assertTrue(run.has_more_lines)

    # ----------------------------------------------------------------- rights

    def test_only_the_run_writes_what_it_found(self):
        self.rate.is_default = False
        self._worked_for(self.commune)
        run = self._checked()
        for records in (run.anomaly_ids, run.commune_ids):
            with self.assertRaises(AccessError):
                records.unlink()
            with self.assertRaises(AccessError):
                records.write({"run_id": run.id})
            self.assertFalse(
                records.with_user(self.referent).has_access("read"),
                "a commune does not read what finance mends",
            )
