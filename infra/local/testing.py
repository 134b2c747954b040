"""`make test` and `make bench`: runs every suite, the deployed ones on a stack of their own."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import build
import settings
from processes import StackError, tool
from report import Report

RUN = str(settings.ROOT / "infra" / "local" / "run")
IT_DIR = settings.ROOT / "tests" / "it"
# The test stack's own place and timings: short enough for the tests that wait for a time-out.
TEST_STACK = {
    "STACK_DIR": ".local/test",
    "WORKER_TIMEOUT_SECONDS": "15",
    "WORKER_STOP_SECONDS": "10",
    "QUEUE_VISIBILITY_SECONDS": "20",
    "MINIMUM_SCHEDULE_MINUTES": "1",
    # No mail is sent: the local AWS sends none, and the tests read what the topic received.
    "NOTICES_EMAIL": "notices@example.com",
    # The tests make ledgers of their own: never on a real Core that happens to be named.
    "CORE_URL": "",
}
# Without a folder: the tests that need no stack, as pyproject.toml names them.
PYTEST = [sys.executable, "-m", "pytest"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """The browser of the tests: the named one, one on the PATH, or one that is installed now."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named
    for attempt in (1, 2):
        found = next((path for path in map(shutil.which, BROWSERS) if path), None)
        if found:
            return found
        if (
            attempt == 1
            and hasattr(os, "geteuid")
            and os.geteuid() == 0
            and shutil.which("apt-get")
        ):
            print("Installing Chromium for the browser tests (apt-get) …", flush=True)
            _apt_get("update")
            _apt_get("install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    raise StackError("Chromium is needed: install it, or name it by CHROMIUM_PATH=…")


def _apt_get(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    argv = ["apt-get", "-qq", *arguments]
    subprocess.run(
        argv, check=False, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )


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


def test() -> int:
    """Every test, from the pure ones to the browser; the deployed ones on a stack of their own,
    fresh each time."""
    report = Report()
    try:
        build.everything()
        report.step("template and tools", PYTEST)
        nextest = [str(tool("cargo-nextest")), "nextest", "run", "--workspace", "--exclude", "it"]
        # A snapshot that differs is a failure, and is never written by a test run.
        report.step("rust: unit and property", nextest, env={"INSTA_UPDATE": "no"})
        if "test" in build.npm_scripts(build.UI_DIR):
            report.step("portal UI", ["npm", "test", "--silent"], build.UI_DIR, {"CI": "1"})
        _on_a_stack(report)
    except StackError as error:
        report.broken("test", error)
    return report.close("test")


def _stack_tests() -> list[str]:
    """The test programs of the package `it`. They are built with the whole workspace selected:
    alone, cargo would choose other features for the packages they share with the functions, and
    build all of those a second time."""
    argv = [
        "cargo",
        "test",
        "--workspace",
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]
    built = subprocess.run(argv, cwd=settings.ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode != 0:
        raise StackError(f"`{' '.join(argv)}` failed (exit code {built.returncode}).")
    artifacts = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    ours = [
        a
        for a in artifacts
        if a.get("executable")
        and a["profile"]["test"]
        and Path(a["manifest_path"]).parent == IT_DIR
    ]
    return [a["executable"] for a in ours]


def bench() -> int:
    """The measurements: ignored tests of the package `it` whose names begin with `bench_`, one
    after the other, on the running stack."""
    for program in _stack_tests():
        code = subprocess.run(
            [RUN, "exec", program, "bench_", "--ignored", "--nocapture", "--test-threads", "1"],
            cwd=IT_DIR,
            check=False,
        ).returncode
        if code != 0:
            return code
    return 0


def _on_a_stack(report: Report) -> None:
    programs = _stack_tests()
    where = {**TEST_STACK, **_free_ports()}
    subprocess.run(
        [RUN, "down"], env={**os.environ, **where}, check=False, stdout=subprocess.DEVNULL
    )
    try:
        if not report.step("a fresh test stack", [RUN, "up"], env=where, tests=False):
            return
        in_package = {**where, "CARGO_MANIFEST_DIR": str(IT_DIR)}
        script = (
            'code=0; for program in "$@"; do echo "running $program"; "$program" || code=$?; done; '
            "exit $code"
        )
        report.step(
            "rust: on the stack",
            [RUN, "exec", "bash", "-c", script, "it", *programs],
            IT_DIR,
            in_package,
        )
        report.step("sample events", [RUN, "exec", *PYTEST, "tests/events"], env=where)
        report.step("what the API declares", [RUN, "exec", *PYTEST, "tests/openapi"], env=where)
        if "test" in build.npm_scripts(build.BROWSER_DIR):
            build.npm_packages(build.BROWSER_DIR)
            browser = {**where, "CHROMIUM_PATH": chromium()}
            report.step(
                "browser",
                [RUN, "exec", "npm", "--prefix", str(build.BROWSER_DIR), "test", "--silent"],
                build.BROWSER_DIR,
                browser,
            )
        report.step("logs hold no secret", [RUN, "logs", "check"], env=where)
    finally:
        # Kept for the one who looks into a failure: the stack itself is gone then.
        subprocess.run([RUN, "logs", "save"], env={**os.environ, **where}, check=False)
        subprocess.run([RUN, "down"], env={**os.environ, **where}, check=False)
