"""Databases: a template of what others wrote, and copies of it with our addons."""

import os
import shutil
from pathlib import Path

from . import postgres, server
from .console import Failure, say, step
from .environment import install_bench, odoo_path
from .home import (
    ADDONS,
    CONFIG,
    HOME,
    REQUIREMENTS,
    dependencies,
    digest,
    is_done,
    mark_done,
    our_addons,
)

DEMO = "intercommunal"
SCRIPTS = CONFIG / "runner/scripts"
LANGUAGE = "fr_FR"
FILES = server.DATA / "filestore"
USERS = HOME / "users.txt"
# What is in the template came from these: Odoo as it was unpacked, and the wheels.
ODOO_STAMP = HOME / "stamps/odoo"
OCA = REQUIREMENTS / "oca.txt"
HEADINGS = ("Rôle", "Nom", "Identifiant", "Mot de passe", "Où aller")
PEERS = [
    "maintenance",
    "project",
    "sale_timesheet",
    "fieldservice",
    "fieldservice_account",
]


def template() -> str:
    """Name of the template database, made anew when its inputs change."""
    script = SCRIPTS / "prepare_template.py"
    key = digest(*dependencies(), str(odoo_path()), ODOO_STAMP, OCA, script)
    name = f"tpl_{key}"
    if is_done("template", key) and exists(name):
        return name
    with step("Making the template database (about a minute)"):
        drop(name)
        server.install(name, ["base", *dependencies()], f"--load-language={LANGUAGE}")
        server.shell(name, script)
    mark_done("template", key)
    drop_unused("tpl_", name)
    return name


def demo() -> str:
    """The demonstration database, made once and kept up to date with our code."""
    if not our_addons():
        raise Failure(f"There is no addon in {ADDONS}.")
    if not (exists(DEMO) and is_done("demo", "made")):
        _make_demo()
    elif not is_done("demo-code", code_digest()):
        update()
    return DEMO


def _make_demo() -> None:
    key = code_digest()
    source = template()
    USERS.unlink(missing_ok=True)
    with step("Making the demonstration database"):
        copy(source, DEMO)
        server.install(DEMO, our_addons())
    with step("Loading the demonstration territory"):
        server.shell(DEMO, SCRIPTS / "load_demo.py")
    mark_done("demo", "made")
    mark_done("demo-code", key)


def update() -> None:
    """Bring our addons up to date in the demonstration database."""
    key = code_digest()
    USERS.unlink(missing_ok=True)
    with step("Updating the demonstration database"):
        # a French term said otherwise is kept as it was unless Odoo is told to
        # overwrite it; records that a user may change (noupdate) keep theirs
        addons = our_addons()
        server.install(DEMO, addons, "-u", ",".join(addons), "--i18n-overwrite")
    mark_done("demo-code", key)


def test() -> str:
    """The database of the tests: the template with our addons, no demonstration."""
    source = template()
    script = SCRIPTS / "prepare_tests.py"
    key = digest(code_digest(), source, script)
    name = f"test_{key}"
    if is_done("test", key) and exists(name):
        return name
    drop_unused("test_", name)
    with step("Making the test database"):
        copy(source, name)
        server.install(name, our_addons())
    with step("Preparing it: accounts, bundles of the browsers"):
        server.shell(name, script)
    mark_done("test", key)
    return name


def bench() -> str:
    """The database of the benchmark: our addons beside their peers."""
    install_bench()
    source = template()
    key = digest(code_digest(), source, REQUIREMENTS / "bench.lock", *PEERS)
    name = f"bench_{key}"
    if is_done("bench-database", key) and exists(name):
        return name
    drop_unused("bench_", name)
    with step("Making the benchmark's database (about a minute)"):
        copy(source, name)
        server.install(name, [*our_addons(), *PEERS])
    mark_done("bench-database", key)
    return name


def code_digest() -> str:
    """Hash of what a database holds of our addons: their tests change nothing."""
    parts: list[object] = []
    for addon in our_addons():
        folder = ADDONS / addon
        parts += [addon, *(path for path in _content(folder))]
    return digest(*parts)


def _content(folder: Path) -> list[Path]:
    skipped = {"tests", "readme", "README.md"}
    return sorted(path for path in folder.iterdir() if path.name not in skipped)


def exists(name: str) -> bool:
    """Whether a database of this name is there."""
    return name in names(name)


def names(prefix: str) -> list[str]:
    """Names of the databases that begin with ``prefix``."""
    rows = postgres.sql("SELECT datname FROM pg_database WHERE NOT datistemplate")
    return [row for row in rows if row.startswith(prefix)]


def copy(source: str, name: str) -> None:
    """Make ``name`` a copy of ``source``, its files linked."""
    drop(name)
    postgres.sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    if (FILES / source).exists():
        shutil.copytree(FILES / source, FILES / name, copy_function=os.link)


def drop(name: str) -> None:
    """Drop a database and its files, if they are there."""
    postgres.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(FILES / name, ignore_errors=True)


def drop_unused(prefix: str, kept: str) -> None:
    """Drop the databases of earlier inputs, except where somebody still works."""
    used = postgres.sql("SELECT DISTINCT datname FROM pg_stat_activity")
    for name in names(prefix):
        if name != kept and name not in used:
            drop(name)


def users() -> list[list[str]]:
    """The demonstration users: rows of role, name, login, password, where."""
    if not USERS.exists():
        rows = server.shell(DEMO, SCRIPTS / "list_users.py")
        USERS.write_text("\n".join(rows), encoding="utf-8")
    lines = USERS.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


def print_users(address: str) -> None:
    """Print the address and the table of demonstration users."""
    rows = [list(HEADINGS), *users()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    say("")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  " + "  ".join(cells).rstrip())
    say(f"\n  {address}/odoo\n")
