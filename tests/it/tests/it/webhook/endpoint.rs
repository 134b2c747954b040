//! The endpoint at Stripe during the life of an install.

use std::time::Duration;

use it::tenant::text;
use it::{Step, Tenant, aws};
use serde_json::{Value, json};

use super::{delivered, endpoints, live, payout_paid, post, secret, stripe, webhook_key};

/// The key may not create endpoints: the portal shows what to register where, and accepts the
/// secret.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_registered_by_hand_when_the_key_may_not_create_one() -> Step {
    let tenant = Tenant::connected(9_201, 10).await?;
    assert!(endpoints(&tenant).await?.is_empty());
    let shown = tenant.portal.ok("GET", "/stripe/webhook", None).await?;
    assert_eq!(
        (&shown["status"], &shown["missing"]),
        (&json!("missing"), &json!("right")),
        "{shown}"
    );
    // As a person does it: registers the URL at Stripe, pastes the secret here.
    let made = stripe(
        &tenant,
        "POST",
        "webhooks",
        json!({"url": shown["url"], "enabled_events": shown["events"]}),
    )
    .await?;
    let event = text(&stripe(&tenant, "POST", "events", json!({})).await?, "id");
    let seen = delivered(&tenant, &event, |seen| !seen.is_empty()).await?;
    assert_eq!(seen.first(), Some(&400), "the secret is not known yet");
    let shown = tenant
        .portal
        .ok("POST", "/stripe/webhook-secret", Some(json!({"secret": made["secret"]})))
        .await?;
    assert_eq!(shown["status"], "registered");
    let seen = delivered(&tenant, &event, |seen| seen.last() == Some(&200)).await?;
    assert!(seen.len() >= 2, "the repetition is accepted: {seen:?}");
    Ok(())
}

/// A disconnect deletes the endpoint at Stripe, a new connection creates one, and an uninstall
/// deletes it and refuses deliveries.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_deleted_with_the_connection_and_with_the_install() -> Step {
    let tenant = live(9_202, 10).await?;
    let first = endpoints(&tenant).await?;
    assert_eq!(first.len(), 1);
    assert!(text(&first[0], "url").ends_with(&format!("/api/stripe/{}", tenant.id())), "{first:?}");
    post(&tenant, &secret(&first[0]), &payout_paid("evt_1")).await?.taken()?;
    let (status, _) = tenant.portal.call("DELETE", "/stripe", None).await?;
    assert_eq!((status, endpoints(&tenant).await?.len()), (204, 0));

    tenant.portal.connect(&webhook_key(&tenant).await?).await?;
    let second = endpoints(&tenant).await?;
    assert_eq!(second.len(), 1);
    post(&tenant, &secret(&second[0]), &payout_paid("evt_2")).await?.taken()?;
    tenant.sandbox.uninstall(tenant.id()).await?;
    // Stripe still delivers: the secret is in the function's cache.
    post(&tenant, &secret(&second[0]), &payout_paid("evt_3")).await?.refused(410, "uninstalled")?;
    assert!(tenant.aws.item(tenant.id(), "EVENT#evt_3").await?.is_none());
    tenant
        .aws
        .until(tenant.id(), "META", |meta| {
            meta.is_some_and(|meta| aws::text(meta, "cleanup_state") == "done")
        })
        .await?;
    assert_eq!(endpoints(&tenant).await?, Vec::<Value>::new());
    assert!(tenant.aws.item(tenant.id(), "STRIPE").await?.is_none(), "the key is deleted after it");
    // Without the secret no signature is valid, and the answer does not say why.
    tokio::time::sleep(Duration::from_secs(6)).await;
    post(&tenant, &secret(&second[0]), &payout_paid("evt_4")).await?.refused(400, "bad_request")?;
    Ok(())
}

/// Stripe is down at the uninstall: endpoint and key stay, and the clean-up is pending until its
/// repetition.
#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_is_pending_until_stripe_answers() -> Step {
    let tenant = live(9_203, 10).await?;
    let outage = json!({"surface": "stripe", "route": "/v1/webhook_endpoints", "status": 503,
        "headers": {"stripe-should-retry": "false"}, "times": 0});
    let outage = tenant.fault(outage).await?;
    tenant.sandbox.uninstall(tenant.id()).await?;
    tenant
        .aws
        .until(tenant.id(), "META", |meta| {
            meta.is_some_and(|meta| aws::text(meta, "cleanup_state") == "pending")
        })
        .await?;
    let asked = std::time::Instant::now();
    while tenant.hits(outage).await? == 0 {
        assert!(asked.elapsed() < super::SOON, "the clean-up did not call Stripe");
        tokio::time::sleep(super::POLL).await;
    }
    let group = format!("cleanup:{}", tenant.id());
    while tenant.dispatcher.invocations(&group).iter().all(|one| one.ended.is_none())
        || tenant.dispatcher.busy(&group)
    {
        assert!(asked.elapsed() < super::SOON * 2, "the clean-up did not end");
        tokio::time::sleep(super::POLL).await;
    }
    assert!(
        tenant.dispatcher.invocations(&group).iter().all(|one| one.acknowledged),
        "acknowledged"
    );
    assert_eq!(endpoints(&tenant).await?.len(), 1);
    let kept = tenant
        .aws
        .item(tenant.id(), "STRIPE")
        .await?
        .ok_or("the key is kept while it is needed")?;
    assert!(kept.contains_key("sealed_key"));
    let meta = tenant.aws.item(tenant.id(), "META").await?.ok_or("META")?;
    assert_eq!(aws::text(&meta, "cleanup_state"), "pending");

    tenant.lift(outage).await?;
    // As the platform or the sweep sends it again.
    let body = json!({"install": tenant.id(), "generation": aws::text(&meta, "cleanup_generation"),
        "reason": "cleanup"});
    let send = tenant
        .aws
        .sqs
        .send_message()
        .queue_url(it::stack::variable("QUEUE_URL")?)
        .message_group_id(&group);
    send.message_deduplication_id(it::platform::fresh("again"))
        .message_body(body.to_string())
        .send()
        .await?;
    tenant
        .aws
        .until(tenant.id(), "META", |meta| {
            meta.is_some_and(|meta| aws::text(meta, "cleanup_state") == "done")
        })
        .await?;
    assert!(
        endpoints(&tenant).await?.is_empty()
            && tenant.aws.item(tenant.id(), "STRIPE").await?.is_none()
    );
    Ok(())
}
