"""Schemathesis on the portal's API of a running stack: whatever it is sent, it answers what its
OpenAPI document declares, and never 5xx.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/pytest
tests/openapi`.
"""

import json
import os
import subprocess

import pytest

import settings
from invoke import EVENTS, Samples
from processes import tool

DOCUMENT = settings.ROOT / "functions" / "portal-api" / "openapi.json"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)
# Each call takes the local AWS a twentieth of a second.
EXAMPLES = 12
SECONDS = 480
DISCONNECT = ["--include-path", "/portal/api/stripe", "--include-method", "DELETE"]
EVERYTHING_ELSE = ["--exclude-method", "DELETE"]


def schemathesis(headers: list[str], which: list[str], phases: str) -> int:
    """One run over the operations named: the exit code is 0 when it found nothing."""
    argv = [
        str(tool("schemathesis")),
        "run",
        str(DOCUMENT),
        "--url",
        os.environ["API_URL"],
        "--checks",
        CHECKS,
        "--phases",
        phases,
    ]
    argv += [
        "--max-examples",
        str(EXAMPLES),
        "--seed",
        "1",
        "--generation-deterministic",
        "--suppress-health-check",
        "all",
    ]
    argv += [
        "--workers",
        "2",
        "--request-timeout",
        "20",
        "--no-color",
        "--warnings",
        "off",
        *headers,
        *which,
    ]
    return subprocess.run(argv, cwd=settings.SHARED_DIR, timeout=SECONDS, check=False).returncode


@pytest.fixture(scope="module")
def session() -> list[str]:
    """A session of an install whose account is connected, so that there is something to read."""
    samples = Samples(dict(os.environ))
    samples.invoke(EVENTS / "callback-install-newest.json")
    bearer = json.loads(samples.invoke(EVENTS / "portal-api-session.json")["body"])["bearer"]
    connected = samples.invoke(EVENTS / "portal-api-connect.json")
    assert connected["statusCode"] == 200, connected
    return ["--header", f"Authorization: Bearer {bearer}"]


def test_every_operation_answers_what_it_declares(session: list[str]) -> None:
    assert schemathesis(session, EVERYTHING_ELSE, "coverage,fuzzing") == 0


def test_disconnecting_answers_what_it_declares_and_runs_last(session: list[str]) -> None:
    assert schemathesis(session, DISCONNECT, "coverage") == 0


def test_each_operation_without_a_session_answers_what_it_declares() -> None:
    assert schemathesis(["--header", "Authorization: Bearer made-up"], [], "coverage") == 0
