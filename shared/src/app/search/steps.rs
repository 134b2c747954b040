//! The calls of a plan, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use ulid::Ulid;

use crate::app::connect::connector::blnk_refused;
use crate::model::error::Error;
use crate::model::install::id::InstallId;
use crate::model::ledger::{LegKind, Owner, REFERENCE_PREFIX, Reference, customer_of, rfc3339};
use crate::model::search::{AmountQuery, MAX_CUSTOMERS, MAX_FOUND, MAX_READ_EACH, Step};
use crate::model::stripe::resource::Resource;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::stripe::types::parts::{Expandable, IdOnly};
use crate::model::stripe::types::{List, Source};
use crate::platform::blnk::{
    BlnkClient, BlnkError, Filter, LedgerBalance, LedgerTransaction, MAX_LOOKUP_VALUES, Operator,
};
use crate::platform::http::Deadline;
use crate::platform::stripe::lookups::{ChargesOf, Moved};
use crate::platform::stripe::{StripeClient, StripeError};
use crate::platform::table::Store;

/// What a search needs.
pub(super) struct Search<'a> {
    pub(super) store: &'a Store,
    pub(super) install: &'a InstallId,
    pub(super) connection: Ulid,
    pub(super) stripe: Option<StripeClient>,
    pub(super) blnk: Option<BlnkClient>,
    pub(super) owner: &'a Owner,
    pub(super) deadline: Deadline,
    /// Calls to Stripe so far.
    pub(super) calls: AtomicUsize,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) movements: Vec<BalanceTransaction>,
    /// The customers of movements that were found by their charges.
    pub(super) customers: BTreeMap<String, String>,
    /// A Stripe object without a movement.
    pub(super) object: Option<Source>,
    /// Entries of the ledger, those of the movements among them.
    pub(super) entries: Vec<LedgerTransaction>,
    pub(super) balances: Vec<LedgerBalance>,
    /// The automatic payouts that settled movements, by the movement's id.
    pub(super) payouts: BTreeMap<String, String>,
    /// There are more than are shown.
    pub(super) more: bool,
    /// The permission that Stripe reported missing.
    pub(super) denied: Option<String>,
}

/// Why a step of a search failed.
pub(super) enum SearchError {
    /// The Stripe key lacks this permission.
    Denied(String),
    /// A party did not respond, or refused the key.
    Failed(Error),
}

impl Search<'_> {
    /// Takes one step.
    pub(super) async fn take(&self, step: &Step, found: &mut Gathered) -> Result<(), SearchError> {
        match step {
            Step::Movement(id) => found.movements.extend(self.movement(id).await?),
            Step::MovementsOf(id) => {
                let page = self.stripe()?.movements_of(id, most(), self.deadline).await;
                let page = page.map_err(|error| refused(error, Resource::BalanceTransactions))?;
                found.take_movements(page);
            }
            Step::ObjectWithoutMovement(resource, id) => self.object(*resource, id, found).await?,
            Step::ChargeDetails(id) => self.charge_details(id, found).await?,
            Step::ChargesOfIntent(id) => self.charges(ChargesOf::PaymentIntent, id, found).await?,
            Step::ChargesOfCustomer(id) => self.charges(ChargesOf::Customer, id, found).await?,
            Step::ChargesOfEmail(email) => self.charges_of_email(email, found).await?,
            Step::MovementsOfEntries => self.movements_of_entries(found).await?,
            Step::EntryById(id) => {
                self.entries(&[Filter::eq("transaction_id", id)], found).await?;
                found.entries.retain(|entry| entry.transaction_id == *id);
            }
            Step::EntryByReference(reference) => {
                self.entries(&[Filter::eq("reference", reference)], found).await?;
                found.entries.retain(|entry| entry.reference == *reference);
            }
            Step::EntriesOfAmount(amount) => self.entries_of_amount(amount, found).await?,
            Step::EntriesOfMovements(searched) => {
                self.entries_of_movements(searched.as_deref(), found).await?;
            }
            Step::Accounts => self.accounts(found).await?,
            Step::PayoutsOfMovements => self.payouts_of_movements(found).await,
        }
        Ok(())
    }

    /// The Stripe client for one call, which is counted.
    pub(super) fn stripe(&self) -> Result<&StripeClient, SearchError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.stripe.as_ref().ok_or_else(|| failed("a plan that calls Stripe without a client"))
    }

    fn blnk(&self) -> Result<&BlnkClient, SearchError> {
        self.blnk.as_ref().ok_or_else(|| failed("a plan that calls the ledger without a client"))
    }

    async fn movement(&self, id: &str) -> Result<Option<BalanceTransaction>, SearchError> {
        let read = self.stripe()?.balance_transaction(id, self.deadline).await;
        read.map_err(|error| refused(error, Resource::BalanceTransactions))
    }

    /// Reads an object without a movement.
    async fn object(
        &self,
        resource: Resource,
        id: &str,
        found: &mut Gathered,
    ) -> Result<(), SearchError> {
        if found.movements.is_empty() && found.denied.is_none() {
            let read = self.stripe()?.object(resource, id, self.deadline).await;
            found.object = read.map_err(|error| refused(error, resource))?;
        }
        Ok(())
    }

    /// Reads the refunds and disputes of a charge.
    async fn charge_details(&self, id: &str, found: &mut Gathered) -> Result<(), SearchError> {
        let Some(first) = found.movements.first() else {
            return self.object(Resource::Charges, id, found).await;
        };
        let customer = customer_of(first).map(|customer| customer.id().to_owned());
        // Stripe marks a disputed charge for good, but removes the mark of a refunded one when the
        // refund fails.
        let is_undisputed = first.source.as_ref().is_some_and(|source| match source {
            Expandable::Object(charge) => charge.disputed == Some(false),
            Expandable::Id(_) => false,
        });
        let refunds = self.stripe()?.refunds_of(id, most(), self.deadline).await;
        let refunds = refunds.map_err(|error| refused(error, Resource::Refunds))?;
        let disputes = if is_undisputed {
            Vec::new()
        } else {
            let disputes = self.stripe()?.disputes_of(id, most(), self.deadline).await;
            let disputes = disputes.map_err(|error| refused(error, Resource::Disputes))?;
            found.more |= disputes.has_more;
            disputes.data
        };
        found.more |= refunds.has_more;
        let refunded = refunds.data.into_iter().flat_map(Moved::movements);
        let disputed = disputes.into_iter().flat_map(|dispute| dispute.balance_transactions);
        for movement in refunded.chain(disputed) {
            found
                .customers
                .extend(customer.clone().map(|customer| (movement.id.clone(), customer)));
            found.movements.push(movement);
        }
        found.cut();
        Ok(())
    }

    async fn charges(
        &self,
        of: ChargesOf,
        id: &str,
        found: &mut Gathered,
    ) -> Result<(), SearchError> {
        let page = self.stripe()?.charges_of(of, id, most(), self.deadline).await;
        found.take_charges(page.map_err(|error| refused(error, Resource::Charges))?);
        Ok(())
    }

    async fn charges_of_email(&self, email: &str, found: &mut Gathered) -> Result<(), SearchError> {
        let limit = u8::try_from(MAX_CUSTOMERS + 1).unwrap_or(u8::MAX);
        let page = self.stripe()?.customers_by_email(email, limit, self.deadline).await;
        let page = page.map_err(|error| refused(error, Resource::Customers))?;
        found.more |= page.has_more || page.data.len() > MAX_CUSTOMERS;
        for customer in page.data.iter().take(MAX_CUSTOMERS) {
            self.charges(ChargesOf::Customer, &customer.id, found).await?;
        }
        Ok(())
    }

    /// Reads the movements that the references of the entries name.
    async fn movements_of_entries(&self, found: &mut Gathered) -> Result<(), SearchError> {
        let mut ids: Vec<String> = Vec::new();
        for entry in &found.entries {
            let own = entry.reference.parse::<Reference>().ok();
            let own = own.filter(|reference| reference.owner() == self.owner);
            if let Some(id) = own.map(|reference| reference.transaction().to_owned())
                && !ids.contains(&id)
            {
                ids.push(id);
            }
        }
        found.more |= ids.len() > MAX_READ_EACH;
        for id in ids.iter().take(MAX_READ_EACH) {
            found.movements.extend(self.movement(id).await?);
        }
        Ok(())
    }

    async fn entries(&self, filters: &[Filter], found: &mut Gathered) -> Result<(), SearchError> {
        let most = MAX_LOOKUP_VALUES;
        let read = self.blnk()?.transactions(filters, most, self.deadline).await;
        found.entries = read.map_err(ledger_refused)?;
        Ok(())
    }

    async fn entries_of_amount(
        &self,
        amount: &AmountQuery,
        found: &mut Gathered,
    ) -> Result<(), SearchError> {
        let beginning = format!("{REFERENCE_PREFIX}{}:", self.owner);
        let date =
            |second| rfc3339(second).map_err(|error| SearchError::Failed(Error::internal(error)));
        let filters = [
            Filter::eq("amount", amount.currency.format(i128::from(amount.minor))),
            Filter::eq("currency", amount.currency.as_str()),
            Filter::compare("effective_date", Operator::Gte, date(amount.from)?),
            Filter::compare("effective_date", Operator::Lt, date(amount.to)?),
            Filter::compare("reference", Operator::Like, format!("{beginning}%")),
        ];
        self.entries(&filters, found).await?;
        // The ledger compares decimal numbers, and `_` in a pattern matches any character.
        found.entries.retain(|entry| {
            entry.precise_amount == i128::from(amount.minor)
                && entry.currency == amount.currency.as_str()
                && entry.reference.starts_with(&beginning)
        });
        Ok(())
    }

    /// Looks up every entry that a movement could have. `searched` is the id of one that may not be
    /// among those found.
    async fn entries_of_movements(
        &self,
        searched: Option<&str>,
        found: &mut Gathered,
    ) -> Result<(), SearchError> {
        let mut references = Vec::new();
        let found_ids = found.movements.iter().map(|movement| movement.id.as_str());
        let ids: BTreeSet<&str> = found_ids.chain(searched).collect();
        for id in ids {
            let of = LegKind::ALL.map(|leg| Reference::new(self.owner, id, leg));
            references.extend(of.into_iter().flatten().map(|reference| reference.to_string()));
        }
        if references.is_empty() {
            return Ok(());
        }
        let read = self.blnk()?.transactions_by_reference(&references, self.deadline).await;
        let known: BTreeSet<String> =
            found.entries.iter().map(|entry| entry.transaction_id.clone()).collect();
        let read = read.map_err(ledger_refused)?;
        found.entries.extend(read.into_iter().filter(|one| !known.contains(&one.transaction_id)));
        Ok(())
    }

    async fn accounts(&self, found: &mut Gathered) -> Result<(), SearchError> {
        let sides = found.entries.iter().flat_map(|entry| [&entry.source, &entry.destination]);
        let ids: BTreeSet<&String> = sides.filter(|side| !side.is_empty()).collect();
        let ids: Vec<&String> = ids.into_iter().take(MAX_LOOKUP_VALUES).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let read = self.blnk()?.balances(&ids, self.deadline).await;
        found.balances = read.map_err(ledger_refused)?;
        Ok(())
    }
}

impl Gathered {
    fn take_movements(&mut self, page: List<BalanceTransaction>) {
        self.more |= page.has_more;
        self.movements.extend(page.data);
        self.cut();
    }

    fn take_charges(&mut self, page: List<Moved>) {
        self.more |= page.has_more;
        for charge in page.data {
            let customer = charge.customer.clone().map(|IdOnly(customer)| customer);
            for movement in charge.movements() {
                let of = customer.clone().map(|customer| (movement.id.clone(), customer));
                self.customers.extend(of);
                self.movements.push(movement);
            }
        }
        self.cut();
    }

    fn cut(&mut self) {
        self.more |= self.movements.len() > MAX_FOUND;
        self.movements.truncate(MAX_FOUND);
    }
}

fn most() -> u8 {
    u8::try_from(MAX_FOUND).unwrap_or(u8::MAX)
}

fn failed(why: &'static str) -> SearchError {
    SearchError::Failed(Error::internal(why))
}

fn refused(error: StripeError, resource: Resource) -> SearchError {
    match error {
        StripeError::Forbidden { permission } => {
            SearchError::Denied(permission.unwrap_or_else(|| resource.permission().1.to_owned()))
        }
        StripeError::Unauthorized { .. } => SearchError::Failed(Error::conflict(
            "stripe_key_refused",
            "Stripe no longer accepts the key of this account. Connect a new key.",
        )),
        error => SearchError::Failed(Error::unavailable("Stripe", error)),
    }
}

fn ledger_refused(error: BlnkError) -> SearchError {
    SearchError::Failed(blnk_refused(error))
}
