//! Reading many items at once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::http::Deadline;
use crate::platform::store::attribute::{Item, attr, s};
use crate::platform::store::days::{ITEMS_AT_ONCE, sort_key};
use crate::platform::store::keys::pk;
use crate::platform::store::{FIRST_PAUSE, Store, unavailable};

impl Store {
    /// All items of an install whose sort key begins so, in the order of their keys.
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

    /// A page of them, beginning after a sort key; with it, where the next page begins.
    pub(crate) async fn items_after(&self, install: &InstallId, prefix: &str, after: Option<&str>) -> Result<(Vec<Item>, Option<String>)> {
        let start = after.map(|sk| HashMap::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk))]));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(prefix))
            .consistent_read(true)
            .limit(ITEMS_AT_ONCE)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        let more = answer.last_evaluated_key.as_ref().map(|last| sort_key(last).to_owned());
        Ok((answer.items.unwrap_or_default(), more))
    }
}

/// The most keys that DynamoDB takes in one read.
const MAX_BATCH: usize = 100;

/// What a batch left out is asked for again for so long: a function must answer inside its own time-out.
const READ_BUDGET: Duration = Duration::from_millis(2500);

impl Store {
    /// The items of these keys that exist, strongly consistent, in no order that a caller could rely on.
    ///
    /// DynamoDB answers a part when it is throttled or the answer grows too large: the rest is asked for again, and nothing is left out.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read_all(&self, keys: Vec<Item>) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        for part in keys.chunks(MAX_BATCH) {
            let deadline = Deadline::after(READ_BUDGET);
            let mut left = part.to_vec();
            let mut pause = FIRST_PAUSE;
            loop {
                let wanted = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build().map_err(Error::internal)?;
                let answer = self.client.batch_get_item().request_items(&self.table, wanted).send().await;
                let answer = answer.map_err(|error| unavailable(error.into_service_error()))?;
                found.extend(answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
                left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table).map(|rest| rest.keys).unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                let wait = crate::platform::http::jitter(pause).max(pause / 2);
                if deadline.remaining() < wait {
                    return Err(unavailable("a read was throttled"));
                }
                tokio::time::sleep(wait).await;
                pause *= 2;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use test_support::{Aws, Fault, TABLE};

    use super::*;

    use crate::platform::store::attribute::{attr, s};

    fn keys(count: usize) -> Vec<Item> {
        (0..count).map(|at| Item::from([(attr::PK.to_owned(), s("p")), (attr::SK.to_owned(), s(format!("s{at:03}")))])).collect()
    }

    async fn store(aws: &Aws) -> Store {
        for at in 0..150 {
            aws.place(&serde_json::json!({"pk": {"S": "p"}, "sk": {"S": format!("s{at:03}")}}));
        }
        Store { client: crate::platform::aws::dynamodb(&aws.sdk(crate::platform::aws::defaults()).await), table: TABLE.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_read_left_out_is_asked_for_again() {
        let aws = Aws::direct();
        let store = store(&aws).await;
        aws.fault("BatchGetItem", 1, 3, Fault::Unprocessed);
        let found = store.read_all(keys(150)).await.unwrap();
        let found: BTreeSet<String> = found.iter().map(|item| item[attr::SK].as_s().unwrap().clone()).collect();
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
