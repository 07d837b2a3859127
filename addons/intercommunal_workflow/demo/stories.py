"""What happened in the demonstration, one row a request.

Days are working days counted from today: on a Monday, -1 is the Friday before. A row
says:

- ``commune``, ``who`` (login of the requester), ``type``, ``site`` or ``address``;
- ``name``, ``text``, ``priority``, ``answers`` to the type's questions, ``photo``;
- ``sent``: day of the request; ``path``: how far it went, a key of PATHS;
- what each turn of the path needs: ``question`` and ``answer``, ``reason`` and
  ``words``, ``estimate``, ``due`` (day promised), ``job``, ``back`` and ``redo``;
- ``opinion`` of the commune once the work is approved, and its words.
"""

from .stories_approval import APPROVALS
from .stories_past import PAST
from .stories_present import PRESENT

_DONE = "submit accept plan start finish report"

# name: the turns it takes; a question adds "ask" and "answer", see `get_turns`
PATHS = {
    "draft": "",
    "submitted": "submit",
    "info_requested": "submit ask",
    "approval": "submit accept",
    "accepted": "submit accept",
    "planned": "submit accept plan",
    "in_progress": "submit accept plan start",
    "blocked": "submit accept plan start block",
    "to_report": "submit accept plan start finish",
    "to_validate": _DONE,
    "rework": f"{_DONE} send_back",
    "to_validate_again": f"{_DONE} send_back redo",
    "validated": f"{_DONE} approve",
    "validated_again": f"{_DONE} send_back redo approve",
    "closed": f"{_DONE} approve close",
    "closed_again": f"{_DONE} send_back redo approve close",
    "refused": "submit reject",
    "contested": "submit reject contest",
    "withdrawn": "submit withdraw",
    "cancelled": "submit accept cancel",
    "question": f"{_DONE} ask_deciders",
    "reserves": f"{_DONE} approve_reserves plan_lift",
    "delegated": "submit accept leave agree_in_name",
    "late": f"{_DONE} grow_late",
    "arbitrated": f"{_DONE} refuse arbitrate",
    "by_link": f"{_DONE} approve_by_link",
}


def get_turns(story):
    """The turns of a story, in order."""
    turns = PATHS[story["path"]].split()
    if "answer" in story:
        turns[1:1] = ["ask", "answer"]
    if story.get("agreed"):
        turns.insert(turns.index("accept") + 1, "agree")
    if "opinion" in story:
        turns.insert(turns.index("approve") + 1, "rate")
    return turns


# in the order of their references: the oldest first
STORIES = tuple(sorted((*PAST, *PRESENT, *APPROVALS), key=lambda story: story["sent"]))
