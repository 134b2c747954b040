//! Faults at Stripe and Blnk: whatever the fault, the run ends in a match and the books agree.

use futures::stream::{self, TryStreamExt as _};
use it::tenant::LIMIT;
use it::{Step, Tenant};
use serde_json::{Value, json};

/// Customers at the same time.
const AT_ONCE: usize = 4;
const MOVEMENTS: u64 = 220;

/// One sync under a set of faults, each of which must have hit.
async fn survives(seed: u64, name: &'static str, faults: Vec<Value>) -> Step {
    let tenant = Tenant::connected(seed, MOVEMENTS).await?;
    let mut ids = Vec::new();
    for fault in faults {
        ids.push(tenant.fault(fault).await?);
    }
    let id = tenant.portal.sync("new").await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    for fault in ids {
        assert!(tenant.hits(fault).await? > 0, "{name}: the fault met no call");
    }
    println!("{name}: {} worker invocations", tenant.dispatcher.invocations(tenant.id()).len());
    assert_eq!(run.get("verdict"), Some(&json!("match")), "{name}, seed {seed}: {run}");
    tenant.assert_match(&run).await.map_err(|error| format!("{name}: {error}"))?;
    Ok(())
}

async fn all_survive(first_seed: u64, cases: Vec<(&'static str, Vec<Value>)>) -> Step {
    let runs = cases
        .into_iter()
        .enumerate()
        .map(|(at, (name, faults))| survives(first_seed + at as u64, name, faults));
    stream::iter(runs.map(Ok)).try_for_each_concurrent(AT_ONCE, |run| run).await
}

fn with(base: &Value, more: Value) -> Value {
    let mut fault = base.clone();
    if let (Some(fault), Value::Object(more)) = (fault.as_object_mut(), more) {
        fault.extend(more);
    }
    fault
}

/// A bulk post is lost before or after it takes effect, fails although it took effect, is refused
/// for a moment, or times out.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_bulk_post_is_neither_lost_nor_doubled() -> Step {
    let bulk = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk",
        "skip": 1, "times": 3});
    let body =
        |code: &str| json!({"error": "busy", "error_detail": {"code": code, "message": "busy"}});
    all_survive(
        7_100,
        vec![
            ("dropped before", vec![with(&bulk, json!({"drop": "before"}))]),
            ("dropped after", vec![with(&bulk, json!({"drop": "after"}))]),
            ("500 after commit", vec![with(&bulk, json!({"status": 500, "commit": true}))]),
            ("503 before", vec![with(&bulk, json!({"status": 503}))]),
            ("423", vec![with(&bulk, json!({"status": 423, "body": body("GEN_RESOURCE_LOCKED")}))]),
            ("409", vec![with(&bulk, json!({"status": 409, "body": body("GEN_CONFLICT")}))]),
            ("429", vec![with(&bulk, json!({"status": 429, "headers": {"Retry-After": "1"}}))]),
            (
                "time-out after commit",
                vec![with(&bulk, json!({"drop": "after", "delay_ms": 12_000, "times": 1}))],
            ),
            (
                "Core drops half of it",
                vec![json!({"surface": "core", "method": "POST", "route": "/transactions/bulk",
                    "skip": 2, "times": 2, "drop": "after"})],
            ),
        ],
    )
    .await
}

/// Reads of entries by reference, of balances, and of identities fail.
#[tokio::test(flavor = "multi_thread")]
async fn failing_reads_of_the_ledger_are_repeated() -> Step {
    let mut cases = Vec::new();
    for (name, how) in [
        ("reads: 503", json!({"status": 503, "times": 2})),
        ("reads: dropped", json!({"drop": "after", "times": 2})),
        ("reads: 429", json!({"status": 429, "headers": {"Retry-After": "1"}, "times": 2})),
        ("reads: time-out", json!({"delay_ms": 12_000, "times": 1})),
    ] {
        let routes = ["/transactions/filter", "/balances/filter", "/identities/filter"];
        cases.push((
            name,
            routes
                .map(|route| {
                    with(
                        &json!({"surface": "cloud", "method": "POST", "route": route}),
                        how.clone(),
                    )
                })
                .to_vec(),
        ));
    }
    all_survive(7_200, cases).await
}

/// The answer to the creation of an identity or a balance is lost: a second request would create a
/// second one.
#[tokio::test(flavor = "multi_thread")]
async fn creations_with_a_lost_answer_double_no_customer() -> Step {
    let create = |route: &str, how: Value| {
        with(&json!({"surface": "cloud", "method": "POST", "route": route, "skip": 1}), how)
    };
    let lost = json!({"drop": "after", "times": 2});
    all_survive(
        7_300,
        vec![
            ("identity lost", vec![create("/proxy/identities", lost.clone())]),
            ("balance lost", vec![create("/proxy/balances", lost.clone())]),
            (
                "both lost",
                vec![create("/proxy/identities", lost.clone()), create("/proxy/balances", lost)],
            ),
            (
                "balance 500 after commit",
                vec![create("/proxy/balances", json!({"status": 500, "commit": true, "times": 2}))],
            ),
            (
                "balance late",
                vec![create(
                    "/proxy/balances",
                    json!({"drop": "after", "delay_ms": 9_000, "times": 1}),
                )],
            ),
            (
                "ledger lost",
                vec![json!({"surface": "cloud", "method": "POST",
                    "route": "/proxy/ledgers", "drop": "after"})],
            ),
        ],
    )
    .await
}

/// Stripe answers the list or the balance with errors, rate limits, a lost connection or not at
/// all.
#[tokio::test(flavor = "multi_thread")]
async fn failing_reads_of_stripe_are_repeated() -> Step {
    let mut cases = Vec::new();
    for (name, how) in [
        ("Stripe: 500", json!({"status": 500, "times": 3})),
        ("Stripe: 429", json!({"status": 429, "times": 3})),
        ("Stripe: dropped", json!({"drop": "before", "times": 3})),
        ("Stripe: silent", json!({"delay_ms": 12_000, "times": 1})),
    ] {
        let routes = ["/v1/balance_transactions", "/v1/balance"];
        cases.push((
            name,
            routes
                .map(|route| {
                    with(
                        &json!({"surface": "stripe", "method": "GET", "route": route}),
                        how.clone(),
                    )
                })
                .to_vec(),
        ));
    }
    all_survive(7_400, cases).await
}
