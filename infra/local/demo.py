"""`make demo`: the demo's output as it comes on a terminal; elsewhere, where a line cannot be written over, one line for each phase."""

import io
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import IO

import build

# What stands before it in a line of progress names the phase; the figures behind it change with every look.
FIGURES = " · "


def run(variables: dict[str, str]) -> int:
    """Runs the demo; its exit code."""
    sys.stdout.flush()
    argv = [str(build.binary("demo"))]
    if sys.stdout.isatty():
        return subprocess.run(argv, env=variables, check=False).returncode
    with subprocess.Popen(argv, env=variables, stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            for line in one_a_phase(pieces(process.stdout)):
                print(line, flush=True)
        return process.wait()


def pieces(output: IO[bytes]) -> Iterable[str]:
    """An output up to each line feed or carriage return, the ends as they are: a carriage return alone tells a line of progress."""
    return io.TextIOWrapper(output, encoding="utf-8", errors="replace", newline="")


def one_a_phase(output: Iterable[str]) -> Iterator[str]:
    """The lines of an output that comes in pieces up to each line feed or carriage return: of a line that is written over again
    and again only the first of each phase."""
    phase: str | None = None  # None: no line is being written over
    for piece in output:
        text = piece.rstrip()
        if phase is None and not piece.endswith("\r"):
            yield text
            continue
        now = text.split(FIGURES)[0]
        if text and now != phase:
            yield text
        phase = now if piece.endswith("\r") else None
