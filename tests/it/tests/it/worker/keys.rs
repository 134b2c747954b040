//! Keys that stop working during a run: the run pauses with a reason, and continues once there is a
//! new key.

use it::tenant::{LIMIT, text};
use it::{Step, Tenant};
use serde_json::{Value, json};

async fn halfway(tenant: &Tenant) -> Step<(String, u64)> {
    let slow = tenant.slow_bulks(250).await?;
    let id = tenant.portal.sync("new").await?;
    tenant.underway(&id, 100).await?;
    Ok((id, slow))
}

/// The Stripe key is revoked during a run. The run pauses and says why; with another key of the
/// same account it continues.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_stripe_key_pauses_the_run_until_another_is_connected() -> Step {
    let tenant = Tenant::connected(7_601, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    let account = format!("/stripe/accounts/{}/keys", tenant.account.account);
    tenant
        .sandbox
        .call("DELETE", &format!("{account}/{}", tenant.account.restricted_key), None)
        .await?;
    let paused = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!(
        (text(&paused, "state").as_str(), paused.pointer("/error/code")),
        ("paused", Some(&json!("stripe_key_refused"))),
        "{paused}"
    );
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let reason =
        overview.pointer("/stripe/paused/reason").and_then(Value::as_str).unwrap_or_default();
    assert!(reason.contains("key"), "{overview}");
    tenant.quiet().await;
    let calls = tenant.stripe_calls().await?;

    tenant.lift(slow).await?;
    let key = tenant.sandbox.call("POST", &account, Some(json!({"kind": "restricted"}))).await?;
    tenant.portal.connect(&text(&key, "key")).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await;
    // Until a worker uses the new key, the run may still show as paused.
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

/// The install's own key is revoked during a run. The run pauses, and no wake-up changes that. A
/// new delivery of the install brings a new key: the reason is gone, and the run continues by
/// itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_install_key_pauses_the_run_until_a_new_delivery() -> Step {
    let mut tenant = Tenant::connected(7_602, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    tenant
        .sandbox
        .call("POST", &format!("/cloud/installs/{}/revoke-key", tenant.id()), None)
        .await?;
    let paused = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    assert_eq!(
        (text(&paused, "state").as_str(), paused.pointer("/error/code")),
        ("paused", Some(&json!("blnk_key_refused"))),
        "{paused}"
    );
    it::schedule::sweep(&tenant.aws).await?;
    tenant.quiet().await;
    assert_eq!(text(&tenant.portal.run(&id).await?, "state"), "paused", "paused with the old key");

    tenant.lift(slow).await?;
    tenant.reinstall().await?;
    tenant.launch().await?;
    let overview = tenant.portal.ok("GET", "/overview", None).await?;
    let reason =
        overview.pointer("/stripe/paused/reason").and_then(Value::as_str).unwrap_or_default();
    assert!(!reason.contains("Install the app again"), "{overview}");
    // The wake-up of the install continues the run: no schedule and no sweep is needed.
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

/// A new delivery of the install replaces the key during a run. The run continues with the new key.
#[tokio::test(flavor = "multi_thread")]
async fn an_install_key_replaced_during_a_run_causes_no_pause() -> Step {
    let tenant = Tenant::connected(7_603, 700).await?;
    let (id, slow) = halfway(&tenant).await?;
    tenant.reinstall().await?;
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    Ok(())
}

/// The Stripe key is replaced during a run, and the old one is revoked a little later. The run
/// continues with the new key.
#[tokio::test(flavor = "multi_thread")]
async fn a_stripe_key_replaced_during_a_run_causes_no_pause() -> Step {
    let tenant = Tenant::connected(7_604, 900).await?;
    let (id, slow) = halfway(&tenant).await?;
    let account = format!("/stripe/accounts/{}/keys", tenant.account.account);
    let key = tenant.sandbox.call("POST", &account, Some(json!({"kind": "restricted"}))).await?;
    let replaced = tenant.portal.connect(&text(&key, "key")).await?;
    assert_eq!(replaced.get("replaced"), Some(&json!(true)));
    let seen = tenant.portal.run(&id).await?;
    tenant.underway(&id, it::tenant::number(&seen, "records") + 200).await?;
    tenant
        .sandbox
        .call("DELETE", &format!("{account}/{}", tenant.account.restricted_key), None)
        .await?;
    tenant.lift(slow).await?;
    let run = tenant.portal.finished(&id, LIMIT, |_| {}).await?;
    tenant.assert_match(&run).await?;
    Ok(())
}
