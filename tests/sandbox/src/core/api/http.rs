//! Core's HTTP API: routes, keys, bodies.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{actions, bulk, post as posts, read};
use crate::conn::KillSwitch;
use crate::core::error::{self, ApiError};
use crate::core::instance::{Core, Instance};
use crate::core::knobs::Knobs;
use crate::core::request::holds_null;

/// Bytes of a request body at most; more is a malformed request.
pub const MAX_BODY: usize = 5 * 1024 * 1024;

/// The header that carries a key.
pub const KEY_HEADER: &str = "X-Blnk-Key";

/// U+0000 as JSON writes it.
const NULL: &[u8] = b"\\u0000";

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Core's routes.
pub fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/", get(|| async { axum::Json("server running...") }))
        .route("/health", get(|| async { axum::Json(serde_json::json!({"status": "UP"})) }))
        .route("/ledgers", post(posts::create_ledger).get(read::list_ledgers))
        .route("/ledgers/filter", post(read::filter_ledgers))
        .route("/ledgers/{id}", get(read::ledger).put(posts::rename_ledger))
        .route("/balances", post(posts::create_balance).get(read::list_balances))
        .route("/balances/filter", post(read::filter_balances))
        .route("/balances/{id}", get(read::balance))
        .route("/balances/{id}/at", get(read::balance_at))
        .route("/balances/{id}/identity", put(posts::link_identity))
        .route("/balances/indicator/{indicator}/currency/{currency}", get(read::by_indicator))
        .route("/identities", post(posts::create_identity).get(read::list_identities))
        .route("/identities/filter", post(read::filter_identities))
        .route("/identities/{id}", get(read::identity).put(posts::update_identity))
        .route("/transactions", post(posts::transaction).get(read::list_transactions))
        .route("/transactions/bulk", post(bulk::bulk))
        .route("/transactions/inflight/{id}", put(actions::inflight))
        .route("/refund-transaction/{id}", post(actions::refund))
        .route("/transactions/filter", post(read::filter_transactions))
        .route("/transactions/{id}", get(read::transaction))
        .route("/transactions/reference/{reference}", get(read::by_reference))
        .route("/{entity}/metadata", post(posts::metadata))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(middleware::from_fn_with_state(core, authenticate))
}

async fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))],
        "404 page not found",
    )
        .into_response()
}

fn key_of(request: &Request) -> &str {
    let key = request.headers().get(KEY_HEADER);
    key.and_then(|key| key.to_str().ok()).unwrap_or_default()
}

/// The instance that a call's key opens.
pub fn instance_of(core: &Core, request: &Request) -> Option<String> {
    let instance = core.by_key(key_of(request))?;
    Some(instance.id().to_owned())
}

async fn authenticate(core: State<Arc<Core>>, request: Request, next: Next) -> Response {
    let mut response = answer(core, request, next).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        headers.insert(header::CONTENT_TYPE, JSON);
    }
    response
}

async fn answer(State(core): State<Arc<Core>>, mut request: Request, next: Next) -> Response {
    let open = matches!(request.uri().path(), "/" | "/health");
    let switch = request.extensions().get::<ConnectInfo<KillSwitch>>().map(|info| info.0.clone());
    let mut knobs = Knobs::default();
    let mut called = None;
    if !open {
        let key = key_of(&request);
        if key.is_empty() {
            let message = "Authentication required. Use X-Blnk-Key header";
            return ApiError::new(error::AUTH_MISSING, message).into_response();
        }
        match core.by_key(key) {
            Some(instance) => {
                knobs = instance.knobs();
                called = Some(Arc::clone(&instance));
                request.extensions_mut().insert(instance)
            }
            None => return ApiError::new(error::AUTH_INVALID, "Invalid API key").into_response(),
        };
    }
    if knobs.ledger_latency_ms > 0 {
        tokio::time::sleep(Knobs::millis(knobs.ledger_latency_ms)).await;
    }
    let is_dead = || called.as_ref().is_some_and(|instance| instance.knobs().dead);
    // Whoever calls a dead ledger, or is being answered when it dies, is cut off.
    let mut response =
        if is_dead() { StatusCode::BAD_GATEWAY.into_response() } else { next.run(request).await };
    if let Some(switch) = switch.filter(|_| is_dead()) {
        switch.cut();
        return response;
    }
    if !knobs.core_version.has_error_detail()
        && let Some(error) = response.extensions().get::<ApiError>()
    {
        response = error.legacy_response();
    }
    response
}

/// The caller's ledger.
pub(super) type Ledger = axum::Extension<Arc<Instance>>;

/// A request body, or why it could not be read.
pub(super) struct Body(Result<Bytes, String>);

impl Body {
    /// The body as JSON.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, String> {
        parse(self.bytes()?)
    }

    /// What is to be written, as [`Self::parse`]; a text that the database cannot write is a fault
    /// of the ledger's own.
    pub(super) fn parse_stored<T: DeserializeOwned>(
        &self,
        malformed: impl FnOnce(String) -> ApiError,
    ) -> Result<T, ApiError> {
        let parsed = self.parse().map_err(malformed)?;
        let escaped =
            self.bytes().is_ok_and(|bytes| bytes.windows(NULL.len()).any(|part| part == NULL));
        if escaped && self.parse().is_ok_and(|body: serde_json::Value| holds_null(&body)) {
            return Err(ApiError::new(error::INTERNAL, "An internal error occurred"));
        }
        Ok(parsed)
    }

    /// The body as it came.
    pub(super) fn bytes(&self) -> Result<&[u8], String> {
        self.0.as_deref().map_err(Clone::clone)
    }
}

/// Reads a body as Core does: its first JSON value, whatever follows it, and only an object (or
/// null, which sets nothing).
pub(in crate::core) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let told = |error: serde_json::Error| {
        if error.is_eof() { "unexpected EOF".to_owned() } else { error.to_string() }
    };
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let text = values.next().ok_or("EOF")?.map_err(told)?.get();
    let kind = match text.bytes().next() {
        Some(b'{') => return serde_json::from_str(text).map_err(told),
        Some(b'n') => return serde_json::from_str("{}").map_err(told),
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        _ => "number",
    };
    Err(format!("json: cannot unmarshal {kind} into Go value"))
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY).await;
        Ok(Self(bytes.map_err(|_| "http: request body too large".to_owned())))
    }
}

/// JSON text as an answer.
pub(super) fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], text).into_response()
}
