//! Customers in the table: their balances and identities, `CUSTOMER`, and the hints of events,
//! `CHANGED`.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::error::Result;
use crate::model::install::id::InstallId;
use crate::model::time::Millis;
use crate::platform::store::runs::Fence;
use crate::platform::table::attribute::n;
use crate::platform::table::item::{known_items, to_item};
use crate::platform::table::keys::{Sk, key};
use crate::platform::table::kind::ItemKind;
use crate::platform::table::read::count_all;
use crate::platform::table::{Store, conditional, unavailable};

/// The parts of a customer that are copied together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Name,
    Email,
    Phone,
    Address,
}

/// A customer and a currency.
pub(crate) type Pair = (String, String);

/// Digests of the last copied values, by part. A part that is not copied has none.
pub(crate) type Prints = BTreeMap<Part, String>;

/// How long an unprocessed hint is kept: as long as its event.
pub(crate) const HINT_SECONDS: i64 = 7 * 86_400;

/// A customer's balance in one currency, `CUSTOMER`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CustomerItem {
    pub(crate) customer: String,
    pub(crate) currency: String,
    pub(crate) identity_id: String,
    /// Absent while it is being created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) balance_id: Option<String>,
    /// By then, an earlier creation has ended in success or failure.
    pub(crate) settled_by: Millis,
}

impl CustomerItem {
    pub(crate) fn of(
        (customer, currency): &Pair,
        identity_id: &str,
        balance_id: Option<String>,
        settled_by: Millis,
    ) -> Self {
        Self {
            customer: customer.clone(),
            currency: currency.clone(),
            identity_id: identity_id.to_owned(),
            balance_id,
            settled_by,
        }
    }
}

/// A customer that changed according to an event, `CHANGED`. Removed once it has been checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomerHint {
    /// `cus_…`
    pub(crate) customer: String,
    /// When it happened at Stripe, Unix seconds.
    pub(crate) created: i64,
    /// When the event arrived. It distinguishes this hint from a later one.
    pub(crate) received_at: Millis,
    ttl: i64,
}

impl CustomerHint {
    /// The hint from an event, if it is about a customer that may be known.
    pub(crate) fn of(
        kind: &str,
        object_id: Option<&str>,
        created: i64,
        received_at: Millis,
    ) -> Option<Self> {
        let customer = object_id
            .filter(|_| matches!(kind, "customer.updated" | "customer.deleted"))?
            .to_owned();
        Some(Self { customer, created, received_at, ttl: received_at.seconds() + HINT_SECONDS })
    }
}

/// Customers: `CUSTOMER`, `CHANGED`.
#[derive(Debug, Clone, Copy)]
pub struct CustomerRepository<'s> {
    pub(crate) store: &'s Store,
}

impl Store {
    /// Customers: `CUSTOMER`, `CHANGED`.
    #[must_use]
    pub const fn customers(&self) -> CustomerRepository<'_> {
        CustomerRepository { store: self }
    }
}

impl CustomerRepository<'_> {
    /// The operation that stores an event's hint. A later event of the same customer replaces it.
    pub(crate) fn put_hint(
        self,
        install: &InstallId,
        connection: Ulid,
        hint: &CustomerHint,
    ) -> Result<TransactWriteItem> {
        let item = to_item(install, &Sk::Changed(connection, &hint.customer), hint)?;
        self.store.put(item)
    }

    /// Some of the customers with hints.
    pub(crate) async fn hints(
        self,
        install: &InstallId,
        connection: Ulid,
        most: i32,
    ) -> Result<Vec<CustomerHint>> {
        let answer = self
            .store
            .query(install, &ItemKind::Changed.of_connection(connection))
            .consistent_read(true)
            .limit(most)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        known_items(answer.items.unwrap_or_default())
    }

    /// Removes a hint, unless a later one has replaced it.
    pub(crate) async fn drop_hint(
        self,
        install: &InstallId,
        connection: Ulid,
        hint: &CustomerHint,
    ) -> Result<()> {
        let sent = self
            .store
            .client
            .delete_item()
            .table_name(&self.store.table)
            .set_key(Some(key(install, &Sk::Changed(connection, &hint.customer))))
            .condition_expression("received_at = :seen")
            .expression_attribute_values(":seen", n(hint.received_at.0))
            .send()
            .await;
        conditional(sent).map(|_| ())
    }
}

impl CustomerRepository<'_> {
    /// The number of customer balances that this connection knows.
    pub(crate) async fn count_balances(self, fence: &Fence) -> Result<u64> {
        let balances = self
            .store
            .query(&fence.install, &ItemKind::Customer.of_connection(fence.connection))
            .filter_expression("attribute_exists(balance_id)");
        count_all(balances).await
    }
}
