//! Real time: what Stripe's endpoint is, and what is to be done when there is none.

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
    /// `url` is where this deployment takes the events of this install.
    pub(crate) fn of(url: String, connection: &Connection, look: &EndpointLook, now: Millis) -> Self {
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
            previous_until: previous.map(|previous| previous.until).filter(|until| *until > now).map(Millis::rfc3339),
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
    pub(crate) secret: String,
}

/// Whether Stripe is asked too.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LookQuery {
    /// `false`: answers what is known, without asking Stripe.
    #[serde(default = "asked")]
    pub(crate) look: bool,
}

const fn asked() -> bool {
    true
}
