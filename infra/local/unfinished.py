"""Situations that last only until a worker comes by: the queue feeds none, and one that is started
by hand is killed on its way.
"""

import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from processes import StackError
from tenant import DAY, OPEN, Json, Tenant, call, control

# One more than a page of Stripe's list, and some.
TWO_PAGES = 110
SLOW_BULK = {"method": "POST", "route": "/proxy/transactions/bulk", "delay_ms": 1500}
# How long a worker may take until a run is as wanted.
WORK_SECONDS = 30


class Worker:
    """The worker, invoked by hand."""

    def __init__(self) -> None:
        # Untyped: their methods are made from the services' descriptions when they run.
        make: Any = boto3.client
        self._lambda, self._table = make("lambda"), make("dynamodb")
        self._function = os.environ["SYNC_WORKER_FUNCTION"]

    def unfed(self) -> None:
        """Takes the queue away from it for good: later requests stay unprocessed."""
        for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["FunctionArn"].endswith(f":{self._function}"):
                self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        time.sleep(2)

    def item(self, tenant: Tenant, sk: str) -> Json:
        """An item of the customer's."""
        key = {"pk": {"S": f"INSTALL#{tenant.id}"}, "sk": {"S": sk}}
        found: Json = self._table.get_item(
            TableName=os.environ["TABLE_NAME"], Key=key, ConsistentRead=True
        )["Item"]
        return found

    def run(self, tenant: Tenant, run: str) -> Json:
        """A run as it is stored."""
        return self.item(tenant, f"RUN#{self.item(tenant, 'STRIPE')['connection']['S']}#{run}")

    def work(
        self,
        tenant: Tenant,
        run: str,
        until: Callable[[Json], bool] | None = None,
        again: bool = False,
    ) -> None:
        """Lets it work on a run: to its own end, or until the run is as wanted; then it is killed.
        It is woken by the request that made the run, or by another one."""
        body: Json = {
            "install": tenant.id,
            "generation": self.item(tenant, "META")["generation"]["S"],
            "reason": "manual",
        }
        body |= {"at": int(time.time() * 1000)} if again else {"run": run}
        thread = threading.Thread(target=self._invoke, args=(json.dumps(body),))
        thread.start()
        end = time.monotonic() + WORK_SECONDS
        while thread.is_alive() and time.monotonic() < end:
            seen = tenant.portal("GET", f"/runs/{run}")
            if until is not None and until(seen):
                break
            time.sleep(0.05)
        if thread.is_alive():
            self._kill()
        thread.join()
        seen = tenant.portal("GET", f"/runs/{run}")
        if until is not None and not until(seen):
            raise StackError(f"{tenant.id}: the run did not become as wanted: {seen}")

    def _invoke(self, body: str) -> None:
        record: Json = {
            "messageId": secrets.token_hex(8),
            "receiptHandle": "",
            "body": body,
            "eventSource": "aws:sqs",
        }
        record |= {
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": "",
        }
        record |= {
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue.fifo",
            "awsRegion": "us-east-1",
        }
        self._lambda.invoke(
            FunctionName=self._function, Payload=json.dumps({"Records": [record]}).encode()
        )

    def _kill(self) -> None:
        """Kills the children of the local AWS that carry the worker's name in their environment,
        and nothing else."""
        named = f"AWS_LAMBDA_FUNCTION_NAME={self._function}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
                if parent == os.environ["AWS_PID"] and named in (
                    folder / "environ"
                ).read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except OSError:
                continue  # it has ended by itself


def _busy(name: str, seed: int, **settings: Any) -> Tenant:
    """A customer whose first sync takes more than one page, a moment for each; the second begins
    before the start, if there is one."""
    tenant = Tenant(name)
    tenant.connect(seed)
    now = int(time.time())
    paid = {"fee": 175, "available_on": now + 3 * DAY}
    for currency in ("usd", "eur"):
        tenant.add("charge", 9_000, currency=currency, customer="cus_new", **paid)
    # In the hour that the first page leaves open, and not available yet.
    tenant.add(
        "topup",
        9_000,
        balance_type="issuing",
        created=now // DAY * DAY - 9 * DAY + 60,
        available_on=now + 3 * DAY,
    )
    for days, count in ((3, 50), (9, 60)):
        tenant.add(
            "charge",
            5_000,
            count=count,
            customer=f"cus_{days}",
            created=now // DAY * DAY - days * DAY,
            **paid,
        )
    if settings:
        tenant.settings(**settings)
    tenant.fault("cloud", **SLOW_BULK)
    return tenant


def under_way(worker: Worker) -> None:
    """A run whose worker died after its first page, and another worker after a second request was
    noted."""
    tenant = _busy("under_way", 41)
    run = tenant.ask()
    worker.work(tenant, run, lambda seen: bool(seen["records"]))
    worker.work(tenant, run, lambda _: worker.item(tenant, "STRIPE")["again"]["BOOL"], again=True)


def under_way_before_a_start(worker: Worker) -> None:
    """A run whose worker died while it added up the records before a start."""
    start = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 6 * DAY))
    tenant = _busy("under_way_before_a_start", 42, start_date=start)
    worker.work(tenant, tenant.ask(), lambda seen: bool(seen["records"]))


def under_way_proof(worker: Worker) -> None:
    """A run whose worker died while it compared both sides, after it had added up the days."""
    tenant = Tenant("under_way_proof")
    tenant.connect(43)
    tenant.add("charge", 5_000, count=3, fee=175, customer="cus_one")
    control("POST", f"/core/instances/{tenant.instance}/knobs", {"ledger_latency_ms": 400})
    run = tenant.ask()
    worker.work(tenant, run, lambda _: "adding" in worker.run(tenant, run)["progress"]["M"])


def previewing(worker: Worker) -> None:
    """A preview whose worker died after its first page."""
    tenant = _busy("previewing", 44)
    tenant.fault("stripe", route="/v1/balance_transactions", skip=1, delay_ms=3000)
    run = tenant.portal("POST", "/preview")["run"]["id"]
    worker.work(tenant, run, lambda seen: bool(seen["records"]))


def waiting(worker: Worker) -> None:
    """A run that waits for an unavailable ledger."""
    tenant = _busy("waiting", 45)
    run = tenant.ask()
    worker.work(tenant, run, lambda seen: bool(seen["records"]))
    tenant.fault("cloud", route="/", status=503)
    worker.work(tenant, run)


def unanswered(worker: Worker) -> None:
    """Undocumented answers of the ledger, run after run."""
    tenant = Tenant("unanswered")
    tenant.connect(46)
    tenant.add("charge", 5_000, fee=175, customer="cus_one")
    run = tenant.ask()
    tenant.fault(
        "cloud",
        method="POST",
        route="/transactions/filter",
        skip=1,
        status=200,
        body="<html>busy</html>",
    )
    worker.work(tenant, run)


def asked(worker: Worker) -> None:
    """Runs that no worker has taken: one more than asked for, one to be stopped, one that was; one
    that went on after a consent."""
    for seed, name in enumerate(("queued", "stopping", "cancelled", "consented"), 50):
        tenant = Tenant(name)
        tenant.connect(seed)
        tenant.add("charge", 5_000, fee=175, customer="cus_one")
        if name == "consented":
            tenant.settings(ceilings={"USD": "10.00"})
        run = tenant.ask()
        if name in ("stopping", "cancelled"):
            tenant.portal("POST", f"/runs/{run}/stop")
        if name in ("cancelled", "consented"):
            worker.work(tenant, run)
        if name == "consented":
            tenant.portal("POST", f"/runs/{run}/approve", {"code": "fuse_amount"})


def hinted(worker: Worker) -> None:
    """Events of which no run knows yet: of a customer, a dispute, a payout."""
    tenant = Tenant("hinted")
    tenant.connect(47, webhooks=True)
    old = int(time.time()) - 5 * 3600
    tenant.add("charge", 90_000, fee=175, customer="cus_ada", customer_name="Ada King", created=old)
    worker.work(tenant, tenant.ask(), lambda seen: seen["state"] not in OPEN)
    tenant.stripe("customers/cus_ada", name="Ada Lovelace")
    tenant.add("adjustment", -5_000, reporting_category="dispute", fee=1_500)
    tenant.add("payout", -20_000)
    time.sleep(4)


def to_retry(worker: Worker) -> None:
    """A problem for which another try was asked, and no run has made it."""
    tenant = Tenant("to_retry")
    tenant.connect(48)
    record = tenant.add(
        "charge", 5_000, fee=175, customer="cus_one", created=int(time.time()) - 5 * DAY
    )[0]
    reference = tenant.reference(record)
    words = (
        f"failed to queue transaction 1 (Reference: {reference}, Source: @stripe_test): "
        "validation failed"
    )
    body = {
        "error": words,
        "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": words, "details": {}},
    }
    tenant.fault(
        "cloud", method="POST", route="/proxy/transactions/bulk", status=400, body=body, times=1
    )
    worker.work(tenant, tenant.ask(), lambda seen: seen["state"] not in OPEN)
    tenant.portal(
        "POST", "/problems/retry", {"ids": [problem["id"] for problem in tenant.problems()]}
    )


def candidates(worker: Worker) -> None:
    """Two more keys that were delivered while one is in force, and an uninstall that is dated
    before them."""
    del worker  # the keys are not checked
    tenant = Tenant("candidates")
    event = tenant.event()
    for organization in ("org_ours", None):
        key = f"blnk_test_{secrets.token_hex(16)}"
        brought = {"api_key": key, "api_key_prefix": key[:8], "granted_permissions": ["data:read"]}
        named = {"organization_id": organization} if organization else {}
        call(
            "POST",
            os.environ["CALLBACK_URL"],
            event | brought | named | {"idempotency_key": f"install:{tenant.id}"},
        )
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 30))
    call(
        "POST",
        os.environ["CALLBACK_URL"],
        event | {"uninstalled_at": at, "idempotency_key": f"uninstall:{tenant.id}"},
    )


UNFINISHED: tuple[Callable[[Worker], None], ...] = (
    under_way,
    under_way_before_a_start,
    under_way_proof,
    previewing,
    waiting,
    unanswered,
    asked,
    hinted,
    to_retry,
    candidates,
)
