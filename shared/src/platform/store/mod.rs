//! The table: its keys, and the few things that every access shares. Keys are built here alone.

pub mod activity;
pub mod alerts;
pub mod certificates;
pub mod cleanup;
pub mod connections;
pub mod customers;
pub mod days;
pub mod events;
pub mod installs;
pub mod launches;
pub mod openings;
pub mod payouts;
pub mod problems;
pub mod read;
pub mod runs;
pub mod settings;
pub mod summaries;
pub mod suspects;
pub mod tracked_objects;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use ulid::Ulid;

use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::platform::http::Deadline;

/// An item as DynamoDB holds it.
pub type Item = HashMap<String, AttributeValue>;

/// Attribute names of the primary key, of the sparse index, and of the time to live (Unix seconds).
pub mod attr {
    /// Partition key.
    pub const PK: &str = "pk";
    /// Sort key.
    pub const SK: &str = "sk";
    /// Partition key of the index `installs`, on `META` items only.
    pub const INSTALLS_PK: &str = "installs_pk";
    /// Sort key of the index `installs`.
    pub const INSTALLS_SK: &str = "installs_sk";
    /// When DynamoDB may remove the item, Unix seconds.
    pub const TTL: &str = "ttl";
}

/// The most operations DynamoDB takes in one transaction.
pub const MAX_TRANSACTION: usize = 100;

/// How often a transaction that met another one, or was throttled, is tried again…
pub const CONFLICT_RETRIES: u32 = 3;

/// …and until when after it began: a function must answer inside its own time-out.
pub const TRANSACTION_BUDGET: Duration = Duration::from_secs(4);

/// The pause before the first of these tries; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(40);

/// Why a transaction had no effect and may have one in a moment: what a cancelled one gives as reasons, and what DynamoDB answers at once.
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
    /// The client; calls are written out where they are made, so that each condition stands beside its rule.
    pub client: aws_sdk_dynamodb::Client,
    /// The table's name.
    pub table: String,
}

/// Sort keys. Everything is under its install's partition; nothing is ever scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sk<'a> {
    /// The install record.
    Meta,
    /// The Stripe connection.
    Stripe,
    /// What is left of an older connection: its generation, and its own id where that generation may leave several.
    Cleanup(&'a str),
    /// What the overview shows.
    Summary,
    /// What a person chose for this install.
    Settings,
    /// The opening of a balance: balance, currency.
    Opening(Ulid, &'a str, &'a str),
    /// What Stripe listed for a UTC day before the start: date, balance, currency.
    OpeningDay(Ulid, &'a str, &'a str, &'a str),
    /// A record of the start's last day before it that is part of the opening.
    OpeningRecord(Ulid, &'a str),
    /// A Stripe event already taken.
    Event(&'a str),
    /// That a signing secret has vouched for an event: the version of the webhook.
    Signed(Ulid, Ulid),
    /// An object of Stripe that is read again until it is settled.
    Object(Ulid, &'a str),
    /// An object of Stripe of which an event says that something has happened to it.
    Hint(Ulid, &'a str),
    /// How many of them were read again today.
    Reads(Ulid),
    /// How far automatic payouts were added up.
    Payouts(Ulid),
    /// A record whose calls fail: the kind of call, and the record.
    Suspect(Ulid, &'a str, &'a str),
    /// An alert raised in Blnk.
    Alert(Ulid, &'a str),
    /// A launch.
    Launch(Ulid),
    /// A run of a connection.
    Run(Ulid, Ulid),
    /// A record of a connection that could not be posted as it is.
    Problem(Ulid, &'a str),
    /// The balance made for a Stripe customer in a currency.
    Customer(Ulid, &'a str, &'a str),
    /// The identity of a Stripe customer.
    Profile(Ulid, &'a str),
    /// A customer of whom a Stripe event says that something has changed.
    Changed(Ulid, &'a str),
    /// What Stripe's records of one UTC day should have made: date, balance, currency.
    Day(Ulid, &'a str, &'a str, &'a str),
    /// A reconciliation certificate.
    Proof(Ulid, Ulid),
    /// The key of a candidate: its place.
    Key(u8),
    /// An entry of the audit trail.
    Activity(Ulid),
}

impl std::fmt::Display for Sk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Meta => f.write_str("META"),
            Self::Stripe => f.write_str("STRIPE"),
            Self::Cleanup(generation) => write!(f, "CLEANUP#{generation}"),
            Self::Summary => f.write_str("SUMMARY"),
            Self::Settings => f.write_str("SETTINGS"),
            Self::Opening(connection, balance, currency) => write!(f, "OPENING#{connection}#sum#{balance}#{currency}"),
            Self::OpeningDay(connection, date, balance, currency) => write!(f, "OPENING#{connection}#day#{date}#{balance}#{currency}"),
            Self::OpeningRecord(connection, id) => write!(f, "OPENING#{connection}#record#{id}"),
            Self::Event(id) => write!(f, "EVENT#{id}"),
            Self::Signed(connection, version) => write!(f, "SIGNED#{connection}#{version}"),
            Self::Object(connection, id) => write!(f, "OBJECT#{connection}#{id}"),
            Self::Hint(connection, id) => write!(f, "HINT#{connection}#{id}"),
            Self::Reads(connection) => write!(f, "READS#{connection}"),
            Self::Payouts(connection) => write!(f, "PAYOUTS#{connection}"),
            Self::Suspect(connection, kind, id) => write!(f, "SUSPECT#{connection}#{kind}#{id}"),
            Self::Alert(connection, id) => write!(f, "ALERT#{connection}#{id}"),
            Self::Launch(id) => write!(f, "LAUNCH#{id}"),
            Self::Run(connection, id) => write!(f, "RUN#{connection}#{id}"),
            Self::Problem(connection, id) => write!(f, "PROBLEM#{connection}#{id}"),
            Self::Customer(connection, customer, currency) => write!(f, "CUSTOMER#{connection}#{}#{currency}", Chosen(customer)),
            Self::Profile(connection, customer) => write!(f, "CUSTOMER#{connection}#{}", Chosen(customer)),
            Self::Changed(connection, customer) => write!(f, "CHANGED#{connection}#{customer}"),
            Self::Day(connection, date, balance, currency) => write!(f, "DAY#{connection}#{date}#{balance}#{currency}"),
            Self::Proof(connection, id) => write!(f, "PROOF#{connection}#{id}"),
            Self::Key(place) => write!(f, "KEY#{place}"),
            Self::Activity(id) => write!(f, "ACTIVITY#{id}"),
        }
    }
}

/// An id that a merchant chose, as a part of a key: one that holds our own separator must not be taken for two parts.
struct Chosen<'a>(&'a str);

impl std::fmt::Display for Chosen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No id holds a control character.
        f.write_str(&self.0.replace('#', "\u{1}"))
    }
}

/// The partition of an install.
#[must_use]
pub fn pk(install: &InstallId) -> String {
    format!("INSTALL#{install}")
}

/// The full key of an item.
#[must_use]
pub fn key(install: &InstallId, sk: &Sk<'_>) -> Item {
    Item::from([(attr::PK.to_owned(), s(pk(install))), (attr::SK.to_owned(), s(sk.to_string()))])
}

/// A string attribute.
pub fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
#[must_use]
pub fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A stored item as its type. An item that does not parse is our defect, never a caller's.
///
/// # Errors
/// [`Error::Internal`].
pub fn from_item<T: serde::de::DeserializeOwned>(item: Item) -> Result<T> {
    serde_dynamo::from_item(item).map_err(Error::internal)
}

/// A value as an item, with its key.
///
/// # Errors
/// [`Error::Internal`].
pub fn to_item<T: serde::Serialize>(install: &InstallId, sk: &Sk<'_>, value: &T) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(Error::internal)?;
    item.extend(key(install, sk));
    Ok(item)
}

/// A value as one attribute.
///
/// # Errors
/// [`Error::Internal`].
pub fn to_attr<T: serde::Serialize>(value: &T) -> Result<AttributeValue> {
    serde_dynamo::to_attribute_value(value).map_err(Error::internal)
}

/// A DynamoDB failure that is not a business answer.
pub fn unavailable(error: impl Into<crate::model::error::Cause>) -> Error {
    Error::unavailable("the database", error)
}

/// Why one operation of a cancelled transaction refused: its place, and the item as it stands.
#[derive(Debug, Clone)]
pub struct FailedCondition {
    /// The operation's place in the transaction.
    pub at: usize,
    /// The item that did not meet the condition, when there is one.
    pub item: Option<Item>,
}

/// What became of a transaction.
#[derive(Debug)]
pub enum Transacted {
    /// All of it was written.
    Done,
    /// A condition did not hold; nothing was written.
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
    /// Writes a transaction. Only a failed condition is a business answer; a conflict with another transaction, or a throttle, is tried
    /// again a few times and is then a retryable failure.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn transact(&self, items: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<Transacted> {
        let deadline = Deadline::after(TRANSACTION_BUDGET);
        let mut pause = FIRST_PAUSE;
        for left in (0..=CONFLICT_RETRIES).rev() {
            let sent = self.client.transact_write_items().set_transact_items(Some(items.clone())).send().await;
            let Err(error) = sent else { return Ok(Transacted::Done) };
            let error = error.into_service_error();
            let reasons = match &error {
                TransactWriteItemsError::TransactionCanceledException(cancelled) => cancelled.cancellation_reasons(),
                _ => &[],
            };
            let refusals = refusals(reasons);
            if !refusals.is_empty() {
                return Ok(Transacted::Refused(refusals));
            }
            let mut codes = reasons.iter().filter_map(CancellationReason::code).chain(error.code());
            let wait = crate::platform::http::jitter(pause).max(pause / 2);
            if left == 0 || deadline.remaining() < wait || !codes.any(|code| PASSING.contains(&code)) {
                return Err(unavailable(error));
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
        }
        Err(Error::unavailable("the database", "a transaction was tried too often"))
    }
}

fn refusals(reasons: &[CancellationReason]) -> Vec<FailedCondition> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(at, reason)| FailedCondition { at, item: reason.item.clone().filter(|item| !item.is_empty()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

    use test_support::{Aws, Fault, TABLE};

    use super::*;

    async fn written(aws: &Aws) -> Result<Transacted> {
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let store = Store { client: crate::platform::aws::dynamodb(&sdk), table: TABLE.to_owned() };
        let put = Put::builder().table_name(TABLE).item(attr::PK, s("p")).item(attr::SK, s("s")).build().unwrap();
        store.transact(vec![TransactWriteItem::builder().put(put).build()]).await
    }

    /// DynamoDB says it in two ways: as the reason of a cancelled transaction, which the SDK never tries again, and as an answer of its own.
    #[tokio::test(start_paused = true)]
    async fn a_transaction_that_is_throttled_is_tried_again_like_one_that_met_another() {
        let exceptions = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];
        let faults = [Fault::Conflict, Fault::Throttled].into_iter().chain(exceptions.map(|code| Fault::Status(400, code)));
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
            assert!(began.elapsed() < TRANSACTION_BUDGET + crate::platform::aws::DYNAMODB_TIMEOUT, "{fault:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_not_tried_again() {
        let aws = Aws::direct();
        aws.fault("TransactWriteItems", 1, 1000, Fault::Status(400, "ValidationException"));
        assert!(written(&aws).await.is_err());
        assert_eq!(aws.count("TransactWriteItems"), 1);
    }

    #[test]
    fn ids_that_merchants_choose_make_keys_of_their_own() {
        let connection = Ulid::from(7_u128);
        let own = Sk::Customer(connection, "cus_1", "USD").to_string();
        assert_eq!(own, format!("CUSTOMER#{connection}#cus_1#USD"));
        assert_ne!(Sk::Profile(connection, "cus_1#USD").to_string(), own);
        assert_ne!(Sk::Customer(connection, "cus_1#USD", "EUR").to_string(), Sk::Customer(connection, "cus_1", "USD#EUR").to_string());
        assert_eq!(Sk::Profile(connection, "ann@example.org/7").to_string(), format!("CUSTOMER#{connection}#ann@example.org/7"));
    }
}
