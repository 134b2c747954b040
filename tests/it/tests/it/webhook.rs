//! Stripe's webhook: an event is in the ledger, and proven, within seconds.

mod customers;
mod endpoint;
mod events;
mod secret;

use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use it::tenant::text;
use it::{Answer, Step, Tenant};
use serde_json::{Value, json};
use sha2::Sha256;

/// From an event to its certificate.
const SOON: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(200);

/// A customer with a history, connected with a key that may create endpoints.
async fn live(seed: u64, movements: u64) -> Step<Tenant> {
    let tenant = Tenant::installed(seed, movements).await?;
    let key = webhook_key(&tenant).await?;
    tenant.portal.connect(&key).await?;
    Ok(tenant)
}

async fn webhook_key(tenant: &Tenant) -> Step<String> {
    Ok(text(&stripe(tenant, "POST", "keys", json!({"webhooks": true})).await?, "key"))
}

/// A call to the simulated Stripe's control for this account.
async fn stripe(tenant: &Tenant, method: &str, what: &str, body: Value) -> Step<Value> {
    let body = Some(body).filter(|_| method != "GET");
    tenant
        .sandbox
        .call(method, &format!("/stripe/accounts/{}/{what}", tenant.account.account), body)
        .await
}

/// The endpoints at Stripe for this account.
async fn endpoints(tenant: &Tenant) -> Step<Vec<Value>> {
    let known = stripe(tenant, "GET", "webhooks", Value::Null).await?;
    Ok(known["endpoints"].as_array().cloned().unwrap_or_default())
}

/// The statuses that the deliveries of an event got, in order.
async fn answers(tenant: &Tenant, event: &str) -> Step<Vec<u64>> {
    let known = stripe(tenant, "GET", "webhooks", Value::Null).await?;
    let all = known["deliveries"].as_array().cloned().unwrap_or_default();
    Ok(all
        .iter()
        .filter(|attempt| attempt["event"] == json!(event))
        .filter_map(|attempt| attempt["status"].as_u64())
        .collect())
}

/// Waits until the deliveries of an event got the expected statuses.
async fn delivered(
    tenant: &Tenant,
    event: &str,
    expected: impl Fn(&[u64]) -> bool,
) -> Step<Vec<u64>> {
    let began = Instant::now();
    loop {
        let seen = answers(tenant, event).await?;
        if expected(&seen) {
            return Ok(seen);
        }
        if began.elapsed() > SOON * 2 {
            let known = stripe(tenant, "GET", "webhooks", Value::Null).await?;
            return Err(format!("{event} was answered {seen:?}: {known}").into());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Waits until a certificate matches this many records. Returns how long that took.
async fn proven(tenant: &Tenant, records: u64, since: Instant) -> Step<Duration> {
    loop {
        let overview = tenant.portal.ok("GET", "/overview", None).await?;
        let proof = &overview["last_proof"];
        let counted: u64 = proof["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|line| line["records"].as_u64())
            .sum();
        if proof["verdict"] == "match" && counted == records {
            return Ok(since.elapsed());
        }
        if since.elapsed() > SOON * 2 {
            return Err(format!(
                "seed {}: {records} records are not proven after {:?}: {overview}",
                tenant.seed,
                since.elapsed()
            )
            .into());
        }
        tokio::time::sleep(POLL).await;
    }
}

fn sign(secret: &str, at: i64, body: &str) -> Step<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("{at}.{body}").as_bytes());
    Ok(format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes())))
}

/// Delivers a body to the install's webhook, signed with a secret.
async fn post(tenant: &Tenant, secret: &str, body: &str) -> Step<Answer> {
    let url = format!("{}/api/stripe/{}", tenant.stack.api, tenant.id());
    let header = sign(secret, tenant.now()?, body)?;
    Answer::to(tenant.stack.http.post(url).header("stripe-signature", header).body(body.to_owned()))
        .await
}

fn secret(endpoint: &Value) -> String {
    endpoint["secrets"]
        .as_array()
        .and_then(|secrets| secrets.last())
        .map(|secret| text(secret, "text"))
        .unwrap_or_default()
}

fn payout_paid(id: &str) -> String {
    json!({"id": id, "object": "event", "type": "payout.paid", "created": 1_757_376_000,
        "livemode": false, "pending_webhooks": 1,
        "api_version": "2026-07-29.dahlia", "request": {"id": null, "idempotency_key": null},
        "data": {"object": {"id": "po_1", "object": "payout"}}})
    .to_string()
}
