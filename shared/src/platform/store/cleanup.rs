//! The reads and writes of a clean-up.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use crate::model::connection::Connection;
use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::run::{Run, RunError};
use crate::model::time::Millis;
use crate::platform::clock;
use crate::platform::table::attribute::{Item, attr, n, s, to_attr};
use crate::platform::table::conditional;
use crate::platform::table::item::from_item;
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::kind::{ItemKind, Lifetime};
use crate::platform::table::{Store, unavailable};

/// Items read in one page.
const PAGE: i32 = 200;

/// Whether an item belongs to a connection that is over. An item of a kind that this version does
/// not know is not touched.
fn is_over(sk: &str, keep: Option<&Connection>) -> bool {
    let Some(kind) = ItemKind::of(sk) else { return false };
    let is_shared = matches!(kind, ItemKind::Summary | ItemKind::Settings);
    let kept =
        keep.is_some_and(|connection| is_shared || sk.contains(&connection.connection.to_string()));
    kind.lifetime() == Lifetime::Connection && !kept
}

/// What a clean-up removes: `CLEANUP` and everything of older connections.
#[derive(Debug, Clone, Copy)]
pub struct CleanupRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// What a clean-up removes: `CLEANUP` and everything of older connections.
    #[must_use]
    pub const fn cleanup(&self) -> CleanupRepository<'_> {
        CleanupRepository { store: self }
    }
}

impl CleanupRepository<'_> {
    pub(crate) async fn remove_connection(
        self,
        install: &InstallId,
        old: &Connection,
    ) -> Result<()> {
        let sent = self
            .store
            .transact(vec![self.store.connections().delete(install, old.connection)?])
            .await?;
        if !sent.done() {
            tracing::info!(%install, "the connection was already replaced");
        }
        Ok(())
    }

    /// Connections that reinstalls and disconnects left to the clean-up, with their sealed keys, by
    /// sort key.
    pub(crate) async fn kept(self, install: &InstallId) -> Result<Vec<(String, Connection)>> {
        let items = self.store.items(install, ItemKind::Cleanup.prefix()).await?;
        let named = items.into_iter().map(|item| {
            let sk = item.get(attr::SK).and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
            Ok((sk, from_item(item)?))
        });
        named.collect()
    }

    pub(crate) async fn remove_kept(self, install: &InstallId, sk: &str) -> Result<()> {
        self.store
            .client
            .delete_item()
            .table_name(&self.store.table)
            .key(attr::PK, s(pk(install)))
            .key(attr::SK, s(sk))
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        Ok(())
    }

    /// The sort keys of a page's items that are over and have no expiry yet, and where the next
    /// page begins.
    pub(crate) async fn endless(
        self,
        install: &InstallId,
        keep: Option<&Connection>,
        present: Option<&str>,
        after: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>)> {
        let start = after.map(|sk| {
            HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))])
        });
        let answer = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk")
            .filter_expression("attribute_not_exists(#ttl)")
            .projection_expression("sk, generation")
            .expression_attribute_names("#ttl", attr::TTL)
            .expression_attribute_values(":pk", s(pk(install)))
            // An item that is not seen here would be kept forever.
            .consistent_read(true)
            .limit(PAGE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let text =
            |item: &Item, name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let next = answer.last_evaluated_key.as_ref().and_then(|key| text(key, attr::SK));
        let over = answer.items.unwrap_or_default().into_iter().filter_map(|item| {
            // The settings of the current installation may exist before it has a connection.
            let own = present.is_some() && text(&item, "generation").as_deref() == present;
            text(&item, attr::SK).filter(|sk| is_over(sk, keep) && !(own && sk == "SETTINGS"))
        });
        Ok((over.collect(), next))
    }

    pub(crate) async fn expire(self, install: &InstallId, sk: &str, ttl: i64) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .key(attr::PK, s(pk(install)))
            .key(attr::SK, s(sk))
            .update_expression("SET #ttl = if_not_exists(#ttl, :ttl)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#ttl", attr::TTL)
            .expression_attribute_values(":ttl", n(ttl))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Records that a clean-up is done, unless it was given more to do since it began. Returns
    /// whether it is done.
    pub(crate) async fn cleaned_up(
        self,
        install: &InstallId,
        generation: &str,
        round: u64,
    ) -> Result<bool> {
        let same = if round == 0 {
            "(attribute_not_exists(cleanup_round) OR cleanup_round = :round)"
        } else {
            "cleanup_round = :round"
        };
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression("SET cleanup_state = :done REMOVE cleanup_settles_at")
            .condition_expression(format!("cleanup_generation = :generation AND {same}"))
            .expression_attribute_values(":done", s("done"))
            .expression_attribute_values(":generation", s(generation))
            .expression_attribute_values(":round", AttributeValue::N(round.to_string()))
            .send()
            .await;
        Ok(conditional(sent)?.is_some())
    }

    /// Stores the time from which no worker can write items of an ended generation.
    pub(crate) async fn settle_clean_up(
        self,
        install: &InstallId,
        generation: &str,
        at: Option<Millis>,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Meta)))
            .update_expression("SET cleanup_settles_at = :at")
            .condition_expression("cleanup_generation = :generation")
            .expression_attribute_values(":at", to_attr(&at)?)
            .expression_attribute_values(":generation", s(generation))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }

    /// Cancels an open run, whichever worker holds it. Returns it as it was before.
    pub(crate) async fn end_open_run(
        self,
        install: &InstallId,
        connection: ulid::Ulid,
        id: ulid::Ulid,
    ) -> Result<Option<Run>> {
        let error =
            RunError { code: "cancelled".to_owned(), text: "The app was uninstalled.".to_owned() };
        let sent = self
            .store
            .client
            .update_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Run(connection, id))))
            .update_expression(
                "SET #state = :cancelled, finished_at = :now, #error = :error, \
                    attempt = attempt + :one REMOVE waiting",
            )
            .condition_expression("#state IN (:queued, :running, :paused)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":cancelled", s("cancelled"))
            .expression_attribute_values(":queued", s("queued"))
            .expression_attribute_values(":running", s("running"))
            .expression_attribute_values(":paused", s("paused"))
            .expression_attribute_values(":now", n(clock::now().0))
            .expression_attribute_values(":error", to_attr(&error)?)
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let changed = conditional(sent)?.and_then(|answer| answer.attributes);
        changed.map(from_item).transpose()
    }
}
