"""A territory of 50 communes in which every text carries a canary.

`zqx7x` is commune 7's: whoever is of commune 0 never meets it. `zqxinternal` and
`98765` (internal notes, costs) never reach anybody of a commune, their own included.
"""

import base64
import json
import re
from datetime import timedelta

from requests import HTTPError
from run_counts import count

from odoo import Command, fields
from odoo.tests import JsonRpcException, new_test_user
from odoo.tools import mute_logger

from odoo.addons.intercommunal_billing.tests.common import BillingCase
from odoo.addons.intercommunal_workflow.tests.portal import PortalCase

COMMUNES = 50
SECRET = "zqxinternal"
COST = 98765.43
CANARY = re.compile(r"zq[xp](\d+)x|(zqxinternal)|(98.?765)", re.IGNORECASE)
# names of communes and persons: the address book of every internal user
PERSON = re.compile(r"zqp\d+x", re.IGNORECASE)
REFUSED_HTTP = (303, 400, 403, 404, 405, 413, 422)

REQUEST = "intercommunal.request"
JOB = "intercommunal.intervention"
REPORT = "intercommunal.report"
LINE = "intercommunal.report.line"
RUN = "intercommunal.validation"
STEP = "intercommunal.validation.step"
SEAT = "intercommunal.validation.seat"
DECISION = "intercommunal.decision"
PHOTO = "intercommunal.photo"
QUESTION = "intercommunal.clarification"
DELEGATION = "intercommunal.delegation"
CIRCUIT = "intercommunal.circuit"


class Attacks(PortalCase):
    """What every attack needs: the real entry points, and the count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the platform's own noise: no chain of mails to send
        cls.env["ir.config_parameter"].sudo().set_param("mail.activity.gc", "0")

    def log_in(self, user):
        self.env.flush_all()
        return self.authenticate(user.login, user.login)

    def rpc(self, model, method, *args, **kwargs):
        """One call as the web client makes it."""
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def attempt(self, attack):
        """The answer of ``attack`` as text, errors included."""
        count("Attacks", refused=1)
        with mute_logger("odoo.http", "odoo.sql_db", "odoo.addons.base.models"):
            try:
                answer = attack()
            except (JsonRpcException, HTTPError) as error:
                return f"refused: {error}"
        return getattr(answer, "text", None) or json.dumps(answer, default=str)

    def assert_refused(self, attack, label=""):
        """``attack`` is answered with a refusal, and not by a crash."""
        with self.subTest(label):
            text = self.attempt(attack)
            self.assertIn("refused: ", text[:9], f"{label}: {text[:300]}")
            self.assertNotRegex(
                text, r"psycopg2|AttributeError|IndexError|AssertionError", label
            )
            return text

    def assert_no_canary(self, text, own=(), label="", persons=True):
        """No commune's canary but those of ``own``; nothing internal.

        :param bool persons: whether names of persons are forbidden too
        """
        text = text if persons else PERSON.sub("", text)
        for commune, secret, _cost in CANARY.findall(text):
            if commune and int(commune) in own:
                continue
            where = text.lower().index(f"{commune}x" if commune else secret or "765")
            self.fail(f"{label}: {text[max(0, where - 200) : where + 60]}")

    def snapshot(self, *records):
        """Stored values of records, to see that nothing moved."""
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            rows.sudo()
            .exists()
            .read(
                sorted(
                    name
                    for name, field in rows._fields.items()
                    if field.store and field.column_type and name != "write_date"
                ),
                load=False,
            )
            for rows in records
        ]


class World(Attacks, BillingCase):
    """Fifty communes with requests, jobs, reports, photos, messages, approvals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_communes()
        cls._set_up_files()
        cls._set_up_words()
        cls._set_up_outsiders()
        cls.env.flush_all()

    @classmethod
    def _set_up_communes(cls):
        cls.communes = cls.env["res.partner"].create(
            [
                {
                    "name": f"Commune zqp{index}x",
                    "email": f"mairie@zqp{index}x.example.org",
                    "is_company": True,
                    "is_commune": True,
                    "insee_code": f"55{index:03}",
                    "intercommunal_epci_id": cls.company.id,
                }
                for index in range(COMMUNES)
            ]
        )
        cls.people = cls.env["res.partner"].create(
            [
                {"name": f"Person zqp{index}x", "email": f"p@zqp{index}x.example.org"}
                for index in range(COMMUNES)
            ]
        )
        cls.users = (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "login": f"zqp{index}x",
                        "partner_id": person.id,
                        "group_ids": [
                            Command.set([cls.env.ref("base.group_portal").id])
                        ],
                    }
                    for index, person in enumerate(cls.people)
                ]
            )
        )
        cls.env["intercommunal.commune.role"].create(
            [
                {
                    "commune_id": commune.id,
                    "partner_id": person.id,
                    "role": "referent",
                    "date_from": fields.Date.today() - timedelta(days=30),
                }
                for commune, person in zip(cls.communes, cls.people, strict=True)
            ]
        )
        cls.sites = cls.env["intercommunal.site"].create(
            [
                {"name": f"Site zqx{i}x", "kind": "school", "commune_id": commune.id}
                for i, commune in enumerate(cls.communes)
            ]
        )
        cls.mine = cls._new_commune_user("mine", cls.communes[0], "requester")
        cls.boss = cls._new_commune_user("boss", cls.communes[0], "mayor")
        cls.clerk = cls._new_commune_user(
            "clerk",
            cls.communes[0],
            "referent",
            "intercommunal_workflow.group_intercommunal_requester",
        )

    @classmethod
    def _set_up_files(cls):
        now = fields.Datetime.now()
        cls.requests = cls.env[REQUEST]._create_guarded(
            [
                {
                    "name": f"Subject zqx{i}x",
                    "reference": f"ATT-zqx{i}x",
                    "description": f"Description zqx{i}x",
                    "address": f"Place zqx{i}x",
                    "commune_id": commune.id,
                    "requester_id": cls.people[i].id,
                    "referent_id": cls.people[i].id,
                    "service_id": cls.service.id,
                    "type_id": cls.type.id,
                    "site_id": cls.sites[i].id,
                    "internal_note": f"{SECRET} zqx{i}x",
                    "estimated_cost": COST,
                    "state": "planned",
                    "info_question": f"Question zqx{i}x",
                    "info_answer": f"Answer zqx{i}x",
                    "reason_text": f"Reason zqx{i}x",
                    "date_submitted": now,
                }
                for i, commune in enumerate(cls.communes)
            ]
        )
        cls.jobs = cls.env[JOB]._create_guarded(
            [
                {
                    "request_id": request.id,
                    "name": f"Job zqx{i}x",
                    "team_id": cls.team.id,
                    "agent_ids": [Command.set(cls.agent.ids)],
                    "date_start": now,
                    "date_end": now + timedelta(hours=3),
                    "instructions": f"Instructions zqx{i}x",
                    "internal_note": f"{SECRET} zqx{i}x",
                    "state": "to_report",
                }
                for i, request in enumerate(cls.requests)
            ]
        )
        cls.reports = cls.env[REPORT].create(
            [
                {
                    "intervention_id": job.id,
                    "summary": f"Summary zqx{i}x",
                    "line_ids": [
                        Command.create(
                            {
                                "kind": "labour",
                                "agent_id": cls.agent.id,
                                "minutes": 60,
                                "name": f"Line zqx{i}x",
                            }
                        )
                    ],
                }
                for i, job in enumerate(cls.jobs)
            ]
        )
        image = cls._png((8, 6))
        cls.photos = cls.env[PHOTO].create(
            [
                {"name": f"photo-zqx{i}x.png", "image": image, owner: record.id}
                for owner, records in (
                    ("request_id", cls.requests),
                    ("report_id", cls.reports),
                )
                for i, record in enumerate(records)
            ]
        )
        cls.reports._write_guarded(
            {"state": "sent", "sent_at": now, "sent_by_id": cls.leader.id}
        )
        cls.reports.sudo()._open_validation()
        cls.runs = cls.env[RUN].search([("report_id", "in", cls.reports.ids)])
        cls.runs = cls.runs.sorted("report_id")
        cls.jobs._write_guarded({"state": "reported"})
        cls.requests._write_guarded({"state": "to_validate"})

    @classmethod
    def _set_up_words(cls):
        """Remarks, a question a file, messages, internal notes, files, activities."""
        for i, run in enumerate(cls.runs):
            run._record("annotate", cls.users[i], f"Remark zqx{i}x", None)
        cls.env[QUESTION]._create_guarded(
            [
                {
                    "validation_id": run.id,
                    "validation_step_id": run.step_ids[0].id,
                    "question": f"Ask zqx{i}x",
                    "answer": f"Reply zqx{i}x",
                    "asked_by_id": cls.users[i].id,
                    "asked_user_id": cls.leader.id,
                    "asked_at": fields.Datetime.now(),
                }
                for i, run in enumerate(cls.runs)
            ]
        )
        cls.files = cls.env["ir.attachment"].create(
            [
                {
                    "name": f"file-zqx{i}x.txt",
                    "raw": f"Content zqx{i}x".encode(),
                    "res_model": REQUEST,
                    "res_id": request.id,
                }
                for i, request in enumerate(cls.requests)
            ]
        )
        author = cls.manager.partner_id.id
        subtypes = {
            "mail.mt_comment": "Message",
            "mail.mt_note": f"{SECRET} note",
        }
        cls.env["mail.message"].create(
            [
                {
                    "model": REQUEST,
                    "res_id": request.id,
                    "body": f"<p>{words} zqx{i}x</p>",
                    "subtype_id": cls.env.ref(subtype).id,
                    "is_internal": subtype == "mail.mt_note",
                    "author_id": author,
                    "message_type": "comment",
                    "attachment_ids": [Command.link(cls.files[i].id)],
                    "tracking_value_ids": [
                        Command.create(
                            {
                                "field_id": cls.env["ir.model.fields"]
                                ._get(REQUEST, "name")
                                .id,
                                "old_value_char": f"Old zqx{i}x",
                                "new_value_char": f"New zqx{i}x",
                            }
                        )
                    ],
                }
                for i, request in enumerate(cls.requests)
                for subtype, words in subtypes.items()
            ]
        )
        cls.env["mail.activity"].create(
            [
                {
                    "res_model_id": cls.env["ir.model"]._get_id(REQUEST),
                    "res_id": request.id,
                    "summary": f"Activity zqx{i}x",
                    "user_id": cls.manager.id,
                }
                for i, request in enumerate(cls.requests)
            ]
        )

    @classmethod
    def _set_up_outsiders(cls):
        """People with the right groups, of other services, teams and communes."""
        cls.outsider = new_test_user(cls.env, "outsider", "base.group_portal")

        def staff(login, group):
            groups = f"intercommunal_workflow.group_intercommunal_{group}"
            return new_test_user(cls.env, login, groups)

        cls.other_manager = staff("other_manager", "service_manager")
        cls.other_leader = staff("other_leader", "leader")
        cls.other_agent = staff("other_agent", "agent")
        cls.other_service = cls.env["intercommunal.service"].create(
            {
                "name": "Green spaces",
                "code": "GRN-T",
                "manager_ids": [Command.link(cls.other_manager.id)],
            }
        )
        cls.other_team = cls.env["intercommunal.team"].create(
            {
                "name": "Crew South",
                "service_id": cls.other_service.id,
                "leader_id": cls.other_leader.id,
                "member_ids": [
                    Command.set([cls.other_leader.id, cls.other_agent.id]),
                ],
            }
        )

    def own_of(self, user):
        """The communes whose canaries ``user`` may meet."""
        return {0} if user in self.mine | self.boss | self.clerk else set()


def encoded(content):
    """Base64 text of bytes."""
    return base64.b64encode(content).decode()
