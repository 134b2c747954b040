//! Open objects in the table, and the day's allowance for reading them.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::utc_date;
use crate::model::time::Millis;
use crate::model::tracked_object::{ObjectItem, ObjectKind};
use crate::platform::table::attribute::{attr, n, s};
use crate::platform::table::item::{known_item, known_items, to_item};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::rewrite::Rewrite;
use crate::platform::table::{Store, conditional, unavailable};

/// The number of re-reads of open objects in one UTC day for each connection. Objects that events
/// hint at are read in addition.
pub(crate) const READS_A_DAY: i64 = 40;

/// The maximum number of objects that a worker keeps in memory.
pub(crate) const MAX_OBJECTS: usize = 5_000;

/// How long, in seconds, an unprocessed hint is kept: as long as its event.
const HINT_SECONDS: i64 = 7 * 86_400;

/// The number of hints that one run examines: more than it reads, because pages show some of the
/// objects.
const HINTS_A_LOOK: i32 = 100;

/// The id prefix of payments that were not made by card: only their money may arrive later.
const NO_CARD: &str = "py_";

/// Ids of disputes begin with `dp_` or `du_`, those of payouts with `po_`. No other tracked object
/// sorts between these two.
const DISPUTES_TO_PAYOUTS: [&str; 2] = ["dp_", "po_~"];

/// How long, in seconds, settled objects are kept.
pub(crate) const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// The objects of a connection, by id.
pub(crate) type Objects = BTreeMap<String, ObjectItem>;

/// An object that an event reported a change of, `HINT`. It is removed once the object was read, so
/// that no event is lost, however many arrive and however long it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectHint {
    /// `po_…`, `du_…`, `re_…`, `py_…`
    pub(crate) object_id: String,
    /// When the event arrived. It distinguishes this hint from a later one.
    pub(crate) received_at: Millis,
    ttl: i64,
}

impl ObjectHint {
    /// The hint from an event, if it is about a tracked object. A payment that succeeds is settled
    /// at once and appears in the list: of payments, only those are read whose money arrives later,
    /// or may have failed to arrive.
    pub(crate) fn of(kind: &str, object_id: Option<&str>, received_at: Millis) -> Option<Self> {
        // A merchant may choose a customer's id, so its prefix says nothing.
        let id = object_id.filter(|_| !kind.starts_with("customer."))?;
        let worth_a_look = match ObjectKind::of_id(id)? {
            ObjectKind::Payout | ObjectKind::Dispute | ObjectKind::Refund => true,
            ObjectKind::Charge => {
                kind == "charge.pending" || (kind == "charge.failed" && id.starts_with(NO_CARD))
            }
        };
        worth_a_look.then(|| Self {
            object_id: id.to_owned(),
            received_at,
            ttl: received_at.seconds() + HINT_SECONDS,
        })
    }
}

/// Rewrites an object's item. A settled object has an expiry, unless an open alert refers to it.
pub(crate) fn rewrite_object(
    install: &InstallId,
    connection: Ulid,
    object: &ObjectItem,
) -> Result<Rewrite> {
    let ttl = (object.settled && !object.kept).then(|| object.checked_at.seconds() + KEPT_SECONDS);
    Rewrite::of(install, &Sk::Object(connection, &object.id), object, ttl)
}

/// Tracked objects: `OBJECT`, `HINT`, `READS`.
#[derive(Debug, Clone, Copy)]
pub struct TrackedObjectRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Tracked objects: `OBJECT`, `HINT`, `READS`.
    #[must_use]
    pub const fn tracked_objects(&self) -> TrackedObjectRepository<'_> {
        TrackedObjectRepository { store: self }
    }
}

impl TrackedObjectRepository<'_> {
    /// The objects of a connection that are open, or were until recently.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn all(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<BTreeMap<String, ObjectItem>> {
        let mut objects = Objects::new();
        let mut start = None;
        loop {
            let answer = self
                .store
                .query(install, &ItemKind::Object.of_connection(connection))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            for item in answer.items.unwrap_or_default() {
                let Some(item) = known_item::<ObjectItem>(item)? else { continue };
                objects.insert(item.id.clone(), item);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || objects.len() >= MAX_OBJECTS {
                return Ok(objects);
            }
        }
    }

    /// The disputes and payouts of a connection, in one read, and whether there are more.
    ///
    /// # Errors
    /// [`crate::model::error::Error::Unavailable`].
    pub async fn disputes_and_payouts(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<(Vec<ObjectItem>, bool)> {
        let [first, last] = DISPUTES_TO_PAYOUTS.map(|id| s(Sk::Object(connection, id).to_string()));
        let answer = self
            .store
            .client
            .query()
            .table_name(&self.store.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":first", first)
            .expression_attribute_values(":last", last)
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.is_some();
        Ok((known_items(answer.items.unwrap_or_default())?, more))
    }

    /// One object of a connection.
    pub(crate) async fn get(
        self,
        install: &InstallId,
        connection: Ulid,
        id: &str,
    ) -> Result<Option<ObjectItem>> {
        let sk = Sk::Object(connection, id);
        let item = self.store.get(install, &sk).await?;
        item.map_or(Ok(None), known_item)
    }

    /// Stores an object. A settled one gets an expiry.
    pub(crate) async fn put(
        self,
        install: &InstallId,
        connection: Ulid,
        object: &ObjectItem,
    ) -> Result<()> {
        let update = rewrite_object(install, connection, object)?
            .request(&self.store.client, &self.store.table);
        update.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        Ok(())
    }

    /// Takes one of today's re-reads. Returns whether one was left.
    pub(crate) async fn take_read(
        self,
        install: &InstallId,
        connection: Ulid,
        now: Millis,
    ) -> Result<bool> {
        let today = utc_date(now.seconds()).map_err(Error::internal)?;
        let update = || {
            self.store
                .client
                .update_item()
                .table_name(&self.store.table)
                .set_key(Some(key(install, &Sk::Reads(connection))))
                .expression_attribute_names("#date", "date")
                .expression_attribute_values(":today", s(&today))
                .expression_attribute_values(":one", n(1))
        };
        let again = update()
            .update_expression("SET used = used + :one")
            .condition_expression("#date = :today AND used < :most")
            .expression_attribute_values(":most", n(READS_A_DAY));
        // A clock that goes back does not grant a day's reads a second time.
        let anew = update()
            .update_expression("SET #date = :today, used = :one, #schema = :schema")
            .expression_attribute_names("#schema", attr::SCHEMA)
            .expression_attribute_values(":schema", n(ItemKind::Reads.schema()))
            .condition_expression("attribute_not_exists(pk) OR #date < :today");
        for attempt in [again, anew] {
            if conditional(attempt.send().await)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The operation that stores an event's hint. A later event of the same object replaces it.
    pub(crate) fn put_hint(
        self,
        install: &InstallId,
        connection: Ulid,
        hint: &ObjectHint,
    ) -> Result<TransactWriteItem> {
        let item = to_item(install, &Sk::Hint(connection, &hint.object_id), hint)?;
        self.store.put(item)
    }

    /// Some of the objects that events hint at, the longest waiting first.
    pub(crate) async fn hints(
        self,
        install: &InstallId,
        connection: Ulid,
    ) -> Result<Vec<ObjectHint>> {
        let answer = self
            .store
            .query(install, &ItemKind::Hint.of_connection(connection))
            .consistent_read(true)
            .limit(HINTS_A_LOOK)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let mut hints: Vec<ObjectHint> = known_items(answer.items.unwrap_or_default())?;
        hints.sort_by_key(|hint| hint.received_at);
        Ok(hints)
    }

    /// Removes a hint, unless a later one has replaced it.
    pub(crate) async fn drop_hint(
        self,
        install: &InstallId,
        connection: Ulid,
        hint: &ObjectHint,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .delete_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Hint(connection, &hint.object_id))))
            .condition_expression("received_at = :seen")
            .expression_attribute_values(":seen", n(hint.received_at.0))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
