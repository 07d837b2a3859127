"""Lint and translations."""

import os
import shutil
import sys
from xml.etree import ElementTree

from . import server
from .console import Failure, run, say, step
from .environment import PYTHON, odoo_path, pip_install
from .home import (
    ADDONS,
    CONFIG,
    HOME,
    REPO,
    REQUIREMENTS,
    digest,
    is_done,
    mark_done,
    our_addons,
    replace_folder,
)

LINT = HOME / "lint"
MERGE = CONFIG / "runner/scripts/merge_po.py"
# Core's own checkers and tests, which must pass with our addons installed. Left out:
# what needs a database in English alone, and manifests (OCA's wheels are there too).
CORE_TESTS = {
    "test_lint/tests": (
        "docstring", "dunderinit", "i18n", "index", "jstranslate", "markers", "naming",
        "onchange_domains", "orm_import", "override_signatures", "routes",
    ),
    "base/tests": ("acl",),
    "portal/tests": (
        "addresses", "login", "message_format_portal", "pager", "portal",
        "portal_wizard",
    ),
    "mail/tests": ("mail_message",),
}  # fmt: skip
SHOWN = 80  # lines; more would hide the sentence that says what to do


def install_linters() -> None:
    """An environment of their own: their needs are not Odoo's."""
    requirements = REQUIREMENTS / "lint.lock"
    key = digest(requirements, sys.version)
    if is_done("lint", key) and LINT.exists():
        return
    with step("Installing the linters"):
        fresh = HOME / "lint.new"
        shutil.rmtree(fresh, ignore_errors=True)
        run([sys.executable, "-m", "venv", fresh])
        pip_install(fresh, f"--requirement={requirements}")
        replace_folder(fresh, LINT)
    mark_done("lint", key)


def lint() -> None:
    """Run every static check; say all that is wrong at once."""
    # by module: scripts of an environment that was moved name its old place
    python = [LINT / "bin/python", "-m"]
    modules = [ADDONS / name for name in our_addons()]
    checks = {
        "ruff check": [*python, "ruff", "check", "--output-format=concise", "."],
        "ruff format": [*python, "ruff", "format", "--check", "."],
        "pylint-odoo": [*python, "pylint", "--rcfile=.pylintrc", *modules],
    }
    faults = []
    for name, command in checks.items():
        log = HOME / f"log/{name.replace(' ', '-')}.log"
        with step(name):
            try:
                run(command, cwd=REPO, log=log)
            except Failure:
                lines = log.read_text(encoding="utf-8").splitlines()
                faults.append("\n".join([f"{name}:", *lines[:SHOWN]]))
    faults += check_xml()
    if faults:
        raise Failure(
            "\n\n".join(faults)
            + f"\n\nMend these; ruff mends many itself: {LINT}/bin/ruff check --fix,"
            f" {LINT}/bin/ruff format. The whole of it is in {HOME}/log."
        )


def check_xml() -> list[str]:
    """Faults of the XML files, as sentences."""
    faults = []
    for path in sorted(ADDONS.rglob("*.xml")):
        try:
            ElementTree.parse(path)  # noqa: S314  our own files
        except ElementTree.ParseError as error:
            faults.append(f"{path.relative_to(REPO)}: {error}")
        if "\t" in path.read_text(encoding="utf-8"):
            faults.append(f"{path.relative_to(REPO)}: indent with spaces, not tabs.")
    return faults


def translations(database: str, check: bool) -> None:
    """Bring the .pot and fr.po of each addon up to date, or check that they are.

    :param check: change nothing, fail on what is missing
    """
    faults = []
    with step("Reading the terms of the addons"):
        for addon in our_addons():
            pot = HOME / "i18n" / f"{addon}.pot"
            pot.parent.mkdir(exist_ok=True)
            server.command(
                "i18n", "i18n", "export", "-c", server.CONF, "-d", database,
                "-l", "pot", "-o", pot, addon,
            )  # fmt: skip
            options = ["--check"] if check else []
            text = run([PYTHON, MERGE, pot, ADDONS / addon / "i18n", *options])
            faults += text.strip().splitlines()
    for fault in faults[:SHOWN]:
        say(f"  {fault}")
    if check and faults:
        raise Failure(
            f"The French translation is not complete: {len(faults)} terms. ./run i18n"
            " brings the files up to date; then fill in addons/*/i18n/fr.po."
        )


def all_tests() -> list[str]:
    """Paths of everything that the test command runs: ours, and some of core's."""
    return ["addons", "tests", *core_tests()]


def share_cores() -> list[str]:
    """Options that let pytest-xdist work on every core, each on a copy of the database.

    A class stays on one core, with what it set up; the order stays the one of
    tests/conftest.py.
    """
    cores = len(os.sched_getaffinity(0))
    if cores < 2:
        return []
    # a browser's test waits for its page half of the time: another one works meanwhile
    return [f"--numprocesses={cores + 1}", "--dist=loadscope", "--no-loadscope-reorder"]


def core_tests() -> list[str]:
    """Paths of core's tests that run beside ours.

    :raises Failure: one is not there: Odoo was cut, or renamed it
    """
    # some come with the addons, others with the framework
    folders = [odoo_path() / "odoo/addons", odoo_path() / "addons"]
    paths = []
    for folder, names in CORE_TESTS.items():
        for name in names:
            candidates = [base / folder / f"test_{name}.py" for base in folders]
            found = next((path for path in candidates if path.exists()), None)
            if not found:
                raise Failure(
                    f"Odoo's own test {candidates[0]} is missing: bring CORE_TESTS of"
                    " config/runner/quality.py up to date."
                )
            paths.append(str(found))
    return paths
