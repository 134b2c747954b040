//! Events, from Stripe to the certificate.

use std::time::{Duration, Instant};

use it::records::{Charge, charge};
use it::tenant::text;
use it::{Step, aws};
use serde_json::{Value, json};

use super::{SOON, delivered, endpoints, live, payout_paid, post, proven, secret, stripe};

fn live_charge(amount: i64) -> Charge {
    charge(amount).fee(59).customer("cus_live")
}

/// A payment is in the ledger and in a certificate within 15 seconds, also when another one follows
/// seconds later.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_posted_and_proven_within_fifteen_seconds() -> Step {
    let tenant = live(9_101, 40).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let began = Instant::now();
    tenant.add(live_charge(1_000)).await?;
    let took = proven(&tenant, 41, began).await?;
    assert!(took < SOON, "the first event took {took:?}");
    println!("event to certificate: {took:?}");

    // Three more, seconds apart: each meets the run or the wake-up of the one before.
    for (n, pause) in [(42, 0), (43, 3), (44, 2)] {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        tenant.add(live_charge(1_000 + n)).await?;
    }
    let last = Instant::now();
    let took = proven(&tenant, 44, last).await?;
    assert!(took < SOON, "an event seconds after another took {took:?}");
    println!("an event seconds after another: {took:?}");
    let books = tenant.books().await?;
    books.assert_equal(tenant.seed);

    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(overview["last_run"]["trigger"], "webhook", "{overview}");
    let shown = tenant.portal.ok("GET", "/stripe/webhook", None).await?;
    assert_eq!(shown["status"], "active");
    assert!(shown["last_event_at"].is_string(), "{shown}");
    Ok(())
}

/// Events arrive out of order, each twice: every movement is posted once, with a few runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_repeated_events_out_of_order_makes_a_few_runs_and_loses_none() -> Step {
    let made = burst(9_102, 120, json!({"duplicates": true, "shuffle_ms": 6_000})).await?;
    assert!((1..=8).contains(&made), "240 deliveries of 120 events made {made} runs");
    Ok(())
}

/// A thousand events within a minute: one wake-up for five seconds at most.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: make bench"]
async fn bench_a_thousand_events_in_a_minute() -> Step {
    let made = burst(9_105, 1_000, json!({"shuffle_ms": 60_000})).await?;
    println!("1,000 events in a minute: {made} runs");
    assert!((1..=13).contains(&made), "{made} runs");
    Ok(())
}

/// Many movements at once, with deliveries of this kind: in the end all events are accepted and the
/// books agree. Returns the number of runs.
async fn burst(seed: u64, events: u64, habits: Value) -> Step<usize> {
    let tenant = live(seed, 20).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    stripe(&tenant, "POST", "webhooks/habits", habits).await?;
    let runs = tenant.stored_runs().await?.len();
    tenant.add(live_charge(2_500).count(events)).await?;
    let began = Instant::now();
    proven(&tenant, 20 + events, began).await?;
    // The last deliveries may still arrive.
    let taken = |item: &&it::aws::Item| aws::text(item, "sk").starts_with("EVENT#");
    while (tenant.aws.partition(tenant.id()).await?.iter().filter(taken).count() as u64) < events {
        assert!(began.elapsed() < Duration::from_secs(180), "not all events came");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tenant.quiet().await;
    let books = tenant.books().await?;
    books.assert_equal(tenant.seed);
    Ok(tenant.stored_runs().await?.len() - runs)
}

/// A delivery that is not signed with this install's secret, or not for this connection, is refused
/// and stores nothing. A repetition is accepted once.
#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_accepted_once_and_only_with_a_valid_signature() -> Step {
    let tenant = live(9_103, 10).await?;
    let known = endpoints(&tenant).await?.remove(0);
    let key = secret(&known);
    post(&tenant, "whsec_of_somebody_else_entirely", &payout_paid("evt_forged"))
        .await?
        .refused(400, "bad_request")?;
    post(&tenant, &key, "{\"id\":\"evt_1\",\"object\":\"event\"}")
        .await?
        .refused(400, "bad_request")?;
    post(
        &tenant,
        &key,
        &payout_paid("evt_live").replace("\"livemode\":false", "\"livemode\":true"),
    )
    .await?
    .refused(422, "wrong_mode")?;
    assert!(tenant.aws.item(tenant.id(), "EVENT#evt_forged").await?.is_none());
    post(&tenant, &key, &payout_paid("evt_once")).await?.taken()?;
    let stored = tenant.aws.item(tenant.id(), "EVENT#evt_once").await?;
    assert!(
        stored.as_ref().is_some_and(|item| aws::text(item, "object_id") == "po_1"),
        "{stored:?}"
    );
    post(&tenant, &key, &payout_paid("evt_once")).await?.taken()?;
    assert_eq!(tenant.aws.item(tenant.id(), "EVENT#evt_once").await?, stored);

    // Deliveries by Stripe: thin events and events of connected accounts are refused every time.
    for (spec, status) in [
        (json!({"thin": true}), 422),
        (json!({"account": "acct_somebody", "type": "payout.paid"}), 422),
        (json!({"type": "balance.available"}), 200),
    ] {
        let event = stripe(&tenant, "POST", "events", spec.clone()).await?;
        let seen = delivered(&tenant, &text(&event, "id"), |seen| !seen.is_empty()).await?;
        assert_eq!(seen.first(), Some(&status), "{spec}: {seen:?}");
    }
    Ok(())
}
