//! Balances for Stripe customers. Creation is not idempotent at the ledger, so the intent is
//! written before the call. A worker that finds an intent waits until its call must have ended,
//! searches, takes the oldest balance and keeps that id permanently.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::stream;
use futures::stream::{StreamExt, TryStreamExt};

use crate::engine::services::LONGEST_SHORT_PAUSE;
use crate::engine::stages::customers::identity::{META_MODE, Profile};
use crate::engine::stages::customers::make;
use crate::engine::stages::customers::needed::{
    AT_ONCE, BalanceIds, ChosenIdentities, Customers, Ensured, Needed, Refused,
};
use crate::engine::stages::customers::stored::Stored;
use crate::engine::stop::Stop;
use crate::model::ledger::identity_id;
use crate::model::party::Party;
use crate::model::suspect::record::CallKind;
use crate::model::time::Millis;
use crate::platform::blnk::Identity;
use crate::platform::blnk::client::CALL_LIMITS;
use crate::platform::clock;
use crate::platform::store::customers::{CustomerItem, Pair};

/// The needed balances, by what is stored about them.
struct KnownBalances {
    /// Those that exist.
    ids: BalanceIds,
    missing: Vec<Pair>,
    /// When every creation that another worker began has ended.
    wait_until: Option<Millis>,
}

/// Separates the balances that exist from those that are missing. Customers whose balance exists
/// get a profile.
fn known(
    pairs: impl IntoIterator<Item = Pair>,
    balances: &HashMap<Pair, CustomerItem>,
    profiles: &mut HashMap<String, Profile>,
) -> KnownBalances {
    let mut known = KnownBalances { ids: BalanceIds::new(), missing: Vec::new(), wait_until: None };
    for pair in pairs {
        match balances.get(&pair) {
            Some(CustomerItem { balance_id: Some(id), identity_id, .. }) => {
                profiles
                    .entry(pair.0.clone())
                    .or_insert_with(|| Profile::bare(&pair.0, identity_id));
                known.ids.insert(pair, id.clone());
            }
            Some(begun) => {
                known.wait_until = known.wait_until.max(Some(begun.settled_by));
                known.missing.push(pair);
            }
            None => known.missing.push(pair),
        }
    }
    known
}

impl Customers<'_> {
    /// Ensures that every customer needed has a balance, and returns them.
    pub(crate) async fn ensure(&self, needed: Needed) -> Result<Ensured, Stop> {
        let pairs = needed.pairs();
        let Stored { balances, mut profiles } = self.read(&pairs, needed.0.keys()).await?;
        let KnownBalances { mut ids, missing, wait_until } = known(pairs, &balances, &mut profiles);
        if missing.is_empty() {
            return Ok(Ensured { balances: ids, profiles, seen: needed, ..Ensured::default() });
        }
        if let Some(until) = wait_until {
            self.wait(until).await?;
        }
        let begun = missing
            .iter()
            .filter_map(|pair| Some((pair.0.clone(), balances.get(pair)?.identity_id.clone())))
            .collect();
        let chosen = Box::pin(self.choose(&needed, &missing, &profiles, begun)).await?;
        Box::pin(self.intend(&missing, &chosen)).await?;
        let identities = match Box::pin(self.create_identities(&needed, &missing, &chosen)).await {
            Ok(identities) => identities,
            // No balance creation began, so the next attempt need not wait for any.
            Err(stop) => return self.keep(&missing, &chosen, &ids, &[]).await.and(Err(stop)),
        };
        let mut problems = identities.problems;
        let fresh = self.fresh_profiles(&needed, &missing, &chosen, &identities.created, &profiles);
        let mut refused = Refused::new();
        let pairs: Vec<&Pair> = missing.iter().collect();
        let oldest = match Box::pin(self.oldest(&pairs, &chosen)).await {
            Ok(oldest) => oldest,
            Err(stop) => return self.keep(&missing, &chosen, &ids, &[]).await.and(Err(stop)),
        };
        let subjects: Vec<String> = oldest.iter().map(|(pair, _)| make::subject(pair)).collect();
        self.suspects
            .are_there(CallKind::BalanceCreate, subjects.iter().map(String::as_str))
            .await?;
        let linked = oldest
            .iter()
            .filter(|(_, balance)| balance.identity_id.is_some())
            .map(|(_, balance)| balance.balance_id.as_str());
        self.suspects.are_there(CallKind::BalanceLink, linked).await?;
        let absent =
            missing.iter().filter(|pair| !oldest.iter().any(|(found, _)| found == pair)).collect();
        let (made, why, ended) =
            Box::pin(self.create_balances(absent, &chosen, &identities.without)).await;
        refused.extend(why);
        let count = made.len() as u64;
        ids.extend(
            oldest.iter().map(|(pair, balance)| ((*pair).clone(), balance.balance_id.clone())),
        );
        ids.extend(made.into_iter().map(|(pair, balance)| (pair, balance.balance_id)));
        self.keep(&missing, &chosen, &ids, &fresh).await?;
        ended?;
        // A balance that a crash left without an identity gets it as soon as there is one.
        let unlinked = oldest.iter().filter(|((customer, _), balance)| {
            balance.identity_id.is_none()
                && !chosen.of(customer).is_empty()
                && !identities.without.contains(customer)
        });
        let unlinked: Vec<(&str, &str)> = unlinked
            .map(|((customer, _), balance)| (balance.balance_id.as_str(), chosen.of(customer)))
            .collect();
        problems.extend(Box::pin(self.link(&unlinked)).await?);
        profiles.extend(fresh.into_iter().map(|profile| (profile.customer.clone(), profile)));
        Ok(Ensured { balances: ids, made: count, refused, problems, profiles, seen: needed })
    }

    /// Waits for a creation that another worker began to end.
    async fn wait(&self, until: Millis) -> Result<(), Stop> {
        let left = std::time::Duration::from_millis(
            u64::try_from(until.0 - clock::now().0).unwrap_or_default(),
        );
        if left >= self.deadline.remaining() || left > LONGEST_SHORT_PAUSE {
            let waits = Stop::later(
                Party::Blnk,
                "another creation of this customer may still be in progress",
            );
            return Err(waits.asked_for(Some(left)));
        }
        tokio::time::sleep(left).await;
        Ok(())
    }

    /// Chooses the identity of each customer. An earlier choice is kept: in a profile, or in the
    /// intent of an unfinished creation.
    async fn choose(
        &self,
        needed: &Needed,
        missing: &[Pair],
        profiles: &HashMap<String, Profile>,
        begun: HashMap<String, String>,
    ) -> Result<ChosenIdentities, Stop> {
        let customers: BTreeSet<&str> =
            missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let mut chosen = ChosenIdentities { identities: begun, known: BTreeSet::new() };
        for customer in &customers {
            if let Some(profile) = profiles.get(*customer) {
                chosen.identities.insert((*customer).to_owned(), profile.identity_id.clone());
            }
        }
        let may_be_own = |customer: &&&str| {
            chosen
                .identities
                .get(**customer)
                .is_none_or(|id| *id == identity_id(self.owner, customer))
        };
        let own = self.own_identities(customers.iter().filter(may_be_own).copied()).await?;
        chosen.known.extend(own);
        let open: Vec<&str> = customers
            .into_iter()
            .filter(|customer| !chosen.identities.contains_key(*customer))
            .collect();
        let matched = self.matched(needed, &open, &chosen.known).await?;
        for customer in open {
            let own = || identity_id(self.owner, customer);
            chosen
                .identities
                .insert(customer.to_owned(), matched.get(customer).cloned().unwrap_or_else(own));
        }
        Ok(chosen)
    }

    /// The existing identity with a new customer's e-mail address, if there is exactly one.
    async fn matched(
        &self,
        needed: &Needed,
        customers: &[&str],
        known: &BTreeSet<String>,
    ) -> Result<HashMap<String, String>, Stop> {
        let addressed = customers
            .iter()
            .filter(|customer| !known.contains(&identity_id(self.owner, customer)))
            .filter_map(|customer| Some((*customer, self.address(needed, customer)?)));
        let found: Vec<Option<(String, String)>> = stream::iter(addressed)
            .map(|(customer, address)| async move {
                Ok::<_, Stop>(match self.holders(address).await?.as_slice() {
                    [one] => Some((customer.to_owned(), one.identity_id.clone())),
                    _ => None,
                })
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The e-mail address by which a customer may be matched. An address that must not be copied is
    /// not sent in a search either.
    pub(crate) fn address<'n>(&self, needed: &'n Needed, customer: &str) -> Option<&'n str> {
        if !self.settings.match_by_email || !self.settings.personal_data.email {
            return None;
        }
        needed.object(customer)?.email.as_deref().filter(|address| !address.trim().is_empty())
    }

    /// The identities with an e-mail address that belong to this mode, or to none.
    pub(crate) async fn holders(&self, address: &str) -> Result<Vec<Identity>, Stop> {
        let mode = self.owner.mode().to_string();
        let ours = |row: &Identity| {
            row.meta_data
                .get(META_MODE)
                .and_then(|mode| mode.as_str())
                .is_none_or(|marked| marked == mode)
        };
        let mut rows = self.blnk.identities_by_email(address, self.deadline).await?;
        rows.retain(ours);
        Ok(rows)
    }

    /// Writes the intents under the run's fence. An older worker that still runs fails here, before
    /// it creates anything.
    async fn intend(&self, pairs: &[Pair], chosen: &ChosenIdentities) -> Result<(), Stop> {
        // However many calls follow, each of them ends this long before the deadline.
        let longest = self
            .deadline
            .remaining()
            .checked_sub(CALL_LIMITS.reserve)
            .ok_or_else(|| Stop::later(Party::App, "no time left"))?;
        let settled_by =
            Millis(clock::now().0 + i64::try_from(longest.as_millis()).unwrap_or(i64::MAX / 4));
        let intents =
            pairs.iter().map(|pair| CustomerItem::of(pair, chosen.of(&pair.0), None, settled_by));
        // A choice that could turn out differently next time is stored before anything is created
        // for it.
        let matched =
            pairs.iter().map(|(customer, _)| Profile::bare(customer, chosen.of(customer)));
        let matched: BTreeMap<String, Profile> = matched
            .filter(|profile| !profile.is_own(self.owner))
            .map(|profile| (profile.customer.clone(), profile))
            .collect();
        self.write(intents, matched.values()).await
    }

    /// Stores the results of the creations. A refused one has ended too, so the next attempt need
    /// not wait for it.
    async fn keep(
        &self,
        pairs: &[Pair],
        chosen: &ChosenIdentities,
        ids: &BalanceIds,
        profiles: &[Profile],
    ) -> Result<(), Stop> {
        let now = clock::now();
        let kept = pairs.iter().map(|pair| {
            let lasts = self.suspects.lasts_until(CallKind::BalanceCreate, &make::subject(pair));
            CustomerItem::of(
                pair,
                chosen.of(&pair.0),
                ids.get(pair).cloned(),
                lasts.unwrap_or(now).max(now),
            )
        });
        self.write(kept, profiles.iter()).await
    }
}
