//! Approvals: the circuit breaker pauses a run before unusual writes, and the run continues after a
//! person's approval.

use std::time::Duration;

use it::aws::Item;
use it::records::charge;
use it::tenant::{LIMIT, number, text};
use it::{ManualEntry, Step, Tenant, aws};
use serde_json::{Value, json};

async fn approve(tenant: &Tenant, run: &Value, code: &str) -> Step<(u16, Value)> {
    tenant
        .portal
        .call("POST", &format!("/runs/{}/approve", text(run, "id")), Some(json!({"code": code})))
        .await
}

/// Runs a sync that must pause for an approval.
async fn sync_until_paused(tenant: &Tenant, code: &str) -> Step<Value> {
    let run = tenant.sync("new").await?;
    assert_eq!(
        (text(&run, "state").as_str(), &run["error"]["code"]),
        ("paused", &json!(code)),
        "{run}"
    );
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview.pointer("/stripe/paused/code"), Some(&json!(code)));
    Ok(run)
}

/// Waits until the run pauses again for the same approval.
async fn paused_again(tenant: &Tenant, code: &str) -> Step {
    let began = std::time::Instant::now();
    loop {
        let overview = tenant.portal.ok("GET", "/overview", None).await?;
        if overview.pointer("/stripe/paused/code") == Some(&json!(code)) {
            return Ok(());
        }
        assert!(began.elapsed() < LIMIT, "{overview}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn entries(tenant: &Tenant) -> Step<u64> {
    tenant.sandbox.entries(&tenant.install.instance_id).await
}

/// One run has more new movements than ten times the usual, and more than a small account's busy
/// day.
#[tokio::test(flavor = "multi_thread")]
async fn an_unusual_number_of_movements_waits_for_approval_and_is_then_posted() -> Step {
    let tenant = Tenant::connected(12_001, 150).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(charge(700).fee(50).customer("cus_flood").count(1_250)).await?;
    let run = sync_until_paused(&tenant, "fuse_size").await?;
    let posted = entries(&tenant).await? - before;
    assert!(
        posted > 0 && posted <= 2 * 1_000,
        "it paused before the write beyond the limit: {posted}"
    );
    let error = run["error"]["text"].as_str().unwrap_or_default();
    assert!(error.contains("1000"), "the figures are named: {error}");
    let asked = &run["approval"];
    assert_eq!((&asked["kind"], &asked["limit"]), (&json!("size"), &json!(1_000)), "{run}");

    assert_eq!(
        approve(&tenant, &run, "fuse_currency").await?.0,
        409,
        "the run waits for another approval"
    );
    assert_eq!(tenant.portal.sync("new").await?, text(&run, "id"));
    paused_again(&tenant, "fuse_size").await?;
    assert_eq!(
        entries(&tenant).await?,
        before + posted,
        "another request for a sync is no approval"
    );
    assert_eq!(approve(&tenant, &run, "fuse_size").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    assert_eq!(approve(&tenant, &run, "fuse_size").await?.0, 409, "an ended run waits for nothing");
    let items = tenant.aws.partition(tenant.id()).await?;
    let approvals = items.iter().filter(|item| {
        aws::text(item, "sk").starts_with("ACTIVITY#") && aws::text(item, "kind") == "fuse_approved"
    });
    assert_eq!(approvals.count(), 1, "the approval is in the activity log");
    let everything = tenant.sync("everything").await?;
    tenant.assert_match(&everything).await?;
    Ok(())
}

/// A new currency waits for approval. When a foreign entry is on its mirror, the run fails after
/// the approval.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_currency_waits_for_approval() -> Step {
    let tenant = Tenant::connected(12_002, 0).await?;
    let payment = |currency: &str| charge(5_000).fee(175).currency(currency).customer("cus_one");
    let empty = tenant.sync("new").await?;
    tenant.assert_match(&empty).await?;
    tenant.add(payment("usd")).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(payment("chf")).await?;
    let run = sync_until_paused(&tenant, "fuse_currency").await?;
    assert!(run["error"]["text"].as_str().is_some_and(|error| error.contains("CHF")), "{run}");
    assert_eq!(run["approval"], json!({"kind": "currency", "currencies": ["CHF"]}));
    assert_eq!(entries(&tenant).await?, before, "nothing was written");
    assert_eq!(approve(&tenant, &run, "fuse_currency").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    tenant.add(payment("chf")).await?;
    let next = tenant.sync("new").await?;
    tenant.assert_match(&next).await?;

    tenant
        .post_by_hand(ManualEntry::new("order-1", "@world", "@stripe_test").currency("NOK"))
        .await?;
    tenant.add(payment("nok")).await?;
    let run = sync_until_paused(&tenant, "fuse_currency").await?;
    assert_eq!(approve(&tenant, &run, "fuse_currency").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    assert_eq!(
        (text(&run, "state").as_str(), &run["error"]["code"]),
        ("failed", &json!("precision_mismatch")),
        "{run}"
    );
    assert!(
        run["error"]["text"]
            .as_str()
            .is_some_and(|error| error.contains("NOK") && error.contains("opposite sign")),
        "{run}"
    );
    Ok(())
}

/// An amount above its ceiling waits for approval once: later runs read it again without asking. A
/// larger amount needs another approval.
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_above_its_ceiling_waits_for_approval() -> Step {
    let tenant = Tenant::connected(12_003, 0).await?;
    let payment = |amount: i64| charge(amount).fee(100).customer("cus_one");
    set_ceiling(&tenant, "USD", 100_000).await?;
    tenant.add(payment(100_000)).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(payment(100_001)).await?;
    let run = sync_until_paused(&tenant, "fuse_amount").await?;
    assert!(
        run["error"]["text"].as_str().is_some_and(|error| error.contains("1000.01 USD")),
        "{run}"
    );
    let largest = &run["approval"]["amounts"][0];
    assert_eq!(largest, &json!({"amount": "100001", "currency": "USD", "exponent": 2}), "{run}");
    assert_eq!(entries(&tenant).await?, before, "nothing was written");
    tenant.add(payment(250_000)).await?;
    assert_eq!(approve(&tenant, &run, "fuse_amount").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    assert!(number(&run, "entries_posted") > 0 || text(&run, "state") == "paused", "{run}");
    if text(&run, "state") != "paused" {
        sync_until_paused(&tenant, "fuse_amount").await?;
    }
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let reason = overview
        .pointer("/stripe/paused/reason")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    assert!(reason.contains("2500.00 USD"), "a larger amount needs another approval: {reason}");
    let open = json!({"id": overview.pointer("/stripe/current_run")});
    assert_eq!(approve(&tenant, &open, "fuse_amount").await?.0, 202);
    let run = tenant.portal.finished(&text(&open, "id"), LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    tokio::time::sleep(Duration::from_millis(10)).await;
    for scope in ["new", "everything"] {
        let again = tenant.sync(scope).await?;
        tenant.assert_match(&again).await?;
    }
    Ok(())
}

/// Stores a ceiling in the settings.
async fn set_ceiling(tenant: &Tenant, currency: &str, minor: u64) -> Step {
    use aws_sdk_dynamodb::types::AttributeValue::{M, N, S};
    let mut item: Item = aws::key(tenant.id(), "SETTINGS");
    item.insert("generation".to_owned(), S(tenant.generation().await?));
    item.insert("revision".to_owned(), N("1".to_owned()));
    item.insert("ceilings".to_owned(), M([(currency.to_owned(), N(minor.to_string()))].into()));
    tenant.aws.put(item).await
}
