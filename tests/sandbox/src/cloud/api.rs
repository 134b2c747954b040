//! The API that apps call: who may, and what there is.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use serde_json::json;

use super::state::Granted;
use super::switches::WrongInstance;
use super::{Cloud, alerts, data, proxy};

/// Cloud's routes.
pub fn router(cloud: Arc<Cloud>) -> Router {
    data_routes()
        .merge(proxy_routes())
        .merge(alerts::routes())
        .fallback(proxy::undocumented)
        .method_not_allowed_fallback(proxy::other_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), authorize))
        .with_state(cloud)
}

fn data_routes() -> Router<Arc<Cloud>> {
    Router::new()
        .route("/data/ledgers", get(data::list_ledgers))
        .route("/data/ledgers/{id}", get(data::ledger))
        .route("/data/balances", get(data::list_balances))
        .route("/data/balances/{id}", get(data::balance))
        .route("/data/transactions", get(data::list_transactions))
        .route("/data/transactions/{id}", get(data::transaction))
        .route("/data/identities", get(data::list_identities))
        .route("/data/identities/{id}", get(data::identity))
        .route("/data/reconciliations", get(data::empty_list))
        .route("/data/matching-rules", get(data::empty_list))
        .route("/data/external-transactions", get(data::empty_list))
        .route("/ledger/filter", post(data::filter_ledgers))
        .route("/balances/filter", post(data::filter_balances))
        .route("/transactions/filter", post(data::filter_transactions))
        .route("/identities/filter", post(data::filter_identities))
}

/// The documented calls, and no others. What the ledger does not know it answers itself.
fn proxy_routes() -> Router<Arc<Cloud>> {
    let forward = || -> [MethodRouter<Arc<Cloud>>; 3] {
        [get(proxy::forward), post(proxy::forward), put(proxy::forward)]
    };
    let [_, posted, _] = forward();
    let mut router = Router::new().route("/proxy/transactions", post(proxy::transaction));
    for path in [
        "/proxy/ledgers",
        "/proxy/balances",
        "/proxy/transactions/bulk",
        "/proxy/identities",
        "/proxy/refund-transaction/{id}",
        "/proxy/{id}/metadata",
        "/proxy/identities/{id}/tokenize",
        "/proxy/identities/{id}/tokenize/{field}",
        "/proxy/identities/{id}/detokenize",
        "/proxy/reconciliation/start",
        "/proxy/reconciliation/upload",
        "/proxy/reconciliation/start-instant",
        "/proxy/reconciliation/matching-rules",
    ] {
        router = router.route(path, posted.clone());
    }
    let [read, _, changed] = forward();
    for path in [
        "/proxy/balances/{id}/at",
        "/proxy/balances/{id}/lineage",
        "/proxy/transactions/{id}/lineage",
        "/proxy/identities/{id}/tokenized-fields",
        "/proxy/identities/{id}/detokenize/{field}",
        "/proxy/reconciliation/{id}",
    ] {
        router = router.route(path, read.clone());
    }
    for path in [
        "/proxy/transactions/inflight/{id}",
        "/proxy/identities/{id}",
        "/proxy/balances/{id}/identity",
    ] {
        router = router.route(path, changed.clone());
    }
    let rule = changed.delete(proxy::forward);
    router.route("/proxy/reconciliation/matching-rules/{id}", rule)
}

/// An error of Cloud itself: unlike Core's it has no `error_detail`.
pub(super) fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}

/// Why Cloud itself refused a call.
pub(super) struct Refused(pub(super) StatusCode, pub(super) String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        error(self.0, &self.1)
    }
}

/// Who is calling, and what for.
async fn authorize(State(cloud): State<Arc<Cloud>>, mut request: Request, next: Next) -> Response {
    let key = cloud.key_of(&request);
    if key.is_none() && !request.headers().contains_key(header::AUTHORIZATION) {
        return error(StatusCode::UNAUTHORIZED, "Authorization header is required");
    }
    let Some(granted) = key.and_then(|key| cloud.state().granted(&key)) else {
        return error(StatusCode::UNAUTHORIZED, "Invalid API key");
    };
    let asked = instance_id(&request);
    // Alerts are Cloud's own: their documentation names no instance.
    if asked.is_empty() && !is_alerts(&request) {
        return error(StatusCode::BAD_REQUEST, "instance_id is required");
    }
    if !asked.is_empty() && asked != granted.instance_id {
        return match granted.switches.wrong_instance {
            WrongInstance::Forbidden => {
                error(StatusCode::FORBIDDEN, "API key does not have access to this instance")
            }
            WrongInstance::Missing => error(StatusCode::NOT_FOUND, "Instance not found"),
        };
    }
    let scope = scope_of(&request);
    if !granted.permissions.iter().any(|own| own == scope) {
        let message = format!("API key does not have the required scope: {scope}");
        return error(StatusCode::FORBIDDEN, &message);
    }
    request.extensions_mut().insert::<Granted>(granted);
    next.run(request).await
}

fn is_alerts(request: &Request) -> bool {
    let path = request.uri().path();
    path == "/alerts" || path.starts_with("/alerts/")
}

pub(super) fn instance_id(request: &Request) -> String {
    let params = Query::<Vec<(String, String)>>::try_from_uri(request.uri());
    let params = params.map(|params| params.0).unwrap_or_default();
    let found = params.into_iter().find(|(name, _)| name == "instance_id");
    found.map(|(_, value)| value).unwrap_or_default()
}

/// Filters are posted, but only read.
fn scope_of(request: &Request) -> &'static str {
    let reads = request.method() == Method::GET;
    match (is_alerts(request), reads) {
        (true, true) => "alerts:read",
        (true, false) => "alerts:write",
        (false, false) if request.uri().path().starts_with("/proxy/") => "data:write",
        _ => "data:read",
    }
}

/// JSON text as an answer.
pub(super) fn json(status: StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], body.into()).into_response()
}
