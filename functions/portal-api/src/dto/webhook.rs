//! Real time: the endpoint at Stripe, and what to do when there is none.

use serde::{Deserialize, Serialize};
use stripe_sync::app::connect::realtime::EndpointLook;
use stripe_sync::app::webhook::endpoint::by_use;
use stripe_sync::model::connection::Connection;
use stripe_sync::model::error::details::EndpointAtStripe;
use stripe_sync::model::stripe::event::SUBSCRIBED;
use stripe_sync::model::time::Millis;
use stripe_sync::model::webhook::{EndpointMissing, EndpointStanding};
use stripe_sync::platform::stripe::client::API_VERSION;
use utoipa::{IntoParams, ToSchema};

/// The state of event delivery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RealtimeStatus {
    /// By the endpoint that this app created.
    Active,
    /// By an endpoint that a person registered and whose secret was pasted.
    Registered,
    /// Not at all: an endpoint must be registered and its secret pasted.
    Missing,
}

/// The state of the endpoint at Stripe.
#[derive(Serialize, ToSchema)]
struct AtStripe {
    standing: EndpointStanding,
    /// When Stripe was last asked.
    checked_at: String,
}

/// The real-time state of the connection.
#[derive(Serialize, ToSchema)]
pub(crate) struct Realtime {
    status: RealtimeStatus,
    /// The URL for Stripe's deliveries.
    url: String,
    /// The events to choose for an endpoint.
    events: Vec<&'static str>,
    /// The API version to choose for an endpoint.
    api_version: &'static str,
    /// The endpoint that this app created.
    #[schema(required)]
    endpoint_id: Option<String>,
    /// Why no endpoint could be created.
    #[schema(required)]
    missing: Option<EndpointMissing>,
    /// Since when the current signing secret is in use.
    #[schema(required)]
    since: Option<String>,
    /// Until when the previous secret is also accepted.
    #[schema(required)]
    previous_until: Option<String>,
    /// When the last event arrived, to within a few seconds.
    #[schema(required)]
    last_event_at: Option<String>,
    /// The state of the endpoint at Stripe. Absent until Stripe was asked.
    #[schema(required)]
    at_stripe: Option<AtStripe>,
    /// The account's endpoints, the least useful first. Present only when Stripe's limit is
    /// reached.
    endpoints: Vec<EndpointAtStripe>,
}

impl Realtime {
    /// `url` is where this deployment receives the events of this install.
    pub(crate) fn of(
        url: String,
        connection: &Connection,
        look: &EndpointLook,
        now: Millis,
    ) -> Self {
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
            url,
            events: SUBSCRIBED.to_vec(),
            api_version: API_VERSION,
            endpoint_id,
            missing: webhook.and_then(|webhook| webhook.missing),
            since: signing.map(|signing| signing.since.rfc3339()),
            previous_until: previous
                .map(|previous| previous.until)
                .filter(|until| *until > now)
                .map(Millis::rfc3339),
            last_event_at: connection.event_at.map(Millis::rfc3339),
            at_stripe: look
                .seen
                .map(|seen| AtStripe { standing: seen.standing, checked_at: seen.at.rfc3339() }),
            endpoints: if webhook
                .is_some_and(|webhook| webhook.missing == Some(EndpointMissing::Limit))
            {
                by_use(&look.all)
            } else {
                Vec::new()
            },
        }
    }
}

/// A signing secret to store.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecretRequest {
    /// `whsec_…`, as Stripe shows it on the endpoint's page.
    pub(crate) secret: String,
}

/// Whether Stripe is asked too.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LookQuery {
    /// `false` returns the known state without asking Stripe.
    #[serde(default = "asked")]
    pub(crate) look: bool,
}

const fn asked() -> bool {
    true
}
