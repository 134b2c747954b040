"""`make lint`: every static check, each with a line of its own in the table.

The check `structure` is this project's own (tests/structure): which module may use which.
"""

import os
import shutil
import subprocess
from pathlib import Path

import build
import settings
from processes import StackError, tool
from report import Report

SHELL_SCRIPTS = ("infra/local/run", ".ci/run")
# How a missing database of advisories shows: one of these messages, or no answer within the
# timeout.
NO_ADVISORIES = (
    "audit endpoint returned an error",
    "failed to fetch advisory database",
    "failed to load advisory database",
    "failed to open advisory database",
)
ADVISORY_SECONDS = 60


def lint() -> int:
    """Formats, lints, structure, documentation, types, templates."""
    report = Report()
    try:
        build.require_tools("cargo")
        build.ui()
    except StackError as error:
        report.broken("build of the UI", error)
    _rust(report)
    _typescript(report)
    _advisories(report)
    _template(report)
    _scripts(report)
    for suite in report.suites:
        suite.counts["passed"] = int(suite.counts["failed"] == 0)
    return report.close("lint")


def _rust(report: Report) -> None:
    """Rust's own checks, the floors of the crates, and the dependencies."""
    report.check("rustfmt", ["cargo", "fmt", "--all", "--check"])
    report.check(
        "clippy",
        ["cargo", "clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
    )
    # Uses that run up a floor or in a circle, each with its file and line.
    report.check("structure", ["cargo", "run", "--quiet", "--package", "structure"])
    report.check(
        "rustdoc",
        ["cargo", "doc", "--workspace", "--no-deps", "--quiet"],
        env={"RUSTDOCFLAGS": "-D warnings"},
    )
    report.check(
        "cargo deny", [str(tool("cargo-deny")), "--locked", "check", "licenses", "bans", "sources"]
    )
    # Dependencies that nothing uses, and those that only tests use but every build takes.
    report.check("cargo shear", [str(tool("cargo-shear")), "shear", "--locked", "--deny-warnings"])


def _typescript(report: Report) -> None:
    for folder in (build.UI_DIR, build.BROWSER_DIR):
        scripts = build.npm_scripts(folder)
        try:
            if scripts:
                build.npm_packages(folder)
        except StackError as error:
            report.broken(f"npm packages of {folder.name}", error)
            continue
        for script in ("check", "lint", "size"):
            if script in scripts:
                report.check(f"{folder.name}: {script}", ["npm", "run", "--silent", script], folder)


def _template(report: Report) -> None:
    report.check(
        "cfn-lint",
        [str(tool("cfn-lint")), "--non-zero-exit-code", "informational", "template.yaml"],
    )
    sam = {
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": settings.REGION,
        "__SAM_CLI_APP_DIR": str(settings.SHARED_DIR / "sam"),
    }
    report.check(
        "sam validate",
        [str(tool("sam")), "validate", "--lint", "--template", "template.yaml"],
        env=sam,
    )


def _scripts(report: Report) -> None:
    """What is neither deployed nor built: Python, shell, the workflows of CI."""
    report.check("ruff", [str(tool("ruff")), "check"])
    report.check("ruff format", [str(tool("ruff")), "format", "--check"])
    report.check("mypy", [str(tool("mypy"))])
    shellcheck = tool("shellcheck") if tool("shellcheck").exists() else shutil.which("shellcheck")
    if shellcheck:
        report.check("shellcheck", [str(shellcheck), *SHELL_SCRIPTS])
    else:
        print(
            "\n── shellcheck: has no pinned package for this machine and is not on PATH: not "
            "checked",
            flush=True,
        )
    report.check(
        "zizmor", [str(tool("zizmor")), "--offline", "--quiet", "--persona", "pedantic", ".github"]
    )


def _advisories(report: Report) -> None:
    """Known vulnerabilities of the dependencies. An unavailable database is reported, and is no
    failure: nothing was found."""
    folders = (build.UI_DIR, build.BROWSER_DIR)
    checks: dict[str, tuple[list[str], Path]] = {
        f"npm audit: {folder.name}": (["npm", "audit", "--audit-level=high"], folder)
        for folder in folders
    }
    checks["cargo deny: advisories"] = (
        [str(tool("cargo-deny")), "--locked", "check", "advisories"],
        settings.ROOT,
    )
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
            report.check(name, argv, folder)
