//! Customers in the table: their balances, their identities and the event hints about them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use crate::engine::stages::customers::identity::Profile;
use crate::engine::stages::customers::needed::Customers;
use crate::engine::stop::Stop;
use crate::model::error::{Error, Result};
use crate::platform::store::customers::{CustomerItem, Pair, Prints};
use crate::platform::table::MAX_TRANSACTION;
use crate::platform::table::attribute::{Item, s};
use crate::platform::table::item::{from_item, to_item};
use crate::platform::table::keys::{Sk, key};

impl Profile {
    /// The profile of an identity of which nothing else is known yet.
    pub(crate) fn bare(customer: &str, identity_id: &str) -> Self {
        Self {
            customer: customer.to_owned(),
            identity_id: identity_id.to_owned(),
            prints: Prints::new(),
            deleted: false,
        }
    }
}

/// The stored items of some customers.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) balances: HashMap<Pair, CustomerItem>,
    pub(crate) profiles: HashMap<String, Profile>,
}

impl Customers<'_> {
    /// Reads balances and identities of customers, strongly consistent.
    pub(crate) async fn read<'c>(
        &self,
        pairs: &[Pair],
        customers: impl Iterator<Item = &'c String>,
    ) -> Result<Stored, Stop> {
        let (install, connection) = (&self.fence.install, self.fence.connection);
        let balances = pairs.iter().map(|(customer, currency)| {
            key(install, &Sk::Customer(connection, customer, currency))
        });
        let keys: Vec<Item> = balances
            .chain(customers.map(|customer| key(install, &Sk::Profile(connection, customer))))
            .collect();
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

    /// Writes balances and identities under the run's fence. A balance's id, once known, never
    /// changes.
    pub(crate) async fn write<'p>(
        &self,
        balances: impl Iterator<Item = CustomerItem>,
        profiles: impl Iterator<Item = &'p Profile>,
    ) -> Result<(), Stop> {
        let (install, connection) = (&self.fence.install, self.fence.connection);
        let put = |item: Item| Put::builder().table_name(&self.store.table).set_item(Some(item));
        let mut operations = Vec::new();
        for balance in balances {
            let item = to_item(
                install,
                &Sk::Customer(connection, &balance.customer, &balance.currency),
                &balance,
            )?;
            operations.push(put(item).condition_expression("attribute_not_exists(balance_id)"));
        }
        for profile in profiles {
            // The chosen identity never changes either.
            let once = put(to_item(install, &Sk::Profile(connection, &profile.customer), profile)?)
                .condition_expression("attribute_not_exists(pk) OR identity_id = :identity")
                .expression_attribute_values(":identity", s(&profile.identity_id));
            operations.push(once);
        }
        for part in operations.chunks(MAX_TRANSACTION - 1) {
            let mut written = vec![self.store.runs().still_ours(self.fence)?];
            for operation in part {
                written.push(
                    TransactWriteItem::builder()
                        .put(operation.clone().build().map_err(Error::internal)?)
                        .build(),
                );
            }
            if !self.store.transact(written).await?.done() {
                return Err(Stop::Superseded);
            }
        }
        Ok(())
    }
}
