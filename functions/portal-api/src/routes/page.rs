//! The page itself, and its files.

use std::sync::Arc;

use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stripe_sync::platform::web::not_found;

use crate::assets::{ASSETS, Asset, PAGE};
use crate::state::State;

/// The page. It is the same for everyone: only its script reads the token in its URL, and opening
/// the page does not use the token up.
pub(crate) async fn page(Extract(state): Extract<Arc<State>>, headers: HeaderMap) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src \
            'self' data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self' {}",
        state.dashboard_origins
    );
    let Ok(policy) = HeaderValue::from_str(&policy) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = file(&PAGE, &headers);
    let set = response.headers_mut();
    set.insert(header::CONTENT_SECURITY_POLICY, policy);
    set.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A file of the page. Its name holds a hash of its content, so it never changes.
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(found) = ASSETS.iter().find(|asset| asset.name == name) else {
        return not_found().await;
    };
    let mut response = file(found, &headers);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

fn file(asset: &Asset, headers: &HeaderMap) -> Response {
    let zipped = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accepted| accepted.contains("gzip"));
    let mut response =
        if zipped { asset.gzip.into_response() } else { asset.plain.into_response() };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    set.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if zipped {
        set.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
