import base64
import io
from datetime import date
from unittest.mock import patch

import openpyxl

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCase

ANNUAL = "odoo.addons.intercommunal_billing.models.annual_statement"


@tagged("post_install", "-at_install")
class TestBillingYear(BillingCase):
    """The year of the finance office: unit costs, notices, forecasts, statements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = fields.Date.today().year
        cls.commune.email = "mairie@valbois.example"

    def _worked(self, minutes=120, commune=None):
        report = self._draft_report(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes}
                ),
            ]
        )
        report.action_send()
        return self._approve(report).sudo().billing_line_ids.with_env(self.env)

    def _cost(self, stage="provisional", **vals):
        """Staff 30,000 updated by 2 %, supplies, renewal, contracts: 41,050 over 1,000."""
        charges = [
            ("staff", "Salaries", 30_000, 600),
            ("supplies", "Fuel", 4_000, 450),
            ("renewal", "Van", 5_000, 0),
            ("contracts", "Insurance", 1_100, -100),
        ]
        return (
            self.env["intercommunal.unit.cost"]
            .with_user(self.finance)
            .create(
                {
                    "rate_id": self.rate.id,
                    "year": self.year,
                    "stage": stage,
                    "units": 1000,
                    "charge_ids": [
                        Command.create(
                            {
                                "nature": nature,
                                "name": name,
                                "account_amount": amount,
                                "update_amount": update,
                            }
                        )
                        for nature, name, amount, update in charges
                    ],
                    **vals,
                }
            )
        )

    # --------------------------------------------------------------- worksheet

    def test_the_price_of_the_year_is_made_of_the_charges(self):
        cost = self._cost()
        self.assertEqual((cost.total, cost.unit_cost), (41_050.0, 41.05))
        cost.action_apply()
        version = cost.version_id
        self.assertEqual(
            (version.price, version.status, version.date_start, version.date_end),
            (41.05, "provisional", date(self.year, 1, 1), date(self.year, 12, 31)),
        )
        before = self.rate.version_ids - version
        self.assertEqual(before.date_end, date(self.year - 1, 12, 31))
        self.assertEqual(self._worked(60).amount, 41.05)

    def test_four_decimals_halves_up(self):
        cost = self._cost(units=1600)
        # 41,050 / 1,600 = 25.65625
        self.assertEqual(cost.unit_cost, 25.6563)

    def test_what_made_a_price_stays(self):
        cost = self._cost()
        cost.action_apply()
        for change in (
            lambda: cost.write({"units": 1}),
            lambda: cost.charge_ids[0].write({"account_amount": 1}),
            lambda: cost.charge_ids[0].unlink(),
            lambda: cost.write({"charge_ids": [Command.clear()]}),
            lambda: cost.unlink(),
            lambda: cost.write({"state": "draft"}),
            lambda: cost.action_apply(),
        ):
            with self.assertRaises(UserError):
                change()
        self.assertEqual(cost.unit_cost, 41.05)

    def test_bad_worksheets_say_why(self):
        with self.assertRaises(ValidationError):
            self._cost().charge_ids[0].update_amount = -99_999
        empty = self._cost(stage="final", units=0)
        with self.assertRaisesRegex(UserError, "its charges and its units"):
            empty.action_apply()
        empty.units = 10
        with self.assertRaisesRegex(UserError, "no provisional price"):
            empty.action_apply()

    def test_a_price_of_the_year_is_not_made_twice(self):
        self.rate.version_ids.date_end = date(self.year - 1, 6, 30)
        self.env.flush_all()
        self.rate.version_ids = [
            Command.create({"date_start": date(self.year, 2, 1), "price": 1})
        ]
        with self.assertRaisesRegex(UserError, "already has a price"):
            self._cost().action_apply()

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_prices_are_the_finance_office_s(self):
        cost = self._cost()
        for user in (self.manager, self.direction, self.admin, self.referent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                cost.with_user(user).action_apply()

    def test_units_come_from_the_approved_work(self):
        self.agreement.quota_hours = 1
        self._worked(90)
        run = self._run()
        run.action_check()
        cost = self._cost(units=0)
        cost.action_take_units()
        # free hours are used as well
        self.assertEqual(cost.units, 1.5)

    def test_the_real_cost_is_balanced_at_year_end(self):
        """billing.md: 60 h at 0.85 € more are 51.00 €."""
        self._cost(units=41_050 / 40.2).action_apply()
        version = self.rate.version_ids.filtered(lambda v: v.status == "provisional")
        version.sudo().price = 40.2
        for _day in range(6):
            self._worked(600)
        final = self._cost(stage="final")
        action = final.action_apply()
        settle = self.env["intercommunal.rate.settle"].with_user(self.finance)
        wizard = Form(settle.with_context(**action["context"])).save()
        self.assertEqual(wizard.total, 51.0)
        wizard.action_apply()
        self.assertEqual((final.state, final.version_id), ("applied", version))
        self.assertEqual((version.status, version.final_price), ("final", 41.05))

    # ----------------------------------------------------------------- notices

    def _notices(self):
        wizard = self.env["intercommunal.year.prepare"].with_user(self.finance)
        action = wizard.create({"what": "notice", "year": self.year}).action_prepare()
        return (
            self.env["intercommunal.unit.cost.notice"]
            .with_user(self.finance)
            .search(action["domain"])
        )

    def test_each_commune_is_told_and_the_proof_is_kept(self):
        self._cost().action_apply()
        notices = self._notices()
        self.assertEqual(notices.commune_id, self.commune)
        self.assertEqual(self._notices(), notices)
        self.assertEqual(notices.budget_date, date(self.year, 4, 15))
        notices.action_send()
        self.assertEqual(notices.state, "sent")
        self.assertIn("mairie@valbois.example", notices.recipients)
        self.assertEqual(notices.sent_by_id, self.finance)
        message = notices.message_ids.filtered("attachment_ids")
        told = message.sudo().notified_partner_ids
        self.assertIn(self.commune, told)
        self.assertIn(self.referent.partner_id, told)
        self.assertNotIn(self.requester.partner_id, told)
        content = base64.b64decode(notices.file)
        self.assertRegex(content.decode(), r"41[.,]0500")
        for change in (
            lambda: notices.write({"budget_date": "2030-01-01"}),
            lambda: notices.write({"recipients": "x"}),
            lambda: notices.unlink(),
            lambda: notices.action_send(),
        ):
            with self.assertRaises(UserError):
                change()

    def test_a_commune_without_address_or_price_is_named(self):
        notices = self._notices()
        self.commune.email = False
        roles = self.commune.sudo().intercommunal_role_ids
        roles.partner_id.email = False
        with self.assertRaisesRegex(UserError, "Valbois"):
            notices.action_send()
        self.commune.email = "mairie@valbois.example"
        (self.rate | self.tractor_rate | self.km_rate).active = False
        with self.assertRaisesRegex(UserError, "no unit cost"):
            notices.action_send()
        self.assertEqual(notices.state, "draft")

    # --------------------------------------------------------------- forecasts

    def test_use_against_forecast(self):
        forecast = self.env["intercommunal.agreement.forecast"].create(
            {
                "agreement_id": self.agreement.id,
                "year": self.year,
                "rate_id": self.rate.id,
                "units": 10,
            }
        )
        self.assertEqual((forecast.used_units, forecast.amount), (0.0, 385.0))
        self._worked(150)
        forecast.invalidate_recordset()
        self.assertEqual(
            (forecast.used_units, forecast.left_units, forecast.used_share),
            (2.5, 7.5, 25.0),
        )
        with self.assertRaises(ValidationError):
            forecast.year = 12

    def test_a_commune_leads_to_its_agreements_and_their_forecasts(self):
        forecast = self.env["intercommunal.agreement.forecast"].create(
            {
                "agreement_id": self.agreement.id,
                "year": self.year,
                "rate_id": self.rate.id,
                "units": 10,
            }
        )
        self._agreement(self.other_commune)
        commune = self.commune.with_user(self.finance)
        for action, record in (
            (commune.action_intercommunal_agreements(), self.agreement),
            (commune.action_intercommunal_forecasts(), forecast),
        ):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, record)

    def _what_if(self, **vals):
        return (
            self.env["intercommunal.forecast"]
            .with_user(self.finance)
            .create({"base_year": self.year, **vals})
        )

    def test_what_if_changes_nothing(self):
        self._worked(600)  # 10 h × 38.50
        prices = self.rate.version_ids.mapped("price")
        wizard = self._what_if(price_change=10, unit_change=20)
        self.assertEqual(wizard.base_total, 385.0)
        # 42.35 × 12
        self.assertEqual(wizard.total, 508.2)
        wizard = self._what_if(
            new_commune="Neuville",
            like_commune_id=self.commune.id,
            new_share=50,
            sharing="charges",
        )
        rows = wizard._get_rows()
        self.assertEqual([row["commune"] for row in rows], ["Neuville", "Valbois"])
        # 385.00 over 15 h: 25.6667; each pays for its own hours
        self.assertEqual([row["price"] for row in rows], [25.6667] * 2)
        self.assertEqual([row["amount"] for row in rows], [128.33, 256.67])
        self.assertIn("Neuville", wizard.table)
        self.assertEqual(self.rate.version_ids.mapped("price"), prices)

    def test_the_forecast_is_a_workbook_without_formulas(self):
        self._worked(600)
        wizard = self._what_if(
            new_commune="=1+1", like_commune_id=self.commune.id, new_share=100
        )
        content = base64.b64decode(wizard.workbook_file)
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.worksheets[0]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        self.assertEqual(rows[-1][8], 770.0)
        kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
        self.assertNotIn("f", kinds)

    # -------------------------------------------------------------- statements

    def _statements(self):
        wizard = self.env["intercommunal.year.prepare"].with_user(self.finance)
        action = wizard.create(
            {"what": "statement", "year": self.year}
        ).action_prepare()
        return (
            self.env["intercommunal.annual.statement"]
            .with_user(self.finance)
            .search(action["domain"])
        )

    def test_the_statement_lists_every_use_and_what_corrected_it(self):
        self.env["intercommunal.agreement.forecast"].create(
            {
                "agreement_id": self.agreement.id,
                "year": self.year,
                "rate_id": self.rate.id,
                "units": 5,
            }
        )
        line = self._worked(120)
        self._worked(60)
        line.sudo()._adjust_to(38.5, "Counted twice", fields.Date.today())
        version = self.rate.version_ids
        version.sudo().status = "provisional"
        settle = self.env["intercommunal.rate.settle"].with_user(self.finance)
        settle.create(
            {
                "version_id": version.id,
                "final_price": 39.5,
                # charged in the next year, it belongs to this one
                "date": date(self.year + 1, 1, 31),
            }
        ).action_apply()
        statement = self._statements()
        facts = statement._get_facts()
        self.assertEqual(len(facts["uses"]), 2)
        [units] = facts["units"]
        self.assertEqual((units["forecast"], units["real"], units["gap"]), (5, 3, -2))
        [cost] = facts["costs"]
        self.assertEqual((float(cost["price"]), float(cost["final"])), (38.5, 39.5))
        # 3 h × 38.50; − 38.50 for the mistake, + 3 h × 1.00
        self.assertEqual(
            (statement.amount_uses, statement.amount_adjustment), (115.5, -35.5)
        )
        self.assertEqual(statement.amount_total, 80.0)
        self.assertEqual(self._statements(), statement)

    def test_issued_it_is_kept_sent_and_known_to_be_outdated(self):
        line = self._worked()
        statement = self._statements()
        statement.action_issue()
        self.assertEqual((statement.state, statement.amount_issued), ("issued", 77.0))
        self.assertFalse(statement.is_outdated)
        message = statement.message_ids.filtered("attachment_ids")
        self.assertIn(self.referent.partner_id, message.sudo().notified_partner_ids)
        line.sudo()._adjust_to(70, "Counted twice", fields.Date.today())
        statement.invalidate_recordset()
        self.assertTrue(statement.is_outdated)
        with self.assertRaises(UserError):
            statement.unlink()
        statement.action_issue()
        self.assertEqual(statement.amount_issued, 70.0)
        self.assertEqual(len(statement.message_ids.attachment_ids), 2)

    def test_many_are_issued_one_by_one_in_the_background(self):
        self._worked()
        statement = self._statements()
        cron = self.registry["ir.cron"]
        with (
            patch(f"{ANNUAL}.MAX_AT_ONCE", 0),
            patch.object(cron, "_commit_progress", lambda *_args, **_kw: 60.0),
        ):
            action = statement.action_issue()
            self.assertEqual(action["tag"], "display_notification")
            self.assertEqual(
                (statement.state, statement.queued_by_id), ("draft", self.finance)
            )
        with patch.object(cron, "_commit_progress", lambda *_args, **_kw: 60.0):
            statement.sudo()._cron_issue()
        statement.invalidate_recordset()
        self.assertEqual(
            (statement.state, statement.issued_by_id, statement.queued_by_id.ids),
            ("issued", self.finance, []),
        )

    def test_the_workbook_adds_up(self):
        self._worked()
        self._worked(60)
        statement = self._statements()
        action = statement.action_export_xlsx()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[-1].split("?")[0])
        )
        book = openpyxl.load_workbook(io.BytesIO(attachment.sudo().raw))
        total, units, costs, uses = book.worksheets
        self.assertEqual(total.cell(total.max_row, 7).value, 115.5)
        self.assertEqual(units.cell(2, 7).value, 3)
        self.assertEqual(costs.cell(2, 10).value, 115.5)
        amounts = [row[12] for row in uses.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(sum(amounts), 115.5)

    def test_the_commune_reads_what_was_sent_and_nothing_before(self):
        self._worked()
        statement, notice = self._statements(), self._notices()
        for record in (statement, notice):
            for user in (self.referent, self.mayor):
                self.assertFalse(record.with_user(user).search([]))
        statement.action_issue()
        notice.action_send()
        for record in (statement, notice):
            for user, reads in (
                (self.referent, True),
                (self.mayor, True),
                (self.requester, False),
                (self.stranger, False),
            ):
                with self.subTest(f"{record} {user.login}"):
                    found = record.with_user(user).search([])
                    self.assertEqual(bool(found), reads)

    # --------------------------------------------------------------- deadlines

    def _deadlines(self):
        deadlines = self.env["intercommunal.deadline"].sudo()
        return {
            deadline.key.split("/")[0]: deadline
            for deadline in deadlines._refresh(self.company)
        }

    def test_deadlines_follow_what_is_done(self):
        self.agreement.date_end = fields.Date.add(fields.Date.today(), months=6)
        self._cost().action_apply()
        found = self._deadlines()
        self.assertEqual(found["agreement"].date, self.agreement.date_end)
        self.assertEqual(found["price"].date, date(self.year + 1, 3, 31))
        count = len(self.env["intercommunal.deadline"].search([]))
        self._deadlines()
        self.assertEqual(len(self.env["intercommunal.deadline"].search([])), count)
        self.agreement.copy(
            {
                "date_start": fields.Date.add(self.agreement.date_end, days=1),
                "date_end": False,
            }
        )
        self._notices().action_send()
        found = self._deadlines()
        self.assertEqual(found["agreement"].state, "done")
        notice = self.env["intercommunal.deadline"].search(
            [("key", "=", f"notice/{self.year}")]
        )
        self.assertEqual(notice.state, "done")
        self.assertEqual(notice.article, "CGCT D5211-16 ; L1612-2")

    def test_what_is_near_calls_the_finance_office_once(self):
        self.agreement.date_end = fields.Date.add(fields.Date.today(), days=10)
        deadlines = self.env["intercommunal.deadline"]
        deadlines._cron_refresh()
        deadlines._cron_refresh()
        ending = deadlines.search([("kind", "=", "agreement")])
        self.assertEqual(ending.state, "soon")
        mine = ending.activity_ids.filtered(lambda a: a.user_id == self.finance)
        self.assertEqual(len(mine), 1)
        action = ending.with_user(self.finance).action_open()
        self.assertEqual(action["res_id"], self.agreement.id)
        ending.with_user(self.finance).action_done()
        self.assertEqual((ending.state, ending.activity_ids.ids), ("done", []))
        deadlines._cron_refresh()
        self.assertEqual(ending.state, "done")

    def test_a_date_is_changed_by_hand_and_nothing_else(self):
        self.agreement.date_end = fields.Date.add(fields.Date.today(), days=100)
        ending = self._deadlines()["agreement"].with_user(self.finance)
        ending.date = fields.Date.add(fields.Date.today(), days=20)
        self.assertEqual(ending.state, "soon")
        self._deadlines()
        self.assertEqual(ending.date, fields.Date.add(fields.Date.today(), days=20))
        for vals in ({"done_on": "2026-01-01"}, {"state": "done"}, {"key": "x"}):
            with self.assertRaises(UserError):
                ending.write(vals)

    def test_each_deadline_opens_what_is_to_be_done(self):
        self._worked()
        self.agreement.quota_hours = 0.5
        run = self._run()
        run.action_check()
        last = fields.Date.today().replace(year=self.year + 1, month=2, day=1)
        with patch.object(
            fields.Date, "context_today", staticmethod(lambda *_args: last)
        ):
            found = self._deadlines()
        self.assertIn("statement", found)
        self.assertIn("report", found)
        for deadline in self.env["intercommunal.deadline"].search([]):
            action = deadline.with_user(self.finance).action_open()
            self.assertTrue(action["res_model"])
