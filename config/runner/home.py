"""Where the runner keeps what it brings and makes: ``.odoo/`` by default."""

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from console import Failure

REPO = Path(__file__).resolve().parents[2]
HOME = Path(os.environ.get("INTERCOMMUNAL_HOME") or REPO / ".odoo").resolve()
CONFIG = REPO / "config"
ADDONS = REPO / "addons"
NEEDED_BYTES = 3 * 1024**3
OURS = ("intercommunal_workflow", "intercommunal_billing", "intercommunal_mobile")


def our_addons():
    """Names of the addons that this repository holds."""
    return [name for name in OURS if (ADDONS / name / "__manifest__.py").exists()]


def digest(*parts):
    """Short hash of texts and files, folders read whole."""
    total = hashlib.sha256()
    for part in parts:
        if not isinstance(part, Path):
            total.update(str(part).encode())
        elif part.is_dir():
            for path in sorted(part.rglob("*")):
                if path.is_file() and not _is_made(path):
                    total.update(str(path.relative_to(part)).encode())
                    total.update(path.read_bytes())
        elif part.exists():
            total.update(part.read_bytes())
    return total.hexdigest()[:12]


def _is_made(path):
    return "__pycache__" in path.parts or ".ruff_cache" in path.parts


def is_done(name, key):
    """Whether step ``name`` was finished with the same inputs."""
    stamp = HOME / "stamps" / name
    return stamp.exists() and stamp.read_text(encoding="utf-8") == key


def mark_done(name, key):
    """Remember that step ``name`` is finished for these inputs."""
    stamp = HOME / "stamps" / name
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key, encoding="utf-8")


def forget(name):
    """Step ``name`` is to be done again."""
    (HOME / "stamps" / name).unlink(missing_ok=True)


def check_disk():
    """Refuse to begin a set-up that would not fit."""
    HOME.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(HOME).free
    if free < NEEDED_BYTES:
        raise Failure(
            f"Only {free / 1024**3:.1f} GB are free in {HOME}; the set-up needs 3 GB."
            " Free some room, or set INTERCOMMUNAL_HOME to a folder on a larger disk."
        )


@contextmanager
def locked():
    """One set-up at a time."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure(
                "Another ./run is setting up this folder: wait for it to end."
            ) from None
        yield
