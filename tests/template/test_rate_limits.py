"""The limits of each route: a flood without a key never takes all of the account's concurrency."""

import re

from tests.template.cloudformation import (
    NEW_ACCOUNT_CONCURRENCY,
    PARAMETERS,
    RESOURCES,
    ROOT,
    ROUTES,
    defaults,
    overrides,
    queued,
)

RAISED_CONCURRENCY = 1000
# Lambda accepts this many requests a second for each concurrent execution of the account, or of a
# function's reservation.
REQUESTS_A_SECOND_PER_CONCURRENCY = 10
# The share of them that is kept for the queues, whose calls are few.
REQUESTS_LEFT_TO_QUEUES_PERCENT = 10
# The longest time that a caller without a key, a session or a signature occupies a warm function: a
# wrong key or bearer costs 2 ms, an
# event for an unknown install one read of the table.
REFUSAL_MILLISECONDS = {"Callback": 5, "PortalGenerator": 5, "PortalApi": 5, "StripeWebhook": 25}


def limits(values: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Requests a second, and burst, of each route with these parameters."""
    stage = RESOURCES["Stage"]["Properties"]
    settings = {
        route: stage["RouteSettings"].get(route, stage["DefaultRouteSettings"]) for route in ROUTES
    }
    given = {
        route: (limit["ThrottlingRateLimit"], limit["ThrottlingBurstLimit"])
        for route, limit in settings.items()
    }

    def number(part: object) -> int:
        return int(values[part["Ref"]] if isinstance(part, dict) else str(part))

    return {route: (number(rate), number(burst)) for route, (rate, burst) in given.items()}


def overrun(values: dict[str, str], concurrency: int) -> list[str]:
    """What a flood of unauthenticated requests exhausts in an account with this concurrency."""
    reserved = int(values["CallbackReservedConcurrency"])
    workers = int(values["WorkerMaximumConcurrency"])
    routes: dict[str, tuple[int, int]] = limits(values)
    found: list[str] = []
    # A steady flood on all routes, beside everything that the queues run.
    requests = sum(rate for rate, _ in routes.values())
    if (
        requests
        > (concurrency - reserved)
        * REQUESTS_A_SECOND_PER_CONCURRENCY
        * (100 - REQUESTS_LEFT_TO_QUEUES_PERCENT)
        // 100
    ):
        found.append(f"{requests} requests a second")
    held = sum(rate * REFUSAL_MILLISECONDS[ROUTES[route]] for route, (rate, _) in routes.items())
    if held > (concurrency - reserved - queued(values)) * 1000:
        found.append(f"{held} ms a second")
    for route, (rate, burst) in routes.items():
        # A burst on one route: beside the workers, each request needs an execution of its own.
        own = (
            reserved
            if reserved and ROUTES[route] == "Callback"
            else concurrency - reserved - workers
        )
        if burst > own:
            found.append(f"{route}: a burst of {burst}")
        if own == reserved and rate > reserved * REQUESTS_A_SECOND_PER_CONCURRENCY:
            found.append(f"{route}: {rate} a second of what is reserved")
    return found


def test_an_unauthenticated_flood_never_exhausts_the_accounts_concurrency() -> None:
    # All callers share a route's limit, and all functions share the account's concurrency: with a
    # higher limit, a flood on one route
    # would throttle installs on every route.
    for environment, given in {"template.yaml": {}, **overrides()}.items():
        assert overrun(defaults() | given, NEW_ACCOUNT_CONCURRENCY) == [], environment
    raised = re.search(
        r"(?m)^# When the quota is raised to ([\d,]+), add:\n((?:#   .*\n)+)",
        (ROOT / "samconfig.toml").read_text(),
    )
    assert raised, "samconfig.toml lists what to add when the quota is raised"
    assert int(raised[1].replace(",", "")) == RAISED_CONCURRENCY
    values = defaults() | dict(re.findall(r'"(\w+)=(\w+)"', raised[2]))
    assert overrun(values, RAISED_CONCURRENCY) == []
    for name in ("Route", "Webhook", "Portal"):
        for limit in (f"{name}RateLimit", f"{name}BurstLimit"):
            assert int(values[limit]) > PARAMETERS[limit]["Default"], limit
    # The check finds each kind of excess.
    for name, value in (
        ("RouteRateLimit", 100),
        ("WebhookRateLimit", 100),
        ("PortalRateLimit", 50),
        ("RouteBurstLimit", 10),
        ("PortalBurstLimit", 20),
    ):
        assert overrun(defaults() | {name: str(value)}, NEW_ACCOUNT_CONCURRENCY), name


def test_normal_use_of_the_portal_is_never_throttled() -> None:
    # Opening it loads its page, script and style sheet, then makes five calls, mostly one after
    # another. Watching a run makes one call
    # every 1.5 s.
    calls_to_open, watched_runs = 5, 5
    rate, burst = limits(defaults())["ANY /portal/api/{proxy+}"]
    assert burst >= calls_to_open
    assert rate >= calls_to_open + watched_runs / 1.5
    for limit in ("PortalRateLimit", "PortalBurstLimit"):
        assert PARAMETERS[limit]["MinValue"] >= calls_to_open, limit


def test_routes_with_a_limit_exist() -> None:
    for route in RESOURCES["Stage"]["Properties"]["RouteSettings"]:
        assert route in ROUTES
