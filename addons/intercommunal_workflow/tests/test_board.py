from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.safe_eval import safe_eval

from .common import IntercommunalCase


class BoardCase(IntercommunalCase):
    def _drag(self, request, xmlid):
        """What the board writes when a card is dropped in a column."""
        stage = self.env.ref(f"intercommunal_workflow.{xmlid}")
        request.write({"stage_id": stage.id})

    def _draft_of_staff(self):
        """An internal user of the commune, and a draft of theirs."""
        staff = self._new_commune_user(
            "staff",
            self.commune,
            "requester",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        vals = {"name": "Leak", "service_id": self.service.id, "type_id": self.type.id}
        request = self.env["intercommunal.request"].with_user(staff).create(vals)
        return staff, request


@tagged("post_install", "-at_install")
class TestBoard(BoardCase):
    def test_manager_drags_to_accepted(self):
        request = self._submitted().with_user(self.manager)
        self._drag(request, "stage_accepted")
        self.assertEqual(request.state, "accepted")
        self.assertEqual(request.stage_id.state, "accepted")

    def test_a_move_that_asks_something_is_no_drag(self):
        request = self._accepted().with_user(self.manager)
        for column in ("planned", "in_progress", "validated", "refused", "closed"):
            with self.assertRaisesRegex(UserError, "buttons"):
                self._drag(request, f"stage_{column}")
            self.assertEqual(request.state, "accepted")

    def test_requester_of_the_commune_drags_own_draft(self):
        """The state that follows is read only for them: the drag still goes through."""
        staff, request = self._draft_of_staff()
        self.assertEqual(request.commune_id, self.commune)
        self.assertEqual(request.requester_id, staff.partner_id)
        self._drag(request, "stage_submitted")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.stage_id.state, "submitted")
        with self.assertRaises(AccessError):
            self._drag(request, "stage_accepted")

    def test_reader_drags_nothing(self):
        request = self._submitted()
        for user in (self.direction, self.admin):
            with self.assertRaises(AccessError):
                self._drag(request.with_user(user), "stage_accepted")
        self.assertEqual(request.state, "submitted")

    def test_two_columns_of_one_state(self):
        """A service splits a state in two columns: a card goes to either."""
        request = self._submitted().with_user(self.manager)
        waiting = self.env["intercommunal.stage"].create(
            {"name": "Read", "state": "submitted", "service_id": self.service.id}
        )
        request.write({"stage_id": waiting.id})
        self.assertEqual((request.state, request.stage_id), ("submitted", waiting))
        with self.assertRaises(AccessError):
            self._drag(request.with_user(self.direction), "stage_submitted")

    def test_every_column_is_on_the_board(self):
        self._submitted()
        shared = self.env["intercommunal.stage"].search([("service_id", "=", False)])
        drafts = shared.filtered(lambda stage: stage.state == "draft")
        columns = self._get_columns(self.manager)
        self.assertLessEqual(set((shared - drafts).ids), columns)
        self.assertFalse(columns & set(drafts.ids), "nothing to see in it")

    def test_drafts_are_a_column_for_who_has_some(self):
        staff, request = self._draft_of_staff()
        self.assertIn(request.stage_id.id, self._get_columns(staff))
        self.assertNotIn(request.stage_id.id, self._get_columns(self.manager))

    def test_every_view_opens_for_a_manager(self):
        """Each view of the menu, with what it reads first of the service's requests."""
        request = self._submitted()
        requests = self.env["intercommunal.request"].with_user(self.manager)
        requests.browse(request.id).deadline = "2026-06-12"
        for menu in ("request", "request_my_services"):
            action = self.env.ref(f"intercommunal_workflow.intercommunal_{menu}_action")
            kinds = action.view_mode.split(",")
            self.assertLessEqual({"kanban", "list", "calendar", "timeline"}, {*kinds})
            views = requests.get_views([(False, kind) for kind in kinds])["views"]
            for kind in kinds:
                with self.subTest(menu=menu, kind=kind):
                    self.assertEqual(etree.fromstring(views[kind]["arch"]).tag, kind)
        for kind, start, stop in (
            ("calendar", "deadline", None),
            ("timeline", "date_submitted", "deadline"),
        ):
            arch = etree.fromstring(views[kind]["arch"])
            self.assertEqual(arch.get("date_start"), start)
            self.assertEqual(arch.get("date_stop"), stop)
            shown = [field.get("name") for field in arch.iter("field")]
            [row] = requests.search_read([("id", "=", request.id)], [*shown, start])
            self.assertTrue(row[start])

    def test_the_timeline_colours_what_is_late(self):
        """By the view's own expressions, as the client works them out: the last wins."""
        arch = self.env["intercommunal.request"].get_view(view_type="timeline")["arch"]
        rules = [
            rule.split(":", 1)
            for rule in etree.fromstring(arch).get("colors").split(";")
        ]

        def color(**row):
            return [
                name.strip() for name, test in rules if safe_eval(test.strip(), row)
            ][-1:]

        states = set(self.env["intercommunal.request"]._transitions)
        on_time = {state: color(state=state, is_late=False) for state in states}
        self.assertNotEqual(on_time["submitted"], on_time["accepted"])
        late = color(state="accepted", is_late=True)
        self.assertTrue(late)
        self.assertNotIn(late, on_time.values())

    def test_the_menu_bar_holds_on_a_small_screen(self):
        """Seven headings are what 1280 pixels show, in French, without a “+”."""
        root = self.env.ref("intercommunal_workflow.intercommunal_menu_root")
        radar = self.env.ref("intercommunal_workflow.intercommunal_radar_menu")
        for user in (self.manager, self.direction, self.admin):
            with self.subTest(user=user.login):
                menus = self.env["ir.ui.menu"].with_user(user)
                visible = menus._visible_menu_ids()
                headings = menus.browse(visible).filtered(
                    lambda menu: menu.parent_id == root
                )
                self.assertLessEqual(len(headings), 7, headings.mapped("name"))
                self.assertIn(radar.id, visible)

    def _get_columns(self, user):
        board = self.env["intercommunal.request"].with_user(user)
        groups = board.with_context(read_group_expand=True).web_read_group(
            [("service_id", "=", self.service.id)], ["stage_id"], ["__count"]
        )["groups"]
        return {group["stage_id"][0] for group in groups}


@tagged("post_install", "-at_install")
class TestBoardTour(HttpCase, BoardCase):
    def test_the_date_of_a_card_is_the_one_that_is_late(self):
        """Late for the answer, the day of the work would mislead."""
        now = fields.Datetime.now()
        for name, answer, work in (
            ("Answered late", -3, 20),
            ("Done late", 15, -2),
            ("In time", 4, 20),
        ):
            self._submitted(name=name).sudo()._write_guarded(
                {
                    "sla_answer_deadline": now + timedelta(days=answer),
                    "sla_deadline": now + timedelta(days=work),
                    "deadline": now.date() + timedelta(days=20),
                    "is_overdue": answer < 0 or work < 0,
                }
            )
        self.start_tour(
            "/odoo/requests",
            "intercommunal_request_board_dates",
            login=self.manager.login,
        )

    def test_card_goes_or_comes_back(self):
        request = self._submitted()
        self.start_tour(
            "/odoo/requests", "intercommunal_request_board", login=self.manager.login
        )
        self.assertEqual(request.state, "accepted")

    def test_reader_sees_the_card_come_back(self):
        request = self._submitted()
        self.start_tour(
            "/odoo/requests",
            "intercommunal_request_board_reader",
            login=self.direction.login,
        )
        self.assertEqual(request.state, "submitted")
