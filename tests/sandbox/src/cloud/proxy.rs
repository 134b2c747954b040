//! `/proxy`: a call to the ledger, handed on; status and body come back unchanged.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::value::RawValue;

use super::Cloud;
use super::api::{Refused, error, json};
use super::state::Granted;
use crate::clock;

/// Bytes the gateway takes; the ledger's own limit is lower.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// What Cloud puts in when a transaction has no precision.
const DEFAULT_PRECISION: &str = "100";

pub(super) async fn forward(State(cloud): State<Arc<Cloud>>, Extension(granted): Extension<Granted>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), core_path(request.uri()));
    match read(request.into_body()).await {
        Ok(body) => send(&cloud, &granted, method, &path, body).await,
        Err(refused) => refused.into_response(),
    }
}

/// `POST /proxy/transactions`: a missing precision or reference is filled in, in single posts only.
pub(super) async fn transaction(State(cloud): State<Arc<Cloud>>, Extension(granted): Extension<Granted>, request: Request) -> Response {
    let (method, path) = (request.method().clone(), core_path(request.uri()));
    match read(request.into_body()).await {
        Ok(body) => send(&cloud, &granted, method, &path, filled_in(body)).await,
        Err(refused) => refused.into_response(),
    }
}

async fn read(body: Body) -> Result<Bytes, Refused> {
    let too_large = |_| {
        let message = "Request body too large".to_owned();
        Refused(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    axum::body::to_bytes(body, MAX_BODY).await.map_err(too_large)
}

async fn send(cloud: &Cloud, granted: &Granted, method: Method, path: &str, body: Bytes) -> Response {
    match cloud.core.call(&granted.core, method, path, body).await {
        Ok((status, body)) => json(status, body),
        Err(reason) => {
            tracing::debug!(%reason, path, "no answer from the ledger");
            error(StatusCode::BAD_GATEWAY, "Failed to reach Blnk Core")
        }
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
    let made = [("precision", DEFAULT_PRECISION.to_owned()), ("reference", format!("\"ref_{}\"", clock::uuid()))];
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
