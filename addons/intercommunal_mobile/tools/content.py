"""What a phone sends, checked without models: plain JSON in, a clean dict out.

A phone may run an old page, a proxy may cut a message, a client may be hostile: each
value is read as the type it should have, within limits, and nothing else is kept.
"""

import base64
from datetime import UTC, datetime
from uuid import UUID

PROTOCOL = 1
KINDS = ("report", "start", "block", "resume", "unplanned", "answer")
OUTCOMES = ("done", "partial", "impossible")
LINE_KINDS = ("labour", "equipment", "material", "travel")
MAX_TEXT = 10_000
MAX_LINES = 60
MAX_PHOTOS = 20
MAX_CHECKS = 300
MAX_ACCURACY = 100_000.0  # m
MAX_UNSENT = 100_000
# A phone without a clock says 1970; beyond these a time zone leaves the calendar.
YEARS = range(1900, 3000)
MAX_SIGNATURE = 400_000  # characters of base64


class BadContent(ValueError):
    """The message can't be read; its text names what is wrong."""


def to_uuid(value):
    """An identifier that a phone gives, in its canonical form, or None."""
    try:
        return str(UUID(value))
    except (AttributeError, TypeError, ValueError):
        return None


def is_id(value):
    """Whether it can be the id of a record: True is an int too, and PostgreSQL knows
    none beyond these."""
    return type(value) is int and 0 < value < 2**31


def text(values, name, limit=MAX_TEXT):
    """A trimmed text that a database can hold, cut to ``limit`` characters."""
    value = values.get(name)
    if value is None or value is False:
        return ""
    if not isinstance(value, str):
        raise BadContent(name)
    # half a character (a lone surrogate) becomes a question mark
    value = value.encode("utf-8", "replace").decode("utf-8")
    return value.replace("\x00", "").strip()[:limit]


def integer(values, name, low=0, high=2**31 - 1):
    """An integer between two bounds, 0 when it is not given."""
    value = values.get(name) or 0
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not low <= value <= high
    ):
        raise BadContent(name)
    return value


def number(values, name, low=0.0, high=1e6):
    """A number between two bounds, 0 when it is not given."""
    value = values.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadContent(name)
    if not low <= value <= high:
        raise BadContent(name)
    return float(value)


def choice(values, name, choices, default=None):
    """One of ``choices``."""
    value = values.get(name) or default
    if value not in choices:
        raise BadContent(name)
    return value


def moment(values, name):
    """A moment as naive UTC, to the second, or None.

    :raises BadContent: no ISO 8601 with an offset
    """
    value = text(values, name, 40)
    if not value:
        return None
    try:
        stamp = datetime.fromisoformat(value)
    except ValueError:
        raise BadContent(name) from None
    if stamp.tzinfo is None or stamp.year not in YEARS:
        raise BadContent(name)
    return stamp.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def items(values, name, limit):
    """A list of dicts, at most ``limit`` long."""
    value = values.get(name) or []
    if (
        not isinstance(value, list)
        or len(value) > limit
        or not all(isinstance(item, dict) for item in value)
    ):
        raise BadContent(name)
    return value


def clean(values):
    """What a phone sent, reduced to what we know.

    :param values: the decoded JSON of one message
    :return: dict; see the keys below
    :raises BadContent: something can't be read
    """
    if not isinstance(values, dict):
        raise BadContent("content")
    message = {
        "kind": choice(values, "kind", KINDS, "report"),
        "job": integer(values, "job"),
        "question": integer(values, "question"),
        "commune": integer(values, "commune"),
        "service": integer(values, "service"),
        "name": text(values, "name", 200),
        "outcome": choice(values, "outcome", OUTCOMES, "done"),
        "reason": text(values, "reason", 40),
        "summary": text(values, "summary"),
        "remaining": text(values, "remaining"),
        "started_at": moment(values, "started_at"),
        "ended_at": moment(values, "ended_at"),
        "captured_at": moment(values, "captured_at"),
        "lines": [clean_line(line) for line in items(values, "lines", MAX_LINES)],
        "checks": [
            {"label": text(check, "label", 300), "done": check.get("done") is True}
            for check in items(values, "checks", MAX_CHECKS)
        ],
        "signature": clean_signature(values),
        "signer": text(values, "signer", 120),
        "photos": [clean_photo(photo) for photo in items(values, "photos", MAX_PHOTOS)],
    }
    # a message without it hashes as before there was any: sent again, it is the same
    if values.get("position"):
        message["position"] = clean_position(values["position"])
    return message


def clean_device(device):
    """What a phone says of itself; a count out of bounds is brought within them."""
    if not isinstance(device, dict):
        raise BadContent("device")
    unsent = device.get("unsent")
    return {
        "uuid": text(device, "uuid", 40),
        "name": text(device, "name", 80),
        "version": text(device, "version", 40),
        "unsent": max(0, min(unsent, MAX_UNSENT)) if isinstance(unsent, int) else 0,
    }


def clean_signature(values):
    """The image of a signature in base64, or ""."""
    value = text(values, "signature", MAX_SIGNATURE)
    try:
        base64.b64decode(value)
    except ValueError:
        raise BadContent("signature") from None
    return value


def clean_position(position):
    """Where the phone was: degrees (WGS 84), and metres of doubt."""
    if not isinstance(position, dict):
        raise BadContent("position")
    return {
        "latitude": number(position, "latitude", -90, 90),
        "longitude": number(position, "longitude", -180, 180),
        "accuracy": min(number(position, "accuracy", high=1e9), MAX_ACCURACY),
    }


def clean_line(line):
    """One line of times, equipment, material or travel."""
    return {
        "kind": choice(line, "kind", LINE_KINDS),
        "agent": integer(line, "agent"),
        "product": integer(line, "product"),
        "name": text(line, "name", 200),
        "minutes": integer(line, "minutes", high=24 * 60),
        "quantity": number(line, "quantity"),
    }


def clean_photo(photo):
    """What a phone says of a photo that it will send after the text."""
    return {
        "uuid": text(photo, "uuid", 40),
        "sha256": text(photo, "sha256", 64),
        "kind": choice(photo, "kind", ("before", "during", "after", "other"), "after"),
        "caption": text(photo, "caption", 200),
        "taken_at": moment(photo, "taken_at"),
    }
