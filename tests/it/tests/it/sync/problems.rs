//! What a person does about problems, and what the next sync makes of it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant, aws};
use serde_json::{Value, json};
use stripe_sync::platform::clock;

const DAY: i64 = 24 * 3600;
/// The longest that eight small syncs, one after the other, take.
const EIGHT_SYNCS_SECONDS: i64 = 120;

/// An account of 40 charges five days old, of which the ledger refuses one leg for good: synced once. Answers the fault that refuses it.
async fn with_a_refused_leg(seed: u64) -> Step<(Tenant, u64, Value)> {
    let tenant = Tenant::connected(seed, 0).await?;
    let created = tenant.now()? - 5 * DAY;
    tenant.add(json!({"count": 40, "type": "charge", "amount": 5_000, "fee": 175, "currency": "usd", "customer": "cus_one", "created": created})).await?;
    let record = tenant.books().await?.records.first().ok_or("no record")?.clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    let words = format!("failed to queue transaction 1 (Reference: {reference}, Source: @stripe_test): validation failed");
    let refusal = json!({"error": words, "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": words, "details": {}}});
    // The first bulk stops at that leg; the rest is posted by the second.
    let fault = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "status": 400, "body": refusal});
    let fault = tenant.fault(fault).await?;
    let run = tenant.sync("new").await?;
    assert_eq!((text(&run, "state").as_str(), text(&run, "verdict").as_str()), ("completed_with_problems", "mismatch"), "{run}");
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

/// The cause is gone, and the record lies far outside of what a usual sync reads. A retry reads that one record, posts what is missing of it
/// once, and the run that did it is named as the one that resolved the problem.
#[tokio::test(flavor = "multi_thread")]
async fn a_problem_whose_cause_is_gone_is_resolved_by_one_retry_wherever_its_record_lies() -> Step {
    let (tenant, fault, problem) = with_a_refused_leg(7_601).await?;
    tenant.lift(fault).await?;
    assert_eq!((text(&problem, "action"), text(&problem, "code")), ("retry".to_owned(), "validation".to_owned()), "{problem}");
    let before = tenant.stripe_calls().await?;
    let idle = tenant.sync("new").await?;
    assert_eq!(number(&idle, "entries_posted"), 0, "a usual sync does not come by that record: {idle}");
    let run = retried(&tenant, json!({"ids": [text(&problem, "id")]})).await?;
    assert_eq!((text(&run, "state").as_str(), number(&run, "entries_posted")), ("completed", 1), "{run}");
    tenant.assert_match(&run).await?;
    let after = tenant.stripe_calls().await?;
    let singles = after.get("GET /v1/balance_transactions/{id}").copied().unwrap_or_default();
    assert_eq!(singles, 1, "one record, one read: {before:?} {after:?}");
    assert!(problems(&tenant, "open").await?.is_empty());
    let resolved = problems(&tenant, "resolved").await?;
    assert_eq!((resolved.len(), text(&resolved[0], "resolved_by")), (1, text(&run, "id")), "{resolved:?}");
    assert_eq!(tenant.portal.ok("GET", "/overview", None).await?["open_problems"], 0);
    Ok(())
}

/// While the cause stands, a retry changes nothing but the count. Dismissed, the difference stays one and the proof says so, but it is no
/// news any more; opened again, it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_problem_is_no_news_and_its_difference_stays_one() -> Step {
    let (tenant, fault, problem) = with_a_refused_leg(7_602).await?;
    tenant.lift(fault).await?;
    let id = text(&problem, "id");
    tenant.portal.ok("POST", "/problems/dismiss", Some(json!({"ids": [id], "reason": "Agreed with finance"}))).await?;
    assert_eq!(tenant.portal.ok("GET", "/overview", None).await?["open_problems"], 0);
    let run = tenant.sync("new").await?;
    assert_eq!((text(&run, "state").as_str(), text(&run, "verdict").as_str()), ("completed", "mismatch"), "{run}");
    assert_eq!(tenant.portal.call("POST", "/problems/retry", Some(json!({"ids": [id]}))).await?.0, 409, "first it must be opened");
    tenant.portal.ok("POST", "/problems/reopen", Some(json!({"ids": [id]}))).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(text(&run, "state"), "completed_with_problems", "{run}");
    let run = retried(&tenant, json!({"code": "validation"})).await?;
    tenant.assert_match(&run).await?;
    assert_eq!(text(&run, "state"), "completed", "{run}");
    Ok(())
}

fn open_charge(tenant: &Tenant, connection: &str, at: i64) -> Step<HashMap<String, AttributeValue>> {
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

/// The allowance is a UTC day's: just before midnight, waits until the next one has begun.
async fn not_across_midnight() {
    let left = DAY - clock::now().seconds().rem_euclid(DAY);
    if left <= EIGHT_SYNCS_SECONDS {
        tokio::time::sleep(Duration::from_secs(u64::try_from(left).unwrap_or_default() + 1)).await;
    }
}

/// Sixty payments are open and due. Whatever is synced that day, Stripe is asked for what is open forty times and no more; a sync with
/// nothing due makes the usual three calls.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_at_stripe_is_read_again_forty_times_a_day_at_most() -> Step {
    let tenant = Tenant::connected(7_603, 30).await?;
    // Whatever takes of the allowance: the first sync has looked through the list of older payouts by it.
    let asked = async || -> Step<u64> {
        let calls = tenant.stripe_calls().await?;
        let objects = ["GET /v1/charges", "GET /v1/payouts", "GET /v1/refunds", "GET /v1/disputes"];
        Ok(calls.iter().filter(|(route, _)| objects.iter().any(|of| route.starts_with(of))).map(|(_, count)| count).sum())
    };
    not_across_midnight().await;
    let before = asked().await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let stripe = tenant.aws.item(tenant.id(), "STRIPE").await?.ok_or("no connection")?;
    let connection = aws::text(&stripe, "connection").to_owned();
    for at in 0..60 {
        tenant.aws.put(open_charge(&tenant, &connection, at)?).await?;
    }
    for _ in 0..6 {
        let run = tenant.sync("new").await?;
        assert_eq!(text(&run, "verdict"), "match", "{run}");
    }
    assert_eq!(asked().await? - before, 40, "the day's allowance, used up and not passed");
    let all: u64 = tenant.stripe_calls().await?.values().sum();
    let run = tenant.sync("new").await?;
    let calls = tenant.stripe_calls().await?.values().sum::<u64>() - all;
    assert!(calls <= 3, "{calls} calls although nothing may be read: {run}");
    Ok(())
}
