"""Fills the running stack's table with every kind of item, one install a situation, for
`table_image.py` to print.

`infra/local/run exec .local/venv/bin/python infra/local/situations.py`, on a fresh stack after
`make demo MOVEMENTS=24`. A stack of an earlier version takes it too: what its simulators cannot do
yet is left out, and said.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from processes import StackError
from tenant import DAY, RefusedError, Tenant, control
from unfinished import TWO_PAGES, UNFINISHED, Worker

# An outage of Stripe's that no client waits out.
AWAY = {"status": 503, "headers": {"stripe-should-retry": "false"}}
BULK = {"method": "POST", "route": "/proxy/transactions/bulk"}


def chosen() -> None:
    """Settings that differ from all defaults, a preview before the first sync; a second account on
    the same ledger."""
    tenant = Tenant("chosen")
    tenant.connect(11, 12)
    tenant.settings(
        interval="daily",
        pay_ins="one_account",
        account_names={"fees": "@books_fees"},
        match_by_email=True,
        personal_data={"name": True, "email": True, "phone": False, "address": False},
        ceilings={"USD": "500000.00", "JPY": "9000000"},
    )
    tenant.ended(tenant.portal("POST", "/preview")["run"]["id"])
    tenant.sync()
    second = Tenant("prefixed", instance_id=tenant.instance)
    second.connect(12, 3, prefix="@stripe_eu")
    second.sync()


def started() -> None:
    """A start in the middle of a history: openings, one record that came late to the last day, one
    that came too late; then an earlier start."""
    tenant = Tenant("started")
    tenant.connect(13, 16)
    created = sorted(record["created"] for record in tenant.records())
    start = created[len(created) // 2] // DAY * DAY
    tenant.settings(start_date=time.strftime("%Y-%m-%d", time.gmtime(start)))
    tenant.sync()
    for before in (3600, 3 * DAY):
        tenant.add("charge", 4_200, fee=150, customer="cus_start", created=start - before)
        tenant.sync("everything")
    # Moved to before two of the records, and then away, which no run has done yet.
    tenant.settings(
        start_date=time.strftime("%Y-%m-%d", time.gmtime(created[len(created) // 2 - 2]))
    )
    tenant.sync()
    tenant.settings(start_date=None)


def live() -> None:
    """An endpoint at Stripe, whose secret was changed; events, a customer who changed and one who
    is gone."""
    tenant = Tenant("live")
    tenant.connect(14, webhooks=True)
    old = int(time.time()) - 5 * 3600
    for who in ("ada", "bob"):
        tenant.add(
            "charge",
            5_000,
            fee=175,
            customer=f"cus_{who}",
            customer_name=f"{who} King",
            created=old,
        )
    tenant.sync()
    tenant.stripe("customers/cus_ada", name="Ada Lovelace", email="ada@example.org")
    tenant.stripe("customers/cus_bob", deleted=True)
    time.sleep(12)
    tenant.portal("POST", "/stripe/webhook", {})
    tenant.add("charge", 1_200, fee=65, customer="cus_ada")
    time.sleep(12)
    tenant.portal("GET", "/stripe/webhook")


def problems() -> None:
    """Problems of several kinds: open, dismissed with a reason, resolved, reopened, and one to be
    tried again."""
    tenant = Tenant("problems")
    tenant.connect(15)
    old = int(time.time()) - 5 * DAY
    ids = tenant.add("charge", 5_000, count=8, fee=175, customer="cus_one", created=old)
    tenant.add("adjustment", 510, reporting_category="other_adjustment", created=old)
    reference = tenant.reference(ids[0])
    words = (
        f"failed to queue transaction 1 (Reference: {reference}, Source: @stripe_test): "
        "validation failed"
    )
    body = {
        "error": words,
        "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": words, "details": {}},
    }
    tenant.fault("cloud", **BULK, status=400, body=body, times=1)
    tenant.sync()
    refused = next(
        problem["id"] for problem in tenant.problems() if problem["code"] == "validation"
    )
    tenant.ended(tenant.portal("POST", "/problems/retry", {"ids": [refused]})["run"]["id"])
    drift = {"indicator": "@stripe_test", "currency": "USD", "amount": 7}
    control(
        "POST",
        f"/core/instances/{tenant.instance}/drift",
        {"kind": "missing", "reference": tenant.reference(ids[3]), **drift},
    )
    control("POST", f"/core/instances/{tenant.instance}/drift", {"kind": "shifted", **drift})
    for reference in ("order-1", "order-2"):
        tenant.by_hand(reference, "@stripe_test", "@by_hand")
    tenant.sync()
    foreign = [problem["id"] for problem in tenant.problems() if problem["code"] == "foreign_entry"]
    tenant.portal("POST", "/problems/dismiss", {"ids": foreign, "reason": "Agreed with finance"})
    tenant.portal("POST", "/problems/reopen", {"ids": foreign[:1]})
    tenant.sync()


def objects() -> None:
    """A payout that failed, others on their way, disputes; their alerts, one resolved."""
    tenant = Tenant("objects")
    tenant.connect(16)
    now = int(time.time())
    tenant.add("charge", 90_000, count=4, fee=900, customer="cus_one", created=now - 9 * DAY)
    tenant.add("payout", -50_000, source="po_failing", created=now - 6 * DAY)
    tenant.add("payout_failure", 50_000, source="po_failing", created=now - 3 * DAY)
    dispute = {"reporting_category": "dispute", "fee": 1_500}
    tenant.add("adjustment", -90_000, created=now - DAY, **dispute)
    tenant.sync()
    tenant.add("payout", -20_000, created=now - 2 * DAY)
    tenant.add("adjustment", 90_000, reporting_category="dispute_reversal", created=now - 60)
    tenant.sync("everything")
    tenant.add("adjustment", -80_000, created=now - 30, **dispute)
    for created in (now - 2 * DAY + 60, now - 60):
        tenant.add("payout", -3_000, created=created)
    lost = tenant.fault("cloud", method="POST", route="/alerts/flag", drop="after")
    tenant.by_hand("by-hand", "@stripe_test", "@by_hand")
    tenant.sync()
    tenant.lift(lost)


def asks() -> None:
    """Runs that are paused until a person approves: a currency, after another one was approved; an
    amount."""
    tenant = Tenant("asks_currency")
    tenant.connect(17)
    tenant.add("charge", 5_000, fee=175, customer="cus_one")
    tenant.sync()
    tenant.add("charge", 5_000, fee=175, currency="chf", customer="cus_one")
    run = tenant.sync()
    tenant.portal("POST", f"/runs/{run['id']}/approve", {"code": "fuse_currency"})
    time.sleep(4)
    tenant.add("charge", 6_000, fee=175, currency="sek", customer="cus_one")
    tenant.sync()
    tenant = Tenant("asks_amount")
    tenant.connect(19)
    tenant.settings(ceilings={"USD": "1000.00"})
    tenant.add("charge", 100_001, fee=175, customer="cus_one")
    tenant.sync()


def failed() -> None:
    """A run that was given up on its second page, and one that continues it and is paused."""
    tenant = Tenant("failed")
    tenant.connect(18)
    now = int(time.time())
    tenant.add("charge", 5_000, fee=175, customer="cus_one", created=now - 9 * DAY)
    tenant.sync()
    tenant.by_hand("order-1", "@world", "@stripe_test", "NOK")
    tenant.add("charge", 5_000, fee=175, currency="nok", customer="cus_one", created=now - 5 * DAY)
    tenant.add("charge", 5_000, count=TWO_PAGES, fee=175, customer="cus_one", created=now - 2 * DAY)
    run = tenant.sync("everything")
    tenant.portal("POST", f"/runs/{run['id']}/approve", {"code": "fuse_currency"})
    time.sleep(4)
    tenant.add("charge", 5_000, fee=175, currency="chf", customer="cus_one")
    tenant.sync()


def refused_keys() -> None:
    """Runs that are paused because a key was refused: Stripe's, and the install's."""
    for seed, name in enumerate(("stripe_key_refused", "blnk_key_refused"), 20):
        tenant = Tenant(name)
        tenant.connect(seed)
        tenant.add("charge", 5_000, fee=175, customer="cus_one")
        if name.startswith("stripe"):
            control("DELETE", f"/stripe/accounts/{tenant.account}/keys/{tenant.key}")
        else:
            control("POST", f"/cloud/installs/{tenant.id}/revoke-key")
        tenant.sync()


def read_only() -> None:
    """Without the permission to write: read, compared, not posted; and without the permission to
    raise alerts."""
    tenant = Tenant("read_only", permissions=["data:read"])
    tenant.connect(22)
    tenant.add("charge", 5_000, fee=175, customer="cus_one")
    tenant.sync()


def watched() -> None:
    """A difference of Stripe's own figures under observation."""
    tenant = Tenant("watched")
    tenant.connect(23)
    tenant.add("charge", 5_000, fee=175, customer="cus_one")
    tenant.stripe("settings", balance_offset={"usd": 5})
    for _ in range(2):
        tenant.sync()


def removed() -> None:
    """Uninstalled: cleaned up; waiting for Stripe; installed again meanwhile. Disconnected and
    connected again."""
    for seed, name in enumerate(
        ("uninstalled", "uninstalled_pending", "reinstalled", "disconnected"), 30
    ):
        tenant = Tenant(name)
        tenant.connect(seed, webhooks=True)
        tenant.add("charge", 5_000, fee=175, customer="cus_one")
        tenant.sync()
        if name != "uninstalled":
            tenant.fault("stripe", route="/v1/webhook_endpoints", **AWAY)
        if name == "disconnected":
            tenant.portal("DELETE", "/stripe")
            other = tenant.stripe("keys", kind="restricted")["key"]
            tenant.portal("POST", "/stripe", {"key": other})
            tenant.sync()
            continue
        control("POST", f"/cloud/installs/{tenant.id}/uninstall", {})
        time.sleep(2)
        if name == "reinstalled":
            tenant.install()
            tenant.launch()
            tenant.portal("POST", "/stripe", {"key": tenant.key})
            tenant.sync()


def launched() -> None:
    """Installed and nothing more: a launch that was opened and one that was not."""
    Tenant("launched").token()


def set_aside() -> None:
    """Records whose calls fail while others succeed: an identity, an entry, a record that Stripe
    does not give with what is behind it; one that the key may not read, and a place in Stripe's
    list that cannot be read at all."""
    for seed, name in enumerate(("set_aside", "unreadable"), 24):
        tenant = Tenant(name)
        tenant.connect(seed)
        now = int(time.time())
        ids = [
            tenant.add("charge", 700, fee=31, created=now - days * DAY)[0]
            for days in range(10, 3, -1)
        ]
        if name == "unreadable":
            tenant.stripe("settings", unrenderable={ids[3]: "always", ids[5]: "forbidden"})
        else:
            for who in ("unmade", "other"):
                tenant.add("charge", 900, customer=f"cus_{who}", created=now - 2 * DAY)
            tenant.stripe("settings", unrenderable={ids[3]: "expanded"})
            unmade = {"body": {"meta_data": {"stripe_customer_id": "cus_unmade"}}}
            tenant.fault("cloud", method="POST", route="/proxy/identities", status=500, when=unmade)
            tenant.fault("cloud", **BULK, status=500, when={"body": f"{ids[5]}:amount"})
        tenant.sync("everything")


FINISHED: tuple[Callable[[], None], ...] = (
    launched,
    chosen,
    started,
    live,
    problems,
    objects,
    asks,
    failed,
    refused_keys,
    read_only,
    watched,
    removed,
    set_aside,
)


def main() -> int:
    """All situations, or those that are named."""
    worker = Worker()
    wanted = sys.argv[1:]
    for situation in FINISHED:
        if not wanted or situation.__name__ in wanted:
            _make(situation.__name__, situation)
    worker.unfed()
    for unfinished in UNFINISHED:
        if not wanted or unfinished.__name__ in wanted:
            _make(unfinished.__name__, partial(unfinished, worker))
    return 0


def _make(name: str, make: Callable[[], None]) -> None:
    try:
        make()
    except RefusedError as error:
        if "unknown field" not in str(error):
            raise StackError(f"{name}: {error}") from error
        print(f"{name}: left out, since the simulators refuse it: {error}", flush=True)
    else:
        print(f"{name}: made", flush=True)


if __name__ == "__main__":
    sys.exit(main())
