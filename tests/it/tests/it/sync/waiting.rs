//! Runs that stand still on the deployed stack: they say why, hold no worker, and go on by themselves through the delay queue.

use std::time::{Duration, Instant};

use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// An attempt while nobody answers holds a worker no longer than this, on a busy machine too.
const AN_ATTEMPT: Duration = Duration::from_secs(12);

fn attempts(run: &Value) -> u64 {
    run.get("waiting").map(|waiting| number(waiting, "attempts")).unwrap_or_default()
}

/// The ledger is out: the run names it, is tried again and again with pauses between, another customer's run passes meanwhile, and after
/// the cure the run ends in a match without anybody's doing.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_waited_out_and_ends_in_a_match_after_the_cure() -> Step {
    let tenant = Tenant::connected(7_901, 150).await?;
    let outage = tenant.fault(json!({"surface": "cloud", "route": "/", "status": 503, "times": 0})).await?;
    let id = tenant.portal.sync("new").await?;
    let seen = tenant.until(&id, |run| attempts(run) >= 1).await?;
    let waiting = seen.get("waiting").cloned().unwrap_or_default();
    assert_eq!((text(&waiting, "party").as_str(), seen.get("error")), ("blnk", Some(&Value::Null)), "{seen}");
    assert!(text(&waiting, "answer").contains("503") && text(&waiting, "next_attempt") > text(&waiting, "since"), "{waiting}");
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview.pointer("/open_run/waiting/party"), Some(&json!("blnk")), "{overview}");

    let other = Tenant::connected(7_902, 150).await?;
    other.assert_match(&other.sync("new").await?).await?;
    tenant.until(&id, |run| attempts(run) >= 3).await?;
    let made = tenant.dispatcher.invocations(tenant.id());
    let busy: Duration = made.iter().filter_map(|one| Some(one.ended?.duration_since(one.began))).sum();
    assert!(busy < AN_ATTEMPT * u32::try_from(made.len())?, "{} attempts held a worker for {busy:?}", made.len());
    assert!(made.len() <= 5, "{} attempts: no pauses between them", made.len());

    tenant.lift(outage).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!(run.get("waiting"), Some(&Value::Null), "{run}");
    tenant.assert_match(&run).await?;
    Ok(())
}

/// A person who asks need not wait for the next attempt.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_asked_for_while_a_run_waits_tries_at_once() -> Step {
    let tenant = Tenant::connected(7_903, 20).await?;
    let limited =
        json!({"surface": "stripe", "route": "/v1/balance_transactions", "status": 429, "headers": {"Retry-After": "200"}, "times": 0});
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
    assert_eq!(tenant.stored_runs().await?.len(), 1, "and no other follows");
    Ok(())
}
