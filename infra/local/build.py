"""Builds what is deployed: the UI, the functions, the simulators. Each step is skipped when nothing
it reads has changed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import settings
from processes import StackError

UI_DIR = settings.ROOT / "functions" / "portal-api" / "ui"
BROWSER_DIR = settings.ROOT / "tests" / "browser"
# A package that no stack has packed for this long is removed when the next one is made.
PACKAGE_SECONDS = 3600
SKIPPED = {"node_modules", "dist", "test-results", "playwright-report"}


def require_tools(*names: str) -> None:
    """One clear line for a program that is missing."""
    hints = {
        "cargo": "Rust (by rustup; rust-toolchain.toml names it) is needed: cargo is not on PATH.",
        "node": "Node.js 20 or newer is needed: node is not on PATH.",
        "npm": "npm is needed: it comes with Node.js.",
    }
    for name in names:
        if shutil.which(name) is None:
            raise StackError(hints.get(name, f"{name} is needed and not on PATH."))


def run(argv: list[str], cwd: Path = settings.ROOT, **env: str) -> None:
    """Runs a build step with its output shown."""
    done = subprocess.run(argv, cwd=cwd, env={**os.environ, **env}, check=False)
    if done.returncode != 0:
        raise StackError(
            f"`{' '.join(argv)}` failed in {settings.shown(cwd) or '.'} (exit code "
            f"{done.returncode})."
        )


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def _sources(folder: Path) -> list[Path]:
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - SKIPPED)
        found += [Path(base) / name for name in sorted(files)]
    return found


class Stamp:
    """Remembers what a step was last done for."""

    def __init__(self, name: str, value: str):
        self._file = settings.SHARED_DIR / "stamps" / name
        self._value = value

    def fresh(self) -> bool:
        """Whether the step was done for exactly this input."""
        return self._file.exists() and self._file.read_text() == self._value

    def set(self) -> None:
        """The step is done."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(self._value)


def npm_scripts(folder: Path) -> dict[str, str]:
    """The scripts of its package.json; none where there is no such file."""
    file = folder / "package.json"
    scripts: dict[str, str] = (
        json.loads(file.read_text()).get("scripts", {}) if file.exists() else {}
    )
    return scripts


def npm_packages(folder: Path) -> None:
    """`npm ci`, when the lock file has changed."""
    require_tools("node", "npm")
    stamp = Stamp(f"npm-{folder.name}", _digest([folder / "package-lock.json"]))
    if not (stamp.fresh() and (folder / "node_modules").is_dir()):
        print(f"Installing the npm packages of {settings.shown(folder)} …", flush=True)
        run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
            folder,
            PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD="1",
        )
        stamp.set()


def ui() -> None:
    """The portal's UI; portal-api embeds the result, so it comes before cargo."""
    if not (UI_DIR / "package.json").exists():
        return
    npm_packages(UI_DIR)
    stamp = Stamp("ui", _digest(_sources(UI_DIR)))
    if not (stamp.fresh() and (UI_DIR / "dist").is_dir()):
        print("Building the portal's UI …", flush=True)
        run(["npm", "run", "--silent", "build"], UI_DIR)
        stamp.set()


def binaries() -> None:
    """All programs of the workspace, in the fast profile."""
    require_tools("cargo")
    if not (settings.TARGET_DIR / "debug" / "sandbox").exists():
        print(
            "Building the functions and the simulators (the first time takes some minutes) …",
            flush=True,
        )
    run(["cargo", "build", "--workspace", "--bins"])


def everything() -> None:
    """What a stack needs."""
    ui()
    binaries()


def binary(name: str) -> Path:
    """A built program."""
    return settings.TARGET_DIR / "debug" / name


def package(function: str) -> Path:
    """The deployment package of a function: a zip whose only file is `bootstrap`. Named by content,
    so that an unchanged function is not deployed again."""
    source = binary(function)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    folder = settings.SHARED_DIR / "lambda" / function
    target = folder / f"{digest}.zip"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Not the recent ones: another stack may be packing or deploying them just now.
        for old in folder.iterdir():
            if time.time() - old.stat().st_mtime > PACKAGE_SECONDS:
                old.unlink(missing_ok=True)
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        partial = target.with_suffix(f".{os.getpid()}.part")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(entry, source.read_bytes())
        partial.rename(target)
    return target
