//! Webhook events in the table.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::stripe::event::StripeEvent;
use crate::model::time::Millis;
use crate::model::webhook::{EndpointSeen, PREVIOUS_SECRET_SECONDS, Webhook};
use crate::platform::table::Store;
use crate::platform::table::attribute::{attr, n, s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::to_item;
use crate::platform::table::keys::{Sk, key};

/// How long an accepted event is kept: longer than Stripe retries a delivery (3 days).
const EVENT_SECONDS: i64 = 7 * 86_400;

/// An accepted event, `EVENT#…`: kept so that a redelivery is recognized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenEvent {
    /// The connection that received it.
    pub connection: Ulid,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// The object it is about. A balance has no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// When it happened at Stripe, Unix seconds.
    pub created: i64,
    /// When it arrived.
    pub received_at: Millis,
    /// When it may be deleted, Unix seconds.
    pub ttl: i64,
}

impl TakenEvent {
    /// The stored fields of an event.
    #[must_use]
    pub fn of(event: &StripeEvent, connection: Ulid, now: Millis) -> Self {
        Self {
            connection,
            kind: event.kind.clone(),
            object_id: event.object_id.clone(),
            created: event.created,
            received_at: now,
            ttl: now.seconds() + EVENT_SECONDS,
        }
    }
}

/// Events of Stripe: `EVENT`, `SIGNED`.
#[derive(Debug, Clone, Copy)]
pub struct EventRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Events of Stripe: `EVENT`, `SIGNED`.
    #[must_use]
    pub const fn events(&self) -> EventRepository<'_> {
        EventRepository { store: self }
    }
}

impl EventRepository<'_> {
    /// The operation that records an event unless it was accepted before.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn put_event(
        self,
        install: &InstallId,
        id: &str,
        event: &TakenEvent,
    ) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.store.table)
            .set_item(Some(to_item(install, &Sk::Event(id), event)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The operation that records that the current secret of a connection has verified an event. It
    /// is kept for as long as another secret may still be accepted.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(crate) fn put_proved(
        self,
        install: &InstallId,
        connection: Ulid,
        version: Ulid,
        now: Millis,
    ) -> Result<TransactWriteItem> {
        let mut item = key(install, &Sk::Signed(connection, version));
        item.insert(attr::TTL.to_owned(), n(now.seconds() + 2 * PREVIOUS_SECRET_SECONDS));
        self.store.put(item)
    }

    /// Whether the secret of this version has recently verified an event.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn has_proved(
        self,
        install: &InstallId,
        connection: Ulid,
        version: Ulid,
    ) -> Result<bool> {
        let sk = Sk::Signed(connection, version);
        Ok(self.store.get(install, &sk).await?.is_some())
    }

    /// The operation that changes how Stripe reaches a connection, unless it was changed meanwhile.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_webhook(
        self,
        install: &InstallId,
        connection: &Connection,
        webhook: &Webhook,
    ) -> Result<TransactWriteItem> {
        let unchanged = match &connection.webhook {
            None => "attribute_not_exists(webhook)",
            Some(_) => "webhook.version = :version",
        };
        let mut update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            // The state seen at Stripe belongs to the previous endpoint.
            .update_expression("SET webhook = :webhook REMOVE endpoint_seen")
            .condition_expression(format!("#connection = :connection AND {unchanged}"))
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":webhook", to_attr(webhook)?);
        if let Some(old) = &connection.webhook {
            update = update.expression_attribute_values(":version", s(old.version.to_string()));
        }
        Ok(TransactWriteItem::builder().update(update.build().map_err(Error::internal)?).build())
    }

    /// Records the state of a connection's endpoint at Stripe. Does nothing when another endpoint
    /// has replaced it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_endpoint(
        self,
        install: &InstallId,
        connection: &Connection,
        seen: EndpointSeen,
    ) -> Result<()> {
        let Some(webhook) = &connection.webhook else { return Ok(()) };
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET endpoint_seen = :seen")
            .condition_expression("#connection = :connection AND webhook.version = :version")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":seen", to_attr(&seen)?)
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(":version", s(webhook.version.to_string()))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Records when the last event arrived. Does nothing when the connection is gone.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_event(self, install: &InstallId, generation: &str, at: Millis) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET event_at = :at")
            .condition_expression("generation = :generation")
            .expression_attribute_values(":generation", s(generation))
            .expression_attribute_values(":at", n(at.0))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}
