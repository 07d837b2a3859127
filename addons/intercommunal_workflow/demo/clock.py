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
    """While it lasts, `set_clock` decides what `fields.Datetime.now()` says here."""
    true_now = fields.Datetime.now

    def now(*_args):
        return getattr(_shown, "moment", None) or true_now()

    fields.Datetime.now = staticmethod(now)
    try:
        yield
    finally:
        fields.Datetime.now = staticmethod(true_now)
        set_clock(None)


def set_clock(moment):
    """Show ``moment`` (UTC, naive), or the true time again when it is None."""
    _shown.moment = moment
