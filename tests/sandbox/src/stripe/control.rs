//! What tests do to Stripe: accounts, records, keys, settings, and the truth to compare with.
//! Nested under `/stripe` of the control API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::account::{Account, AccountInfo, AccountSpec, Mode, Stripe};
use super::auth::{KeyKind, Permissions};
use super::balance;
use super::customers;
use super::generate::{self, RecordSpec};
use super::report::{self, BalanceSummary, Days, PayoutReconciliation};
use super::store::Unrenderable;
use super::webhook;

/// A refusal, in the shape of all control errors.
pub(super) type Refusal = (StatusCode, Json<Refused>);

#[derive(Debug, Serialize)]
pub(super) struct Refused {
    error: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModeQuery {
    pub(super) mode: Option<Mode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct KeySpec {
    kind: KeyKind,
    permissions: Option<BTreeMap<String, bool>>,
    /// May also make and remove webhook endpoints.
    webhooks: bool,
}

#[derive(Debug, Serialize)]
struct NewKey {
    key: String,
}

#[derive(Debug, Serialize)]
struct Added {
    ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SettingsSpec {
    balance_lag_ms: Option<i64>,
    list_lag_ms: Option<i64>,
    balance_offset: Option<BTreeMap<String, i64>>,
    rate_limit: Option<usize>,
    unrenderable: Option<BTreeMap<String, Unrenderable>>,
}

/// The routes, to be nested under `/stripe`.
pub fn control_router(stripe: Arc<Stripe>) -> Router {
    Router::new()
        .route("/accounts", get(accounts).post(create))
        .route("/accounts/{account}/records", post(records))
        .route("/accounts/{account}/keys", post(new_key))
        .route("/accounts/{account}/keys/{key}", delete(expire_key))
        .route("/accounts/{account}/settings", post(settings))
        .route("/accounts/{account}/truth", get(truth))
        .route("/accounts/{account}/reports/balance-summary", get(balance_summary))
        .route("/accounts/{account}/reports/payout-reconciliation", get(payout_reconciliation))
        .merge(customers::control_router())
        .merge(webhook::control_router())
        .with_state(stripe)
}

pub(super) fn refuse(status: StatusCode, error: impl Into<String>) -> Refusal {
    let error = error.into();
    (status, Json(Refused { error }))
}

pub(super) fn find(stripe: &Stripe, id: &str, mode: Option<Mode>) -> Result<Arc<Account>, Refusal> {
    let missing = || refuse(StatusCode::NOT_FOUND, format!("no such account: {id}"));
    stripe.account(id, mode).ok_or_else(missing)
}

async fn accounts(State(stripe): State<Arc<Stripe>>) -> Json<Vec<AccountInfo>> {
    Json(stripe.infos())
}

/// Long histories take a while, so they are written beside the server's own threads.
async fn create(
    State(stripe): State<Arc<Stripe>>,
    Json(spec): Json<AccountSpec>,
) -> Result<Json<AccountInfo>, Refusal> {
    let known = spec.id.as_deref().and_then(|id| stripe.account(id, Some(spec.mode)));
    if known.is_some_and(|account| account.spec != spec) {
        let text = "an account of this id and mode exists with another specification";
        return Err(refuse(StatusCode::CONFLICT, text));
    }
    let made = tokio::task::spawn_blocking(move || stripe.create_account(spec)).await;
    let failed = |error: tokio::task::JoinError| {
        refuse(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    };
    Ok(Json(made.map_err(failed)?))
}

async fn records(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(spec): Json<RecordSpec>,
) -> Result<Json<Added>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let (added, movements) = {
        let mut store = account.write();
        let first = store.transactions.count();
        let added = generate::add(&mut store, &spec, stripe.now_ms());
        (added, first..store.transactions.count())
    };
    webhook::announce(&stripe, &account, movements);
    let refused = |error| refuse(StatusCode::UNPROCESSABLE_ENTITY, error);
    Ok(Json(Added { ids: added.map_err(refused)? }))
}

async fn new_key(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(spec): Json<KeySpec>,
) -> Result<Json<NewKey>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let permissions = match &spec.permissions {
        Some(flags) => {
            let flags = flags.iter().map(|(name, &on)| (name.as_str(), on));
            let permissions = Permissions::from_flags(&flags);
            permissions.map_err(|error| refuse(StatusCode::UNPROCESSABLE_ENTITY, error))?
        }
        None => Permissions::all_reads(),
    };
    let permissions = if spec.webhooks { permissions.with_webhooks() } else { permissions };
    let key = stripe.new_key(&id, account.info.mode, spec.kind, permissions);
    Ok(Json(NewKey { key }))
}

async fn expire_key(
    State(stripe): State<Arc<Stripe>>,
    Path((id, key)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    if stripe.expire_key(&id, &key) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(refuse(StatusCode::NOT_FOUND, "no such key of this account"))
}

async fn settings(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
    Json(spec): Json<SettingsSpec>,
) -> Result<StatusCode, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let settings = &mut account.write().settings;
    settings.balance_lag_ms = spec.balance_lag_ms.unwrap_or(settings.balance_lag_ms);
    settings.list_lag_ms = spec.list_lag_ms.unwrap_or(settings.list_lag_ms);
    settings.rate_limit = spec.rate_limit.unwrap_or(settings.rate_limit);
    if let Some(offset) = spec.balance_offset {
        settings.balance_offset = offset;
    }
    if let Some(unrenderable) = spec.unrenderable {
        settings.unrenderable = unrenderable;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn truth(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
) -> Result<Response<Body>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    let mut out = String::new();
    balance::truth(&account.read(), stripe.now_ms(), &mut out);
    let response = Response::builder().header(CONTENT_TYPE, "application/json");
    Ok(response.body(Body::from(out)).unwrap_or_default())
}

async fn balance_summary(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(days): Query<Days>,
) -> Result<Json<Vec<BalanceSummary>>, Refusal> {
    let account = find(&stripe, &id, days.mode)?;
    let no_days = || refuse(StatusCode::UNPROCESSABLE_ENTITY, "the days are in no order");
    let period = days.seconds().ok_or_else(no_days)?;
    Ok(Json(report::balance_summary(&account.read(), period, stripe.now_ms())))
}

async fn payout_reconciliation(
    State(stripe): State<Arc<Stripe>>,
    Path(id): Path<String>,
    Query(query): Query<ModeQuery>,
) -> Result<Json<Vec<PayoutReconciliation>>, Refusal> {
    let account = find(&stripe, &id, query.mode)?;
    Ok(Json(report::payout_reconciliation(&account.read(), stripe.now_ms())))
}
