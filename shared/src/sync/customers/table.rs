//! Customers in the table: their balances, their identities, and what events say of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use super::identity::{Prints, Profile};
use super::{Customers, Pair};
use crate::clock::Millis;
use crate::error::{Error, Result};
use crate::install::InstallId;
use crate::store::{Item, MAX_TRANSACTION, Sk, Store, from_item, key, n, pk, s, to_item, unavailable};
use crate::sync::halt::Halt;

/// A hint that nobody followed is forgotten after so long, as its event is.
const HINT_SECONDS: i64 = 7 * 86_400;

/// A customer's balance in one currency, `CUSTOMER`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CustomerItem {
    customer: String,
    currency: String,
    pub(super) identity_id: String,
    /// Absent while it is being created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) balance_id: Option<String>,
    /// A creation begun before has ended by then, one way or the other.
    pub(super) settled_by: Millis,
}

impl CustomerItem {
    pub(super) fn of((customer, currency): &Pair, identity_id: &str, balance_id: Option<String>, settled_by: Millis) -> Self {
        Self { customer: customer.clone(), currency: currency.clone(), identity_id: identity_id.to_owned(), balance_id, settled_by }
    }
}

impl Profile {
    /// An identity of which nothing is known yet.
    pub(super) fn bare(customer: &str, identity_id: &str) -> Self {
        Self { customer: customer.to_owned(), identity_id: identity_id.to_owned(), prints: Prints::new(), deleted: false }
    }
}

/// What is stored of some customers.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) balances: HashMap<Pair, CustomerItem>,
    pub(super) profiles: HashMap<String, Profile>,
}

/// A customer of whom an event says that something has changed, `CHANGED`. Taken off when it was looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CustomerHint {
    /// `cus_…`
    pub(crate) customer: String,
    /// When it happened at Stripe, Unix seconds.
    pub(crate) created: i64,
    /// When the event came: tells this hint from a later one.
    pub(crate) received_at: Millis,
    ttl: i64,
}

impl CustomerHint {
    /// The hint that an event gives, if it is about a customer who may be known.
    pub(crate) fn of(kind: &str, object_id: Option<&str>, created: i64, received_at: Millis) -> Option<Self> {
        let customer = object_id.filter(|_| matches!(kind, "customer.updated" | "customer.deleted"))?.to_owned();
        Some(Self { customer, created, received_at, ttl: received_at.seconds() + HINT_SECONDS })
    }
}

impl Customers<'_> {
    /// Balances and identities of customers, strongly consistent.
    pub(super) async fn read<'c>(&self, pairs: &[Pair], customers: impl Iterator<Item = &'c String>) -> Result<Stored, Halt> {
        let (install, connection) = (&self.fence.install, self.fence.connection);
        let balances = pairs.iter().map(|(customer, currency)| key(install, &Sk::Customer(connection, customer, currency)));
        let keys: Vec<Item> = balances.chain(customers.map(|customer| key(install, &Sk::Profile(connection, customer)))).collect();
        let mut stored = Stored::default();
        for item in self.store.read_all(keys).await? {
            if item.contains_key("currency") {
                let item: CustomerItem = from_item(item)?;
                stored.balances.insert((item.customer.clone(), item.currency.clone()), item);
            } else {
                let item: Profile = from_item(item)?;
                stored.profiles.insert(item.customer.clone(), item);
            }
        }
        Ok(stored)
    }

    /// Writes balances and identities, under the run's fence. A balance's id, once known, is kept for good.
    pub(super) async fn write<'p>(
        &self,
        balances: impl Iterator<Item = CustomerItem>,
        profiles: impl Iterator<Item = &'p Profile>,
    ) -> Result<(), Halt> {
        let (install, connection) = (&self.fence.install, self.fence.connection);
        let put = |item: Item| Put::builder().table_name(&self.store.table).set_item(Some(item));
        let mut operations = Vec::new();
        for balance in balances {
            let item = to_item(install, &Sk::Customer(connection, &balance.customer, &balance.currency), &balance)?;
            operations.push(put(item).condition_expression("attribute_not_exists(balance_id)"));
        }
        for profile in profiles {
            // Whose identity it is, once chosen, is kept for good too.
            let once = put(to_item(install, &Sk::Profile(connection, &profile.customer), profile)?)
                .condition_expression("attribute_not_exists(pk) OR identity_id = :identity")
                .expression_attribute_values(":identity", s(&profile.identity_id));
            operations.push(once);
        }
        for part in operations.chunks(MAX_TRANSACTION - 1) {
            let mut written = vec![self.store.still_ours(self.fence)?];
            for operation in part {
                written.push(TransactWriteItem::builder().put(operation.clone().build().map_err(Error::internal)?).build());
            }
            if !self.store.transact(written).await?.done() {
                return Err(Halt::Superseded);
            }
        }
        Ok(())
    }
}

impl Store {
    /// The operation that notes an event's hint. A later event of the same customer takes its place.
    pub(crate) fn put_customer_hint(&self, install: &InstallId, connection: Ulid, hint: &CustomerHint) -> Result<TransactWriteItem> {
        let item = to_item(install, &Sk::Changed(connection, &hint.customer), hint)?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item)).build().map_err(Error::internal)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Some of the customers that events hint at.
    pub(super) async fn customer_hints(&self, install: &InstallId, connection: Ulid, most: i32) -> Result<Vec<CustomerHint>> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", s(pk(install)))
            .expression_attribute_values(":prefix", s(format!("CHANGED#{connection}#")))
            .consistent_read(true)
            .limit(most)
            .send()
            .await
            .map_err(|error| unavailable(error.into_service_error()))?;
        answer.items.unwrap_or_default().into_iter().map(from_item).collect()
    }

    /// Takes a hint off, unless a later one has come in its place.
    pub(super) async fn drop_customer_hint(&self, install: &InstallId, connection: Ulid, hint: &CustomerHint) -> Result<()> {
        let sent = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(install, &Sk::Changed(connection, &hint.customer))))
            .condition_expression("received_at = :seen")
            .expression_attribute_values(":seen", n(hint.received_at.0))
            .send()
            .await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}
