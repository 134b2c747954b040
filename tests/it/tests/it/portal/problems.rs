//! Problems: retry, dismiss and reopen, and what the next sync does.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use it::records::charge;
use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant, aws};
use serde_json::{Value, json};
use stripe_sync::platform::clock;

const DAY: i64 = 24 * 3600;
/// The longest time that eight small syncs take.
const EIGHT_SYNCS_SECONDS: i64 = 120;

/// A synced account with 40 charges, five days old. The ledger refuses one leg. Returns the fault
/// that does it, and the problem.
async fn with_a_refused_leg(seed: u64) -> Step<(Tenant, u64, Value)> {
    let tenant = Tenant::connected(seed, 0).await?;
    let created = tenant.now()? - 5 * DAY;
    tenant.add(charge(5_000).fee(175).customer("cus_one").created(created).count(40)).await?;
    let record = tenant.books().await?.records.first().ok_or("no record")?.clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    let message = format!(
        "failed to queue transaction 1 (Reference: {reference}, Source: @stripe_test): validation \
         failed"
    );
    let refusal = json!({"error": message,
        "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": message, "details": {}}});
    // The first bulk stops at that leg; the rest is posted by the second.
    let fault = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk",
        "status": 400, "body": refusal});
    let fault = tenant.fault(fault).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "state").as_str(), text(&run, "verdict").as_str()),
        ("completed_with_problems", "mismatch"),
        "{run}"
    );
    let problem = problems(&tenant, "open").await?.into_iter().next().ok_or("no problem")?;
    Ok((tenant, fault, problem))
}

async fn problems(tenant: &Tenant, state: &str) -> Step<Vec<Value>> {
    let page = tenant.portal.ok("GET", &format!("/problems?state={state}&limit=50"), None).await?;
    Ok(page.get("problems").and_then(Value::as_array).cloned().unwrap_or_default())
}

async fn retried(tenant: &Tenant, which: Value) -> Step<Value> {
    let done = tenant.portal.ok("POST", "/problems/retry", Some(which)).await?;
    let run = done.pointer("/run/id").and_then(Value::as_str).ok_or("no run")?.to_owned();
    tenant.portal.finished(&run, LIMIT, |_| {}).await
}

/// The cause is gone, and the record is far older than what a usual sync reads. A retry reads this
/// one record and posts the missing leg once. The problem names the run that resolved it.
#[tokio::test(flavor = "multi_thread")]
async fn a_problem_whose_cause_is_gone_is_resolved_by_a_retry() -> Step {
    let (tenant, fault, problem) = with_a_refused_leg(7_601).await?;
    tenant.lift(fault).await?;
    assert_eq!(
        (text(&problem, "action"), text(&problem, "code")),
        ("retry".to_owned(), "validation".to_owned()),
        "{problem}"
    );
    let before = tenant.stripe_calls().await?;
    let idle = tenant.sync("new").await?;
    assert_eq!(
        number(&idle, "entries_posted"),
        0,
        "a usual sync does not read that record: {idle}"
    );
    let run = retried(&tenant, json!({"ids": [text(&problem, "id")]})).await?;
    assert_eq!(
        (text(&run, "state").as_str(), number(&run, "entries_posted")),
        ("completed", 1),
        "{run}"
    );
    tenant.assert_match(&run).await?;
    let after = tenant.stripe_calls().await?;
    let singles = after.get("GET /v1/balance_transactions/{id}").copied().unwrap_or_default();
    assert_eq!(singles, 1, "one record, one read: {before:?} {after:?}");
    assert!(problems(&tenant, "open").await?.is_empty());
    let resolved = problems(&tenant, "resolved").await?;
    assert_eq!(
        (resolved.len(), text(&resolved[0], "resolved_by")),
        (1, text(&run, "id")),
        "{resolved:?}"
    );
    assert_eq!(tenant.portal.ok("GET", "/overview", None).await?["open_problems"], 0);
    Ok(())
}

/// A dismissed problem no longer counts as open, but the proof still shows the difference.
/// Reopened, it counts again, and a retry resolves it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_problem_is_not_open_and_stays_a_difference() -> Step {
    let (tenant, fault, problem) = with_a_refused_leg(7_602).await?;
    tenant.lift(fault).await?;
    let id = text(&problem, "id");
    tenant
        .portal
        .ok(
            "POST",
            "/problems/dismiss",
            Some(json!({"ids": [id], "reason": "Agreed with finance"})),
        )
        .await?;
    assert_eq!(tenant.portal.ok("GET", "/overview", None).await?["open_problems"], 0);
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "state").as_str(), text(&run, "verdict").as_str()),
        ("completed", "mismatch"),
        "{run}"
    );
    assert_eq!(
        tenant.portal.call("POST", "/problems/retry", Some(json!({"ids": [id]}))).await?.0,
        409,
        "it must be reopened first"
    );
    tenant.portal.ok("POST", "/problems/reopen", Some(json!({"ids": [id]}))).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(text(&run, "state"), "completed_with_problems", "{run}");
    let run = retried(&tenant, json!({"code": "validation"})).await?;
    tenant.assert_match(&run).await?;
    assert_eq!(text(&run, "state"), "completed", "{run}");
    Ok(())
}

fn open_charge(
    tenant: &Tenant,
    connection: &str,
    at: i64,
) -> Step<HashMap<String, AttributeValue>> {
    let id = format!("ch_gone{at}");
    let past = (tenant.now()? - DAY) * 1000;
    let mut item = aws::key(tenant.id(), &format!("OBJECT#{connection}#{id}"));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: i64| AttributeValue::N(number.to_string());
    item.extend([
        ("id".to_owned(), text(&id)),
        ("kind".to_owned(), text("charge")),
        ("status".to_owned(), text("pending")),
        ("created".to_owned(), number(tenant.now()? - 2 * DAY)),
        ("has_evidence".to_owned(), AttributeValue::Bool(false)),
        ("settled".to_owned(), AttributeValue::Bool(false)),
        ("first_seen".to_owned(), number(past)),
        ("checked_at".to_owned(), number(past)),
        ("next_check".to_owned(), number(past)),
    ]);
    Ok(item)
}

/// The allowance is per UTC day: just before midnight, waits for the next day.
async fn avoid_midnight() {
    let left = DAY - clock::now().seconds().rem_euclid(DAY);
    if left <= EIGHT_SYNCS_SECONDS {
        tokio::time::sleep(Duration::from_secs(u64::try_from(left).unwrap_or_default() + 1)).await;
    }
}

/// Sixty open payments are due for a check. However many syncs run that day, they check forty at
/// most. A sync without checks makes the usual three calls.
#[tokio::test(flavor = "multi_thread")]
async fn open_payments_are_checked_forty_times_a_day_at_most() -> Step {
    let tenant = Tenant::connected(7_603, 30).await?;
    // All routes that use the allowance: the first sync uses it for older payouts.
    let asked = async || -> Step<u64> {
        let calls = tenant.stripe_calls().await?;
        let objects = ["GET /v1/charges", "GET /v1/payouts", "GET /v1/refunds", "GET /v1/disputes"];
        Ok(calls
            .iter()
            .filter(|(route, _)| objects.iter().any(|of| route.starts_with(of)))
            .map(|(_, count)| count)
            .sum())
    };
    avoid_midnight().await;
    let before = asked().await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let stripe = tenant.aws.item(tenant.id(), "STRIPE").await?.ok_or("no connection")?;
    let connection = aws::text(&stripe, "connection").to_owned();
    for at in 0..60 {
        tenant.aws.put(open_charge(&tenant, &connection, at)?).await?;
    }
    // Only runs track objects, so the next one relies on what the last one found: none.
    let mut summary = tenant.aws.item(tenant.id(), "SUMMARY").await?.ok_or("no summary")?;
    summary.remove("known_empty");
    tenant.aws.put(summary).await?;
    for _ in 0..6 {
        let run = tenant.sync("new").await?;
        assert_eq!(text(&run, "verdict"), "match", "{run}");
    }
    assert_eq!(asked().await? - before, 40, "the daily allowance, used up and not exceeded");
    let all: u64 = tenant.stripe_calls().await?.values().sum();
    let run = tenant.sync("new").await?;
    let calls = tenant.stripe_calls().await?.values().sum::<u64>() - all;
    assert!(calls <= 3, "{calls} calls although the allowance is used up: {run}");
    Ok(())
}
