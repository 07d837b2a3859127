"""Where the runner keeps what it brings and makes: ``.odoo/`` by default."""

import ast
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import Failure, say

REPO = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("INTERCOMMUNAL_HOME") or REPO / ".odoo").resolve()
CONFIG = REPO / "config"
ADDONS = REPO / "addons"
REQUIREMENTS = CONFIG / "requirements"
NEEDED_BYTES = 3 * 1024**3
MADE = {"__pycache__", ".ruff_cache", ".pytest_cache"}


def our_addons() -> list[str]:
    """Names of the addons that this repository holds."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def dependencies() -> list[str]:
    """The addons that ours need and that others wrote."""
    found: set[str] = set()
    for name in our_addons():
        text = (ADDONS / name / "__manifest__.py").read_text(encoding="utf-8")
        found.update(ast.literal_eval(text).get("depends", []))
    return sorted(found - set(our_addons()))


def digest(*parts: object) -> str:
    """Short hash of texts and of what paths hold, folders read whole."""
    total = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            total.update(f"{part}\0".encode())
        elif part.is_dir():
            for path in sorted(part.rglob("*")):
                if path.is_file() and not MADE.intersection(path.parts):
                    total.update(f"{path.relative_to(part)}\0".encode())
                    total.update(path.read_bytes())
        elif part.exists():
            total.update(part.read_bytes())
    return total.hexdigest()[:12]


def is_done(name: str, key: str) -> bool:
    """Whether step ``name`` was finished with the same inputs."""
    stamp = HOME / "stamps" / name
    return stamp.exists() and stamp.read_text(encoding="utf-8") == key


def mark_done(name: str, key: str) -> None:
    """Remember that step ``name`` is finished for these inputs."""
    stamp = HOME / "stamps" / name
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key, encoding="utf-8")


def forget(name: str) -> None:
    """Step ``name`` is to be done again."""
    (HOME / "stamps" / name).unlink(missing_ok=True)


def replace_folder(fresh: Path, folder: Path) -> None:
    """Put a finished folder in the place of an old one, which goes last."""
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def check_disk() -> None:
    """Refuse to begin a set-up that would not fit."""
    HOME.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(HOME).free
    if free < NEEDED_BYTES:
        raise Failure(
            f"Only {free / 1024**3:.1f} GB are free in {HOME}; the set-up needs 3 GB."
            " Free some room, or set INTERCOMMUNAL_HOME to a folder on a larger disk."
        )


@contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time: a second ./run waits for the first."""
    _make_home()
    with (HOME / "lock").open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            say(
                f"· Another ./run (process {handle.read().strip() or 'unknown'}) is"
                " setting up this folder: waiting for it …"
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _make_home() -> None:
    try:
        HOME.mkdir(parents=True, exist_ok=True)
        (HOME / "lock").touch()
    except OSError as error:
        raise Failure(
            f"{HOME} can't be written ({error.strerror}). Set INTERCOMMUNAL_HOME to a"
            " folder of yours, or run as the user who set it up."
        ) from None
