//! Open objects in the table, and how many may still be read today.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use serde::Deserialize;
use ulid::Ulid;

use super::ObjectItem;
use crate::clock::Millis;
use crate::error::Result;
use crate::install::InstallId;
use crate::ledger::utc_date;
use crate::store::{Item, Sk, Store, attr, from_item, key, n, pk, s, to_item, unavailable};

/// Re-reads of open objects in one UTC day, for each connection. What an event hints at is read besides.
pub(crate) const READS_A_DAY: i64 = 40;
/// Objects that a worker keeps in mind.
const MAX_OBJECTS: usize = 5_000;
/// What is settled is kept so long.
pub(in crate::sync) const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// The objects of a connection, by id.
pub(crate) type Objects = BTreeMap<String, ObjectItem>;

/// An event that was taken, as far as it says which object to look at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Hint {
    /// The object it is about; a balance has no id.
    #[serde(default)]
    pub(crate) object_id: Option<String>,
    /// What happened.
    #[serde(default, rename = "type")]
    pub(crate) type_: String,
    /// When it came.
    pub(crate) received_at: Millis,
}

/// An object as an item; a settled one has an end.
pub(in crate::sync) fn object_item(install: &InstallId, connection: Ulid, object: &ObjectItem) -> Result<Item> {
    let mut item = to_item(install, &Sk::Object(connection, &object.id), object)?;
    if object.settled {
        item.insert(attr::TTL.to_owned(), n(object.checked_at.seconds() + KEPT_SECONDS));
    }
    Ok(item)
}

impl Store {
    /// The objects of a connection that are open, or were a while ago.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn objects(&self, install: &InstallId, connection: Ulid) -> Result<BTreeMap<String, ObjectItem>> {
        let mut objects = Objects::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", s(pk(install)))
                .expression_attribute_values(":prefix", s(format!("OBJECT#{connection}#")))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            for item in answer.items.unwrap_or_default() {
                let item: ObjectItem = from_item(item)?;
                objects.insert(item.id.clone(), item);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || objects.len() >= MAX_OBJECTS {
                return Ok(objects);
            }
        }
    }

    /// Stores an object; a settled one gets its end.
    pub(crate) async fn put_object(&self, install: &InstallId, connection: Ulid, object: &ObjectItem) -> Result<()> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(object_item(install, connection, object)?));
        put.send().await.map_err(|error| unavailable(error.into_service_error()))?;
        Ok(())
    }

    /// Takes one of today's re-reads; answers whether there was one left.
    pub(crate) async fn take_read(&self, install: &InstallId, connection: Ulid, now: Millis) -> Result<bool> {
        let today = utc_date(now.seconds()).map_err(crate::error::Error::internal)?;
        let update = || {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key(install, &Sk::Reads(connection))))
                .expression_attribute_names("#date", "date")
                .expression_attribute_values(":today", s(&today))
                .expression_attribute_values(":one", n(1))
        };
        let again = update()
            .update_expression("SET used = used + :one")
            .condition_expression("#date = :today AND used < :most")
            .expression_attribute_values(":most", n(READS_A_DAY));
        // A clock that goes back does not give a day's reads a second time.
        let anew = update()
            .update_expression("SET #date = :today, used = :one")
            .condition_expression("attribute_not_exists(pk) OR #date < :today");
        for attempt in [again, anew] {
            match attempt.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => return Ok(true),
                Err(UpdateItemError::ConditionalCheckFailedException(_)) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        Ok(false)
    }

    /// What a connection's events since an instant hint at: one read, so that a flood of events costs no more.
    pub(crate) async fn hints(&self, install: &InstallId, connection: Ulid, since: Millis) -> Result<Vec<Hint>> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .filter_expression("#connection = :connection AND received_at >= :since AND attribute_exists(object_id)")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_values(":connection", s(connection.to_string()))
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s("EVENT#"))
            .expression_attribute_values(":since", n(since.0))
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        answer.items.unwrap_or_default().into_iter().map(from_item).collect()
    }
}
