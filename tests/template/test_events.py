"""The sample events in events/ fit the functions and the routes."""

import json
import re

from tests.template.cloudformation import FOLDERS, ROOT, ROUTES


def test_every_event_belongs_to_a_function_and_a_route() -> None:
    files = sorted((ROOT / "events").glob("*.json"))
    for folder in set(FOLDERS.values()):
        assert [f for f in files if f.name.startswith(f"{folder}-")], folder
    for file in files:
        event = json.loads(file.read_text())
        folder = next(folder for folder in FOLDERS.values() if file.name.startswith(f"{folder}-"))
        if "Records" in event:
            assert folder == "sync-worker", file.name
            assert len(event["Records"]) == 1, file.name
            continue
        assert FOLDERS[ROUTES[event["routeKey"]]] == folder, file.name
        method, pattern = event["routeKey"].split(" ")
        assert method in ("ANY", event["requestContext"]["http"]["method"]), file.name
        shape = re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(pattern))
        assert re.search("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", shape) + "$", event["rawPath"]), (
            file.name
        )


def test_events_hold_no_real_key() -> None:
    for file in (ROOT / "events").glob("*.json"):
        assert not re.search(r"(?:sk|rk)_live_|blnk_live_", file.read_text()), file.name
