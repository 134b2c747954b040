//! The webhook endpoint of a connection at Stripe, and the secret that signs its deliveries.
//!
//! An endpoint is created first and recorded second. An endpoint that was created and not recorded
//! is found by its URL and removed at the next connect, roll, disconnect or clean-up: Stripe shows
//! its secret only once, so the secret is lost.

use std::time::Duration;

use secrecy::SecretString;

use crate::app::connect::connector::{
    ConnectResult, Connector, RequestIds, not_connected, require,
};
use crate::app::connect::not_made::{NotMade, no_room, not_made};
use crate::app::webhook::endpoint;
use crate::app::webhook::endpoint::{MAX_ENDPOINTS, Removal};
use crate::app::webhook::standing;
use crate::model::activity::Kind;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::session::Portal;
use crate::model::stripe::signature;
use crate::model::time::Millis;
use crate::model::webhook::{
    EndpointMissing, EndpointSeen, Signing, Webhook, bucket_end, fingerprint, url_of,
};
use crate::platform::http::Deadline;
use crate::platform::queue::message::WakeUp;
use crate::platform::stripe::{NewEndpoint, StripeClient, StripeError, WebhookEndpoint};
use crate::platform::vault::Purpose;

/// Time budget for the outside calls of an endpoint change; below the function's timeout.
const BUDGET: Duration = Duration::from_millis(6000);

/// Time budget for the outside calls of a disconnect; it leaves time to record the result.
const REMOVAL_BUDGET: Duration = Duration::from_millis(4000);

/// Time budget for the outside calls of an endpoint check. The connection page waits no longer than
/// this.
const LOOK_BUDGET: Duration = Duration::from_millis(3500);

/// How long, in seconds, a check's result serves later requests.
const LOOK_HOLDS_SECONDS: i64 = 5;

/// What Stripe reports about a connection's endpoint.
#[derive(Debug, Default)]
pub struct EndpointLook {
    /// The endpoint's status, from this check or an earlier one.
    pub seen: Option<EndpointSeen>,
    /// All endpoints of the account, if they had to be read.
    pub all: Vec<WebhookEndpoint>,
}

impl Connector {
    /// Adds the endpoint to a connection if the key may create one. Connecting succeeds without it;
    /// the portal then explains what to paste and where.
    pub(crate) async fn with_webhook(
        &self,
        portal: &Portal,
        connected: ConnectResult,
        key: &SecretString,
        ids: RequestIds,
        deadline: Deadline,
    ) -> Result<ConnectResult> {
        let ConnectResult { connection, replaced } = connected;
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, key)
            .map_err(Error::internal)?;
        let connection = match self
            .establish(portal, &connection, &client, false, ids, deadline)
            .await
        {
            Ok(connection) => connection,
            Err(NotMade::Ours(error)) => return Err(error),
            Err(NotMade::Stripe(error)) => {
                tracing::info!(install = %portal.install, %error, "webhook endpoint not created");
                self.note_missing(portal, connection, endpoint::missing(&error), ids).await?
            }
            Err(NotMade::Limit(all)) => {
                tracing::info!(install = %portal.install, there = all.len(),
                    "webhook endpoint limit reached");
                self.note_missing(portal, connection, EndpointMissing::Limit, ids).await?
            }
        };
        Ok(ConnectResult { connection, replaced })
    }

    /// Creates the endpoint again with a new secret, either for a connection without one or to roll
    /// the secret. The old endpoint and the old secret stay valid until the new ones are recorded.
    ///
    /// # Errors
    /// [`Error::Conflict`] when nothing is connected, [`Error::Refused`] when the key may not
    /// create endpoints or Stripe accepts none, [`Error::Unavailable`] when Stripe does not answer.
    pub async fn renew_webhook(&self, portal: &Portal, ids: RequestIds) -> Result<Connection> {
        require(portal, Permission::DataRead)?;
        let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
        let key =
            self.vault.open(&portal.install, Purpose::StripeApiKey, &connection.sealed_key).await?;
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, &key)
            .map_err(Error::internal)?;
        let renewed = match self
            .establish(portal, connection, &client, true, ids, Deadline::after(BUDGET))
            .await
        {
            Ok(renewed) => renewed,
            Err(NotMade::Ours(error)) => return Err(error),
            Err(NotMade::Stripe(error)) => return Err(not_made(&error, connection.mode)),
            Err(NotMade::Limit(all)) => return Err(no_room(&all, connection.mode)),
        };
        // Deliveries that the old endpoint still had to retry are lost with it. A sync of the
        // account makes up for them.
        if connection.webhook.as_ref().is_some_and(|webhook| webhook.signing.is_some()) {
            let end = bucket_end(ids.now);
            self.queue.send(&WakeUp::webhook(&portal.install, &portal.generation, end)).await?;
        }
        Ok(renewed)
    }

    /// Stores the signing secret of an endpoint that a person registered or rolled at Stripe. The
    /// previous secret stays valid for a day.
    ///
    /// # Errors
    /// [`Error::Refused`] when the text is not a signing secret, [`Error::Conflict`] when nothing
    /// is connected, [`Error::Unavailable`].
    pub async fn set_webhook_secret(
        &self,
        portal: &Portal,
        text: &str,
        ids: RequestIds,
    ) -> Result<Connection> {
        require(portal, Permission::DataRead)?;
        let connection = portal.connection.as_ref().ok_or_else(not_connected)?;
        let secret = signature::parse_secret(text).ok_or_else(|| {
            Error::refused(
                "malformed_secret",
                "This is not a signing secret: one begins with whsec_. Stripe shows it on the \
                 endpoint's page.",
            )
        })?;
        let old = connection.webhook.as_ref();
        let present = old.and_then(|webhook| webhook.signing.as_ref());
        if present.is_some_and(|signing| {
            signing.fingerprint == fingerprint(connection.connection, &secret)
        }) {
            // The secret is already stored. Storing it again must not drop the previous one.
            return Ok(connection.clone());
        }
        let webhook = Webhook {
            version: ids.webhook,
            endpoint_id: old.and_then(|webhook| webhook.endpoint_id.clone()),
            signing: Some(self.signing(portal, connection, &secret, ids).await?),
            missing: None,
        };
        self.store_webhook(portal, connection, webhook, ids).await
    }

    /// Checks the endpoint at Stripe, unless a check was just made, and stores the result. If the
    /// check fails, the last known status stays.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the key cannot be opened for the moment.
    pub async fn look_at_endpoint(
        &self,
        portal: &Portal,
        connection: &Connection,
        now: Millis,
    ) -> Result<EndpointLook> {
        let webhook = connection.webhook.as_ref();
        let known = EndpointLook { seen: connection.endpoint_seen, all: Vec::new() };
        let full = webhook.is_some_and(|webhook| webhook.missing == Some(EndpointMissing::Limit));
        let fresh = connection
            .endpoint_seen
            .is_some_and(|seen| now < seen.at.plus_seconds(LOOK_HOLDS_SECONDS));
        if !full && (fresh || webhook.is_none_or(|webhook| webhook.signing.is_none())) {
            return Ok(known);
        }
        let key =
            self.vault.open(&portal.install, Purpose::StripeApiKey, &connection.sealed_key).await?;
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, &key)
            .map_err(Error::internal)?;
        let url = url_of(&self.public_base_url, &portal.install);
        match standing::look(&client, connection, &url, now, Deadline::after(LOOK_BUDGET)).await {
            Ok((_, all)) if full => Ok(EndpointLook { seen: None, all }),
            Ok((seen, all)) => {
                self.store.events().note_endpoint(&portal.install, connection, seen).await?;
                Ok(EndpointLook { seen: Some(seen), all })
            }
            Err(error) => {
                tracing::info!(install = %portal.install, %error, "webhook endpoint check failed");
                Ok(known)
            }
        }
    }

    /// Removes a connection's endpoint from Stripe. Returns whether the key is no longer needed.
    pub(crate) async fn endpoint_removed(
        &self,
        portal: &Portal,
        connection: &Connection,
    ) -> Result<bool> {
        let key = match self
            .vault
            .open(&portal.install, Purpose::StripeApiKey, &connection.sealed_key)
            .await
        {
            Ok(key) => key,
            // A key that cannot be opened now cannot be opened later either.
            Err(Error::Internal(_)) => return Ok(true),
            Err(error) => return Err(error),
        };
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, &key)
            .map_err(Error::internal)?;
        let url = url_of(&self.public_base_url, &portal.install);
        let known = connection.webhook.as_ref().and_then(|webhook| webhook.endpoint_id.as_deref());
        let removal =
            endpoint::remove_all(&client, &url, known, Deadline::after(REMOVAL_BUDGET)).await;
        tracing::info!(install = %portal.install, ?removal, "tried to remove the webhook endpoint");
        Ok(!matches!(removal, Removal::Later(_)))
    }

    /// Ensures that Stripe has exactly one endpoint for this install and that its secret is stored
    /// here. With `replace`, a working endpoint is replaced.
    async fn establish(
        &self,
        portal: &Portal,
        connection: &Connection,
        client: &StripeClient,
        replace: bool,
        ids: RequestIds,
        deadline: Deadline,
    ) -> Result<Connection, NotMade> {
        let url = url_of(&self.public_base_url, &portal.install);
        let all = client.webhook_endpoints(deadline).await?;
        let mut ours = endpoint::with_url(&all, &url);
        let webhook = connection.webhook.as_ref();
        let signing = webhook.and_then(|webhook| webhook.signing.as_ref());
        let alive =
            |id: &String| all.iter().any(|endpoint| endpoint.id == *id && endpoint.enabled());
        let works = |known: &str| ours.iter().any(|id| id == known && alive(id));
        if let (false, Some(_), Some(webhook)) = (replace, signing, webhook) {
            match webhook.endpoint_id.as_deref() {
                // A person registered it and pasted its secret, so only a person may change it.
                None => return Ok(connection.clone()),
                Some(known) if works(known) => {
                    ours.retain(|id| id != known);
                    remove_strays(client, &ours, deadline).await;
                    return Ok(connection.clone());
                }
                Some(_) => {}
            }
        }
        let known = webhook.and_then(|webhook| webhook.endpoint_id.as_ref());
        // An endpoint created for an earlier address is of no use there.
        ours.extend(
            known
                .filter(|known| {
                    !ours.contains(known) && all.iter().any(|endpoint| endpoint.id == **known)
                })
                .cloned(),
        );
        let mut deleted = Vec::new();
        if signing.is_none() || !ours.iter().any(alive) {
            // The secrets of these endpoints are unknown, or Stripe delivers to none of them. They
            // only use up the limit.
            deleted = std::mem::take(&mut ours);
            endpoint::delete_all(client, &deleted, deadline).await?;
        }
        let idempotency_key = format!("stripe-sync-endpoint-{}", ids.webhook);
        let new = NewEndpoint {
            url: &url,
            install: portal.install.as_str(),
            idempotency_key: &idempotency_key,
        };
        let made = match client.create_webhook_endpoint(new, deadline).await {
            Ok(made) => made,
            Err(error @ StripeError::Invalid { .. })
                if all.len() >= MAX_ENDPOINTS
                    || endpoint::missing(&error) == EndpointMissing::Limit =>
            {
                return Err(NotMade::Limit(
                    all.into_iter().filter(|endpoint| !deleted.contains(&endpoint.id)).collect(),
                ));
            }
            Err(error) => return Err(error.into()),
        };
        match self.record(portal, connection, &made, ids).await {
            Ok(connection) => {
                remove_strays(client, &ours, deadline).await;
                Ok(connection)
            }
            Err(error) => {
                remove_strays(client, &[made.id], deadline).await;
                Err(error)
            }
        }
    }

    async fn record(
        &self,
        portal: &Portal,
        connection: &Connection,
        made: &WebhookEndpoint,
        ids: RequestIds,
    ) -> Result<Connection, NotMade> {
        let webhook = Webhook {
            version: ids.webhook,
            endpoint_id: Some(made.id.clone()),
            signing: Some(self.signing(portal, connection, endpoint::secret_of(made)?, ids).await?),
            missing: None,
        };
        Ok(self.store_webhook(portal, connection, webhook, ids).await?)
    }

    /// Builds the new signing secret, with the previous secret that is accepted beside it.
    async fn signing(
        &self,
        portal: &Portal,
        connection: &Connection,
        secret: &SecretString,
        ids: RequestIds,
    ) -> Result<Signing> {
        let sealed = self.vault.seal(&portal.install, Purpose::StripeWebhookSecret, secret).await?;
        let old = connection
            .webhook
            .as_ref()
            .and_then(|webhook| Some((webhook.version, webhook.signing.as_ref()?)));
        let proved = match old {
            Some((version, signing)) if signing.accepted_before(ids.now).is_some() => {
                self.store
                    .events()
                    .has_proved(&portal.install, connection.connection, version)
                    .await?
            }
            _ => false,
        };
        let fingerprint = fingerprint(connection.connection, secret);
        Ok(Signing::after(old.map(|(_, signing)| signing), sealed, fingerprint, proved, ids.now))
    }

    /// Records why there is no endpoint, for the portal to show later. A working endpoint is left
    /// as it is.
    async fn note_missing(
        &self,
        portal: &Portal,
        connection: Connection,
        missing: EndpointMissing,
        ids: RequestIds,
    ) -> Result<Connection> {
        let old = connection.webhook.as_ref();
        if old.is_some_and(|webhook| webhook.signing.is_some() || webhook.missing == Some(missing))
        {
            return Ok(connection);
        }
        let webhook = Webhook {
            version: ids.webhook,
            endpoint_id: None,
            signing: None,
            missing: Some(missing),
        };
        let operations = vec![
            self.store.installs().active_in(&portal.install, &portal.generation)?,
            self.store.events().put_webhook(&portal.install, &connection, &webhook)?,
        ];
        self.write(operations).await?;
        Ok(Connection { webhook: Some(webhook), ..connection })
    }

    async fn store_webhook(
        &self,
        portal: &Portal,
        connection: &Connection,
        webhook: Webhook,
        ids: RequestIds,
    ) -> Result<Connection> {
        let operations = vec![
            self.store.installs().active_in(&portal.install, &portal.generation)?,
            self.store.events().put_webhook(&portal.install, connection, &webhook)?,
            self.audit_entry(portal, Kind::WebhookChanged, connection, ids.now, ids.webhook)?,
        ];
        self.write(operations).await?;
        Ok(Connection { webhook: Some(webhook), ..connection.clone() })
    }
}

/// Removes endpoints that are no longer needed. One that remains is found again by its URL; until
/// then its deliveries are rejected.
async fn remove_strays(client: &StripeClient, ids: &[String], deadline: Deadline) {
    // Failures are already logged.
    let _ = endpoint::delete_all(client, ids, deadline).await;
}
