"""Starts the runner: ``python config/runner COMMAND``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cli import main  # noqa: E402  the line above makes it importable

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
