"""Paths and ports of a stack. Only STACK_DIR and the ports distinguish one stack from another."""

import json
import os
import platform
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED_DIR = ROOT / ".local"  # tools and stamps: one for all stacks
STACK_DIR = (ROOT / os.environ.get("STACK_DIR", ".local")).resolve()
ENV_FILE = STACK_DIR / "stack.env"
# The functions' environments, for programs that run a function outside of the stack.
FUNCTIONS_ENV = STACK_DIR / "functions.env"
FUNCTIONS_JSON = STACK_DIR / "functions.json"
LOG_DIR = STACK_DIR / "logs"
TARGET_DIR = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

# Variable, default, what listens there.
PORT_TABLE = [
    ("AWS_PORT", 4566, "local AWS"),
    ("DASHBOARD_PORT", 4000, "Blnk Cloud dashboard (simulated)"),
    ("CLOUD_PORT", 4001, "Blnk Cloud API (simulated)"),
    ("STRIPE_PORT", 4002, "Stripe API (simulated)"),
    ("CONTROL_PORT", 4003, "control of the simulators"),
    ("CORE_PORT", 4004, "ledger API (simulated)"),
]
# A running stack stores its ports here, so that `make down` or `make demo` find them.
PORTS_FILE = STACK_DIR / "ports.json"
SAVED_PORTS: dict[str, int] = json.loads(PORTS_FILE.read_text()) if PORTS_FILE.exists() else {}
PORTS = {
    name: int(os.environ.get(name) or SAVED_PORTS.get(name, default))
    for name, default, _ in PORT_TABLE
}
# The emulator opens one more port by itself; it must not collide between two stacks.
IOT_PORT = PORTS["AWS_PORT"] + 4000

AWS_URL = f"http://127.0.0.1:{PORTS['AWS_PORT']}"
STACK_NAME = "stripe-sync-local"
REGION = "us-east-1"
# The id of a local API is pinned, so that its URL is known before it is deployed: eight hexadecimal
# digits, one for each port.
API_ID = f"{zlib.crc32(str(PORTS['AWS_PORT']).encode()):08x}"
API_URL = f"{AWS_URL}/_aws/execute-api/{API_ID}/$default"
PORTAL_ORIGIN = f"http://{API_ID}.execute-api.localhost:{PORTS['AWS_PORT']}"
DASHBOARD_URL = f"http://localhost:{PORTS['DASHBOARD_PORT']}"

# Package (a folder of functions/) of each function; the consumer of the dead-letter queue is the
# worker's program.
FUNCTIONS = ["callback", "portal-generator", "portal-api", "stripe-webhook", "sync-worker"]

# A real Blnk Core in place of the simulated one: its base URL and its key.
REAL_CORE_URL = os.environ.get("CORE_URL", "").rstrip("/")
REAL_CORE_KEY = os.environ.get("CORE_KEY", "")
# The simulated one: the key of the default instance's ledger.
SIMULATED_CORE_URL = f"http://127.0.0.1:{PORTS['CORE_PORT']}"
SIMULATED_CORE_KEY = "core_test_key"

MOVEMENTS = os.environ.get("MOVEMENTS", "2000")
SEED = os.environ.get("SEED", "1")


def parameters() -> dict[str, str]:
    """The template's parameters that differ from its defaults on the local AWS."""
    return {
        "Architecture": "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64",
        "BlnkApiBaseUrl": f"http://127.0.0.1:{PORTS['CLOUD_PORT']}",
        "StripeApiBaseUrl": f"http://127.0.0.1:{PORTS['STRIPE_PORT']}",
        "DashboardOrigins": f"{DASHBOARD_URL} http://127.0.0.1:{PORTS['DASHBOARD_PORT']}",
        "DashboardUrl": DASHBOARD_URL,
        "PublicBaseUrl": PORTAL_ORIGIN,
        "DataDeletionPolicy": "Delete",
        "WorkerMaximumConcurrency": "10",
        "EnforceEncryptionContext": "false",
        "LocalApiId": API_ID,
        "WorkerTimeoutSeconds": os.environ.get("WORKER_TIMEOUT_SECONDS", "60"),
        "WorkerStopSeconds": os.environ.get("WORKER_STOP_SECONDS", "40"),
        "QueueVisibilitySeconds": os.environ.get("QUEUE_VISIBILITY_SECONDS", "90"),
        "MinimumScheduleMinutes": os.environ.get("MINIMUM_SCHEDULE_MINUTES", "15"),
        "NoticesEmail": os.environ.get("NOTICES_EMAIL", ""),
        "LogLevel": os.environ.get("LOG_LEVEL", "INFO"),
    }


def shown(path: Path) -> str:
    """A path as a person types it from the repository's root."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)
