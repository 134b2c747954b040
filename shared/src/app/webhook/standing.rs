//! TODO app::webhook::standing

use crate::model::connection::Connection;
use crate::model::time::Millis;
use crate::model::webhook::standing::{EndpointSeen, EndpointStanding, standing_of};
use crate::platform::http::Deadline;
use crate::platform::stripe::{StripeClient, StripeError, WebhookEndpoint};

/// Asks Stripe how a connection's endpoint stands. Answers all endpoints of the account too, as far as the key may read them.
///
/// # Errors
/// Any [`StripeError`] but the want of a right, which is an answer.
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
