//! Entries that the ledger refuses: each is a problem, and everything else is posted.

use it::records::charge;
use it::tenant::{number, text};
use it::{ManualEntry, Step, Tenant};
use serde_json::{Value, json};

/// The problems of a tenant with a code.
async fn problems(tenant: &Tenant, code: &str) -> Step<Vec<Value>> {
    let all = tenant.portal.ok("GET", "/problems?limit=50", None).await?;
    let rows = all.get("problems").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(rows.into_iter().filter(|problem| text(problem, "code") == code).collect())
}

/// Before the sync someone posted one of our references with another amount. It is named and not
/// posted again, and everything else is.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_entry_with_our_reference_is_named_and_everything_else_is_posted() -> Step {
    let tenant = Tenant::connected(7_501, 150).await?;
    let before = tenant.books().await?;
    let record = before
        .records
        .iter()
        .find(|record| record.currency == "usd" && record.amount > 100)
        .ok_or("no charge")?
        .clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    let entry = ManualEntry::new(&reference, "@stripe_test", "@stripe_test_guests")
        .amount(record.amount + 1);
    tenant.post_by_hand(entry).await?;
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "state").as_str(), text(&run, "verdict").as_str()),
        ("completed_with_problems", "mismatch"),
        "{run}"
    );
    let named = problems(&tenant, "entry_differs").await?;
    assert_eq!(
        named.iter().map(|problem| text(problem, "stripe_id")).collect::<Vec<_>>(),
        std::slice::from_ref(&record.id)
    );
    let books = tenant.books().await?;
    assert_eq!(
        books.entries.len(),
        books.legs(),
        "every other leg is posted, and this one not twice"
    );
    let again = tenant.sync("everything").await?;
    assert_eq!(
        (number(&again, "entries_posted"), text(&again, "verdict").as_str()),
        (0, "mismatch"),
        "{again}"
    );
    assert_eq!(problems(&tenant, "entry_differs").await?.len(), 1, "still one problem");
    Ok(())
}

/// The ledger refuses one leg. It becomes a problem, all other legs are posted, and the books
/// differ by exactly this leg. Once the ledger accepts it, a later run posts it, and the books
/// agree.
#[tokio::test(flavor = "multi_thread")]
async fn a_leg_that_the_ledger_refuses_is_a_problem_and_all_others_are_posted() -> Step {
    let tenant = Tenant::connected(7_502, 0).await?;
    let created = tenant.now()? - 5 * 24 * 3600;
    tenant.add(charge(5_000).fee(175).customer("cus_one").created(created).count(40)).await?;
    // A page in one currency is one bulk, which stops at its first item.
    let record = tenant.books().await?.records.first().ok_or("no record")?.clone();
    let reference = format!("stripe:{}:test:{}:amount", tenant.account.account, record.id);
    let message = format!(
        "failed to queue transaction 0 (Reference: {reference}, Source: @stripe_test): validation \
         failed"
    );
    let refusal = json!({"error": message,
        "error_detail": {"code": "TXN_VALIDATION_ERROR", "message": message, "details": {}}});
    let fault = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk",
        "status": 400, "body": refusal});
    let fault = tenant.fault(fault).await?;
    let run = tenant.sync("new").await?;
    tenant.lift(fault).await?;
    assert_eq!(
        (text(&run, "state").as_str(), text(&run, "verdict").as_str()),
        ("completed_with_problems", "mismatch"),
        "{run}"
    );
    let named: Vec<(String, String)> = problems(&tenant, "validation")
        .await?
        .iter()
        .map(|problem| (text(problem, "stripe_id"), text(problem, "amount")))
        .collect();
    assert_eq!(named, [(record.id.clone(), record.amount.to_string())]);
    let books = tenant.books().await?;
    assert_eq!(books.entries.len(), books.legs() - 1, "everything but this leg");
    assert!(
        books.entries.iter().any(|entry| entry.reference.contains(&record.id)),
        "the record's other legs are posted"
    );
    assert_eq!(books.differences().len(), 2, "{:#?}", books.differences());
    let again = tenant.sync("everything").await?;
    assert_eq!(number(&again, "entries_posted"), 1, "{again}");
    tenant.assert_match(&again).await?;
    Ok(())
}
