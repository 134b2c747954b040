//! Real time: the endpoint at Stripe, and its secret.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use stripe_sync::app::connect::connector::not_connected;
use stripe_sync::app::connect::realtime::EndpointLook;
use stripe_sync::model::connection::Connection;
use stripe_sync::model::session::Portal;
use stripe_sync::model::webhook::url_of;
use stripe_sync::platform::clock;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};

use crate::dto::webhook::{LookQuery, Realtime, SecretRequest};
use crate::extract::{Authenticated, ValidJson, ValidQuery};
use crate::state::{State, request_ids};

/// The real-time state, and the state of the endpoint at Stripe.
#[utoipa::path(get, path = "/portal/api/stripe/webhook", params(LookQuery),
    responses((status = 200, body = Realtime), (status = 409, body = ProblemDetails)))]
pub(crate) async fn realtime(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidQuery(query): ValidQuery<LookQuery>,
) -> ApiResult<Json<Realtime>> {
    let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
    let look = if query.look {
        state.connector.look_at_endpoint(&portal, connection, clock::now()).await?
    } else {
        EndpointLook { seen: connection.endpoint_seen, ..EndpointLook::default() }
    };
    Ok(shown(&state, &portal, connection, &look))
}

/// Creates the endpoint at Stripe, or replaces it by one with a new secret.
#[utoipa::path(post, path = "/portal/api/stripe/webhook", responses(
    (status = 200, body = Realtime), (status = 403, body = ProblemDetails),
    (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn renew(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
) -> ApiResult<Json<Realtime>> {
    let connection = state.connector.renew_webhook(&portal, request_ids()).await?;
    tracing::info!(install = %portal.install, "webhook endpoint renewed");
    Ok(shown(&state, &portal, &connection, &EndpointLook::default()))
}

/// Stores the signing secret of an endpoint that was registered or rolled at Stripe. The previous
/// one is accepted for another day.
#[utoipa::path(post, path = "/portal/api/stripe/webhook-secret", request_body = SecretRequest,
    responses(
        (status = 200, body = Realtime), (status = 403, body = ProblemDetails),
        (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn set_secret(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    ValidJson(request): ValidJson<SecretRequest>,
) -> ApiResult<Json<Realtime>> {
    let connection =
        state.connector.set_webhook_secret(&portal, &request.secret, request_ids()).await?;
    tracing::info!(install = %portal.install, "signing secret pasted");
    Ok(shown(&state, &portal, &connection, &EndpointLook::default()))
}

fn shown(
    state: &State,
    portal: &Portal,
    connection: &Connection,
    look: &EndpointLook,
) -> Json<Realtime> {
    Json(Realtime::of(
        url_of(&state.public_base_url, &portal.install),
        connection,
        look,
        clock::now(),
    ))
}
