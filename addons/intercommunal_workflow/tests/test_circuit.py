from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import GROUP
from .test_validation import MONDAY, ValidationCase


@tagged("post_install", "-at_install")
class TestCircuitVersions(ValidationCase):
    """An admin composes circuits; those that were used are history."""

    def _circuit_with_way_back(self):
        circuit = self._circuit({}, {"commune_role": "mayor"})
        first, second = circuit.step_ids
        second.write({"on_refusal": "back", "back_step_id": first.id})
        return circuit

    def test_admin_makes_a_new_version_whose_steps_go_back_to_its_own(self):
        circuit = self._circuit_with_way_back()
        self._reported()
        action = circuit.with_user(self.admin).action_new_version()
        successor = circuit.browse(action["res_id"])
        first, second = successor.step_ids
        self.assertEqual((second.on_refusal, second.back_step_id), ("back", first))
        self.assertNotIn(first, circuit.step_ids)
        self.assertEqual(successor.name, circuit.name)
        self.assertFalse(circuit.active)

    def test_only_admins_compose(self):
        circuit = self._circuit({})
        for user in (self.manager, self.direction):
            with self.subTest(user.login):
                self.assertTrue(circuit.with_user(user).sentence)
                with self.assertRaises(AccessError):
                    circuit.with_user(user).action_new_version()
                with self.assertRaises(AccessError):
                    circuit.with_user(user).step_ids.write({"quorum": 3})
        for user in (self.leader, self.agent, self.finance, self.referent):
            with self.subTest(user.login):
                self.assertFalse(circuit.with_user(user).has_access("read"))

    def test_steps_do_not_move_into_or_out_of_a_used_circuit(self):
        used = self._circuit({})
        self._reported()
        other = self._circuit({"commune_role": "mayor"}, sequence=50)
        for attempt in (
            lambda: other.step_ids.write({"circuit_id": used.id}),
            lambda: used.step_ids.write({"circuit_id": other.id}),
            lambda: other.step_ids.copy({"circuit_id": used.id}),
            lambda: used.write({"step_ids": [Command.link(other.step_ids.id)]}),
        ):
            with self._refused(UserError, "was used"):
                attempt()
        self.assertEqual((len(used.step_ids), len(other.step_ids)), (1, 1))

    def test_a_step_that_others_go_back_to_stays_before_them(self):
        circuit = self._circuit_with_way_back()
        first, second = circuit.step_ids
        with self._refused(ValidationError, "earlier step"):
            first.sequence = second.sequence + 1
        with self._refused(UserError, "goes back to a step"):
            first.unlink()
        circuit.unlink()
        self.assertFalse(second.exists())

    def test_a_filter_is_data_never_code(self):
        for domain in (
            "__import__('os').getcwd()",
            "[('id', '=', uid)]",
            "[('no_such_field', '=', 1)]",
            "[('state', 'is about', 'sent')]",
            "not a filter",
            "{'id': 1}",
            "5",
        ):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self._circuit({}, domain=domain)
            with self.subTest(f"step {domain}"), self.assertRaises(ValidationError):
                self._circuit({"condition_domain": domain})

    def test_every_step_says_who_decides(self):
        for vals in (
            {"resolver": "user"},
            {"resolver": "group"},
            {"commune_role": False},
            {"resolver": "service_role", "service_role": False},
        ):
            with self.subTest(vals), self.assertRaisesRegex(ValidationError, "who"):
                self._circuit(vals)


@tagged("post_install", "-at_install")
class TestDeciders(ValidationCase):
    """Who is asked: living people with access, of this intercommunality."""

    def _end_role_of(self, user):
        user.sudo().intercommunal_role_ids.date_to = fields.Date.today() - timedelta(1)

    def test_a_vacant_later_step_stops_the_sending_not_the_first_decider(self):
        self._circuit({}, {"commune_role": "dgs"})
        report = self._draft_report()
        with self._refused(UserError, "Head of administration.*Valbois"):
            report.action_send()
        self.assertEqual(report.state, "draft")
        self.assertFalse(report.validation_id)

    def test_a_later_step_that_does_not_apply_needs_nobody(self):
        self._circuit({}, {"commune_role": "dgs", "amount_min": 1000})
        self.assertEqual(self._reported().state, "sent")

    def test_too_few_for_the_quorum_is_said_in_numbers(self):
        self._circuit({"quorum": 2})
        with self.assertRaisesRegex(UserError, "2 persons.*only 1"):
            self._reported()

    def test_four_eyes_over_two_steps(self):
        """The mayor who is also the referent does not approve twice."""
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.commune.id,
                "partner_id": self.referent.partner_id.id,
                "role": "mayor",
                "date_from": fields.Date.today(),
            }
        )
        self._circuit({}, {"commune_role": "mayor"})
        run = self._reported().validation_id.sudo()
        run.with_user(self.referent).action_approve()
        self.assertEqual(run.pending_user_ids, self.mayor)

    def test_without_four_eyes_the_author_may_decide(self):
        self._circuit(
            {"resolver": "user", "user_id": self.leader.id, "four_eyes": False}
        )
        run = self._reported().validation_id
        run.with_user(self.leader).action_approve()
        self.assertEqual(run.sudo().state, "approved")

    def test_service_roles_and_groups(self):
        self.service.director_id = self.direction
        group = self.env.ref(GROUP + "finance")
        group.user_ids = [Command.set(self.finance.ids)]
        self._circuit(
            {"resolver": "service_role"},
            {"resolver": "service_role", "service_role": "director"},
            {"resolver": "group", "group_id": group.id},
        )
        run = self._reported().validation_id.sudo()
        for user in (self.manager, self.direction, self.finance):
            self.assertEqual(run.pending_user_ids, user)
            run.with_user(user).action_approve()
        self.assertEqual(run.state, "approved")

    def test_people_of_another_intercommunality_are_not_asked(self):
        """A group is shared by the whole database; an approval is not."""
        elsewhere = self.env["res.company"].create({"name": "CC Elsewhere"})
        foreigner = new_test_user(
            self.env,
            "foreigner",
            GROUP + "direction",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        group = self.env.ref(GROUP + "direction")
        group.user_ids = [Command.set((foreigner | self.direction).ids)]
        self._circuit({"resolver": "group", "group_id": group.id})
        run = self._reported().validation_id.sudo()
        self.assertEqual(run.pending_user_ids, self.direction)
        self.assertFalse(
            self.env["intercommunal.validation"].with_user(foreigner).search([])
        )

    def test_archived_people_and_people_without_access_are_not_asked(self):
        for user in (self.nobody, self.agent):
            with self.subTest(user.login):
                circuit = self._circuit({"resolver": "user", "user_id": user.id})
                with self.assertRaisesRegex(UserError, "Nobody with access"):
                    self._reported()
                circuit.active = False
        circuit = self._circuit({"resolver": "user", "user_id": self.finance.id})
        self.finance.sudo().active = False
        with self.assertRaisesRegex(UserError, "Nobody with access"):
            self._reported()

    def test_who_is_archived_while_waiting_does_not_decide(self):
        self._circuit({"resolver": "user", "user_id": self.finance.id})
        run = self._reported().validation_id
        self.finance.sudo().active = False
        with self.assertRaises(AccessError):
            run.with_user(self.finance).action_approve()
        self.assertEqual(run.sudo().state, "open")

    def test_a_leader_of_another_team_asked_by_name_reads_and_decides(self):
        other = new_test_user(self.env, "leader2", GROUP + "leader")
        photo = {"kind": "after", "name": "After", "image": self._png()}
        draft = self._draft_report(photo_ids=[Command.create(photo)])
        report = draft.with_user(other)
        self.assertFalse(report.has_access("read"))
        self._circuit({"resolver": "user", "user_id": other.id})
        draft.action_send()
        self.assertTrue(report.has_access("read"))
        form = Form(report.validation_id)
        self.assertEqual(form.report_summary, "Joint replaced.")
        self.assertEqual(len(form.report_line_ids), 1)
        self.assertEqual(len(form.report_photo_ids), 1)
        report.validation_id.action_approve()
        self.assertEqual(report.state, "accepted")

    def test_an_official_of_another_commune_asked_by_name_reads_and_decides(self):
        """The intercommunality's vice-president is a portal user too."""
        photo = {"kind": "after", "name": "After", "image": self._png()}
        draft = self._draft_report(photo_ids=[Command.create(photo)])
        self._circuit({"resolver": "user", "user_id": self.stranger.id})
        other = self._reported(self._planned())
        draft.action_send()
        run = draft.validation_id.with_user(self.stranger)
        self.assertEqual(
            run.search([("is_waiting_for_me", "=", True)]), run | other.validation_id
        )
        self.assertTrue(run.report_photo_ids.has_access("read"))
        self.assertFalse(draft.request_id.with_user(self.stranger).has_access("read"))
        run.action_approve()
        self.assertEqual(draft.state, "accepted")

    def test_a_referent_who_left_reads_nothing_any_more(self):
        run = self._reported().validation_id.with_user(self.referent)
        run.action_annotate("I was there.")
        self._end_role_of(self.referent)
        self.env.invalidate_all()
        for records in (run, run.sudo().decision_ids, run.sudo().report_id):
            with self.subTest(records._name):
                self.assertFalse(records.with_user(self.referent).has_access("read"))


@tagged("post_install", "-at_install")
class TestRequestInApproval(ValidationCase):
    """What is asked does not change under the eyes of who agrees."""

    def _in_approval(self):
        self._circuit({"commune_role": "mayor"}, subject="request")
        request = self._submitted().with_user(self.manager)
        request.estimated_cost = 100
        request.action_accept()
        return request

    def test_nothing_changes_until_the_mayor_decides(self):
        request = self._in_approval()
        photo = {"request_id": request.id, "kind": "request", "name": "Later"}
        for attempt in (
            lambda: request.write({"estimated_cost": 9999}),
            lambda: request.write({"description": "And the roof."}),
            lambda: request.photo_ids.create({**photo, "image": self._png()}),
        ):
            with self._refused(UserError, "waiting for an agreement"):
                attempt()
        request.write({"priority": "2"})
        request.validation_ids.with_user(self.mayor).action_approve()
        self.assertEqual(request.state, "accepted")

    def test_what_was_agreed_on_stays_until_it_is_reconsidered(self):
        request = self._in_approval()
        request.validation_ids.with_user(self.mayor).action_approve()
        with self._refused(UserError, "agreed on as it is"):
            request.write({"estimated_cost": 9999})
        with self._refused(UserError, "Say what has to change"):
            request.action_reconsider(" ")
        with self._refused(AccessError, ""):
            request.with_user(self.requester).action_reconsider("Cheaper, please.")
        request.action_reconsider("The roof too.")
        self.assertEqual(request.state, "submitted")
        request.write({"estimated_cost": 250})
        request.action_accept()
        self.assertEqual(request.state, "approval")
        self.assertEqual(
            request.validation_ids.sorted("id").mapped("state"), ["approved", "open"]
        )

    def test_planned_work_is_not_reconsidered(self):
        request = self._in_approval()
        request.validation_ids.with_user(self.mayor).action_approve()
        request.action_schedule()
        request.intervention_ids.action_plan(self.team.id, MONDAY)
        with self._refused(UserError, "state|Work is planned"):
            request.action_reconsider("The roof too.")

    def test_a_question_frees_it_and_the_agreement_is_asked_again(self):
        request = self._in_approval()
        first = request.validation_ids
        request.action_ask_info("How many square metres?")
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(first.step_ids.state, "skipped")
        request.write({"estimated_cost": 250})
        request.with_user(self.requester).action_answer_info("Twenty.")
        request.action_accept()
        second = request.validation_ids - first
        self.assertEqual((second.state, second.amount), ("open", 250))
        with self.assertRaisesRegex(UserError, "has changed"):
            second.with_user(self.mayor).action_approve(first.content_hash)
        self.assertEqual(
            first.sudo()._verify_chain() + second.sudo()._verify_chain(), []
        )
