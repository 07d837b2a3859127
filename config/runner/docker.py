"""Checks of the Docker files without an engine."""

import configparser
import os
import shutil

from . import debian
from .console import Failure, run, say, step
from .home import CONFIG, HOME, REPO, digest, is_done, mark_done, our_addons

TOOLS = HOME / "tools"
SERVICES = {"db", "odoo", "proxy", "init", "update", "backup"}
SECRETS = ("postgres_password", "db_password")


def install_tools() -> None:
    """Unpack Debian's docker-compose and caddy in our own folder."""
    key = digest(CONFIG / "tools.lock")
    if is_done("tools", key):
        return
    debs = debian.fetch(debian.read_lock("tools.lock"))
    with step("Unpacking docker-compose and caddy"):
        shutil.rmtree(TOOLS, ignore_errors=True)
        TOOLS.mkdir(parents=True)
        for deb in debs.values():
            debian.unpack(deb, TOOLS)
    mark_done("tools", key)


def check() -> None:
    """Validate compose file, Caddyfile, odoo.conf and the image's recipe."""
    check_compose()
    check_caddyfile()
    check_conf()
    check_image()
    say("docker-compose.yml, Caddyfile, odoo.docker.conf and Dockerfile are valid.")
    say("Nothing was built or started: that needs a Docker engine.")


def check_compose() -> None:
    """The schema, the services, and that nothing but them is published."""
    compose = TOOLS / "usr/libexec/docker/cli-plugins/docker-compose"
    command = [compose, "-f", REPO / "docker-compose.yml", "--profile", "*", "config"]
    env = {**os.environ, "INTERCOMMUNAL_DOMAIN": "localhost"}
    run([*command, "-q"], env=env, cwd=REPO)
    services = set(run([*command, "--services"], env=env, cwd=REPO).split())
    if services != SERVICES:
        raise Failure(
            "docker-compose.yml has other services than expected:"
            f" {', '.join(sorted(services ^ SERVICES))}."
        )
    text = (REPO / "docker-compose.yml").read_text(encoding="utf-8")
    lacking = [addon for addon in our_addons() if text.count(addon) < 2]
    if lacking:
        raise Failure(
            f"docker-compose.yml does not install and update {', '.join(lacking)}."
        )


def check_caddyfile() -> None:
    """Caddy itself reads it."""
    env = {**os.environ, "INTERCOMMUNAL_DOMAIN": "localhost"}
    env["XDG_DATA_HOME"] = env["XDG_CONFIG_HOME"] = str(HOME / "caddy")
    run(
        [TOOLS / "usr/bin/caddy", "validate", "--adapter", "caddyfile", "--config",
         CONFIG / "Caddyfile"],
        env=env,
    )  # fmt: skip


def check_conf() -> None:
    """What must hold behind a proxy that the whole world reaches."""
    parser = configparser.RawConfigParser()
    parser.read(CONFIG / "odoo.docker.conf", encoding="utf-8")
    options = parser["options"]
    expected = {"proxy_mode": "True", "list_db": "False", "dbfilter": "^intercommunal$"}
    for name, value in expected.items():
        if options.get(name) != value:
            raise Failure(f"config/odoo.docker.conf must say {name} = {value}.")
    if options.getint("workers") < 2:
        raise Failure(
            "config/odoo.docker.conf: fewer than 2 workers block PDF reports."
        )


def check_image() -> None:
    """The image must install the same OCA wheels as the tests run with."""
    text = (CONFIG / "Dockerfile").read_text(encoding="utf-8")
    for needed in ("FROM odoo:19.0", "requirements/oca.txt", "USER odoo"):
        if needed not in text:
            raise Failure(f"config/Dockerfile does not contain “{needed}”.")
