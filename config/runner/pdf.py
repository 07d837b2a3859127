"""The PDF engine: the wheel's wkhtmltopdf and, where they lack, its libraries."""

import platform
import shutil
from pathlib import Path

from . import debian
from .console import Failure, run, say, step
from .environment import VENV
from .home import HOME, digest, is_done, mark_done

BIN = HOME / "bin"
LIBRARIES = HOME / "pdf"
ENGINE = VENV / "bin/wkhtmltopdf-pack"
WRAPPER = """#!/bin/sh
# wkhtmltopdf with the libraries and fonts that this machine lacks
export LD_LIBRARY_PATH={folder}/usr/lib/{machine}-linux-gnu:{folder}/lib/{machine}-linux-gnu
export FONTCONFIG_FILE={folder}/fonts.conf
exec {engine} "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


def install() -> None:
    """Put wkhtmltopdf where Odoo looks for it; without it reports print as HTML."""
    key = digest(str(ENGINE), debian.CONFIG / "pdf.lock", WRAPPER)
    if is_done("pdf", key):
        return
    BIN.mkdir(exist_ok=True)
    target = BIN / "wkhtmltopdf"
    target.unlink(missing_ok=True)
    try:
        if platform.machine() != "x86_64":
            raise Failure(f"there is no PDF engine for {platform.machine()}.")
        if lacks_libraries():
            install_libraries(target)
        else:
            target.symlink_to(ENGINE)
    except Failure as failure:
        say(f"  note: reports are shown as web pages instead of PDF: {failure}")
        return
    mark_done("pdf", key)


def lacks_libraries() -> bool:
    """Whether the machine has not all the libraries of the engine (a bare one)."""
    return not shutil.which("ldd") or "not found" in run(["ldd", ENGINE.resolve()])


def install_libraries(target: Path) -> None:
    """Unpack the missing libraries below our folder; write a wrapper that uses them."""
    debs = debian.fetch(debian.read_lock("pdf.lock"))
    with step("Unpacking the libraries of the PDF engine"):
        for deb in debs.values():
            debian.unpack(deb, _made(LIBRARIES))
    (LIBRARIES / "fonts.conf").write_text(
        FONTS.format(folder=LIBRARIES), encoding="utf-8"
    )
    target.write_text(
        WRAPPER.format(folder=LIBRARIES, engine=ENGINE, machine=platform.machine()),
        encoding="utf-8",
    )
    target.chmod(0o755)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
