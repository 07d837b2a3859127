"""Odoo 19 from Debian, through an apt root of our own: nothing is installed."""

import getpass
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .console import Failure, run, say, step
from .home import (
    CONFIG,
    HOME,
    check_disk,
    digest,
    is_done,
    mark_done,
    replace_folder,
)

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ROOT = HOME / "root"
PACKAGES = "usr/lib/python3/dist-packages"
SITE = ROOT / PACKAGES
# An incomplete second copy, build files, and every language but French.
LEFT_OUT = (
    f"./{PACKAGES}/addons",
    f"./{PACKAGES}/odoo-*.egg-info",
    f"./{PACKAGES}/setup",
    f"./{PACKAGES}/doc",
    "./etc",
    "*/i18n/[a-eg-z]*.po",
    "*/i18n/f[a-qs-z]*.po",
    "*/i18n_extra/[a-eg-z]*.po",
)
# Debian leaves this file out and the web client logs an error without it, which
# fails every browser test; only the blurred background of video calls is lost.
STUB = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
ELSEWHERE = (
    "set ODOO_HOME to a checkout of Odoo 19, or use docker compose (see README.md)."
)


class Package(NamedTuple):
    """A line of a lock file."""

    name: str
    suite: str
    version: str
    checksum: str


def read_lock(name: str = "debs.lock") -> list[Package]:
    """The pinned packages."""
    lines = (CONFIG / name).read_text(encoding="utf-8").splitlines()
    return [Package(*line.split()) for line in lines if line and line[0] != "#"]


def install_odoo() -> None:
    """Bring Odoo and the fonts it links to; keep what is there when it fails."""
    key = digest(CONFIG / "debs.lock", *LEFT_OUT)
    if is_done("odoo", key) and SITE.exists():
        return
    check_disk()
    try:
        debs = fetch(read_lock())
        with step("Unpacking Odoo"):
            _unpack_odoo(debs)
    except Failure as failure:
        if not SITE.exists():
            raise
        say(f"{failure}\n  note: the Odoo that was set up before goes on being used.")
        return
    mark_done("odoo", key)


def _unpack_odoo(debs: dict[str, Path]) -> None:
    fresh = HOME / "root.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for package, deb in debs.items():
        unpack(deb, fresh, LEFT_OUT if package == "odoo-19" else ())
    stub = fresh / PACKAGES / STUB
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text("/* left out by Debian */\n", encoding="utf-8")
    check_release(fresh / PACKAGES)
    replace_folder(fresh, ROOT)


def check_tools() -> None:
    """Say what to do where apt is not."""
    for tool in ("apt-get", "dpkg-deb", "tar"):
        if not shutil.which(tool):
            raise Failure(
                f"“{tool}” is missing: this set-up brings Odoo as a Debian package."
                f" On another system, {ELSEWHERE}"
            )
    if not KEYRING.exists():
        raise Failure(
            f"{KEYRING} is missing: the packages could not be verified. On Ubuntu:"
            " apt-get install debian-archive-keyring."
        )


def find_mirror(folder: Path = Path("/etc/apt")) -> str:
    """Address of the Debian mirror that this machine already uses."""
    if mirror := os.environ.get("DEBIAN_MIRROR"):
        return mirror
    patterns = ("sources.list", "sources.list.d/*.list", "sources.list.d/*.sources")
    for path in (found for each in patterns for found in sorted(folder.glob(each))):
        text = path.read_text(encoding="utf-8", errors="replace")
        for line in re.findall(r"^(?:deb\s|URIs:)(.*)$", text, re.M):
            for address in re.findall(r"[a-z+]+:/[^\s\]]+", line):
                if address.rstrip("/").endswith("/debian"):
                    return address
    raise Failure(
        f"No Debian mirror is named in {folder}. Set DEBIAN_MIRROR to the address of"
        " one, the folder that holds “dists”."
    )


def apt_options() -> list[str]:
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


def fetch(packages: list[Package]) -> dict[str, Path]:
    """Download packages, or take them from our cache.

    :return: {package: path of the .deb}
    """
    cache = HOME / "debs"
    cache.mkdir(parents=True, exist_ok=True)
    found = {package.name: _find_deb(cache, package) for package in packages}
    missing = [package for package in packages if not found[package.name]]
    if missing:
        check_tools()
        _update_lists({package.suite for package in missing})
        with step("Downloading " + ", ".join(package.name for package in missing)):
            found |= _download(cache, missing)
    return found


def _update_lists(suites: set[str]) -> None:
    mirror = find_mirror()
    for folder in ("apt/etc", "apt/lists/partial", "apt/cache/archives/partial"):
        (HOME / folder).mkdir(parents=True, exist_ok=True)
    for suite in suites:
        (HOME / "apt/etc" / f"{suite}.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n"
            f"Signed-By: {KEYRING}\n",
            encoding="utf-8",
        )
    with step("Reading the lists of Debian packages"):
        try:
            # without the option, apt-get ends well with only half of the lists
            run(
                ["apt-get", *apt_options(), "-qq", "-oAPT::Update::Error-Mode=any",
                 "update"],
                log=HOME / "log/apt.log",
            )  # fmt: skip
        except Failure as failure:
            raise Failure(
                f"{failure}\n\nThe lists of Debian packages could not be read from the"
                " mirror of this machine. Check the network, or set DEBIAN_MIRROR to"
                " the address of another one."
            ) from None


def _download(cache: Path, packages: list[Package]) -> dict[str, Path]:
    """Fetch packages beside the cache, so that half a file never counts."""
    half = cache / "partial"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    wanted = [f"{package.name}/{package.suite}" for package in packages]
    try:
        run(
            ["apt-get", *apt_options(), "-qq", "download", *wanted],
            cwd=half,
            log=HOME / "log/apt.log",
        )
    except Failure as failure:
        raise Failure(
            f"{failure}\n\nPackages could not be fetched from Debian: "
            + ", ".join(wanted)
            + ". Check the network and the mirror (DEBIAN_MIRROR); if Debian has"
            f" dropped one, {ELSEWHERE}"
        ) from None
    return {package.name: _keep(half, cache, package) for package in packages}


def _keep(half: Path, cache: Path, package: Package) -> Path:
    """Check a download and put it in the place of earlier ones."""
    [deb] = half.glob(f"{package.name}_*.deb")
    check_deb(deb, package)
    for old in cache.glob(f"{package.name}_*.deb"):
        old.unlink()
    return deb.rename(cache / deb.name)


def check_deb(deb: Path, package: Package) -> None:
    """Compare a download with the lock.

    apt has verified the signature already; another build of the same package is
    accepted with a note, the pinned version with another checksum never.
    """
    if _checksum(deb) == package.checksum:
        return
    if _is_version(deb, package):
        deb.unlink()
        raise Failure(
            f"The checksum of {package.name} {package.version} differs from the one of"
            " config/debs.lock: the file was removed. Try again; if it happens again,"
            " do not use this mirror."
        )
    say(f"  note: Debian has moved {package.name} on: {deb.name} instead of the lock's")


def _find_deb(cache: Path, package: Package) -> Path | None:
    """What an earlier set-up fetched, unless it is damaged or of another version."""
    for deb in cache.glob(f"{package.name}_*.deb"):
        if _is_version(deb, package) and _checksum(deb) == package.checksum:
            return deb
    return None


def _is_version(deb: Path, package: Package) -> bool:
    return package.version.replace(":", "%3a") in deb.name


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpack(deb: Path, folder: Path, left_out: Sequence[str] = ()) -> None:
    """Unpack a package below ``folder`` without installing it."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
    ) as archive:
        run(
            ["tar", "-x", "-C", folder, "--no-same-owner", "--wildcards",
             *(f"--exclude={pattern}" for pattern in left_out)],
            stdin=archive.stdout,
        )  # fmt: skip
    if archive.returncode:
        deb.unlink()
        raise Failure(f"{deb.name} is damaged and was removed: try again.")


def check_release(site: Path) -> None:
    """Refuse anything but Odoo 19.0."""
    path = site / "odoo/release.py"
    release = path.read_text(encoding="utf-8") if path.exists() else ""
    if not re.search(r"version_info\s*=\s*\(19,\s*0,", release):
        raise Failure(
            f"What was found in {site} is not Odoo 19.0. If Debian has moved on,"
            f" {ELSEWHERE}"
        )
