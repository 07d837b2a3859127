from datetime import timedelta

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import IntercommunalCase


@tagged("post_install", "-at_install")
class TestRequestLife(IntercommunalCase):
    """From the commune's wish to the closed file."""

    def test_commune_asks_and_service_accepts(self):
        request = self._new_request()
        self.assertEqual(request.state, "draft")
        self.assertFalse(request.reference)
        self.assertEqual(request.ball, "commune")
        self.assertEqual(request.referent_id, self.referent.partner_id)

        request.action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertTrue(request.reference.startswith("D"))
        self.assertFalse(request.on_behalf)
        self.assertEqual(request.sudo().ball_user_id, self.manager)

        request.with_user(self.manager).action_accept()
        self.assertEqual(request.state, "accepted")
        self.assertTrue(request.date_accepted)

    def test_references_never_repeat(self):
        first, second = self._submitted(), self._submitted()
        self.assertNotEqual(first.reference, second.reference)

    def test_service_enters_on_behalf_of_the_commune(self):
        request = self._new_request(
            user=self.manager, requester_id=self.requester.partner_id.id
        )
        request.action_submit()
        self.assertTrue(request.on_behalf)

    def test_manager_fills_in_a_new_form(self):
        form = Form(self.env["intercommunal.request"].with_user(self.manager))
        form.name = "Leak in the school"
        form.commune_id = self.commune
        form.service_id = self.service
        request = form.save()

        self.assertEqual(request.referent_id, self.referent.partner_id)
        self.assertEqual(request.state, "draft")

    def test_form_shows_the_questions_of_the_type_that_is_chosen(self):
        self.type.properties_definition = [
            {"name": "room", "string": "Room *", "type": "char"}
        ]
        other = self.type.copy({"name": "Other", "properties_definition": []})
        requests = self.env["intercommunal.request"].with_user(self.manager)
        spec = {"service_id": {}, "type_id": {}, "properties": {}}
        values = {"service_id": self.service.id, "type_id": self.type.id}
        shown = requests.onchange(values, ["type_id"], spec)["value"]["properties"]
        self.assertEqual([question["string"] for question in shown], ["Room *"])

        values = {"service_id": self.service.id, "type_id": other.id}
        values["properties"] = shown
        after = requests.onchange(values, ["type_id"], spec)["value"]["properties"]
        self.assertFalse(after)

    def test_question_goes_to_the_commune_and_comes_back(self):
        request = self._submitted().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "question"):
            request.action_ask_info("  ")
        request.action_ask_info("Which room?")
        self.assertEqual((request.state, request.ball), ("info_requested", "commune"))
        self.assertEqual(
            request.info_due, fields.Date.context_today(request) + timedelta(days=7)
        )
        request.with_user(self.requester).action_answer_info("The kitchen.")
        self.assertEqual((request.state, request.ball), ("submitted", "service"))
        self.assertEqual(request.info_answer, "The kitchen.")

    def test_refusal_needs_reason_and_words(self):
        request = self._submitted().with_user(self.manager)
        reason = self.env.ref("intercommunal_workflow.reason_refuse_private")
        with self.assertRaisesRegex(UserError, "reason"):
            request.action_reject()
        with self.assertRaisesRegex(UserError, "Explain"):
            request.action_reject(reason.id, " ")
        self.assertEqual(request.state, "submitted")
        request.action_reject(reason.id, "This hedge is private.")
        self.assertEqual(request.state, "refused")
        self.assertEqual(request.reason_id, reason)

    def test_refusal_is_contested_once_by_the_referent(self):
        request = self._submitted().with_user(self.manager)
        reason = self.env.ref("intercommunal_workflow.reason_refuse_private")
        request.action_reject(reason.id, "Private.")
        with self.assertRaises(AccessError):
            request.with_user(self.requester).action_contest("It is public.")
        request.with_user(self.referent).action_contest("The plan shows it is public.")
        self.assertEqual(request.state, "submitted")
        request.action_reject(reason.id, "Still private.")
        with self.assertRaisesRegex(UserError, "contested once"):
            request.with_user(self.referent).action_contest("Again.")

    def test_commune_withdraws_until_acceptance(self):
        request = self._submitted()
        request.action_withdraw()
        self.assertEqual(request.state, "cancelled")
        accepted = self._accepted()
        with self.assertRaises(UserError):
            accepted.with_user(self.requester).action_withdraw()

    def test_cancel_takes_the_planned_job_along(self):
        job = self._planned()
        reason = self.env.ref("intercommunal_workflow.reason_cancel_other")
        job.request_id.action_cancel(reason.id, "The school closes.")
        self.assertEqual(job.request_id.state, "cancelled")
        self.assertEqual(job.state, "cancelled")

    def test_no_cancel_once_a_report_was_sent(self):
        report = self._reported()
        reason = self.env.ref("intercommunal_workflow.reason_cancel_other")
        request = report.request_id.with_user(self.manager)
        with self.assertRaises(UserError):
            request.action_cancel(reason.id, "Too late.")
        self.assertEqual(request.state, "to_validate")

    def test_reroute_hands_over_to_the_other_managers(self):
        other = self.env["intercommunal.service"].create(
            {"name": "Green spaces", "code": "GRN-T"}
        )
        colleague = self.manager.copy({"login": "colleague"})
        other.manager_ids = [Command.link(colleague.id)]
        request = self._submitted()
        request.with_user(self.manager).action_reroute(other.id, "It is a tree.")
        self.assertEqual(request.service_id, other)
        self.assertFalse(request.type_id)
        self.assertTrue(request.with_user(colleague).can_accept)
        self.assertFalse(request.with_user(self.manager).has_access("read"))

    def test_work_states_follow_from_the_interventions(self):
        job = self._planned()
        request = job.request_id
        self.assertEqual(request.state, "planned")
        job.with_user(self.leader).action_start()
        self.assertEqual(request.state, "in_progress")
        self._reported(job)
        self.assertEqual(request.state, "to_validate")

    def test_approved_request_closes_after_the_days_to_contest(self):
        report = self._reported()
        request = report.request_id.sudo()
        report.validation_id.with_user(self.referent).action_approve()
        self.assertEqual(request.state, "validated")
        self.env["intercommunal.request"]._cron_close()
        self.assertEqual(request.state, "validated")
        request._write_guarded(
            {"date_validated": fields.Datetime.now() - timedelta(days=16)}
        )
        self.env.cr.precommit.run()
        robot = self.env(user=SUPERUSER_ID, context={"tracking_disable": False})
        robot["intercommunal.request"]._cron_close()
        self.assertEqual(request.state, "closed")
        self.env.cr.precommit.run()
        # a commune knows no robot: its intercommunality closed the file
        closed = self.env.ref("intercommunal_workflow.mt_request_closed")
        told = request.message_ids.filtered(lambda sent: sent.subtype_id == closed)
        self.assertEqual(told.author_id, request.company_id.partner_id)
        self.assertIn(f'"{request.company_id.name}" <', told.email_from)

    def test_referent_contests_approved_work(self):
        report = self._reported()
        report.validation_id.with_user(self.referent).action_approve()
        request = report.request_id
        request.with_user(self.referent).action_contest("It leaks again.")
        self.assertEqual(request.state, "rework")
        self.assertEqual(report.intervention_id.state, "rework")


@tagged("post_install", "-at_install")
class TestRequestGuards(IntercommunalCase):
    """What nobody can do, by whatever entry."""

    def test_state_is_never_set_directly(self):
        request = self._new_request()
        for values in ({"state": "validated"}, {"reference": "D1"}, {"on_behalf": 1}):
            with self.assertRaises(UserError):
                request.sudo().write(values)
        with self.assertRaises(UserError):
            self._new_request(user=self.manager, state="accepted")
        default = self.env["intercommunal.request"].with_context(
            default_state="validated"
        )
        created = default.with_user(self.manager).create(
            {
                "name": "x",
                "commune_id": self.commune.id,
                "service_id": self.service.id,
            }
        )
        self.assertEqual(created.state, "draft")

    def test_a_context_of_a_client_never_lifts_the_guard(self):
        request = self._new_request().with_context(
            intercommunal_guard=True, bypass=True
        )
        with self.assertRaises(UserError):
            request.write({"state": "validated"})

    def test_copy_starts_again_as_a_draft(self):
        copy = self._submitted().with_user(self.manager).copy()
        self.assertEqual((copy.state, copy.reference), ("draft", False))

    def test_portal_user_sets_only_what_a_commune_may_set(self):
        request = self._new_request()
        for values in (
            {"estimated_cost": 1},
            {"internal_note": "x"},
            {"deadline": fields.Date.today()},
        ):
            with self.assertRaises(AccessError):
                request.write(values)

    def test_portal_user_asks_only_for_their_own_commune(self):
        with self.assertRaises(AccessError):
            self._new_request(user=self.stranger)
        with self.assertRaises(AccessError):
            self._new_request(requester_id=self.mayor.partner_id.id)

    def test_another_commune_reads_nothing(self):
        request = self._submitted()
        self.assertFalse(
            self.env["intercommunal.request"]
            .with_user(self.stranger)
            .search_count([("id", "=", request.id)])
        )
        with self.assertRaises(AccessError):
            request.with_user(self.stranger).read(["name"])

    def test_a_role_that_ended_reads_nothing_any_more(self):
        request = self._submitted()
        self.assertTrue(request.with_user(self.referent).has_access("read"))
        self.referent.sudo().intercommunal_role_ids.date_to = (
            fields.Date.today() - timedelta(days=1)
        )
        self.env.invalidate_all()
        self.assertFalse(request.with_user(self.referent).has_access("read"))

    def test_only_the_service_triages(self):
        request = self._submitted()
        for user in (self.requester, self.referent, self.direction, self.admin):
            with self.subTest(user.login), self.assertRaises(AccessError):
                request.with_user(user).action_accept()
        self.assertEqual(request.state, "submitted")

    def test_a_form_offers_to_write_what_one_may_write(self):
        request = self._new_request()
        self.assertFalse(request.is_readonly)
        self.assertFalse(request.new({"name": "Leak"}).is_readonly)
        request.action_submit()
        request.invalidate_recordset()
        for user, readonly in (
            (self.requester, True),
            (self.manager, False),
            (self.direction, True),
        ):
            with self.subTest(user.login):
                self.assertEqual(request.with_user(user).is_readonly, readonly)
                self.assertEqual(
                    request.with_user(user).has_access("write"), not readonly
                )

    def test_a_sent_request_is_not_deleted(self):
        request = self._submitted()
        with self.assertRaises(UserError):
            request.unlink()
        with self.assertRaises(UserError):
            request.sudo().unlink()
        draft = self._new_request()
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_commune_and_service_are_frozen_once_sent(self):
        request = self._submitted().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "Re-route"):
            request.write({"commune_id": self.other_commune.id})

    def test_site_and_type_fit_the_commune_and_the_service(self):
        site = self.env["intercommunal.site"].create(
            {"name": "Hall", "kind": "hall", "commune_id": self.other_commune.id}
        )
        with self.assertRaises(ValidationError):
            self._new_request(site_id=site.id)

    def test_required_question_is_answered_before_sending(self):
        self.type.properties_definition = [
            {"name": "room", "string": "Room *", "type": "char"},
            {"name": "floor", "string": "Floor", "type": "char"},
        ]
        request = self._new_request()
        with self.assertRaisesRegex(UserError, "answer: Room"):
            request.action_submit()
        self.assertEqual(request.state, "draft")
        request.properties = {"room": "Kitchen", "floor": False}
        request.action_submit()
        self.assertEqual(request.state, "submitted")


@tagged("post_install", "-at_install")
class TestRequestBoard(IntercommunalCase):
    """A card dragged to another column."""

    def _stage(self, state):
        return self.env.ref(f"intercommunal_workflow.stage_{state}")

    def test_dragging_to_accepted_accepts(self):
        request = self._submitted().with_user(self.manager)
        request.stage_id = self._stage("accepted")
        self.assertEqual(request.state, "accepted")
        self.assertEqual(request.stage_id, self._stage("accepted"))

    def test_dragging_where_more_is_needed_is_refused_with_the_reason(self):
        request = self._submitted().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "buttons"):
            request.write({"stage_id": self._stage("planned").id})
        with self.assertRaisesRegex(UserError, "buttons"):
            request.write({"stage_id": self._stage("refused").id})
        request.invalidate_recordset()
        self.assertEqual(request.stage_id, self._stage("submitted"))

    def test_a_second_column_of_the_same_state_is_free(self):
        waiting = self.env["intercommunal.stage"].create(
            {"name": "Under study", "state": "submitted"}
        )
        request = self._submitted().with_user(self.manager)
        request.stage_id = waiting
        self.assertEqual((request.state, request.stage_id), ("submitted", waiting))

    def test_every_column_shows_even_empty(self):
        groups = (
            self.env["intercommunal.request"]
            .with_user(self.manager)
            .with_context(read_group_expand=True)
            .web_read_group([], ["stage_id"], [])
        )
        shown = {group["stage_id"][0] for group in groups["groups"]}
        self.assertLessEqual(
            {self._stage("submitted").id, self._stage("rework").id}, shown
        )

    def test_late_requests_are_found_by_search(self):
        late = self._submitted()
        late.sudo().deadline = fields.Date.today() - timedelta(days=1)
        fresh = self._submitted()
        Request = self.env["intercommunal.request"]
        found = Request.search([("is_late", "=", True)])
        self.assertIn(late.id, found.ids)
        self.assertNotIn(fresh.id, found.ids)
        self.assertTrue(late.is_late)
        self.assertIn(fresh.id, Request.search([("is_late", "=", False)]).ids)
