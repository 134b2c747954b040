//! Connections in the table, `STRIPE`. Most writes are operations of a transaction, conditional on
//! the connection that was read.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::UsedNames;
use crate::model::time::Millis;
use crate::platform::table::Store;
use crate::platform::table::attribute::{s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::to_item;
use crate::platform::table::keys::{Sk, key};

/// Connections: `STRIPE`.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Connections: `STRIPE`.
    #[must_use]
    pub const fn connections(&self) -> ConnectionRepository<'_> {
        ConnectionRepository { store: self }
    }
}

impl ConnectionRepository<'_> {
    /// The operation that stores a first connection, or replaces one of an older generation.
    /// Refused when the stored connection is not the expected one.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put(
        self,
        install: &InstallId,
        connection: &Connection,
        replaces: Option<&Connection>,
    ) -> Result<TransactWriteItem> {
        let mut put = Put::builder().table_name(&self.store.table).set_item(Some(to_item(
            install,
            &Sk::Stripe,
            connection,
        )?));
        put = match replaces {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(old) => put
                .condition_expression("#connection = :old")
                .expression_attribute_names("#connection", "connection")
                .expression_attribute_values(":old", s(old.connection.to_string())),
        };
        Ok(TransactWriteItem::builder().put(put.build().map_err(Error::internal)?).build())
    }

    /// The operation that keeps an older generation's connection for the clean-up, which counts
    /// from its disconnection.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_cleanup(
        self,
        install: &InstallId,
        old: &Connection,
        disconnected_at: Millis,
    ) -> Result<TransactWriteItem> {
        self.put_aside(install, &old.generation, old, disconnected_at)
    }

    /// The operation that keeps a disconnected connection for the clean-up: an installation may
    /// leave several.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put_disconnected(
        self,
        install: &InstallId,
        old: &Connection,
        now: Millis,
    ) -> Result<TransactWriteItem> {
        self.put_aside(install, &format!("{}#{}", old.generation, old.connection), old, now)
    }

    fn put_aside(
        self,
        install: &InstallId,
        name: &str,
        old: &Connection,
        now: Millis,
    ) -> Result<TransactWriteItem> {
        let kept = Connection { disconnected_at: old.disconnected_at.or(Some(now)), ..old.clone() };
        self.store.put(to_item(install, &Sk::Cleanup(name), &kept)?)
    }

    /// The operation that puts a new key into a connection and lifts its pause.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn replace_key(
        self,
        install: &InstallId,
        connection: &Connection,
    ) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression(
                "SET sealed_key = :sealed, key_kind = :kind, key_prefix = :prefix, key_last4 = \
                 :last4, display_name = :name REMOVE paused",
            )
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.connection.to_string()))
            .expression_attribute_values(
                ":sealed",
                crate::platform::table::attribute::to_attr(&connection.sealed_key)?,
            )
            .expression_attribute_values(
                ":kind",
                crate::platform::table::attribute::to_attr(&connection.key_kind)?,
            )
            .expression_attribute_values(":prefix", s(&connection.key_prefix))
            .expression_attribute_values(":last4", s(&connection.key_last4))
            .expression_attribute_values(
                ":name",
                crate::platform::table::attribute::to_attr(&connection.display_name)?,
            )
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The operation that deletes a connection, if it is still that one.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn delete(self, install: &InstallId, connection: Ulid) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

impl ConnectionRepository<'_> {
    /// Stores the id of the app's own ledger.
    pub(crate) async fn remember_ledger(
        self,
        install: &InstallId,
        connection: Ulid,
        ledger_id: &str,
    ) -> Result<()> {
        self.remember(install, connection, "ledger_id", s(ledger_id)).await
    }

    /// Stores which account names were found free. Does nothing when the connection is gone.
    pub(crate) async fn remember_accounts(
        self,
        install: &InstallId,
        connection: Ulid,
        accounts: &UsedNames,
    ) -> Result<()> {
        self.remember(install, connection, "accounts", to_attr(accounts)?).await
    }

    async fn remember(
        self,
        install: &InstallId,
        connection: Ulid,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET #attribute = :value")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":value", value)
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}
