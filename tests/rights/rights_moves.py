"""Public actions: on which row each is tried, and with which arguments."""

from datetime import timedelta

from rights_world import CANARY

from odoo import fields

# {model: {action: (row, state or values to put in it first, or None)}}
MOVES = {
    "intercommunal.request": {
        "action_submit": ("draft", None),
        "action_withdraw": ("submitted", None),
        "action_accept": ("submitted", None),
        "action_reject": ("submitted", None),
        "action_ask_info": ("submitted", None),
        "action_answer_info": ("info_requested", None),
        "action_schedule": ("planned", None),
        "action_reroute": ("submitted", None),
        "action_cancel": ("submitted", None),
        "action_contest": ("approved", None),
        "action_reconsider": ("accepted", None),
        "action_remind_holder": ("fresh", None),
        "action_merge": ("submitted", None),
        "action_confirm_found": ("found", None),
        "action_not_similar": ("submitted", None),
        "action_split": ("planned", None),
        "action_assign": ("planned", None),
        "action_estimate": ("submitted", None),
        "action_rate": ("approved", None),
        "action_reopen": ("approved", "closed"),
        "action_repeat": ("submitted", None),
    },
    "intercommunal.intervention": {
        "action_plan": ("planned", "to_plan"),
        "action_start": ("planned", None),
        "action_block": ("planned", None),
        "action_resume": ("planned", "blocked"),
        "action_finish": ("planned", "in_progress"),
        "action_cannot_do": ("planned", None),
        "action_cancel": ("planned", None),
        "action_open_report": ("planned", None),
    },
    "intercommunal.report": {
        "action_send": ("planned", None),
        "action_recall": ("fresh", None),
    },
    "intercommunal.validation": {
        "action_approve": ("fresh", None),
        "action_approve_reserves": ("fresh", None),
        "action_rework": ("fresh", None),
        "action_refuse": ("fresh", None),
        "action_arbitrate": ("fresh", None),
        "action_annotate": ("fresh", None),
        "action_ask_clarification": ("fresh", None),
        "action_answer_clarification": ("sent", None),
        "action_close_clarification": ("sent", None),
        "action_delegate": ("fresh", None),
        "action_revoke": ("approved", None),
        "action_restart": ("fresh", None),
    },
    "intercommunal.delegation": {"action_revoke": ("planned", None)},
    "intercommunal.allocation": {
        "action_work_out": ("draft", None),
        "action_allocate": ("draft", None),
        "action_cancel": ("draft", None),
    },
    "intercommunal.billing.run": {
        "action_check": ("draft", None),
        "action_invoice": ("draft", "checked"),
        "action_export_xlsx": ("draft", "checked"),
        "action_export_titres": ("draft", "invoiced"),
        "action_close": ("draft", "exported"),
        "action_cancel": ("draft", None),
    },
    "intercommunal.statement": {
        "action_print": ("made", None),
        "action_send": ("made", None),
    },
    "intercommunal.billing.line": {
        "action_price": ("approved", "open"),
        "action_contest": ("approved", "open"),
        "action_reject_contest": ("approved", {"is_contested": True}),
        "action_waive_contest": ("approved", {"is_contested": True}),
    },
    "intercommunal.deadline": {"action_done": ("new", None)},
    "intercommunal.unit.cost": {
        "action_apply": ("draft", None),
        "action_take_units": ("draft", None),
    },
    "intercommunal.unit.cost.notice": {"action_send": ("draft", None)},
    "intercommunal.annual.statement": {
        "action_issue": ("draft", None),
        "action_export_xlsx": ("issued", None),
    },
}


def arguments(case, model, action, record):
    """What a client sends with ``action``, so that only rights can refuse it."""
    reasons = {
        reason.usage: reason for reason in case.env["intercommunal.reason"].search([])
    }
    question = False
    if model == "intercommunal.validation":
        question = record.clarification_ids[:1].id
    table = {
        "action_reject": {"reason_id": reasons["refuse"].id, "text": CANARY},
        "action_ask_info": {
            "question": "?",
            "due": fields.Date.today() + timedelta(days=3),
        },
        "action_answer_info": {"answer": "Here."},
        "action_reroute": {"service_id": case.spare_service.id, "text": "Yours."},
        "action_contest": {"text": "It leaks again."},
        "action_reject_contest": {"text": "No."},
        "action_waive_contest": {"text": "Yes."},
        "action_reconsider": {"text": "Changed."},
        "action_rate": {"level": "good"},
        "action_split": {"parts": [{"name": "Half"}]},
        "action_block": {"reason": "weather"},
        "action_cannot_do": {
            "reason": reasons["cannot_do"].code,
            "note": "No access.",
        },
        "action_rework": {"reason": "Again."},
        "action_refuse": {"reason": "No."},
        "action_arbitrate": {"outcome": "approve", "reason": "So be it."},
        "action_annotate": {"comment": "Seen."},
        "action_ask_clarification": {"question": "?"},
        "action_answer_clarification": {
            "clarification_id": question,
            "answer": "Here.",
        },
        "action_close_clarification": {"clarification_id": question},
        "action_delegate": {"delegate_id": case.mayor.id},
        "action_restart": {"reason": "New circuit."},
    }
    if model == "intercommunal.validation":
        table["action_approve_reserves"] = {
            "lines": [
                {
                    "line_id": record.report_id.line_ids[:1].id,
                    "acceptance": "partial",
                    "minutes_accepted": 60,
                    "text": "Half.",
                }
            ]
        }
    if action == "action_merge":
        return {"master_id": find_neighbour(record).id}
    if action == "action_assign":
        return {"team_id": record.service_id.team_ids[:1].id}
    if action == "action_cancel":
        if model == "intercommunal.request":
            return {"reason_id": reasons["cancel"].id, "text": "Over."}
        return {"text": "Over."} if model == "intercommunal.intervention" else {}
    return table.get(action, {})


def find_neighbour(record):
    """Another open request of the same commune and service."""
    return record.search(
        [
            ("id", "!=", record.id),
            ("commune_id", "=", record.commune_id.id),
            ("service_id", "=", record.service_id.id),
            ("state", "not in", ("draft", "closed", "refused", "cancelled")),
        ],
        limit=1,
    )
