"""Odoo itself: its configuration file, its commands, its server."""

import os
import re
import signal
import socket
import string
import subprocess
import time
import urllib.error
import urllib.request

import postgres
from console import Failure, run, say
from environment import BIN, ODOO, core_addons_path
from home import ADDONS, CONFIG, HOME, REPO

CONF = HOME / "odoo.conf"
DATA = HOME / "data"
PID = HOME / "odoo.pid"
LOG = HOME / "log/odoo.log"
# Log lines of an installation that are no fault of ours, each with its reason.
ACCEPTED = (
    "odoo.tools.config",  # options of the command line that the file does not know
    "Running as user 'root'",  # CI and containers
    "py.warnings",  # deprecations of the libraries that Odoo itself calls
)


def write_conf(env):
    """Write odoo.conf for the running PostgreSQL."""
    template = string.Template((CONFIG / "odoo.conf.in").read_text(encoding="utf-8"))
    DATA.mkdir(parents=True, exist_ok=True)
    CONF.write_text(
        template.substitute(
            addons_path=",".join(str(p) for p in [ADDONS, *core_addons_path()]),
            data_dir=DATA,
            db_host=env["PGHOST"],
            db_port=env.get("PGPORT") or "False",
            db_user=env["PGUSER"],
            db_password=env.get("PGPASSWORD") or "False",
            bin_path=BIN,
        ),
        encoding="utf-8",
    )
    CONF.chmod(0o600)


def command(*arguments):
    """Run Odoo to its end; fail on its errors and on warnings about our addons.

    :return: what it printed
    """
    log = HOME / "log" / "command.log"
    text = run([ODOO, *arguments], log=log, cwd=REPO)
    faults = [line for line in text.splitlines() if is_fault(line)]
    if faults:
        raise Failure(
            "Odoo's log shows faults:\n" + "\n".join(faults[:20]) + f"\n(see {log})"
        )
    return text


def is_fault(line):
    """Whether a log line is an error or a warning that we do not accept."""
    return bool(re.search(r"\d (WARNING|ERROR|CRITICAL) ", line)) and not any(
        known in line for known in ACCEPTED
    )


def shell(database, program):
    """Run a program in Odoo's shell; return what it printed after the mark ``>>>``."""
    log = HOME / "log" / "shell.log"
    with program.open() as stdin:
        text = run(
            [
                ODOO,
                "shell",
                "-c",
                CONF,
                "-d",
                database,
                "--no-http",
                "--log-level=warn",
            ],
            stdin=stdin,
            log=log,
        )
    if "Traceback" in text:
        raise Failure(f"{program.name} failed:\n{text[-2000:]}")
    return [line[4:] for line in text.splitlines() if line.startswith(">>> ")]


def check_port(port):
    """Refuse a port that another program holds."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Failure(
                f"Port {port} is taken by another program. Stop it, or choose another"
                f" one: ./run --port {port + 1}"
            ) from None


def serve(database, port):
    """Start the server and wait until it answers.

    :return: the process
    """
    stop()
    check_port(port)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(
            [
                str(ODOO),
                "-c",
                str(CONF),
                "-d",
                database,
                f"--db-filter=^{database}$",
                f"--http-port={port}",
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID.write_text(str(process.pid), encoding="utf-8")
    _wait(process, f"http://127.0.0.1:{port}/web/health")
    return process


def _wait(process, address):
    for _attempt in range(240):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    tail = "\n".join(
        LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    )
    raise Failure(f"The server did not start:\n{tail}\n(the whole of it: {LOG})")


def stop():
    """Stop the server of this folder, if it runs."""
    try:
        pid = int(PID.read_text(encoding="utf-8"))
        os.killpg(pid, signal.SIGTERM)
    except (OSError, ValueError):
        PID.unlink(missing_ok=True)
        return
    for _attempt in range(50):
        try:
            os.killpg(pid, 0)
        except OSError:
            break
        time.sleep(0.1)
    PID.unlink(missing_ok=True)
    say("· The server is stopped")


def environment():
    """Environment variables for programs that talk to the database."""
    env = {**os.environ, **postgres.start()}
    folder = postgres.tools()
    paths = [str(BIN), str(ODOO.parent), *([str(folder)] if folder else [])]
    env["PATH"] = os.pathsep.join([*paths, env.get("PATH", "")])
    return env
