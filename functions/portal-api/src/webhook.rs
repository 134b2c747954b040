//! Real time: what Stripe's endpoint is, what is to be done when there is none, and its renewal.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Extract;
use serde::{Deserialize, Serialize};
use stripe_sync::app::connect::connector::not_connected;
use stripe_sync::app::connect::realtime::EndpointLook;
use stripe_sync::app::webhook::endpoint::by_use;
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::details::EndpointAtStripe;
use stripe_sync::model::install::id::InstallId;
use stripe_sync::model::stripe::event::SUBSCRIBED;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::{EndpointMissing, EndpointStanding, url_of};
use stripe_sync::platform::clock;
use stripe_sync::platform::stripe::client::API_VERSION;
use stripe_sync::platform::web::{ApiResult, ProblemDetails};
use utoipa::{IntoParams, ToSchema};

use crate::api::{Asked, Authenticated, json_body, moment};
use crate::handler::State;

/// How Stripe tells of events.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RealtimeStatus {
    /// By the endpoint that this app made.
    Active,
    /// By an endpoint that a person registered and whose secret was pasted.
    Registered,
    /// Not at all: an endpoint must be registered and its secret pasted.
    Missing,
}

/// What Stripe says of the endpoint.
#[derive(Serialize, ToSchema)]
struct AtStripe {
    standing: EndpointStanding,
    /// When Stripe was asked.
    checked_at: String,
}

/// Real time of the connection.
#[derive(Serialize, ToSchema)]
pub(crate) struct Realtime {
    status: RealtimeStatus,
    /// Where Stripe is to deliver.
    url: String,
    /// The events to choose for an endpoint.
    events: Vec<&'static str>,
    /// The API version to choose for it.
    api_version: &'static str,
    /// The endpoint that this app made.
    #[schema(required)]
    endpoint_id: Option<String>,
    /// Why no endpoint could be made.
    #[schema(required)]
    missing: Option<EndpointMissing>,
    /// Since when the present signing secret is in use.
    #[schema(required)]
    since: Option<String>,
    /// Until when the secret before it is accepted too.
    #[schema(required)]
    previous_until: Option<String>,
    /// When the last event came, to a few seconds.
    #[schema(required)]
    last_event_at: Option<String>,
    /// What Stripe says of the endpoint; absent while nobody has asked.
    #[schema(required)]
    at_stripe: Option<AtStripe>,
    /// The endpoints of the account, the least useful first: only where there is no room for another one.
    endpoints: Vec<EndpointAtStripe>,
}

impl Realtime {
    fn of(state: &State, install: &InstallId, connection: &Connection, look: &EndpointLook) -> Self {
        let webhook = connection.webhook.as_ref();
        let signing = webhook.and_then(|webhook| webhook.signing.as_ref());
        let endpoint_id = webhook.and_then(|webhook| webhook.endpoint_id.clone());
        let status = match (signing, &endpoint_id) {
            (None, _) => RealtimeStatus::Missing,
            (Some(_), Some(_)) => RealtimeStatus::Active,
            (Some(_), None) => RealtimeStatus::Registered,
        };
        let previous = signing.and_then(|signing| signing.previous.as_ref());
        Self {
            status,
            url: url_of(&state.public_base_url, install),
            events: SUBSCRIBED.to_vec(),
            api_version: API_VERSION,
            endpoint_id,
            missing: webhook.and_then(|webhook| webhook.missing),
            since: signing.map(|signing| signing.since.rfc3339()),
            previous_until: previous.map(|previous| previous.until).filter(|until| *until > clock::now()).map(Millis::rfc3339),
            last_event_at: connection.event_at.map(Millis::rfc3339),
            at_stripe: look.seen.map(|seen| AtStripe { standing: seen.standing, checked_at: seen.at.rfc3339() }),
            endpoints: if webhook.is_some_and(|webhook| webhook.missing == Some(EndpointMissing::Limit)) {
                by_use(&look.all)
            } else {
                Vec::new()
            },
        }
    }
}

/// A signing secret to keep.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecretRequest {
    /// `whsec_…`, as Stripe shows it on the endpoint's page.
    secret: String,
}

/// Whether Stripe is asked too.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LookQuery {
    /// `false`: answers what is known, without asking Stripe.
    #[serde(default = "asked")]
    look: bool,
}

const fn asked() -> bool {
    true
}

/// Real time, as it stands, and what Stripe says of the endpoint.
#[utoipa::path(get, path = "/portal/api/stripe/webhook", params(LookQuery), responses((status = 200, body = Realtime), (status = 409, body = ProblemDetails)))]
pub(crate) async fn realtime(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    Asked(query): Asked<LookQuery>,
) -> ApiResult<Json<Realtime>> {
    let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
    let look = if query.look {
        state.connector.look_at_endpoint(&portal, connection, clock::now()).await?
    } else {
        EndpointLook { seen: connection.endpoint_seen, ..EndpointLook::default() }
    };
    Ok(Json(Realtime::of(&state, &portal.install, connection, &look)))
}

/// Makes the endpoint at Stripe: for the first time, or anew with another secret.
#[utoipa::path(post, path = "/portal/api/stripe/webhook", responses(
    (status = 200, body = Realtime), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn renew(Extract(state): Extract<Arc<State>>, Authenticated(portal): Authenticated) -> ApiResult<Json<Realtime>> {
    let connection = state.connector.renew_webhook(&portal, moment()).await?;
    tracing::info!(install = %portal.install, "webhook endpoint renewed");
    Ok(Json(Realtime::of(&state, &portal.install, &connection, &EndpointLook::default())))
}

/// Keeps the signing secret of an endpoint that was registered, or rolled, at Stripe. The one before is accepted for a day more.
#[utoipa::path(post, path = "/portal/api/stripe/webhook-secret", request_body = SecretRequest, responses(
    (status = 200, body = Realtime), (status = 403, body = ProblemDetails), (status = 409, body = ProblemDetails), (status = 422, body = ProblemDetails)))]
pub(crate) async fn set_secret(
    Extract(state): Extract<Arc<State>>,
    Authenticated(portal): Authenticated,
    body: axum::body::Body,
) -> ApiResult<Json<Realtime>> {
    let request: SecretRequest = json_body(body).await?;
    let connection = state.connector.set_webhook_secret(&portal, &request.secret, moment()).await?;
    tracing::info!(install = %portal.install, "signing secret pasted");
    Ok(Json(Realtime::of(&state, &portal.install, &connection, &EndpointLook::default())))
}
