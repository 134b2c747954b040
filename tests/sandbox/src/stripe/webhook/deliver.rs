//! Delivery: each event to each endpoint that asks for it, signed, repeated until it is taken.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Semaphore;

use super::super::API_VERSION;
use super::super::account::{Account, Mode, Stripe};
use super::super::expand::Expand;
use super::super::ids::{Kind, fold, mix};
use super::super::render::{View, event_type};
use super::Attempt;

/// How long an endpoint may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Deliveries under way at once.
const AT_ONCE: usize = 16;
/// Attempts at one delivery. Stripe repeats for three days; a sandbox has less time.
const ATTEMPTS: u32 = 8;
/// The longest pause between two of them.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Between a delivery and its repetition, when a test wants repetitions.
const REPEATED_AFTER: Duration = Duration::from_millis(300);
/// What of an answer is kept.
const SHOWN: usize = 300;

/// Carries events to endpoints.
#[derive(Debug)]
pub(in super::super) struct Courier {
    http: reqwest::Client,
    free: Semaphore,
}

impl Courier {
    pub(in super::super) fn new() -> Self {
        // A client without options can be built wherever one with them can.
        let http = crate::cloud::client::to_apps(ANSWER_TIMEOUT).unwrap_or_default();
        Self { http, free: Semaphore::new(AT_ONCE) }
    }
}

/// Sends the events of movements on their way.
pub(in super::super) fn announce(
    stripe: &Arc<Stripe>,
    account: &Arc<Account>,
    movements: Range<u32>,
) {
    if account.hooks().endpoints.is_empty() {
        return;
    }
    let events: Vec<Value> = {
        let store = account.read();
        let view = View { store: &store, now_ms: stripe.now_ms() };
        movements.filter_map(|n| made_from(&view, n)).collect()
    };
    for event in events {
        send(stripe, account, event);
    }
}

/// Sends an event that no movement has made on its way; answers its id.
pub(in super::super) fn tell(
    stripe: &Arc<Stripe>,
    account: &Arc<Account>,
    kind: &str,
    object: &Value,
) -> String {
    let id = account.hooks().fresh(&account.info.account, "evt");
    let live = account.info.mode == Mode::Live;
    let event = json!({"id": id, "object": "event", "api_version": API_VERSION,
        "created": stripe.now_ms() / 1000,
        "data": {"object": object}, "livemode": live, "pending_webhooks": 0,
        "request": {"id": null, "idempotency_key": null}, "type": kind});
    account.hooks().extra.insert(id.clone(), event.clone());
    send(stripe, account, event);
    id
}

/// The event of a movement, if it has one.
fn made_from(view: &View<'_>, n: u32) -> Option<Value> {
    event_type(view.store, view.store.transactions.get(n))?;
    let mut text = String::new();
    view.object(&mut text, Kind::Event, n, &Expand::default());
    serde_json::from_str(&text).ok()
}

/// An event by its id: one that a test made, or the one of a movement.
pub(super) fn find(stripe: &Stripe, account: &Account, id: &str) -> Option<Value> {
    if let Some(event) = account.hooks().extra.get(id) {
        return Some(event.clone());
    }
    let store = account.read();
    let (kind, n) = store.find(id)?;
    let view = View { store: &store, now_ms: stripe.now_ms() };
    if kind == Kind::Event { made_from(&view, n) } else { None }
}

fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Sends an event to all who ask for it; a thin one to everybody.
pub(super) fn send(stripe: &Arc<Stripe>, account: &Arc<Account>, mut event: Value) {
    let thin = text(&event, "object") != "event";
    let kind = text(&event, "type").to_owned();
    let endpoints: Vec<String> = {
        let hooks = account.hooks();
        let wants =
            |endpoint: &&super::Endpoint| endpoint.wants(&kind) || (thin && !endpoint.disabled);
        hooks.endpoints.iter().filter(wants).map(|endpoint| endpoint.id.clone()).collect()
    };
    if !thin {
        event["pending_webhooks"] = json!(endpoints.len());
    }
    let body: Arc<str> = event.to_string().into();
    for endpoint in endpoints {
        let delivery = Delivery {
            stripe: Arc::clone(stripe),
            account: Arc::clone(account),
            endpoint,
            event: text(&event, "id").to_owned(),
            kind: kind.clone(),
            body: Arc::clone(&body),
        };
        tokio::spawn(delivery.run());
    }
}

/// One event on its way to one endpoint.
struct Delivery {
    stripe: Arc<Stripe>,
    account: Arc<Account>,
    endpoint: String,
    event: String,
    kind: String,
    body: Arc<str>,
}

impl Delivery {
    async fn run(self) {
        let habits = self.account.hooks().habits;
        if habits.shuffle_ms > 0 {
            let late = mix(fold(&self.event)) % (habits.shuffle_ms + 1);
            tokio::time::sleep(Duration::from_millis(late)).await;
        }
        let mut pause = Duration::from_millis(habits.retry_ms);
        for attempt in 1..=ATTEMPTS {
            match self.attempt(attempt).await {
                None => return,
                Some(true) if habits.duplicates => {
                    tokio::time::sleep(REPEATED_AFTER).await;
                    self.attempt(attempt + 1).await;
                    return;
                }
                Some(true) => return,
                Some(false) => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether the endpoint took it; nothing when there is no such endpoint any more.
    async fn attempt(&self, attempt: u32) -> Option<bool> {
        let courier = &self.stripe.courier;
        let _permit = courier.free.acquire().await.ok()?;
        let now_ms = self.stripe.now_ms();
        let (url, header) = {
            let hooks = self.account.hooks();
            let endpoint = hooks.find(&self.endpoint).filter(|endpoint| !endpoint.disabled)?;
            (endpoint.url.clone(), signature(endpoint.signing(now_ms), now_ms / 1000, &self.body))
        };
        let request = courier
            .http
            .post(url)
            .header("stripe-signature", header)
            .header(CONTENT_TYPE, "application/json; charset=utf-8");
        let request = request
            .header(USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .body(self.body.to_string());
        let (status, answer) = match request.send().await {
            Ok(response) => (Some(response.status()), response.text().await.unwrap_or_default()),
            Err(error) => (None, error.to_string()),
        };
        let taken = status.is_some_and(|status| status.is_success());
        self.account.hooks().note(Attempt {
            event: self.event.clone(),
            kind: self.kind.clone(),
            endpoint: self.endpoint.clone(),
            attempt,
            status: status.map(|status| status.as_u16()),
            answer: answer.chars().take(SHOWN).collect(),
            at_ms: self.stripe.now_ms(),
        });
        Some(taken)
    }
}

/// The header: one `v1` for each secret, and the dummy `v0` that test mode has.
fn signature<'a>(secrets: impl Iterator<Item = &'a str>, at: i64, body: &str) -> String {
    let mut header = format!("t={at}");
    for secret in secrets {
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
            mac.update(format!("{at}.{body}").as_bytes());
            header.push_str(&format!(",v1={}", hex::encode(mac.finalize().into_bytes())));
        }
    }
    header.push_str(&format!(",v0={}", "0".repeat(64)));
    header
}
