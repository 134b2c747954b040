//! `ACTIVITY`: the audit trail.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use ulid::Ulid;

use crate::model::activity::Activity;
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::store::Store;
use crate::platform::store::item::to_item;
use crate::platform::store::keys::Sk;

/// The audit trail: `ACTIVITY`.
#[derive(Debug, Clone, Copy)]
pub struct ActivityRepository<'s> {
    store: &'s Store,
}

impl Store {
    /// The audit trail: `ACTIVITY`.
    #[must_use]
    pub const fn activity(&self) -> ActivityRepository<'_> {
        ActivityRepository { store: self }
    }
}

impl ActivityRepository<'_> {
    /// The operation that writes an entry, for use in a transaction.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn put(self, install: &InstallId, id: Ulid, entry: &Activity) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.store.table)
            .set_item(Some(to_item(install, &Sk::Activity(id), entry)?))
            .build()
            .map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
