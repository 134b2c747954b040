"""The local stack, its tests and its tools. The Makefile has the commands that people type."""

import os
import subprocess
import sys

import build
import settings
from lifecycle import AWS, dev, down, environment, up
from processes import StackError


def demo() -> int:
    """The main job without a human, on a running stack or a new one."""
    up()
    sys.stdout.flush()
    variables = {**environment(), "MOVEMENTS": settings.MOVEMENTS, "SEED": settings.SEED}
    return subprocess.run([str(build.binary("demo"))], env=variables, check=False).returncode


def conformance() -> int:
    """The checks of a ledger's answers: on the one at CORE_URL, or on an instance of their own in
    the running sandbox."""
    if os.environ.get("CORE_URL") and not os.environ.get("CORE_KEY"):
        raise StackError("CORE_URL needs CORE_KEY: the value of that Core's X-Blnk-Key.")
    running = AWS.pid is not None and settings.ENV_FILE.exists()
    if not os.environ.get("CORE_URL") and not running:
        raise StackError(
            "no stack is running: start one with `make up`, or name a Core by CORE_URL=… CORE_KEY=…"
        )
    build.require_tools("cargo")
    # The address of a running sandbox goes along with a named Core too: its default instance is
    # refused.
    variables = environment() if running else dict(os.environ)
    argv = ["cargo", "run", "--quiet", "--package", "conformance"]
    return subprocess.run(argv, cwd=settings.ROOT, env=variables, check=False).returncode


def execute() -> int:
    """Runs the rest of the command line with stack.env as its environment."""
    return subprocess.run(sys.argv[2:], env=environment(), check=False).returncode


def logs() -> int:
    """The functions' logs: as they come; `logs save` into a file; `logs check` for secrets."""
    variables = environment()
    import logs as functions

    how = sys.argv[2] if len(sys.argv) > 2 else ""
    if how == "check":
        return functions.check(variables["REGISTRATION_KEY"], [AWS.log])
    if how == "save":
        functions.save(settings.LOG_DIR / "functions.log")
    else:
        functions.follow()
    return 0


def manifest() -> None:
    """The manifest form of a stack: of the local one, or of the named one in AWS."""
    from manifest import show

    name = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else None
    if name is None:
        environment()
    show(name)


def configuration() -> None:
    """infra/CONFIGURATION.md from the template."""
    from configuration import write

    write()


def invoke() -> int:
    """A sample event, filled in, on the function it is for."""
    from invoke import show

    return show(environment(), sys.argv[2] if len(sys.argv) > 2 else None)


def test() -> int:
    """All tests."""
    import testing

    return testing.test()


def bench() -> int:
    """The measurements, on a running stack or a new one."""
    import testing

    up()
    return testing.bench()


def lint() -> int:
    """All static checks."""
    import linting

    return linting.lint()


def screenshots() -> int:
    """Pictures of the portal."""
    import screenshots as pictures

    return pictures.screenshots()


COMMANDS = {
    "up": up,
    "down": down,
    "dev": dev,
    "demo": demo,
    "exec": execute,
    "logs": logs,
    "manifest": manifest,
    "configuration": configuration,
    "invoke": invoke,
    "test": test,
    "bench": bench,
    "conformance": conformance,
    "lint": lint,
    "screenshots": screenshots,
}


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        print(f"usage: infra/local/run {' | '.join(COMMANDS)}", file=sys.stderr)
        return 2
    settings.STACK_DIR.mkdir(parents=True, exist_ok=True)
    try:
        return command() or 0
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1  # `make manifest | head`
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
