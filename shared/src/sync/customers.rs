//! Balances for Stripe customers. Creation is not idempotent at the ledger, so the intent is written before the ledger is asked, and
//! whoever finds an intent waits until its call must have ended, looks, takes the oldest and keeps that id for good.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::halt::Halt;
use super::table::Fence;
use crate::blnk::client::CALL_LIMITS;
use crate::blnk::{BlnkClient, LedgerBalance, MAX_LOOKUP_VALUES, MetaData, NewBalance, NewIdentity};
use crate::clock::{self, Millis};
use crate::error::{Error, Result};
use crate::http::Deadline;
use crate::ledger::{Owner, identity_id};
use crate::store::{Item, MAX_TRANSACTION, Sk, Store, from_item, key, to_item, unavailable};
use crate::stripe::types::Customer;

/// Creations under way at once.
const CREATIONS: usize = 4;
/// Keys in one batch read.
const MAX_BATCH_GET: usize = 100;

/// A customer's balance in one currency, `CUSTOMER`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CustomerItem {
    customer: String,
    currency: String,
    identity_id: String,
    /// Absent while it is being created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance_id: Option<String>,
    /// A creation begun before has ended by then, one way or the other.
    settled_by: Millis,
}

/// The customers of a page and the currencies they need a balance in.
#[derive(Debug, Default)]
pub(super) struct Needed(BTreeMap<String, (Option<Customer>, BTreeSet<String>)>);

impl Needed {
    /// Adds a customer; an expanded object says more than an id.
    pub(super) fn add(&mut self, id: &str, object: Option<&Customer>, currency: &str) {
        let entry = self.0.entry(id.to_owned()).or_default();
        if entry.0.is_none() {
            entry.0 = object.cloned();
        }
        entry.1.insert(currency.to_owned());
    }

    fn pairs(&self) -> Vec<(String, String)> {
        self.0.iter().flat_map(|(id, (_, currencies))| currencies.iter().map(|currency| (id.clone(), currency.clone()))).collect()
    }
}

/// Balance ids by customer and currency.
pub(super) type BalanceIds = HashMap<(String, String), String>;

/// Finds or makes the balances of customers.
pub(super) struct Customers<'a> {
    pub(super) store: &'a Store,
    pub(super) blnk: &'a BlnkClient,
    pub(super) fence: &'a Fence,
    pub(super) owner: &'a Owner,
    pub(super) ledger_id: &'a str,
    pub(super) deadline: Deadline,
}

impl Customers<'_> {
    /// The balance of every customer needed, and how many were made.
    pub(super) async fn ensure(&self, needed: &Needed) -> Result<(BalanceIds, u64), Halt> {
        let mut ids = BalanceIds::new();
        let mut missing = Vec::new();
        let mut wait_until = None;
        let stored = self.read(&needed.pairs()).await?;
        for pair in needed.pairs() {
            match stored.get(&pair) {
                Some(CustomerItem { balance_id: Some(id), .. }) => {
                    ids.insert(pair, id.clone());
                }
                Some(begun) => {
                    wait_until = wait_until.max(Some(begun.settled_by));
                    missing.push(pair);
                }
                None => missing.push(pair),
            }
        }
        if missing.is_empty() {
            return Ok((ids, 0));
        }
        if let Some(until) = wait_until {
            self.wait(until).await?;
        }
        self.intend(&missing).await?;
        let made = self.find_or_create(needed, &missing, &mut ids).await?;
        self.keep(&missing, &ids).await?;
        Ok((ids, made))
    }

    async fn read(&self, pairs: &[(String, String)]) -> Result<HashMap<(String, String), CustomerItem>, Halt> {
        let mut found = HashMap::new();
        for part in pairs.chunks(MAX_BATCH_GET) {
            let keys =
                part.iter().map(|(customer, currency)| key(&self.fence.install, &Sk::Customer(self.fence.connection, customer, currency)));
            let wanted =
                KeysAndAttributes::builder().set_keys(Some(keys.collect())).consistent_read(true).build().map_err(Error::internal)?;
            let answer = self.store.client.batch_get_item().request_items(&self.store.table, wanted).send().await;
            let answer = answer.map_err(|error| unavailable(error.into_service_error()))?;
            if answer.unprocessed_keys.is_some_and(|keys| !keys.is_empty()) {
                return Err(unavailable("a read was throttled").into());
            }
            for item in answer.responses.unwrap_or_default().remove(&self.store.table).unwrap_or_default() {
                let item: CustomerItem = from_item(item)?;
                found.insert((item.customer.clone(), item.currency.clone()), item);
            }
        }
        Ok(found)
    }

    /// Waits out a creation that another worker began.
    async fn wait(&self, until: Millis) -> Result<(), Halt> {
        let left = std::time::Duration::from_millis(u64::try_from(until.0 - clock::now().0).unwrap_or_default());
        if left >= self.deadline.remaining() {
            return Err(Halt::Later("another creation of this customer may still be under way".to_owned()));
        }
        tokio::time::sleep(left).await;
        Ok(())
    }

    /// Writes the intents, under the run's fence: an older worker that still lives fails here, before it creates anything.
    async fn intend(&self, pairs: &[(String, String)]) -> Result<(), Halt> {
        // However many calls follow, each of them ends this long before the deadline.
        let longest = self.deadline.remaining().checked_sub(CALL_LIMITS.reserve).ok_or_else(|| Halt::Later("no time left".to_owned()))?;
        let settled_by = Millis(clock::now().0 + i64::try_from(longest.as_millis()).unwrap_or(i64::MAX / 4));
        self.write(pairs, |_, _| Some(None), settled_by).await
    }

    async fn keep(&self, pairs: &[(String, String)], ids: &BalanceIds) -> Result<(), Halt> {
        self.write(
            pairs,
            |customer, currency| ids.get(&(customer.to_owned(), currency.to_owned())).map(|id| Some(id.clone())),
            clock::now(),
        )
        .await
    }

    async fn write<'p>(
        &self,
        pairs: &'p [(String, String)],
        balance: impl Fn(&'p str, &'p str) -> Option<Option<String>>,
        settled_by: Millis,
    ) -> Result<(), Halt> {
        for part in pairs.chunks(MAX_TRANSACTION - 1) {
            let mut operations = vec![self.store.still_ours(self.fence)?];
            for (customer, currency) in part {
                let Some(balance_id) = balance(customer, currency) else { continue };
                let item = CustomerItem {
                    customer: customer.clone(),
                    currency: currency.clone(),
                    identity_id: identity_id(self.owner, customer),
                    balance_id,
                    settled_by,
                };
                let item: Item = to_item(&self.fence.install, &Sk::Customer(self.fence.connection, customer, currency), &item)?;
                // An id, once known, is kept for good.
                let put = Put::builder()
                    .table_name(&self.store.table)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(balance_id)")
                    .build()
                    .map_err(Error::internal)?;
                operations.push(TransactWriteItem::builder().put(put).build());
            }
            if !self.store.transact(operations).await?.done() {
                return Err(Halt::Superseded);
            }
        }
        Ok(())
    }

    async fn find_or_create(&self, needed: &Needed, missing: &[(String, String)], ids: &mut BalanceIds) -> Result<u64, Halt> {
        let mut customers: Vec<&str> = missing.iter().map(|(customer, _)| customer.as_str()).collect();
        customers.dedup();
        let identities: Vec<String> = customers.iter().map(|customer| identity_id(self.owner, customer)).collect();
        let mut known = BTreeSet::new();
        let mut oldest: HashMap<(String, String), LedgerBalance> = HashMap::new();
        for part in identities.chunks(MAX_LOOKUP_VALUES) {
            known.extend(self.blnk.identities(part, self.deadline).await?.into_iter().map(|identity| identity.identity_id));
            for balance in self.blnk.balances_by_identity(part, self.ledger_id, self.deadline).await? {
                let Some(identity) = balance.identity_id.clone() else { continue };
                let at = (identity, balance.currency.clone());
                let older =
                    oldest.get(&at).is_none_or(|kept| (balance.created_at, &balance.balance_id) < (kept.created_at, &kept.balance_id));
                if older {
                    oldest.insert(at, balance);
                }
            }
        }
        let unknown = customers.iter().filter(|customer| !known.contains(&identity_id(self.owner, customer)));
        stream::iter(unknown.map(Ok::<_, Halt>))
            .try_for_each_concurrent(CREATIONS, |customer| async move {
                let object = needed.0.get(*customer).and_then(|(object, _)| object.as_ref());
                self.blnk.create_identity(&new_identity(self.owner, customer, object), self.deadline).await?;
                Ok(())
            })
            .await?;
        let (there, absent): (Vec<_>, Vec<_>) =
            missing.iter().partition(|(customer, currency)| oldest.contains_key(&(identity_id(self.owner, customer), currency.clone())));
        for (customer, currency) in there {
            if let Some(balance) = oldest.get(&(identity_id(self.owner, customer), currency.clone())) {
                ids.insert((customer.clone(), currency.clone()), balance.balance_id.clone());
            }
        }
        let made: Vec<((String, String), String)> = stream::iter(absent)
            .map(|(customer, currency)| async move {
                let id = self.create_balance(customer, currency).await?;
                Ok::<_, Halt>(((customer.clone(), currency.clone()), id))
            })
            .buffer_unordered(CREATIONS)
            .try_collect()
            .await?;
        let count = made.len() as u64;
        ids.extend(made);
        Ok(count)
    }

    async fn create_balance(&self, customer: &str, currency: &str) -> Result<String, Halt> {
        let identity = identity_id(self.owner, customer);
        let mut meta_data = MetaData::new();
        meta_data.insert("stripe_customer_id".to_owned(), customer.into());
        meta_data.insert("stripe_account_id".to_owned(), self.owner.account().into());
        let balance = NewBalance { ledger_id: self.ledger_id, currency, identity_id: Some(&identity), meta_data: &meta_data };
        Ok(self.blnk.create_balance(&balance, self.deadline).await?.balance_id)
    }
}

/// The identity of a Stripe customer. A business has a name of its own; a person's last word of the name is taken for the last name.
fn new_identity(owner: &Owner, id: &str, customer: Option<&Customer>) -> NewIdentity {
    let business = customer.and_then(|customer| customer.business_name.clone());
    let name = customer.and_then(|customer| customer.individual_name.clone().or_else(|| customer.name.clone()));
    let (first, last) = match name.as_deref().map(str::trim).and_then(|name| name.rsplit_once(' ')) {
        Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
        None => (name.filter(|_| business.is_none()), None),
    };
    let address = customer.and_then(|customer| customer.address.clone());
    let line = |pick: fn(&crate::stripe::types::Address) -> Option<String>| address.as_ref().and_then(pick);
    let mut meta_data = MetaData::new();
    meta_data.insert("stripe_customer_id".to_owned(), id.into());
    meta_data.insert("stripe_account_id".to_owned(), owner.account().into());
    meta_data.insert("stripe_mode".to_owned(), owner.mode().to_string().into());
    NewIdentity {
        identity_id: identity_id(owner, id),
        identity_type: if business.is_some() { "organization" } else { "individual" }.to_owned(),
        first_name: first,
        last_name: last,
        organization_name: business,
        email_address: customer.and_then(|customer| customer.email.clone()),
        phone_number: customer.and_then(|customer| customer.phone.clone()),
        street: line(|address| address.line1.clone()),
        city: line(|address| address.city.clone()),
        state: line(|address| address.state.clone()),
        post_code: line(|address| address.postal_code.clone()),
        country: line(|address| address.country.clone()),
        meta_data,
    }
}

/// The balance ids as the entries ask for them: by customer, in one currency.
pub(super) fn balance_of<'i>(ids: &'i BalanceIds, currency: &str) -> impl Fn(&str) -> Option<&'i str> {
    let currency = currency.to_owned();
    move |customer| ids.get(&(customer.to_owned(), currency.clone())).map(String::as_str)
}
