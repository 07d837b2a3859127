from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..models.request_similar import get_likeness, words_of
from .common import GROUP, IntercommunalCase


@tagged("post_install", "-at_install")
class TestSimilar(IntercommunalCase):
    def test_words_leave_out_accents_plurals_and_small_words(self):
        self.assertEqual(
            words_of("Fuites d'eau à l'école"), frozenset({"fuite", "eau", "ecole"})
        )
        # the apostrophe that phones type
        self.assertEqual(words_of("Fuite d’eau"), words_of("fuite d'eau"))

    def test_likeness_is_a_share(self):
        leak = words_of("Fuite école")
        self.assertEqual(get_likeness(leak, words_of("Fuite cantine")), 0.5)
        self.assertEqual(get_likeness(leak, words_of("")), 0.0)

    def test_second_request_warns_of_the_first(self):
        first = self._submitted(name="Leak in the school")
        second = self._submitted(name="Leak under a sink, school", site_id=False)
        self.assertEqual(second.similar_id, first)
        self.assertFalse(first.similar_id)

    def test_another_thing_warns_of_nothing(self):
        self._submitted(name="Leak in the school")
        second = self._submitted(name="Mow the stadium", site_id=False, type_id=False)
        self.assertFalse(second.similar_id)

    def test_another_commune_is_never_named(self):
        self._submitted()
        other = self._new_request(
            self.stranger, commune_id=self.other_commune.id, site_id=False
        )
        other.action_submit()
        self.assertFalse(other.similar_id)

    def test_manager_says_it_is_another_thing(self):
        self._submitted()
        second = self._submitted().with_user(self.manager)
        self.assertTrue(second.similar_id)
        second.action_not_similar()
        self.assertFalse(second.similar_id)

    def _warned_of(self, first, second):
        """Whether a request like ``second`` warns of one like ``first``."""
        known = self._submitted(**first)
        return self._submitted(**second).similar_id == known

    def test_the_same_place_and_type_alone_are_no_duplicate(self):
        self.assertFalse(
            self._warned_of({"name": "Leak in the toilets"}, {"name": "Boiler is cold"})
        )

    def test_the_name_of_the_site_is_no_evidence(self):
        self.site.name = "Victor Hugo school"
        self.assertFalse(
            self._warned_of(
                {"name": "Leak, Victor Hugo school"},
                {"name": "Door, Victor Hugo school"},
            )
        )

    def test_two_sites_are_two_requests(self):
        other = self.site.copy({"name": "Gymnasium"})
        self.assertFalse(
            self._warned_of(
                {"name": "Leak of the boiler"},
                {"name": "Leak of the boiler", "site_id": other.id},
            )
        )

    def test_one_word_in_common_is_no_evidence_without_a_place(self):
        self.assertFalse(
            self._warned_of(
                {"name": "Leak in the hall", "site_id": False},
                {"name": "Leak", "site_id": False},
            )
        )

    def test_a_subject_half_typed_is_recognised(self):
        self.assertTrue(
            self._warned_of(
                {"name": "Door of the classroom won't close well", "site_id": False},
                {"name": "Door classroom", "site_id": False},
            )
        )

    def test_a_point_of_a_phone_tells_the_place(self):
        near = {"site_id": False, "latitude": 48.95, "longitude": 5.9}
        hole = {"name": "Hole in the road", **near}
        self.assertTrue(
            self._warned_of(hole, {**near, "name": "Big hole", "latitude": 48.9505})
        )
        self.assertFalse(self._warned_of(hole, {**hole, "latitude": 48.99}))

    def test_time_and_another_type_make_it_less_likely(self):
        old = self._submitted(name="Leak toilets ground floor")
        alike = {"name": "Leak toilets upstairs now"}
        self.assertEqual(self._submitted(**alike).similar_id, old)
        self.env["intercommunal.request"].search([])._forget_similar()
        old._write_guarded(
            {"date_submitted": fields.Datetime.now() - timedelta(days=45)}
        )
        found = self.env["intercommunal.request"]._find_similar(
            self.commune, "Leak toilets upstairs now", self.type, self.site
        )
        self.assertNotIn(old, found)

    def test_what_is_over_warns_no_more(self):
        first = self._submitted()
        second = self._submitted()
        first.action_withdraw()
        self.assertFalse(second.similar_id)


@tagged("post_install", "-at_install")
class TestMerge(IntercommunalCase):
    def setUp(self):
        super().setUp()
        self.first = self._submitted().with_user(self.manager)
        self.second = self._submitted(name="Leak at school", priority="2").with_user(
            self.manager
        )

    def test_the_duplicate_ends_and_the_other_goes_on(self):
        self.second.action_merge(self.first.id)
        self.assertEqual(self.second.state, "cancelled")
        self.assertEqual(self.second.duplicate_of_id, self.first)
        self.assertEqual(self.second.reason_id.code, "duplicate")
        self.assertEqual(self.first.state, "submitted")
        self.assertEqual(self.first.priority, "2", "the most urgent of both counts")

    def test_both_histories_stay(self):
        word = self.second.message_post(body="Seen on site.")
        self.second.action_merge(self.first.id)
        self.assertIn(word, self.second.message_ids)
        notes = "".join(self.first.message_ids.mapped("body"))
        self.assertIn(self.second.reference, notes)

    def test_the_other_requester_follows(self):
        colleague = self._new_commune_user("colleague", self.commune, "requester")
        second = self._new_request(colleague)
        second.action_submit()
        second.with_user(self.manager).action_merge(self.first.id)
        self.assertIn(colleague.partner_id, self.first.message_partner_ids)

    def test_duplicates_of_a_duplicate_follow(self):
        third = self._submitted().with_user(self.manager)
        third.action_merge(self.second.id)
        self.second.action_merge(self.first.id)
        self.assertEqual(third.duplicate_of_id, self.first)

    def test_a_job_to_plan_goes_with_the_duplicate(self):
        self.second.action_accept()
        self.second.action_schedule()
        self.second.action_merge(self.first.id)
        self.assertEqual(self.second.intervention_ids.state, "cancelled")

    def test_planned_work_is_not_merged_away(self):
        job = self._planned()
        with self.assertRaisesRegex(UserError, "Planned"):
            job.request_id.action_merge(self.first.id)

    def test_not_into_itself_nor_into_what_is_over(self):
        with self.assertRaises(UserError):
            self.first.action_merge(self.first.id)
        self.second.with_user(self.requester).action_withdraw()
        with self.assertRaises(UserError):
            self.first.action_merge(self.second.id)
        with self.assertRaises(UserError):
            self.first.action_merge(0)

    def test_communes_are_not_mixed(self):
        other = self._new_request(
            self.stranger, commune_id=self.other_commune.id, site_id=False
        )
        other.action_submit()
        with self.assertRaisesRegex(UserError, "only requests of one commune"):
            other.with_user(self.manager).action_merge(self.first.id)

    def test_only_the_service_merges(self):
        with self.assertRaises(AccessError):
            self.second.with_user(self.requester).action_merge(self.first.id)
        other_manager = new_test_user(
            self.env, "other_manager", GROUP + "service_manager"
        )
        with self.assertRaises(AccessError):
            self.second.with_user(other_manager).action_merge(self.first.id)

    def test_the_wizard_proposes_the_oldest(self):
        wizard = Form(
            self.env["intercommunal.request.merge"]
            .with_user(self.manager)
            .with_context(active_ids=(self.second | self.first).ids)
        )
        self.assertEqual(wizard.master_id, self.first)
        action = wizard.save().action_confirm()
        self.assertEqual(action["res_id"], self.first.id)
        self.assertEqual(self.second.duplicate_of_id, self.first)

    def test_the_wizard_proposes_what_it_looks_like(self):
        wizard = Form(
            self.env["intercommunal.request.merge"]
            .with_user(self.manager)
            .with_context(active_ids=self.second.ids)
        )
        self.assertEqual(wizard.master_id, self.second.similar_id)
        wizard.save().action_confirm()
        self.assertEqual(self.second.state, "cancelled")


@tagged("post_install", "-at_install")
class TestSplit(IntercommunalCase):
    def test_one_request_becomes_several_jobs(self):
        request = self._accepted().with_user(self.manager)
        request.action_schedule()
        start = fields.Datetime.now() + timedelta(days=1)
        request.action_split(
            [
                {"name": "Gutter", "team_id": self.team.id, "date_start": start},
                {"name": "Ceiling", "instructions": "After the gutter"},
            ]
        )
        jobs = request.intervention_ids.filtered(lambda job: job.state != "cancelled")
        self.assertEqual(
            {job.name: job.state for job in jobs},
            {"Gutter": "planned", "Ceiling": "to_plan"},
        )
        self.assertEqual(request.state, "planned")

    def test_the_request_waits_for_its_last_job(self):
        request = self._accepted().with_user(self.manager)
        start = fields.Datetime.now() - timedelta(hours=4)
        request.action_split(
            [
                {"name": name, "team_id": self.team.id, "date_start": start}
                for name in ("One", "Two")
            ]
        )
        one, two = request.intervention_ids.sorted("id")
        for job in (one, two):
            report = self._reported(job)
            self.assertNotEqual(request.state, "validated")
            report.validation_id.with_user(self.referent).action_approve(
                content_hash=report.content_hash
            )
        self.assertEqual(request.state, "validated")

    def test_bad_parts_are_named_and_make_nothing(self):
        request = self._accepted().with_user(self.manager)
        for parts in (None, [], ["x"], [{"name": " "}], [{"name": "a"}] * 31):
            with self.assertRaises(UserError):
                request.action_split(parts)
        self.assertFalse(request.intervention_ids)

    def test_only_the_service_splits(self):
        request = self._accepted()
        with self.assertRaises(AccessError):
            request.with_user(self.requester).action_split([{"name": "a"}])

    def test_wizard(self):
        request = self._accepted().with_user(self.manager)
        wizard = Form(
            self.env["intercommunal.request.split"]
            .with_user(self.manager)
            .with_context(active_id=request.id)
        )
        with wizard.line_ids.edit(0) as line:
            self.assertEqual(line.name, request.name, "begins with the request")
            line.name = "Gutter"
        with wizard.line_ids.new() as line:
            line.name = "Ceiling"
            self.assertEqual(line.hours, 3.0, "the type's usual duration")
        wizard.save().action_confirm()
        self.assertEqual(
            set(request.intervention_ids.mapped("name")), {"Gutter", "Ceiling"}
        )

    def test_requests_are_assigned_to_a_team(self):
        requests = self._accepted() | self._accepted()
        wizard = Form(
            self.env["intercommunal.request.assign"]
            .with_user(self.manager)
            .with_context(active_ids=requests.ids)
        )
        wizard.team_id = self.team
        said = wizard.save().action_confirm()["params"]["message"]
        # the rows of the list stay as they were: it is said
        self.assertEqual(said, "2 given to “Crew North”: they wait for a date.")
        self.assertEqual(requests.intervention_ids.team_id, self.team)
        self.assertEqual(requests.intervention_ids.leader_id, self.leader)
        self.assertEqual(set(requests.intervention_ids.mapped("state")), {"to_plan"})

    def test_a_team_of_another_service_is_refused(self):
        service = self.env["intercommunal.service"].create(
            {"name": "Schools", "code": "SCH-T"}
        )
        team = self.env["intercommunal.team"].create(
            {"name": "ATSEM", "service_id": service.id}
        )
        request = self._accepted()
        with self.assertRaisesRegex(UserError, "does not work for"):
            request.with_user(self.manager).action_assign(team.id)
        self.assertFalse(request.intervention_ids)

    def test_accept_all_accepts_what_can_be(self):
        ready, refused = self._submitted(), self._accepted()
        action = (ready | refused).with_user(self.manager).action_accept_all()
        self.assertEqual(ready.state, "accepted")
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn(f"{refused.reference} (", action["params"]["message"])

    def test_many_that_are_past_it_are_not_told_at_length(self):
        requests = self._accepted()
        for _number in range(11):
            requests |= self._accepted()
        action = requests.with_user(self.manager).action_accept_all()
        self.assertIn("0 accepted, 12 left", action["params"]["message"])
        self.assertLess(len(action["params"]["message"]), 400)

    def test_blocked_job_shows_on_the_card(self):
        job = self._planned()
        job.action_block("weather")
        self.assertTrue(job.request_id.is_blocked)
        job.action_resume()
        self.assertFalse(job.request_id.is_blocked)
