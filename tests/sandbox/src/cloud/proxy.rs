//! `/proxy`: a call to the ledger, handed on; status and body come back unchanged.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Cloud;
use super::api::{Refused, error};
use super::client::CoreCall;
use super::state::Granted;
use crate::clock;

/// Bytes the gateway takes; the ledger's own limit is lower.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// What Cloud puts in when a transaction has no precision.
const DEFAULT_PRECISION: &str = "100";

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

pub(super) async fn forward(
    State(cloud): State<Arc<Cloud>>,
    Extension(granted): Extension<Granted>,
    request: Request,
) -> Response {
    send(&cloud, &granted, request, |body| body).await
}

/// `POST /proxy/transactions`: a missing precision or reference is filled in, in single posts only.
pub(super) async fn transaction(
    State(cloud): State<Arc<Cloud>>,
    Extension(granted): Extension<Granted>,
    request: Request,
) -> Response {
    send(&cloud, &granted, request, filled_in).await
}

/// A path that is not documented: handed on only when told to.
pub(super) async fn undocumented(
    State(cloud): State<Arc<Cloud>>,
    Extension(granted): Extension<Granted>,
    request: Request,
) -> Response {
    if granted.switches.open_proxy && request.uri().path().starts_with("/proxy/") {
        return send(&cloud, &granted, request, |body| body).await;
    }
    error(StatusCode::NOT_FOUND, "Not found")
}

/// A documented path with another method.
pub(super) async fn other_method(
    state: State<Arc<Cloud>>,
    granted: Extension<Granted>,
    request: Request,
) -> Response {
    if granted.switches.open_proxy {
        return undocumented(state, granted, request).await;
    }
    error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}

async fn read(body: Body) -> Result<Bytes, Refused> {
    let too_large = |_| {
        let message = "Request body too large".to_owned();
        Refused(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    axum::body::to_bytes(body, MAX_BODY).await.map_err(too_large)
}

async fn send(
    cloud: &Cloud,
    granted: &Granted,
    request: Request,
    change: impl FnOnce(Bytes) -> Bytes,
) -> Response {
    let (method, path) = (request.method().clone(), core_path(request.uri()));
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
    let body = match read(request.into_body()).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    if granted.switches.duplicate_body
        && method == Method::POST
        && cloud.repeated(&granted.instance_id, &path, &body)
    {
        return error(StatusCode::CONFLICT, "duplicate request");
    }
    let call = CoreCall { content_type, ..CoreCall::new(method, &path, change(body)) };
    match cloud.core.call(&granted.core, call).await {
        Ok(answer) => (
            answer.status,
            [(header::CONTENT_TYPE, answer.content_type.unwrap_or(JSON))],
            answer.body,
        )
            .into_response(),
        Err(reason) => {
            tracing::debug!(%reason, path, "no answer from the ledger");
            error(StatusCode::BAD_GATEWAY, "Failed to reach Blnk Core")
        }
    }
}

impl Cloud {
    /// Whether the same body was sent there before. Only bodies without a reference are remembered,
    /// for as long as Cloud lives.
    fn repeated(&self, instance_id: &str, path: &str, body: &[u8]) -> bool {
        const REFERENCE: &[u8] = b"\"reference\"";
        if body.windows(REFERENCE.len()).any(|part| part == REFERENCE) {
            return false;
        }
        let mut digest = Sha256::new();
        for part in [instance_id.as_bytes(), b" ", path.as_bytes(), b" ", body] {
            digest.update(part);
        }
        !self.state().bodies.insert(digest.finalize().into())
    }
}

/// The path and query for the ledger: without `/proxy`, without Cloud's own parameter.
fn core_path(uri: &Uri) -> String {
    let path = uri.path().strip_prefix("/proxy").unwrap_or(uri.path());
    let params = uri.query().unwrap_or_default().split('&');
    let others = params.filter(|param| !param.is_empty() && !param.starts_with("instance_id="));
    let query: Vec<_> = others.collect();
    if query.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{}", query.join("&"))
}

fn filled_in(body: Bytes) -> Bytes {
    let Ok(mut fields) = serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(&body) else {
        return body;
    };
    let absent = |fields: &BTreeMap<String, Box<RawValue>>, name: &str| {
        let value = fields.get(name).map_or("null", |value| value.get());
        matches!(value, "null" | "\"\"")
    };
    let mut changed = false;
    let made = [
        ("precision", DEFAULT_PRECISION.to_owned()),
        ("reference", format!("\"ref_{}\"", clock::uuid())),
    ];
    for (name, value) in made {
        if let (true, Ok(value)) = (absent(&fields, name), RawValue::from_string(value)) {
            fields.insert(name.to_owned(), value);
            changed = true;
        }
    }
    match serde_json::to_vec(&fields) {
        Ok(text) if changed => text.into(),
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::{core_path, filled_in};

    #[test]
    fn only_what_is_missing_is_filled_in_and_no_digit_is_lost() {
        let body = r#"{"precise_amount":90071992547409931234,"precision":1,"reference":"r"}"#;
        assert_eq!(filled_in(body.into()), body);
        let filled = filled_in(r#"{"precise_amount":90071992547409931234}"#.into());
        let text = String::from_utf8(filled.to_vec()).unwrap();
        assert!(text.contains("\"precise_amount\":90071992547409931234"), "{text}");
        assert!(text.contains("\"precision\":100") && text.contains("\"reference\":\"ref_"));
        assert_eq!(filled_in("[1]".into()), "[1]");
    }

    #[test]
    fn the_ledger_sees_neither_the_prefix_nor_the_instance() {
        let path = |uri: &str| core_path(&uri.parse().unwrap());
        assert_eq!(path("/proxy/ledgers?instance_id=i"), "/ledgers");
        assert_eq!(
            path("/proxy/balances/b/at?timestamp=2024-01-01T00%3A00%3A00Z&instance_id=i"),
            "/balances/b/at?timestamp=2024-01-01T00%3A00%3A00Z"
        );
    }
}
