//! Reading many items at once.

use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use crate::model::error::{Error, Result};
use crate::platform::http::Deadline;
use crate::platform::store::{FIRST_PAUSE, Item, Store, unavailable};

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

    use crate::platform::store::{attr, s};

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
