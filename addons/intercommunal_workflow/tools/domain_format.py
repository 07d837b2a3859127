"""The file of a domain: JSON (RFC 8259), read strictly, written always the same way.

A file holds data only: no Python, no XML, no template. `FORMAT` says what each section
may hold; whoever adds a section (billing adds rates) gives `check` a longer one.
"""

import difflib
import json
import math
import re
from datetime import date
from typing import Any, NamedTuple

NAME = "intercommunal-domain"
VERSION = 1
MAX_BYTES = 500_000
MAX_LINE = 200
MAX_TEXT = 5_000
MAX_ROWS = 200
MINUTES_OF_A_DAY = 24 * 60
# Kinds of question that a file may carry: what a page of the portal can ask.
QUESTION_KINDS = (
    "char",
    "text",
    "integer",
    "float",
    "boolean",
    "date",
    "datetime",
    "selection",
    "tags",
    "separator",
)
WHO = ("commune_role", "service_role", "group")
COMMUNE_ROLES = ("requester", "referent", "mayor", "deputy", "dgs")
LINE_KINDS = ("labour", "equipment", "material", "travel")
GROUPS = ("service_manager", "finance", "direction", "admin")
STATES = (
    "draft",
    "submitted",
    "info_requested",
    "approval",
    "accepted",
    "planned",
    "in_progress",
    "to_validate",
    "rework",
    "validated",
    "closed",
    "refused",
    "cancelled",
)
REPLY_USAGES = ("ask", "message", "answer", "refuse", "cancel", "reconsider")


class Key(NamedTuple):
    """What a key of the file holds.

    :param kind: line, text, number, integer, flag, date, choice, choices (several),
        lines (of text),
        names (of other rows), options, filter, answers, row, rows, raw (kept as it is)
    :param default: what it is worth when it is left out; written files leave it out
    """

    name: str
    kind: str = "line"
    required: bool = False
    default: Any = None
    choices: tuple = ()
    keys: tuple = ()
    refers_to: str = ""


class Problem(NamedTuple):
    """Something wrong: where in the file, which rule, and what the sentence names.

    :param at: the item of a list, or the key, that ``where`` does not name
    :param line: in the file, as an editor counts; 0 when there is no file
    """

    where: str
    rule: str
    values: dict
    at: str = ""
    line: int = 0


_STEP = (
    Key("name", required=True),
    Key("sequence", "integer", default=10),
    Key("resolver", "choice", required=True, choices=WHO),
    Key("commune_role", "choice", choices=COMMUNE_ROLES),
    Key("service_role", "choice", choices=("manager", "director")),
    Key("group", "choice", choices=GROUPS),
    Key("only_if", "filter", default=[]),
    Key("amount_min", "number", default=0),
    Key("quorum_mode", "choice", default="number", choices=("number", "all")),
    Key("quorum", "integer", default=1),
    Key("four_eyes", "flag", default=True),
    Key("is_arbitration", "flag", default=False),
    Key("delay_days", "integer", default=7),
    Key("reminder_days", "integer", default=3),
    Key("on_refusal", "choice", default="rework", choices=("rework", "cancel", "back")),
    Key("back_to"),
    Key("vacant_mode", "choice", default="block", choices=("block", "escalation")),
    Key("escalation_resolver", "choice", choices=WHO),
    Key("escalation_commune_role", "choice", choices=COMMUNE_ROLES),
    Key("escalation_service_role", "choice", choices=("manager", "director")),
    Key("escalation_group", "choice", choices=GROUPS),
)
_QUESTION = (
    Key("name", required=True),
    Key("label", required=True),
    Key("kind", "choice", required=True, choices=QUESTION_KINDS),
    Key("required", "flag", default=False),
    Key("suffix", default=""),
    Key("options", "options", default={}),
)
_SAMPLE_LINE = (
    Key(
        "kind",
        "choice",
        required=True,
        choices=LINE_KINDS,
    ),
    Key("minutes", "integer", default=0),
    Key("quantity", "number", default=0),
    Key("product", refers_to="products"),
)
FORMAT = (
    Key("format", required=True),
    Key("version", "integer", required=True),
    Key("code", required=True),
    Key("name", required=True),
    Key("summary", "text", default=""),
    Key("author", default=""),
    Key("edition", default=""),
    Key("language", required=True),
    Key(
        "service",
        "row",
        required=True,
        keys=(
            Key("code", required=True),
            Key("name", required=True),
            Key("color", "integer", default=0),
            Key("contest_days", "integer", default=15),
        ),
    ),
    Key(
        "products",
        "rows",
        default=[],
        keys=(
            Key("name", required=True),
            Key(
                "unit",
                "choice",
                default="unit",
                choices=("unit", "hour", "day", "km", "m", "l", "kg", "t"),
            ),
            Key("kind", "choice", default="consu", choices=("consu", "service")),
        ),
    ),
    Key("skills", "rows", default=[], keys=(Key("name", required=True),)),
    Key(
        "types",
        "rows",
        required=True,
        keys=(
            Key("name", required=True),
            Key("description", "text", default=""),
            Key("default_duration", "number", default=2),
            Key("default_agents", "integer", default=1),
            Key("questions", "rows", default=[], keys=_QUESTION),
            Key("checklist", "lines", default=[]),
            Key("report_template", "text", default=""),
            Key("products", "names", default=[], refers_to="products"),
            Key("skills", "names", default=[], refers_to="skills"),
            Key("asker", "choice", default="anyone", choices=("anyone", "referent")),
        ),
    ),
    Key(
        "slas",
        "rows",
        default=[],
        keys=(
            Key("type", refers_to="types"),
            Key("priority", "choice", choices=("0", "1", "2")),
            Key("answer_hours", "number", default=0),
            Key("done_hours", "number", default=0),
        ),
    ),
    Key(
        "circuits",
        "rows",
        default=[],
        keys=(
            Key("name", required=True),
            Key("subject", "choice", default="report", choices=("request", "report")),
            Key("sequence", "integer", default=10),
            Key("types", "names", default=[], refers_to="types"),
            Key("only_if", "filter", default=[]),
            Key("steps", "rows", required=True, keys=_STEP),
        ),
    ),
    Key(
        "replies",
        "rows",
        default=[],
        keys=(
            Key("name", required=True),
            Key("usage", "choice", default="ask", choices=REPLY_USAGES),
            Key("types", "names", default=[], refers_to="types"),
            Key("states", "choices", default=[], choices=STATES[1:]),
            Key("reason"),
            Key("body", "text", required=True),
        ),
    ),
    Key(
        "stages",
        "rows",
        default=[],
        keys=(
            Key("name", required=True),
            Key("state", "choice", required=True, choices=STATES),
            Key("sequence", "integer", default=10),
            Key("fold", "flag", default=False),
            Key("mail_text", "text", default=""),
        ),
    ),
    Key(
        "sample",
        "row",
        keys=(
            Key("type", required=True, refers_to="types"),
            Key("name", required=True),
            Key("description", "text", required=True),
            Key("priority", "choice", default="0", choices=("0", "1", "2")),
            Key("answers", "answers", default={}),
            Key("summary", "text", required=True),
            Key("lines", "rows", required=True, keys=_SAMPLE_LINE),
        ),
    ),
)
# What tells two rows of a section apart.
_IDENTITY = {
    "products": ("name",),
    "skills": ("name",),
    "types": ("name",),
    "slas": ("type", "priority"),
    "circuits": ("name",),
    "replies": ("usage", "name"),
    "stages": ("name",),
    "questions": ("name",),
    "steps": ("name",),
    "rates": ("code",),
    "surcharges": ("name",),
}


# ------------------------------------------------------------------------ write


def dump(data, keys=FORMAT):
    """The file of ``data``: keys in the order of the format, defaults left out.

    :return: bytes, UTF-8; the same data always gives the same bytes
    """
    text = json.dumps(_order(data, keys), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def _order(row, keys):
    ordered = {}
    for key in keys:
        value = row.get(key.name)
        if value is None or (not key.required and value == key.default):
            continue
        if key.kind == "rows":
            value = [_order(part, key.keys) for part in value]
        elif key.kind == "row":
            value = _order(value, key.keys)
        elif key.kind == "answers":
            # a database keeps them in an order of its own
            value = dict(sorted(value.items()))
        elif key.kind == "choices":
            value = [choice for choice in key.choices if choice in value]
        elif key.kind in ("number", "integer"):
            # 2.0 and 2 are one number, written one way
            value = int(value) if value == int(value) else value
        ordered[key.name] = value
    return ordered


# ------------------------------------------------------------------------- read


class _Refused(ValueError):
    """What JSON libraries read and the RFC does not know; ``rule`` says which."""

    def __init__(self, rule, value):
        super().__init__(rule)
        self.rule = rule
        self.value = value


def load(raw):
    """Read the JSON of a file.

    :param bytes raw: the file
    :return: (dict or None, list of `Problem`)
    """
    if len(raw) > MAX_BYTES:
        return None, [Problem("", "too_big", {"limit": MAX_BYTES // 1000})]
    try:
        data = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_read_object,
            parse_constant=_refuse,
        )
    except UnicodeDecodeError:
        return None, [Problem("", "not_text", {})]
    except json.JSONDecodeError as error:
        return None, [_tell_syntax(error)]
    except _Refused as error:
        line = _find_refused(raw.decode("utf-8-sig"), error)
        return None, [Problem("", error.rule, {"value": error.value}, line=line)]
    except RecursionError:
        return None, [Problem("", "not_json", {"line": 1, "column": 1, "text": ""})]
    if not isinstance(data, dict) or data.get("format") != NAME:
        return None, [Problem("", "not_domain", {})]
    if data.get("version") != VERSION:
        found = str(data.get("version"))
        return None, [Problem("version", "version", {"found": found})]
    return data, []


def _read_object(pairs):
    found = {}
    for key, value in pairs:
        if key in found:
            raise _Refused("twice_key", key)
        found[key] = value
    return found


def _refuse(value):
    raise _Refused("no_value", value)


# What the library says of a broken file, and the rule that says it to people.
_SYNTAX = {
    "Expecting ',' delimiter": "no_comma",
    "Expecting ':' delimiter": "no_colon",
    "Expecting property name": "no_key",
    "Illegal trailing comma": "no_key",
    "Expecting value": "no_quotes",
    "Unterminated string": "no_end",
    "Invalid control character": "no_end",
    "Invalid \\": "escape",
    "Extra data": "goes_on",
}


def _tell_syntax(error):
    """The problem of a file that is no JSON, with the text that comes before it."""
    rule = next(
        (rule for words, rule in _SYNTAX.items() if error.msg.startswith(words)),
        "not_json",
    )
    before = error.doc[: error.pos].rstrip()
    if rule == "no_comma" or (rule == "no_key" and before.endswith(",")):
        # what is missing, or too many, is where the text before it ends
        line, text = before.count("\n") + 1, before.rsplit("\n", 1)[-1]
    else:
        line, text = error.lineno, error.doc.split("\n")[error.lineno - 1]
    values = {"line": error.lineno, "column": error.colno, "text": _show(text.strip())}
    return Problem("", rule, values, line=line)


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def _walk(text):
    """Each key and each value of a JSON text, from the top.

    :return: iterator of (path, line, token, whether it is a key)
    """
    # (path, number of its item, or None in an object) of what is open
    stack: list[list] = []
    path, line, last, wants_key = "", 1, 0, False
    for token in _TOKEN.finditer(text):
        line += text.count("\n", last, token.start())
        last, word = token.start(), token.group()
        inside = stack[-1] if stack else ["", None]
        if word in "}]":
            stack.pop()
            wants_key = False
        elif word == ",":
            wants_key = inside[1] is None
            if not wants_key:
                inside[1] += 1
                path = f"{inside[0]}[{inside[1]}]"
        elif word == ":":
            continue
        elif wants_key:
            path = f"{inside[0]}.{json.loads(word, strict=False)}".lstrip(".")
            wants_key = False
            yield path, line, word, True
        else:
            yield path, line, word, False
            if word in "{[":
                wants_key = word == "{"
                stack.append([path, None if wants_key else 1])
                path = path if wants_key else f"{path}[1]"


def find_lines(raw):
    """The line of each place of a file that `load` read.

    :return: dict, path (``types[1].questions[2].kind``) → number
    """
    found = {}
    for path, line, _word, _is_key in _walk(raw.decode("utf-8-sig")):
        found.setdefault(path, line)
    return found


def locate(problems, lines):
    """``problems`` with the lines of their places, or of what holds these."""
    return [problem._replace(line=_find_line(problem, lines)) for problem in problems]


def _find_line(problem, lines):
    places = [problem.at, problem.where]
    if problem.rule == "unknown":
        places.insert(0, f"{problem.where}.{problem.values['key']}".lstrip("."))
    while places[-1]:
        # what is missing is said at the row that should have it
        places.append(re.sub(r"(\[\d+\]|\.?[^.\[\]]+)$", "", places[-1]))
    return next((lines[place] for place in places if place and place in lines), 1)


def _find_refused(text, error):
    """The line of a key that is there twice, or of a value that is none."""
    seen = set()
    for path, line, word, is_key in _walk(text):
        if error.rule == "no_value":
            if word == error.value:
                return line
        elif is_key and json.loads(word, strict=False) == error.value:
            if path in seen:
                return line
            seen.add(path)
    return 0


def check(data, keys=FORMAT):
    """What is wrong in ``data``, from top to bottom.

    :param keys: what the file may hold
    :return: list of `Problem`, empty when all is right
    """
    problems = []
    _check_row(data, keys, "", problems)
    if not problems:
        _check_names(data, keys, data, "", problems)
    if not problems:
        _check_steps(data, problems)
        _check_sample(data, problems)
    return problems


def complete(row, keys=FORMAT):
    """``row`` with the value of each key that was left out."""
    full = {}
    for key in keys:
        value = row.get(key.name, key.default)
        if key.kind == "rows":
            value = [complete(part, key.keys) for part in value or []]
        elif key.kind == "row" and value is not None:
            value = complete(value, key.keys)
        elif key.kind == "choices":
            # their order means nothing: the format's own is kept
            value = [choice for choice in key.choices if choice in value]
        full[key.name] = value
    return full


def _check_row(row, keys, where, problems):
    names = [key.name for key in keys]
    for name in row:
        if name not in names:
            close = difflib.get_close_matches(str(name), names, 1)
            values = {"key": str(name)[:50], "close": close[0] if close else ""}
            problems.append(Problem(where, "unknown", values))
    for key in keys:
        path = f"{where}.{key.name}".lstrip(".")
        if row.get(key.name) is None:
            if key.required:
                problems.append(Problem(path, "missing", {"key": key.name}))
            continue
        _check_value(row[key.name], key, path, problems)


def _check_value(value, key, path, problems):
    if key.kind in ("row", "rows"):
        _check_rows(value, key, path, problems)
    elif not _TESTS[key.kind](value):
        problems.append(Problem(path, key.kind, {"value": _show(value)}))
    elif key.kind in ("choice", "choices"):
        given = [value] if key.kind == "choice" else value
        for number, wrong in enumerate(given, 1):
            if wrong not in key.choices:
                values = {"value": _show(wrong), "allowed": ", ".join(key.choices)}
                at = f"{path}[{number}]" if key.kind == "choices" else path
                problems.append(Problem(path, "choice", values, at))
                break
    elif key.required and value in ("", [], {}):
        problems.append(Problem(path, "missing", {"key": key.name}))


def _check_rows(value, key, path, problems):
    if key.kind == "row":
        if isinstance(value, dict):
            _check_row(value, key.keys, path, problems)
        else:
            problems.append(Problem(path, "row", {"value": _show(value)}))
        return
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        problems.append(Problem(path, "rows", {"value": _show(value)}))
        return
    if len(value) > MAX_ROWS:
        problems.append(Problem(path, "too_many", {"limit": MAX_ROWS}))
        return
    if key.required and not value:
        problems.append(Problem(path, "missing", {"key": key.name}))
    for index, row in enumerate(value, 1):
        _check_row(row, key.keys, f"{path}[{index}]", problems)
    _check_unique(value, _IDENTITY.get(key.name), path, problems)


def _check_unique(rows, identity, path, problems):
    seen = set()
    for index, row in enumerate(rows, 1):
        name = tuple(str(row.get(part) or "") for part in identity or ())
        if identity and name in seen:
            values = {"value": _show(" · ".join(name))}
            problems.append(Problem(f"{path}[{index}]", "twice", values))
        seen.add(name)


def _check_names(row, keys, data, where, problems):
    """Each name of another row is the name of one."""
    for key in keys:
        value, path = row.get(key.name), f"{where}.{key.name}".lstrip(".")
        if value is None:
            continue
        if key.refers_to:
            identity = _IDENTITY[key.refers_to][0]
            known = [part[identity] for part in data.get(key.refers_to) or []]
            several = isinstance(value, list)
            for number, name in enumerate(value if several else [value], 1):
                if name not in known:
                    close = difflib.get_close_matches(name, known, 1)
                    values = {
                        "value": _show(name),
                        "section": key.refers_to,
                        "close": close[0] if close else "",
                    }
                    at = f"{path}[{number}]" if several else path
                    problems.append(Problem(path, "reference", values, at))
        elif key.kind == "row":
            _check_names(value, key.keys, data, path, problems)
        elif key.kind == "rows":
            for index, part in enumerate(value, 1):
                _check_names(part, key.keys, data, f"{path}[{index}]", problems)


def _check_steps(data, problems):
    for number, circuit in enumerate(data.get("circuits") or [], 1):
        rank = {}
        for index, step in enumerate(circuit["steps"], 1):
            path = f"circuits[{number}].steps[{index}]"
            for prefix in ("", "escalation_"):
                who = step.get(f"{prefix}resolver")
                if who and not step.get(f"{prefix}{who}"):
                    values = {"key": f"{prefix}{who}"}
                    problems.append(Problem(path, "missing", values))
            if step.get("on_refusal") == "back":
                before = rank.get(step.get("back_to"))
                if before is None or before >= step.get("sequence", 10):
                    values = {"value": _show(step.get("back_to") or "")}
                    problems.append(Problem(path, "back_to", values))
            rank[step["name"]] = step.get("sequence", 10)


def _check_sample(data, problems):
    sample = data.get("sample")
    if not sample:
        return
    for index, line in enumerate(sample["lines"], 1):
        if line.get("minutes", 0) > MINUTES_OF_A_DAY:
            values = {"value": line["minutes"], "limit": MINUTES_OF_A_DAY}
            problems.append(Problem(f"sample.lines[{index}].minutes", "day", values))
    asked = next(row for row in data["types"] if row["name"] == sample["type"])
    questions = {row["name"]: row for row in asked.get("questions") or []}
    answers = sample.get("answers") or {}
    for name, answer in answers.items():
        question = questions.get(name)
        if not question:
            values = {"key": name}
            at = f"sample.answers.{name}"
            problems.append(Problem("sample.answers", "answer", values, at))
        elif question["kind"] == "selection" and answer not in question["options"]:
            values = {
                "value": _show(answer),
                "allowed": ", ".join(question["options"]),
            }
            problems.append(Problem(f"sample.answers.{name}", "choice", values))
    for name, question in questions.items():
        if question.get("required") and answers.get(name) in (None, ""):
            problems.append(Problem("sample.answers", "missing", {"key": name}))


# ---------------------------------------------------------------- kinds of values


def _show(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _is_line(value):
    return isinstance(value, str) and len(value) <= MAX_LINE and "\n" not in value


def _is_text(value):
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_number(value):
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
        and 0 <= value < 1e9
    )


def _is_integer(value):
    return _is_number(value) and value == int(value)


def _is_date(value):
    try:
        return bool(isinstance(value, str) and date.fromisoformat(value))
    except ValueError:
        return False


def _is_lines(value):
    return (
        isinstance(value, list)
        and len(value) <= MAX_ROWS
        and all(_is_line(line) and line.strip() for line in value)
    )


def _is_options(value):
    return isinstance(value, dict) and all(
        _is_line(part) and part.strip() for pair in value.items() for part in pair
    )


def _is_answers(value):
    return isinstance(value, dict) and all(
        isinstance(answer, (str, int, float, bool)) or _is_lines(answer)
        for answer in value.values()
    )


def _is_filter(value):
    """A domain of Odoo in JSON; which fields it may read is the models' to say."""
    return isinstance(value, list) and all(
        (isinstance(part, str) and part in ("&", "|", "!"))
        or (
            isinstance(part, list)
            and len(part) == 3
            and isinstance(part[0], str)
            and isinstance(part[1], str)
        )
        for part in value
    )


_TESTS = {
    "line": _is_line,
    "text": _is_text,
    "number": _is_number,
    "integer": _is_integer,
    "flag": lambda value: isinstance(value, bool),
    "date": _is_date,
    "choice": lambda value: isinstance(value, str),
    "choices": _is_lines,
    "lines": _is_lines,
    "names": _is_lines,
    "options": _is_options,
    "answers": _is_answers,
    "filter": _is_filter,
    "raw": lambda value: isinstance(value, list),
}
