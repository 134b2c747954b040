//! Keys that stop working in the middle of a run: it rests with a reason a person understands, and goes on once there is a key.

use it::tenant::{LIMIT, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

async fn halfway(tenant: &Tenant) -> Step<(String, u64)> {
    let slow = json!({"surface": "cloud", "method": "POST", "route": "/proxy/transactions/bulk", "delay_ms": 250, "times": 0});
    let slow = tenant.fault(slow).await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    Ok((id, slow))
}

/// Stripe's key is revoked in the middle of a run. It rests and says why; with another key of the same account the same run goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_stripe_key_rests_the_run_until_another_is_connected() -> Step {
    let tenant = Tenant::connected(7_601, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    let account = format!("/stripe/accounts/{}/keys", tenant.account.account);
    tenant.sandbox.call("DELETE", &format!("{account}/{}", tenant.account.restricted_key), None).await?;
    let rests = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!((text(&rests, "state").as_str(), rests.pointer("/error/code")), ("paused", Some(&json!("stripe_key_refused"))), "{rests}");
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let reason = overview.pointer("/stripe/paused/reason").and_then(Value::as_str).unwrap_or_default();
    assert!(reason.contains("key"), "{overview}");
    tenant.quiet().await;
    let calls = tenant.stripe_calls().await?;

    tenant.lift(slow).await?;
    let key = tenant.sandbox.call("POST", &account, Some(json!({"kind": "restricted"}))).await?;
    tenant.portal.connect(&text(&key, "key")).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await;
    // Between the key and the worker that takes it up, the run may still be seen resting.
    let run = match run? {
        seen if text(&seen, "state") == "paused" => {
            tenant.quiet().await;
            tenant.portal.finished(&id, LIMIT, |_| {}).await?
        }
        seen => seen,
    };
    assert_eq!(text(&run, "id"), id, "the same run");
    tenant.assert_match(&run).await?;
    assert!(tenant.stripe_calls().await? != calls);
    Ok(())
}

/// The install's own key is revoked in the middle of a run: it rests and says so, and no wake-up changes that. A fresh delivery of the
/// install brings a new key: from then on nobody is asked to install again, and the same run goes on by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_install_key_rests_the_run_until_the_app_is_installed_again() -> Step {
    let mut tenant = Tenant::connected(7_602, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    tenant.sandbox.call("POST", &format!("/cloud/installs/{}/revoke-key", tenant.id()), None).await?;
    let rests = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!((text(&rests, "state").as_str(), rests.pointer("/error/code")), ("paused", Some(&json!("blnk_key_refused"))), "{rests}");
    it::schedule::sweep(&tenant.aws).await?;
    tenant.quiet().await;
    assert_eq!(text(&tenant.portal.run(&id).await?, "state"), "paused", "with the old key it rests");

    tenant.lift(slow).await?;
    let again = json!({"installed_app_id": tenant.id(), "instance_id": tenant.install.instance_id});
    assert_eq!(tenant.sandbox.install_like(again).await?.status, "active");
    tenant.launch().await?;
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let reason = overview.pointer("/stripe/paused/reason").and_then(Value::as_str).unwrap_or_default();
    assert!(!reason.contains("Install the app again"), "{overview}");
    // The install's own wake-up takes the key up: neither a schedule nor the sweep is needed.
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    assert_eq!(
        (overview.pointer("/stripe/paused"), overview.pointer("/last_run/id")),
        (Some(&Value::Null), Some(&json!(id))),
        "{overview}"
    );
    Ok(())
}

/// A fresh delivery of the install brings a new key while a run is on, and the old one dies. The run takes up the new key by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_install_key_replaced_in_the_middle_is_taken_up_without_a_rest() -> Step {
    let tenant = Tenant::connected(7_603, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    let again = json!({"installed_app_id": tenant.id(), "instance_id": tenant.install.instance_id});
    assert_eq!(tenant.sandbox.install_like(again).await?.status, "active");
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    Ok(())
}

/// Stripe's key is replaced by another of the same account while a run is on, and the old one expires a little later: no rest either.
#[tokio::test(flavor = "multi_thread")]
async fn a_stripe_key_replaced_in_the_middle_is_taken_up_without_a_rest() -> Step {
    let tenant = Tenant::connected(7_604, 900).await?;
    let (id, slow) = halfway(&tenant).await?;
    let account = format!("/stripe/accounts/{}/keys", tenant.account.account);
    let key = tenant.sandbox.call("POST", &account, Some(json!({"kind": "restricted"}))).await?;
    let replaced = tenant.portal.connect(&text(&key, "key")).await?;
    assert_eq!(replaced.get("replaced"), Some(&json!(true)));
    let seen = tenant.portal.run(&id).await?;
    tenant.underway(&id, it::tenant::number(&seen, "records") + 200).await?;
    tenant.sandbox.call("DELETE", &format!("{account}/{}", tenant.account.restricted_key), None).await?;
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    Ok(())
}
