"""Starts the runner: ``python config/runner COMMAND``."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the folder may be read-only or root's
sys.path[0] = str(Path(__file__).resolve().parents[1])

from runner.cli import main  # noqa: E402  the line above makes it importable

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
