"""One customer on a running stack: an install, its portal, a Stripe account and the faults that hit
them.
"""

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from processes import StackError

Json = dict[str, Any]
OPEN = ("queued", "running")
RUN_SECONDS = 120
# Until when the made histories of accounts reach: what a seed makes is then the same on every day.
HISTORY_END = 1_750_240_800
DAY = 24 * 3600


class RefusedError(StackError):
    """An answer that is no success."""

    def __init__(self, what: str, status: int, text: str):
        super().__init__(f"{what}: {status} {text}")
        self.status = status


def call(method: str, url: str, body: Json | None = None, headers: Json | None = None) -> Any:
    """A call of one of the simulators or of the deployed app; its JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"content-type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as error:
        raise RefusedError(
            f"{method} {url}", error.code, error.read().decode(errors="replace")
        ) from None
    return json.loads(text) if text else {}


def control(method: str, path: str, body: Json | None = None) -> Any:
    """A call of the simulators' control."""
    return call(method, os.environ["SANDBOX_CONTROL_URL"] + path, body)


class Tenant:
    """A customer. The install is named after what it shows, so that an image can be read."""

    def __init__(self, name: str, **install: Any):
        self.id = f"instapp_{name}"
        self.instance: str = install.get("instance_id", f"inst_{name}")
        self.account, self.key = "", ""
        self._bearer = ""
        self.install(**install)
        self.launch()

    def install(self, **spec: Any) -> Json:
        """Delivers the install: the first time, or again with another key."""
        wanted = {"installed_app_id": self.id, "instance_id": self.instance, **spec}
        made: Json = control("POST", "/cloud/install", wanted)
        if made["status"] != "active":
            raise StackError(f"the install of {self.id} failed: {made}")
        return made

    def event(self) -> Json:
        """What names the install in each of the platform's events."""
        known: Json = control("GET", f"/cloud/installs/{self.id}")
        return {name: known[name] for name in ("installed_app_id", "app_id", "instance_id")}

    def launch(self) -> None:
        """Opens the portal."""
        token = str(self.token()).split("token=", 1)[1]
        self._bearer = call(
            "POST", f"{os.environ['API_URL']}/portal/api/session", {"token": token}
        )["bearer"]

    def token(self) -> str:
        """The URL of a launch that has not been opened yet."""
        url: str = control("POST", f"/cloud/installs/{self.id}/launch", {})["portal_url"]
        return url

    def portal(self, method: str, path: str, body: Json | None = None) -> Any:
        """A call of the portal's API."""
        url = f"{os.environ['API_URL']}/portal/api{path}"
        return call(method, url, body, self.session_headers())

    def session_headers(self) -> dict[str, str]:
        """What a call of the portal's API bears besides its body."""
        return {"authorization": f"Bearer {self._bearer}"}

    def settings(self, **change: Any) -> Json:
        """Changes some settings."""
        shown: Json = self.portal("GET", "/settings")
        kept = (
            "revision",
            "interval",
            "pay_ins",
            "account_names",
            "start_date",
            "match_by_email",
            "personal_data",
            "ceilings",
        )
        saved: Json = self.portal(
            "PUT", "/settings", {name: shown.get(name) for name in kept} | change
        )
        return saved

    def connect(self, seed: int, movements: int = 0, webhooks: bool = False, **more: Any) -> None:
        """Connects a separate account, whose history is the same for a seed."""
        spec = {
            "id": f"acct_seed{seed}x{movements}",
            "seed": seed,
            "movements": movements,
            "mode": "test",
            "now": HISTORY_END,
        }
        made = control("POST", "/stripe/accounts", spec)
        self.account, self.key = made["account"], made["restricted_key"]
        if webhooks:
            self.key = self.stripe("keys", webhooks=True)["key"]
        self.portal("POST", "/stripe", {"key": self.key, **more})
        # No schedule fires into what is being made.
        self.settings(interval="off")

    def stripe(self, path: str, **body: Any) -> Json:
        """A call of Stripe's control for the account."""
        answer: Json = control("POST", f"/stripe/accounts/{self.account}/{path}", body)
        return answer

    def add(self, kind: str, amount: int, **more: Any) -> list[str]:
        """Adds movements to the account; their ids."""
        ids: list[str] = self.stripe(
            "records", type=kind, amount=amount, **{"currency": "usd", **more}
        )["ids"]
        return ids

    def records(self) -> list[Json]:
        """The newest records of the account, as Stripe lists them."""
        url = f"{os.environ['STRIPE_API_URL']}/v1/balance_transactions?limit=100"
        listed: list[Json] = call("GET", url, headers={"authorization": f"Bearer {self.key}"})[
            "data"
        ]
        return listed

    def reference(self, record: str, word: str = "amount") -> str:
        """The reference of one of a record's entries."""
        return f"stripe:{self.account}:test:{record}:{word}"

    def by_hand(self, reference: str, source: str, destination: str, currency: str = "USD") -> None:
        """Another party's entry in the ledger."""
        known = control("GET", f"/cloud/instances/{self.instance}")
        entry = {
            "reference": reference,
            "precise_amount": 777,
            "precision": 100,
            "currency": currency,
            "source": source,
            "destination": destination,
            "allow_overdraft": True,
            "skip_queue": True,
            "description": "by hand",
        }
        call("POST", f"{known['core_url']}/transactions", entry, {"X-Blnk-Key": known["core_key"]})

    def fault(self, surface: str, **fault: Any) -> int:
        """A fault that hits calls made for this customer alone, until it is lifted."""
        whose = {"account": self.account} if surface == "stripe" else {"instance": self.instance}
        made: int = control("POST", "/faults", {"surface": surface, "times": 0, **whose, **fault})[
            "id"
        ]
        return made

    def lift(self, fault: int) -> None:
        """Lifts a fault."""
        control("DELETE", f"/faults/{fault}")

    def ask(self, scope: str = "new") -> str:
        """Asks for a run; its id."""
        asked: str = self.portal("POST", "/runs", {"scope": scope})["run"]["id"]
        return asked

    def sync(self, scope: str = "new") -> Json:
        """Runs a sync until it ends or rests."""
        return self.ended(self.ask(scope))

    def ended(self, run: str) -> Json:
        """Waits until a run ends or rests."""
        end = time.monotonic() + RUN_SECONDS
        while time.monotonic() < end:
            seen: Json = self.portal("GET", f"/runs/{run}")
            if seen["state"] not in OPEN:
                return seen
            time.sleep(0.2)
        raise StackError(f"{self.id}: the run {run} does not end")

    def problems(self, state: str = "open") -> list[Json]:
        """Its problems in a state."""
        listed: list[Json] = self.portal("GET", f"/problems?state={state}&limit=50")["problems"]
        return listed
