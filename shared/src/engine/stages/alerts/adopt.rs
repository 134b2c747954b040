//! Takes over alerts from an earlier connection of the same account. After a disconnect and a new
//! connect it is the same account in the same ledger, and a cause that persists is not a second
//! cause.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use ulid::Ulid;

use crate::engine::stages::alerts::raise::{AlertError, Alerts, after};
use crate::model::alert::{AlertItem, AlertState};
use crate::model::error::{Error, Result};
use crate::model::tracked_object::ObjectItem;
use crate::platform::store::alerts::Existing;
use crate::platform::store::tracked_objects::{Objects, rewrite_object};
use crate::platform::table::attribute::n;
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::rewrite::Rewrite;

/// Alerts taken over per run. The rest follows in the next run.
pub(crate) const MAX_ADOPTED: usize = 20;

impl Alerts<'_> {
    /// Takes over the open alerts of this account's earlier connections, with the objects they are
    /// about. If the same alert was already raised again, the older one is resolved. Returns only
    /// errors of the table.
    pub(crate) async fn adopt(
        &self,
        earlier: Vec<(Ulid, AlertItem)>,
        existing: &mut Existing,
        objects: &mut Objects,
    ) -> Result<()> {
        let owner = self.owner.to_string();
        let standing = earlier.into_iter().filter(|(_, alert)| {
            alert.state != AlertState::Resolved && alert.owner.as_ref() == Some(&owner)
        });
        for (connection, alert) in standing.take(MAX_ADOPTED) {
            let own = existing.get(&alert.id);
            if own.is_some_and(|own| own.state != AlertState::Resolved) {
                let theirs = Alerts { connection, ..*self };
                match theirs.resolve(&alert, "It is raised as another alert.").await {
                    Ok(_) => {}
                    Err(AlertError::Table(error)) => return Err(error),
                    Err(AlertError::Blnk(error)) => {
                        tracing::warn!(install = %self.install, alert = alert.id, %error,
                            "alert deferred");
                    }
                }
                continue;
            }
            let object = self.object_of(connection, &alert, objects).await?;
            let adopted = AlertItem { updated_at: after(&alert), ..alert.clone() };
            if self
                .store
                .transact(self.adoption(connection, &alert, own, &adopted, object.as_ref())?)
                .await?
                .done()
            {
                tracing::info!(install = %self.install, alert = alert.id, from = %connection,
                    "took over an alert");
                objects.extend(object.map(|object| (object.id.clone(), object)));
                existing.insert(adopted.id.clone(), adopted);
            }
        }
        Ok(())
    }

    /// The object that an alert is about, if this connection does not know it yet.
    async fn object_of(
        &self,
        connection: Ulid,
        alert: &AlertItem,
        objects: &Objects,
    ) -> Result<Option<ObjectItem>> {
        let Some(id) = alert.object_id().filter(|id| !objects.contains_key(*id)) else {
            return Ok(None);
        };
        Ok(self
            .store
            .tracked_objects()
            .get(self.install, connection, id)
            .await?
            .map(|object| ObjectItem { kept: true, ..object }))
    }

    fn adoption(
        &self,
        from: Ulid,
        alert: &AlertItem,
        own: Option<&AlertItem>,
        adopted: &AlertItem,
        object: Option<&ObjectItem>,
    ) -> Result<Vec<TransactWriteItem>> {
        let rewrite =
            Rewrite::of(self.install, &Sk::Alert(self.connection, &alert.id), adopted, None)?;
        let put = rewrite.update(&self.store.table);
        let put = match own {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(own) => put
                .condition_expression("updated_at = :own")
                .expression_attribute_values(":own", n(own.updated_at.0)),
        };
        let delete = Delete::builder()
            .table_name(&self.store.table)
            .set_key(Some(key(self.install, &Sk::Alert(from, &alert.id))))
            .condition_expression("updated_at = :seen")
            .expression_attribute_values(":seen", n(alert.updated_at.0));
        let mut operations = vec![
            TransactWriteItem::builder().update(put.build().map_err(Error::internal)?).build(),
            TransactWriteItem::builder().delete(delete.build().map_err(Error::internal)?).build(),
        ];
        if let Some(object) = object {
            let put =
                rewrite_object(self.install, self.connection, object)?.update(&self.store.table);
            let put = put
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .map_err(Error::internal)?;
            operations.push(TransactWriteItem::builder().update(put).build());
        }
        Ok(operations)
    }
}
