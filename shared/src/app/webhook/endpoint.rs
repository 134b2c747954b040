//! The endpoint at Stripe: created when an account is connected, removed when it is disconnected.
//!
//! An endpoint is identified by its URL, which contains the install's id. So an endpoint whose
//! creation was never recorded is also found, and removed. Stripe shows its secret only once, so an
//! unrecorded endpoint is of no use.

use futures::stream;
use futures::stream::StreamExt;
use secrecy::SecretString;

use crate::model::error::details::EndpointAtStripe;
use crate::model::origin::same_url;
use crate::model::time::Millis;
use crate::model::webhook::EndpointMissing;
use crate::platform::http::Deadline;
use crate::platform::stripe::error::ENDPOINT_LIMIT;
use crate::platform::stripe::{StripeClient, StripeError, WebhookEndpoint};

/// Endpoints that Stripe allows for an account in each mode.
pub const MAX_ENDPOINTS: usize = 16;

/// Endpoints deleted concurrently. An account has at most sixteen.
pub(crate) const DELETES: usize = 8;

/// The result of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// No endpoint of the install is left.
    Done,
    /// The key does not permit it and never will. No further attempt helps.
    Impossible(StripeError),
    /// Stripe did not answer. The removal should be retried.
    Later(StripeError),
}

/// Removes every endpoint with this URL, and the one with this id, whatever its current URL.
pub async fn remove_all(
    client: &StripeClient,
    url: &str,
    known: Option<&str>,
    deadline: Deadline,
) -> Removal {
    let removed = async {
        let mut ids: Vec<String> = match client.webhook_endpoints(deadline).await {
            Ok(all) => with_url(&all, url),
            // A key may have write permission without read permission.
            Err(StripeError::Forbidden { .. }) if known.is_some() => Vec::new(),
            Err(error) => return Err(error),
        };
        if let Some(known) = known.filter(|known| !ids.iter().any(|id| id == known)) {
            ids.push(known.to_owned());
        }
        delete_all(client, &ids, deadline).await
    };
    match removed.await {
        Ok(()) => Removal::Done,
        Err(
            error @ (StripeError::Unauthorized { .. }
            | StripeError::Forbidden { .. }
            | StripeError::Invalid { .. }),
        ) => Removal::Impossible(error),
        Err(error) => Removal::Later(error),
    }
}

/// Deletes endpoints concurrently. A failure does not stop the other deletions.
///
/// # Errors
/// The first [`StripeError`], if an endpoint could not be deleted.
pub async fn delete_all(
    client: &StripeClient,
    ids: &[String],
    deadline: Deadline,
) -> Result<(), StripeError> {
    let deletes = stream::iter(ids.to_vec()).map(|id| async move {
        let deleted = client.delete_webhook_endpoint(&id, deadline).await;
        deleted.inspect_err(
            |error| tracing::warn!(endpoint = id, %error, "webhook endpoint not removed yet"),
        )
    });
    deletes.buffered(DELETES).collect::<Vec<_>>().await.into_iter().collect()
}

/// The ids of the endpoints with this URL.
#[must_use]
pub fn with_url(all: &[WebhookEndpoint], url: &str) -> Vec<String> {
    all.iter()
        .filter(|endpoint| same_url(&endpoint.url, url))
        .map(|endpoint| endpoint.id.clone())
        .collect()
}

/// The endpoints of an account, the least useful first: the disabled ones, then by age, oldest
/// first.
#[must_use]
pub fn by_use(all: &[WebhookEndpoint]) -> Vec<EndpointAtStripe> {
    let mut sorted: Vec<&WebhookEndpoint> = all.iter().collect();
    sorted.sort_by_key(|endpoint| (endpoint.enabled(), endpoint.created));
    let shown = |endpoint: &WebhookEndpoint| EndpointAtStripe {
        id: endpoint.id.clone(),
        url: endpoint.url.clone(),
        status: endpoint.status.clone(),
        created: endpoint.created.map(|second| Millis(second.saturating_mul(1000)).rfc3339()),
    };
    sorted.into_iter().map(shown).collect()
}

/// The reason why an endpoint could not be created, for the person who connects.
#[must_use]
pub fn missing(error: &StripeError) -> EndpointMissing {
    match error {
        StripeError::Invalid { code: Some(code), .. } if code == ENDPOINT_LIMIT => {
            EndpointMissing::Limit
        }
        StripeError::Forbidden { .. } => EndpointMissing::Permission,
        StripeError::Unauthorized { .. } | StripeError::Invalid { .. } => EndpointMissing::Refused,
        _ => EndpointMissing::Unreachable,
    }
}

/// The secret of an endpoint that was just created.
///
/// # Errors
/// [`StripeError::Malformed`] when the answer contains no secret.
pub fn secret_of(made: &WebhookEndpoint) -> Result<&SecretString, StripeError> {
    made.secret
        .as_ref()
        .ok_or(StripeError::Malformed { what: "a new webhook endpoint with its secret" })
}
