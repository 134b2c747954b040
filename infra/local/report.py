"""What a command ran and how it ended: each runner's closing line is read, and the counts are added
up in one table.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import settings

# Twice what the longest step takes on two free cores.
STEP_SECONDS = 35 * 60

# (pattern, kind): each closing line of the runners in use. Every match of a pattern adds its number
# to the kind.
CLOSING_LINES = [
    (re.compile(r"^test result: \w+\. (\d+) passed; \d+ failed"), "passed"),  # a Rust test program
    (re.compile(r"^test result: \w+\. \d+ passed; (\d+) failed"), "failed"),
    (re.compile(r"^test result: .* (\d+) ignored"), "skipped"),
    (re.compile(r"^\s*Summary \[.*? (\d+) passed"), "passed"),  # cargo nextest
    (re.compile(r"^\s*Summary \[.*? (\d+) failed"), "failed"),
    (re.compile(r"^\s*Summary \[.*? (\d+) exec failed"), "failed"),
    (re.compile(r"^\s*Summary \[.*? (\d+) timed out"), "failed"),
    (re.compile(r"^\s*Summary \[.*? (\d+) skipped"), "skipped"),
    (
        re.compile(r"^\s+(\d+) passed \([\d.]+m?s\)$|^\s+(\d+) passed \([\d.]+m\)$"),
        "passed",
    ),  # Playwright
    (re.compile(r"^\s+(\d+) (?:failed|interrupted|did not run)$"), "failed"),
    (re.compile(r"^\s+(\d+) skipped$"), "skipped"),
    (re.compile(r"^\s*Tests\s.*?(\d+) passed"), "passed"),  # Vitest
    (re.compile(r"^\s*Tests\s.*?(\d+) failed"), "failed"),
    (re.compile(r"^(?:# |\u2139 )pass (\d+)$"), "passed"),  # node --test
    (re.compile(r"^(?:# |\u2139 )fail (\d+)$"), "failed"),
    (re.compile(r"^=+ .*?(\d+) passed\b.* in [\d.]+s"), "passed"),  # pytest
    (re.compile(r"^=+ .*?(\d+) failed\b.* in [\d.]+s"), "failed"),
    (re.compile(r"^=+ .*?(\d+) errors?\b.* in [\d.]+s"), "failed"),
    (re.compile(r"^=+ .*?(\d+) skipped\b.* in [\d.]+s"), "skipped"),
    (re.compile(r"^counted: (\d+) passed"), "passed"),  # the search through the logs
    (re.compile(r"^counted: \d+ passed, (\d+) failed"), "failed"),
]
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass
class Suite:
    """One runner's result."""

    name: str
    seconds: float = 0.0
    exit_code: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"passed": 0, "failed": 0, "skipped": 0})

    def read(self, line: str) -> None:
        """Takes the figures out of a closing line."""
        for pattern, kind in CLOSING_LINES:
            found = pattern.search(COLOURS.sub("", line).rstrip("\n"))
            if found:
                self.counts[kind] += int(next(group for group in found.groups() if group))


class Report:
    """All suites of one command."""

    def __init__(self) -> None:
        self.suites: list[Suite] = []

    def step(
        self,
        name: str,
        argv: list[str],
        cwd: Path = settings.ROOT,
        env: dict[str, str] | None = None,
        *,
        tests: bool = True,
    ) -> bool:
        """Runs one command. One that fails without a failed test, or a test runner that ran none,
        counts as one failure."""
        print(f"\n── {name}: {' '.join(argv)}", flush=True)
        suite, began = Suite(name), time.monotonic()
        # In its own session: a runner that hangs is ended with everything it started.
        with subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            watchdog = threading.Timer(STEP_SECONDS, os.killpg, (process.pid, signal.SIGKILL))
            watchdog.start()
            try:
                for line in process.stdout or ():
                    sys.stdout.write(line)
                    sys.stdout.flush()
                    if tests:
                        suite.read(line)
                suite.exit_code = process.wait()
            except KeyboardInterrupt:
                os.killpg(process.pid, signal.SIGTERM)
                raise
            finally:
                watchdog.cancel()
        suite.seconds = time.monotonic() - began
        if suite.exit_code != 0 and suite.counts["failed"] == 0:
            suite.counts["failed"] = 1
        if tests and suite.exit_code == 0 and suite.counts["passed"] + suite.counts["failed"] == 0:
            print(f"error: {name} ran no test.", flush=True)
            suite.counts["failed"] = 1
        self.suites.append(suite)
        return suite.exit_code == 0 and suite.counts["failed"] == 0

    def check(
        self,
        name: str,
        argv: list[str],
        cwd: Path = settings.ROOT,
        env: dict[str, str] | None = None,
    ) -> bool:
        """A step that runs no tests: it counts as one."""
        return self.step(name, argv, cwd, env, tests=False)

    def broken(self, name: str, why: object) -> None:
        """A step that could not even be started."""
        print(f"error: {name}: {why}", flush=True)
        self.suites.append(
            Suite(name, exit_code=1, counts={"passed": 0, "failed": 1, "skipped": 0})
        )

    def close(self, command: str) -> int:
        """Prints the table and the closing line; the exit code of the command."""
        print(f"\n── make {command}")
        for suite in self.suites:
            c = suite.counts
            print(
                f"  {suite.name:28} {suite.seconds:7.1f} s   {c['passed']:5} passed  "
                f"{c['failed']:3} failed  {c['skipped']:3} skipped"
            )
        total = {
            kind: sum(suite.counts[kind] for suite in self.suites)
            for kind in ("passed", "failed", "skipped")
        }
        file = settings.SHARED_DIR / f"{command}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(total))
        print(
            f"{total['passed']} passed, {total['failed']} failed"
            + (f", {total['skipped']} skipped" if total["skipped"] else ""),
            flush=True,
        )
        return 1 if total["failed"] else 0
