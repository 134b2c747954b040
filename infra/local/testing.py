"""`make test` and `make lint`: runs every suite, shows its output as it comes, adds up the counts, and closes with `N passed, N failed`."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import build
import settings
from processes import StackError, tool

RUN = str(settings.ROOT / "infra" / "local" / "run")
IT_DIR = settings.ROOT / "tests" / "it"
# The test stack's own place and timings: short enough for the tests that wait for a time-out.
TEST_STACK = {
    "STACK_DIR": ".local/test",
    "WORKER_TIMEOUT_SECONDS": "15",
    "WORKER_STOP_SECONDS": "10",
    "QUEUE_VISIBILITY_SECONDS": "20",
    "MINIMUM_SCHEDULE_MINUTES": "1",
    # The tests make ledgers of their own: never on a real Core that happens to be named.
    "CORE_URL": "",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STEP_SECONDS = 25 * 60
# A registry, or a network, that has no database of advisories says it so, or says nothing for so long.
NO_ADVISORIES = ("audit endpoint returned an error", "failed to fetch advisory database", "failed to load advisory database", "failed to open advisory database")
ADVISORY_SECONDS = 60

# (pattern, kind): each closing line of the runners in use. Every match of a pattern adds its number to the kind.
CLOSING_LINES = [
    (re.compile(r"^test result: \w+\. (\d+) passed; \d+ failed"), "passed"),  # cargo test
    (re.compile(r"^test result: \w+\. \d+ passed; (\d+) failed"), "failed"),
    (re.compile(r"^test result: .* (\d+) ignored"), "skipped"),
    (re.compile(r"^\s+(\d+) passed \([\d.]+m?s\)$|^\s+(\d+) passed \([\d.]+m\)$"), "passed"),  # Playwright
    (re.compile(r"^\s+(\d+) (?:failed|interrupted|did not run)$"), "failed"),
    (re.compile(r"^\s+(\d+) skipped$"), "skipped"),
    (re.compile(r"^\s*Tests\s.*?(\d+) passed"), "passed"),  # Vitest
    (re.compile(r"^\s*Tests\s.*?(\d+) failed"), "failed"),
    (re.compile(r"^(?:# |\u2139 )pass (\d+)$"), "passed"),  # node --test
    (re.compile(r"^(?:# |\u2139 )fail (\d+)$"), "failed"),
    (re.compile(r"^counted: (\d+) passed"), "passed"),  # tests/template
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

    def step(self, name: str, argv: list[str], cwd: Path = settings.ROOT, env: dict[str, str] | None = None, *, tests: bool = True) -> bool:
        """Runs one command. One that fails without a failed test, or a test runner that ran none, counts as one failure."""
        print(f"\n── {name}: {' '.join(argv)}", flush=True)
        suite, began = Suite(name), time.monotonic()
        # A session of its own: a runner that hangs is ended with everything it started.
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
                for line in process.stdout:
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

    def broken(self, name: str, why: object) -> None:
        """A step that could not even be started."""
        print(f"error: {name}: {why}", flush=True)
        self.suites.append(Suite(name, exit_code=1, counts={"passed": 0, "failed": 1, "skipped": 0}))

    def close(self, command: str) -> int:
        """Prints the table and the closing line; the exit code of the command."""
        print(f"\n── make {command}")
        for suite in self.suites:
            c = suite.counts
            print(f"  {suite.name:28} {suite.seconds:7.1f} s   {c['passed']:5} passed  {c['failed']:3} failed  {c['skipped']:3} skipped")
        total = {kind: sum(suite.counts[kind] for suite in self.suites) for kind in ("passed", "failed", "skipped")}
        file = settings.SHARED_DIR / f"{command}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(total))
        print(f"{total['passed']} passed, {total['failed']} failed" + (f", {total['skipped']} skipped" if total["skipped"] else ""), flush=True)
        return 1 if total["failed"] else 0


def _scripts(folder: Path) -> dict[str, str]:
    file = folder / "package.json"
    return json.loads(file.read_text()).get("scripts", {}) if file.exists() else {}


def _chromium() -> str:
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    for attempt in (1, 2):
        found = next((path for path in map(shutil.which, BROWSERS) if path), None)
        if found:
            return found
        if attempt == 1 and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
            print("Installing Chromium for the browser tests (apt-get) …", flush=True)
            quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL}
            subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
            subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"], check=False, **quiet)
    raise StackError("Chromium is needed: install it, or name it by CHROMIUM_PATH=…")


def _free_ports() -> dict[str, str]:
    """A set of ports for the test stack that nothing uses: the defaults moved up by hundreds."""
    for shift in range(100, 1000, 100):
        ports = {name: default + shift for name, default, _ in settings.PORT_TABLE}
        wanted = [*ports.values(), ports["AWS_PORT"] + 4000]
        if all(_bindable(port) for port in wanted):
            return {name: str(port) for name, port in ports.items()}
    raise StackError("no free range of ports was found for the test stack.")


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def lint() -> int:
    """Formats, lints, documentation, types, templates."""
    report = Report()
    try:
        build.require_tools("cargo")
        build.ui()
    except StackError as error:
        report.broken("build of the UI", error)
    plain = {"tests": False}
    report.step("rustfmt", ["cargo", "fmt", "--all", "--check"], **plain)
    report.step("clippy", ["cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"], **plain)
    report.step("rustdoc", ["cargo", "doc", "--workspace", "--no-deps", "--quiet"], env={"RUSTDOCFLAGS": "-D warnings"}, **plain)
    for folder in (build.UI_DIR, build.BROWSER_DIR):
        scripts = _scripts(folder)
        try:
            if scripts:
                build.npm_packages(folder)
        except StackError as error:
            report.broken(f"npm packages of {folder.name}", error)
            continue
        for script in ("check", "lint", "size"):
            if script in scripts:
                report.step(f"{folder.name}: {script}", ["npm", "run", "--silent", script], folder, **plain)
    report.step("cargo deny", [str(tool("cargo-deny")), "--locked", "check", "licenses", "bans", "sources"], **plain)
    _advisories(report)
    report.step("cfn-lint", [str(tool("cfn-lint")), "--non-zero-exit-code", "informational", "template.yaml"], **plain)
    sam = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": settings.REGION, "__SAM_CLI_APP_DIR": str(settings.SHARED_DIR / "sam")}
    report.step("sam validate", [str(tool("sam")), "validate", "--lint", "--template", "template.yaml"], env=sam, **plain)
    report.step("shell", ["bash", "-n", "infra/local/run", ".ci/run"], **plain)
    report.step("python", [sys.executable, "-W", "error", "-m", "compileall", "-q", "-f", "infra/local", "tests/template", "tests/events", "tests/openapi"], **plain)
    for suite in report.suites:
        suite.counts["passed"] = int(suite.counts["failed"] == 0)
    return report.close("lint")


def _advisories(report: Report) -> None:
    """Known faults of what we depend on. Where no database can be had it is said, and is no failure: nothing was found wrong."""
    checks = {"npm audit: " + folder.name: (["npm", "audit", "--audit-level=high"], folder) for folder in (build.UI_DIR, build.BROWSER_DIR)}
    checks["cargo deny: advisories"] = ([str(tool("cargo-deny")), "--locked", "check", "advisories"], settings.ROOT)
    for name, (argv, folder) in checks.items():
        try:
            done = subprocess.run(
                argv,
                cwd=folder,
                env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=ADVISORY_SECONDS,
                check=False,
            )
            missing = done.returncode != 0 and any(words in done.stdout for words in NO_ADVISORIES)
        except subprocess.TimeoutExpired:
            missing = True
        if missing:
            print(f"\n── {name}: no advisories can be had here: not checked", flush=True)
        else:
            report.step(name, argv, folder, tests=False)


def test() -> int:
    """Every test, from the pure ones to the browser; the deployed ones on a stack of their own, fresh each time."""
    report = Report()
    try:
        build.everything()
        report.step("template", [sys.executable, "tests/template/run.py"])
        report.step("rust: unit and property", ["cargo", "test", "--workspace", "--exclude", "it", "--no-fail-fast"])
        if "test" in _scripts(build.UI_DIR):
            report.step("portal UI", ["npm", "test", "--silent"], build.UI_DIR, {"CI": "1"})
        _on_a_stack(report)
    except StackError as error:
        report.broken("test", error)
    return report.close("test")


def _stack_tests() -> list[str]:
    """The test programs of the package `it`. They are built with the whole workspace selected: alone, cargo would choose other
    features for the packages they share with the functions, and build all of those a second time."""
    argv = ["cargo", "test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(argv, cwd=settings.ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode != 0:
        raise StackError(f"`{' '.join(argv)}` failed (exit code {built.returncode}).")
    artifacts = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    ours = [a for a in artifacts if a.get("executable") and a["profile"]["test"] and Path(a["manifest_path"]).parent == IT_DIR]
    return [a["executable"] for a in ours]


def bench() -> int:
    """The measurements: ignored tests of the package `it` whose names begin with `bench_`, one after the other, on the running stack."""
    for program in _stack_tests():
        code = subprocess.run([RUN, "exec", program, "bench_", "--ignored", "--nocapture", "--test-threads", "1"], cwd=IT_DIR, check=False).returncode
        if code != 0:
            return code
    return 0


def _on_a_stack(report: Report) -> None:
    programs = _stack_tests()
    where = {**TEST_STACK, **_free_ports()}
    subprocess.run([RUN, "down"], env={**os.environ, **where}, check=False, stdout=subprocess.DEVNULL)
    try:
        if not report.step("a fresh test stack", [RUN, "up"], env=where, tests=False):
            return
        in_package = {**where, "CARGO_MANIFEST_DIR": str(IT_DIR)}
        script = 'code=0; for program in "$@"; do echo "running $program"; "$program" || code=$?; done; exit $code'
        report.step("rust: on the stack", [RUN, "exec", "bash", "-c", script, "it", *programs], IT_DIR, in_package)
        report.step("sample events", [RUN, "exec", sys.executable, "tests/events/run.py"], env=where)
        report.step("what the API declares", [RUN, "exec", sys.executable, "tests/openapi/run.py"], env=where)
        if "test" in _scripts(build.BROWSER_DIR):
            build.npm_packages(build.BROWSER_DIR)
            browser = {**where, "CHROMIUM_PATH": _chromium()}
            report.step("browser", [RUN, "exec", "npm", "--prefix", str(build.BROWSER_DIR), "test", "--silent"], build.BROWSER_DIR, browser)
        report.step("logs hold no secret", [RUN, "logs", "check"], env=where)
    finally:
        # Kept for whoever looks into a failure: the stack itself is gone then.
        subprocess.run([RUN, "logs", "save"], env={**os.environ, **where}, check=False)
        subprocess.run([RUN, "down"], env={**os.environ, **where}, check=False)
