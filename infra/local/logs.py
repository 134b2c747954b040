"""The functions' logs of the local stack: followed as they come, saved for a failed test, searched
for what must never be in them.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import settings
from deploy import client

POLL_SECONDS = 1.0
FUNCTIONS = [
    "callback",
    "portal-generator",
    "portal-api",
    "stripe-webhook",
    "sync-worker",
    "dlq-consumer",
]

# A prefix of a key may be logged, the rest may not.
SECRETS = {
    "a Blnk key": r"blnk_(?:test|live)_\w{8,}",
    "a Stripe key": r"[rsp]k_(?:test|live)_\w{6,}",
    "a webhook secret": r"whsec_\w{8,}",
    "a launch token or a session": r"\b[lb]1\.[\w-]{16,}\.[\w-]{16,}",
    "an Authorization header": r"(?i)\bbearer [\w.-]{16,}",
}


def lines(since_ms: int = 0, skip: set[str] | None = None) -> Iterator[tuple[int, str, str]]:
    """(time, function, message) of every line; `skip` holds the ids of those already given, and is
    added to."""
    source = client("logs")
    for name in FUNCTIONS:
        pages = source.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{settings.STACK_NAME}-{name}", startTime=since_ms
        )
        for event in (event for page in pages for event in page["events"]):
            # The local AWS gives no eventId.
            identity = f"{name}/{event['logStreamName']}/{event['timestamp']}/{event['message']}"
            if skip is None or identity not in skip:
                if skip is not None:
                    skip.add(identity)
                yield event["timestamp"], name, event["message"].rstrip()


def follow() -> None:
    """Prints the lines of the last ten minutes and then each new one, until Ctrl-C."""
    given: set[str] = set()
    since = int((time.time() - 600) * 1000)
    while True:
        for _, name, message in sorted(lines(since, given), key=lambda line: line[:2]):
            print(f"{name:16} {message}", flush=True)
        time.sleep(POLL_SECONDS)


def save(file: Path) -> None:
    """Writes all lines to a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "".join(
            f"{name:16} {message}\n"
            for _, name, message in sorted(lines(), key=lambda line: line[:2])
        )
    )


def leaks(texts: dict[str, list[str]], registration_key: str) -> list[str]:
    """What must not be in a log and is: one line for each finding, which shows the place and not
    the secret."""
    patterns = {**SECRETS, "the registration key": re.escape(registration_key)}
    found = []
    for source, content in texts.items():
        for number, line in enumerate(content, 1):
            for what, pattern in patterns.items():
                if re.search(pattern, line):
                    found.append(
                        f"{source}, line {number}: {what}: {re.sub(pattern, '<…>', line)[:300]}"
                    )
    return found


def malformed(line: str) -> str | None:
    """What is wrong with a log line of the functions, for Lambda's filter and for searches; None if
    nothing is."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError("a name stands in it twice")
        return dict(pairs)

    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line, object_pairs_hook=once)
    except ValueError as error:
        return str(error)
    lacking = [name for name in ("timestamp", "level") if not isinstance(record.get(name), str)]
    return f"it has no {' and no '.join(lacking)}" if lacking else None


def check(registration_key: str, others: list[Path]) -> int:
    """Searches the functions' logs and the given files, and says what it found as a test runner
    does. The exit code."""
    texts: dict[str, list[str]] = {name: [] for name in FUNCTIONS}
    for _, name, message in lines():
        texts[name].append(message)
    silent = [name for name in FUNCTIONS if name != "dlq-consumer" and not texts[name]]
    odd = [
        f"{name}, line {number}: {wrong}: {line[:200]}"
        for name in FUNCTIONS
        for number, line in enumerate(texts[name], 1)
        if (wrong := malformed(line))
    ]
    texts.update(
        {settings.shown(file): file.read_text(errors="replace").splitlines() for file in others}
    )
    found = leaks(texts, registration_key)
    for line in found + odd:
        print(line)
    for name in silent:
        print(f"{name} logged nothing: this check has seen nothing of it")
    print(f"{sum(map(len, texts.values()))} lines searched")
    failed = [bool(wrong) for wrong in (found, odd, silent)].count(True)
    print(f"counted: {3 - failed} passed, {failed} failed")
    return int(failed > 0)
