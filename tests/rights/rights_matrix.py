"""Reads the matrix: the one file that says who may do what."""

from pathlib import Path

import tomllib

MATRIX = Path(__file__).with_name("matrix.toml")


def load():
    """The matrix, as nested dictionaries."""
    return tomllib.loads(MATRIX.read_text(encoding="utf-8"))
