"""What the runner says, and how it calls other programs."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager


class Failure(Exception):
    """Something that the user can mend; the text says what is wrong and what to do."""


def say(text):
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201  a command line speaks


@contextmanager
def step(text):
    """Announce a long step, then say how long it took."""
    start = time.monotonic()
    say(f"· {text} …")
    yield
    say(f"  done in {time.monotonic() - start:.0f} s")


def run(command, log=None, **options):
    """Run a program quietly.

    :param log: file that keeps what it printed
    :raises Failure: it failed; the text shows the end of what it printed
    """
    options.setdefault("env", dict(os.environ))
    command = [str(part) for part in command]
    result = subprocess.run(
        command,
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **options,
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(result.stdout, encoding="utf-8")
    if result.returncode:
        tail = "\n".join(result.stdout.strip().splitlines()[-15:])
        where = f"\n(the whole of it: {log})" if log else ""
        raise Failure(f"“{command[0]}” failed:\n{tail}{where}")
    return result.stdout


def stream(command, **options):
    """Run a program that talks to the user; return its exit code."""
    options.setdefault("env", dict(os.environ))
    process = subprocess.Popen([str(part) for part in command], **options)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        return process.wait()


def complain(error):
    """Print a failure."""
    print(f"\n{error}", file=sys.stderr, flush=True)  # noqa: T201
