"""One world for the tests of rights: twelve actors, six scopes, four stages.

``own``: the actors' commune, service and team; ``commune``: their commune, another
service; ``service``: their service, another commune and team; ``team``: their service
and team, another commune; ``other``: nothing of theirs; ``foreign``: another company.
"""

import base64
from datetime import date, timedelta
from types import SimpleNamespace

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.intercommunal_billing.tests.common import BillingCase

ACTORS = "PUB PRT0 INT0 REQ REF ELU SVC LEAD AGT FIN DIR ADM".split()
SCOPES = "own commune service team other foreign".split()
CANARY = "CANARY"  # in every text of the world: it must never be in an error
SOON = timedelta(days=3)


class RightsCase(BillingCase):
    """Builds the world once; ``rows[model][state.scope]`` is a record of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prt0 = new_test_user(cls.env, "prt0", "base.group_portal")
        cls.users = {
            "PUB": cls.env.ref("base.public_user"),
            "PRT0": cls.prt0,
            "INT0": cls.nobody,
            "REQ": cls.requester,
            "REF": cls.referent,
            "ELU": cls.mayor,
            "SVC": cls.manager,
            "LEAD": cls.leader,
            "AGT": cls.agent,
            "FIN": cls.finance,
            "DIR": cls.direction,
            "ADM": cls.admin,
        }
        cls.rows = {}
        cls._set_up_sides()
        for scope in SCOPES:
            cls._set_up_chains(scope)
            cls._set_up_settings(scope)
        for scope in ("own", "foreign"):
            cls._set_up_company(scope)
        cls.env.flush_all()

    @classmethod
    def _keep(cls, key, records):
        if records:
            cls.rows.setdefault(records._name, {})[key] = records[:1].sudo()

    # ------------------------------------------------------------------ places

    @classmethod
    def _set_up_sides(cls):
        cls.foreign_company = cls.env["res.company"].create(
            {"name": f"{CANARY} foreign"}
        )
        foreign_commune = cls.commune.copy(
            {
                "name": f"{CANARY} far",
                "insee_code": "54903",
                "intercommunal_epci_id": cls.foreign_company.id,
            }
        )
        far_person = cls._new_commune_user("far_referent", foreign_commune, "referent")
        far_person.sudo().write(
            {
                "company_ids": [Command.set(cls.foreign_company.ids)],
                "company_id": cls.foreign_company.id,
            }
        )
        cls.colleague = cls._new_commune_user("colleague", cls.commune, "requester")
        cls.other_leader = new_test_user(
            cls.env,
            "other_leader",
            "intercommunal_workflow.group_intercommunal_leader",
        )
        cls.other_manager = new_test_user(
            cls.env,
            "other_manager",
            "intercommunal_workflow.group_intercommunal_service_manager",
        )
        far_people = cls.other_leader | cls.other_manager
        far_people.company_ids += cls.foreign_company
        other_service, other_type, other_team = cls._side("OTH", cls.company)
        cls.spare_service = cls._side("SPARE", cls.company)[0]
        far_service, far_type, far_team = cls._side("FAR", cls.foreign_company)
        second_team = cls._team(cls.service)
        here = (cls.service, cls.type, cls.team)
        there = (other_service, other_type, other_team)
        far = (far_service, far_type, far_team)
        cls.sides = {
            "own": SimpleNamespace(commune=cls.commune, place=here),
            "commune": SimpleNamespace(commune=cls.commune, place=there),
            "service": SimpleNamespace(
                commune=cls.other_commune,
                place=(cls.service, cls.type, second_team),
            ),
            "team": SimpleNamespace(commune=cls.other_commune, place=here),
            "other": SimpleNamespace(commune=cls.other_commune, place=there),
            "foreign": SimpleNamespace(commune=foreign_commune, place=far),
        }
        for scope, side in cls.sides.items():
            side.company = cls.foreign_company if scope == "foreign" else cls.company
            side.referent = {
                cls.commune: cls.referent,
                cls.other_commune: cls.stranger,
            }.get(side.commune, far_person)
            side.requester = (
                cls.requester if side.commune == cls.commune else side.referent
            )

    @classmethod
    def _side(cls, code, company):
        service = cls.env["intercommunal.service"].create(
            {"name": f"{CANARY} {code}", "code": code, "company_id": company.id}
        )
        kind = cls.env["intercommunal.request.type"].create(
            {"name": f"{CANARY} {code}", "service_id": service.id}
        )
        return service, kind, cls._team(service)

    @classmethod
    def _team(cls, service):
        return cls.env["intercommunal.team"].create(
            {
                "name": f"{CANARY} team of {service.code}",
                "service_id": service.id,
                "leader_id": cls.other_leader.id,
                "member_ids": [Command.set(cls.other_leader.ids)],
            }
        )

    # ----------------------------------------------------------------- stories

    @classmethod
    def _set_up_chains(cls, scope):
        draft = cls._request(scope, "draft")
        cls._keep(f"draft.{scope}", draft)
        cls._keep(f"draft.{scope}", cls._photo(request_id=draft.id))
        if scope == "own":
            colleague = cls._request(scope, "draft", cls.colleague)
            cls._keep("draft_of_a_colleague.own", colleague)
            photo = cls._photo(request_id=colleague.id)
            cls._keep("draft_of_a_colleague.own", photo)
        info = cls._request(scope, "submitted")
        info.action_ask_info(f"{CANARY}?", fields.Date.today() + SOON)
        cls._keep(f"info_requested.{scope}", info)
        submitted = cls._request(scope, "submitted")
        cls._keep(f"submitted.{scope}", submitted)
        citizen = cls.env["intercommunal.citizen"].create(
            {"request_id": submitted.id, "name": CANARY}
        )
        cls._keep(f"submitted.{scope}", citizen)
        found = cls._request(scope, "submitted")
        finder = cls.sides[scope].place[2].member_ids[:1]
        found._write_guarded({"found_by_id": finder.id})
        cls._keep(f"found.{scope}", found)
        accepted = cls._request(scope, "submitted")
        accepted.action_accept()
        cls._keep(f"accepted.{scope}", accepted)
        cls._chain(scope, "planned")
        cls._chain(scope, "fresh")
        cls._chain(scope, "sent")
        cls._chain(scope, "approved")

    @classmethod
    def _request(cls, scope, state, user=None):
        side = cls.sides[scope]
        service, kind, _team = side.place
        user = user or side.requester
        request = (
            cls.env["intercommunal.request"]
            .with_user(user)
            .sudo()
            .create(
                {
                    "name": f"{CANARY} {scope}",
                    "description": CANARY,
                    "commune_id": side.commune.id,
                    "requester_id": user.partner_id.id,
                    "service_id": service.id,
                    "type_id": kind.id,
                }
            )
            .with_env(cls.env)
        )
        if state == "submitted":
            request.action_submit()
        return request

    @classmethod
    def _photo(cls, **owner):
        return cls.env["intercommunal.photo"].create(
            {"name": CANARY, "image": cls._png((4, 4)), **owner}
        )

    @classmethod
    def _chain(cls, scope, until):
        side = cls.sides[scope]
        request = cls._request(scope, "submitted")
        request.action_accept()
        request.action_schedule()
        job = request.intervention_ids
        team = side.place[2]
        members = team.member_ids
        start = fields.Datetime.now() - timedelta(hours=4)
        job.action_plan(team.id, start, agent_ids=members.ids)
        job.action_open_report()
        report = job.report_id
        report.write(
            {
                "summary": CANARY,
                "line_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "kind": "labour",
                            "agent_id": members[-1:].id,
                            "minutes": 120,
                        }
                    ),
                ],
            }
        )
        photo = cls._photo(report_id=report.id)
        if until != "planned":
            report.action_send()
        if until in ("sent", "approved"):
            cls._decide(side, report.validation_id, until)
        key = f"{until}.{scope}"
        for records in (request, job, report, report.line_ids, photo):
            cls._keep(key, records)
        if until == "fresh":
            # as "sent", for the transitions alone
            cls._keep(key, report.validation_id)
            return
        run = report.validation_id
        if until == "sent" and scope == "own":
            cls._keep("used.own", run.circuit_id)
            cls._keep("used.own", run.circuit_id.step_ids)
        for records in (
            run,
            run.step_ids,
            run.seat_ids,
            run.decision_ids,
            run.clarification_ids,
            run.reserve_ids,
        ):
            cls._keep(key, records)
        cls._keep(
            key,
            cls.env["intercommunal.billing.line"].search(
                [("report_line_id", "in", report.line_ids.ids)]
            ),
        )

    @classmethod
    def _decide(cls, side, run, until):
        as_decider = run.with_user(side.referent)
        as_decider.action_annotate(CANARY)
        if until == "sent":
            as_decider.action_ask_clarification(f"{CANARY}?")
        else:
            as_decider.action_approve_reserves(
                [
                    {
                        "line_id": run.report_id.line_ids.id,
                        "acceptance": "partial",
                        "minutes_accepted": 60,
                        "text": CANARY,
                    }
                ]
            )

    # ---------------------------------------------------------------- settings

    @classmethod
    def _set_up_settings(cls, scope):
        side = cls.sides[scope]
        service, kind, team = side.place
        # sides that differ by the commune alone share their settings
        for records in (service, kind, team):
            cls._keep(f"used.{scope}", records)
        for role in side.referent.intercommunal_role_ids:
            role.company_id = side.company
        site = cls.env["intercommunal.site"].create(
            {
                "name": CANARY,
                "kind": "school",
                "commune_id": side.commune.id,
                "company_id": side.company.id,
            }
        )
        cls._keep(f"new.{scope}", site)
        trip = cls.env["intercommunal.trip"].create(
            {"service_id": service.id, "team_id": team.id}
        )
        cls._keep(f"planned.{scope}", trip)
        cls._keep(f"used.{scope}", side.referent.intercommunal_role_ids)
        cls._set_up_money(scope)
        cls._set_up_phones(scope)
        cls._set_up_delegations(scope)

    @classmethod
    def _set_up_company(cls, scope):
        company = cls.sides[scope].company
        stage = cls.env["intercommunal.stage"].create(
            {"name": CANARY, "state": "submitted", "company_id": company.id}
        )
        cls._keep(f"new.{scope}", stage)
        skill = cls.env["intercommunal.skill"].create(
            {"name": CANARY, "company_id": company.id}
        )
        cls._keep(f"new.{scope}", skill)
        circuit = cls.env["intercommunal.circuit"].create(
            {
                "name": CANARY,
                "subject": "report",
                "company_id": company.id,
                "step_ids": [
                    Command.create({"name": CANARY, "commune_role": "referent"})
                ],
            }
        )
        cls._keep(f"new.{scope}", circuit)
        cls._keep(f"new.{scope}", circuit.step_ids)
        if scope == "own":
            cls._keep(
                "new.own",
                cls.env["intercommunal.reason"].create(
                    {"name": CANARY, "code": "canary", "usage": "cannot_do"}
                ),
            )

    @classmethod
    def _set_up_money(cls, scope):
        side = cls.sides[scope]
        service = side.place[0]
        agreement = cls.env["intercommunal.agreement"].search(
            [("commune_id", "=", side.commune.id), ("service_id", "=", service.id)]
        ) or cls.env["intercommunal.agreement"].create(
            {
                "commune_id": side.commune.id,
                "service_id": service.id,
                "company_id": side.company.id,
                "date_start": date(2020, 1, 1),
                "period": "month",
            }
        )
        if not agreement.engagement_ids:
            agreement.engagement_ids = [Command.create({"number": CANARY})]
        cls._keep(f"used.{scope}", agreement)
        cls._keep(f"used.{scope}", agreement.engagement_ids)
        cls._keep(
            f"new.{scope}",
            cls.env["intercommunal.charge"].create(
                {
                    "name": CANARY,
                    "agreement_id": agreement.id,
                    "amount": 12.0,
                    "date_start": date(2020, 1, 1),
                }
            ),
        )
        cls._set_up_year(scope, agreement)
        if scope in ("own", "other", "foreign"):
            cls._keep(f"draft.{scope}", cls._allocation(side))
            rate = cls._rate(
                f"R-{scope}",
                CANARY,
                12.0,
                service_id=service.id,
                company_id=side.company.id,
            )
            cls._keep(f"new.{scope}", rate)
            cls._keep(f"new.{scope}", rate.version_ids)
            cost = cls.env["intercommunal.unit.cost"].create(
                {
                    "rate_id": rate.id,
                    "company_id": side.company.id,
                    "source": CANARY,
                    "charge_ids": [Command.create({"nature": "staff", "name": CANARY})],
                }
            )
            cls._keep(f"draft.{scope}", cost)
            cls._keep(f"draft.{scope}", cost.charge_ids)
            [deadline] = cls.env["intercommunal.deadline"]._create_guarded(
                [
                    {
                        "company_id": side.company.id,
                        "key": f"{CANARY}/{scope}",
                        "kind": "agreement",
                        "subject": CANARY,
                        "date": fields.Date.today() + SOON,
                    }
                ]
            )
            cls._keep(f"new.{scope}", deadline)
        if scope in ("own", "other", "foreign"):
            today = fields.Date.today()
            run = cls.env["intercommunal.billing.run"].create(
                {
                    "service_id": service.id,
                    "company_id": side.company.id,
                    "date_from": today.replace(month=1, day=1),
                    "date_to": today,
                }
            )
            cls._keep(f"draft.{scope}", run)
            cls._keep(f"made.{scope}", cls._make_statement(side, run, agreement))

    @classmethod
    def _make_statement(cls, side, run, agreement):
        """A statement that is printed already."""
        side.commune.email = "mairie@example.com"
        return cls.env["intercommunal.statement"]._create_guarded(
            [
                {
                    "name": CANARY,
                    "run_id": run.id,
                    "company_id": side.company.id,
                    "commune_id": side.commune.id,
                    "service_id": run.service_id.id,
                    "agreement_id": agreement.id,
                    "date": run.date_invoice,
                    "date_from": run.date_from,
                    "date_to": run.date_to,
                    "settle_mode": "invoice",
                    "content": "{}",
                    "file": base64.b64encode(b"%PDF"),
                    "filename": "etat.pdf",
                    "state": "ready",
                }
            ]
        )

    @classmethod
    def _allocation(cls, side):
        key = cls.env["intercommunal.allocation.key"].create(
            {
                "name": CANARY,
                "basis": "equal",
                "company_id": side.company.id,
                "line_ids": [Command.create({"commune_id": side.commune.id})],
            }
        )
        return cls.env["intercommunal.allocation"].create(
            {
                "name": CANARY,
                "company_id": side.company.id,
                "service_id": side.place[0].id,
                "key_id": key.id,
                "amount": 12.0,
                "date_from": date(2026, 1, 1),
                "date_to": date(2026, 3, 31),
            }
        )

    @classmethod
    def _set_up_year(cls, scope, agreement):
        """What was sent to the commune about a year, and what was not yet."""
        side = cls.sides[scope]
        documents = {"intercommunal.annual.statement": {"agreement_id": agreement.id}}
        if scope in ("own", "other", "foreign"):
            documents["intercommunal.unit.cost.notice"] = {
                "commune_id": side.commune.id,
                "company_id": side.company.id,
                "budget_date": fields.Date.today(),
            }
        for model, vals in documents.items():
            # an agreement may serve two scopes, and has one statement a year
            first = 2010 + 2 * SCOPES.index(scope)
            for year, state in (
                (first, "draft"),
                (first + 1, "issued" if "statement" in model else "sent"),
            ):
                record = cls.env[model].create({**vals, "year": year})
                record._write_guarded({"state": state})
                cls._keep(f"{state}.{scope}", record)

    @classmethod
    def _set_up_phones(cls, scope):
        side = cls.sides[scope]
        user = cls.agent if side.place[2] == cls.team else cls.other_leader
        job = cls.rows["intercommunal.intervention"][f"planned.{scope}"]
        submission = (
            cls.env["intercommunal.mobile.submission"]
            .sudo()
            .create(
                {
                    "uuid": f"{CANARY}-{scope}",
                    "user_id": user.id,
                    "intervention_id": job.id,
                    "protocol": 1,
                    "received_at": fields.Datetime.now(),
                    "payload_hash": "0" * 64,
                    "company_id": side.company.id,
                }
            )
        )
        cls._keep(f"received.{scope}", submission)
        cls._keep(
            f"received.{scope}",
            cls.env["intercommunal.mobile.device"]
            .sudo()
            .create(
                {
                    "name": CANARY,
                    "uuid": f"{CANARY}-{scope}",
                    "user_id": user.id,
                    "company_id": side.company.id,
                }
            ),
        )

    @classmethod
    def _set_up_delegations(cls, scope):
        side = cls.sides[scope]
        if scope not in ("own", "other", "foreign"):
            return
        person, delegate = {
            "own": (cls.referent, cls.mayor),
            "other": (cls.other_leader, cls.other_manager),
            "foreign": (cls.other_leader, cls.other_manager),
        }[scope]
        cls._keep(
            f"planned.{scope}",
            cls.env["intercommunal.delegation"].create(
                {
                    "user_id": person.id,
                    "delegate_id": delegate.id,
                    "company_id": side.company.id,
                    "date_from": fields.Date.today() + SOON,
                    "date_to": fields.Date.today() + 2 * SOON,
                }
            ),
        )
