//! Events, from Stripe to the certificate.

use std::time::{Duration, Instant};

use it::tenant::text;
use it::{Step, aws};
use serde_json::{Value, json};

use super::{SOON, delivered, endpoints, live, payout_paid, post, proven, secret, stripe};

/// For so long Stripe signs with the old secret too: long enough for a delivery on a busy machine.
const BOTH_VALID: Duration = Duration::from_secs(15);

fn charge(amount: i64) -> Value {
    json!({"type": "charge", "amount": amount, "fee": 59, "currency": "usd", "customer": "cus_live"})
}

/// Money moves at Stripe: within 15 seconds it is in the ledger and in a certificate, also when it moves again seconds later.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_posted_and_proven_within_fifteen_seconds_also_seconds_after_another() -> Step {
    let tenant = live(9_101, 40).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    let began = Instant::now();
    tenant.add(charge(1_000)).await?;
    let took = proven(&tenant, 41, began).await?;
    assert!(took < SOON, "the first event took {took:?}");
    println!("event to certificate: {took:?}");

    // Two more, three seconds apart: the second one meets the run, or the wake-up, of the first.
    for (n, pause) in [(42, 0), (43, 3), (44, 2)] {
        tokio::time::sleep(Duration::from_secs(pause)).await;
        tenant.add(charge(1_000 + n)).await?;
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

/// Events come out of order, each twice: posted once, and the wake-ups are a few.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_out_of_order_and_twice_is_a_handful_of_runs_and_none_is_left_out() -> Step {
    let made = burst(9_102, 120, json!({"duplicates": true, "shuffle_ms": 6_000})).await?;
    assert!((1..=8).contains(&made), "240 deliveries of 120 events made {made} runs");
    Ok(())
}

/// A thousand events, told over a minute: one wake-up for five seconds, whatever comes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: make bench"]
async fn bench_a_thousand_events_in_a_minute() -> Step {
    let made = burst(9_105, 1_000, json!({"shuffle_ms": 60_000})).await?;
    println!("1,000 events in a minute: {made} runs");
    assert!((1..=13).contains(&made), "{made} runs");
    Ok(())
}

/// So many movements at once, told in this manner: in the end all are taken and the books agree. Answers how many runs were made.
async fn burst(seed: u64, events: u64, habits: Value) -> Step<usize> {
    let tenant = live(seed, 20).await?;
    let first = tenant.sync("new").await?;
    tenant.assert_match(&first).await?;
    stripe(&tenant, "POST", "webhooks/habits", habits).await?;
    let runs = tenant.stored_runs().await?.len();
    let mut all = charge(2_500);
    all["count"] = json!(events);
    tenant.add(all).await?;
    let began = Instant::now();
    proven(&tenant, 20 + events, began).await?;
    // The last deliveries may still come.
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

/// What is not signed by this install's secret, or not for this connection, is refused and leaves nothing; a repetition is taken once.
#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_judged_by_their_signature_and_taken_once() -> Step {
    let tenant = live(9_103, 10).await?;
    let known = endpoints(&tenant).await?.remove(0);
    let key = secret(&known);
    post(&tenant, "whsec_of_somebody_else_entirely", &payout_paid("evt_forged")).await?.refused(400, "bad_request")?;
    post(&tenant, &key, "{\"id\":\"evt_1\",\"object\":\"event\"}").await?.refused(400, "bad_request")?;
    post(&tenant, &key, &payout_paid("evt_live").replace("\"livemode\":false", "\"livemode\":true")).await?.refused(422, "wrong_mode")?;
    assert!(tenant.aws.item(tenant.id(), "EVENT#evt_forged").await?.is_none());
    post(&tenant, &key, &payout_paid("evt_once")).await?.taken()?;
    let stored = tenant.aws.item(tenant.id(), "EVENT#evt_once").await?;
    assert!(stored.as_ref().is_some_and(|item| aws::text(item, "object_id") == "po_1"), "{stored:?}");
    post(&tenant, &key, &payout_paid("evt_once")).await?.taken()?;
    assert_eq!(tenant.aws.item(tenant.id(), "EVENT#evt_once").await?, stored);

    // As Stripe itself delivers: thin ones and those of connected accounts are refused, and repeated in vain.
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

/// The secret is rolled at Stripe while events come: none of them is lost, before or after the new one is pasted.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_rolled_at_stripe_or_by_the_portal_loses_nothing() -> Step {
    let tenant = live(9_104, 10).await?;
    let old = endpoints(&tenant).await?.remove(0);
    let send = || async { Ok::<_, it::Failure>(text(&stripe(&tenant, "POST", "events", json!({})).await?, "id")) };
    let taken = |seen: &[u64]| seen.last() == Some(&200);
    delivered(&tenant, &send().await?, taken).await?;
    let rolled =
        stripe(&tenant, "POST", &format!("webhooks/{}/roll", text(&old, "id")), json!({"valid_ms": BOTH_VALID.as_millis()})).await?;
    assert_eq!(delivered(&tenant, &send().await?, taken).await?, [200], "Stripe signs with both");
    tokio::time::sleep(BOTH_VALID + Duration::from_secs(1)).await;
    let waiting = send().await?;
    assert_eq!(delivered(&tenant, &waiting, |seen| !seen.is_empty()).await?.first(), Some(&400), "only with the new one now");
    tenant.portal.ok("POST", "/stripe/webhook-secret", Some(json!({"secret": text(&rolled, "secret")}))).await?;
    let seen = delivered(&tenant, &waiting, taken).await?;
    assert!(seen.len() >= 2, "Stripe's repetition is taken: {seen:?}");
    // Another instance of the function may have looked for the secret a moment before it was there: then a repetition is taken.
    delivered(&tenant, &send().await?, taken).await?;

    // Rolled by the portal: another endpoint, another secret; what the old one signed is accepted for a day.
    let before = secret(&endpoints(&tenant).await?.remove(0));
    let shown = tenant.portal.ok("POST", "/stripe/webhook", Some(json!({}))).await?;
    assert!(shown["previous_until"].is_string(), "{shown}");
    let now = endpoints(&tenant).await?;
    assert_eq!(now.len(), 1, "one for each install: {now:?}");
    assert_ne!(text(&now[0], "id"), text(&old, "id"));
    for (secret, id) in [(before, "evt_in_flight"), (secret(&now[0]), "evt_new")] {
        post(&tenant, &secret, &payout_paid(id)).await?.taken()?;
    }
    delivered(&tenant, &send().await?, taken).await?;
    Ok(())
}
