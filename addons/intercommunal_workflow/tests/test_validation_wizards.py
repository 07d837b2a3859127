import base64
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_validation_office import OfficeCase

WIZARD = "intercommunal.validation."


class WizardCase(OfficeCase):
    """The windows of the form of an approval, as its reader fills them in."""

    def _window(self, name, run, user=None, **defaults):
        context = {
            "active_id": run.id,
            "active_model": "intercommunal.validation",
            **{f"default_{key}": value for key, value in defaults.items()},
        }
        model = self.env[WIZARD + name].with_user(user or self.manager)
        return Form(model.with_context(**context))

    def _decisions(self, run):
        return run.sudo().decision_ids.sorted("id")


@tagged("post_install", "-at_install")
class TestDecideWindow(WizardCase):
    """Approve, send back, refuse, annotate, start again."""

    def test_sends_back_a_line_and_a_photo(self):
        run = self._runs(1, photos=2)
        report = run.report_id.sudo()
        form = self._window(
            "decide", run, kind="rework", photo_id=report.photo_ids[1].id
        )
        form.comment = "Not tight."
        form.line_id = report.line_ids
        form.save().action_confirm()
        self.assertEqual(run.state, "rework")
        details = self._decisions(run)._get_details()
        self.assertEqual(details["line"], report.line_ids.id)
        self.assertEqual(details["photo"], report.photo_ids[1].uuid)
        event = run.history[0]
        self.assertEqual((event["kind"], event["words"]), ("rework", "Not tight."))
        [picture] = event["pictures"]
        self.assertEqual(picture["photo"]["id"], report.photo_ids[1].id)
        self.assertIn("2 h 00", event["details"][0])

    def test_a_window_opened_before_a_change_does_not_decide(self):
        run = self._runs(1)
        form = self._window("decide", run, kind="approve")
        wizard = form.save()
        self.env.cr.execute(
            "UPDATE intercommunal_report SET summary = 'Forged.' WHERE id = %s",
            [run.report_id.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "has changed"):
            wizard.action_confirm()

    def test_confirming_twice_decides_once(self):
        run = self._runs(1)
        wizard = self._window("decide", run, kind="approve").save()
        wizard.action_confirm()
        wizard.action_confirm()
        self.assertEqual(len(self._decisions(run)), 1)

    def test_marks_are_seen_on_the_photo_by_the_team_and_the_commune(self):
        run = self._runs(1, photos=2)
        photo, other = run.report_id.photo_ids
        mark = {"kind": "arrow", "points": [[0.1, 0.2], [0.3, 0.4]]}
        form = self._window("decide", run, kind="annotate", photo_id=photo.id)
        form.comment = "Here."
        wizard = form.save()
        # the client draws them
        wizard.marks = [mark]
        wizard.action_confirm()
        for user in (self.manager, self.leader, self.referent):
            with self.subTest(user.login):
                [seen] = photo.with_user(user).marks
                self.assertEqual(seen["points"], mark["points"])
                self.assertEqual(seen["text"], "Here.")
                self.assertFalse(other.with_user(user).marks)
        self.assertEqual(run.history[0]["pictures"][0]["marks"], [mark])

    def test_marks_take_the_same_queries_however_many_photos(self):
        def read_marks(photos):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            photos.browse(photos.ids).mapped("marks")
            return self.env.cr.sql_log_count - before

        photos = self._runs(1, photos=2).report_id.photo_ids
        more = self._runs(4, photos=3).report_id.photo_ids
        for photo in photos | more:
            run = photo.report_id.validation_id.with_user(self.manager)
            run.action_annotate(
                "Look.",
                photo_id=photo.id,
                marks=[{"kind": "rect", "points": [[0, 0], [1, 1]]}],
            )
        read_marks(photos)
        self.assertLessEqual(read_marks(more), read_marks(photos))
        self.assertTrue(all(more.mapped("marks")))

    def test_starts_again_under_todays_circuit(self):
        run = self._runs(1)
        form = self._window("decide", run, kind="restart")
        form.comment = "The rule has changed."
        action = form.save().action_confirm()
        self.assertEqual(run.state, "cancelled")
        again = run.browse(action["res_id"])
        self.assertTrue(again.can_decide)
        # the old one stays readable from the new one
        self.assertEqual(again.sibling_count, 1)
        self.assertEqual(run.search(again.action_open_siblings()["domain"]), run)

    def test_settles_after_a_refusal_but_never_in_a_heap(self):
        self.service.director_id = self.direction
        self._circuit(
            {"resolver": "service_role", "service_role": "manager"},
            {
                "name": "Settle",
                "sequence": 99,
                "is_arbitration": True,
                "resolver": "service_role",
                "service_role": "director",
            },
            sequence=0,
        )
        run = self._runs(1)
        form = self._window("decide", run, kind="refuse")
        form.comment = "Not what we asked."
        form.save().action_confirm()
        arbiter = run.with_user(self.direction)
        self.assertTrue(arbiter.is_arbitration)
        self.assertTrue(arbiter.can_decide)
        heap = self.env["intercommunal.validation.approve"].with_user(self.direction)
        heap = heap.browse(arbiter.action_open_approve()["res_id"])
        self.assertIn("arbitration", heap.line_ids.problem)
        heap.action_confirm()
        self.assertEqual(run.state, "open")

        form = self._window("decide", run, self.direction, kind="arbitrate")
        form.outcome = "approve"
        form.comment = "I went to see."
        form.save().action_confirm()
        self.assertEqual(run.state, "approved")
        self.assertEqual(run.history[0]["details"], ["Settled: approved"])


@tagged("post_install", "-at_install")
class TestPartWindow(WizardCase):
    """Line by line, with réserves."""

    def _sent(self):
        report = self._reported(
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 240}
                ),
                Command.create({"kind": "material", "name": "Slab", "quantity": 12}),
                Command.create({"kind": "material", "name": "Bolt", "quantity": 4}),
            ]
        )
        return report.validation_id.with_user(self.manager)

    def _open(self, run):
        action = run.action_open_reserves()
        self.assertEqual(action["target"], "new")
        return (
            self.env["intercommunal.validation.part"]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def test_accepts_refuses_and_reserves_parts(self):
        run = self._sent()
        wizard = self._open(run)
        self.assertTrue(wizard.has_quantity)
        self.assertFalse(wizard.has_photo)
        self.assertEqual(
            wizard.line_ids.mapped("reported_label"), ["4 h 00", "12", "4"]
        )
        with Form(wizard) as form:
            with form.line_ids.edit(0) as line:
                self.assertEqual(line.hours_accepted, 4)
                line.acceptance = "reserved"
                self.assertEqual(line.hours_accepted, 0)
                line.hours_accepted = 2.5
                line.text = "The edge is not sealed."
            with form.line_ids.edit(1) as line:
                line.acceptance = "partial"
                line.quantity_accepted = 10
                line.text = "Two are broken."
        wizard.action_confirm()
        self.assertEqual(run.state, "approved_reserves")
        labour, slabs, bolts = run.sudo().report_line_ids
        self.assertEqual(
            (labour.accepted_label, labour.reserved_label, labour.refused_label),
            ("2 h 30", "1 h 30", ""),
        )
        self.assertEqual(
            (slabs.accepted_label, slabs.reserved_label, slabs.refused_label),
            ("10", "", "2"),
        )
        self.assertEqual((bolts.accepted_label, bolts.refused_label), ("4", ""))
        self.assertEqual(labour.acceptance_label, "2 h 30 accepted, 1 h 30 reserved")
        sentences = run.history[0]["details"]
        self.assertIn("2 h 30 accepted, the rest to redo", sentences[0])
        self.assertIn("10 accepted, the rest refused", sentences[1])

    def test_the_team_reads_the_reserve_on_its_job(self):
        run = self._sent()
        wizard = self._open(run)
        wizard.line_ids[0].write(
            {"acceptance": "reserved", "hours_accepted": 3, "text": "Not sealed."}
        )
        wizard.action_confirm()
        reserve = run.sudo().reserve_ids
        job = reserve.intervention_id.with_user(self.leader)
        self.assertEqual(job.reserve_text, "Not sealed.")
        self.assertEqual((job.reserve_minutes, job.reserve_hours), (60, 1))
        self.assertEqual(job.reserve_line, reserve.report_line_id.name)
        self.assertEqual(
            run.sudo().report_id.with_user(self.leader).reserve_ids, reserve
        )

    def test_what_is_wrong_is_said_and_nothing_is_decided(self):
        run = self._sent()
        for vals, sentence in (
            ({}, "accepted whole"),
            ({"acceptance": "reserved", "hours_accepted": 2}, "why"),
            (
                {"acceptance": "partial", "hours_accepted": 5, "text": "x"},
                "less than the 4 h 00",
            ),
        ):
            with self.subTest(sentence), self._refused(UserError, f"(?i){sentence}"):
                wizard = self._open(run)
                wizard.line_ids[0].write(vals)
                wizard.action_confirm()
        self.assertEqual(run.state, "open")

    def test_only_who_is_asked_decides_with_this_window(self):
        run = self._sent()
        wizard = self._open(run)
        wizard.line_ids[0].write({"acceptance": "refused", "text": "Nothing was done."})
        with self.assertRaises(AccessError):
            wizard.with_user(self.leader).action_confirm()


@tagged("post_install", "-at_install")
class TestQuestionWindows(WizardCase):
    """Ask with a place on a photo, answer with files, go on without."""

    def _ask(self, run, **vals):
        form = self._window("ask", run)
        form.question = "What is this stain?"
        for name, value in vals.items():
            setattr(form, name, value)
        return form.save()

    def test_asks_the_sender_about_an_hour(self):
        run = self._runs(1)
        wizard = self._ask(run, anchor_kind="hour", hour=8.5)
        self.assertEqual(wizard.asked_user_id, self.leader)
        self.assertGreater(wizard.date_due, fields.Date.today())
        wizard.action_confirm()
        question = run.sudo().clarification_ids
        self.assertEqual(
            (question.asked_user_id, question.anchor_hour), (self.leader, "08:30")
        )
        self.assertEqual(run.step_ids.state, "clarification")
        self.assertIn("08:30", question.anchor_label)
        asker = {"available": True, "approvals": 0, "questions": 0}
        self.assertEqual(run.get_waiting_count(), asker)
        leader = run.with_user(self.leader)
        self.assertEqual(leader.get_waiting_count(), {**asker, "questions": 1})
        [row] = leader.get_waiting_summary()["question_rows"]
        self.assertEqual(row["question"], "What is this stain?")

    def test_asks_about_a_place_on_a_photo(self):
        run = self._runs(1, photos=1)
        photo = run.report_id.photo_ids
        wizard = self._ask(run, anchor_kind="photo")
        # the client draws it
        mark = {"kind": "rect", "points": [[0.5, 0.6], [0.2, 0.1]]}
        wizard.write({"photo_id": photo.id, "marks": [mark]})
        wizard.action_confirm()
        question = run.sudo().clarification_ids
        self.assertEqual(
            question.anchor_marks,
            [{"kind": "rect", "points": [[0.2, 0.1], [0.5, 0.6]]}],
        )
        [seen] = photo.with_user(self.leader).marks
        self.assertTrue(seen["is_question"])
        [picture] = run.history[0]["pictures"]
        self.assertEqual(picture["marks"], question.anchor_marks)

    def test_forged_marks_are_refused(self):
        run = self._runs(1, photos=1)
        photo = run.report_id.photo_ids
        for marks in ("x", [1], [{"points": [[0, 0]]}], [{"points": "ab"}], {"a": 1}):
            with self.subTest(str(marks)), self._refused(UserError, "read"):
                wizard = self._ask(run, anchor_kind="photo")
                wizard.write({"photo_id": photo.id, "marks": marks})
                wizard.action_confirm()

    def test_the_leader_answers_with_files(self):
        run = self._runs(1)
        self._ask(run).action_confirm()
        asked = run.with_user(self.leader)
        self.assertEqual(asked.my_question, "What is this stain?")
        # who asked does not answer, another manager may
        self.assertFalse(run.my_question_id)
        self.assertTrue(run.with_user(self.deputy_manager).my_question_id)
        files = (
            self.env["ir.attachment"]
            .with_user(self.leader)
            .create(
                [
                    {
                        "name": name,
                        "datas": content,
                        "res_model": "intercommunal.validation.answer",
                    }
                    for name, content in (
                        ("stain.png", self._png()),
                        ("note.pdf", base64.b64encode(b"%PDF-1.4 note")),
                    )
                ]
            )
        )
        form = self._window("answer", run, self.leader)
        self.assertEqual(form.question, "What is this stain?")
        form.answer = "An old leak."
        for file in files:
            form.attachment_ids.add(file)
        form.save().action_confirm()
        question = run.sudo().clarification_ids
        self.assertEqual(
            (question.state, question.answer), ("answered", "An old leak.")
        )
        self.assertEqual(
            sorted(question.attachment_ids.mapped("name")), ["note.pdf", "stain.jpg"]
        )
        self.assertFalse(files.exists())
        self.assertTrue(run.is_waiting_for_me)
        event = run.history[0]
        self.assertEqual((event["kind"], event["words"]), ("answer", "An old leak."))
        self.assertIn("What is this stain?", event["details"][0])
        self.assertEqual(
            [file["name"] for file in event["files"]],
            question.attachment_ids.mapped("name"),
        )

    def test_nobody_sends_the_files_of_somebody_else(self):
        run = self._runs(1)
        self._ask(run).action_confirm()
        secret = self.env["ir.attachment"].create(
            {"name": "secret.pdf", "raw": b"%PDF-1.4 secret", "public": True}
        )
        wizard = (
            self.env["intercommunal.validation.answer"]
            .with_user(self.leader)
            .create(
                {
                    "clarification_id": run.sudo().clarification_ids.id,
                    "answer": "See.",
                    "attachment_ids": [Command.link(secret.id)],
                }
            )
        )
        with self.assertRaisesRegex(UserError, "your own"):
            wizard.action_confirm()
        self.assertTrue(secret.exists())

    def test_who_asked_goes_on_without_an_answer(self):
        run = self._runs(1)
        self._ask(run).action_confirm()
        self.assertEqual(run.my_open_question_id, run.clarification_ids)
        self.assertTrue(run.clarification_ids.can_close)
        self.assertFalse(run.with_user(self.leader).clarification_ids.can_close)
        with self.assertRaises(AccessError):
            run.with_user(self.leader).clarification_ids.action_close()
        run.clarification_ids.action_close()
        self.assertEqual(run.clarification_ids.state, "closed")
        self.assertTrue(run.is_waiting_for_me)

    def test_a_late_question_is_said_to_be_late(self):
        run = self._runs(1)
        self._ask(run).action_confirm()
        question = run.clarification_ids
        self.assertEqual(question.lateness, "none")
        question._write_guarded({"date_due": fields.Date.today() - timedelta(days=1)})
        self.assertEqual(question.lateness, "late")


@tagged("post_install", "-at_install")
class TestDelegateWindow(WizardCase):
    """One file, handed to a colleague."""

    def test_a_colleague_decides_in_my_name(self):
        colleague = self.direction
        run = self._runs(1)
        form = self._window("delegate", run)
        self.assertIn(colleague, form.candidate_ids[:])
        self.assertNotIn(self.referent, form.candidate_ids[:])
        self.assertNotIn(self.manager, form.candidate_ids[:])
        form.delegate_id = colleague
        form.save().action_confirm()
        run.with_user(colleague).action_approve()
        decision = self._decisions(run)[-1]
        self.assertEqual(
            (decision.user_id, decision.on_behalf_of_id), (colleague, self.manager)
        )
        labels = [event["kind"] for event in run.history]
        self.assertEqual(labels, ["approve", "delegate", "open"])
        self.assertIn(colleague.name, run.history[1]["details"][0])
        self.assertEqual(run.history[0]["on_behalf"], self.manager.name)

    def test_one_gives_and_ends_a_delegation_on_its_form(self):
        run = self._runs(1)
        form = Form(self.env["intercommunal.delegation"].with_user(self.manager))
        form.delegate_id = self.direction
        form.date_to = fields.Date.today() + timedelta(days=14)
        form.note = "Holidays"
        delegation = form.save()
        self.assertEqual(delegation.user_id, self.manager)
        self.assertEqual(delegation.state, "current")
        stand_in = run.with_user(self.direction)
        self.assertTrue(stand_in.is_waiting_for_me)
        self.assertEqual(stand_in.get_waiting_count()["approvals"], 1)
        # the form of what is given is read only: it opens and ends it
        self.assertTrue(Form(delegation).can_revoke)
        delegation.action_revoke()
        stand_in.invalidate_recordset()
        self.assertFalse(stand_in.is_waiting_for_me)

    def test_the_administrator_stands_in_for_the_absent(self):
        form = Form(self.env["intercommunal.delegation"].with_user(self.admin))
        form.user_id = self.mayor
        self.assertIn(self.referent, form.candidate_ids[:])
        self.assertNotIn(self.stranger, form.candidate_ids[:])
        form.delegate_id = self.referent
        form.date_to = fields.Date.today() + timedelta(days=14)
        self.assertEqual(form.save().user_id, self.mayor)

    def test_officials_choose_among_their_commune(self):
        mayor, referent, stranger = self.mayor, self.referent, self.stranger
        candidates = self.mayor._get_delegation_candidates(self.company)
        self.assertIn(referent, candidates)
        self.assertFalse(candidates & (mayor | stranger | self.manager))


@tagged("post_install", "-at_install")
class TestVersions(WizardCase):
    """What changed since the version before, and why it came back."""

    def test_the_second_version_tells_what_differs(self):
        run = self._runs(1, photos=1)
        job = run.report_id.intervention_id
        self.assertFalse(run.changes)
        run.action_rework("The joint leaks.")
        again = self._draft_report(
            job,
            summary="Joint and tap replaced.",
            line_ids=[
                Command.clear(),
                Command.create(
                    {"kind": "labour", "agent_id": self.agent.id, "minutes": 150}
                ),
                Command.create({"kind": "material", "name": "Tap", "quantity": 1}),
            ],
        )
        again.action_send()
        second = again.validation_id.with_user(self.manager)
        changes = second.changes
        self.assertEqual(changes["version"], 1)
        self.assertEqual(changes["comment"], "The joint leaks.")
        rows = [(row["before"], row["after"]) for row in changes["rows"]]
        self.assertIn(("Joint replaced.", "Joint and tap replaced."), rows)
        self.assertIn(("2 h 00", "2 h 30"), rows)
        self.assertIn(("", "1"), rows)
        self.assertIn(("1 taken away", ""), rows)


@tagged("post_install", "-at_install")
class TestFormWindows(WizardCase):
    """From the approval to what it is about, and the description before the work."""

    def test_approval_before_work_shows_what_is_asked(self):
        self._circuit(
            {"resolver": "service_role", "service_role": "manager", "four_eyes": False},
            subject="request",
        )
        request = self._submitted()
        request.with_user(self.manager).action_accept()
        run = request.sudo().validation_ids.with_user(self.manager)
        self.assertEqual(run.request_description, "Water under the sink.")
        self.assertEqual(run.request_site_id, self.site)
        self.assertFalse(run.can_approve_reserves)
        self.assertEqual(run.action_open_request()["res_id"], request.id)
        self.assertEqual(run.action_open_subject()["res_id"], request.id)
        self.assertEqual(request.with_user(self.manager).validation_count, 1)

    def test_history_takes_the_same_queries_however_long(self):
        def read_history(run):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            events = run.history
            return self.env.cr.sql_log_count - before, len(events)

        short, long = self._runs(2, photos=1)
        for index in range(6):
            long.action_annotate(f"Remark {index}.")
        read_history(short)
        few, _count = read_history(short)
        many, count = read_history(long)
        self.assertEqual(count, 7)
        self.assertLessEqual(many, few + 3)

    def test_the_referent_contests_from_the_office(self):
        run = self._runs(1)
        run.action_approve()
        request = run.subject_request_id
        clerk = self._new_commune_user(
            "clerk",
            self.commune,
            "referent",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        self.assertTrue(request.with_user(clerk).can_contest)
        form = Form(
            self.env["intercommunal.request.contest"]
            .with_user(clerk)
            .with_context(active_id=request.id)
        )
        form.text = "It leaks again."
        form.save().action_confirm()
        self.assertEqual(request.sudo().state, "rework")

    def test_everybody_concerned_opens_every_form(self):
        """Whoever reads an approval reads all that its form shows."""
        clerk = self._new_commune_user(
            "clerk",
            self.commune,
            "referent",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        run = self._runs(1, photos=2)
        photo = run.report_id.photo_ids[0]
        run.action_annotate(
            "Here.",
            photo_id=photo.id,
            marks=[{"kind": "pen", "points": [[0, 0], [1, 1]]}],
        )
        run.action_ask_clarification("What is this?", self.leader.id)
        run.action_approve_reserves(
            [
                {
                    "line_id": run.report_id.line_ids.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 60,
                    "text": "Not sealed.",
                    "photo_id": photo.id,
                }
            ]
        )
        for user in (
            self.manager,
            self.leader,
            self.direction,
            self.finance,
            self.admin,
            clerk,
        ):
            for record in (
                run,
                run.clarification_ids,
                run.reserve_ids,
                run.report_id,
                run.report_id.intervention_id,
                run.reserve_ids.intervention_id,
                run.subject_request_id,
            ):
                with self.subTest(f"{user.login} {record._name}"):
                    self.env.invalidate_all()
                    seen = record.with_user(user)
                    if user == self.finance and not seen.has_access("read"):
                        continue  # work that goes on is none of finance's business
                    Form(seen)
        # who works on it reads the réserve without reading approvals
        job = run.reserve_ids.sudo().intervention_id
        job.agent_ids = self.agent
        self.env.invalidate_all()
        seen = Form(job.with_user(self.agent))
        self.assertEqual(seen.reserve_text, "Not sealed.")


@tagged("post_install", "-at_install")
class TestStrangerWindows(WizardCase):
    """A window says nothing of a file that its user can't read."""

    def test_officials_of_another_commune_are_not_listed(self):
        spy = self._new_commune_user(
            "spy",
            self.other_commune,
            "referent",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        model = self.env["intercommunal.delegation"]
        values = {"user_id": self.mayor.id}
        for user, seen in ((spy, False), (self.admin, True)):
            with self.subTest(user.login):
                delegation = model.with_user(user).new(values)
                found = self.referent in delegation.candidate_ids._origin
                self.assertEqual(found, seen)

    def test_windows_leak_nothing_of_another_commune(self):
        spy = self._new_commune_user(
            "spy",
            self.other_commune,
            "referent",
            "intercommunal_workflow.group_intercommunal_requester",
        )
        run = self._runs(1, photos=1)
        run.action_ask_clarification("A secret question?", self.leader.id)
        question = run.sudo().clarification_ids
        line = run.sudo().report_line_ids
        targets = (
            ("decide", {"validation_id": run.id}),
            ("ask", {"validation_id": run.id, "question": "x"}),
            ("delegate", {"validation_id": run.id, "delegate_id": spy.id}),
            ("answer", {"clarification_id": question.id, "answer": "x"}),
            (
                "part",
                {
                    "validation_id": run.id,
                    "line_ids": [Command.create({"line_id": line.id})],
                },
            ),
            ("approve", {"line_ids": [Command.create({"validation_id": run.id})]}),
        )
        for name, vals in targets:
            model = self.env[WIZARD + name].with_user(spy)
            spec = {field: {} for field in model._fields}
            with self.subTest(f"create {name}"), self._refused(AccessError, ""):
                model.create(vals).web_read(spec)
            with self.subTest(f"onchange {name}"), self._refused(AccessError, ""):
                model.onchange(vals, [], spec)
        # a window takes what it is about from the context, too
        for name, record in (
            ("decide", run),
            ("ask", run),
            ("delegate", run),
            ("answer", run),
            ("answer", question),
        ):
            model = self.env[WIZARD + name].with_user(spy)
            model = model.with_context(active_id=record.id, active_model=record._name)
            spec = {field: {} for field in model._fields}
            with (
                self.subTest(f"context {name} {record._name}"),
                self._refused(AccessError, ""),
            ):
                model.onchange({}, [], spec)
