//! Reading many items at once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Select};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::http::retry::Jitter;
use crate::platform::http::{Deadline, RetryPolicy};
use crate::platform::table::attribute::{Item, attr, s};
use crate::platform::table::keys::{Sk, key, pk};
use crate::platform::table::{Store, unavailable};

/// The number of items in one read of many. A full page of a megabyte would take tens of megabytes
/// once decoded.
pub(crate) const ITEMS_AT_ONCE: i32 = 250;

/// Batches of keys that are read concurrently.
const BATCHES_AT_ONCE: usize = 4;

pub(crate) fn sort_key(item: &Item) -> &str {
    item.get(attr::SK).and_then(|sk| sk.as_s().ok()).map_or("", String::as_str)
}

impl Store {
    /// One item, strongly consistent.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn get(&self, install: &InstallId, sk: &Sk<'_>) -> Result<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(install, sk)))
            .consistent_read(true)
            .send()
            .await;
        Ok(answer.map_err(|error| unavailable(error.into_service_error()))?.item)
    }

    /// All items of an install whose sort keys have this prefix, in the order of their keys.
    pub(crate) async fn items(&self, install: &InstallId, prefix: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let (page, more) = self.items_after(install, prefix, after.as_deref()).await?;
            items.extend(page);
            after = more;
            if after.is_none() {
                return Ok(items);
            }
        }
    }

    /// A query for the items of an install whose sort keys have this prefix.
    pub(crate) fn query(&self, install: &InstallId, prefix: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix))
    }

    /// A page of them after a sort key, and where the next page begins.
    pub(crate) async fn items_after(
        &self,
        install: &InstallId,
        prefix: &str,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>)> {
        self.some_after(install, prefix, after, ITEMS_AT_ONCE).await
    }

    /// The same, with at most this many items.
    pub(crate) async fn some_after(
        &self,
        install: &InstallId,
        prefix: &str,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Item>, Option<String>)> {
        let start = after.map(|sk| {
            HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))])
        });
        let answer = self
            .query(install, prefix)
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.as_ref().map(|last| sort_key(last).to_owned());
        Ok((answer.items.unwrap_or_default(), more))
    }
}

impl Store {
    /// The items of an install whose sort keys lie between these two, both included, in their
    /// order: as few pages as DynamoDB's limit of a megabyte allows.
    pub(crate) async fn items_between(
        &self,
        install: &InstallId,
        from: &str,
        to: &str,
    ) -> Result<Vec<Item>> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", s(pk(install)))
                .expression_attribute_values(":from", s(from))
                .expression_attribute_values(":to", s(to))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| unavailable(error.into_service_error()))?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(items);
            }
        }
    }
}

/// The number of items that a query finds, over all of its pages.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn count_all(query: QueryFluentBuilder) -> Result<u64> {
    let (query, mut count, mut start) = (query.select(Select::Count), 0, None);
    loop {
        let page = query.clone().set_exclusive_start_key(start).send().await;
        let page = page.map_err(|error| unavailable(error.into_service_error()))?;
        count += u64::try_from(page.count).unwrap_or_default();
        start = page.last_evaluated_key;
        if start.is_none() {
            return Ok(count);
        }
    }
}

/// The most keys that DynamoDB takes in one read.
const MAX_BATCH: usize = 100;

/// Keys that a batch left out are requested again by this policy…
const THROTTLED: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(40), READ_BUDGET, u32::MAX).with_jitter(Jitter::Half);

/// …and for this long: a function must respond within its own timeout.
const READ_BUDGET: Duration = Duration::from_millis(2500);

impl Store {
    /// The items of these keys that exist, strongly consistent, in no order that a caller could
    /// rely on.
    ///
    /// DynamoDB returns only part when it is throttled or the response is too large: the rest is
    /// requested again, so nothing is left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read_all(&self, keys: Vec<Item>) -> Result<Vec<Item>> {
        let parts: Vec<Vec<Item>> = keys.chunks(MAX_BATCH).map(<[Item]>::to_vec).collect();
        let reads = stream::iter(parts).map(|part| Box::pin(self.read_batch(part)));
        let found: Vec<Vec<Item>> = reads.buffered(BATCHES_AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn read_batch(&self, mut left: Vec<Item>) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        let deadline = Deadline::after(READ_BUDGET);
        let mut attempt = 1;
        loop {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .map_err(Error::internal)?;
            let answer =
                self.client.batch_get_item().request_items(&self.table, wanted).send().await;
            let answer = answer.map_err(|error| unavailable(error.into_service_error()))?;
            found.extend(
                answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default(),
            );
            left = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.table)
                .map(|rest| rest.keys)
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            if !THROTTLED.pause_within(attempt, deadline).await {
                return Err(unavailable("a read was throttled"));
            }
            attempt += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use test_support::{Aws, Fault, TABLE};

    use super::*;

    use crate::platform::table::attribute::{attr, s};

    fn keys(count: usize) -> Vec<Item> {
        (0..count)
            .map(|at| {
                Item::from([
                    (attr::PK.to_owned(), s("p")),
                    (attr::SK.to_owned(), s(format!("s{at:03}"))),
                ])
            })
            .collect()
    }

    async fn store(aws: &Aws) -> Store {
        for at in 0..150 {
            aws.place(&serde_json::json!({"pk": {"S": "p"}, "sk": {"S": format!("s{at:03}")}}));
        }
        Store {
            client: crate::platform::aws::dynamodb(
                &aws.sdk(crate::platform::aws::defaults()).await,
            ),
            table: TABLE.to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn keys_that_a_read_left_out_are_requested_again() {
        let aws = Aws::direct();
        let store = store(&aws).await;
        aws.fault("BatchGetItem", 1, 3, Fault::Unprocessed);
        let found = store.read_all(keys(150)).await.unwrap();
        let found: BTreeSet<String> =
            found.iter().map(|item| item[attr::SK].as_s().unwrap().clone()).collect();
        assert_eq!(found.len(), 150);
        assert_eq!(aws.count("BatchGetItem"), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_is_throttled_for_ever_says_so() {
        let aws = Aws::direct();
        let store = store(&aws).await;
        aws.fault("BatchGetItem", 1, 1000, Fault::Unprocessed);
        assert!(matches!(store.read_all(keys(90)).await, Err(Error::Unavailable { .. })));
    }
}
