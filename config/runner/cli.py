"""The commands of ./run."""

import argparse
import os
import secrets
import shutil
import sys

import console
import database
import debian
import docker
import environment
import home
import postgres
import quality
import server
from console import Failure, say, stream

DESCRIPTION = """\
Sets up and runs the intercommunal addons on real Odoo 19, all of it below this folder.

  ./run               set up what is missing, then serve the demonstration territory
  ./run test [...]    run the tests; arguments go to pytest
  ./run setup         only bring Odoo, the environment, PostgreSQL and the template
  ./run update        bring the demonstration database up to date with the code
  ./run shell         Odoo's shell on the demonstration database
  ./run psql          PostgreSQL's shell on it
  ./run lint          ruff, pylint-odoo, XML
  ./run i18n          bring the translation files up to date (--check: only look)
  ./run bench [...]   measure against the peers and print the table
  ./run screenshots   take the pictures of the README anew
  ./run docker-check  validate the Docker files without an engine
  ./run docker-secrets make the password file of docker compose
  ./run stop          stop the server and PostgreSQL
  ./run clean         remove everything that was set up, databases included

Environment: INTERCOMMUNAL_HOME (where it is kept, .odoo by default), ODOO_HOME (a
checkout of Odoo 19 to use), PGHOST, PGPORT, PGUSER, PGPASSWORD (a PostgreSQL to use),
DEBIAN_MIRROR, PYTHON.
"""


def main(arguments):
    """Run a command; a failure is a sentence and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="./run",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs="?", default="serve", choices=COMMANDS)
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--detach", action="store_true", help="serve in the background")
    parser.add_argument("--check", action="store_true")
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    if rest and options.command not in ("test", "bench", "screenshots"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    try:
        return COMMANDS[options.command](options) or 0
    except Failure as failure:
        console.complain(failure)
        return 1
    except KeyboardInterrupt:
        console.complain("Interrupted: the same command takes up where it stopped.")
        return 130


def setup(_options=None):
    """Bring everything that the databases need."""
    with home.locked():
        home.check_disk()
        if not os.environ.get("ODOO_HOME"):
            debian.install_odoo()
        environment.install_venv()
        server.write_conf(postgres.start())
        database.template()


def serve(options):
    """Serve the demonstration territory."""
    server.check_port(options.port) if not server.PID.exists() else None
    setup()
    with home.locked():
        name = database.demo()
    os.environ["PATH"] = server.environment()["PATH"]
    process = server.serve(name, options.port)
    database.print_users(f"http://127.0.0.1:{options.port}/odoo")
    if options.detach:
        return 0
    say("Ctrl-C stops the server; ./run stop also stops PostgreSQL.")
    try:
        return process.wait()
    except KeyboardInterrupt:
        server.stop()
        return 0


def test(options):
    """Run the tests in a database without demonstration data."""
    setup()
    check_browser()
    with home.locked():
        name = database.test()
    arguments = options.rest or ["addons", "tests"]
    if os.environ.get("CI") and not options.rest:
        arguments += ["--cov=addons", "--cov-report=term:skip-covered"]
    env = server.environment()
    env.setdefault("INTERCOMMUNAL_SCREENSHOTS", str(home.HOME / "log/screenshots"))
    return stream(
        [environment.PYTHON, "-m", "pytest", f"--odoo-config={server.CONF}",
         f"--odoo-database={name}", "--odoo-http", *arguments],
        cwd=home.REPO,
        env=env,
    )  # fmt: skip


def check_browser():
    """Say what to do when the browser of the tests is missing."""
    found = any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    if found:
        return
    text = "Chromium is missing: the browser tests need it (apt-get install chromium)."
    if os.environ.get("CI"):
        raise Failure(text)
    say(f"note: {text} They are skipped.")


def update(_options):
    """Bring the demonstration database up to date."""
    setup()
    with home.locked():
        database.update(database.demo())


def shell(_options):
    """Odoo's shell."""
    setup()
    return stream(
        [environment.ODOO, "shell", "-c", server.CONF, "-d", database.demo(),
         "--no-http"],
        env=server.environment(),
    )  # fmt: skip


def psql(_options):
    """PostgreSQL's shell."""
    setup()
    return stream([postgres.find_psql(), database.demo()], env=server.environment())


def lint(_options):
    """Static checks."""
    quality.lint()


def i18n(options):
    """Translation files."""
    setup()
    quality.translations(options.check)


def bench(options):
    """Measure against the peers."""
    setup()
    environment.install_bench()
    with home.locked():
        name = database.bench()
    return stream(
        [environment.PYTHON, home.REPO / "tests/bench", "--config", server.CONF,
         "--database", name, *options.rest],
        env=server.environment(),
    )  # fmt: skip


def screenshots(options):
    """Pictures of the README, taken of the demonstration territory."""
    setup()
    with home.locked():
        name = database.demo()
    env = server.environment()
    os.environ["PATH"] = env["PATH"]
    server.serve(name, options.port)
    try:
        return stream(
            [environment.PYTHON, home.REPO / "tests/screenshots.py",
             f"http://127.0.0.1:{options.port}", *options.rest],
            cwd=home.REPO,
            env=env,
        )  # fmt: skip
    finally:
        server.stop()


def docker_secrets(_options):
    """A random password in the file that docker compose reads."""
    path = home.REPO / "secrets/db_password.txt"
    if path.exists():
        say(f"{path} is there already.")
        return
    path.parent.mkdir(exist_ok=True)
    path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    path.chmod(0o644)  # read by the containers' own users
    say(f"{path} is made: keep a copy in a safe place.")


def docker_check(_options):
    """Docker files, without an engine."""
    with home.locked():
        docker.check()


def stop(_options):
    """Stop what runs."""
    server.stop()
    if environment.PYTHON.exists():
        postgres.stop()


def clean(_options):
    """Remove everything below our folder."""
    stop(None)
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
    "lint": lint,
    "i18n": i18n,
    "bench": bench,
    "screenshots": screenshots,
    "docker-check": docker_check,
    "docker-secrets": docker_secrets,
    "stop": stop,
    "clean": clean,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
