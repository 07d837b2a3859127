from collections import Counter
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged

from ..demo import people, stories
from ..demo.clock import set_clock, settable_clock
from ..demo.teller import Teller
from ..models.stage import REQUEST_STATES

MODELS = (
    "res.partner",
    "res.users",
    "product.product",
    "intercommunal.commune.role",
    "intercommunal.service",
    "intercommunal.team",
    "intercommunal.request.type",
    "intercommunal.site",
    "intercommunal.request",
    "intercommunal.intervention",
    "intercommunal.report",
    "intercommunal.report.line",
    "intercommunal.photo",
    "intercommunal.validation",
    "intercommunal.decision",
    "intercommunal.clarification",
    "intercommunal.reserve",
    "intercommunal.delegation",
    "mail.message",
)


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demonstration loads, shows every state, and its history is true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.demo = cls.env["intercommunal.demo"]
        cls.demo._load()
        cls.requests = cls.env["intercommunal.request"].browse(
            cls.demo._ref(f"story_{rank}").id for rank in range(len(stories.STORIES))
        )

    def _story(self, name):
        return self.requests.filtered(lambda request: request.name == name)

    # ------------------------------------------------------------------- whole

    def test_dozens_of_requests_in_every_state(self):
        self.assertGreaterEqual(len(self.requests), 40)
        self.assertEqual(
            set(self.requests.mapped("state")), {state for state, _l in REQUEST_STATES}
        )
        jobs = self.requests.intervention_ids
        self.assertGreaterEqual(
            set(jobs.mapped("state")),
            {"planned", "in_progress", "blocked", "to_report", "reported", "approved"},
        )
        self.assertEqual(
            set(jobs.report_ids.mapped("state")),
            {"sent", "accepted", "accepted_reserves", "to_redo"},
        )
        self.assertTrue(any(request.is_late for request in self.requests))
        self.assertTrue(any(request.on_behalf for request in self.requests))

    def test_each_story_ends_where_its_path_says(self):
        ends = {
            "blocked": "in_progress",
            "to_report": "in_progress",
            "to_validate_again": "to_validate",
            "validated_again": "validated",
            "closed_again": "closed",
            "contested": "submitted",
            "question": "to_validate",
            "late": "to_validate",
            "delegated": "accepted",
            "reserves": "rework",
            "arbitrated": "validated",
            "by_link": "validated",
            "withdrawn": "cancelled",
        }
        for story, request in zip(stories.STORIES, self.requests, strict=True):
            with self.subTest(story=story["name"]):
                path = story["path"]
                self.assertEqual(request.state, ends.get(path, path))
                self.assertEqual(request.stage_id.state, request.state)

    def test_loading_again_changes_nothing(self):
        def picture():
            self.env.flush_all()
            return {
                model: (
                    self.env[model].with_context(active_test=False).search_count([]),
                    max(self.env[model].search([]).mapped("write_date"), default=None),
                )
                for model in MODELS
            }

        before = picture()
        self.demo._load()
        self.assertEqual(picture(), before)

    def test_what_a_visitor_changed_stays_and_what_is_missing_comes_back(self):
        service = self.demo._ref("service_NUM")
        service.name = "Numérique"
        site = self.demo._ref("site_parc_noveant")
        data = self.env["ir.model.data"].search([("name", "=", "site_salle_essey")])
        self.demo._load_territory()
        self.demo._load_services()
        self.assertEqual(service.name, "Numérique")
        self.assertEqual(site, self.demo._ref("site_parc_noveant"))
        data.unlink()
        self.demo._load_territory()
        self.assertTrue(self.demo._ref("site_salle_essey"))

    # ----------------------------------------------------------------- history

    def test_history_is_in_order_and_never_ahead(self):
        now = fields.Datetime.now()
        for request in self.requests:
            dates = request.message_ids.sorted("id").mapped("date")
            with self.subTest(request=request.name):
                self.assertEqual(dates, sorted(dates))
                self.assertLessEqual(max(dates, default=now), now)
                self.assertLessEqual(request.ball_since, now)
                steps = [
                    request.create_date,
                    request.date_submitted,
                    request.date_accepted,
                    request.date_validated,
                    request.date_closed,
                ]
                done = [step for step in steps if step]
                self.assertEqual(done, sorted(done))

    def test_requests_are_dated_around_today(self):
        today = fields.Date.context_today(self.env.user)
        sent = [
            request.date_submitted.date()
            for request in self.requests
            if request.date_submitted
        ]
        self.assertGreaterEqual(max(sent), today - timedelta(days=3))
        self.assertLessEqual(min(sent), today - timedelta(days=60))
        ahead = self.requests.intervention_ids.filtered(
            lambda job: job.state == "planned"
        )
        self.assertTrue(
            all(job.date_start.date() > today - timedelta(days=1) for job in ahead)
        )

    def test_each_turn_was_done_by_who_may(self):
        request = self._story("Nids-de-poule rue du Stade")
        authors = request.message_ids.sorted("id").mapped("author_id.name")
        self.assertEqual(authors[0], "Sophie Aubry")
        self.assertEqual(authors[1], "Thierry Masson")
        self.assertIn("Sylvain Colin", authors)
        self.assertIn("Jean-Luc Mathis", authors)

    def test_rework_story_has_two_versions_and_their_decisions(self):
        request = self._story("Tag sur la façade de la mairie")
        first, second = request.intervention_ids.report_ids.sorted("version")
        self.assertEqual((first.state, second.state), ("to_redo", "accepted"))
        referent = self.demo._ref("user_referent")
        decisions = (first | second).validation_id.decision_ids.sorted("id")
        self.assertEqual(decisions.mapped("kind"), ["rework", "approve"])
        self.assertEqual(decisions.user_id, referent)
        self.assertEqual(set(decisions.mapped("channel")), {"portal"})
        self.assertLess(decisions[1].decided_at, fields.Datetime.now())
        self.assertGreater(second.total_minutes, first.total_minutes)
        self.assertTrue(second.line_ids.filtered("is_rework"))

    def test_decisions_verify_although_they_are_dated_back(self):
        runs = self.requests.intervention_ids.report_ids.validation_id
        self.assertTrue(runs.decision_ids)
        self.assertFalse(runs._verify_chain())
        for run in runs:
            self.assertLessEqual(run.opened_at, run.closed_at or run.opened_at)

    # --------------------------------------------------------------- approvals

    def _run(self, path):
        """The approval of the story that shows ``path``."""
        rank = next(r for r, s in enumerate(stories.STORIES) if s["path"] == path)
        runs = self.requests[rank].validation_ids
        self.assertEqual(len(runs), 1)
        return runs

    def test_a_question_waits_on_a_corner_of_a_photo(self):
        run = self._run("question")
        question = run.clarification_ids
        self.assertEqual((question.state, question.anchor_kind), ("open", "photo"))
        self.assertIn(question.photo_id, run.report_id.photo_ids)
        self.assertGreater(question.anchor_width, 0)

    def test_what_came_back_is_marked_on_its_photo(self):
        run = self._run("rework")
        [marked] = run.decision_ids.filtered(lambda one: one.kind == "annotate")
        details = marked._get_details()
        self.assertIn(details["photo"], run.report_id.photo_ids.mapped("uuid"))
        self.assertTrue(details["marks"])

    def test_a_reserve_has_its_planned_job(self):
        run = self._run("reserves")
        self.assertEqual(run.state, "approved_reserves")
        self.assertEqual(run.reserve_ids.minutes, 60)
        self.assertEqual(run.reserve_ids.intervention_id.state, "planned")

    def test_the_deputy_decided_in_the_mayor_s_name(self):
        decision = self._run("delegated").decision_ids.filtered(
            lambda decision: decision.kind == "approve"
        )
        self.assertEqual(decision.user_id, self.demo._ref("user_referent"))
        self.assertEqual(decision.on_behalf_of_id, self.demo._ref("user_maire"))

    def test_one_is_late_and_the_mayor_is_asked_as_well(self):
        run = self._run("late")
        self.assertEqual(run.step_ids.filtered("seat_ids").state, "escalated")
        self.assertIn(self.demo._ref("user_maire.noveant"), run.pending_user_ids)
        self.assertTrue(run.step_ids.filtered("reminder_count"))

    def test_one_is_refused_then_settled(self):
        run = self._run("arbitrated")
        self.assertEqual(
            run.decision_ids.sorted("id").mapped("kind"), ["refuse", "arbitrate"]
        )
        self.assertEqual(
            run.decision_ids.sorted("id")[-1].user_id, self.demo._ref("user_direction")
        )

    def test_one_is_decided_by_link(self):
        self.assertEqual(self._run("by_link").decision_ids.channel, "link")

    def test_everything_is_as_it_was_written(self):
        proof = self.env["intercommunal.proof"]
        self.assertEqual(list(proof._verify(Counter())), [])

    # ------------------------------------------------------------------ people

    def test_one_user_a_role_and_each_may_enter(self):
        users = self.demo._get_users()
        logins = [user["login"] for user in users]
        for login in ("admin", "direction", "finance", "technique", "chef", "agent"):
            self.assertIn(f"{login}@demo.fr", logins)
        self.assertGreaterEqual(
            len([user for user in users if user["url"] == "/my"]), 4
        )
        for login in ("finance@demo.fr", "secretaire@demo.fr"):
            result = self.env["res.users"].authenticate(
                {"type": "password", "login": login, "password": people.PASSWORD},
                {"interactive": False},
            )
            self.assertTrue(result["uid"])

    def test_each_user_sees_what_is_theirs(self):
        Request = self.env["intercommunal.request"]
        secretary = self.demo._ref("user_secretaire")
        communes = Request.with_user(secretary).search([]).commune_id
        self.assertEqual(communes.sudo(), self.demo._ref("commune_thiaucourt"))
        shared = self.demo._ref("user_secretaire.chambley")
        self.assertEqual(len(Request.with_user(shared).search([]).commune_id), 2)
        manager = self.demo._ref("user_technique")
        self.assertEqual(
            Request.with_user(manager).search([]).service_id.mapped("code"), ["TEC"]
        )
        everything = Request.with_user(self.demo._ref("user_direction")).search([])
        self.assertGreaterEqual(everything, self.requests)
        elsewhere = self._story("Plus d'eau chaude à la cantine")
        with self.assertRaises(AccessError):
            elsewhere.with_user(secretary).read(["name"])

    def test_somebody_has_something_to_approve(self):
        for login in ("referent", "maire"):
            user = self.demo._ref(f"user_{login}")
            runs = self.env["intercommunal.validation"].with_user(user)
            self.assertTrue(runs.search([("is_waiting_for_me", "=", True)]))

    def test_a_round_shares_its_kilometres_and_a_skill_is_missing_nowhere(self):
        trip = self.demo._ref("trip_0")
        self.assertEqual(len(trip.intervention_ids), 2)
        self.assertEqual(sum(trip.intervention_ids.mapped("trip_km")), trip.total_km)
        self.assertGreater(trip.estimated_km, 0)
        relayed = self._story("Plaque d'égout qui claque")
        self.assertTrue(relayed.for_citizen)

    def test_the_mails_of_the_intercommunality_are_its_own(self):
        self.assertEqual(self.env.company.email, "contact@demo.example")

    def test_no_message_waits_to_leave(self):
        people_ids = self.demo._get_demo_users().partner_id
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        self.assertFalse(mails.recipient_ids & people_ids)
        for user in people_ids:
            self.assertTrue(user.email.endswith(".example"))

    # ------------------------------------------------------------------- clock

    def test_clock_is_true_again_after_an_accident(self):
        true_now = fields.Datetime.now
        moment = fields.Datetime.to_datetime("2026-01-05 08:00:00")
        with self.assertRaises(ZeroDivisionError), settable_clock():
            set_clock(moment)
            self.assertEqual(fields.Datetime.now(), moment)
            self.assertEqual(fields.Date.context_today(self.env.user), moment.date())
            _accident = 1 / 0
        self.assertIs(fields.Datetime.now, true_now)
        self.assertGreater(fields.Datetime.now(), moment)

    def test_a_story_of_today_told_early_or_at_the_weekend_stays_in_the_past(self):
        story = next(s for s in stories.STORIES if s["path"] == "to_validate")
        story = {**story, "sent": 0, "job": {**story["job"], "day": 0}}
        for now in ("2026-11-23 04:30:00", "2026-11-22 10:00:00"):
            with self.subTest(now=now), freeze_time(now), settable_clock():
                request = Teller(self.demo).tell(story)
                self.assertEqual(request.sudo().state, "to_validate")
                report = request.sudo().intervention_ids.report_id
                self.assertLessEqual(str(report.sent_at), now)
                self.assertLess(request.date_submitted, report.sent_at)
