"""A clock that the demonstration sets back.

Decisions are append-only: their time can't be corrected afterwards, not even by SQL.
So the story of the last weeks is played with Odoo's clock set back, in this thread
only; the other threads of the server keep the true time.
"""

import threading
from contextlib import contextmanager

from odoo import fields

_shown = threading.local()


@contextmanager
def settable_clock():
    """While it lasts, `set_clock` decides what Odoo takes for now in this thread."""
    true_now = fields.Datetime.now
    true_today = fields.Date.context_today

    def now(*_args):
        return _get_moment() or true_now()

    def context_today(record, timestamp=None):
        return true_today(record, timestamp or _get_moment())

    fields.Datetime.now = staticmethod(now)
    fields.Date.context_today = staticmethod(context_today)
    try:
        yield
    finally:
        fields.Datetime.now = staticmethod(true_now)
        fields.Date.context_today = staticmethod(true_today)
        set_clock(None)


def set_clock(moment):
    """Show ``moment`` (UTC, naive), or the true time again when it is None."""
    _shown.moment = moment


def _get_moment():
    return getattr(_shown, "moment", None)
