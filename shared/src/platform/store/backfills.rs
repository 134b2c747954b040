//! The progress of the backfill of figures: `BACKFILL`.

use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use ulid::Ulid;

use crate::model::backfill::Backfill;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::table::Store;
use crate::platform::table::attribute::s;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::rewrite::Rewrite;

/// The backfill of figures: `BACKFILL`.
#[derive(Debug, Clone, Copy)]
pub struct BackfillRepository<'s> {
    store: &'s Store,
}

impl Store {
    /// The backfill of figures: `BACKFILL`.
    #[must_use]
    pub const fn backfills(&self) -> BackfillRepository<'_> {
        BackfillRepository { store: self }
    }
}

impl BackfillRepository<'_> {
    /// Its progress. `None` before the first step.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn get(self, install: &InstallId, connection: Ulid) -> Result<Option<Backfill>> {
        let item = self.store.get(install, &Sk::Backfill(connection)).await?;
        item.map(from_item).transpose()
    }

    /// The write that stores a step.
    pub(crate) fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        backfill: &Backfill,
    ) -> Result<TransactWriteItem> {
        let update = Rewrite::of(install, &Sk::Backfill(connection), backfill, None)?
            .update(&self.store.table)
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The write that marks the figures of a connection as complete.
    pub(crate) fn complete(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Stripe)))
            .update_expression("SET figures_complete = :yes")
            .condition_expression("#connection = :connection")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(
                ":yes",
                aws_sdk_dynamodb::types::AttributeValue::Bool(true),
            )
            .expression_attribute_values(":connection", s(connection.to_string()))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
