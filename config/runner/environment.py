"""The virtual environment, from pinned lists."""

import os
import shutil
import sys
from pathlib import Path

from console import Failure, run, step
from debian import SITE
from home import CONFIG, HOME, digest, is_done, mark_done

VENV = HOME / "venv"
PYTHON = VENV / "bin/python"
ODOO = VENV / "bin/odoo"
BIN = HOME / "bin"
LISTS = ("odoo.lock", "oca.txt", "test.lock")
# A real file: with several workers Odoo starts itself again from sys.argv[0].
LAUNCHER = """#!{python}
import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
"""


def odoo_paths():
    """Folders that make ``import odoo`` work: Debian's, or the user's checkout."""
    if checkout := os.environ.get("ODOO_HOME"):
        path = Path(checkout).resolve()
        if not (path / "odoo/release.py").exists():
            raise Failure(f"ODOO_HOME={checkout} is not a checkout of Odoo 19.")
        return [path]
    return [SITE]


def core_addons_path():
    """Addons of a checkout that lie outside the odoo package."""
    return [path / "addons" for path in odoo_paths() if (path / "addons").exists()]


def install_venv():
    """Make the environment beside the old one, then take its place."""
    lists = [CONFIG / "requirements" / name for name in LISTS]
    key = digest(sys.version, HOME, *odoo_paths_key(), *lists, LAUNCHER)
    if is_done("venv", key) and ODOO.exists():
        return
    check_venv_module()
    fresh = HOME / f"venv-{key}"
    with step("Making the virtual environment"):
        shutil.rmtree(fresh, ignore_errors=True)
        run([sys.executable, "-m", "venv", fresh])
        link_odoo(fresh)
    with step("Installing the Python packages (a minute)"):
        command = [fresh / "bin/pip", "install", "-q", "--prefer-binary"]
        for path in lists:
            command += ["-r", path]
        run(command, log=HOME / "log/pip.log")
    launcher = fresh / "bin/odoo"
    launcher.write_text(LAUNCHER.format(python=fresh / "bin/python"), encoding="utf-8")
    launcher.chmod(0o755)
    switch(fresh)
    link_pdf_engine()
    mark_done("venv", key)


def odoo_paths_key():
    """Text that changes when Odoo is elsewhere."""
    return [str(path) for path in odoo_paths()]


def check_venv_module():
    """Debian ships Python without the part that makes environments."""
    try:
        import ensurepip  # noqa: F401, PLC0415  only to see whether it is there
    except ImportError:
        raise Failure(
            f"{sys.executable} can't make virtual environments. On Debian:"
            " apt-get install python3-venv."
        ) from None


def link_odoo(folder):
    """Let the environment's Python and pip see Odoo."""
    [site] = folder.glob("lib/python*/site-packages")
    (site / "odoo.pth").write_text(
        "".join(f"{path}\n" for path in odoo_paths()), encoding="utf-8"
    )
    info = site / "odoo-19.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n", encoding="utf-8"
    )
    (info / "INSTALLER").write_text("run\n", encoding="utf-8")
    (info / "RECORD").touch()


def switch(fresh):
    """Point ``venv`` at the new environment and drop the others."""
    link = HOME / "venv.new"
    link.unlink(missing_ok=True)
    link.symlink_to(fresh.name)
    link.rename(VENV)
    for old in HOME.glob("venv-*"):
        if old != fresh:
            shutil.rmtree(old, ignore_errors=True)


def link_pdf_engine():
    """Put the wheel's wkhtmltopdf where Odoo looks for it."""
    BIN.mkdir(exist_ok=True)
    engine = VENV / "bin/wkhtmltopdf-pack"
    link = BIN / "wkhtmltopdf"
    link.unlink(missing_ok=True)
    if engine.exists():
        link.symlink_to(engine)


def install_bench():
    """Add the peers that the benchmark measures."""
    requirements = CONFIG / "requirements/bench.lock"
    key = digest(requirements, VENV.resolve())
    if is_done("bench", key):
        return
    with step("Installing the peers of the benchmark"):
        run(
            [VENV / "bin/pip", "install", "-q", "--no-deps", "-r", requirements],
            log=HOME / "log/pip.log",
        )
    mark_done("bench", key)
