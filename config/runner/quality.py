"""Lint and translations."""

import shutil
import sys
from xml.etree import ElementTree

import database
import server
from console import Failure, run, say, step
from environment import PYTHON
from home import ADDONS, CONFIG, HOME, REPO, digest, is_done, mark_done, our_addons

LINT = HOME / "lint"


def lint():
    """Run every static check; say all that is wrong at once."""
    install_linters()
    bin_folder = LINT / "bin"
    modules = [ADDONS / name for name in our_addons()]
    checks = {
        "ruff check": [bin_folder / "ruff", "check", "."],
        "ruff format": [bin_folder / "ruff", "format", "--check", "."],
        "pylint-odoo": [bin_folder / "pylint", "--rcfile=.pylintrc", *modules],
    }
    faults = []
    for name, command in checks.items():
        with step(name):
            try:
                run(command, cwd=REPO)
            except Failure as failure:
                faults.append(str(failure))
    faults += check_xml()
    if faults:
        raise Failure("\n\n".join(faults))


def install_linters():
    """An environment of their own: their needs are not Odoo's."""
    requirements = CONFIG / "requirements/lint.lock"
    key = digest(requirements, sys.version)
    if is_done("lint", key):
        return
    with step("Installing the linters"):
        shutil.rmtree(LINT, ignore_errors=True)
        run([sys.executable, "-m", "venv", LINT])
        run([LINT / "bin/pip", "install", "-q", "-r", requirements])
    mark_done("lint", key)


def check_xml():
    """Faults of the XML files: list of sentences."""
    faults = []
    for path in sorted(ADDONS.rglob("*.xml")):
        try:
            ElementTree.parse(path)  # noqa: S314  our own files
        except ElementTree.ParseError as error:
            faults.append(f"{path.relative_to(REPO)}: {error}")
        if "\t" in path.read_text(encoding="utf-8"):
            faults.append(f"{path.relative_to(REPO)}: indent with spaces, not tabs.")
    return faults


def translations(check):
    """Bring the .pot and fr.po of each addon up to date, or check that they are.

    :param bool check: change nothing, fail on what is missing
    """
    name = database.test()
    faults = []
    with step("Reading the terms of the addons"):
        for addon in our_addons():
            pot = HOME / "i18n" / f"{addon}.pot"
            pot.parent.mkdir(exist_ok=True)
            server.command(
                "i18n", "export", "-c", server.CONF, "-d", name, "-l", "pot",
                "-o", pot, addon,
            )  # fmt: skip
            text = run(
                [PYTHON, CONFIG / "runner/scripts/merge_po.py", pot,
                 ADDONS / addon / "i18n", *(["--check"] if check else [])]
            )  # fmt: skip
            faults += text.strip().splitlines()
    if check and faults:
        raise Failure(
            "The French translation is not complete (./run i18n brings the files up to"
            " date, then fill in fr.po):\n" + "\n".join(faults[:60])
        )
    for fault in faults:
        say(f"  {fault}")
