//! What Stripe says of an endpoint that delivered once: Stripe switches one off that fails for days, and people delete them.

use serde::{Deserialize, Serialize};

use crate::app::webhook::standing::look;
use crate::model::connection::Connection;
use crate::model::origin::same_url;
use crate::model::time::Millis;
use crate::platform::http::Deadline;
use crate::platform::stripe::{StripeClient, WebhookEndpoint};

/// Without anybody who asks, an endpoint is looked at so often.
pub(crate) const LOOK_EVERY_SECONDS: i64 = 86_400;

/// An endpoint that was registered by hand and cannot be found delivers all the same while events come this often.
pub(crate) const HEARD_SECONDS: i64 = 86_400;

/// What Stripe does with an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStanding {
    /// Delivers to it.
    Enabled,
    /// Has switched it off, or a person has.
    Disabled,
    /// Does not know it any more.
    Gone,
    /// Delivers to another address.
    Elsewhere,
    /// Does not say: the key may not read endpoints.
    Unknown,
}

/// What Stripe said of a connection's endpoint, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointSeen {
    /// What it said.
    pub standing: EndpointStanding,
    /// When it was asked.
    pub at: Millis,
}

impl EndpointSeen {
    /// Whether nothing is delivered.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self.standing, EndpointStanding::Disabled | EndpointStanding::Gone | EndpointStanding::Elsewhere)
    }
}

/// Whether an endpoint is to be looked at although nobody asks: a day after the last look, or after it was made.
#[must_use]
pub fn is_due(connection: &Connection, now: Millis) -> bool {
    let Some(signing) = connection.webhook.as_ref().and_then(|webhook| webhook.signing.as_ref()) else { return false };
    let last = connection.endpoint_seen.map(|seen| seen.at).max(Some(signing.since));
    last.is_none_or(|last| now >= last.plus_seconds(LOOK_EVERY_SECONDS))
}

pub(crate) fn standing_of(connection: &Connection, all: &[WebhookEndpoint], url: &str, now: Millis) -> EndpointStanding {
    let of = |endpoint: &WebhookEndpoint| if endpoint.enabled() { EndpointStanding::Enabled } else { EndpointStanding::Disabled };
    if let Some(known) = connection.webhook.as_ref().and_then(|webhook| webhook.endpoint_id.as_deref()) {
        return match all.iter().find(|endpoint| endpoint.id == known) {
            None => EndpointStanding::Gone,
            Some(endpoint) if !same_url(&endpoint.url, url) => EndpointStanding::Elsewhere,
            Some(endpoint) => of(endpoint),
        };
    }
    let mut here = all.iter().filter(|endpoint| same_url(&endpoint.url, url)).peekable();
    if here.peek().is_some() {
        return if here.any(WebhookEndpoint::enabled) { EndpointStanding::Enabled } else { EndpointStanding::Disabled };
    }
    // Whoever registered it may have given another address that leads here.
    let heard = connection.event_at.is_some_and(|at| now < at.plus_seconds(HEARD_SECONDS));
    if heard { EndpointStanding::Enabled } else { EndpointStanding::Gone }
}

#[cfg(test)]
mod tests;
