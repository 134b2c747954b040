//! The Stripe account: connected, and disconnected.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::connection::{ConnectRequest, Connected, StripeConnection};
use crate::extract::{Authenticated, ValidJson};
use crate::state::{State, request_ids};

/// Connects a Stripe account, or replaces its key.
#[utoipa::path(post, path = "/portal/api/stripe", request_body = ConnectRequest, responses(
    (status = 200, body = Connected), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn connect(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<ConnectRequest>,
) -> ApiResult<Json<Connected>> {
    let connected = state
        .connector
        .connect(&portal, &request.key, request.prefix.as_deref(), request_ids())
        .await?;
    tracing::info!(install = %portal.install, account = connected.connection.account_id,
        replaced = connected.replaced, "a Stripe account was connected");
    state.schedule_follows(&portal).await;
    Ok(Json(Connected {
        stripe: StripeConnection::of(&connected.connection, &portal.meta),
        replaced: connected.replaced,
    }))
}

/// Disconnects the Stripe account. Posted entries stay in the ledger.
#[utoipa::path(delete, path = "/portal/api/stripe",
    responses((status = 204), (status = 409, body = ProblemDetails)))]
pub(crate) async fn disconnect(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult {
    state.connector.disconnect(&portal, request_ids()).await?;
    tracing::info!(install = %portal.install, "the Stripe account was disconnected");
    state.schedule_follows(&portal).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}
