from odoo import Command, fields
from odoo.tests import tagged

from .test_validation import ValidationCase

LABEL = {"fields": {"display_name": {}}}
ROW = {
    "display_name": {},
    "subject_name": {},
    "commune_id": LABEL,
    "service_id": LABEL,
    "amount": {},
    "currency_id": LABEL,
    "thumbnails": {},
    "photo_count": {},
    "days_waiting": {},
    "lateness": {},
    "date_due": {},
    "step_name": {},
    "pending_user_ids": LABEL,
    "can_decide": {},
    "state": {},
}


class OfficeCase(ValidationCase):
    """The service's manager decides after the work, in the office."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy_manager = cls._new_manager("deputy_manager")
        cls.circuit = cls.env["intercommunal.circuit"].create(
            {
                "name": "Managers decide",
                "subject": "report",
                "sequence": 1,
                "step_ids": [
                    Command.create(
                        {
                            "name": "Service",
                            "sequence": 10,
                            "resolver": "service_role",
                            "service_role": "manager",
                        }
                    )
                ],
            }
        )

    @classmethod
    def _new_manager(cls, login):
        user = cls.manager.copy({"login": login, "name": login, "password": login})
        cls.service.manager_ids = [Command.link(user.id)]
        return user

    def _runs(self, count, photos=0):
        """Reports that wait for the managers, the oldest first."""
        runs = self.env["intercommunal.validation"].with_user(self.manager)
        for _number in range(count):
            report = self._draft_report()
            self.env["intercommunal.photo"].with_user(self.leader).create(
                [
                    {"report_id": report.id, "image": self._png()}
                    for _photo in range(photos)
                ]
            )
            report.action_send()
            runs |= report.validation_id
        return runs


@tagged("post_install", "-at_install")
class TestWaitingList(OfficeCase):
    """The list “To approve” and its counter."""

    def test_manager_counts_and_lists_what_waits_for_them(self):
        runs = self._runs(3)
        model = runs.browse().with_user(self.manager)

        self.assertEqual(model.get_waiting_count()["approvals"], 3)
        self.assertFalse(model.with_user(self.nobody).get_waiting_count()["available"])
        summary = model.get_waiting_summary()
        self.assertEqual([row["id"] for row in summary["rows"]], runs.ids)
        self.assertEqual(summary["rows"][0]["subject"], "Leak in the school")
        self.assertEqual(model.search([("is_waiting_for_me", "=", True)]), runs)
        self.assertFalse(
            model.with_user(self.direction).get_waiting_summary()["approvals"]
        )

        runs[0].action_approve()

        self.assertEqual(model.get_waiting_count()["approvals"], 2)
        # one approval was enough: nobody else is asked any more
        deputy = model.with_user(self.deputy_manager)
        self.assertEqual(deputy.get_waiting_count()["approvals"], 2)

    def test_counter_is_two_probes_however_many(self):
        def count():
            self.env.invalidate_all()
            model.get_waiting_count()

        model = self._runs(1).browse().with_user(self.manager)
        model.get_waiting_count()
        with self.assertQueryCount(2):
            count()
        self._runs(4)
        with self.assertQueryCount(2):
            count()

    def test_list_and_dropdown_take_the_same_queries_however_many(self):
        model = self._runs(2).browse().with_user(self.manager)

        def first_page():
            rows = model.web_search_read(
                [("is_waiting_for_me", "=", True)], ROW, limit=80, count_limit=10001
            )
            return rows["records"]

        def dropdown():
            return model.get_waiting_summary()["rows"]

        def queries(function):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            function()
            return self.env.cr.sql_log_count - before

        for function in (first_page, dropdown):
            with self.subTest(function=function.__name__):
                function()
                few = queries(function)
                known = len(function())
                self._runs(5, photos=2)
                self.assertLessEqual(queries(function), few + 1)
                self.assertEqual(len(function()), known + 5 if known < 4 else 8)

    def test_row_says_age_step_and_photos(self):
        run = self._runs(1, photos=5)

        self.assertEqual(run.photo_count, 5)
        self.assertEqual(len(run.thumbnails), 3)
        self.assertEqual(run.step_name, "Service")
        self.assertEqual((run.days_waiting, run.lateness), (0, "none"))

        today = fields.Date.context_today(run)
        for days, lateness in ((-1, "late"), (0, "soon"), (1, "soon"), (2, "none")):
            with self.subTest(days=days):
                run.sudo().step_ids._write_guarded(
                    {"date_due": fields.Date.add(today, days=days)}
                )
                self.assertEqual(run.lateness, lateness)
        run.action_approve()
        self.assertEqual((run.step_name, run.lateness), (False, "none"))

    def test_strangers_get_no_thumbnail(self):
        run = self._runs(1, photos=1)
        self.assertTrue(run.thumbnails)
        self.assertFalse(run.with_user(self.stranger).thumbnails)

    def test_groups_by_step(self):
        self._runs(2)
        model = self.env["intercommunal.validation"].with_user(self.manager)
        groups = model.formatted_read_group(
            [("is_waiting_for_me", "=", True)], ["step_name"], ["__count"]
        )
        self.assertEqual(
            [(group["step_name"], group["__count"]) for group in groups],
            [("Service", 2)],
        )

    def test_counter_is_told_when_a_seat_opens_and_closes(self):
        def told(user):
            self.env.cr.precommit.run()
            channel = f'%"res.partner",{user.partner_id.id}]%'
            messages = self.env["bus.bus"].search([("channel", "like", channel)])
            waiting = messages.filtered(
                lambda message: "intercommunal.validation/waiting" in message.message
            )
            messages.unlink()
            return bool(waiting)

        run = self._runs(1)
        self.assertTrue(told(self.manager))
        self.assertTrue(told(self.deputy_manager))
        self.assertFalse(told(self.direction))

        run.action_approve()
        # the other manager is not asked any more: their counter goes down
        self.assertTrue(told(self.deputy_manager))


@tagged("post_install", "-at_install")
class TestApproveSeveral(OfficeCase):
    """Several approvals in one go: each counts for itself, or not at all."""

    def _wizard(self, runs):
        return (
            self.env["intercommunal.validation.approve"]
            .with_user(self.manager)
            .browse(runs.action_open_approve()["res_id"])
        )

    def test_manager_approves_three_at_once(self):
        runs = self._runs(3)
        runs.sudo()._write_guarded({"amount": 100})
        wizard = self._wizard(runs)
        self.assertEqual((wizard.ready_count, wizard.total), (3, 300))

        wizard.comment = "Seen on site."
        wizard.action_confirm()

        self.assertEqual(set(runs.mapped("state")), {"approved"})
        self.assertEqual(
            runs.decision_ids.mapped("comment"), ["Seen on site."] * len(runs)
        )
        self.assertEqual((wizard.state, wizard.done_count), ("done", 3))
        self.assertEqual(wizard.total, 300)

    def test_what_changed_meanwhile_is_named_and_left_alone(self):
        runs = self._runs(3)
        runs.sudo()._write_guarded({"amount": 100})
        wizard = self._wizard(runs)
        runs[0].with_user(self.deputy_manager).action_rework("Not tight.")
        self.env.cr.execute(
            "UPDATE intercommunal_report SET summary = 'Forged.' WHERE id = %s",
            [runs[1].report_id.id],
        )
        self.env.invalidate_all()

        wizard.action_confirm()

        self.assertEqual(runs.mapped("state"), ["rework", "open", "approved"])
        self.assertEqual(
            wizard.line_ids.mapped("state"), ["problem", "problem", "done"]
        )
        self.assertRegex(wizard.line_ids[0].problem, "already decided.*deputy_manager")
        self.assertRegex(wizard.line_ids[1].problem, "has changed")
        self.assertEqual((wizard.done_count, wizard.total), (1, 100))
        self.assertFalse(runs[1].decision_ids)

    def test_a_failure_on_the_way_leaves_nothing_half_written(self):
        runs = self._runs(2)
        wizard = self._wizard(runs)
        # the first one's report lost what its approval rests on
        jobs = runs[0].report_id.intervention_id.sudo()
        jobs._write_guarded({"state": "cancelled"})
        jobs.flush_recordset()

        wizard.action_confirm()

        self.assertEqual(runs.mapped("state"), ["open", "approved"])
        self.assertFalse(runs[0].decision_ids)
        self.assertEqual(runs[0].report_id.state, "sent")
        self.assertEqual(runs[0].sudo().seat_ids.mapped("state"), ["pending"] * 2)
        self.assertTrue(wizard.line_ids[0].problem)

    def test_what_is_not_mine_is_said_before(self):
        mine, other = self._runs(2)
        other.with_user(self.deputy_manager).action_approve()
        wizard = self._wizard(mine | other)
        self.assertEqual((wizard.ready_count, wizard.problem_count), (1, 1))
        self.assertIn("Approved", wizard.line_ids[1].problem)

    def test_confirming_twice_counts_once(self):
        runs = self._runs(2)
        wizard = self._wizard(runs)
        wizard.action_confirm()
        wizard.action_confirm()
        self.assertEqual(len(runs.decision_ids), 2)
        self.assertEqual(wizard.done_count, 2)
