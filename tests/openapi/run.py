"""Schemathesis on the portal's API of a running stack: whatever it is sent, it answers what its OpenAPI document declares, and never 5xx.

Run by `make test`; alone, on a running stack: `infra/local/run exec .local/venv/bin/python tests/openapi/run.py`.
The last line counts: `counted: N passed, N failed`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra" / "local"))

from invoke import EVENTS, Samples  # noqa: E402
from processes import tool  # noqa: E402

DOCUMENT = ROOT / "functions" / "portal-api" / "openapi.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Each call takes the local AWS a twentieth of a second.
EXAMPLES = 12
SECONDS = 480
DISCONNECT = ["--include-path", "/portal/api/stripe", "--include-method", "DELETE"]


def run(headers: list[str], which: list[str], phases: str) -> bool:
    """One run over the operations named; whether it found nothing."""
    argv = [str(tool("schemathesis")), "run", str(DOCUMENT), "--url", os.environ["API_URL"], "--checks", CHECKS, "--phases", phases]
    argv += ["--max-examples", str(EXAMPLES), "--seed", "1", "--generation-deterministic", "--suppress-health-check", "all"]
    argv += ["--workers", "2", "--request-timeout", "20", "--no-color", "--warnings", "off", *headers, *which]
    print(f"\n{' '.join(which) or 'every operation'}, {phases}", flush=True)
    return subprocess.run(argv, cwd=ROOT / ".local", timeout=SECONDS, check=False).returncode == 0


def main() -> int:
    # An account is connected, so that what is asked for can be there; it is disconnected last.
    samples = Samples(dict(os.environ))
    samples.invoke(EVENTS / "callback-install-newest.json")
    bearer = json.loads(samples.invoke(EVENTS / "portal-api-session.json")["body"])["bearer"]
    connected = samples.invoke(EVENTS / "portal-api-connect.json")
    assert connected["statusCode"] == 200, connected
    session = ["--header", f"Authorization: Bearer {bearer}"]
    others = ["--exclude-method", "DELETE"]
    found = [
        run(session, [*others], "coverage,fuzzing"),
        run(session, DISCONNECT, "coverage"),
        run(["--header", "Authorization: Bearer made-up"], [], "coverage"),
    ]
    print(f"counted: {found.count(True)} passed, {found.count(False)} failed")
    return int(not all(found))


if __name__ == "__main__":
    sys.exit(main())
