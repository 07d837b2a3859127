"""What the runner says, and how it calls other programs."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# A step that says nothing for longer than this looks hung; seconds.
HEARTBEAT = 15
LAST_LINES = 15


class Failure(Exception):
    """Something that the user can mend; the text says what is wrong and what to do."""


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201  a command line speaks


def complain(error: object) -> None:
    """Print a failure."""
    print(f"\n{error}", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a long step, show that it goes on, then say how long it took."""
    start = time.monotonic()
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT):
            say(f"    … {time.monotonic() - start:.0f} s")

    say(f"· {text} …")
    threading.Thread(target=beat, daemon=True).start()
    try:
        yield
    finally:
        over.set()
    say(f"  done in {time.monotonic() - start:.0f} s")


def run(command: Sequence[object], log: Path | None = None, **options) -> str:
    """Run a program quietly.

    :param log: file that keeps what it printed
    :return: what it printed
    :raises Failure: it failed; the text shows the end of what it printed
    """
    options.setdefault("stdin", subprocess.DEVNULL)
    words = [str(part) for part in command]
    try:
        result = subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **options,
        )
    except OSError as error:
        raise Failure(f"“{words[0]}” could not be started: {error}") from None
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.stdout, encoding="utf-8")
    if result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-LAST_LINES:])
        where = f"\n(the whole of it: {log})" if log else ""
        name = Path(words[0]).name
        raise Failure(f"“{name}” failed ({result.returncode}):\n{tail}{where}")
    return result.stdout


def stream(command: Sequence[object], **options) -> int:
    """Run a program that talks to the user; return its exit code."""
    options.setdefault("env", dict(os.environ))
    with subprocess.Popen([str(part) for part in command], **options) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # Ctrl-C reached the program too: let it end in its own way
                continue
