"""Refuses silent skips in CI; runs quick tests first, browsers last."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browsing import find_chromium  # noqa: E402  the line above makes it importable

BROWSER_MARKS = ("browser", "journey", "tour", "board", "portal_pages")


def pytest_configure(config):
    """Under CI a browser test never skips for lack of a browser."""
    if not os.environ.get("CI"):
        return
    missing = []
    if not config.getoption("--odoo-http", default=False):
        missing.append("--odoo-http")
    if not find_chromium():
        missing.append("Chromium (apt-get install chromium)")
    missing += [
        module
        for module in ("websocket", "playwright")
        if not importlib.util.find_spec(module)
    ]
    if missing:
        raise pytest.UsageError(
            "Browser tests would be skipped, which CI does not accept. Missing: "
            + ", ".join(missing)
        )


def pytest_collection_modifyitems(items):
    """The slow ones last: a mistake shows early."""
    items.sort(key=lambda item: any(mark in item.nodeid for mark in BROWSER_MARKS))
