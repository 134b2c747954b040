//! Responses that rarely change: a caller that has one asks whether it is still current, and gets
//! `304 Not Modified` without a body.
//!
//! The tag is strong: a hash of the body. It is computed for each request in the caller's own
//! session, so a tag never matches what another install may read.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use stripe_sync::model::error::Error;
use stripe_sync::platform::web::Failure;

/// No answer is larger than this: a Lambda function answers at most 6 MiB.
const MAX_BODY: usize = 6 * 1024 * 1024;
/// Cached by the caller alone, and revalidated before each use.
const KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Another session gets another response at the same address.
const BY_SESSION: HeaderValue = HeaderValue::from_static("authorization");

/// An answer, and whether it rarely changes.
pub(crate) struct Lasting<T>(pub(crate) bool, pub(crate) T);

#[derive(Clone, Copy)]
struct Lasts;

impl<T: IntoResponse> IntoResponse for Lasting<T> {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        if self.0 {
            response.extensions_mut().insert(Lasts);
        }
        response
    }
}

/// Middleware around every route: tags the answers that are marked as [`Lasting`].
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    let reads = request.method() == Method::GET;
    let known = known(request.headers());
    let mut response = next.run(request).await;
    let lasts = response.extensions_mut().remove::<Lasts>().is_some();
    if !(reads && lasts && response.status() == StatusCode::OK) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = match to_bytes(body, MAX_BODY).await {
        Ok(body) => body,
        Err(error) => return Failure(Error::internal(error)).into_response(),
    };
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&body)));
    let Ok(value) = HeaderValue::from_str(&tag) else {
        return Response::from_parts(parts, Body::from(body));
    };
    parts.headers.insert(header::ETAG, value);
    parts.headers.insert(header::CACHE_CONTROL, KEPT);
    parts.headers.insert(header::VARY, BY_SESSION);
    if !known.iter().any(|known| known == "*" || *known == tag) {
        return Response::from_parts(parts, Body::from(body));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    for about_the_body in
        [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_DISPOSITION]
    {
        parts.headers.remove(about_the_body);
    }
    Response::from_parts(parts, Body::empty())
}

/// The tags that the caller has. A gateway may have made one weak by compressing the body.
fn known(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let tags = texts.flat_map(|text| text.split(',')).map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()).collect()
}
