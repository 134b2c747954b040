//! Webhook endpoints, and what is delivered to them.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sandbox::stripe::{AccountSpec, Mode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::schema::{check, validator};
use crate::world::{NOW, World};

type Delivered = Arc<Mutex<Vec<(String, Value)>>>;

/// An app that receives events: it refuses the first few, and stores the signature and the body of
/// all.
async fn app(refuses: usize) -> (String, Delivered) {
    let delivered = Delivered::default();
    let kept = Arc::clone(&delivered);
    let take = move |headers: HeaderMap, body: String| async move {
        let mut kept = kept.lock().unwrap();
        let header = headers["stripe-signature"].to_str().unwrap().to_owned();
        kept.push((format!("{header}\n{body}"), serde_json::from_str(&body).unwrap()));
        if kept.len() <= refuses { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    // Names under localhost are this machine.
    let url = format!("http://hook.localhost:{}/hook", listener.local_addr().unwrap().port());
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/hook", post(take))).await },
    );
    (url, delivered)
}

async fn until(delivered: &Delivered, count: usize) -> Vec<(String, Value)> {
    let began = Instant::now();
    loop {
        let now = delivered.lock().unwrap().clone();
        if now.len() >= count {
            return now;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{} of {count} deliveries came",
            now.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn signed_by(delivery: &str, secret: &str) -> bool {
    let (header, body) = delivery.split_once('\n').unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let time = header.split(',').next().unwrap().trim_start_matches("t=");
    mac.update(format!("{time}.{body}").as_bytes());
    header.contains(&format!(",v1={}", hex::encode(mac.finalize().into_bytes())))
}

impl World {
    async fn form(
        &self,
        key: &str,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> (u16, Value) {
        let request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}", self.url))
            .bearer_auth(key)
            .form(form);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn webhook_key(&self, account: &str) -> String {
        self.control(account, "keys", json!({"webhooks": true})).await["key"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[tokio::test]
async fn an_endpoint_is_created_updated_and_deleted_and_shows_its_secret_once() {
    let world = World::start().await;
    let account = world.account(31, 5);
    let key = world.webhook_key(&account.account).await;
    let form = [
        ("url", "http://127.0.0.1:1/hook"),
        ("enabled_events[]", "payout.paid"),
        ("enabled_events[]", "charge.succeeded"),
        ("api_version", "2026-07-29.dahlia"),
        ("metadata[install]", "instapp_1"),
    ];
    for (missing, name) in [(&form[1..], "enabled_events"), (&form[..1], "url")] {
        let (status, body) =
            world.form(&account.restricted_key, "POST", "/v1/webhook_endpoints", missing).await;
        assert_eq!(status, 403, "{name}");
        assert!(body["error"]["message"].as_str().unwrap().contains("'rak_webhook_write'"));
    }
    let (status, made) = world.form(&key, "POST", "/v1/webhook_endpoints", &form).await;
    assert_eq!(status, 200, "{made}");
    check(&validator("webhook_endpoint"), &made);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(
        (&made["metadata"], &made["created"], &made["livemode"]),
        (&json!({"install": "instapp_1"}), &json!(NOW), &json!(false))
    );
    let path = format!("/v1/webhook_endpoints/{}", made["id"].as_str().unwrap());
    let shown = world.ok(&key, &path).await;
    check(&validator("webhook_endpoint"), &shown);
    assert!(shown.get("secret").is_none(), "shown once");
    assert_eq!(world.ok(&key, "/v1/webhook_endpoints?limit=100").await["data"], json!([shown]));
    for (bad, status) in [
        (vec![("url", "nowhere")], 400),
        (vec![("enabled_events[]", "payout.*")], 400),
        (vec![("colour", "red")], 400),
    ] {
        assert_eq!(world.form(&key, "POST", &path, &bad).await.0, status, "{bad:?}");
    }
    let (_, changed) = world.form(&key, "POST", &path, &[("disabled", "true")]).await;
    assert_eq!((&changed["status"], &changed["url"]), (&json!("disabled"), &made["url"]));
    let (status, deleted) = world.form(&key, "DELETE", &path, &[]).await;
    assert_eq!((status, &deleted["deleted"]), (200, &json!(true)));
    assert_eq!(world.form(&key, "DELETE", &path, &[]).await.0, 404);

    // The same idempotency key and request return the same endpoint; live mode needs HTTPS; sixteen
    // endpoints are the limit.
    let again = || {
        world
            .http
            .post(format!("{}/v1/webhook_endpoints", world.url))
            .bearer_auth(&key)
            .header("idempotency-key", "once")
            .form(&form)
    };
    let mut ids = Vec::new();
    for _ in 0..2 {
        let body: Value = again().send().await.unwrap().json().await.unwrap();
        ids.push((body["id"].clone(), body["secret"].clone()));
    }
    assert_eq!(ids[0], ids[1]);
    for _ in 1..16 {
        assert_eq!(world.form(&key, "POST", "/v1/webhook_endpoints", &form).await.0, 200);
    }
    assert_eq!(world.form(&key, "POST", "/v1/webhook_endpoints", &form).await.0, 400);
    let live = world.stripe.create_account(AccountSpec {
        mode: Mode::Live,
        seed: 32,
        now: Some(NOW),
        ..AccountSpec::default()
    });
    let (status, body) = world.form(&live.secret_key, "POST", "/v1/webhook_endpoints", &form).await;
    assert_eq!((status, &body["error"]["param"]), (400, &json!("url")));
}

#[tokio::test]
async fn movements_are_delivered_signed_to_endpoints_that_enable_their_type() {
    let world = World::start().await;
    let account = world.account(33, 5).account;
    let (all, everything) = app(0).await;
    let (some, payouts) = app(0).await;
    let made = world.control(&account, "webhooks", json!({"url": all})).await;
    world
        .control(&account, "webhooks", json!({"url": some, "enabled_events": ["payout.created"]}))
        .await;
    for (kind, amount) in [("charge", 1_000), ("payout", -700), ("charge", 500)] {
        world.control(&account, "records", json!({"type": kind, "amount": amount, "fee": 0})).await;
    }
    let delivered_events = until(&everything, 3).await;
    let secret = made["secret"].as_str().unwrap();
    let mut kinds: Vec<&str> =
        delivered_events.iter().map(|(_, event)| event["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["charge.succeeded", "charge.succeeded", "payout.created"]);
    for (delivery, event) in &delivered_events {
        assert!(
            signed_by(delivery, secret)
                && !signed_by(delivery, "whsec_other")
                && delivery.contains(",v0=000"),
            "{delivery}"
        );
        check(&validator("event"), event);
        assert!(event["pending_webhooks"].as_u64().unwrap() >= 1);
    }
    assert_eq!(until(&payouts, 1).await.len(), 1);
    let named = |(_, event): &(String, Value)| event["id"].as_str().unwrap().to_owned();
    let one = named(&delivered_events[0]);
    world.control(&account, &format!("events/{one}/resend"), json!({})).await;
    assert_eq!(named(until(&everything, 4).await.last().unwrap()), one, "a person sends it again");

    // Events without a movement: a balance, a thin event, one of a connected account.
    for event in [
        json!({}),
        json!({"thin": true}),
        json!({"type": "payout.paid", "account": "acct_other",
            "object": {"id": "po_1", "object": "payout"}}),
    ] {
        world.control(&account, "events", event).await;
    }
    let extra: Vec<Value> =
        until(&everything, 7).await.split_off(4).into_iter().map(|(_, event)| event).collect();
    assert!(
        extra.iter().any(|event| event["object"] == "v2.core.event" && event.get("data").is_none())
    );
    assert!(
        extra.iter().any(|event| event["type"] == "balance.available"
            && event["data"]["object"].get("id").is_none())
    );
    assert!(extra.iter().any(|event| event["account"] == "acct_other"));
}

#[tokio::test]
async fn refused_deliveries_are_repeated_and_accepted_ones_may_be_duplicated_or_reordered() {
    let world = World::start().await;
    let account = world.account(34, 5).account;
    let (url, delivered) = app(3).await;
    let made = world.control(&account, "webhooks", json!({"url": url})).await;
    world.control(&account, "webhooks/habits", json!({"retry_ms": 20})).await;
    world.control(&account, "records", json!({"type": "charge", "amount": 1_000, "fee": 0})).await;
    let delivered_events = until(&delivered, 4).await;
    assert!(
        delivered_events.iter().all(|(_, event)| event["id"] == delivered_events[0].1["id"]),
        "the same event until it is accepted"
    );

    world
        .control(&account, "webhooks/habits", json!({"duplicates": true, "shuffle_ms": 400}))
        .await;
    for n in 0..8 {
        world
            .control(&account, "records", json!({"type": "charge", "amount": 1_000 + n, "fee": 0}))
            .await;
    }
    let delivered_events = until(&delivered, 4 + 16).await.split_off(4);
    let amounts: Vec<i64> = delivered_events
        .iter()
        .map(|(_, event)| event["data"]["object"]["amount"].as_i64().unwrap())
        .collect();
    for n in 0..8 {
        assert_eq!(amounts.iter().filter(|amount| **amount == 1_000 + n).count(), 2, "{amounts:?}");
    }
    let mut sorted = amounts.clone();
    sorted.sort_unstable();
    assert_ne!(amounts, sorted, "not in the order of the movements");

    // Rolled: both secrets sign until the old one ends.
    world.control(&account, "webhooks/habits", json!({})).await;
    let id = made["id"].as_str().unwrap();
    let rolled =
        world.control(&account, &format!("webhooks/{id}/roll"), json!({"valid_ms": 60_000})).await;
    let (old, new) = (made["secret"].as_str().unwrap(), rolled["secret"].as_str().unwrap());
    world.control(&account, "events", json!({})).await;
    let last = until(&delivered, 21).await.pop().unwrap().0;
    assert!(signed_by(&last, old) && signed_by(&last, new));
    world.clock.fetch_add(60_000, std::sync::atomic::Ordering::SeqCst);
    world.control(&account, "events", json!({})).await;
    let last = until(&delivered, 22).await.pop().unwrap().0;
    assert!(!signed_by(&last, old) && signed_by(&last, new));
    let log = world
        .http
        .get(format!("{}/stripe/accounts/{account}/webhooks", world.url))
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    let statuses: Vec<&Value> =
        log["deliveries"].as_array().unwrap().iter().map(|attempt| &attempt["status"]).collect();
    assert_eq!(
        (statuses.len(), statuses.iter().filter(|status| ***status == json!(503)).count()),
        (22, 3)
    );
}
