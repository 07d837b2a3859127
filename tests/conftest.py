"""Refuses silent skips in CI; runs quick tests first, browsers last."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from odoo.tests import HttpCase

sys.path.insert(0, str(Path(__file__).parent))

import run_counts  # noqa: E402  the line above makes it importable
from browsing import BrowserCase, find_chromium  # noqa: E402

# Methods of HttpCase that start a browser.
BROWSER_CALLS = {"start_tour", "browser_js"}


def pytest_configure(config):
    """Under CI a browser test never skips for lack of a browser."""
    # as a plugin, for the tests of the addons too: a fixture here would miss them
    config.pluginmanager.import_plugin("worker_files")
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
    items.sort(key=weigh)


def weigh(item) -> int:
    """0 for a plain test, 1 for one over HTTP, 2 for one in a browser."""
    case = getattr(item, "cls", None) or object
    if not issubclass(case, HttpCase):
        return 0
    drives = BROWSER_CALLS.intersection(item.function.__code__.co_names)
    return 2 if drives or issubclass(case, BrowserCase) else 1


def pytest_sessionfinish(session):
    """A worker of xdist sends its counts to the process that prints them."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["counts"] = run_counts.read()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Keep the counts of a worker that ended."""
    run_counts.add(getattr(node, "workeroutput", {}).get("counts", {}))


def pytest_terminal_summary(terminalreporter):
    """Attacks refused, cells of the matrix, steps of the state machines."""
    for title, numbers in run_counts.read().items():
        text = ", ".join(f"{number} {name}" for name, number in numbers.items())
        terminalreporter.write_line(f"{title}: {text}")
