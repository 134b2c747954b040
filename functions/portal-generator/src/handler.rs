//! Parses, asks the library, answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{self, Path, Request};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::LaunchEvent;
use stripe_sync::platform::clock;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::store::Store;
use stripe_sync::platform::web::{AllowedCallers, ApiResult, method_not_allowed, not_found, observe, ok, read_body};

/// The largest body of a launch.
const MAX_BODY: usize = 64 * 1024;

/// Built once at a cold start.
pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) registration_key: Secret,
    pub(crate) session_secret: Secret,
    pub(crate) public_base_url: String,
    pub(crate) retention_days: i64,
    pub(crate) callers: AllowedCallers,
}

pub(crate) fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/portal/{key}", get(probe).head(probe).post(launch))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}

/// Blnk Cloud probes URLs when an app is registered: an answer without any effect, whatever the key.
async fn probe() -> axum::response::Response {
    ok()
}

async fn launch(extract::State(state): extract::State<Arc<State>>, Path(key): Path<String>, request: Request) -> ApiResult {
    state.callers.admit(request.extensions())?;
    if !state.registration_key.accepts(&key).await? {
        return Err(Error::NotFound.into());
    }
    let event = LaunchEvent::parse(&read_body(request.into_body(), MAX_BODY).await?)?;
    let secrets = state.session_secret.versions().await?;
    let launch = state.store.launches().record(&event, clock::new_ulid(), clock::now(), state.retention_days).await?;
    tracing::info!(install = %launch.install, launch = %launch.id, "launch");
    // The base comes from the deployment: a Host header never decides where a token is sent.
    let url = format!("{}/portal?token={}", state.public_base_url, launch.sign(&secrets));
    Ok(axum::Json(json!({"portal_url": url})).into_response())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
