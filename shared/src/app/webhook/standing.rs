//! Asks Stripe for the status of a connection's endpoint, and decides when to ask again. The type
//! of the result is in [`crate::model::webhook`].

use crate::model::connection::Connection;
use crate::model::origin::same_url;
use crate::model::time::Millis;
use crate::model::webhook::standing::{EndpointSeen, EndpointStanding};
use crate::platform::http::Deadline;
use crate::platform::stripe::{StripeClient, StripeError, WebhookEndpoint};

/// Asks Stripe for the status of a connection's endpoint. Also returns all endpoints of the
/// account, as far as the key may read them.
///
/// # Errors
/// Any [`StripeError`] except a missing permission, which is an answer.
pub async fn look(
    client: &StripeClient,
    connection: &Connection,
    url: &str,
    now: Millis,
    deadline: Deadline,
) -> Result<(EndpointSeen, Vec<WebhookEndpoint>), StripeError> {
    let (standing, all) = match client.webhook_endpoints(deadline).await {
        Ok(all) => (standing_of(connection, &all, url, now), all),
        Err(StripeError::Forbidden { .. }) => (EndpointStanding::Unknown, Vec::new()),
        Err(error) => return Err(error),
    };
    Ok((EndpointSeen { standing, at: now }, all))
}

/// How often, in seconds, an endpoint is checked without a request.
pub(crate) const LOOK_EVERY_SECONDS: i64 = 86_400;

/// An endpoint that was registered by hand and cannot be found counts as working while events
/// arrive at least this often, in seconds.
pub(crate) const HEARD_SECONDS: i64 = 86_400;

/// Whether an endpoint check is due without a request: a day after the last check, or after the
/// endpoint was created.
#[must_use]
pub fn is_due(connection: &Connection, now: Millis) -> bool {
    let Some(signing) = connection.webhook.as_ref().and_then(|webhook| webhook.signing.as_ref())
    else {
        return false;
    };
    let last = connection.endpoint_seen.map(|seen| seen.at).max(Some(signing.since));
    last.is_none_or(|last| now >= last.plus_seconds(LOOK_EVERY_SECONDS))
}

pub(crate) fn standing_of(
    connection: &Connection,
    all: &[WebhookEndpoint],
    url: &str,
    now: Millis,
) -> EndpointStanding {
    let of = |endpoint: &WebhookEndpoint| {
        if endpoint.enabled() { EndpointStanding::Enabled } else { EndpointStanding::Disabled }
    };
    if let Some(known) =
        connection.webhook.as_ref().and_then(|webhook| webhook.endpoint_id.as_deref())
    {
        return match all.iter().find(|endpoint| endpoint.id == known) {
            None => EndpointStanding::Gone,
            Some(endpoint) if !same_url(&endpoint.url, url) => EndpointStanding::Elsewhere,
            Some(endpoint) => of(endpoint),
        };
    }
    let mut here = all.iter().filter(|endpoint| same_url(&endpoint.url, url)).peekable();
    if here.peek().is_some() {
        return if here.any(WebhookEndpoint::enabled) {
            EndpointStanding::Enabled
        } else {
            EndpointStanding::Disabled
        };
    }
    // The person who registered it may have used another address that leads here.
    let heard = connection.event_at.is_some_and(|at| now < at.plus_seconds(HEARD_SECONDS));
    if heard { EndpointStanding::Enabled } else { EndpointStanding::Gone }
}

#[cfg(test)]
mod tests;
