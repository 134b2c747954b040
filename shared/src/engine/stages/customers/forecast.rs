//! Finds out by reads alone what a sync would create for customers.

use std::collections::BTreeSet;

use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::engine::stages::customers::needed::{AT_ONCE, ChosenIdentities, Customers, Needed};
use crate::engine::stages::customers::stored::Stored;
use crate::engine::stop::Stop;
use crate::model::ledger::identity_id;
use crate::model::preview::LookedFor;
use crate::platform::store::customers::Pair;

/// What a sync would do about a customer's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpectedCustomer {
    /// It is created.
    New,
    /// It exists: created for the customer, or chosen for good earlier.
    There,
    /// An existing identity has the customer's e-mail address and is used.
    Matched,
    /// It is decided when the sync reaches the customer.
    Open,
}

/// What a sync would create for some customers.
#[derive(Debug, Default)]
pub(crate) struct Forecast {
    /// By customer, without those that were reported before.
    pub(crate) identities: Vec<(String, ExpectedCustomer)>,
    /// Balances to create, by customer and currency.
    pub(crate) balances: Vec<Pair>,
}

impl Customers<'_> {
    /// What [`Customers::ensure`] would create. Reads only.
    pub(crate) async fn forecast(
        &self,
        needed: &Needed,
        looked: &mut LookedFor,
    ) -> Result<Forecast, Stop> {
        let pairs = needed.pairs();
        let Stored { balances, profiles } = self.read(&pairs, needed.0.keys()).await?;
        let missing: Vec<Pair> = pairs
            .into_iter()
            .filter(|pair| balances.get(pair).is_none_or(|item| item.balance_id.is_none()))
            .collect();
        let unsettled: BTreeSet<&str> =
            missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let before =
            |customer: &str| profiles.get(customer).map(|profile| profile.identity_id.clone());
        let begun = missing
            .iter()
            .filter_map(|pair| Some((pair.0.clone(), balances.get(pair)?.identity_id.clone())));
        let mut chosen = ChosenIdentities { identities: begun.collect(), known: BTreeSet::new() };
        chosen.identities.extend(
            unsettled
                .iter()
                .filter_map(|customer| Some(((*customer).to_owned(), before(customer)?))),
        );
        chosen.known.extend(self.own_identities(unsettled.iter().copied()).await?);
        let mut forecast = Forecast::default();
        let mut new = Vec::new();
        for customer in needed.0.keys() {
            let own = identity_id(self.owner, customer);
            let theirs = chosen.identities.get(customer);
            if !unsettled.contains(customer.as_str())
                || chosen.known.contains(&own)
                || theirs.is_some_and(|id| *id != own)
            {
                forecast.identities.push((customer.clone(), ExpectedCustomer::There));
            } else if theirs.is_some() {
                forecast.identities.push((customer.clone(), ExpectedCustomer::New));
            } else if !looked.customers.holds(customer) {
                new.push(customer.as_str());
            }
        }
        for (customer, expected_customer, identity) in self.look_for(needed, new, looked).await? {
            chosen.identities.extend(identity.map(|identity| (customer.clone(), identity)));
            forecast.identities.push((customer, expected_customer));
        }
        let there = self.balances_there(&missing, &chosen).await?;
        forecast.balances = missing.into_iter().filter(|pair| !there.contains(pair)).collect();
        Ok(forecast)
    }

    /// Searches for identities with the e-mail addresses of customers for whom none was created or
    /// chosen.
    async fn look_for(
        &self,
        needed: &Needed,
        customers: Vec<&str>,
        looked: &mut LookedFor,
    ) -> Result<Vec<(String, ExpectedCustomer, Option<String>)>, Stop> {
        let (mut expected, mut asked) = (Vec::new(), Vec::new());
        for customer in customers {
            let Some(address) = self.address(needed, customer) else {
                expected.push((customer.to_owned(), ExpectedCustomer::New, None));
                continue;
            };
            if looked.may_ask() {
                looked.customers.add(customer);
                asked.push((customer, address));
            } else {
                expected.push((customer.to_owned(), ExpectedCustomer::Open, None));
            }
        }
        let found: Vec<(&str, &str, Vec<String>)> = stream::iter(asked)
            .map(|(customer, address)| async move {
                let rows = self.holders(address).await?;
                Ok::<_, Stop>((
                    customer,
                    address,
                    rows.into_iter().map(|row| row.identity_id).collect(),
                ))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        for (customer, address, mut holders) in found {
            let known = format!("{}|{}", self.owner, address.trim().to_lowercase());
            let expected_customer = match holders.len() {
                1 => ExpectedCustomer::Matched,
                // A customer who shares the address may be attached to the identity that is created
                // for this one.
                0 if !looked.addresses.add(&known) => ExpectedCustomer::Open,
                _ => ExpectedCustomer::New,
            };
            expected.push((
                customer.to_owned(),
                expected_customer,
                holders.pop().filter(|_| expected_customer == ExpectedCustomer::Matched),
            ));
        }
        Ok(expected)
    }

    /// The balances that already exist in the ledger.
    async fn balances_there(
        &self,
        missing: &[Pair],
        chosen: &ChosenIdentities,
    ) -> Result<BTreeSet<Pair>, Stop> {
        if self.ledger_id.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut with_own = ChosenIdentities::default();
        for (customer, _) in missing {
            let own = identity_id(self.owner, customer);
            let identity = chosen
                .identities
                .get(customer)
                .cloned()
                .or_else(|| chosen.known.contains(&own).then_some(own));
            with_own.identities.extend(identity.map(|identity| (customer.clone(), identity)));
        }
        let pairs: Vec<&Pair> = missing.iter().collect();
        Ok(self
            .oldest(&pairs, &with_own)
            .await?
            .into_iter()
            .map(|(pair, _)| pair.clone())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::model::preview::MAX_LOOKED_FOR;

    #[test]
    fn a_dry_run_looks_for_so_many_addresses_and_for_each_once() {
        let mut looked = LookedFor::default();
        let mut asked = 0;
        for at in 0..3 * MAX_LOOKED_FOR {
            let customer = format!("cus_{}", at / 2);
            if !looked.customers.holds(&customer) && looked.may_ask() {
                looked.customers.add(&customer);
                asked += 1;
            }
        }
        assert_eq!(asked, MAX_LOOKED_FOR);
        assert!(
            (0..MAX_LOOKED_FOR).all(|at| looked.customers.holds(&format!("cus_{at}"))),
            "none of them is forgotten, and asked for again"
        );
    }
}
