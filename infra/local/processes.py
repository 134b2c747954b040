"""Background processes of a stack, known by pid files. Only a process that this stack started is
ever stopped.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import settings

STOP_SECONDS = 5


class StackError(Exception):
    """What went wrong, in one line for a person."""


def _started_at(pid: int) -> str:
    """When the process began, or '' if it is gone: a pid that is used again by another program
    differs in it."""
    probe = subprocess.run(
        ["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    fields = probe.stdout.split()
    return "" if not fields or fields[-1].startswith("Z") else " ".join(fields[:-1])


class Process:
    """One background process: its pid file, its log, its own process group."""

    def __init__(self, name: str):
        self.name = name
        self.log = settings.LOG_DIR / f"{name}.log"
        self._pid_file = settings.STACK_DIR / f"{name}.pid"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the running process; None if it does not run."""
        if self._child is not None and self._child.poll() is not None:
            return None
        try:
            pid, started = self._pid_file.read_text().split("\n", 1)
        except (OSError, ValueError):
            return None
        return int(pid) if started and _started_at(int(pid)) == started else None

    def start(self, argv: list[str], env: dict[str, str]) -> None:
        """Starts it in its own process group, so that Ctrl-C reaches it only through us."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                argv,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=settings.STACK_DIR,
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._child.pid}\n{_started_at(self._child.pid)}")

    def stop(self) -> bool:
        """Ends the process and what it started. True if it ran."""
        pid = self.pid
        if pid is not None:
            _end_group(pid)
            if self._child is not None:
                self._child.wait(STOP_SECONDS)
        self._pid_file.unlink(missing_ok=True)
        return pid is not None

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _end_group(pid: int) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(pid, sent)
        except ProcessLookupError:
            return
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end and _started_at(pid):
            time.sleep(0.05)
        # The leader is gone; its group may still hold children that ignore SIGTERM, so the second
        # round is always sent.


def require_free_ports() -> None:
    """Names a port that is in use, its purpose and the variable that changes it."""
    wanted = [(name, settings.PORTS[name], what) for name, _, what in settings.PORT_TABLE]
    wanted.append(("AWS_PORT", settings.IOT_PORT, "local AWS, second port (AWS_PORT + 4000)"))
    numbers = [port for _, port, _ in wanted]
    if len(set(numbers)) < len(numbers):
        raise StackError(
            f"two of the ports are the same: "
            f"{', '.join(f'{name}={port}' for name, port, _ in wanted)}"
        )
    for variable, port, what in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise StackError(
                    f"port {port} ({what}) is taken: stop what uses it, or choose another one: "
                    f"{variable}=… make …"
                ) from None


def wait_until_ready(process: Process, url: str, seconds: float) -> None:
    """Waits until the URL answers at all."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.pid is None:
            raise StackError(f"{process.name} ended at its start:\n{process.tail()}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise StackError(
        f"{process.name} was not ready after {seconds:.0f} s; its log: "
        f"{settings.shown(process.log)}"
    )


def tool(name: str) -> Path:
    """A program of the pinned Python tools."""
    return settings.SHARED_DIR / "venv" / "bin" / name
