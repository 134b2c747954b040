"""Prints the functions' logs of the local stack as they come, each line with its function's name."""

import time

import settings
from deploy import client

POLL_SECONDS = 1.0
LOG_GROUPS = ["callback", "portal-generator", "portal-api", "sync-worker", "dlq-consumer"]


def follow() -> None:
    """Until Ctrl-C."""
    logs = client("logs")
    seen: dict[str, set[str]] = {name: set() for name in LOG_GROUPS}
    since = int((time.time() - 600) * 1000)
    while True:
        lines = []
        for name in LOG_GROUPS:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{settings.STACK_NAME}-{name}", startTime=since)
            for event in (event for page in pages for event in page["events"]):
                identity = f"{event['logStreamName']}/{event['eventId']}"
                if identity not in seen[name]:
                    seen[name].add(identity)
                    lines.append((event["timestamp"], name, event["message"].rstrip()))
        for _, name, message in sorted(lines):
            print(f"{name:16} {message}", flush=True)
        time.sleep(POLL_SECONDS)
