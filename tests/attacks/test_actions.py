"""Actions without right, in a wrong state, twice, too late, or behind the forms."""

import re
import threading

from attack_world import JOB, LINE, REPORT, REQUEST, RUN, Attacks

from odoo import Command, fields
from odoo.tests import JsonRpcException, tagged

FLAGS = {
    "intercommunal_guard": True,
    "intercommunal_channel": "link",
    "_intercommunal_guard": True,
    "install_mode": True,
    "import_file": True,
    "tracking_disable": True,
    "mail_notrack": True,
    "bypass_guard": True,
    "skip_validation_check": True,
    "force_company": 1,
    "uid": 1,
    "su": True,
    "sudo": True,
    "active_test": False,
    "no_validate": True,
}
# Routes that work without a token, and why.
NO_TOKEN = {
    # a page kept offline has no token; a header that only our script sets stands in
    "/intercommunal/api/photo/<string:report>/<string:photo>",
}


@tagged("post_install", "-at_install")
class TestActions(Attacks):
    def setUp(self):
        super().setUp()
        self.report = self._reported()
        self.request = self.report.sudo().request_id
        self.job = self.report.sudo().intervention_id
        self.validation = self.report.sudo().validation_id

    def _moved(self):
        return self.snapshot(
            self.request,
            self.job,
            self.report,
            self.report.sudo().line_ids,
            self.validation,
            self.validation.seat_ids,
            self.validation.step_ids,
            self.env["intercommunal.decision"].sudo().search([]),
            self.env["mail.mail"].sudo().search([]),
        )

    def run_case(self, user, attacks):
        """No attack moves anything, whatever it is answered."""
        self.log_in(user)
        before = self._moved()
        for label, attack in attacks.items():
            self.assert_refused(attack, f"{user.login}: {label}")
            self.assertEqual(self._moved(), before, f"{user.login}: {label}")

    # -------------------------------------------------------- mass assignment

    def _get_assignments(self, record, vals):
        model, ids = record._name, record.ids
        columns = [f"{name}/.id" if name.endswith("_id") else name for name in vals]
        defaults = {f"default_{name}": value for name, value in vals.items()}

        def load():
            row = [str(ids[0]), *(str(value) for value in vals.values())]
            answer = self.rpc(model, "load", [".id", *columns], [row])
            if not answer["ids"]:
                raise JsonRpcException(0, answer["messages"])

        return {
            "write": lambda: self.rpc(model, "write", ids, vals),
            "web_save": lambda: self.rpc(model, "web_save", ids, vals, {}),
            "web_save_multi": lambda: self.rpc(
                model, "web_save_multi", ids, [vals], {}
            ),
            "load": load,
            "flags": lambda: self.rpc(model, "write", ids, vals, context=FLAGS),
            "flags and defaults": lambda: self.rpc(
                model, "write", ids, vals, context={**FLAGS, **defaults}
            ),
            "setattr": lambda: self.rpc(model, "__setattr__", ids, "state", "x"),
            "update": lambda: self.rpc(model, "_write", ids, vals),
            "update_field": lambda: self.rpc(model, "_update_cache", ids, vals),
            "toggle": lambda: self.rpc(model, "_write_guarded", ids, vals),
            "transition": lambda: self.rpc(model, "_transition", ids, "validated"),
        }

    def test_states_costs_and_communes_are_assigned_by_nobody(self):
        other = self.other_commune.id
        targets = {
            self.request: (
                {"state": "validated"},
                {"commune_id": other},
                {"reference": "R1"},
                {"date_validated": "2020-01-01 00:00:00"},
                {"contest_count": 0, "state": "closed"},
                {"on_behalf": True},
                {"ball": "nobody"},
            ),
            self.job: ({"state": "approved"}, {"started_at": "2020-01-01 00:00:00"}),
            self.report.sudo(): (
                {"state": "accepted"},
                {"version": 9},
                {"summary": "Something else"},
                {"content_hash": "0" * 64},
                {"validation_id": False},
                {"sent_at": "2020-01-01 00:00:00"},
                {"line_ids": [[5, 0, 0]]},
                {"line_ids": [[0, 0, {"kind": "labour", "minutes": 600}]]},
                {"photo_ids": [[5, 0, 0]]},
            ),
            self.report.sudo().line_ids[:1]: (
                {"minutes": 9999},
                {"minutes_accepted": 9999},
                {"minutes_refused": 0, "minutes_reserved": 60},
                {"acceptance": "accepted"},
            ),
            self.validation: (
                {"state": "approved"},
                {"amount": 0},
                {"commune_id": other},
                {"content": "{}"},
            ),
        }
        for user in (self.requester, self.referent, self.manager, self.leader):
            attacks = {
                f"{record._name} {vals} {label}": attack
                for record, changes in targets.items()
                for vals in changes
                for label, attack in self._get_assignments(record, vals).items()
                if label == "flags and defaults"
                or (vals == changes[0] and user in self.referent | self.manager)
            }
            self.run_case(user, attacks)

    def test_nested_commands_reach_no_guarded_field(self):
        request, job = self.request, self.job
        report, line = self.report.sudo(), self.report.sudo().line_ids[:1]
        attacks = {
            "job of a request": (REQUEST, request, "intervention_ids", job),
            "report of a job": (JOB, job, "report_ids", report),
            "line of a report": (REPORT, report, "line_ids", line),
            "run of a request": (REQUEST, request, "validation_ids", self.validation),
        }
        for user in (self.referent, self.manager, self.leader):
            self.run_case(
                user,
                {
                    f"{label} {command}": lambda m=model, r=record, f=field, c=command: (
                        self.rpc(m, "write", r.ids, {f: [c]})
                    )
                    for label, (model, record, field, child) in attacks.items()
                    for command in (
                        [1, child.id, {"state": "approved", "minutes_accepted": 1}],
                        [2, child.id, 0],
                        [5, 0, 0],
                        [6, 0, []],
                        [0, 0, {"state": "approved"}],
                    )
                },
            )

    def test_records_are_born_in_no_state_of_their_own(self):
        """Creation by six entry points: refused, or the record is a plain draft."""
        vals = {
            "name": "Forged",
            "commune_id": self.commune.id,
            "requester_id": self.requester.partner_id.id,
            "service_id": self.service.id,
            "type_id": self.type.id,
        }
        forged = {
            "state": "validated",
            "reference": "FORGED",
            "date_validated": "2020-01-01 00:00:00",
            "on_behalf": True,
            "contest_count": 9,
        }
        defaults = {f"default_{name}": value for name, value in forged.items()}
        draft = self._new_request()
        entries = {
            "create": lambda: self.rpc(REQUEST, "create", {**vals, **forged}),
            "create by default": lambda: self.rpc(
                REQUEST, "create", vals, context=defaults
            ),
            "flags": lambda: self.rpc(
                REQUEST, "create", vals, context={**FLAGS, **defaults}
            ),
            "web_save": lambda: self.rpc(
                REQUEST, "web_save", [], {**vals, **forged}, {}
            ),
            "copy": lambda: self.rpc(REQUEST, "copy", draft.ids, forged),
            "name_create": lambda: self.rpc(
                REQUEST, "name_create", "Forged", context=defaults
            ),
            "load": lambda: self.rpc(
                REQUEST,
                "load",
                ["name", "commune_id/.id", "service_id/.id", "state", "reference"],
                [
                    [
                        "Forged",
                        str(self.commune.id),
                        str(self.service.id),
                        "validated",
                        "FORGED",
                    ]
                ],
            ),
            "another's commune": lambda: self.rpc(
                REQUEST, "create", {**vals, "commune_id": self.other_commune.id}
            ),
            "another's name": lambda: self.rpc(
                REQUEST,
                "create",
                {**vals, "requester_id": self.stranger.partner_id.id},
            ),
        }
        for user in (self.requester, self.manager):
            self.log_in(user)
            last = self.env[REQUEST].search([], order="id desc", limit=1).id
            for label, entry in entries.items():
                with self.subTest(f"{user.login} {label}"):
                    self.attempt(entry)
                    self.env.invalidate_all()
                    born = self.env[REQUEST].search([("id", ">", last)])
                    self.assertLessEqual(set(born.mapped("state")), {"draft"}, label)
                    for record in born:
                        self.assertFalse(record.reference, label)
                        self.assertFalse(record.date_validated, label)
                        self.assertFalse(record.contest_count, label)
                        if user.share:
                            self.assertEqual(record.commune_id, self.commune, label)
                            self.assertEqual(
                                record.requester_id, user.partner_id, label
                            )

    def test_a_requester_makes_nobody_follow(self):
        """Naming an outsider as referent would send them the file's mails."""
        self.log_in(self.requester)
        draft = self._new_request()
        self.env.flush_all()
        for user in (self.stranger, self.manager, self.env.ref("base.user_admin")):
            partner = user.partner_id
            self.assert_refused(
                lambda p=partner: self.rpc(
                    REQUEST, "write", draft.ids, {"referent_id": p.id}
                ),
                user.login,
            )
            self.assert_refused(
                lambda p=partner: self.rpc(
                    REQUEST, "message_subscribe", self.request.ids, p.ids
                ),
                f"subscribe {user.login}",
            )
            draft.invalidate_recordset()
            self.assertNotIn(partner, draft.sudo().message_partner_ids)

    # ------------------------------------------------------------ no right

    def test_public_actions_are_refused_to_everybody_else(self):
        arguments = {
            "action_reject": [self._reason("refuse"), "No."],
            "action_cancel": [self._reason("cancel"), "No."],
            "action_ask_info": ["Which door?"],
            "action_answer_info": ["The blue one."],
            "action_reroute": [self.service.id, "Not ours."],
            "action_contest": ["It leaks."],
            "action_reconsider": ["Another price."],
            "action_plan": [self.team.id, "2027-01-05 08:00:00"],
            "action_rework": ["Again."],
            "action_refuse": ["No."],
            "action_restart": ["Again."],
            "action_annotate": ["Seen."],
            "action_arbitrate": ["approve", "Enough."],
            "action_ask_clarification": ["Why?"],
            "action_approve_reserves": [
                [
                    {
                        "line_id": self.report.sudo().line_ids[:1].id,
                        "acceptance": "refused",
                        "text": "No.",
                    }
                ]
            ],
            "action_delegate": [self.mayor.id],
        }
        people = {
            self.stranger: (),
            self.nobody: (),
            self.finance: (),
            self.agent: ("action_start", "action_block", "action_annotate"),
            self.direction: (),
            self.requester: ("action_annotate",),
        }
        for user, allowed in people.items():
            attacks = {}
            for record in (self.request, self.job, self.report.sudo(), self.validation):
                for action in type(record)._actors:
                    if action in allowed:
                        continue
                    capacities = record.with_user(user)._get_capacities()
                    if capacities & set(type(record)._actors[action]):
                        continue
                    attacks[f"{record._name}.{action}"] = lambda r=record, a=action: (
                        self.rpc(r._name, a, r.ids, *arguments.get(a, []))
                    )
            self.assertGreater(len(attacks), 20)
            self.run_case(user, attacks)

    def _reason(self, usage):
        return (
            self.env["intercommunal.reason"].search([("usage", "=", usage)], limit=1).id
        )

    def test_actions_in_a_wrong_state_are_refused(self):
        request, model = self.request, type(self.request)
        calls = {
            "action_submit": [],
            "action_withdraw": [],
            "action_accept": [],
            "action_reject": [self._reason("refuse"), "No."],
            "action_ask_info": ["Which door?"],
            "action_answer_info": ["The blue one."],
            "action_schedule": [],
            "action_cancel": [self._reason("cancel"), "No."],
            "action_contest": ["It leaks."],
            "action_reconsider": ["Another."],
        }
        actors = {"service": self.manager, "referent": self.referent}
        actors["commune"] = self.referent
        for state in model._transitions:
            request._write_guarded({"state": state})
            self.env.flush_all()
            for action, args in calls.items():
                sources = model._sources.get(action)
                target = model._moves[action]
                possible = (not sources or state in sources) and (
                    not target or target in model._transitions[state]
                )
                if possible:
                    continue
                user = actors[model._actors[action][0]]
                self.authenticate(user.login, user.login)
                with self.subTest(f"{action} in {state}"):
                    self.assert_refused(
                        lambda a=action, x=args: self.rpc(REQUEST, a, request.ids, *x),
                        f"{action} in {state}",
                    )
                    request.invalidate_recordset()
                    self.assertEqual(request.state, state)

    # ----------------------------------------------------------------- tokens

    def test_no_form_is_taken_without_its_token(self):
        """Every http route of ours that a POST reaches."""
        self.log_in(self.referent)
        threading.current_thread().dbname = self.env.cr.dbname
        rules = [
            rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.func.__module__.startswith("odoo.addons.intercommunal")
            and rule.endpoint.routing["type"] == "http"
            and "POST" in (rule.methods or {"POST"})
        ]
        self.assertGreater(len(rules), 3)
        before = self._moved()
        for rule in rules:
            path = re.sub(r"<int:\w+>", str(self.request.id), rule.rule)
            path = re.sub(r"<string:verb>", "withdraw", path)
            path = re.sub(r"<[^>]+>", "x", path)
            if rule.rule in NO_TOKEN:
                self.assertFalse(rule.endpoint.routing.get("csrf", True))
                answer = self.url_open(path, data=b"x")
                self.assertEqual(answer.status_code, 403, rule.rule)
                continue
            with self.subTest(rule.rule):
                self.assertTrue(rule.endpoint.routing.get("csrf", True), rule.rule)
                for token in ({}, {"csrf_token": "x" * 40}, {"csrf_token": ""}):
                    answer = {}
                    self.attempt(
                        lambda p=path, t=token, a=answer: a.setdefault(
                            "it",
                            self.url_open(
                                p, data={"text": "x", "decision": "approve", **t}
                            ),
                        )
                    )
                    self.assertEqual(answer["it"].status_code, 400, rule.rule)
        self.assertEqual(self._moved(), before)

    def test_what_changes_something_is_never_a_get(self):
        self.log_in(self.referent)
        before = self._moved()
        for path in (
            f"/my/validations/{self.validation.id}?decision=approve",
            f"/my/validations/{self.validation.id}?decision=approve&content_hash="
            f"{self.validation.content_hash}",
            f"/my/requests/{self.request.id}/withdraw",
            f"/my/requests/{self.request.id}/contest?text=x",
            f"/my/requests/{self.request.id}/delete",
            "/my/requests/new?name=x&submit=send",
        ):
            for _again in range(3):
                self.attempt(lambda p=path: self.url_open(p))
        self.assertEqual(self._moved(), before)

    # ------------------------------------------------------- in mid-session

    def test_a_role_that_ended_decides_nothing_with_an_open_page(self):
        run = self.validation
        page = self._get(f"/my/validations/{run.id}", self.referent)
        self.assertEqual(page.status_code, 200)
        self._end_role(self.referent)
        self.env.flush_all()
        before = self._moved()
        answer = self._post(
            f"/my/validations/{run.id}",
            page,
            [],
            decision="approve",
            content_hash=run.content_hash,
        )
        self.assertEqual(answer.status_code, 404)
        for attack in (
            lambda: self.rpc(RUN, "action_approve", run.ids, run.content_hash),
            lambda: self.rpc(RUN, "read", run.ids, ["state"]),
            lambda: self.rpc(REQUEST, "read", self.request.ids, ["name"]),
        ):
            self.assert_refused(attack, "ended role")
        self.assertEqual(self._moved(), before)

    def test_an_archived_user_is_out_at_once(self):
        run = self.validation
        page = self._get(f"/my/validations/{run.id}", self.referent)
        self.referent.active = False
        self.env.flush_all()
        before = self._moved()
        self._post(
            f"/my/validations/{run.id}",
            page,
            [],
            decision="approve",
            content_hash=run.content_hash,
        )
        self.assert_refused(
            lambda: self.rpc(RUN, "action_approve", run.ids, run.content_hash),
            "archived",
        )
        self.assertEqual(self._moved(), before)

    def test_a_manager_who_lost_the_group_or_the_service_acts_no_more(self):
        self.log_in(self.manager)
        self.assertTrue(self.rpc(REQUEST, "read", self.request.ids, ["name"]))
        self.service.manager_ids = [Command.clear()]
        self.env.flush_all()
        for attack in (
            lambda: self.rpc(REQUEST, "write", self.request.ids, {"priority": "2"}),
            lambda: self.rpc(JOB, "action_cancel", self.job.ids),
            lambda: self.rpc(RUN, "action_restart", self.validation.ids, "x"),
        ):
            self.assert_refused(attack, "no service any more")
        self.service.manager_ids = [Command.link(self.manager.id)]
        group = self.env.ref(
            "intercommunal_workflow.group_intercommunal_service_manager"
        )
        self.manager.group_ids = [Command.unlink(group.id)]
        self.env.flush_all()
        for attack in (
            lambda: self.rpc(REQUEST, "read", self.request.ids, ["name"]),
            lambda: self.rpc(REQUEST, "write", self.request.ids, {"priority": "2"}),
            lambda: self.rpc(RUN, "action_restart", self.validation.ids, "x"),
        ):
            self.assert_refused(attack, "no group any more")

    # ------------------------------------------------------ replayed, skewed

    def test_a_decision_that_is_replayed_counts_once(self):
        run = self.validation
        self.log_in(self.referent)
        for _again in range(3):
            self.attempt(
                lambda: self.rpc(
                    RUN,
                    "action_approve",
                    run.ids,
                    content_hash=run.content_hash,
                    idempotency_key="same-key",
                )
            )
        self.env.invalidate_all()
        self.assertEqual(len(run.decision_ids), 1)
        # the same key never stands for another decision, nor another person
        before = self._moved()
        self.assert_refused(
            lambda: self.rpc(
                RUN, "action_refuse", run.ids, "No.", idempotency_key="same-key"
            ),
            "same key, other decision",
        )
        self.log_in(self.mayor)
        self.assert_refused(
            lambda: self.rpc(
                RUN,
                "action_approve",
                run.ids,
                content_hash=run.content_hash,
                idempotency_key="same-key",
            ),
            "same key, other person",
        )
        self.assertEqual(self._moved(), before)

    def test_a_page_of_an_old_version_approves_nothing(self):
        run = self.validation
        page = self._get(f"/my/validations/{run.id}", self.referent)
        old = run.content_hash
        report = self.report.with_user(self.leader)
        report.action_recall()
        job = self.job.with_user(self.leader)
        job.action_open_report()
        new = job.report_id
        new.summary = "Much more was done."
        new.action_send()
        self.env.flush_all()
        self._post(
            f"/my/validations/{run.id}", page, [], decision="approve", content_hash=old
        )
        second = new.sudo().validation_id
        self.assertNotEqual(second, run)
        for label, sent in {
            "old checksum": {"content_hash": old},
            "no checksum's prefix": {"content_hash": second.content_hash[:10]},
            "empty checksum": {"content_hash": ""},
            "a list": {"content_hash": [second.content_hash]},
            "true": {"content_hash": True},
        }.items():
            self.assert_refused(
                lambda s=sent: self.rpc(RUN, "action_approve", second.ids, **s), label
            )
        self.env.invalidate_all()
        self.assertEqual(second.state, "open")
        self.assertFalse(second.decision_ids)
        self.assertEqual(run.state, "cancelled")

    def test_a_closed_run_takes_no_second_outcome(self):
        run = self.validation
        self.log_in(self.referent)
        self.rpc(RUN, "action_approve", run.ids, run.content_hash)
        self.env.invalidate_all()
        before = self._moved()
        for action, args in {
            "action_approve": [run.content_hash],
            "action_rework": ["Again."],
            "action_refuse": ["No."],
            "action_arbitrate": ["refuse", "No."],
            "action_ask_clarification": ["Why?"],
            "action_delegate": [self.mayor.id],
        }.items():
            self.assert_refused(
                lambda a=action, x=args: self.rpc(RUN, a, run.ids, *x), action
            )
        self.assertEqual(self._moved(), before)

    # ---------------------------------------------------------------- SQL

    def test_sql_in_domains_orders_and_groups_is_only_text(self):
        self.log_in(self.referent)
        bad = "name; DROP TABLE intercommunal_decision; --"
        quote = "' OR 1=1) UNION SELECT login FROM res_users --"
        before = self._moved()
        for label, attack in {
            "order": lambda: self.rpc(REQUEST, "search", [], order=bad),
            "order by function": lambda: self.rpc(
                REQUEST, "search", [], order="pg_sleep(5)"
            ),
            "order by case": lambda: self.rpc(
                REQUEST, "search", [], order="(case when 1=1 then id else name end)"
            ),
            "group": lambda: self.rpc(
                REQUEST, "formatted_read_group", [], [bad], ["__count"]
            ),
            "group by part": lambda: self.rpc(
                REQUEST,
                "formatted_read_group",
                [],
                ["date_submitted:month') --"],
                ["__count"],
            ),
            "aggregate": lambda: self.rpc(
                REQUEST, "formatted_read_group", [], [], ["id:sum(1)"]
            ),
            "having": lambda: self.rpc(
                REQUEST,
                "formatted_read_group",
                [],
                ["state"],
                ["__count"],
                having=[[bad, ">", 1]],
            ),
            "field": lambda: self.rpc(REQUEST, "search_count", [[bad, "=", 1]]),
            "operator": lambda: self.rpc(
                REQUEST, "search_count", [["name", "= 'x' OR 1=1 --", 1]]
            ),
            "fields": lambda: self.rpc(REQUEST, "search_read", [], [bad]),
            "properties": lambda: self.rpc(
                REQUEST, "search_count", [["properties.x' OR '1'='1", "=", "x"]]
            ),
        }.items():
            self.assert_refused(attack, label)
        self.log_in(self.stranger)
        for domain in (
            [["name", "ilike", quote]],
            [["name", "=ilike", "%"]],
            [["id", "in", [quote]]],
            ["|", ["id", "!=", 0], ["name", "ilike", quote]],
            [[1, "=", 1]],
            ["!", [0, "=", 1]],
        ):
            text = self.attempt(lambda d=domain: self.rpc(REQUEST, "search_count", d))
            self.assertTrue(text == "0" or text.startswith("refused"), text)
        for query in (quote, bad, "%", "_", "\\", "'", '"', "x" * 5000):
            page = {}
            self.attempt(
                lambda q=query, p=page: p.setdefault(
                    "it",
                    self.opener.get(
                        f"{self.base_url()}/my/requests",
                        params={"search": q, "sortby": q, "groupby": q, "filterby": q},
                        timeout=20,
                    ),
                )
            )
            self.assertEqual(page["it"].status_code, 200, query[:40])
        self.assertEqual(self._moved(), before)

    # ------------------------------------------------------------ followers

    def test_who_followed_before_the_commune_changed_hears_nothing(self):
        """A draft of two communes' person moves from one to the other."""
        both = self.requester
        self.env["intercommunal.commune.role"].create(
            {
                "commune_id": self.other_commune.id,
                "partner_id": both.partner_id.id,
                "role": "requester",
                "date_from": fields.Date.today(),
            }
        )
        draft = self._new_request(both)
        self.assertIn(self.referent.partner_id, draft.sudo().message_partner_ids)
        draft.write({"site_id": False, "commune_id": self.other_commune.id})
        followers = draft.sudo().message_partner_ids
        self.assertNotIn(self.referent.partner_id, followers)
        self.assertIn(self.stranger.partner_id, followers)
        # whoever follows by an old line reads nothing either
        draft.sudo().message_subscribe(self.mayor.partner_id.ids)
        message = draft.sudo().message_post(body="Secret", message_type="comment")
        self.log_in(self.mayor)
        for model, ids, names in (
            (REQUEST, draft.ids, ["name"]),
            ("mail.message", message.ids, ["body"]),
        ):
            self.assert_refused(
                lambda m=model, i=ids, n=names: self.rpc(m, "read", i, n), model
            )
        self.assertNotIn(self.mayor.partner_id, message.notification_ids.res_partner_id)

    def test_a_former_referent_gets_no_mail_any_more(self):
        self._end_role(self.referent)
        self.env.flush_all()
        message = self.request.with_user(self.manager).message_post(
            body="New secret",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        told = message.sudo().notification_ids.res_partner_id
        self.assertNotIn(self.referent.partner_id, told)
        self.assertIn(self.requester.partner_id, told)

    # ---------------------------------------------------------------- lines

    def test_lines_of_a_sent_report_stay(self):
        line = self.report.sudo().line_ids[:1]
        for user in (self.leader, self.manager, self.admin):
            self.run_case(
                user,
                {
                    "write": lambda: self.rpc(LINE, "write", line.ids, {"minutes": 1}),
                    "unlink": lambda: self.rpc(LINE, "unlink", line.ids),
                    "create": lambda: self.rpc(
                        LINE,
                        "create",
                        {
                            "report_id": self.report.id,
                            "kind": "labour",
                            "agent_id": self.agent.id,
                            "minutes": 60,
                        },
                    ),
                    "move": lambda: self.rpc(
                        LINE, "write", line.ids, {"report_id": False}
                    ),
                    "unlink report": lambda: self.rpc(
                        REPORT, "unlink", self.report.ids
                    ),
                    "unlink job": lambda: self.rpc(JOB, "unlink", self.job.ids),
                    "unlink request": lambda: self.rpc(
                        REQUEST, "unlink", self.request.ids
                    ),
                    "unlink user": lambda: self.rpc(
                        "res.users", "unlink", self.referent.ids
                    ),
                    "unlink commune": lambda: self.rpc(
                        "res.partner", "unlink", self.commune.ids
                    ),
                    "unlink circuit": lambda: self.rpc(
                        "intercommunal.circuit",
                        "unlink",
                        self.validation.circuit_id.ids,
                    ),
                    "unlink service": lambda: self.rpc(
                        "intercommunal.service", "unlink", self.service.ids
                    ),
                },
            )
