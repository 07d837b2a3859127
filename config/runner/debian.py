"""Odoo 19 from Debian, through an apt root of our own: no root, nothing installed."""

import getpass
import hashlib
import os
import re
import shutil
from pathlib import Path

from console import Failure, run, say, step
from home import CONFIG, HOME, digest, is_done, mark_done

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ROOT = HOME / "root"
SITE = ROOT / "usr/lib/python3/dist-packages"
SUITES = ("sid", "trixie", "bookworm")
# An incomplete second copy, build files, and every language but French.
LEFT_OUT = (
    "./usr/lib/python3/dist-packages/addons",
    "./usr/lib/python3/dist-packages/odoo-*.egg-info",
    "./usr/lib/python3/dist-packages/setup",
    "./usr/lib/python3/dist-packages/doc",
    "./etc",
    "*/i18n/[a-eg-z]*.po",
    "*/i18n/f[a-qs-z]*.po",
    "*/i18n_extra/[a-eg-z]*.po",
)
# Debian leaves this file out and the web client logs an error without it, which
# fails every browser test; only the blurred background of video calls is lost.
STUB = SITE / "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def read_lock(name="debs.lock"):
    """The pinned packages: list of (package, suite, version, sha256)."""
    lines = (CONFIG / name).read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines if line.strip() and line[0] != "#"]


def install_odoo():
    """Bring Odoo and the fonts it links to; keep what is there when a download fails."""
    key = digest(CONFIG / "debs.lock", *LEFT_OUT)
    if is_done("odoo", key) and SITE.exists():
        return
    check_tools()
    packages = read_lock()
    debs = download(packages)
    with step("Unpacking Odoo"):
        fresh = HOME / "root.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for package, deb in debs.items():
            unpack(deb, fresh, LEFT_OUT if package == "odoo-19" else ())
        stub = fresh / STUB.relative_to(ROOT)
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("/* left out by Debian */\n", encoding="utf-8")
        check_release(fresh / SITE.relative_to(ROOT))
        shutil.rmtree(ROOT, ignore_errors=True)
        fresh.rename(ROOT)
    mark_done("odoo", key)


def check_tools():
    """Say what to do where apt is not."""
    for tool in ("apt-get", "dpkg-deb", "tar"):
        if not shutil.which(tool):
            raise Failure(
                f"“{tool}” is missing: this set-up brings Odoo as a Debian package."
                " On another system, set ODOO_HOME to a checkout of Odoo 19, or use"
                " docker compose (see README.md)."
            )
    if not KEYRING.exists():
        raise Failure(
            f"{KEYRING} is missing: the packages could not be verified. On Ubuntu:"
            " apt-get install debian-archive-keyring."
        )


def find_mirror():
    """Address of the Debian mirror that this machine already uses."""
    if mirror := os.environ.get("DEBIAN_MIRROR"):
        return mirror
    texts = [
        path.read_text(encoding="utf-8", errors="replace")
        for pattern in (
            "sources.list",
            "sources.list.d/*.list",
            "sources.list.d/*.sources",
        )
        for path in sorted(Path("/etc/apt").glob(pattern))
    ]
    for text in texts:
        for address in re.findall(r"^(?:deb\s|URIs:).*?(https?://\S+)", text, re.M):
            if address.rstrip("/").endswith("/debian"):
                return address
    raise Failure(
        "No Debian mirror is named in /etc/apt. Set DEBIAN_MIRROR to the address of"
        " one, the folder that holds “dists”."
    )


def apt_options():
    """Options that keep apt-get within our own folder."""
    apt = HOME / "apt"
    return [
        f"-o{name}={value}"
        for name, value in {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": apt / "etc",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State::Lists": apt / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": apt / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": getpass.getuser(),
        }.items()
    ]


def update_lists():
    """Read the package lists of the suites that we take packages from."""
    mirror = find_mirror()
    for folder in ("apt/etc", "apt/lists/partial", "apt/cache/archives/partial"):
        (HOME / folder).mkdir(parents=True, exist_ok=True)
    for suite in SUITES:
        (HOME / "apt/etc" / f"{suite}.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n"
            f"Signed-By: {KEYRING}\n",
            encoding="utf-8",
        )
    with step("Reading the lists of Debian packages"):
        run(["apt-get", *apt_options(), "-qq", "update"], log=HOME / "log/apt.log")


def download(packages):
    """Fetch packages, or take them from our cache.

    :param packages: (package, suite, version, sha256) rows
    :return: {package: path of the .deb}
    """
    cache = HOME / "debs"
    cache.mkdir(parents=True, exist_ok=True)
    found = {row[0]: _find_deb(cache, row) for row in packages}
    missing = [row for row in packages if not found[row[0]]]
    if not missing:
        return found
    update_lists()
    with step("Downloading " + ", ".join(row[0] for row in missing)):
        for package, suite, version, checksum in missing:
            _download_one(cache, package, suite)
            found[package] = _find_deb(cache, (package, suite, version, checksum), True)
    return found


def _download_one(cache, package, suite):
    try:
        run(
            ["apt-get", *apt_options(), "-qq", "download", f"{package}/{suite}"],
            cwd=cache,
            log=HOME / "log/apt.log",
        )
    except Failure as failure:
        raise Failure(
            f"{failure}\n\nThe package {package} could not be fetched from Debian"
            f" {suite}. Check the network and the mirror (DEBIAN_MIRROR); if Debian has"
            " dropped it, set ODOO_HOME to a checkout of Odoo 19 or use docker compose."
        ) from None


def _find_deb(cache, row, fresh=False):
    """The downloaded file of a row, its checksum compared with the lock."""
    package, _suite, version, checksum = row
    files = sorted(
        cache.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime
    )
    if not files:
        return None
    deb = files[-1]
    actual = hashlib.sha256(deb.read_bytes()).hexdigest()
    if actual == checksum:
        return deb
    if version.replace(":", "%3a") in deb.name:
        deb.unlink()
        if not fresh:
            return None
        raise Failure(
            f"The checksum of {package} {version} is not the one of config/debs.lock:"
            " it was removed. Try again; if it happens again, do not use this mirror."
        )
    # apt has verified the signature; a newer build of the same release will do
    say(f"  note: {package} is newer than config/debs.lock ({deb.name})")
    return deb


def unpack(deb, folder, left_out=()):
    """Unpack a package below ``folder`` without installing it."""
    excluded = " ".join(f"--exclude='{pattern}'" for pattern in left_out)
    run(
        [
            "sh",
            "-ec",
            f"dpkg-deb --fsys-tarfile '{deb}' | tar -x -C '{folder}' --no-same-owner"
            f" --wildcards {excluded}",
        ]
    )


def check_release(site):
    """Refuse anything but Odoo 19.0."""
    release = (site / "odoo/release.py").read_text(encoding="utf-8")
    if not re.search(r"version_info\s*=\s*\(19,\s*0,", release):
        raise Failure(
            "The package that Debian offers is not Odoo 19.0. Set ODOO_HOME to a"
            " checkout of Odoo 19 or use docker compose."
        )
