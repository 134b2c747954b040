//! Requests for runs while a run is open.

use std::time::{Duration, Instant};

use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

fn attempts(run: &Value) -> u64 {
    run.get("waiting").map(|waiting| number(waiting, "attempts")).unwrap_or_default()
}

/// “Sync now” is pressed three more times during a run: one more run follows, not three.
#[tokio::test(flavor = "multi_thread")]
async fn requests_during_a_run_lead_to_one_more_run() -> Step {
    let tenant = Tenant::connected(4_002, 500).await?;
    let slow = tenant.slow_bulks(1_000).await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    for _ in 0..3 {
        assert_eq!(tenant.portal.sync("new").await?, id, "the answer is the open run");
    }
    tenant.lift(slow).await?;
    tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.quiet().await;
    let runs = tenant.portal.ok("GET", "/runs?filter=all", None).await?;
    let states: Vec<String> = runs
        .get("runs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|run| text(run, "state"))
        .collect();
    assert_eq!(
        (states.len(), states.iter().all(|state| state.starts_with("completed"))),
        (2, true),
        "{runs}"
    );
    tenant.assert_match(&runs["runs"][0]).await?;
    Ok(())
}

/// A person's request does not wait for the next attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_while_a_run_waits_tries_at_once() -> Step {
    let tenant = Tenant::connected(7_903, 20).await?;
    let limited = json!({"surface": "stripe", "route": "/v1/balance_transactions", "status": 429,
        "headers": {"Retry-After": "200"}, "times": 0});
    let outage = tenant.fault(limited).await?;
    let id = tenant.portal.sync("new").await?;
    let seen = tenant.until(&id, |run| attempts(run) >= 1).await?;
    assert_eq!(seen.pointer("/waiting/party"), Some(&json!("stripe")), "{seen}");
    tenant.lift(outage).await?;
    let began = Instant::now();
    assert_eq!(tenant.portal.sync("new").await?, id, "the same run");
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    tenant.assert_match(&run).await?;
    assert_eq!(tenant.stored_runs().await?.len(), 1, "no other run follows");
    Ok(())
}
