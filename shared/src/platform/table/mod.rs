//! The one table: its keys, reads, writes and transactions, and how items are written and read.
//! `store` defines what is stored.

pub mod attribute;
pub mod item;
pub mod keys;
pub mod kind;
pub mod read;
pub mod rewrite;
pub mod units;
pub(crate) mod unknown;

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, Put, TransactWriteItem};

use crate::model::error::{Error, Result};
use crate::platform::http::retry::Jitter;
use crate::platform::http::{Deadline, RetryPolicy};
use crate::platform::table::attribute::Item;

/// The most operations DynamoDB takes in one transaction.
pub const MAX_TRANSACTION: usize = 100;

/// The retry policy of a transaction that met another one or was throttled…
const CONFLICTS: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(40), Duration::from_millis(160), 4)
        .with_jitter(Jitter::Half);

/// …and how long after its start it is retried: a function must respond within its own timeout.
pub const TRANSACTION_BUDGET: Duration = Duration::from_secs(4);

/// Reasons why a transaction had no effect and a retry may succeed: those of a cancelled one, and
/// immediate errors of DynamoDB.
const PASSING: [&str; 6] = [
    "TransactionConflict",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
];

/// The one table, and a client for it.
#[derive(Debug, Clone)]
pub struct Store {
    /// The client. Callers build their requests themselves, so that each condition is next to its
    /// rule.
    pub client: aws_sdk_dynamodb::Client,
    /// The table's name.
    pub table: String,
}

/// A DynamoDB failure that is not a business answer.
pub fn unavailable(error: impl Into<crate::model::error::Cause>) -> Error {
    Error::unavailable("the database", error)
}

/// The error of a write that may be conditional.
pub(crate) trait Conditional: std::error::Error + Send + Sync {
    /// Whether the condition was not met.
    fn is_refusal(&self) -> bool;
}

impl Conditional for UpdateItemError {
    fn is_refusal(&self) -> bool {
        self.is_conditional_check_failed_exception()
    }
}

impl Conditional for DeleteItemError {
    fn is_refusal(&self) -> bool {
        self.is_conditional_check_failed_exception()
    }
}

/// The result of a conditional write: `None` when its condition was not met.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) fn conditional<T, E: Conditional + 'static>(
    sent: std::result::Result<T, SdkError<E>>,
) -> Result<Option<T>> {
    match sent {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.as_service_error().is_some_and(E::is_refusal) => Ok(None),
        Err(error) => Err(unavailable(error)),
    }
}

/// An operation of a cancelled transaction whose condition failed: its place, and the stored item.
#[derive(Debug, Clone)]
pub struct FailedCondition {
    /// The operation's place in the transaction.
    pub at: usize,
    /// The item that did not meet the condition, when there is one.
    pub item: Option<Item>,
}

/// The result of a transaction.
#[derive(Debug)]
pub enum Transacted {
    /// All of it was written.
    Done,
    /// A condition was not met; nothing was written.
    Refused(Vec<FailedCondition>),
}

impl Transacted {
    /// Whether everything was written.
    #[must_use]
    pub const fn done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

impl Store {
    /// The operation that stores an item, replacing any other.
    pub(crate) fn put(&self, item: Item) -> Result<TransactWriteItem> {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = put.build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl Store {
    /// Writes a transaction. Only a failed condition is a business answer; a conflict with another
    /// transaction, or a throttle, is retried a few times and is then a retryable failure.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn transact(&self, items: Vec<TransactWriteItem>) -> Result<Transacted> {
        let deadline = Deadline::after(TRANSACTION_BUDGET);
        let mut attempt = 1;
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(Transacted::Done) };
            let error = error.into_service_error();
            let reasons = match &error {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => {
                    cancelled.cancellation_reasons()
                }
                _ => &[],
            };
            let refusals = refusals(reasons);
            if !refusals.is_empty() {
                return Ok(Transacted::Refused(refusals));
            }
            let mut codes = reasons.iter().filter_map(CancellationReason::code).chain(error.code());
            let passing = codes.any(|code| PASSING.contains(&code));
            if !passing || !CONFLICTS.pause_within(attempt, deadline).await {
                return Err(unavailable(error));
            }
            attempt += 1;
        }
    }
}

fn refusals(reasons: &[CancellationReason]) -> Vec<FailedCondition> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(at, reason)| FailedCondition {
            at,
            item: reason.item.clone().filter(|item| !item.is_empty()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::platform::table::attribute::attr;

    use crate::platform::table::attribute::s;

    use test_support::{Aws, Fault, TABLE};

    use super::*;

    async fn written(aws: &Aws) -> Result<Transacted> {
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store { client: crate::platform::aws::dynamodb(&sdk), table: TABLE.to_owned() };
        let put = Put::builder()
            .table_name(TABLE)
            .item(attr::PK, s("p"))
            .item(attr::SK, s("s"))
            .build()
            .unwrap();
        store.transact(vec![TransactWriteItem::builder().put(put).build()]).await
    }

    /// DynamoDB reports a throttle in two ways: as the reason of a cancelled transaction, which the
    /// SDK never retries, and as an error of its own.
    #[tokio::test(start_paused = true)]
    async fn a_transaction_that_is_throttled_is_tried_again_like_one_that_met_another() {
        let exceptions = [
            "ThrottlingException",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
        ];
        let faults = [Fault::Conflict, Fault::Throttled]
            .into_iter()
            .chain(exceptions.map(|code| Fault::Status(400, code)));
        for fault in faults {
            let times = if matches!(fault, Fault::Status(..)) { 7 } else { 3 };
            let aws = Aws::direct();
            aws.fault("TransactWriteItems", 1, times, fault);
            assert!(written(&aws).await.unwrap().done(), "{fault:?}");
            assert_eq!(aws.count("TransactWriteItems"), times + 1, "{fault:?}");
            // For ever is too long: it ends inside its budget as what may be tried again.
            aws.fault("TransactWriteItems", 1, 1000, fault);
            let began = tokio::time::Instant::now();
            assert!(matches!(written(&aws).await, Err(Error::Unavailable { .. })), "{fault:?}");
            assert!(
                began.elapsed() < TRANSACTION_BUDGET + crate::platform::aws::DYNAMODB_TIMEOUT,
                "{fault:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_failure_is_not_retried() {
        let aws = Aws::direct();
        aws.fault("TransactWriteItems", 1, 1000, Fault::Status(400, "ValidationException"));
        assert!(written(&aws).await.is_err());
        assert_eq!(aws.count("TransactWriteItems"), 1);
    }
}
