"""What the tests count for the last lines of a run: attacks, cells, steps."""

from collections import Counter, defaultdict

COUNTS: dict[str, Counter] = defaultdict(Counter)


def count(title: str, **numbers: int) -> None:
    """Add to the line ``title`` of the end of the run."""
    COUNTS[title].update(numbers)


def add(counts: dict[str, dict[str, int]]) -> None:
    """Add what another process counted."""
    for title, numbers in counts.items():
        COUNTS[title].update(numbers)


def read() -> dict[str, dict[str, int]]:
    """{title: {what: how many}}, of plain types: it travels between processes."""
    return {title: dict(numbers) for title, numbers in COUNTS.items()}
