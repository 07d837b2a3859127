"""The virtual environment, from pinned lists."""

import os
import shutil
import sys
from pathlib import Path

from .console import Failure, run, say, step
from .debian import SITE, check_release
from .home import HOME, REQUIREMENTS, check_disk, digest, is_done, mark_done

VENV = HOME / "venv"
PYTHON = VENV / "bin/python"
ODOO = VENV / "bin/odoo"
LISTS = tuple(REQUIREMENTS / name for name in ("odoo.lock", "oca.txt", "test.lock"))
# A real file: with several workers Odoo starts itself again from sys.argv[0].
LAUNCHER = """#!{python}
import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
"""


def odoo_path() -> Path:
    """Folder that makes ``import odoo`` work: Debian's, or the user's checkout."""
    checkout = os.environ.get("ODOO_HOME")
    return Path(checkout).resolve() if checkout else SITE


def core_addons_path() -> list[Path]:
    """Addons of a checkout that lie outside the odoo package."""
    folder = odoo_path() / "addons"
    return [folder] if folder.is_dir() else []


def install_venv() -> None:
    """Make the environment beside the old one, then take its place."""
    check_release(odoo_path())
    key = digest(sys.version, str(HOME), str(odoo_path()), *LISTS, LAUNCHER)
    if is_done("venv", key) and ODOO.exists():
        return
    check_venv_module()
    check_disk()
    fresh = HOME / f"venv-{key}"
    try:
        _make_venv(fresh)
    except Failure as failure:
        if not ODOO.exists():
            raise
        say(f"{failure}\n  note: the environment that was there goes on being used.")
        return
    _switch(fresh)
    mark_done("venv", key)


def _make_venv(fresh: Path) -> None:
    with step("Making the virtual environment"):
        shutil.rmtree(fresh, ignore_errors=True)
        run([sys.executable, "-m", "venv", fresh])
        _link_odoo(fresh)
    with step("Installing the Python packages (about half a minute)"):
        pip_install(fresh, *(f"--requirement={path}" for path in LISTS))
    launcher = fresh / "bin/odoo"
    launcher.write_text(LAUNCHER.format(python=fresh / "bin/python"), encoding="utf-8")
    launcher.chmod(0o755)


def pip_install(venv: Path, *arguments: object) -> None:
    """Install pinned packages in an environment.

    :raises Failure: says what to do about the network or the index
    """
    command = [venv / "bin/python", "-m", "pip", "install", "-q", "--prefer-binary",
               "--disable-pip-version-check", *arguments]  # fmt: skip
    try:
        run(command, log=HOME / "log/pip.log")
    except Failure as failure:
        raise Failure(
            f"{failure}\n\nThe Python packages could not be installed. Check the"
            " network and pip's own configuration (pip config list), then try again:"
            " what was downloaded is kept."
        ) from None


def check_venv_module() -> None:
    """Debian ships Python without the part that makes environments."""
    try:
        import ensurepip  # noqa: F401  only to see whether it is there
        import venv  # noqa: F401
    except ImportError:
        raise Failure(
            f"{sys.executable} can't make virtual environments. On Debian:"
            " apt-get install python3-venv."
        ) from None


def _link_odoo(venv: Path) -> None:
    """Let the environment's Python and pip see Odoo."""
    [site] = venv.glob("lib/python*/site-packages")
    (site / "odoo.pth").write_text(f"{odoo_path()}\n", encoding="utf-8")
    info = site / "odoo-19.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n", encoding="utf-8"
    )
    (info / "INSTALLER").write_text("run\n", encoding="utf-8")
    (info / "RECORD").touch()


def _switch(fresh: Path) -> None:
    """Point ``venv`` at the new environment.

    The one before stays: a server may still run from it. Older ones go.
    """
    before = VENV.resolve()
    link = HOME / "venv.new"
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    link.rename(VENV)
    for old in HOME.glob("venv-*"):
        if old not in (fresh, before):
            shutil.rmtree(old, ignore_errors=True)


def install_bench() -> None:
    """Add the peers that the benchmark measures."""
    requirements = REQUIREMENTS / "bench.lock"
    key = digest(requirements, str(VENV.resolve()))
    if is_done("bench", key):
        return
    with step("Installing the peers of the benchmark"):
        pip_install(VENV, "--no-deps", f"--requirement={requirements}")
    mark_done("bench", key)
