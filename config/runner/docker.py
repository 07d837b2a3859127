"""Checks of the Docker files without an engine."""

import os

import debian
from console import Failure, run, say, step
from home import CONFIG, HOME, REPO, digest, is_done, mark_done

TOOLS = HOME / "tools"


def install_tools():
    """Unpack Debian's docker-compose and caddy in our own folder."""
    key = digest(CONFIG / "tools.lock")
    if is_done("tools", key):
        return
    debian.check_tools()
    debs = debian.download(debian.read_lock("tools.lock"))
    with step("Unpacking docker-compose and caddy"):
        TOOLS.mkdir(parents=True, exist_ok=True)
        for deb in debs.values():
            debian.unpack(deb, TOOLS)
    mark_done("tools", key)


def check():
    """Validate the compose file, the Caddyfile and the image's list of packages."""
    install_tools()
    compose = TOOLS / "usr/libexec/docker/cli-plugins/docker-compose"
    env = {**os.environ, "INTERCOMMUNAL_DOMAIN": "localhost"}
    options = [compose, "-f", REPO / "docker-compose.yml", "--profile", "*"]
    run([*options, "config", "-q"], env=env, cwd=REPO)
    services = set(run([*options, "config", "--services"], env=env, cwd=REPO).split())
    expected = {"db", "odoo", "proxy", "init", "update", "backup"}
    if not expected <= services:
        missing = ", ".join(sorted(expected - services))
        raise Failure(f"docker-compose.yml lacks the services: {missing}.")
    caddyfile = CONFIG / "Caddyfile"
    env["XDG_DATA_HOME"] = env["XDG_CONFIG_HOME"] = str(HOME / "caddy")
    run(
        [TOOLS / "usr/bin/caddy", "validate", "--adapter", "caddyfile", "--config",
         caddyfile],
        env=env,
    )  # fmt: skip
    check_image()
    say("docker-compose.yml, Caddyfile and Dockerfile are valid (nothing was built).")


def check_image():
    """The image must install the same OCA wheels as the tests run with."""
    text = (CONFIG / "Dockerfile").read_text(encoding="utf-8")
    for needed in ("FROM odoo:19.0", "requirements/oca.txt", "USER odoo"):
        if needed not in text:
            raise Failure(f"config/Dockerfile does not contain “{needed}”.")
