//! Random faults: at Stripe, at Blnk Cloud, between it and the ledger, and in AWS.

use rand::{Rng, RngExt as _, seq::IndexedRandom as _};
use sandbox::faults::FaultSpec;
use serde_json::{Value, json};
use test_support::Fault;

use crate::tenant::Tenant;

/// Longer than any call waits.
const FOREVER_MS: u64 = 40_000;
const AWS_CALLS: [&str; 7] = ["TransactWriteItems", "TransactWriteItems", "UpdateItem", "BatchGetItem", "Query", "GetItem", "SendMessage"];

/// What a busy Core 0.14 says.
const OLD_WORDS: [&str; 3] = [
    "failed to acquire lock: lock for key is already held",
    "failed to record transaction: failed to acquire lock: context deadline exceeded",
    "failed to get balance: failed to acquire lock for bln_1: lock already held",
];

/// Successes that are no answers.
const LIES: [&str; 8] = [
    "{\"message\":\"ok\"}",
    "{\"error\":\"no such instance\"}",
    "{\"total\":5}",
    "null",
    "\"x\"",
    "{\"data\":{}}",
    "{\"errors\":[],\"data\":[]}",
    "<html>Service suspended</html>",
];

/// Lays some faults on calls to come. Answers the ids of those at the sandbox.
pub fn lay(rng: &mut impl Rng, tenant: &Tenant<'_>, legacy: bool) -> Vec<u64> {
    let mut laid = Vec::new();
    for _ in 0..rng.random_range(1..7) {
        match rng.random_range(0..10) {
            0..3 => laid.push(add(tenant, &stripe(rng), &tenant.account.account)),
            3..7 => laid.push(add(tenant, &cloud(rng), &tenant.instance)),
            7 => laid.push(add(tenant, &core(rng, legacy), &tenant.instance)),
            _ => in_aws(rng, tenant),
        }
    }
    laid
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

fn lie(rng: &mut impl Rng, fault: &mut Value) {
    fault["status"] = if rng.random_ratio(1, 2) { 200 } else { 201 }.into();
    fault["body"] = pick(rng, &LIES).into();
}

fn lost(rng: &mut impl Rng, fault: &mut Value) {
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
fn heavy(rng: &mut impl Rng) -> Value {
    let most = [50, 25, 10].choose(rng).copied().unwrap_or(10);
    json!({"surface": "stripe", "route": "/v1/balance_transactions", "times": 0, "status": 500, "when": {"limit_gt": most}})
}

fn stripe(rng: &mut impl Rng) -> Value {
    if rng.random_ratio(1, 6) {
        return heavy(rng);
    }
    let route = pick(rng, &["/v1/balance_transactions", "/v1/balance_transactions", "/v1/balance", "/"]);
    let mut fault = json!({"surface": "stripe", "route": route, "skip": rng.random_range(0..6), "times": rng.random_range(1..4)});
    match rng.random_range(0..5) {
        0 | 1 => busy(rng, &mut fault, &[429, 429, 500, 503]),
        2 | 3 => lost(rng, &mut fault),
        _ => lie(rng, &mut fault),
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
    let mut fault = json!({"surface": "cloud", "route": route, "skip": rng.random_range(0..8), "times": rng.random_range(1..4)});
    match rng.random_range(0..4) {
        0 => busy(rng, &mut fault, &[429, 500, 502, 503, 504]),
        1 => lost(rng, &mut fault),
        2 => {
            lie(rng, &mut fault);
            fault["commit"] = rng.random_ratio(1, 2).into();
        }
        _ => {
            // The effect is there; the answer says otherwise.
            busy(rng, &mut fault, &[500, 502, 503, 504]);
            fault["commit"] = true.into();
        }
    }
    fault
}

fn core(rng: &mut impl Rng, legacy: bool) -> Value {
    let route = pick(rng, &["/transactions/bulk", "/transactions/bulk", "/balances", "/identities", "*/filter", "/"]);
    let mut fault = json!({"surface": "core", "route": route, "skip": rng.random_range(0..8), "times": rng.random_range(1..4)});
    match rng.random_range(0..3) {
        // What newer versions say by status and code, Core 0.14 says in words under 400.
        0 | 2 if legacy => {
            fault["status"] = 400.into();
            fault["body"] = json!({"error": pick(rng, &OLD_WORDS)});
            fault["commit"] = rng.random_ratio(1, 2).into();
        }
        0 => busy(rng, &mut fault, &[409, 423, 429, 500, 503]),
        1 => lost(rng, &mut fault),
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
