"""Databases: a template of what others wrote, and copies of it with our addons."""

import ast
import os
import shutil

import postgres
import server
from console import say, step
from home import ADDONS, CONFIG, HOME, digest, is_done, mark_done, our_addons

DEMO = "intercommunal"
SCRIPTS = CONFIG / "runner/scripts"
LANGUAGE = "fr_FR"
PEERS = (
    "maintenance",
    "project",
    "sale_timesheet",
    "fieldservice",
    "fieldservice_account",
)


def dependencies():
    """The addons that ours need and that others wrote."""
    found = set()
    for name in our_addons():
        text = (ADDONS / name / "__manifest__.py").read_text(encoding="utf-8")
        found.update(ast.literal_eval(text).get("depends", []))
    return sorted(found - set(our_addons()))


def template():
    """Name of the template database, made when its inputs change."""
    requirements = CONFIG / "requirements"
    key = digest(
        *dependencies(),
        CONFIG / "debs.lock",
        requirements / "odoo.lock",
        requirements / "oca.txt",
    )
    name = f"tpl_{key}"
    if is_done("template", key) and exists(name):
        return name
    with step("Making the template database (a minute)"):
        drop(name)
        server.command(
            "-c", server.CONF, "-d", name, "-i", ",".join(dependencies()),
            "--skip-auto-install", f"--load-language={LANGUAGE}",
            "--stop-after-init", "--no-http",
        )  # fmt: skip
        server.shell(name, SCRIPTS / "prepare_template.py")
    for old in names("tpl_"):
        if old != name:
            drop(old)
    mark_done("template", key)
    return name


def demo():
    """The demonstration database, made once and brought up to date with our code."""
    key = digest(ADDONS)
    if not (exists(DEMO) and is_done("demo", "made")):
        source = template()
        with step("Making the demonstration database"):
            copy(source, DEMO)
            install(DEMO)
        with step("Loading the demonstration territory"):
            server.shell(DEMO, SCRIPTS / "load_demo.py")
        mark_done("demo", "made")
        mark_done("demo-code", key)
    elif not is_done("demo-code", key):
        update(DEMO)
        mark_done("demo-code", key)
    return DEMO


def update(name):
    """Bring our addons up to date in a database."""
    with step(f"Updating the addons of “{name}”"):
        server.command(
            "-c", server.CONF, "-d", name, "-u", ",".join(our_addons()),
            "--stop-after-init", "--no-http",
        )  # fmt: skip


def test():
    """The database of the tests: the template with our addons, without demonstration."""
    source = template()
    key = digest(ADDONS, source)
    name = f"test_{key}"
    if is_done("test", key) and exists(name):
        return name
    for old in names("test_"):
        drop(old)
    with step("Making the test database"):
        copy(source, name)
        install(name)
        server.shell(name, SCRIPTS / "prepare_tests.py")
    mark_done("test", key)
    return name


def bench():
    """The database of the benchmark: our addons beside their peers."""
    key = digest(ADDONS, CONFIG / "requirements/bench.lock")
    if exists("bench") and is_done("bench-database", key):
        return "bench"
    source = template()
    with step("Making the benchmark's database (a minute)"):
        copy(source, "bench")
        server.command(
            "-c", server.CONF, "-d", "bench", "-i", ",".join([*our_addons(), *PEERS]),
            "--skip-auto-install", "--stop-after-init", "--no-http",
        )  # fmt: skip
    mark_done("bench-database", key)
    return "bench"


def install(name):
    """Install our addons; a warning in the log is a failure."""
    server.command(
        "-c", server.CONF, "-d", name, "-i", ",".join(our_addons()),
        "--skip-auto-install", "--stop-after-init", "--no-http",
    )  # fmt: skip


def exists(name):
    """Whether a database of this name is there."""
    return name in names(name)


def names(prefix):
    """Names of the databases that begin with ``prefix``."""
    rows = _sql("SELECT datname FROM pg_database WHERE NOT datistemplate")
    return [row for row in rows.splitlines() if row.startswith(prefix)]


def copy(source, name):
    """Make ``name`` a copy of ``source``, its files linked."""
    drop(name)
    _sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    files = server.DATA / "filestore"
    if (files / source).exists():
        shutil.copytree(files / source, files / name, copy_function=os.link)


def drop(name):
    """Drop a database and its files, if they are there."""
    _sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(server.DATA / "filestore" / name, ignore_errors=True)


def users(name=DEMO):
    """The demonstration users: list of (role, name, login, password, where)."""
    cache = HOME / "users.txt"
    if not cache.exists():
        rows = server.shell(name, SCRIPTS / "list_users.py")
        cache.write_text("\n".join(rows), encoding="utf-8")
    lines = cache.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


def _sql(statement):
    env = postgres.start()
    return postgres.sql(
        statement, env["PGHOST"], env.get("PGPORT"), env["PGUSER"], "postgres"
    )


def print_users(address):
    """Print the table of demonstration users."""
    rows = [("Rôle", "Nom", "Identifiant", "Mot de passe", "Où aller"), *users()]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    say("")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  " + "  ".join(cells).rstrip())
    say(f"\n  {address}\n")
