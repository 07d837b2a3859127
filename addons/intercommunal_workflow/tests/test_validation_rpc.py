from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .test_validation import ValidationCase

RUN = "intercommunal.validation"
STEP = "intercommunal.validation.step"
SEAT = "intercommunal.validation.seat"
DECISION = "intercommunal.decision"
CIRCUIT = "intercommunal.circuit"
REPORT = "intercommunal.report"
REQUEST = "intercommunal.request"
# by our rules or Odoo's, by a signature without that argument, by an import's answer
REFUSED = r"\.(Access|User)Error|TypeError|'type': 'error'"
FOREIGN_KEYS = {
    RUN: ("circuit_id", "report_id", "request_id", "commune_id", "service_id"),
    STEP: ("validation_id", "circuit_step_id"),
    SEAT: ("validation_id", "validation_step_id", "user_id"),
    DECISION: ("validation_id", "validation_step_id", "user_id", "company_id"),
}


@tagged("post_install", "-at_install")
class TestValidationRpc(ValidationCase, HttpCase):
    """What a client may send is refused wherever it goes round a decision.

    The calls are those of a person with a browser's console: real sessions, JSON.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._new_commune_user("second", cls.commune, "referent")

    def setUp(self):
        super().setUp()
        # two referents must approve, then the mayor: there is something to gain
        self._circuit({"quorum": 2}, {"commune_role": "mayor"})
        self.report = self._reported()
        self.run_record = self.report.validation_id.sudo()
        self.run_record.with_user(self.referent).action_annotate("Seen.")
        self.env.flush_all()
        self.before = self._snapshot()

    # ---------------------------------------------------------------- helpers

    def _call(self, model, method, *args, **kwargs):
        """One call as the web client makes it."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _snapshot(self):
        """Everything of the engine that a decision depends on, as it is stored."""
        self.env.invalidate_all()
        rows = {}
        for model in (RUN, STEP, SEAT, DECISION, CIRCUIT, "intercommunal.circuit.step"):
            records = self.env[model].sudo().with_context(active_test=False).search([])
            names = [
                name
                for name, field in records._fields.items()
                if field.store and field.column_type
            ]
            rows[model] = records.read(sorted(names), load=False)
        rows["mail"] = self.env["mail.mail"].sudo().search_count([])
        rows["files"] = [
            (record.state, record.validation_id.id, record.content_hash)
            for record in self.report.sudo()
        ]
        rows["request"] = self.report.sudo().request_id.state
        return rows

    def _assert_refused(self, user, attempts):
        self.authenticate(user.login, user.login)
        for label, attempt in attempts.items():
            with (
                self.subTest(f"{user.login}: {label}"),
                mute_logger("odoo.http", "odoo.sql_db"),
            ):
                with self.assertRaisesRegex(JsonRpcException, REFUSED):
                    attempt()
                self.assertEqual(self._snapshot(), self.before)

    def _vals(self, model):
        """Values of an existing record, as a forger would copy them."""
        record = (
            self.env[model].sudo().search([("id", "=", self._ids(model)[0])], limit=1)
        )
        return {name: record[name].id for name in FOREIGN_KEYS[model]}

    def _ids(self, model):
        run = self.run_record
        return {
            RUN: run.ids,
            STEP: run.step_ids.ids,
            SEAT: run.seat_ids.ids,
            DECISION: run.decision_ids.ids,
        }[model]

    def _get_attempts(self):
        """Every way to write the engine's records that the legacy of RPC offers."""
        run, mayor = self.run_record, self.mayor
        attempts = {}
        changes = {
            RUN: {"state": "approved"},
            STEP: {"state": "approved", "quorum": 1},
            SEAT: {"state": "pending", "user_id": mayor.id},
            DECISION: {"kind": "approve"},
        }
        for model, vals in changes.items():
            ids, forged = self._ids(model), {**self._vals(model), **vals}
            fields = list(vals)
            attempts |= {
                f"{model} write": lambda m=model, i=ids, v=vals: self._call(
                    m, "write", i, v
                ),
                f"{model} create": lambda m=model, v=forged: self._call(m, "create", v),
                f"{model} create by default": lambda m=model, v=forged: self._call(
                    m, "create", {}, context={f"default_{k}": x for k, x in v.items()}
                ),
                f"{model} web_save": lambda m=model, i=ids, v=vals: self._call(
                    m, "web_save", i[:1], v, specification={}
                ),
                f"{model} web_save_multi": lambda m=model, i=ids, v=vals: self._call(
                    m, "web_save_multi", i[:1], [v], specification={}
                ),
                f"{model} unlink": lambda m=model, i=ids: self._call(m, "unlink", i),
                f"{model} copy": lambda m=model, i=ids: self._call(m, "copy", i),
                f"{model} guard": lambda m=model, i=ids, v=vals: self._call(
                    m, "write", i, v, context={"intercommunal_guard": True}
                ),
                f"{model} import": lambda m=model, i=ids, f=fields, v=vals: self._load(
                    m, i, f, v
                ),
                f"{model} init": lambda m=model: self._call(m, "init", []),
                f"{model} _write": lambda m=model, i=ids, v=vals: self._call(
                    m, "_write_guarded", i, v
                ),
                f"{model} _create": lambda m=model, v=forged: self._call(
                    m, "_create_guarded", [v]
                ),
                f"{model} sudo": lambda m=model, i=ids: self._call(m, "sudo", i),
            }
        private = {
            "_transition": ("approved",),
            "_conclude_approval": (),
            "_advance": (),
            "_record": ("approve", self.referent.id, "", None),
            "_decide": (run.seat_ids.ids, "approve", None, None, None),
            "_close": ("approved", "approve", "x"),
        }
        for name, args in private.items():
            attempts[name] = lambda n=name, a=args: self._call(RUN, n, run.ids, *a)
        for name in ("_on_validation_approved", "_after_accepted"):
            attempts[name] = lambda n=name: self._call(
                REPORT, n, self.report.ids, run.id
            )
        attempts |= {
            "open a run": lambda: self._call(
                REPORT, "_open_validation", self.report.ids
            ),
            "append": lambda: self._call(DECISION, "_append", run.id, {}),
            "seats through the run": lambda: self._call(
                RUN,
                "write",
                run.ids,
                {"seat_ids": [[2, seat, 0] for seat in run.seat_ids.ids]},
            ),
            "decision through the run": lambda: self._call(
                RUN,
                "write",
                run.ids,
                {"decision_ids": [[0, 0, self._vals(DECISION) | {"kind": "approve"}]]},
            ),
            "run through the request": lambda: self._call(
                REQUEST,
                "write",
                run.subject_request_id.ids,
                {"validation_ids": [[1, run.id, {"state": "approved"}]]},
            ),
            "report's state": lambda: self._call(
                REPORT, "write", self.report.ids, {"state": "accepted"}
            ),
            "request's state": lambda: self._call(
                REQUEST, "write", run.subject_request_id.ids, {"state": "validated"}
            ),
        }
        return attempts

    def _load(self, model, ids, names, vals):
        """Import over the present records; it answers with messages, not errors."""
        columns = [f"{name}/.id" if name.endswith("_id") else name for name in names]
        row = [str(ids[0]), *(str(vals[name]) for name in names)]
        answer = self._call(model, "load", [".id", *columns], [row])
        if not answer["ids"]:
            raise JsonRpcException(0, answer["messages"])

    # ------------------------------------------------------------------- tests

    def test_a_referent_forges_nothing(self):
        self._assert_refused(self.referent, self._get_attempts())

    def test_staff_and_administrators_forge_nothing(self):
        attempts = self._get_attempts()
        some = {
            label: attempt
            for label, attempt in attempts.items()
            if not label.startswith((STEP, SEAT)) or label.endswith(("write", "create"))
        }
        self._assert_refused(self.manager, some)
        self._assert_refused(self.admin, some)

    def test_who_is_not_asked_does_not_decide(self):
        run = self.run_record
        decisions = {
            "approve": lambda: self._call(RUN, "action_approve", run.ids),
            "rework": lambda: self._call(RUN, "action_rework", run.ids, "Again."),
            "refuse": lambda: self._call(RUN, "action_refuse", run.ids, "No."),
        }
        for user in (self.requester, self.mayor, self.stranger, self.manager):
            self._assert_refused(user, decisions)
        self._assert_refused(
            self.stranger,
            {
                "annotate": lambda: self._call(RUN, "action_annotate", run.ids, "Hi"),
                "read": lambda: self._call(RUN, "read", run.ids, ["state"]),
                "read decisions": lambda: self._call(
                    DECISION, "read", run.decision_ids.ids, ["comment"]
                ),
                "read seats": lambda: self._call(
                    SEAT, "read", run.seat_ids.ids, ["user_id"]
                ),
            },
        )

    def test_a_stranger_finds_nothing(self):
        self.authenticate(self.stranger.login, self.stranger.login)
        for model in (RUN, STEP, SEAT, DECISION):
            with self.subTest(model):
                self.assertEqual(self._call(model, "search_count", []), 0)
                self.assertEqual(self._call(model, "search", []), [])
                self.assertEqual(
                    self._call(model, "web_search_read", [], {"id": {}})["length"], 0
                )
        found = self._call(
            RUN, "name_search", self.run_record.subject_request_id.reference
        )
        self.assertEqual(found, [])

    def test_portal_users_read_and_change_no_circuit(self):
        circuit = self.run_record.circuit_id
        self._assert_refused(
            self.referent,
            {
                "read": lambda: self._call(CIRCUIT, "read", circuit.ids, ["domain"]),
                "write": lambda: self._call(
                    CIRCUIT, "write", circuit.ids, {"active": False}
                ),
                "version": lambda: self._call(
                    CIRCUIT, "action_new_version", circuit.ids
                ),
                "threshold": lambda: self._call(
                    "intercommunal.circuit.step",
                    "read",
                    circuit.step_ids.ids,
                    ["amount_min"],
                ),
                "wizard": lambda: self._call(
                    "intercommunal.validation.decide",
                    "create",
                    {"validation_id": self.run_record.id, "kind": "approve"},
                ),
            },
        )

    def test_a_holder_decides_by_the_public_action(self):
        self.authenticate(self.referent.login, self.referent.login)
        run = self.run_record
        answer = self._call(
            RUN,
            "action_approve",
            run.ids,
            content_hash=run.content_hash,
            comment="Fine.",
        )
        self.assertTrue(answer)
        run.invalidate_recordset()
        decision = run.decision_ids.sorted("id")[-1]
        self.assertEqual((decision.kind, decision.channel), ("approve", "portal"))
        self.assertEqual(run.state, "open")

    def test_a_holder_speaks_for_nobody_else(self):
        """No argument of the public actions names another person or another screen."""
        run = self.run_record
        self._assert_refused(
            self.referent,
            {
                "as a link": lambda: self._call(
                    RUN, "action_approve", run.ids, channel="link"
                ),
                "from nowhere": lambda: self._call(
                    RUN, "action_annotate", run.ids, "Hello.", channel="'; --"
                ),
                "for the mayor": lambda: self._call(
                    RUN, "action_approve", run.ids, user_id=self.mayor.id
                ),
                "back-dated": lambda: self._call(
                    RUN, "action_approve", run.ids, decided_at="2020-01-01"
                ),
            },
        )
