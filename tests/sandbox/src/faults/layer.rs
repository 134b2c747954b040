//! The layer that counts calls and makes them suffer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Call, CallKey, FaultSpec, Faults, NO_ANSWER, Surface, UNSEEN_HEADER};
use crate::conn::KillSwitch;

/// A request's body beyond this is not looked at: no surface takes more.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// Finds the Blnk instance or the Stripe account that a call belongs to.
pub type ScopeOf = Arc<dyn Fn(&Request) -> Option<String> + Send + Sync>;

#[derive(Clone)]
struct Layer {
    faults: Arc<Faults>,
    surface: Surface,
    scope_of: ScopeOf,
}

/// Wraps a surface's router: its calls are counted and may be hit by faults.
pub fn wrap(router: Router, surface: Surface, faults: Arc<Faults>, scope_of: ScopeOf) -> Router {
    let layer = Layer { faults, surface, scope_of };
    router.layer(middleware::from_fn_with_state(layer, intercept))
}

/// Counts a call when it goes out of scope, also when its caller went away half-way.
struct Counted<'a> {
    faults: &'a Faults,
    key: Option<CallKey>,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.faults.count(key);
        }
    }
}

impl Counted<'_> {
    fn answered(&mut self, status: u16) {
        if let Some(key) = &mut self.key {
            key.status = status;
        }
    }
}

async fn intercept(State(layer): State<Layer>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(UNSEEN_HEADER) {
        return next.run(request).await;
    }
    let scope = (layer.scope_of)(&request);
    let path = request.uri().path().to_owned();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("unmatched", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let switch = request.extensions().get::<ConnectInfo<KillSwitch>>().map(|info| info.0.clone());
    let query = query_of(&request);
    let (request, body) = if layer.faults.ask_for_bodies(layer.surface) {
        with_body(request).await
    } else {
        (request, Bytes::new())
    };
    let call = Call {
        surface: layer.surface,
        method: &method,
        path: &path,
        query: &query,
        body: &body,
        scope: scope.as_deref(),
    };
    let fault = layer.faults.hit(&call);
    let mut counted = Counted {
        faults: &layer.faults,
        key: Some(CallKey {
            surface: layer.surface,
            scope,
            method: method.as_str().to_owned(),
            route,
            status: NO_ANSWER,
        }),
    };
    let Some(fault) = fault else {
        let response = next.run(request).await;
        counted.answered(response.status().as_u16());
        return response;
    };
    let response = suffer(&fault, layer.surface, request, next).await;
    match (fault.drop, switch) {
        (Some(_), Some(switch)) => switch.cut(),
        _ => counted.answered(response.status().as_u16()),
    }
    response
}

/// The query, decoded.
fn query_of(request: &Request) -> Vec<(String, String)> {
    let Query(pairs) = Query::try_from_uri(request.uri()).unwrap_or_default();
    pairs
}

/// The request as it was, and its body. A body that is too large or cannot be read is taken for
/// empty.
async fn with_body(request: Request) -> (Request, Bytes) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    (Request::from_parts(parts, Body::from(body.clone())), body)
}

/// Runs a call under a fault, up to the answer it gets (or loses).
async fn suffer(fault: &FaultSpec, surface: Surface, request: Request, next: Next) -> Response {
    let delay = Duration::from_millis(fault.delay_ms);
    let mut own = None;
    if fault.runs_handler_first() {
        own = Some(next.run(request).await);
        tokio::time::sleep(delay).await;
    } else {
        tokio::time::sleep(delay).await;
        if fault.status.is_none() && fault.drop.is_none() {
            return next.run(request).await;
        }
    }
    match (fault.status, own) {
        (None, Some(own)) => own,
        (status, _) => injected(fault, surface, status.unwrap_or(503)),
    }
}

fn injected(fault: &FaultSpec, surface: Surface, status: u16) -> Response {
    let body = match &fault.body {
        Some(Value::String(text)) => text.clone(),
        Some(body) => body.to_string(),
        None => default_body(surface, status).to_string(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// An error as the surface itself would write it for `status`.
fn default_body(surface: Surface, status: u16) -> Value {
    match surface {
        Surface::Stripe => {
            let (kind, code) = match status {
                429 => ("invalid_request_error", Some("rate_limit")),
                400..=499 => ("invalid_request_error", None),
                _ => ("api_error", None),
            };
            json!({"error": {"type": kind, "code": code, "message": "Injected by the sandbox."}})
        }
        Surface::Cloud => json!({"error": "injected by the sandbox"}),
        Surface::Core => {
            let (code, message) = match status {
                409 => ("GEN_CONFLICT", "Optimistic locking failure: injected by the sandbox"),
                423 => ("GEN_RESOURCE_LOCKED", "failed to acquire lock: injected by the sandbox"),
                429 => ("GEN_RATE_LIMITED", "rate limit exceeded"),
                503 => ("QUEUE_BACKPRESSURE", "the transaction queue is at capacity"),
                400..=499 => ("GEN_BAD_REQUEST", "injected by the sandbox"),
                _ => ("GEN_INTERNAL", "An internal error occurred"),
            };
            json!({"error": message, "error_detail": {"code": code, "message": message}})
        }
    }
}
