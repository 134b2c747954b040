//! Retries customers whose identities were set aside, with their current state at Stripe.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::engine::context::Context;
use crate::engine::stages::customers::follow;
use crate::engine::stages::customers::follow::ReadCustomers;
use crate::engine::stages::customers::identity::{Profile, new_identity};
use crate::engine::stages::customers::make::MakeIdentities;
use crate::engine::stages::customers::needed::{Customers, Ensured, Needed};
use crate::engine::stages::problems;
use crate::engine::stop::Stop;
use crate::engine::suspects::trial::{Tried, each};
use crate::model::ledger::{identity_id, rfc3339};
use crate::model::problem::ProblemReport;
use crate::model::suspect::record::CallKind;
use crate::platform::blnk::MAX_LOOKUP_VALUES;
use crate::platform::clock;
use crate::platform::store::customers::CustomerItem;
use crate::platform::table::item::from_item;

/// Customers that one run retries.
const CUSTOMERS_A_RUN: usize = 100;

impl Customers<'_> {
    /// Creates identities that could not be created before. Returns the problems to report.
    async fn make_again(
        &self,
        needed: &Needed,
        profiles: &HashMap<String, Profile>,
    ) -> Result<Vec<ProblemReport>, Stop> {
        let now = rfc3339(clock::now().seconds())?;
        let own = |customer: &&String| {
            profiles.get(*customer).is_some_and(|profile| profile.is_own(self.owner))
        };
        let customers: Vec<&String> = needed.0.keys().filter(own).collect();
        let there = self.own_identities(customers.iter().map(|customer| customer.as_str())).await?;
        let mut wanted = BTreeMap::new();
        for customer in customers {
            if there.contains(&identity_id(self.owner, customer)) {
                // The identity exists, no matter who created it.
                self.suspects.succeeded(CallKind::IdentityCreate, customer).await?;
            } else {
                let identity = new_identity(
                    self.owner,
                    customer,
                    needed.object(customer),
                    self.settings.personal_data,
                    &now,
                );
                wanted.insert(customer.as_str(), identity);
            }
        }
        let calls = MakeIdentities { of: self, wanted };
        let mut tried = Tried::default();
        each(self.suspects, &calls, calls.wanted.keys().copied().collect(), &mut tried).await?;
        Ok(self.after_identities(tried, &now).await?.problems)
    }

    /// Links customers' balances without an identity to the identities that now exist.
    async fn link_again(&self, customers: &BTreeSet<String>) -> Result<Vec<ProblemReport>, Stop> {
        let mut identity_of: BTreeMap<String, String> = BTreeMap::new();
        for customer in customers {
            let prefix = format!("CUSTOMER#{}#{customer}#", self.fence.connection);
            for item in self.store.items(&self.fence.install, &prefix).await? {
                let item: CustomerItem = from_item(item)?;
                identity_of.extend(item.balance_id.map(|balance| (balance, item.identity_id)));
            }
        }
        let mut unlinked = Vec::new();
        let balances: Vec<&String> = identity_of.keys().collect();
        for part in balances.chunks(MAX_LOOKUP_VALUES) {
            for row in self.blnk.balances(part, self.deadline).await? {
                match (&row.identity_id, identity_of.get_key_value(&row.balance_id)) {
                    (None, Some((balance, identity))) => {
                        unlinked.push((balance.as_str(), identity.as_str()));
                    }
                    _ => {
                        _ = self.suspects.succeeded(CallKind::BalanceLink, &row.balance_id).await?;
                    }
                }
            }
        }
        let identities: BTreeSet<&str> = unlinked.iter().map(|(_, identity)| *identity).collect();
        let identities: Vec<&str> = identities.into_iter().collect();
        let mut there = BTreeSet::new();
        for part in identities.chunks(MAX_LOOKUP_VALUES) {
            there.extend(
                self.blnk
                    .identities(part, self.deadline)
                    .await?
                    .into_iter()
                    .map(|row| row.identity_id),
            );
        }
        unlinked.retain(|(_, identity)| there.contains(*identity));
        self.link(&unlinked).await
    }
}

/// Retries customer items that were set aside and are due.
pub(crate) async fn retry_customers(ctx: &mut Context<'_>) -> Result<(), Stop> {
    let mut customers = BTreeSet::new();
    let mut balances = Vec::new();
    for (kind, subject) in ctx.suspects.due() {
        match kind {
            CallKind::IdentityCreate | CallKind::IdentityUpdate | CallKind::CustomerRead => {
                _ = customers.insert(subject);
            }
            CallKind::BalanceLink => balances.push(subject),
            _ => {}
        }
    }
    for part in balances.chunks(MAX_LOOKUP_VALUES) {
        let rows = ctx.blnk.balances(part, ctx.deadline).await?;
        customers.extend(rows.iter().filter_map(|row| row.customer().map(str::to_owned)));
    }
    let customers: BTreeSet<String> = customers.into_iter().take(CUSTOMERS_A_RUN).collect();
    if customers.is_empty() {
        return Ok(());
    }
    let mut tried = Tried::default();
    let read = ReadCustomers { stripe: &ctx.stripe, deadline: ctx.deadline };
    let ended =
        each(&ctx.suspects, &read, customers.iter().map(String::as_str).collect(), &mut tried)
            .await;
    let mut problems: Vec<ProblemReport> =
        tried.aside.iter().map(|(_, facts)| facts.to_report()).collect();
    let mut seen = Needed::default();
    for (customer, object) in &tried.done {
        seen.entry(customer, object.customer());
        if object.customer().is_none() {
            // Stripe no longer knows the customer, so there is nothing to copy.
            ctx.suspects.succeeded(CallKind::IdentityUpdate, customer).await?;
        }
    }
    let of = follow::customers_of(ctx);
    let profiles = of.read(&[], customers.iter()).await?.profiles;
    // Created identities are linked whatever happens to the others.
    let made = of.make_again(&seen, &profiles).await;
    let linked = of.link_again(&customers).await;
    problems.extend(made?);
    let followed = of.follow(&Ensured { profiles, seen, ..Ensured::default() }, None).await;
    problems.extend(linked?);
    let followed = followed?;
    problems.extend(followed.problems);
    ctx.progress.counters.identities_updated += followed.changed;
    ctx.progress.counters.problems += problems::record(ctx, &problems).await?;
    problems::resolve_known(ctx, &followed.settled).await?;
    ended
}
