"""The questions of a request type: as a form asks them, as the file shows them.

A page never sends HTML, files or links to other records: the kinds that need a web
client are left to the service.
"""

import math
from datetime import date, datetime

import pytz

from odoo import fields
from odoo.tools import format_date, format_datetime

ASKED = (
    "char",
    "text",
    "integer",
    "float",
    "monetary",
    "boolean",
    "date",
    "datetime",
    "selection",
    "tags",
    "separator",
)
UNANSWERED = (None, "", [])


def describe(definitions, answers=None):
    """What a page needs to know of each question.

    :param definitions: the type's ``properties_definition``
    :param dict answers: stored answers by name; the type's own defaults when None
    :return: list of dicts: the definition, and key, label, required, answer
    """
    questions = []
    for definition in definitions or []:
        if definition["type"] not in ASKED:
            continue
        name, label = definition["name"], definition.get("string") or ""
        known = definition.get("default") if answers is None else answers.get(name)
        questions.append(
            {
                **definition,
                "key": f"property_{name}",
                "label": label.rstrip("* "),
                "required": label.endswith("*"),
                "answer": known,
            }
        )
    return questions


def get_options(question):
    """The choices of a selection or of tags, as (key, label)."""
    options = question.get("selection") or question.get("tags") or []
    return [(option[0], option[1]) for option in options]


def is_answered(answer):
    """Whether an answer says something: zero does, an unticked box does not."""
    return answer is not False and answer not in UNANSWERED


def to_input(env, question):
    """The value of the input that shows a stored answer."""
    answer = question["answer"]
    if question["type"] == "tags":
        return answer or []
    if not is_answered(answer):
        return ""
    if question["type"] == "datetime":
        moment = pytz.utc.localize(fields.Datetime.to_datetime(answer))
        return moment.astimezone(env.tz).strftime("%Y-%m-%dT%H:%M")
    return answer


def to_text(env, question):
    """A stored answer in words; empty when nothing was answered."""
    kind, answer = question["type"], question["answer"]
    if kind == "boolean":
        return env._("Yes") if answer else env._("No")
    if not is_answered(answer):
        return ""
    if kind in ("selection", "tags"):
        chosen = answer if kind == "tags" else [answer]
        return ", ".join(label for key, label in get_options(question) if key in chosen)
    if kind == "date":
        return format_date(env, answer)
    if kind == "datetime":
        return format_datetime(env, answer, tz=env.tz.zone, dt_format="short")
    return str(answer)


def to_words(env, record):
    """The answers of a request to the questions of its type, as (label, words)."""
    asked = describe(record.type_id.properties_definition, record._get_portal_answers())
    answers = [
        (question["label"], to_text(env, question))
        for question in asked
        if question["type"] != "separator"
    ]
    return [(label, words) for label, words in answers if words]


def read_answer(env, question, form):
    """What a posted form answers, as the property stores it.

    :param form: werkzeug MultiDict
    :raises ValueError: what was typed is no answer to this question
    """
    kind, key = question["type"], question["key"]
    if kind == "boolean":
        return key in form
    options = [option[0] for option in get_options(question)]
    if kind == "tags":
        return [tag for tag in form.getlist(key) if tag in options]
    typed = (form.get(key) or "").strip()
    if not typed:
        return False
    if kind == "selection" and typed not in options:
        raise ValueError
    return _READERS.get(kind, _read_text)(env, typed)


def _read_text(_env, typed):
    return typed


def _read_integer(_env, typed):
    return int(typed)


def _read_number(_env, typed):
    number = float(typed.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError
    return number


def _read_date(_env, typed):
    return fields.Date.to_string(date.fromisoformat(typed))


def _read_datetime(env, typed):
    moment = env.tz.localize(datetime.fromisoformat(typed).replace(tzinfo=None))
    return fields.Datetime.to_string(moment.astimezone(pytz.utc).replace(tzinfo=None))


_READERS = {
    "integer": _read_integer,
    "float": _read_number,
    "monetary": _read_number,
    "date": _read_date,
    "datetime": _read_datetime,
}
