"""Odoo itself: its configuration file, its commands, its server."""

import os
import re
import signal
import socket
import string
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from . import postgres
from .console import Failure, run, say
from .environment import ODOO, core_addons_path
from .home import ADDONS, CONFIG, HOME, REPO
from .pdf import BIN

CONF = HOME / "odoo.conf"
DATA = HOME / "data"
PID = HOME / "odoo.pid"
LOG = HOME / "log/odoo.log"
STARTS_WITHIN = 120  # seconds
# Warnings of an installation that are no fault of ours: pattern, reason.
ACCEPTED = {
    r"Running as user 'root'": "CI and containers run as root",
    r"odoo\.tools\.config": "Odoo's own remarks on its configuration file",
    r"py\.warnings: (?!.*intercommunal_)": "libraries that Odoo itself calls",
}


def write_conf(env: Mapping[str, str]) -> None:
    """Write odoo.conf for the running PostgreSQL."""
    template = string.Template((CONFIG / "odoo.conf.in").read_text(encoding="utf-8"))
    DATA.mkdir(parents=True, exist_ok=True)
    text = template.substitute(
        addons_path=",".join(str(path) for path in [ADDONS, *core_addons_path()]),
        data_dir=DATA,
        db_host=env["PGHOST"],
        db_port=env.get("PGPORT", ""),
        db_user=env["PGUSER"],
        db_password=env.get("PGPASSWORD", ""),
        bin_path=BIN,
    )
    # Odoo warns of an option without a value
    text = "".join(line for line in text.splitlines(True) if not line.endswith("= \n"))
    if CONF.exists() and CONF.read_text(encoding="utf-8") == text:
        return
    CONF.touch(mode=0o600)
    CONF.write_text(text, encoding="utf-8")


def environment() -> dict[str, str]:
    """Environment variables for programs that talk to Odoo or its database."""
    # these two would lead libpq elsewhere
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PGDATABASE", "PGSERVICE")
    }
    env = {**kept, **postgres.start()}
    folders = [BIN, ODOO.parent, postgres.programs()]
    # ours first: Debian's own wkhtmltopdf loses headers and footers
    paths = [str(folder) for folder in folders if folder]
    env["PATH"] = os.pathsep.join([*paths, env.get("PATH", "")])
    return env


def command(name: str, *arguments: object) -> str:
    """Run Odoo to its end; fail on errors and on warnings that are not accepted.

    :param name: of the log file that keeps what it printed
    :return: what it printed
    """
    log = HOME / f"log/{name}.log"
    text = run([ODOO, *arguments], log=log, cwd=REPO, env=environment())
    faults = [line for line in text.splitlines() if is_fault(line)]
    if faults:
        raise Failure(
            "Odoo's log shows faults:\n" + "\n".join(faults[:20]) + f"\n(see {log})"
        )
    return text


def install(database: str, addons: list[str], *options: str) -> None:
    """Install addons, and bring those up to date that are installed already."""
    command(
        f"install-{database}", "-c", CONF, "-d", database, "-i", ",".join(addons),
        "--skip-auto-install", "--stop-after-init", "--no-http", *options,
    )  # fmt: skip


def is_fault(line: str) -> bool:
    """Whether a log line is an error or a warning that we do not accept."""
    return bool(re.search(r"\d (WARNING|ERROR|CRITICAL) ", line)) and not any(
        re.search(pattern, line) for pattern in ACCEPTED
    )


def shell(database: str, program: Path) -> list[str]:
    """Run a program in Odoo's shell; return what it printed after the mark ``>>>``."""
    log = HOME / f"log/{program.stem}.log"
    with program.open(encoding="utf-8") as stdin:
        text = run(
            [ODOO, "shell", "-c", CONF, "-d", database, "--no-http",
             "--log-level=warn"],
            stdin=stdin,
            log=log,
            env=environment(),
        )  # fmt: skip
    if "Traceback" in text:
        raise Failure(f"{program.name} failed:\n{text[-2000:]}\n(see {log})")
    return [line[4:] for line in text.splitlines() if line.startswith(">>> ")]


def check_port(port: int) -> None:
    """Refuse a port that another program holds."""
    if _running_pid():
        return  # our own server, which serve() stops first
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Failure(
                f"Port {port} is reserved for root. Choose one above 1024:"
                " ./run --port 8069"
            ) from None
        except (OSError, OverflowError):
            raise Failure(
                f"Port {port} is taken by another program. Stop it, or choose another"
                f" one: ./run --port {port + 1}"
            ) from None


def serve(database: str, port: int) -> subprocess.Popen:
    """Start the server and wait until it answers."""
    stop()
    check_port(port)
    address = f"http://127.0.0.1:{port}"
    for key in ("web.base.url", "report.url"):
        _set_parameter(database, key, address)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(ODOO), "-c", str(CONF), "-d", database, f"--db-filter=^{database}$",
             f"--http-port={port}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=REPO,
            env=environment(),
            start_new_session=True,
        )  # fmt: skip
    PID.write_text(str(process.pid), encoding="utf-8")
    try:
        _wait(process, f"{address}/web/health")
    except BaseException:
        stop()
        raise
    return process


def _set_parameter(database: str, key: str, value: str) -> None:
    """PDF reports fetch their styles from ``report.url``: the port that is served."""
    postgres.sql(
        "INSERT INTO ir_config_parameter (key, value, create_date, write_date)"
        " VALUES (%s, %s, now(), now())"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        key,
        value,
        database=database,
    )


def _wait(process: subprocess.Popen, address: str) -> None:
    limit = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < limit:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    text = LOG.read_text(encoding="utf-8", errors="replace")
    tail = "\n".join(text.splitlines()[-15:])
    raise Failure(f"The server did not start:\n{tail}\n(the whole of it: {LOG})")


def is_running() -> bool:
    """Whether the server of this folder runs."""
    return _running_pid() is not None


def stop() -> None:
    """Stop the server of this folder, if it runs."""
    pid = _running_pid()
    if pid:
        os.killpg(pid, signal.SIGTERM)
        for _attempt in range(100):
            if not _running_pid():
                break
            time.sleep(0.1)
        else:
            os.killpg(pid, signal.SIGKILL)
        say("· The server is stopped")
    PID.unlink(missing_ok=True)


def _running_pid() -> int | None:
    """Process of our server: its number may have passed to another program."""
    try:
        pid = int(PID.read_text(encoding="utf-8"))
        with open(f"/proc/{pid}/cmdline", encoding="utf-8") as words:
            return pid if str(CONF) in words.read().split("\0") else None
    except (OSError, ValueError):
        return None
