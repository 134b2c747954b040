//! Parses the request, calls the library, responds.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::routing::post;
use stripe_sync::app::webhook::receive::Receiver;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::stripe::signature;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{
    ApiResult, method_not_allowed, not_found, observe, ok, read_body,
};

/// The largest body of an event. Stripe names no limit; its events are some kilobytes.
pub const MAX_BODY: usize = 1024 * 1024;

/// Every route of the function.
pub fn router(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route("/api/stripe/{install}", post(event))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(observe))
        .with_state(receiver)
}

async fn event(
    State(receiver): State<Arc<Receiver>>,
    Path(install): Path<String>,
    request: Request,
) -> ApiResult {
    let install = InstallId::parse(&install).ok_or(Error::NotFound)?;
    let (parts, body) = request.into_parts();
    let header = parts
        .headers
        .get(signature::HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // The bytes as they came: they are what was signed.
    let body = read_body(body, MAX_BODY).await?;
    receiver.receive(&install, header, &body, clock::now()).await?;
    Ok(ok())
}
