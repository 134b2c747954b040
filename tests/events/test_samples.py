"""Invokes every sample event of events/ on a running stack, as `make invoke` does, and judges the
answers.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/pytest
tests/events`.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import settings
from invoke import EVENTS, Samples, function_of
from processes import StackError, tool

# `cargo lambda watch` listens within this long.
WATCH_SECONDS = 20

# What a sample is answered with when it is not 200: its run, its file, its signature and its secret
# are made up.
STATUS = {
    "portal-api-asset.json": {404},
    "portal-api-run.json": {404},
    "portal-api-run-stop.json": {404},
    "portal-api-run-start.json": {202},
    "portal-api-disconnect.json": {204},
    # The account's restricted key makes no endpoint; Stripe signed the samples with a secret that
    # this stack does not know.
    "portal-api-webhook-roll.json": {422},
    "stripe-webhook-event.json": {400},
    "stripe-webhook-event-base64.json": {400},
    "stripe-webhook-thin.json": {400},
}
# In this order: what needs a connected account comes behind its connection and before its end.
FIRST = ["callback-install-newest.json", "portal-api-connect.json"]
LAST = ["portal-api-disconnect.json", "callback-uninstall-newest.json"]


def in_order() -> list[Path]:
    names = sorted(file.name for file in EVENTS.glob("*.json"))
    uninstalls = [name for name in names if "uninstall" in name and name not in LAST]
    middle = [name for name in names if name not in (*FIRST, *LAST, *uninstalls)]
    return [EVENTS / name for name in (*FIRST, *middle, *LAST, *uninstalls)]


WATCH_LOG = settings.LOG_DIR / "watch.log"
# The function's folder, and its logical id in the template.
FUNCTIONS = {
    "callback": "Callback",
    "portal-generator": "PortalGenerator",
    "portal-api": "PortalApi",
    "stripe-webhook": "StripeWebhook",
    "sync-worker": "SyncWorker",
}
# What has a default, or a meaning when it is not set.
OPTIONAL = {
    "ALLOWED_CALLER_CIDRS",
    "AWS_ACCESS_KEY_ID",
    "AWS_ENDPOINT_URL",
    "AWS_SECRET_ACCESS_KEY",
    "DASHBOARD_URL",
    "LAUNCH_REDEMPTIONS",
    "MAXIMUM_SESSION_MINUTES",
    "MINIMUM_SCHEDULE_MINUTES",
    "MODE",
    "NOTICES_TOPIC_ARN",
    "QUEUE_VISIBILITY_SECONDS",
    "RETENTION_DAYS",
    "SESSION_MINUTES",
    "WORKER_STOP_SECONDS",
}


@pytest.fixture(scope="module")
def stack() -> Samples:
    """The samples on the stack's own functions."""
    return Samples(dict(os.environ))


@pytest.fixture(scope="module")
def watched() -> Iterator[Samples]:
    """The samples on a `cargo lambda watch` beside the stack."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    argv = [
        str(tool("cargo-lambda")),
        "lambda",
        "watch",
        "--env-file",
        str(settings.FUNCTIONS_ENV),
        "--ignore-changes",
    ]
    with WATCH_LOG.open("wb") as output:
        watch = subprocess.Popen(
            [*argv, "-A", "127.0.0.1", "-P", port],
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(int(port))
        yield Samples(dict(os.environ), port)
    finally:
        os.killpg(watch.pid, signal.SIGTERM)
        watch.wait()


def _wait_until_it_listens(port: int) -> None:
    end = time.monotonic() + WATCH_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)


def judge(file: Path, answer: dict[str, object]) -> None:
    """Whether a sample was answered as it should be."""
    if function_of(file) in ("sync-worker", "dlq-consumer"):
        assert answer == {"batchItemFailures": []}
        return
    assert answer["statusCode"] in STATUS.get(file.name, {200}), answer.get("body")
    if file.name.startswith("portal-generator-launch"):
        assert json.loads(str(answer["body"]))["portal_url"].startswith(os.environ["PORTAL_ORIGIN"])


# In an order in which each finds what it needs.
@pytest.mark.parametrize("file", in_order(), ids=lambda file: file.name)
def test_a_sample_is_answered_as_it_should_be(stack: Samples, file: Path) -> None:
    judge(file, stack.invoke(file))


def test_cargo_lambda_gets_the_same_answers(watched: Samples, subtests: pytest.Subtests) -> None:
    # One test: where `cargo lambda` does not answer, each sample would wait for it in vain.
    for file in in_order():
        try:
            answer = watched.invoke(file)
        except StackError as error:
            pytest.fail(f"{error}\n{WATCH_LOG.read_text(errors='replace')[-4000:]}")
        with subtests.test(file.name):
            judge(file, answer)


def test_no_sample_is_left_out() -> None:
    assert len(in_order()) == len(list(EVENTS.glob("*.json")))
    assert len(in_order()) > 30


def test_the_files_for_other_programs_hold_every_functions_variables() -> None:
    each = json.loads(settings.FUNCTIONS_JSON.read_text())
    assert set(each) == {*FUNCTIONS.values(), "DlqConsumer"}
    together = dict(line.split("=", 1) for line in settings.FUNCTIONS_ENV.read_text().splitlines())
    assert all(value.startswith("'") and value.endswith("'") for value in together.values())
    for name, own in each.items():
        if name != "DlqConsumer":
            assert {variable for variable, value in own.items() if value} <= set(together), name
    assert "MODE" not in together
    for file in (settings.FUNCTIONS_JSON, settings.FUNCTIONS_ENV):
        assert os.environ["REGISTRATION_KEY"] not in file.read_text()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_without_its_environment_says_all_that_is_missing_in_one_line(
    function: str,
) -> None:
    each = json.loads(settings.FUNCTIONS_JSON.read_text())
    # A metadata service that nobody answers for would hold it up for seconds.
    program = settings.TARGET_DIR / "debug" / function
    done = subprocess.run([program], env={}, capture_output=True, text=True, timeout=5, check=False)
    assert done.returncode != 0
    reported = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert len(reported) == 1, reported
    missing = set(each[FUNCTIONS[function]]) - OPTIONAL
    assert {variable for variable in missing if variable not in reported[0]} == set()
