"""Reads the matrix: the one file that says who may do what."""

from pathlib import Path

import tomllib

MATRIX = Path(__file__).with_name("matrix.toml")
TALLY = {}  # what the tests counted, for the last line of the run


def load():
    """The matrix, as nested dictionaries."""
    return tomllib.loads(MATRIX.read_text(encoding="utf-8"))


def tally(**counts):
    """Add to what the end of the run says."""
    for name, count in counts.items():
        TALLY[name] = TALLY.get(name, 0) + count
