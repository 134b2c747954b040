//! What a person does in Stripe's dashboard, and what tests need besides.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::API_VERSION;
use super::super::account::{Mode, Stripe};
use super::super::control::{ModeQuery, Refusal, find, refuse};
use super::{Attempt, Habits, Secret, deliver};

/// A rolled secret stays valid for so long, when nothing else is said: Stripe allows up to a day.
const ROLLED_MS: i64 = 86_400_000;

#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    url: String,
    enabled_events: Vec<String>,
    status: &'static str,
    secrets: Vec<Secret>,
}

#[derive(Debug, Serialize)]
struct All {
    endpoints: Vec<Shown>,
    deliveries: Vec<Attempt>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
    #[serde(default = "everything")]
    enabled_events: Vec<String>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

#[derive(Debug, Serialize)]
struct Made {
    id: String,
    secret: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Roll {
    valid_ms: Option<i64>,
}

/// An event that no movement has made.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewEvent {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `data.object`.
    object: Option<Value>,
    /// The connected account that it is about.
    account: Option<String>,
    livemode: Option<bool>,
    /// An event of API version 2, which holds no data.
    thin: bool,
}

#[derive(Debug, Serialize)]
struct Sent {
    id: String,
}

/// The routes, below `/stripe/accounts/{account}`.
pub(in super::super) fn router() -> Router<Arc<Stripe>> {
    Router::new()
        .route("/accounts/{account}/webhooks", get(all).post(register))
        .route("/accounts/{account}/webhooks/habits", post(habits))
        .route("/accounts/{account}/webhooks/{id}/roll", post(roll))
        .route("/accounts/{account}/events", post(event))
        .route("/accounts/{account}/events/{id}/resend", post(resend))
}

type Shared = State<Arc<Stripe>>;

async fn all(
    State(stripe): Shared,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
) -> Result<Json<All>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let hooks = account.hooks();
    let shown = hooks.endpoints.iter().map(|endpoint| Shown {
        id: endpoint.id.clone(),
        url: endpoint.url.clone(),
        enabled_events: endpoint.enabled_events.clone(),
        status: if endpoint.disabled { "disabled" } else { "enabled" },
        secrets: endpoint.secrets.clone(),
    });
    Ok(Json(All { endpoints: shown.collect(), deliveries: hooks.log.iter().cloned().collect() }))
}

async fn register(
    State(stripe): Shared,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(new): Json<NewEndpoint>,
) -> Result<Json<Made>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let mut hooks = account.hooks();
    let endpoint = hooks.add(&id, &new.url, new.enabled_events, stripe.now_ms());
    Ok(Json(Made {
        id: endpoint.id.clone(),
        secret: endpoint.secrets.last().map(|secret| secret.text.clone()).unwrap_or_default(),
    }))
}

async fn habits(
    State(stripe): Shared,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(habits): Json<Habits>,
) -> Result<StatusCode, Refusal> {
    find(&stripe, &id, query.mode)?.hooks().habits = habits;
    Ok(StatusCode::NO_CONTENT)
}

async fn roll(
    State(stripe): Shared,
    Path((id, endpoint)): Path<(String, String)>,
    Query(query): Query<ModeQuery>,
    Json(roll): Json<Roll>,
) -> Result<Json<Made>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let mut hooks = account.hooks();
    let secret = hooks.fresh(&id, "whsec");
    let until = stripe.now_ms() + roll.valid_ms.unwrap_or(ROLLED_MS);
    let found = hooks.endpoints.iter_mut().find(|known| known.id == endpoint);
    let found = found
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("no such endpoint: {endpoint}")))?;
    if let Some(last) = found.secrets.last_mut() {
        last.until_ms = Some(until);
    }
    found.secrets.push(Secret { text: secret.clone(), until_ms: None });
    Ok(Json(Made { id: endpoint, secret }))
}

async fn event(
    State(stripe): Shared,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(new): Json<NewEvent>,
) -> Result<Json<Sent>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let now = stripe.now_ms();
    let event_id = new
        .id
        .clone()
        .unwrap_or_else(|| account.hooks().fresh(&id, if new.thin { "evt_test" } else { "evt" }));
    let live = new.livemode.unwrap_or(account.info.mode == Mode::Live);
    let event = if new.thin {
        let created = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
        json!({"id": event_id, "object": "v2.core.event",
            "type": new.kind.as_deref().unwrap_or("v1.billing.meter.error_report_triggered"),
            "livemode": live, "created": format!("{created:.3}"), "context": null,
            "related_object": null})
    } else {
        let object = new.object.unwrap_or_else(
            || json!({"object": "balance", "livemode": live, "available": [], "pending": []}),
        );
        let mut event = json!({"id": event_id, "object": "event", "api_version": API_VERSION,
            "created": now / 1000, "data": {"object": object},
            "livemode": live, "pending_webhooks": 0,
            "request": {"id": null, "idempotency_key": null},
            "type": new.kind.as_deref().unwrap_or("balance.available")});
        if let Some(connected) = new.account {
            event["account"] = json!(connected);
        }
        event
    };
    account.hooks().extra.insert(event_id.clone(), event.clone());
    deliver::send(&stripe, &account, event);
    Ok(Json(Sent { id: event_id }))
}

async fn resend(
    State(stripe): Shared,
    Path((id, event)): Path<(String, String)>,
    Query(query): Query<ModeQuery>,
) -> Result<Json<Sent>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let found = deliver::find(&stripe, &account, &event)
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("no such event: {event}")))?;
    deliver::send(&stripe, &account, found);
    Ok(Json(Sent { id: event }))
}
