//! The fuse: what is far beyond the usual waits for a person before it is written, and goes on from there after a consent.

use std::time::Duration;

use it::aws::Item;
use it::tenant::{LIMIT, number, text};
use it::{Step, Tenant, aws};
use serde_json::{Value, json};

async fn approve(tenant: &Tenant, run: &Value, code: &str) -> Step<(u16, Value)> {
    tenant.portal.call("POST", &format!("/runs/{}/approve", text(run, "id")), Some(json!({"code": code}))).await
}

/// Runs a sync until it ends or waits for a consent.
async fn until_it_asks(tenant: &Tenant, code: &str) -> Step<Value> {
    let run = tenant.sync("new").await?;
    assert_eq!((text(&run, "state").as_str(), &run["error"]["code"]), ("paused", &json!(code)), "{run}");
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview.pointer("/stripe/paused/code"), Some(&json!(code)));
    Ok(run)
}

/// A run that rests goes on when it is asked for, and comes to the same question.
async fn asked_again(tenant: &Tenant, code: &str) -> Step {
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

/// A flood: more new movements in one run than ten times the usual, and than a small account's busy day.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_waits_for_a_consent_and_then_comes_over_whole() -> Step {
    let tenant = Tenant::connected(12_001, 150).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(json!({"count": 1_250, "type": "charge", "amount": 700, "fee": 50, "currency": "usd", "customer": "cus_flood"})).await?;
    let run = until_it_asks(&tenant, "fuse_size").await?;
    let posted = entries(&tenant).await? - before;
    assert!(posted > 0 && posted <= 2 * 1_000, "it stopped before the write that was too much: {posted}");
    let told = run["error"]["text"].as_str().unwrap_or_default();
    assert!(told.contains("1000"), "the figures are named: {told}");

    assert_eq!(approve(&tenant, &run, "fuse_currency").await?.0, 409, "another question was asked");
    assert_eq!(tenant.portal.sync("new").await?, text(&run, "id"));
    asked_again(&tenant, "fuse_size").await?;
    assert_eq!(entries(&tenant).await?, before + posted, "asking to sync again is no consent");
    assert_eq!(approve(&tenant, &run, "fuse_size").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    assert_eq!(approve(&tenant, &run, "fuse_size").await?.0, 409, "a run that is over waits for nothing");
    let items = tenant.aws.partition(tenant.id()).await?;
    let consents = items.iter().filter(|item| aws::text(item, "sk").starts_with("ACTIVITY#") && aws::text(item, "kind") == "fuse_approved");
    assert_eq!(consents.count(), 1, "who allowed it is in the trail");
    let everything = tenant.sync("everything").await?;
    tenant.assert_match(&everything).await?;
    Ok(())
}

/// A currency that no run has met waits for a consent; an entry of somebody else's on the mirror then stops it for good.
#[tokio::test(flavor = "multi_thread")]
async fn a_currency_never_met_waits_for_a_consent() -> Step {
    let tenant = Tenant::connected(12_002, 0).await?;
    let charge = |currency: &str| json!({"type": "charge", "amount": 5_000, "fee": 175, "currency": currency, "customer": "cus_one"});
    let empty = tenant.sync("new").await?;
    tenant.assert_match(&empty).await?;
    tenant.add(charge("usd")).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(charge("chf")).await?;
    let run = until_it_asks(&tenant, "fuse_currency").await?;
    assert!(run["error"]["text"].as_str().is_some_and(|told| told.contains("CHF")), "{run}");
    assert_eq!(entries(&tenant).await?, before, "nothing was written");
    assert_eq!(approve(&tenant, &run, "fuse_currency").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    tenant.add(charge("chf")).await?;
    let next = tenant.sync("new").await?;
    tenant.assert_match(&next).await?;

    tenant.by_hand("order-1", "@world", "@stripe_test", "NOK", 100).await?;
    tenant.add(charge("nok")).await?;
    let run = until_it_asks(&tenant, "fuse_currency").await?;
    assert_eq!(approve(&tenant, &run, "fuse_currency").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    assert_eq!((text(&run, "state").as_str(), &run["error"]["code"]), ("failed", &json!("precision_mismatch")), "{run}");
    assert!(run["error"]["text"].as_str().is_some_and(|told| told.contains("NOK") && told.contains("opposite sign")), "{run}");
    Ok(())
}

/// An amount above a ceiling waits for a consent, once: the next runs read it again and do not ask. A larger one is another question.
#[tokio::test(flavor = "multi_thread")]
async fn an_amount_above_its_ceiling_waits_for_a_consent() -> Step {
    let tenant = Tenant::connected(12_003, 0).await?;
    let charge = |amount: u64| json!({"type": "charge", "amount": amount, "fee": 100, "currency": "usd", "customer": "cus_one"});
    ceiling(&tenant, "USD", 100_000).await?;
    tenant.add(charge(100_000)).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let before = entries(&tenant).await?;
    tenant.add(charge(100_001)).await?;
    let run = until_it_asks(&tenant, "fuse_amount").await?;
    assert!(run["error"]["text"].as_str().is_some_and(|told| told.contains("1000.01 USD")), "{run}");
    assert_eq!(entries(&tenant).await?, before, "nothing was written");
    tenant.add(charge(250_000)).await?;
    assert_eq!(approve(&tenant, &run, "fuse_amount").await?.0, 202);
    let run = tenant.portal.finished(&text(&run, "id"), LIMIT, |_| {}).await?;
    assert!(number(&run, "entries_posted") > 0 || text(&run, "state") == "paused", "{run}");
    if text(&run, "state") != "paused" {
        until_it_asks(&tenant, "fuse_amount").await?;
    }
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let told = overview.pointer("/stripe/paused/reason").and_then(Value::as_str).unwrap_or_default().to_owned();
    assert!(told.contains("2500.00 USD"), "a larger amount is another question: {told}");
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

/// A ceiling as the settings keep it.
async fn ceiling(tenant: &Tenant, currency: &str, minor: u64) -> Step {
    use aws_sdk_dynamodb::types::AttributeValue::{M, N, S};
    let mut item: Item = aws::key(tenant.id(), "SETTINGS");
    item.insert("generation".to_owned(), S(tenant.generation().await?));
    item.insert("revision".to_owned(), N("1".to_owned()));
    item.insert("ceilings".to_owned(), M([(currency.to_owned(), N(minor.to_string()))].into()));
    tenant.aws.put(item).await
}
