"""The commands of ./run."""

import argparse
import os
import secrets
import shutil
import signal
from collections.abc import Sequence

from . import (
    console,
    database,
    debian,
    docker,
    environment,
    home,
    pdf,
    postgres,
    quality,
    server,
)
from .console import Failure, say, stream

DESCRIPTION = """\
Sets up and runs the intercommunal addons on real Odoo 19, all of it below this folder.

  ./run                set up what is missing, then serve the demonstration territory
                       (--port N, --detach for the background)
  ./run test [...]     run the tests; arguments go to pytest
  ./run setup          only bring Odoo, the environment, PostgreSQL and the template
  ./run update         bring the demonstration database up to date with the code
  ./run shell          Odoo's shell on the demonstration database
  ./run psql           PostgreSQL's shell on it
  ./run verify         verify every decision, and name what was tampered with
                       (--quick: without the photos' files, --witness HASH: compare
                       with the hash of a day that was sent, --database NAME)
  ./run lint           ruff, pylint-odoo, XML
  ./run i18n           bring the translation files up to date (--check: only look)
  ./run bench [...]    measure against the peers and print the table
  ./run screenshots    take the pictures of the README anew
  ./run docker-check   validate the Docker files without an engine
  ./run docker-secrets make the password files of docker compose
  ./run stop           stop the server and PostgreSQL
  ./run clean          remove everything that was set up, databases included

Environment: INTERCOMMUNAL_HOME (where it is kept, .odoo by default), ODOO_HOME (a
checkout of Odoo 19 to use), PGHOST, PGPORT, PGUSER, PGPASSWORD (a PostgreSQL to use),
DEBIAN_MIRROR, PYTHON.
"""
# Their arguments belong to the program that they start.
PASSING = ("test", "bench")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(arguments: Sequence[str]) -> int:
    """Run a command; a failure is a sentence and exit code 1."""
    signal.signal(signal.SIGTERM, _interrupt)
    options = parse(arguments)
    try:
        return COMMANDS[options.command](options) or 0
    except Failure as failure:
        console.complain(failure)
        return 1
    except KeyboardInterrupt:
        console.complain("Interrupted: the same command takes up where it stopped.")
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Understand the command line."""
    parser = argparse.ArgumentParser(
        prog="./run",
        usage="./run [command] [options]",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "command", nargs="?", default="serve", choices=COMMANDS, help=argparse.SUPPRESS
    )
    parser.add_argument("--port", type=int, default=8069, help="8069 by default")
    parser.add_argument("--detach", action="store_true", help="serve in the background")
    parser.add_argument("--check", action="store_true", help="i18n: change nothing")
    parser.add_argument("--quick", action="store_true", help="verify: no photo files")
    parser.add_argument("--witness", default="", help="verify: hash of a day")
    parser.add_argument("--database", default="", help="verify: another database")
    passed = list(arguments[1:]) if arguments and arguments[0] in PASSING else []
    options = parser.parse_args(arguments[: len(arguments) - len(passed)])
    options.rest = passed
    return options


def _interrupt(_number, _frame):
    raise KeyboardInterrupt


def setup(_options=None) -> None:
    """Bring everything that the databases need."""
    with home.locked():
        if not os.environ.get("ODOO_HOME"):
            debian.install_odoo()
        environment.install_venv()
        pdf.install()
        server.write_conf(postgres.start())
        database.template()


def serve(options) -> int:
    """Serve the demonstration territory."""
    server.check_port(options.port)
    setup()
    with home.locked():
        name = database.demo()
        process = server.serve(name, options.port)
        database.print_users(f"http://127.0.0.1:{options.port}")
    if options.detach:
        say("./run stop stops the server and PostgreSQL.")
        return 0
    say(f"Ctrl-C stops the server; ./run stop also stops PostgreSQL. Log: {server.LOG}")
    try:
        code = process.wait()
    except KeyboardInterrupt:
        server.stop()
        return 0
    # ./run stop in another window, or a second ./run, ends it on purpose
    if code and server.PID.exists():
        raise Failure(f"The server ended by itself (code {code}): see {server.LOG}.")
    return 0


def test(options) -> int:
    """Run the tests in a database without demonstration data."""
    check_browser()
    setup()
    with home.locked():
        name = database.test()
    arguments = options.rest or [*quality.all_tests(), *quality.share_cores()]
    if os.environ.get("INTERCOMMUNAL_COVERAGE") and not options.rest:
        # not in CI: counting lines takes a quarter of the time of a run
        arguments += ["--cov=addons", "--cov-report=term:skip-covered"]
    env = server.environment()
    if not os.environ.get("CI"):
        env.setdefault("INTERCOMMUNAL_SCREENSHOTS", str(home.HOME / "log/screenshots"))
    return stream(
        [environment.PYTHON, "-m", "pytest", f"--odoo-config={server.CONF}",
         f"--odoo-database={name}", "--odoo-http", *arguments],
        cwd=home.REPO,
        env=env,
    )  # fmt: skip


def check_browser() -> None:
    """Say what to do when the browser of the tests is missing."""
    if any(map(shutil.which, BROWSERS)):
        return
    text = "Chromium is missing: the browser tests need it (apt-get install chromium)."
    if os.environ.get("CI"):
        raise Failure(text)
    say(f"note: {text} They are skipped.")


def update(_options) -> None:
    """Bring the demonstration database up to date."""
    setup()
    with home.locked():
        database.demo()
        database.update()
    if server.is_running():
        say("The server that runs keeps the code of before: start it again, ./run.")


def shell(_options) -> int:
    """Odoo's shell."""
    setup()
    with home.locked():
        name = database.demo()
    return stream(
        [environment.ODOO, "shell", "-c", server.CONF, "-d", name, "--no-http"],
        env=server.environment(),
    )


def psql(_options) -> int:
    """PostgreSQL's shell."""
    setup()
    with home.locked():
        name = database.demo()
    return stream([postgres.find_psql(), name], env=server.environment())


def verify(options) -> int:
    """Verify the history of the approvals; 1 when something was tampered with."""
    setup()
    with home.locked():
        name = options.database or database.demo()
    if not database.exists(name):
        raise Failure(f"There is no database “{name}” on this PostgreSQL.")
    env = server.environment()
    env["INTERCOMMUNAL_VERIFY"] = "quick" if options.quick else ""
    env["INTERCOMMUNAL_WITNESS"] = options.witness
    with (database.SCRIPTS / "verify.py").open(encoding="utf-8") as program:
        return stream(
            [environment.ODOO, "shell", "-c", server.CONF, "-d", name, "--no-http",
             "--log-level=critical"],
            stdin=program,
            env=env,
        )  # fmt: skip


def lint(_options) -> None:
    """Static checks."""
    with home.locked():
        quality.install_linters()
    quality.lint()


def i18n(options) -> None:
    """Translation files."""
    setup()
    with home.locked():
        name = database.test()
    quality.translations(name, options.check)


def bench(options) -> int:
    """Measure against the peers."""
    setup()
    with home.locked():
        name = database.bench()
    return stream(
        [environment.PYTHON, home.REPO / "tests/bench", "--config", server.CONF,
         "--database", name, *options.rest],
        cwd=home.REPO,
        env=server.environment(),
    )  # fmt: skip


def screenshots(options) -> int:
    """Pictures of the README, taken of the demonstration territory."""
    server.check_port(options.port)
    setup()
    with home.locked():
        name = database.demo()
        server.serve(name, options.port)
    try:
        return stream(
            [environment.PYTHON, home.REPO / "tests/screenshots.py",
             f"http://127.0.0.1:{options.port}"],
            cwd=home.REPO,
            env=server.environment(),
        )  # fmt: skip
    finally:
        server.stop()


def docker_secrets(_options) -> None:
    """Random passwords in the files that docker compose reads."""
    folder = home.REPO / "secrets"
    folder.mkdir(exist_ok=True)
    for name in docker.SECRETS:
        path = folder / f"{name}.txt"
        if path.exists():
            say(f"{path} is there already.")
            continue
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        path.chmod(0o644)  # read by the containers' own users
        say(f"{path} is made: keep a copy in a safe place.")


def docker_check(_options) -> None:
    """Docker files, without an engine."""
    with home.locked():
        docker.install_tools()
    docker.check()


def stop(_options) -> None:
    """Stop what runs."""
    server.stop()
    postgres.stop()


def clean(_options) -> None:
    """Remove everything below our folder."""
    stop(None)
    postgres.remove()
    if home.HOME.exists():
        shutil.rmtree(home.HOME)
    say(f"{home.HOME} is removed.")


COMMANDS = {
    "serve": serve,
    "setup": setup,
    "test": test,
    "update": update,
    "shell": shell,
    "psql": psql,
    "verify": verify,
    "lint": lint,
    "i18n": i18n,
    "bench": bench,
    "screenshots": screenshots,
    "docker-check": docker_check,
    "docker-secrets": docker_secrets,
    "stop": stop,
    "clean": clean,
}
