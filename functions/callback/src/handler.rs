//! Parses the request, calls the library, responds.

use std::sync::Arc;

use axum::Router;
use axum::extract::{self, Path, Request};
use axum::routing::get;
use stripe_sync::app::install::InstallEvents;
use stripe_sync::model::error::Error;
use stripe_sync::model::install::{Event, InstallEvent, UninstallEvent};
use stripe_sync::platform::clock;
use stripe_sync::platform::queue::sender::Queue;
use stripe_sync::platform::secrets::Secret;
use stripe_sync::platform::table::Store;
use stripe_sync::platform::vault::Vault;
use stripe_sync::platform::web::{
    AllowedCallers, ApiResult, method_not_allowed, not_found, observe, ok, read_body,
};

/// The largest body of an event.
pub const MAX_BODY: usize = 64 * 1024;
/// The header in which the beta sent the idempotency key.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Built once at a cold start.
pub struct State {
    /// The table.
    pub store: Store,
    /// The keys: they are only sealed here.
    pub vault: Vault,
    /// Wake-ups.
    pub queue: Queue,
    /// The key in the path of the platform's calls.
    pub registration_key: Secret,
    /// Where calls may come from.
    pub callers: AllowedCallers,
}

/// Every route of the function.
pub fn router(state: Arc<State>) -> Router {
    Router::new()
        .route("/api/callback/{key}", get(probe).head(probe).post(callback))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::middleware::from_fn(observe))
        .with_state(state)
}

/// Blnk Cloud probes URLs when an app is registered: the response has no effect, whatever the key.
async fn probe() -> axum::response::Response {
    ok()
}

async fn callback(
    extract::State(state): extract::State<Arc<State>>,
    Path(key): Path<String>,
    request: Request,
) -> ApiResult {
    state.callers.admit(request.extensions())?;
    if !state.registration_key.accepts(&key).await? {
        return Err(Error::NotFound.into());
    }
    let (parts, body) = request.into_parts();
    let header = parts.headers.get(IDEMPOTENCY_KEY).map(|value| value.to_str()).transpose();
    let header = header
        .map_err(|_| Error::field("idempotency_key", "The Idempotency-Key header is not text."))?;
    match Event::parse(&read_body(body, MAX_BODY).await?, header)? {
        Event::Install(event) => installed(&state, &event).await?,
        Event::Uninstall(event) => uninstalled(&state, &event).await?,
    }
    Ok(ok())
}

async fn installed(state: &State, event: &InstallEvent) -> Result<(), Error> {
    let outcome = state.install_events().installed(event, clock::new_ulid(), clock::now()).await?;
    tracing::info!(install = %event.install, key = %event.api_key_prefix, ?outcome,
        "handled an install event");
    Ok(())
}

async fn uninstalled(state: &State, event: &UninstallEvent) -> Result<(), Error> {
    let outcome =
        state.install_events().uninstalled(event, clock::new_ulid(), clock::now()).await?;
    tracing::info!(install = %event.install, ?outcome, "handled an uninstall event");
    Ok(())
}

impl State {
    const fn install_events(&self) -> InstallEvents<'_> {
        InstallEvents { store: &self.store, vault: &self.vault, queue: &self.queue }
    }
}
