"""The requests that the web client makes, as record.py saw them in a browser."""

import json
from pathlib import Path

from lxml import etree

PATH = Path(__file__).with_name("calls.json")
# Values of a domain that differ from one database to the next.
PLACEHOLDERS = {"create_uid": "uid", "user_id": "uid", "project_id": "active_id"}


def load():
    """{model: {call: keyword arguments}}."""
    return json.loads(PATH.read_text(encoding="utf-8"))


def save(recorded):
    """Write them, readable in a diff."""
    text = json.dumps(recorded, indent=1, ensure_ascii=False, sort_keys=True)
    PATH.write_text(text + "\n", encoding="utf-8")


def generalise(kwargs):
    """The call without what belongs to the database where it was seen."""
    context = {
        key: value
        for key, value in kwargs.pop("context").items()
        if key not in ("lang", "tz", "uid", "allowed_company_ids")
        and not key.startswith(("default_", "active_"))
    }
    domain = [
        [leaf[0], leaf[1], f"@{PLACEHOLDERS[leaf[0]]}"]
        if isinstance(leaf, list) and leaf[0] in PLACEHOLDERS and leaf[2]
        else leaf
        for leaf in kwargs.pop("domain")
    ]
    return {**kwargs, "domain": domain, "context": context}


def replay(kwargs, **values):
    """Arguments of the call here; ``values`` fill the placeholders.

    :return: (context, keyword arguments)
    """
    kwargs = dict(kwargs)
    context = kwargs.pop("context")
    kwargs["domain"] = [
        [*leaf[:2], values[leaf[2][1:]]]
        if isinstance(leaf, list) and str(leaf[2]).startswith("@")
        else leaf
        for leaf in kwargs["domain"]
    ]
    return context, kwargs


def is_stale(env, subject, recorded):
    """Whether the subject's board shows fields that the recorded call does not read."""
    arch = env[subject.model].get_view(view_type="kanban")["arch"]
    shown = {field.get("name") for field in etree.fromstring(arch).iter("field")}
    return bool(shown - recorded["board"]["unfold_read_specification"].keys())
