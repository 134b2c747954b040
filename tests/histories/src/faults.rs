//! Random faults: at Stripe, at Blnk Cloud, between it and the ledger, and in AWS.

use rand::{Rng, RngExt as _, seq::IndexedRandom as _};
use sandbox::faults::FaultSpec;
use serde_json::{Value, json};
use test_support::Fault;

use crate::tenant::Tenant;

/// Longer than any call waits.
const FOREVER_MS: u64 = 40_000;
const AWS_CALLS: [&str; 7] = [
    "TransactWriteItems",
    "TransactWriteItems",
    "UpdateItem",
    "BatchGetItem",
    "Query",
    "GetItem",
    "SendMessage",
];

/// Messages of a busy Core 0.14.
const LEGACY_MESSAGES: [&str; 3] = [
    "failed to acquire lock: lock for key is already held",
    "failed to record transaction: failed to acquire lock: context deadline exceeded",
    "failed to get balance: failed to acquire lock for bln_1: lock already held",
];

/// Successes with a body that is not an answer.
const UNKNOWN_BODIES: [&str; 8] = [
    "{\"message\":\"ok\"}",
    "{\"error\":\"no such instance\"}",
    "{\"total\":5}",
    "null",
    "\"x\"",
    "{\"data\":{}}",
    "{\"errors\":[],\"data\":[]}",
    "<html>Service suspended</html>",
];

/// Injects some faults into the calls to come. Returns the ids of those at the sandbox.
pub fn inject(rng: &mut impl Rng, tenant: &Tenant<'_>, legacy: bool) -> Vec<u64> {
    let mut ids = Vec::new();
    for _ in 0..rng.random_range(1..7) {
        match rng.random_range(0..10) {
            0..3 => ids.push(add(tenant, &stripe(rng), &tenant.account.account)),
            3..7 => ids.push(add(tenant, &cloud(rng), &tenant.instance)),
            7 => ids.push(add(tenant, &core(rng, legacy), &tenant.instance)),
            _ => in_aws(rng, tenant),
        }
    }
    ids
}

#[expect(clippy::expect_used, reason = "the test's own fault")]
fn add(tenant: &Tenant<'_>, fault: &Value, scope: &str) -> u64 {
    let mut fault = fault.clone();
    fault["scope"] = scope.into();
    let spec: FaultSpec = serde_json::from_value(fault).expect("a fault");
    spec.check().expect("a fault that can be");
    tenant.world.sandbox.world.faults.add(spec)
}

fn pick<'a>(rng: &mut impl Rng, from: &[&'a str]) -> &'a str {
    from.choose(rng).copied().unwrap_or_default()
}

fn busy(rng: &mut impl Rng, fault: &mut Value, statuses: &[u16]) {
    let status = statuses.choose(rng).copied().unwrap_or(503);
    fault["status"] = status.into();
    if matches!(status, 429 | 503) && rng.random_ratio(1, 2) {
        fault["headers"] = json!({"Retry-After": rng.random_range(1..4).to_string()});
    }
}

fn unknown_body(rng: &mut impl Rng, fault: &mut Value) {
    fault["status"] = if rng.random_ratio(1, 2) { 200 } else { 201 }.into();
    fault["body"] = pick(rng, &UNKNOWN_BODIES).into();
}

fn lost_connection(rng: &mut impl Rng, fault: &mut Value) {
    match rng.random_range(0..4) {
        0 => fault["drop"] = "before".into(),
        1 => fault["drop"] = "after".into(),
        2 => fault["delay_ms"] = FOREVER_MS.into(),
        _ => {
            fault["delay_ms"] = FOREVER_MS.into();
            fault["drop"] = "after".into();
        }
    }
}

/// Pages that are too large for Stripe, until the fault is lifted.
fn large_pages(rng: &mut impl Rng) -> Value {
    let most = [50, 25, 10].choose(rng).copied().unwrap_or(10);
    json!({"surface": "stripe", "route": "/v1/balance_transactions", "times": 0, "status": 500,
        "when": {"limit_gt": most}})
}

fn stripe(rng: &mut impl Rng) -> Value {
    if rng.random_ratio(1, 6) {
        return large_pages(rng);
    }
    let route =
        pick(rng, &["/v1/balance_transactions", "/v1/balance_transactions", "/v1/balance", "/"]);
    let mut fault = json!({"surface": "stripe", "route": route, "skip": rng.random_range(0..6),
        "times": rng.random_range(1..4)});
    match rng.random_range(0..5) {
        0 | 1 => busy(rng, &mut fault, &[429, 429, 500, 503]),
        2 | 3 => lost_connection(rng, &mut fault),
        _ => unknown_body(rng, &mut fault),
    }
    fault
}

fn cloud(rng: &mut impl Rng) -> Value {
    let route = pick(
        rng,
        &[
            "/proxy/transactions/bulk",
            "/proxy/transactions/bulk",
            "/proxy/balances",
            "/proxy/identities",
            "/proxy/ledgers",
            "*/filter",
            "/",
        ],
    );
    let mut fault = json!({"surface": "cloud", "route": route, "skip": rng.random_range(0..8),
        "times": rng.random_range(1..4)});
    match rng.random_range(0..4) {
        0 => busy(rng, &mut fault, &[429, 500, 502, 503, 504]),
        1 => lost_connection(rng, &mut fault),
        2 => {
            unknown_body(rng, &mut fault);
            fault["commit"] = rng.random_ratio(1, 2).into();
        }
        _ => {
            // It takes effect, but the answer is an error.
            busy(rng, &mut fault, &[500, 502, 503, 504]);
            fault["commit"] = true.into();
        }
    }
    fault
}

fn core(rng: &mut impl Rng, legacy: bool) -> Value {
    let route = pick(
        rng,
        &["/transactions/bulk", "/transactions/bulk", "/balances", "/identities", "*/filter", "/"],
    );
    let mut fault = json!({"surface": "core", "route": route, "skip": rng.random_range(0..8),
        "times": rng.random_range(1..4)});
    match rng.random_range(0..3) {
        // Where newer versions answer a status and a code, Core 0.14 answers 400 and a message.
        0 | 2 if legacy => {
            fault["status"] = 400.into();
            fault["body"] = json!({"error": pick(rng, &LEGACY_MESSAGES)});
            fault["commit"] = rng.random_ratio(1, 2).into();
        }
        0 => busy(rng, &mut fault, &[409, 423, 429, 500, 503]),
        1 => lost_connection(rng, &mut fault),
        _ => {
            busy(rng, &mut fault, &[409, 423, 500]);
            fault["commit"] = true.into();
        }
    }
    fault
}

fn in_aws(rng: &mut impl Rng, tenant: &Tenant<'_>) {
    let action = pick(rng, &AWS_CALLS);
    let fault = match rng.random_range(0..5) {
        0 => Fault::Hang,
        1 => Fault::Status(500, "InternalServerError"),
        2 => Fault::Status(400, "ThrottlingException"),
        3 if action == "TransactWriteItems" => Fault::Conflict,
        _ => Fault::LostAnswer,
    };
    tenant.aws.fault(action, rng.random_range(1..14), rng.random_range(1..5), fault);
}
