import json
from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.intercommunal_workflow.wizard.dashboard import MAX_ROWS

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestDashboard(IntercommunalCase):
    """What the direction reads is what happened."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sla = cls.env["intercommunal.sla"].create(
            {"service_id": cls.service.id, "done_hours": 8.0}
        )

    def _figures(self, user=None, groupby=None, domain=()):
        analysis = self.env["intercommunal.request.analysis"]
        self.env.flush_all()
        return analysis.with_user(user or self.direction)._get_figures(
            [("company_id", "=", self.company.id), *domain], groupby
        )

    def _approve(self, report):
        report.validation_id.with_user(self.referent).action_approve()
        return report

    def _board(self, user=None, **vals):
        self.env.flush_all()
        boards = self.env["intercommunal.dashboard"].with_user(user or self.direction)
        return boards.create({"service_id": self.service.id, **vals})

    def test_a_draft_counts_for_nothing(self):
        [before] = self._figures()
        self._new_request()
        self.assertEqual(self._figures(), [before])

    def test_each_figure(self):
        """Four requests: approved at the second version, refused, open and late, new."""
        own = [("service_id", "=", self.service.id)]
        first = self._reported()
        first.validation_id.with_user(self.referent).action_rework("Le joint goutte.")
        job = first.intervention_id.with_user(self.leader)
        job.action_open_report()
        job.report_id.action_send()
        self._approve(job.report_id)
        request = job.sudo().request_id
        sent = fields.Datetime.now() - timedelta(days=4)
        request.sudo()._write_guarded({"date_submitted": sent, "sla_deadline": sent})
        request.with_user(self.referent).action_rate("good")
        refused = self._submitted()
        reason = self.env.ref("intercommunal_workflow.reason_refuse_out_of_scope")
        refused.with_user(self.manager).action_reject(reason.id, "Hors convention.")
        late = self._submitted()
        past = fields.Datetime.now() - timedelta(hours=1)
        late.sudo()._write_guarded({"sla_deadline": past})
        self._submitted()
        [figures] = self._figures(domain=own)
        counted = {
            name: figures[name]
            for name in (
                "count",
                "is_open",
                "is_done",
                "is_late",
                "is_refused",
                "is_redone",
                "late_share",
                "refused_share",
                "redone_share",
                "satisfied_share",
                "worked_hours",
            )
        }
        self.assertEqual(
            counted,
            {
                "count": 4,
                "is_open": 2,
                "is_done": 1,
                # the one that was approved after its delay, and the open one
                "is_late": 2,
                "is_refused": 1,
                "is_redone": 1,
                "late_share": 50,
                "refused_share": 25,
                "redone_share": 100,
                "satisfied_share": 100,
                # of the version that was accepted, not of both
                "worked_hours": 2.0,
            },
        )
        self.assertAlmostEqual(figures["done_days"], 4, 1)
        [row] = self._figures(groupby="commune_id", domain=own)
        self.assertEqual((row["group"], row["count"]), (self.commune, 4))

    def test_nothing_is_divided_by_nothing(self):
        [figures] = self._figures(domain=[("id", "=", 0)])
        self.assertEqual(figures["count"], 0)
        self.assertIsNone(figures["late_share"])
        self.assertIsNone(figures["done_days"])
        board = self._board(date="2001-05-05")
        self.assertEqual(board.figure_late_share, "–")
        self.assertIn("No request was sent", board.figures)

    def test_a_manager_sees_their_services_only(self):
        other = self.env["intercommunal.service"].create(
            {"name": "Other", "code": "OTH"}
        )
        self._submitted()
        strange = self._submitted()
        strange.sudo()._write_guarded({"service_id": other.id, "type_id": False})
        services = [row["group"] for row in self._figures(self.manager, "service_id")]
        self.assertEqual(services, [self.service])
        services = [row["group"] for row in self._figures(groupby="service_id")]
        self.assertIn(other, services)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_others_read_nothing(self):
        for user in (self.requester, self.leader, self.agent, self.finance):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._figures(user)
                with self.assertRaises(AccessError):
                    self._board(user)

    def test_a_period_is_that_of_the_day(self):
        board = self._board(span="quarter", date="2026-05-20")
        self.assertEqual(
            [str(day) for day in board._get_period()], ["2026-04-01", "2026-06-30"]
        )
        self.assertEqual(str(board._get_period(back=1)[0]), "2025-04-01")
        board.span = "month"
        self.assertEqual(str(board._get_period()[1]), "2026-05-31")

    def test_a_request_of_new_years_eve_counts_in_its_year(self):
        """Half past eleven in the evening in Paris is the next year nowhere here."""
        self.company.resource_calendar_id.tz = "Europe/Paris"
        request = self._submitted()
        request.sudo()._write_guarded({"date_submitted": "2025-12-31 22:30:00"})
        for day, count in (("2025-06-01", 1), ("2026-06-01", 0)):
            rows = self.env["intercommunal.request.analysis"].search(
                self._board(date=day)._get_domain()
            )
            self.assertEqual(len(rows.request_id & request), count)

    def test_a_figure_opens_its_requests(self):
        request = self._submitted()
        board = self._board()
        late = self._submitted()
        late._write_guarded({"sla_deadline": fields.Datetime.now() - timedelta(1)})
        before = self._submitted()
        before._write_guarded(
            {"date_submitted": before.date_submitted - timedelta(days=800)}
        )
        self.env.flush_all()
        found = {}
        for figure in ("all", "late", "done"):
            action = board.with_context(intercommunal_figure=figure).action_requests()
            # as the web client sends it: what it says, not a list of numbers
            text = json.dumps(action["domain"], default=str)
            self.assertNotIn('"id"', text)
            domain = json.loads(text)
            requests = self.env["intercommunal.request"].with_user(self.direction)
            found[figure] = requests.search(domain)
            with self.assertRaises(AccessError):
                requests.with_user(self.agent).search(domain)
        self.assertLessEqual(request | late, found["all"])
        self.assertNotIn(before, found["all"])
        self.assertIn(late, found["late"])
        self.assertNotIn(request, found["late"])
        self.assertFalse(found["done"] & (request | late))
        with self.assertRaises(UserError):
            board.with_context(intercommunal_figure="[]").action_requests()
        self.assertEqual(
            board.action_analysis()["res_model"], "intercommunal.request.analysis"
        )

    def _opened(self, board, figure):
        action = board.with_context(intercommunal_figure=figure).action_requests()
        requests = self.env["intercommunal.request"].with_user(self.direction)
        return requests.search(action["domain"])

    def test_hours_and_approvals_open_what_they_count(self):
        """A report that waits has its hours; one that is redone waits again."""
        waiting = self._reported()
        again = self._reported()
        again.validation_id.with_user(self.referent).action_rework("Le joint goutte.")
        job = again.intervention_id.with_user(self.leader)
        job.action_open_report()
        job.report_id.action_send()
        board = self._board()
        # all of a test happens at one moment: it takes no time
        self.env.cr.execute(
            "UPDATE intercommunal_validation SET opened_at = opened_at - interval '1d'"
        )
        hours = self._opened(board, "worked")
        self.assertLessEqual(waiting.request_id | again.request_id, hours.sudo())
        [figures] = self._figures(domain=[("request_id", "in", hours.ids)])
        [all_of_them] = self._figures(domain=[("service_id", "=", self.service.id)])
        self.assertEqual(figures["worked_hours"], all_of_them["worked_hours"])
        # the first version was decided on, nothing is approved
        self.assertIn(again.request_id, self._opened(board, "approval").sudo())
        self.assertNotIn(waiting.request_id, self._opened(board, "approval").sudo())
        # redone work is a share of the approved work: none of it is yet
        self.assertFalse(self._opened(board, "redone"))
        self._approve(job.report_id)
        self.env.flush_all()
        self.assertEqual(self._opened(board, "redone").sudo(), again.request_id)

    def test_who_asked_for_nothing_is_said(self):
        silent = self.env["intercommunal.service"].create(
            {"name": "Chimney sweeping", "code": "CHIM", "company_id": self.company.id}
        )
        self._submitted()
        board = self._board(service_id=False)
        facts = board._get_facts()
        self.assertIn(silent.name, facts["silent_services"])
        self.assertNotIn(self.service.name, facts["silent_services"])
        self.assertIn(self.other_commune.name, facts["silent_communes"])
        self.assertNotIn(self.commune.name, facts["silent_communes"])
        for page in (board.figures, self._print(board)):
            self.assertIn(silent.name, page)
            self.assertIn(self.other_commune.name, page)
        # of other services a manager knows nothing
        mine = self._board(user=self.manager, service_id=False)._get_facts()
        self.assertNotIn(silent.name, mine["silent_services"])
        # a year without anything is one sentence, not empty tables
        board.date = fields.Date.to_date("2001-01-01")
        tree = html.fromstring(board.figures)
        self.assertIn("No request was sent", tree.text_content())
        self.assertFalse(tree.xpath("//table[contains(@class, 'figures')]"))
        self.assertIn("No request was sent", self._print(board))

    def test_a_row_opens_its_requests(self):
        mine = self._submitted()
        elsewhere = self._new_request(
            self.stranger,
            commune_id=self.other_commune.id,
            site_id=False,
            type_id=False,
        )
        elsewhere.action_submit()
        board = self._board()
        first = self.company._to_working_day(fields.Datetime.now()).replace(day=1)
        this_month = fields.Date.to_string(first)
        last_month = fields.Date.to_string(first - timedelta(days=1))
        requests = self.env["intercommunal.request"].with_user(self.direction)
        for group, value, expected in (
            ("commune_id", str(self.commune.id), mine),
            ("commune_id", str(self.other_commune.id), elsewhere),
            ("service_id", str(self.service.id), mine | elsewhere),
            ("type_id", str(self.type.id), mine),
            ("type_id", "0", elsewhere),
            ("month", this_month, mine | elsewhere),
            ("month", last_month, requests),
        ):
            with self.subTest(group=group, value=value):
                action = board.with_context(
                    intercommunal_figure="all",
                    intercommunal_group=group,
                    intercommunal_value=value,
                ).action_requests()
                self.assertEqual(requests.search(action["domain"]), expected)
        for group, value in (
            ("create_uid", "1"),
            ("service_id", "one"),
            ("month", "May"),
            ("month", False),
        ):
            with self.subTest(group=group, value=value), self.assertRaises(UserError):
                board.with_context(
                    intercommunal_group=group, intercommunal_value=value
                ).action_requests()
        # on the screen alone: the report is printed from the same tables
        tree = html.fromstring(board.figures)
        [button] = tree.xpath("//button[@data-group='commune_id']")[:1]
        self.assertEqual(button.get("data-figure"), "all")
        report = self.env["ir.qweb"]._render(
            "intercommunal_workflow.report_annual_document",
            {"doc": board, "facts": board._get_facts(), "today": fields.Date.today()},
        )
        self.assertNotIn("<button", str(report))

    def test_the_form_follows_what_is_chosen(self):
        self._submitted()
        self.env.flush_all()
        form = Form(self.env["intercommunal.dashboard"].with_user(self.direction))
        form.service_id = self.service
        self.assertEqual(form.figure_count, "1")
        form.date = fields.Date.to_date("2001-01-01")
        self.assertEqual(form.figure_count, "0")

    def test_the_yearly_report(self):
        self._approve(self._reported())
        page = self._print(self._board())
        for text in (self.commune.name, self.service.name, "L5211-39-1"):
            self.assertIn(text, page)

    def test_the_yearly_report_tells_what_each_type_took(self):
        """All types, also beyond the number that the page shows; none is left out."""
        types = self.type.create(
            [
                {"name": f"Kind {number:02}", "service_id": self.service.id}
                for number in range(MAX_ROWS + 1)
            ]
        )
        for kind in types:
            self._submitted(type_id=kind.id)
        self._approve(self._reported())
        board = self._board()
        rows = self._read_table(self._print(board), "By type")
        self.assertEqual(len(rows), len(types) + 1)
        for kind in types:
            self.assertEqual(rows[kind.name][:2], ["1", "0"])
        # one request, approved, of two hours
        self.assertEqual(rows[self.type.name][:2], ["1", "1"])
        self.assertEqual(rows[self.type.name][8].replace(",", "."), "2.0")
        self.assertEqual(
            sum(int(cells[0]) for cells in rows.values()),
            board._get_facts()["total"]["count"],
        )

    def _print(self, board):
        """The report, as the page that the PDF is made of."""
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "intercommunal_workflow.report_annual", board.ids
        )
        return content.decode()

    def _read_table(self, page, title):
        """Rows of the table below ``title``, as {first cell: texts of the others}."""
        [heading] = html.fromstring(page).xpath(f"//h2[normalize-space()='{title}']")
        table = heading.xpath("following::table[1]")[0]
        return {
            row.find("th").text_content().strip(): [
                cell.text_content().strip() for cell in row.iterfind("td")
            ]
            for row in table.iterfind("tbody/tr")
        }

    def test_the_page_tells_what_each_month_took(self):
        self._approve(self._reported())
        self.env.flush_all()
        tree = html.fromstring(self._board().figures)
        [heading] = tree.xpath("//h3[normalize-space()='By month']")
        table = heading.xpath("following::table[1]")[0]
        [row] = table.xpath("tbody/tr")
        cells = [cell.text_content().strip() for cell in row.iterfind("td")]
        # the bar, one request, two hours; billing adds the cost for who reads prices
        self.assertEqual(cells[:2], ["", "1"])
        self.assertEqual(float(cells[2].replace(",", ".")), 2.0)

    def test_the_page_tells_what_each_type_took(self):
        self._submitted()
        self.env.flush_all()
        page = self._board()
        [row] = page._get_facts()["types"]
        self.assertEqual((row["group"], row["count"]), (self.type, 1))
        self.assertIn(self.type.name, page.figures)

    def test_one_pass_tells_what_several_readings_tell(self):
        for _number in range(2):
            self._submitted()
        self.env.flush_all()
        analysis = self.env["intercommunal.request.analysis"].with_user(self.direction)
        domain = [("company_id", "=", self.company.id)]
        groupings = ["service_id", "commune_id", "date:month"]
        # rights are read by now, as they are on a server that runs
        analysis._get_many_figures(domain, groupings)
        before = self.env.cr.sql_log_count
        whole, *parts = analysis._get_many_figures(domain, groupings)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.assertEqual(whole, analysis._get_figures(domain))
        for rows, grouping in zip(parts, groupings, strict=True):
            alone = analysis._get_figures(domain, grouping)
            self.assertCountEqual(rows, alone)
        # whoever may read none is told of none
        [[nothing], *parts] = analysis._get_many_figures(Domain.FALSE, groupings)
        self.assertEqual((nothing["count"], parts), (0, [[], [], []]))

    def test_queries_do_not_grow(self):
        for _number in range(3):
            self._submitted()
        board = self._board()
        board._get_facts()
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            board._get_facts()
        for _number in range(5):
            self._submitted()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            board._get_facts()
