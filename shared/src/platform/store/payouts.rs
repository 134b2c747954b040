//! The progress of adding up payouts, in the table.

use aws_sdk_dynamodb::types::TransactWriteItem;
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::payout::{AddedUp, Payouts};
use crate::model::tracked_object::ObjectItem;
use crate::platform::store::tracked_objects::rewrite_object;
use crate::platform::table::Store;
use crate::platform::table::attribute::n;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::Sk;
use crate::platform::table::rewrite::Rewrite;

/// Payouts that are added up: `PAYOUTS`.
#[derive(Debug, Clone, Copy)]
pub struct PayoutRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Payouts that are added up: `PAYOUTS`.
    #[must_use]
    pub const fn payouts(&self) -> PayoutRepository<'_> {
        PayoutRepository { store: self }
    }
}

impl PayoutRepository<'_> {
    /// The progress of adding up the payouts of a connection. `None` before the first run.
    pub(crate) async fn get(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<Option<Payouts>> {
        let item = self.store.get(install, &Sk::Payouts(connection)).await?;
        item.map(from_item).transpose()
    }

    /// Stores the progress, with the payout that was added up last and its previous state. Returns
    /// whether the progress was unchanged since it was read.
    pub(crate) async fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        payouts: &mut Payouts,
        object: Option<(&ObjectItem, Option<AddedUp>)>,
    ) -> Result<bool> {
        let before = payouts.revision;
        payouts.revision += 1;
        let state = Rewrite::of(install, &Sk::Payouts(connection), payouts, None)?
            .update(&self.store.table)
            .condition_expression("attribute_not_exists(pk) OR revision = :revision")
            .expression_attribute_values(":revision", n(i64::try_from(before).unwrap_or(i64::MAX)))
            .build()
            .map_err(Error::internal)?;
        let mut operations = vec![TransactWriteItem::builder().update(state).build()];
        if let Some((object, added)) = object {
            let update = rewrite_object(install, connection, object)?.update(&self.store.table);
            let update = match added {
                None => update.condition_expression("attribute_not_exists(added_up)"),
                Some(added) => update
                    .condition_expression("added_up.#at = :at")
                    .expression_attribute_names("#at", "at")
                    .expression_attribute_values(":at", n(added.at.0)),
            };
            operations.push(
                TransactWriteItem::builder()
                    .update(update.build().map_err(Error::internal)?)
                    .build(),
            );
        }
        Ok(self.store.transact(operations).await?.done())
    }
}
