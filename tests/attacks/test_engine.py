"""Around the approvals: questions, réserves, stand-ins, revoking, arbitration, links."""

import re
from datetime import timedelta

from attack_world import DECISION, DELEGATION, QUESTION, RUN, SEAT, Attacks
from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.intercommunal_workflow.tests.test_validation import ValidationCase

RESERVE = "intercommunal.reserve"


class EngineCase(Attacks, ValidationCase):
    def _moved(self, run):
        return self.snapshot(
            run,
            run.subject_request_id,
            run.report_id,
            run.report_id.line_ids,
            run.step_ids,
            run.seat_ids,
            run.decision_ids,
            run.clarification_ids,
            run.reserve_ids,
            self.env[DELEGATION].sudo().search([]),
        )

    def run_case(self, user, run, attacks):
        self.log_in(user)
        for label, attack in attacks.items():
            before = self._moved(run)
            self.assert_refused(attack, f"{user.login}: {label}")
            self.assertEqual(self._moved(run), before, f"{user.login}: {label}")

    def act(self, run, action, *args, **kwargs):
        return lambda: self.rpc(RUN, action, run.ids, *args, **kwargs)


@tagged("post_install", "-at_install")
class TestEngine(EngineCase):
    def setUp(self):
        super().setUp()
        self.deputy = self._new_commune_user("deputy", self.commune, "deputy")

    # -------------------------------------------------------------- questions

    def test_a_question_is_answered_by_the_person_asked(self):
        run = self._reported().sudo().validation_id
        other = self._reported().sudo().validation_id
        self.log_in(self.referent)
        self.rpc(
            RUN,
            "action_ask_clarification",
            run.ids,
            "How long?",
            asked_user_id=self.leader.id,
        )
        self.env.invalidate_all()
        question = run.clarification_ids
        self.assertEqual(question.asked_user_id, self.leader)
        answer = (question.id, "Two hours.")
        people = self.requester | self.mayor | self.stranger | self.agent | self.nobody
        for user in people | self.finance | self.direction | self.admin:
            self.run_case(
                user,
                run,
                {
                    "answer": self.act(run, "action_answer_clarification", *answer),
                    "close": self.act(run, "action_close_clarification", question.id),
                    "write": lambda: self.rpc(
                        QUESTION, "write", question.ids, {"answer": "Forged"}
                    ),
                },
            )
        self.run_case(
            self.leader,
            run,
            {
                "through another run": self.act(
                    other, "action_answer_clarification", *answer
                ),
                "close": self.act(run, "action_close_clarification", question.id),
                "no words": self.act(
                    run, "action_answer_clarification", question.id, " "
                ),
                "as the link": self.act(
                    run, "action_answer_clarification", *answer, channel="link"
                ),
                "html as a photo": self.act(
                    run,
                    "action_answer_clarification",
                    *answer,
                    files=[{"name": "a.jpg", "content": "PGh0bWw+PC9odG1sPg=="}],
                ),
                "too many files": self.act(
                    run,
                    "action_answer_clarification",
                    *answer,
                    files=[{"name": "a.pdf", "content": "JVBERi0xLjQK"}] * 6,
                ),
                "approve while asked": self.act(
                    run, "action_approve", run.content_hash
                ),
            },
        )
        self.run_case(
            self.referent,
            run,
            {
                "answer one's own": self.act(
                    run, "action_answer_clarification", *answer
                ),
                "ask nobody": self.act(
                    run, "action_ask_clarification", "?", asked_user_id=self.nobody.id
                ),
                "ask another commune": self.act(
                    run, "action_ask_clarification", "?", asked_user_id=self.stranger.id
                ),
                "no date": self.act(
                    run, "action_ask_clarification", "?", date_due="2020-01-01"
                ),
                "photo of another": self.act(
                    run,
                    "action_ask_clarification",
                    "?",
                    anchor={"kind": "photo", "photo_id": 1},
                ),
                "line of another": self.act(
                    run,
                    "action_ask_clarification",
                    "?",
                    anchor={"kind": "line", "line_id": other.report_id.line_ids.id},
                ),
                "no hour": self.act(
                    run,
                    "action_ask_clarification",
                    "?",
                    anchor={"kind": "hour", "hour": "<script>"},
                ),
                "unknown place": self.act(
                    run, "action_ask_clarification", "?", anchor={"kind": "x"}
                ),
            },
        )

    def test_questions_do_not_flood(self):
        run = self._reported().sudo().validation_id
        self.log_in(self.referent)
        texts = [
            self.attempt(self.act(run, "action_ask_clarification", f"Question {n}"))
            for n in range(25)
        ]
        self.env.invalidate_all()
        self.assertLessEqual(len(run.clarification_ids), 20)
        self.assertTrue(texts[-1].startswith("refused"))

    # --------------------------------------------------------------- réserves

    def test_parts_of_lines_never_exceed_what_was_reported(self):
        run = self._reported().sudo().validation_id
        other = self._reported().sudo().validation_id
        line = run.report_id.line_ids
        part = {"line_id": line.id, "acceptance": "partial", "text": "Too long."}
        lines = {
            "negative": [{**part, "minutes_accepted": -60}],
            "more": [{**part, "minutes_accepted": 600}],
            "all": [{**part, "minutes_accepted": 120}],
            "nothing": [{**part, "minutes_accepted": 0}],
            "not a number": [{**part, "minutes_accepted": "nan"}],
            "endless": [{**part, "minutes_accepted": "inf"}],
            "words": [{**part, "minutes_accepted": "many"}],
            "a list": [{**part, "minutes_accepted": [1]}],
            "no text": [{**part, "minutes_accepted": 60, "text": " "}],
            "twice": [{**part, "minutes_accepted": 60}] * 2,
            "another's line": [
                {**part, "minutes_accepted": 60, "line_id": other.report_id.line_ids.id}
            ],
            "no line": [{**part, "minutes_accepted": 60, "line_id": None}],
            "no such part": [{**part, "acceptance": "free"}],
            "no dict": ["x"],
            "no list": "x",
            "another's photo": [{**part, "minutes_accepted": 60, "photo_id": 1}],
        }
        self.run_case(
            self.referent,
            run,
            {
                label: self.act(run, "action_approve_reserves", value)
                for label, value in lines.items()
            },
        )

    def test_reserves_are_lifted_by_nobody_by_hand(self):
        run = self._reported().sudo().validation_id
        line = run.report_id.line_ids
        self.log_in(self.referent)
        self.rpc(
            RUN,
            "action_approve_reserves",
            run.ids,
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 60,
                    "text": "The joint leaks.",
                }
            ],
        )
        self.env.invalidate_all()
        reserve = run.reserve_ids
        self.assertEqual(reserve.state, "open")
        for user in (self.manager, self.leader, self.referent, self.admin):
            self.run_case(
                user,
                run,
                {
                    "lift": lambda: self.rpc(
                        RESERVE, "write", reserve.ids, {"state": "lifted"}
                    ),
                    "drop": lambda: self.rpc(RESERVE, "unlink", reserve.ids),
                    "shrink": lambda: self.rpc(
                        RESERVE, "write", reserve.ids, {"minutes": 0}
                    ),
                    "job": lambda: self.rpc(
                        "intercommunal.intervention",
                        "write",
                        reserve.intervention_id.ids,
                        {"reserve_id": False},
                    ),
                    "line": lambda: self.rpc(
                        "intercommunal.report.line",
                        "write",
                        line.ids,
                        {"minutes_accepted": 120, "minutes_reserved": 0},
                    ),
                },
            )

    # --------------------------------------------------------------- stand-ins

    def _get_delegation(self, user, delegate, **vals):
        today = fields.Date.today()
        return {
            "user_id": user.id,
            "delegate_id": delegate.id,
            "date_from": str(today),
            "date_to": str(today + timedelta(days=5)),
            **vals,
        }

    def test_nobody_gives_a_voice_that_is_not_theirs(self):
        run = self._reported().sudo().validation_id
        new = self._get_delegation
        later = str(fields.Date.today() + timedelta(days=900))
        past = str(fields.Date.today() - timedelta(days=9))
        for user, voices in {
            self.requester: {
                "the referent's to oneself": new(self.referent, self.requester),
                "one's own to a stranger": new(self.requester, self.stranger),
                "to oneself": new(self.requester, self.requester),
                "to the leader who wrote it": new(self.requester, self.leader),
            },
            self.referent: {
                "to the author": new(self.referent, self.leader),
                "to the manager": new(self.referent, self.manager),
                "to another commune": new(self.referent, self.stranger),
                "to nobody": {**new(self.referent, self.mayor), "delegate_id": False},
                "for ever": new(self.referent, self.deputy, date_to=later),
                "backwards": new(self.referent, self.deputy, date_to=past),
                "in the past": new(
                    self.referent, self.deputy, date_from=past, date_to=past
                ),
                "of a file": new(self.referent, self.deputy, validation_id=run.id),
                "revoked already": new(
                    self.referent, self.deputy, revoked_at="2020-01-01 00:00:00"
                ),
                "for the mayor": new(self.mayor, self.referent),
            },
            self.stranger: {"the referent's": new(self.referent, self.stranger)},
            self.manager: {"the referent's": new(self.referent, self.manager)},
            self.nobody: {"one's own": new(self.nobody, self.manager)},
        }.items():
            self.run_case(
                user,
                run,
                {
                    label: lambda v=vals: self.rpc(DELEGATION, "create", v)
                    for label, vals in voices.items()
                },
            )

    def test_the_refusal_of_a_delegation_names_nobody(self):
        self.stranger.name = "Zzqx Secret"
        self.log_in(self.requester)
        text = self.assert_refused(
            lambda: self.rpc(
                DELEGATION,
                "create",
                self._get_delegation(self.requester, self.stranger),
            ),
            "named",
        )
        self.assertNotIn("Zzqx", text)

    def test_a_delegation_is_not_changed_and_not_chained(self):
        self.log_in(self.referent)
        self.rpc(DELEGATION, "create", self._get_delegation(self.referent, self.deputy))
        self.env.invalidate_all()
        delegation = self.env[DELEGATION].sudo().search([], limit=1)
        run = self._reported().sudo().validation_id
        self.assertIn(self.deputy, run.pending_user_ids)
        attacks = {
            "longer": lambda: self.rpc(
                DELEGATION, "write", delegation.ids, {"date_to": "2030-01-01"}
            ),
            "to another": lambda: self.rpc(
                DELEGATION, "write", delegation.ids, {"delegate_id": self.mayor.id}
            ),
            "of another": lambda: self.rpc(
                DELEGATION, "write", delegation.ids, {"user_id": self.mayor.id}
            ),
            "dearer": lambda: self.rpc(
                DELEGATION, "write", delegation.ids, {"amount_max": 0}
            ),
            "erased": lambda: self.rpc(DELEGATION, "unlink", delegation.ids),
            "copied": lambda: self.rpc(
                DELEGATION, "copy", delegation.ids, {"user_id": self.mayor.id}
            ),
        }
        self.run_case(self.referent, run, attacks)
        self.run_case(
            self.deputy,
            run,
            {
                **attacks,
                "revoked by the stand-in": lambda: self.rpc(
                    DELEGATION, "action_revoke", delegation.ids
                ),
                "chained": self.act(run, "action_delegate", self.mayor.id),
                "chained to oneself": self.act(run, "action_delegate", self.deputy.id),
            },
        )
        # a stand-in's own delegation does not carry the principal's voice on
        self.rpc(DELEGATION, "create", self._get_delegation(self.deputy, self.mayor))
        self.env.invalidate_all()
        self.assertNotIn(self.mayor, run.pending_user_ids)
        later = self._reported().sudo().validation_id
        self.assertNotIn(self.mayor, later.pending_user_ids)

    def test_delegating_defeats_no_four_eyes_and_no_quorum(self):
        """Two voices are asked: one person with two hats gives one."""
        self._new_commune_user("second", self.commune, "referent")
        self._circuit({"quorum": 2}, {"commune_role": "mayor"})
        self.env[DELEGATION].with_user(self.referent).create(
            self._get_delegation(self.referent, self.mayor)
        )
        run = self._reported().sudo().validation_id
        second = run.pending_user_ids.filtered(lambda user: user.login == "second")
        self.log_in(second)
        self.rpc(DELEGATION, "create", self._get_delegation(second, self.mayor))
        self.env.invalidate_all()
        # the mayor holds both voices of the first step now
        self.log_in(self.mayor)
        for _again in range(4):
            self.attempt(self.act(run, "action_approve", run.content_hash))
        self.env.invalidate_all()
        self.assertEqual(run.state, "open")
        first = run.step_ids.sorted("sequence")[0]
        self.assertNotEqual(first.state, "approved")

    def test_an_author_is_never_made_a_decider(self):
        """A requester who is asked before work, by way of somebody's absence."""
        self._circuit({"commune_role": "referent"}, subject="request")
        request = self._submitted()
        request.with_user(self.manager).action_accept()
        run = request.sudo().validation_ids
        self.run_case(
            self.referent,
            run,
            {
                "to the author": self.act(run, "action_delegate", self.requester.id),
                "to oneself": self.act(run, "action_delegate", self.referent.id),
                "to a stranger": self.act(run, "action_delegate", self.stranger.id),
                "to the service": self.act(run, "action_delegate", self.manager.id),
                "to nobody": self.act(run, "action_delegate", 999999),
                "in the past": self.act(
                    run, "action_delegate", self.deputy.id, date_to="2020-01-01"
                ),
            },
        )
        self.env[DELEGATION].with_user(self.referent).create(
            self._get_delegation(self.referent, self.requester)
        )
        self.env.invalidate_all()
        self.assertNotIn(self.requester, run.pending_user_ids)
        self.run_case(
            self.requester,
            run,
            {"approve": self.act(run, "action_approve", run.content_hash)},
        )

    def test_an_answer_changed_behind_the_approval_stops_it(self):
        self.type.properties_definition = [
            {"name": "doors", "string": "Doors", "type": "integer"}
        ]
        self._circuit({"commune_role": "referent"}, subject="request")
        request = self._submitted(properties={"doors": 2})
        request.with_user(self.manager).action_accept()
        run = request.sudo().validation_ids
        self.assertIn("doors", run.sudo().content)
        self.run_case(
            self.manager,
            run,
            {
                "by the service": lambda: self.rpc(
                    "intercommunal.request",
                    "write",
                    request.ids,
                    {"properties": {"doors": 20}},
                )
            },
        )
        request._write_guarded({"properties": {"doors": 20}})
        self.run_case(
            self.referent,
            run,
            {"approve": self.act(run, "action_approve", run.content_hash)},
        )

    # ------------------------------------------------- revoke, restart, arbiter

    def test_only_one_s_own_fresh_decision_is_revoked(self):
        run = self._reported().sudo().validation_id
        self.log_in(self.referent)
        self.rpc(RUN, "action_approve", run.ids, run.content_hash)
        self.env.invalidate_all()
        revoke = {
            "revoke": self.act(run, "action_revoke"),
            "by a flag": self.act(
                run, "action_revoke", context={"intercommunal_guard": True, "uid": 1}
            ),
        }
        others = self.requester | self.mayor | self.stranger | self.manager
        for user in others | self.leader | self.admin:
            self.run_case(user, run, revoke)
        # later.decided_at is the server's: eleven minutes on, it is too late
        with freeze_time(fields.Datetime.now() + timedelta(minutes=11)):
            self.run_case(self.referent, run, revoke)

    def test_only_the_service_starts_over_and_with_a_reason(self):
        run = self._reported().sudo().validation_id
        restart = {"restart": self.act(run, "action_restart", "Again.")}
        for user in (
            self.referent,
            self.mayor,
            self.leader,
            self.stranger,
            self.finance,
            self.direction,
        ):
            self.run_case(user, run, restart)
        self.run_case(
            self.manager,
            run,
            {
                "no reason": self.act(run, "action_restart", " "),
                "no reason at all": self.act(run, "action_restart"),
            },
        )
        self.rpc(RUN, "action_restart", run.ids, "Wrong circuit.")
        self.env.invalidate_all()
        self.assertEqual(run.state, "cancelled")
        self.run_case(self.manager, run, restart)
        self.run_case(
            self.referent,
            run,
            {"the old run": self.act(run, "action_approve", run.content_hash)},
        )

    def test_nobody_arbitrates_without_being_asked(self):
        self._circuit(
            {},
            {
                "is_arbitration": True,
                "resolver": "service_role",
                "service_role": "manager",
            },
        )
        run = self._reported().sudo().validation_id
        settle = {
            outcome: self.act(run, "action_arbitrate", outcome, "Enough.")
            for outcome in ("approve", "rework", "refuse", "cancel", "", None)
        }
        for user in (self.referent, self.manager, self.leader, self.direction):
            self.run_case(user, run, settle)
        self.log_in(self.referent)
        self.rpc(RUN, "action_refuse", run.ids, "Not done.")
        self.env.invalidate_all()
        self.assertEqual(run.state, "open")
        for user in (self.referent, self.leader, self.mayor, self.direction):
            self.run_case(user, run, settle)

    # ---------------------------------------------------------- forged contexts

    def test_no_context_makes_a_link_of_a_screen(self):
        run = self._reported().sudo().validation_id
        for label, value in {
            "text": "link",
            "dict": {"value": "link"},
            "list": ["link"],
            "true": True,
        }.items():
            self.log_in(self.referent)
            self.rpc(
                RUN,
                "action_annotate",
                run.ids,
                f"By {label}",
                context={"intercommunal_channel": value, "intercommunal_guard": value},
            )
        self.env.invalidate_all()
        self.assertEqual(set(run.decision_ids.mapped("channel")), {"portal"})
        self.run_case(
            self.referent,
            run,
            {
                "link": self.act(run, "action_approve", channel="link"),
                "system": self.act(run, "action_approve", channel="system"),
                "from channel": self.act(run, "_from_channel", "link"),
                "seat's token": lambda: self.rpc(
                    SEAT, "_get_link_token", run.seat_ids.ids
                ),
                "seat by token": lambda: self.rpc(SEAT, "_find_by_token", "x"),
                "nonce": lambda: self.rpc(
                    SEAT, "write", run.seat_ids.ids, {"link_nonce": 0}
                ),
            },
        )

    def test_the_clock_is_the_server_s(self):
        run = self._reported().sudo().validation_id
        for key in ("date_due", "opened_at", "closed_at", "remaining_days"):
            self.run_case(
                self.referent,
                run,
                {
                    key: lambda k=key: self.rpc(
                        "intercommunal.validation.step",
                        "write",
                        run.step_ids.ids,
                        {k: "2020-01-01"},
                    )
                },
            )
        for method in (
            "_cron_follow_up",
            "_cron_follow_dates",
            "_notify_holders",
            "_conclude_approval",
            "_get_tacit_ceiling",
        ):
            self.run_case(
                self.manager, run, {method: lambda m=method: self.rpc(RUN, m)}
            )

    def test_marks_and_remarks_are_bounded(self):
        report = self._draft_report()
        report.photo_ids = [Command.create({"image": self._png()})]
        report.action_send()
        run, photo = report.sudo().validation_id, report.photo_ids
        point = {"kind": "pen", "points": [[0.5, 0.5]]}
        marks = {
            "too many": [point] * 51,
            "too long": [{"kind": "pen", "points": [[0.1, 0.1]] * 201}],
            "script": [{"kind": "<script>", "points": [[0, 0]]}],
            "words": [{"kind": "pen", "points": [["a", "b"]]}],
            "not numbers": [{"kind": "pen", "points": [["nan", 0]]}],
            "no points": [{"kind": "pen", "points": []}],
            "no list": "pen",
            "three": [{"kind": "pen", "points": [[0, 0, 0]]}],
        }
        self.run_case(
            self.referent,
            run,
            {
                label: self.act(run, "action_annotate", photo_id=photo.id, marks=value)
                for label, value in marks.items()
            }
            | {
                "another's photo": self.act(
                    run, "action_annotate", photo_id=photo.id + 999, marks=[point]
                ),
                "endless words": self.act(run, "action_annotate", "x" * 200_000),
                "endless reason": self.act(run, "action_refuse", "x" * 200_000),
                "endless comment": self.act(
                    run, "action_approve", run.content_hash, "x" * 200_000
                ),
            },
        )


@tagged("post_install", "-at_install")
class TestLinks(EngineCase):
    """The link of an e-mail is a key for one person, one content, once."""

    def setUp(self):
        super().setUp()
        # before the run opens
        self.run_record = self._reported().sudo().validation_id
        self.seat = self.run_record.seat_ids
        self.env.flush_all()
        self.token = self.seat._get_link_token()

    def _open(self, token, **data):
        """A GET, or a POST of the page's form when there is ``data``."""
        path = f"/intercommunal/decide/{token}"
        answer = {}
        if not data:
            self.attempt(lambda: answer.setdefault("it", self.url_open(path)))
            return answer["it"]
        page = self.url_open(f"/intercommunal/decide/{self.live}")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        data["csrf_token"] = found.group(1)
        data.setdefault("content_hash", self.run_record.content_hash)
        self.attempt(lambda: answer.setdefault("it", self.url_open(path, data=data)))
        return answer["it"]

    @property
    def live(self):
        return self.token

    def test_reading_a_link_a_hundred_times_decides_nothing(self):
        before = self._moved(self.run_record)
        for number in range(100):
            suffix = ("", "?decision=approve", "?decision=refuse&text=No")[number % 3]
            answer = self._open(f"{self.token}{suffix}")
            self.assertEqual(answer.status_code, 200)
        self.assertEqual(self._moved(self.run_record), before)

    def test_forged_links_are_not_found(self):
        before = self._moved(self.run_record)
        half = len(self.token) // 2
        other = self._reported().sudo().validation_id.seat_ids._get_link_token()
        for token in (
            "x",
            self.token[:-1],
            self.token + "A",
            self.token[:half] + other[half:],
            self.token.swapcase(),
            "A" * 400,
            "A" * 5000,
            "%00",
            "é" * 50,
            "1",
            "0" * 64,
            "-" * 90,
        ):
            answer = self._open(token)
            self.assertIn(answer.status_code, (404, 414), token[:40])
            self.assertNotIn("Leak in the school", answer.text)
            posted = self._open(token, decision="approve")
            self.assertIn(posted.status_code, (404, 414), token[:40])
        self.assertEqual(self._moved(self.run_record), before)

    def test_a_link_without_the_page_s_token_decides_nothing(self):
        before = self._moved(self.run_record)
        for data in (
            {"decision": "approve"},
            {"decision": "approve", "csrf_token": "x" * 60},
        ):
            answer = self.url_open(f"/intercommunal/decide/{self.token}", data=data)
            self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._moved(self.run_record), before)

    def test_a_link_decides_only_what_the_page_offers(self):
        before = self._moved(self.run_record)
        for decision in (
            "arbitrate",
            "delegate",
            "revoke",
            "restart",
            "withdraw",
            "tacit",
            "unlink",
            "__class__",
            "",
        ):
            answer = self._open(self.token, decision=decision)
            self.assertEqual(answer.status_code, 404, decision)
        for data in (
            {"decision": "approve", "content_hash": "0" * 64},
            {"decision": "approve", "content_hash": ""},
            {"decision": "refuse", "text": " "},
            {"decision": "rework", "text": ""},
        ):
            self._open(self.token, **data)
        self.assertEqual(self._moved(self.run_record), before)

    def test_a_replayed_link_is_over(self):
        page = self._open(self.token, decision="approve")
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        run = self.run_record
        self.assertEqual(run.state, "approved")
        self.assertEqual(run.decision_ids.channel, "link")
        self.assertEqual(run.decision_ids.user_id, self.referent)
        before = self._moved(run)
        # the form of another live link, with this address
        self.token, used = (
            self._reported().sudo().validation_id.seat_ids._get_link_token(),
            self.token,
        )
        for data in (
            {},
            {"decision": "refuse", "text": "No."},
            {"decision": "approve"},
        ):
            answer = self._open(used, **data)
            self.assertEqual(answer.status_code, 410)
            self.assertNotIn("Leak in the school", answer.text)
        self.assertEqual(self._moved(run), before)

    def test_links_of_ended_roles_old_versions_and_old_days_are_over(self):
        run, other = self.run_record, self._reported().sudo().validation_id
        self.token, dead = other.seat_ids._get_link_token(), self.token
        with freeze_time(fields.Datetime.now() + timedelta(days=40)):
            self.assertIn(self._open(dead).status_code, (404, 410))
        report = run.report_id.with_user(self.leader)
        report.action_recall()
        self.env.flush_all()
        before = self._moved(run)
        for data in ({}, {"decision": "approve"}):
            answer = self._open(dead, **data)
            self.assertEqual(answer.status_code, 410)
            self.assertNotIn("Leak in the school", answer.text)
        self.assertEqual(self._moved(run), before)
        third = self._reported().sudo().validation_id
        dead = third.seat_ids._get_link_token()
        before = self._moved(third)
        page = self.url_open(f"/intercommunal/decide/{self.token}")
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        self._end_role(self.referent)
        self.env.flush_all()
        answer = self.url_open(
            f"/intercommunal/decide/{dead}",
            data={
                "csrf_token": found,
                "decision": "approve",
                "content_hash": third.content_hash,
            },
        )
        self.assertEqual(answer.status_code, 410)
        self.assertEqual(self._moved(third), before)

    def test_a_link_opens_no_other_photo_and_no_other_page(self):
        report = self._draft_report()
        report.photo_ids = [Command.create({"image": self._png()})]
        report.action_send()
        photo = report.photo_ids
        for path in (
            f"/intercommunal/decide/{self.token}/photo/{photo.id}",
            f"/intercommunal/decide/x/photo/{photo.id}",
            f"/intercommunal/decide/{self.token}/photo/0",
        ):
            answer = {}
            self.attempt(lambda p=path, a=answer: a.setdefault("it", self.url_open(p)))
            self.assertEqual(answer["it"].status_code, 404, path)
        # the key of one page is no session
        self._open(self.token)
        for path in (
            f"/my/validations/{self.run_record.id}",
            f"/my/requests/{self.run_record.subject_request_id.id}",
        ):
            page = self.url_open(path)
            self.assertNotIn("Leak in the school", page.text)
        self.assertTrue(self.env[DECISION].sudo().search_count([]) >= 0)

    def test_a_dear_file_asks_for_a_login(self):
        company = self.run_record.company_id
        company.intercommunal_link_ceiling = -1
        self.env.flush_all()
        before = self._moved(self.run_record)
        answer = self.url_open(
            f"/intercommunal/decide/{self.token}", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])
        self.assertEqual(self._moved(self.run_record), before)
