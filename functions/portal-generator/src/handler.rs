//! Parses the request, calls the library, responds.

use std::sync::Arc;

use axum::Router;
use axum::extract::{self, Path, Request};
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use stripe_sync::app::launch::Launches;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::LaunchEvent;
use stripe_sync::model::retention::Retention;
use stripe_sync::platform::clock;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::web::{
    AllowedCallers, ApiResult, method_not_allowed, not_found, observe, ok, read_body,
};

/// The largest body of a launch.
pub const MAX_BODY: usize = 64 * 1024;

/// Built once at a cold start.
pub struct State {
    /// The table.
    pub store: Store,
    /// The key in the path of the platform's calls.
    pub registration_key: Secret,
    /// What signs launch tokens.
    pub session_secret: Secret,
    /// The origin of the portal.
    pub public_base_url: String,
    /// How long the audit trail is kept.
    pub retention: Retention,
    /// Where calls may come from.
    pub callers: AllowedCallers,
}

/// Every route of the function.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/portal/{key}", get(probe).head(probe).post(launch))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}

/// Blnk Cloud probes URLs when an app is registered: the response has no effect, whatever the key.
async fn probe() -> axum::response::Response {
    ok()
}

async fn launch(
    extract::State(state): extract::State<Arc<State>>,
    Path(key): Path<String>,
    request: Request,
) -> ApiResult {
    state.callers.admit(request.extensions())?;
    if !state.registration_key.accepts(&key).await? {
        return Err(Error::NotFound.into());
    }
    let event = LaunchEvent::parse(&read_body(request.into_body(), MAX_BODY).await?)?;
    let url = state.launches().launch(&event, clock::new_ulid(), clock::now()).await?;
    Ok(axum::Json(json!({"portal_url": url})).into_response())
}

impl State {
    fn launches(&self) -> Launches<'_> {
        Launches {
            store: &self.store,
            secret: &self.session_secret,
            public_base_url: &self.public_base_url,
            retention: self.retention,
        }
    }
}
