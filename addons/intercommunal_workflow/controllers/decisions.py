"""What the portal and the link of an e-mail share: one form, one way to decide."""

import base64
import json
from uuid import uuid4

from odoo.exceptions import UserError
from odoo.http import request

from ..models.photo import MAX_BYTES
from . import questions

# What a form may send; each name leads to one public action of the approval.
DECISIONS = (
    "approve",
    "approve_reserves",
    "rework",
    "refuse",
    "ask",
    "answer",
    "close_question",
    "annotate",
    "delegate",
    "revoke",
)


def to_int(value):
    """The integer that a form sent, or 0."""
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def get_page_values(run, action, post):
    """What a page shows of an approval to whoever may decide on it.

    :param run: the approval, as superuser: the caller checked who reads the page
    :param str action: address of the page's forms
    :param dict post: what was already typed, may be empty
    """
    return {
        "report": run.report_id,
        "record": run.subject_request_id,
        "answers": questions.to_words(request.env, run.subject_request_id),
        "decisions": run.decision_ids,
        "clarifications": run.clarification_ids,
        "idempotency_key": uuid4(),
        "action": action,
        "post": post or {},
    }


def apply_decision(run, post, channel):
    """Do what a form asks on ``run``, as its user.

    :param run: the approval, in the environment of who decides
    :param dict post: the values of the form; ``decision`` names the act
    :param channel: portal, or None when the run's own channel says it
    :return: the sentence that thanks for it
    :raises UserError: what the approval refuses, in words
    """
    decision = post.get("decision")
    if decision not in DECISIONS:
        raise UserError(request.env._("Choose what you decide."))
    text = (post.get("text") or "").strip()
    act = {
        "ask": _ask,
        "answer": _answer,
        "close_question": _close_question,
        "annotate": _annotate,
        "delegate": _delegate,
        "revoke": _revoke,
    }.get(decision, _decide)
    return act(run, post, text, channel)


def _decide(run, post, text, channel):
    # a page without the checksum of what it showed decides on nothing
    seen = {
        "content_hash": post.get("content_hash") or "",
        "idempotency_key": post.get("idempotency_key"),
        "channel": channel,
    }
    decision = post["decision"]
    if decision == "approve":
        run.action_approve(comment=text, **seen)
    elif decision == "approve_reserves":
        run.action_approve_reserves(read_lines(run, post), text, **seen)
    elif decision == "rework":
        run.action_rework(text, **seen, **read_place(post))
    else:
        run.action_refuse(text, **seen)
    return request.env._("Your decision is recorded. Thank you.")


def _ask(run, post, text, channel):
    run.action_ask_clarification(
        text,
        to_int(post.get("asked_user_id")) or None,
        post.get("date_due") or None,
        read_anchor(post),
        channel,
    )
    return request.env._("Your question is sent. You will be told of the answer.")


def _answer(run, post, text, channel):
    question = to_int(post.get("clarification_id"))
    run.action_answer_clarification(question, text, read_files(), channel)
    return request.env._("Your answer is sent. Thank you.")


def _close_question(run, post, _text, channel):
    run.action_close_clarification(to_int(post.get("clarification_id")), channel)
    return request.env._("The question is closed: you may decide.")


def _annotate(run, post, text, channel):
    marks = read_marks(post)
    photo = to_int(post.get("photo_id")) or None
    run.action_annotate(text, channel, photo if marks else None, marks)
    return request.env._("Your remark is kept.")


def _delegate(run, post, text, channel):
    run.action_delegate(
        to_int(post.get("delegate_id")),
        date_to=post.get("date_to") or None,
        comment=text,
        channel=channel,
    )
    return request.env._("The person you chose is told.")


def _revoke(run, _post, text, channel):
    run.action_revoke(text, channel)
    return request.env._("Your decision is taken back: the file is yours again.")


def read_lines(run, post):
    """What the form says of each line of the report.

    Hours and minutes are two fields; an empty one is zero.
    """
    lines = []
    for line in run.sudo().report_id.line_ids:
        acceptance = post.get(f"acceptance_{line.id}") or "accepted"
        if acceptance == "accepted":
            continue
        hours = to_int(post.get(f"hours_{line.id}"))
        minutes = to_int(post.get(f"minutes_{line.id}"))
        quantity = (post.get(f"quantity_{line.id}") or "0").replace(",", ".")
        lines.append(
            {
                "line_id": line.id,
                "acceptance": acceptance,
                "minutes_accepted": hours * 60 + minutes,
                "quantity_accepted": quantity,
                "text": post.get(f"text_{line.id}"),
                "photo_id": to_int(post.get(f"photo_{line.id}")) or None,
            }
        )
    return lines


def read_place(post):
    """The line or photo that a form means, by `line-3` or `photo-7`."""
    kind, _dash, number = (post.get("place") or "").partition("-")
    found = to_int(number)
    return {f"{kind}_id": found} if found and kind in ("line", "photo") else {}


def read_anchor(post):
    """What a question is about."""
    place = read_place(post)
    if post.get("hour"):
        return {"kind": "hour", "hour": post["hour"], **place}
    if "photo_id" in place:
        area = {name: post.get(name) for name in ("x", "y", "width", "height")}
        return {"kind": "photo", **place, **area}
    return {"kind": "line", **place} if place else None


def read_marks(post):
    """The rectangles drawn on a photo, for the approval to check."""
    try:
        marks = json.loads(post.get("marks") or "null")
    except ValueError:
        marks = None
    return marks if isinstance(marks, list) else None


def read_files():
    """The files of the form, for the approval to check."""
    files = []
    for file in request.httprequest.files.getlist("files"):
        if not file.filename:
            continue
        content = file.read(MAX_BYTES + 1)
        files.append({"name": file.filename, "content": base64.b64encode(content)})
    return files
