from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..wizard.replay_facts import Facts, Replay, Rule
from .test_validation import MONDAY, ValidationCase, on_day


class TrialCase(ValidationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["intercommunal.circuit"].search([]).active = False

    @contextmanager
    def _nothing_changes(self):
        """Whatever happens inside, no row of a lasting table changes."""
        before = self._fingerprint()
        yield
        self.assertEqual(self._fingerprint(), before)

    def _fingerprint(self):
        self.env.flush_all()
        prints = {}
        for name, model in self.env.registry.items():
            lasting = model._auto and not model._transient and not model._abstract
            if lasting and name.startswith(("intercommunal.", "mail.", "res.", "bus")):
                [[digest]] = self.env.execute_query(
                    SQL(
                        "SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) FROM %s t",
                        SQL.identifier(model._table),
                    )
                )
                prints[name] = digest
        self.assertIn("intercommunal.validation.seat", prints)
        self.assertIn("mail.message", prints)
        return prints


@tagged("post_install", "-at_install")
class TestSimulator(TrialCase):
    """On a real case: who would be asked, and nothing happens."""

    def _simulate(self, case, circuit=None, user=None, **vals):
        kind = case._validation_subject_kind
        form = Form(
            self.env["intercommunal.circuit.simulation"].with_user(user or self.admin)
        )
        form.subject = kind
        if circuit:
            form.circuit_id = circuit
        setattr(form, f"{kind}_id", case)
        for name, value in vals.items():
            setattr(form, name, value)
        return " ".join(str(form.result).split())

    def test_says_who_would_be_asked_and_who_is_skipped(self):
        self._circuit({}, {"name": "Step of the mayor", "commune_role": "mayor"})
        circuit = self._circuit(
            {}, {"commune_role": "mayor", "amount_min": 500}, sequence=50
        )
        report = self._draft_report()
        with self._nothing_changes():
            used = self._simulate(report)
            tried = self._simulate(report, circuit)
            dear = self._simulate(report, circuit, amount=600)
        self.assertIn("Step of the mayor", used)
        self.assertIn(self.mayor.name, used)
        self.assertIn("“Circuit” comes before it", tried)
        self.assertIn("is below", tried)
        self.assertNotIn(self.mayor.name, tried)
        self.assertIn(self.mayor.name, dear)
        self.assertEqual(report.state, "draft")
        self.assertFalse(report.validation_id)

    def test_says_which_role_is_vacant_in_the_words_of_the_engine(self):
        circuit = self._circuit({}, {"commune_role": "dgs"})
        report = self._draft_report()
        with self._nothing_changes():
            result = self._simulate(report, circuit)
        with self._refused(UserError, "Head of administration") as _refusal:
            report.action_send()
        self.assertIn("“Head of administration” of Valbois is vacant", result)
        self.assertIn("could not be sent", result)

    def test_says_whom_four_eyes_exclude(self):
        """Also who would have decided alone at the step before."""
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.commune.id,
                "partner_id": self.referent.partner_id.id,
                "role": "mayor",
                "date_from": fields.Date.today(),
            }
        )
        circuit = self._circuit({}, {"commune_role": "mayor"})
        report = self._draft_report()
        result = self._simulate(report, circuit)
        self.assertIn(f"Excluded by four eyes: {self.referent.name}.", result)
        [_first, second] = circuit._try_on(report, 0)
        self.assertEqual([seat["user"] for seat in second["seats"]], [self.mayor])

    def test_names_who_stands_in(self):
        deputy = self._new_commune_user("deputy", self.commune, "deputy")
        deputy.name = "Odile Remplaçante"
        self.env["intercommunal.delegation"].with_user(self.referent).create(
            {
                "user_id": self.referent.id,
                "delegate_id": deputy.id,
                "date_from": fields.Date.today(),
                "date_to": fields.Date.today() + timedelta(5),
                "company_id": self.company.id,
            }
        )
        self._circuit({})
        self.assertIn("Odile Remplaçante", self._simulate(self._draft_report()))

    def test_a_report_is_found_by_what_was_asked_and_where(self):
        report = self._draft_report()
        reports = self.env["intercommunal.report"].with_user(self.admin)
        job = report.sudo().intervention_id
        for words in ("Leak in the", "Valbois", job.reference):
            found = [row[0] for row in reports.name_search(words, limit=None)]
            self.assertIn(report.id, found)
        self.assertFalse(reports.name_search("no such words"))

    def test_a_request_says_that_no_circuit_is_about_it(self):
        request = self._submitted().with_user(self.manager)
        request.estimated_cost = 700
        self.assertIn("No circuit", self._simulate(request, user=self.manager))
        self._circuit({"commune_role": "mayor", "amount_min": 700}, subject="request")
        result = self._simulate(request, user=self.manager)
        self.assertIn(self.mayor.name, result)

    def test_only_on_cases_that_one_may_read(self):
        simulations = self.env["intercommunal.circuit.simulation"]
        for user in (self.leader, self.agent, self.referent, self.finance):
            self.assertFalse(simulations.with_user(user).has_access("create"))
        other = self.service.copy({"name": "Elsewhere", "code": "ELS-T"})
        other.manager_ids = self.direction
        request = self._new_request(service_id=other.id, type_id=False)
        request.action_submit()
        self.assertFalse(request.with_user(self.manager).has_access("read"))
        for name in ("amount", "result"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                simulations.with_user(self.manager).create(
                    {"subject": "request", "request_id": request.id}
                ).read([name])

    def test_what_was_simulated_is_what_happens(self):
        circuit = self._circuit(
            {"resolver": "service_role"}, {}, {"commune_role": "mayor"}
        )
        report = self._draft_report()
        rows = circuit._try_on(report, 0)
        report.action_send()
        run = report.validation_id.sudo()
        for row in rows:
            expected = {seat["user"].id for seat in row["seats"]}
            self.assertEqual(set(run.pending_user_ids.ids), expected)
            run.with_user(run.pending_user_ids[0]).action_approve()
        self.assertEqual(run.state, "approved")


@tagged("post_install", "-at_install")
class TestReplay(TrialCase):
    """Past cases under the circuits of today, or under one on trial."""

    def _wizard(self, circuit=None, **vals):
        return (
            self.env["intercommunal.circuit.replay"]
            .with_user(self.admin)
            .create({"circuit_id": circuit.id if circuit else False, **vals})
        )

    def _replay(self, circuit=None, **vals):
        wizard = self._wizard(circuit, **vals)
        wizard.action_replay()
        return wizard

    def _approve(self, report, *users):
        for user in users:
            report.validation_id.with_user(user).action_approve()
        return report

    def _history(self):
        """A year in small: approved, sent back, redone, refused, still waiting."""
        circuit = self._circuit({}, {"commune_role": "mayor"})
        approved = self._approve(self._reported(), self.referent, self.mayor)
        redone = self._reported()
        redone.validation_id.with_user(self.referent).action_rework("The tap drips.")
        late = self._approve(self._reported(), self.referent)
        late.validation_id.with_user(self.mayor).action_rework("And the floor?")
        waiting = self._approve(self._reported(), self.referent)
        return circuit, approved | redone | late | waiting

    def test_the_present_circuit_gives_what_really_happened(self):
        circuit, reports = self._history()
        with self._nothing_changes():
            wizard = self._replay()
        rows = wizard.case_ids
        self.assertEqual(rows.report_id, reports)
        self.assertEqual(rows.circuit_id, circuit)
        self.assertFalse(wizard.different_count, rows.filtered("is_different"))
        self.assertFalse(wizard.blocked_count)
        self.assertEqual(
            wizard.real_vote_count,
            len(reports.validation_id.seat_ids.filtered("decision_id")),
        )
        for row in rows - rows[-1]:
            seats = row.report_id.sudo().validation_id.seat_ids.filtered("decision_id")
            self.assertEqual(
                sorted((v.step_id.id, v.user_id.id) for v in row.vote_ids),
                sorted(
                    (s.validation_step_id.circuit_step_id.id, s.user_id.id)
                    for s in seats
                ),
            )
            self.assertTrue(all(row.vote_ids.mapped("is_real")))
        # the one that waits would be decided by the mayor
        self.assertEqual(rows[-1].vote_ids.user_id, self.referent | self.mayor)

    def test_quorum_delegates_and_parallel_steps_are_replayed_as_they_were(self):
        second = self._new_commune_user("referent2", self.commune, "referent")
        third = self._new_commune_user("referent3", self.commune, "referent")
        deputy = self._new_commune_user("deputy", self.commune, "deputy")
        self.env["intercommunal.delegation"].with_user(self.mayor).create(
            {
                "user_id": self.mayor.id,
                "delegate_id": deputy.id,
                "date_from": fields.Date.today(),
                "date_to": fields.Date.today() + timedelta(5),
                "company_id": self.company.id,
            }
        )
        self._circuit(
            {"quorum": 2},
            {"commune_role": "mayor", "sequence": 10},
            {"resolver": "service_role"},
        )
        report = self._reported()
        self._approve(report, third, deputy, second, self.manager)
        self.assertEqual(report.state, "accepted")
        wizard = self._replay()
        self.assertFalse(wizard.different_count)
        votes = wizard.vote_ids
        self.assertEqual(votes.user_id, third | deputy | second | self.manager)
        self.assertEqual(votes.on_behalf_of_id, self.mayor)

    def test_arbitration_is_replayed_where_it_was(self):
        self.service.director_id = self.direction
        director = {"resolver": "service_role", "service_role": "director"}
        self._circuit(
            {}, {"commune_role": "mayor"}, {**director, "is_arbitration": True}
        )
        refused, approved, plain, redone = (self._reported() for _index in range(4))
        for report, outcome in ((refused, "refuse"), (approved, "approve")):
            report.validation_id.with_user(self.referent).action_refuse("Not this.")
            report.validation_id.with_user(self.direction).action_arbitrate(
                outcome, "I went to see."
            )
        self._approve(plain, self.referent, self.mayor)
        redone.validation_id.with_user(self.referent).action_rework("It leaks.")
        wizard = self._replay()
        self.assertFalse(wizard.different_count)
        self.assertEqual(
            [row.vote_ids.user_id for row in wizard.case_ids],
            [
                self.referent | self.direction,
                self.referent | self.direction,
                self.referent | self.mayor,
                self.referent,
            ],
        )

    def test_who_was_asked_when_it_was_late_or_vacant_is_replayed(self):
        self.service.director_id = self.direction
        late = {
            "escalation_resolver": "service_role",
            "escalation_service_role": "director",
            "delay_days": 5,
        }
        vacant = {
            **late,
            "commune_role": "dgs",
            "vacant_mode": "escalation",
            "four_eyes": False,
        }
        self._circuit(late, vacant)
        with freeze_time(MONDAY):
            report = self._reported()
        with freeze_time(on_day(9)):
            self.env["intercommunal.validation"]._cron_follow_up()
            self._approve(report, self.direction, self.direction)
        with freeze_time(on_day(9)):
            other = self._approve(self._reported(), self.referent, self.direction)
            wizard = self._replay(
                date_from=MONDAY.date() - timedelta(1), date_to=on_day(10).date()
            )
        self.assertEqual((report | other).mapped("state"), ["accepted"] * 2)
        self.assertEqual(wizard.case_ids.report_id, report | other)
        self.assertEqual((wizard.different_count, wizard.blocked_count), (0, 0))
        self.assertEqual(wizard.twice_count, 1)

    def test_roles_count_as_they_were_on_the_day(self):
        self._circuit({})
        report = self._approve(self._reported(), self.referent)
        with freeze_time(MONDAY):
            self.referent.sudo().intercommunal_role_ids.date_to = (
                fields.Date.today() - timedelta(1)
            )
            self.referent.sudo().active = False
            successor = self._new_commune_user("referent9", self.commune, "referent")
            later = self._approve(self._reported(), successor)
            wizard = self._replay(
                date_from=MONDAY.date() - timedelta(400), date_to=MONDAY.date()
            )
        self.assertEqual(wizard.case_ids.report_id, report | later)
        self.assertFalse(wizard.different_count)
        self.assertEqual(
            wizard.case_ids.mapped("vote_ids.user_id"), self.referent | successor
        )

    def test_a_circuit_on_trial_before_it_goes_live(self):
        _circuit, reports = self._history()
        trial = self._circuit(
            {"commune_role": "mayor"}, {"commune_role": "dgs"}, active=False, sequence=0
        )
        wizard = self._replay(trial)
        self.assertEqual(wizard.blocked_count, len(reports))
        self.assertEqual(set(wizard.case_ids.mapped("problem")), {"vacant"})
        self.assertEqual(wizard.case_ids.step_id, trial.step_ids[1])
        self.assertFalse(wizard.vote_ids)
        self._new_commune_user("dgs", self.commune, "dgs").sudo()
        self.env["intercommunal.commune.role"].search(
            [("role", "=", "dgs")]
        ).date_from = fields.Date.today() - timedelta(9)
        wizard.action_replay()
        self.assertFalse(wizard.blocked_count)
        self.assertEqual(wizard.different_count, 3)
        self.assertFalse(trial.active)

    def test_a_new_version_takes_the_place_of_the_one_before(self):
        circuit, _reports = self._history()
        action = circuit.with_user(self.admin).action_new_version()
        version = circuit.browse(action["res_id"])
        version.step_ids[1].unlink()
        for trial, deciders in (
            (version, self.referent),
            (circuit, self.referent | self.mayor),
        ):
            wizard = self._replay(trial)
            self.assertEqual(wizard.case_ids.circuit_id, trial)
            self.assertEqual(wizard.vote_ids.user_id, deciders)

    def test_thresholds_count_with_the_amount_of_then(self):
        circuit = self._circuit(
            {"commune_role": "mayor", "amount_min": 500}, subject="request"
        )
        requests = self.env["intercommunal.request"]
        for cost in (100, 500, 900):
            request = self._submitted().with_user(self.manager)
            request.estimated_cost = cost
            requests |= request
        cheap, *dear = requests
        circuit.active = False
        cheap.action_accept()
        circuit.active = True
        for request in dear:
            request.action_accept()
            request.validation_ids.with_user(self.mayor).action_approve()
        wizard = self._replay(subject="request")
        self.assertEqual(
            wizard.case_ids.mapped(lambda row: (row.amount, row.problem or "")),
            [(100, "no_step"), (500, ""), (900, "")],
        )
        self.assertEqual(wizard.vote_count, 2)
        # what was accepted at once would find nobody to decide
        self.assertEqual(wizard.case_ids.mapped("is_different"), [True, False, False])
        circuit.active = False
        wizard = self._replay(subject="request")
        self.assertEqual((wizard.blocked_count, wizard.vote_count), (0, 0))
        self.assertEqual(wizard.case_ids.mapped("is_different"), [False, True, True])

    def test_the_same_person_twice(self):
        self._circuit({})
        self._approve(self._reported(), self.referent)
        trial = self._circuit({}, {"four_eyes": False}, sequence=0)
        wizard = self._replay(trial)
        self.assertEqual(wizard.twice_count, 1)
        trial.step_ids[1].four_eyes = True
        wizard.action_replay()
        self.assertEqual((wizard.twice_count, wizard.blocked_count), (0, 1))

    def test_delays_come_from_real_decisions(self):
        with freeze_time(MONDAY):
            self._circuit({}, {"commune_role": "mayor"})
            first, second = self._reported(), self._reported()
        with freeze_time(MONDAY + timedelta(days=2)):
            self._approve(first, self.referent)
            self._approve(second, self.referent)
        with freeze_time(MONDAY + timedelta(days=5)):
            self._approve(first, self.mayor)
            self._approve(second, self.mayor)
            wizard = self._replay()
            self.assertEqual((wizard.days, wizard.real_days), (5, 5))
            alone = self._replay(self._circuit({"commune_role": "mayor"}, sequence=0))
            self.assertEqual((alone.days, alone.real_days), (3, 5))

    def test_candidates_are_those_of_the_engine(self):
        """Two ways to find people, one answer."""
        self.service.director_id = self.direction
        group = self.env.ref("intercommunal_workflow.group_intercommunal_direction")
        circuit = self._circuit(
            *({"commune_role": role} for role in ("requester", "referent", "mayor")),
            {"commune_role": "dgs"},
            {"resolver": "service_role", "service_role": "director"},
            {"resolver": "group", "group_id": group.id, "four_eyes": False},
            {"resolver": "user", "user_id": self.nobody.id},
            {"resolver": "user", "user_id": self.leader.id},
        )
        self._circuit({}, sequence=0)
        report = self._reported().sudo()
        run = report.validation_id.sudo()
        facts = Facts(report, self.company)
        [case] = facts.cases.values()
        for step in circuit.step_ids:
            rule = Rule(facts, step, report)
            self.assertEqual(
                sorted(rule.get_candidates(case, [])), sorted(step._resolve(run).ids)
            )
            self.assertEqual(rule.applies(case), step._applies(run))

    def test_more_cases_need_no_more_queries(self):
        circuit, reports = self._history()

        def count(subjects):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            facts = Facts(subjects.sudo(), self.company)
            Replay(facts, circuit).run()
            return self.env.cr.sql_log_count - start

        count(reports)
        few = count(reports[:2])
        self.assertLessEqual(count(reports), few + 1)
        self.assertLess(few, 60)

    def test_only_admins_replay_and_only_their_own_is_shown(self):
        self._history()
        for user in (self.manager, self.direction, self.leader, self.referent):
            model = self.env["intercommunal.circuit.replay"].with_user(user)
            self.assertFalse(model.has_access("create"))
        wizard = self._wizard(date_from="2001-01-01", date_to="2001-01-02")
        with self.assertRaisesRegex(UserError, "no case"):
            wizard.action_replay()
        wizard.write({"date_from": "2001-02-01"})
        with self.assertRaisesRegex(UserError, "ends before"):
            wizard.action_replay()

    def test_buttons_open_what_they_count(self):
        trial = self._history()[0].copy({"sequence": 0})
        trial.step_ids[1].write({"commune_role": "dgs", "amount_min": 0})
        wizard = self._replay(trial)
        for name, count in (
            ("action_cases", wizard.case_count),
            ("action_blocked", wizard.blocked_count),
            ("action_twice", wizard.twice_count),
            ("action_different", wizard.different_count),
            ("action_votes", wizard.vote_count),
        ):
            action = getattr(wizard, name)()
            rows = self.env[action["res_model"]].with_user(self.admin)
            self.assertEqual(len(rows.search(action["domain"])), count, name)
        self.assertTrue(wizard.blocked_count)
        row = wizard.case_ids[0]
        self.assertEqual(row.action_open_case()["res_id"], row.report_id.id)
        self.assertTrue(row.name)
