//! The signing secret of the endpoint.

use std::time::Duration;

use it::Step;
use it::tenant::text;
use serde_json::json;

use super::{delivered, endpoints, live, payout_paid, post, secret, stripe};

/// For this long Stripe signs with the old secret too: long enough for a delivery on a busy
/// machine.
const BOTH_VALID: Duration = Duration::from_secs(15);

/// The secret is rolled at Stripe while events arrive: none is lost, before or after the new one is
/// pasted.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_rolled_at_stripe_or_in_the_portal_loses_no_event() -> Step {
    let tenant = live(9_104, 10).await?;
    let old = endpoints(&tenant).await?.remove(0);
    let send = || async {
        Ok::<_, it::Failure>(text(&stripe(&tenant, "POST", "events", json!({})).await?, "id"))
    };
    let taken = |seen: &[u64]| seen.last() == Some(&200);
    delivered(&tenant, &send().await?, taken).await?;
    let rolled = stripe(
        &tenant,
        "POST",
        &format!("webhooks/{}/roll", text(&old, "id")),
        json!({"valid_ms": BOTH_VALID.as_millis()}),
    )
    .await?;
    assert_eq!(delivered(&tenant, &send().await?, taken).await?, [200], "Stripe signs with both");
    tokio::time::sleep(BOTH_VALID + Duration::from_secs(1)).await;
    let waiting = send().await?;
    assert_eq!(
        delivered(&tenant, &waiting, |seen| !seen.is_empty()).await?.first(),
        Some(&400),
        "only with the new one now"
    );
    tenant
        .portal
        .ok("POST", "/stripe/webhook-secret", Some(json!({"secret": text(&rolled, "secret")})))
        .await?;
    let seen = delivered(&tenant, &waiting, taken).await?;
    assert!(seen.len() >= 2, "Stripe's repetition is accepted: {seen:?}");
    // Another instance of the function may still cache the old secret: then it accepts a
    // repetition.
    delivered(&tenant, &send().await?, taken).await?;

    // Rolled in the portal: a new endpoint and secret. For a day the old signature is accepted too.
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
