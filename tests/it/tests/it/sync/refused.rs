//! Entries that the ledger does not take: one Problem each, and everything else is posted.

use it::tenant::{number, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

/// The problems of a tenant with a code.
async fn problems(tenant: &Tenant, code: &str) -> Step<Vec<Value>> {
    let all = tenant.portal.ok("GET", "/problems?limit=50", None).await?;
    let rows = all.get("problems").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(rows.into_iter().filter(|problem| text(problem, "code") == code).collect())
}

async fn post(tenant: &Tenant, entry: Value) -> Step {
    tenant.sandbox.core(&tenant.install.instance_id, "POST", "/transactions", Some(entry)).await.map(drop)
}

/// Somebody has posted one of our references with another amount before the sync. It is named, never posted over, and the rest is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_entry_under_our_reference_is_named_and_everything_else_posted() -> Step {
    let tenant = Tenant::connected(7_501, 150).await?;
    let before = tenant.books().await?;
    let record = before.records.iter().find(|record| record.currency == "usd" && record.amount > 100).ok_or("no charge")?.clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    post(
        &tenant,
        json!({"reference": reference, "precise_amount": record.amount + 1, "precision": 100, "currency": "USD", "source": "@stripe_test",
        "destination": "@stripe_test_guests", "allow_overdraft": true, "skip_queue": true, "description": "by hand"}),
    )
    .await?;
    let run = tenant.sync("new").await?;
    assert_eq!((text(&run, "state").as_str(), text(&run, "verdict").as_str()), ("completed_with_problems", "mismatch"), "{run}");
    let named = problems(&tenant, "entry_differs").await?;
    assert_eq!(named.iter().map(|problem| text(problem, "stripe_id")).collect::<Vec<_>>(), std::slice::from_ref(&record.id));
    let books = tenant.books().await?;
    assert_eq!(books.entries.len(), books.legs(), "every other leg is there, and that one is not there twice");
    let again = tenant.sync("everything").await?;
    assert_eq!((number(&again, "entries_posted"), text(&again, "verdict").as_str()), (0, "mismatch"), "{again}");
    assert_eq!(problems(&tenant, "entry_differs").await?.len(), 1, "met again, it is still one problem");
    Ok(())
}

/// The ledger refuses one leg for good. It becomes a Problem, its sisters and all others are posted, the books differ by exactly that leg;
/// once the ledger takes it, a later run posts it and the books agree.
#[tokio::test(flavor = "multi_thread")]
async fn a_leg_that_the_ledger_refuses_is_set_aside_and_its_sisters_posted() -> Step {
    let tenant = Tenant::connected(7_502, 0).await?;
    let created = tenant.now()? - 5 * 24 * 3600;
    tenant.add(json!({"count": 40, "type": "charge", "amount": 5_000, "fee": 175, "currency": "usd", "customer": "cus_one", "created": created})).await?;
    // One page in one currency is one bulk, which stops at its first item.
    let record = tenant.books().await?.records.first().ok_or("no record")?.clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    let words = format!("failed to queue transaction 0 (Reference: {reference}, Source: @stripe_test): validation failed");
    let refusal = json!({"error": words, "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": words, "details": {}}});
    let fault = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "status": 400, "body": refusal});
    let fault = tenant.fault(fault).await?;
    let run = tenant.sync("new").await?;
    tenant.lift(fault).await?;
    assert_eq!((text(&run, "state").as_str(), text(&run, "verdict").as_str()), ("completed_with_problems", "mismatch"), "{run}");
    let named: Vec<(String, String)> =
        problems(&tenant, "validation").await?.iter().map(|problem| (text(problem, "stripe_id"), text(problem, "amount"))).collect();
    assert_eq!(named, [(record.id.clone(), record.amount.to_string())]);
    let books = tenant.books().await?;
    assert_eq!(books.entries.len(), books.legs() - 1, "everything but that leg");
    assert!(books.entries.iter().any(|entry| entry.reference.contains(&record.id)), "its sisters are there");
    assert_eq!(books.differences().len(), 2, "{:#?}", books.differences());
    let again = tenant.sync("everything").await?;
    assert_eq!(number(&again, "entries_posted"), 1, "{again}");
    tenant.assert_match(&again).await?;
    Ok(())
}
