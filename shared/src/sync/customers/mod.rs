//! Balances for Stripe customers. Creation is not idempotent at the ledger, so the intent is written before the ledger is asked, and
//! whoever finds an intent waits until its call must have ended, looks, takes the oldest and keeps that id for good.

mod follow;
mod foresee;
mod identity;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::FutureExt;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::doubt;
use super::halt::{Halt, Party};
use super::table::Fence;
use super::waiting::LONGEST_NAP;
use crate::blnk::client::CALL_LIMITS;
use crate::blnk::{BlnkClient, BlnkError, Identity, IdentityCreation, LedgerBalance, MAX_LOOKUP_VALUES, NewBalance, RefusalCode};
use crate::clock::{self, Millis};
use crate::http::Deadline;
use crate::ledger::{Owner, identity_id, rfc3339};
use crate::settings::Settings;
use crate::store::Store;
use crate::stripe::types::Customer;
use identity::{META_CUSTOMER, META_MODE, Profile, balance_meta, new_identity};
use table::{CustomerItem, Stored};

pub(super) use foresee::{Foreseen, LookedFor};
pub(crate) use table::CustomerHint;

/// Creations, and look-ups by e-mail address, under way at once.
const AT_ONCE: usize = 4;

/// The customers of a page, and the currencies they need a balance in.
#[derive(Debug, Default)]
pub(super) struct Needed(BTreeMap<String, (Option<Customer>, BTreeSet<String>)>);

impl Needed {
    /// Adds a customer who needs a balance in a currency; an expanded object says more than an id.
    pub(super) fn add(&mut self, id: &str, object: Option<&Customer>, currency: &str) {
        self.entry(id, object).1.insert(currency.to_owned());
    }

    /// Adds a customer of whom a page tells.
    pub(super) fn see(&mut self, customer: &Customer) {
        self.entry(&customer.id, Some(customer));
    }

    fn entry(&mut self, id: &str, object: Option<&Customer>) -> &mut (Option<Customer>, BTreeSet<String>) {
        let entry = self.0.entry(id.to_owned()).or_default();
        if entry.0.is_none() {
            entry.0 = object.cloned();
        }
        entry
    }

    fn object(&self, id: &str) -> Option<&Customer> {
        self.0.get(id)?.0.as_ref()
    }

    fn pairs(&self) -> Vec<Pair> {
        self.0.iter().flat_map(|(id, (_, currencies))| currencies.iter().map(|currency| (id.clone(), currency.clone()))).collect()
    }
}

/// A customer and a currency.
type Pair = (String, String);

/// Balance ids by customer and currency.
pub(super) type BalanceIds = HashMap<Pair, String>;

/// The customers of a page, as they are in the ledger.
#[derive(Debug, Default)]
pub(super) struct Ensured {
    pub(super) balances: BalanceIds,
    /// How many balances were made.
    pub(super) made: u64,
    /// What the ledger says of customers whom it would not take.
    pub(super) refused: Refused,
    profiles: HashMap<String, Profile>,
    seen: Needed,
}

/// Why the ledger would not make customers, by customer.
pub(super) type Refused = BTreeMap<String, String>;

/// The identities of customers who need a balance.
#[derive(Debug, Default)]
struct Chosen {
    /// By customer.
    identities: HashMap<String, String>,
    /// Our own identities that exist.
    known: BTreeSet<String>,
}

impl Chosen {
    fn of(&self, customer: &str) -> &str {
        self.identities.get(customer).map(String::as_str).unwrap_or_default()
    }
}

/// Finds or makes the balances of customers.
pub(super) struct Customers<'a> {
    pub(super) store: &'a Store,
    pub(super) blnk: &'a BlnkClient,
    pub(super) fence: &'a Fence,
    pub(super) owner: &'a Owner,
    pub(super) settings: &'a Settings,
    pub(super) ledger_id: &'a str,
    pub(super) deadline: Deadline,
}

impl Customers<'_> {
    /// The balance of every customer needed.
    pub(super) async fn ensure(&self, needed: Needed) -> Result<Ensured, Halt> {
        let pairs = needed.pairs();
        let Stored { balances, mut profiles } = self.read(&pairs, needed.0.keys()).await?;
        let mut ids = BalanceIds::new();
        let mut missing = Vec::new();
        let mut wait_until = None;
        for pair in pairs {
            match balances.get(&pair) {
                Some(CustomerItem { balance_id: Some(id), identity_id, .. }) => {
                    profiles.entry(pair.0.clone()).or_insert_with(|| Profile::bare(&pair.0, identity_id));
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
            return Ok(Ensured { balances: ids, made: 0, refused: Refused::new(), profiles, seen: needed });
        }
        if let Some(until) = wait_until {
            self.wait(until).await?;
        }
        let begun = missing.iter().filter_map(|pair| Some((pair.0.clone(), balances.get(pair)?.identity_id.clone()))).collect();
        let chosen = self.choose(&needed, &missing, &profiles, begun).await?;
        self.intend(&missing, &chosen).await?;
        let (created, mut refused) = self.create_identities(&needed, &missing, &chosen).await?;
        let mut fresh = self.fresh_profiles(&needed, &missing, &chosen, &created, &profiles);
        fresh.retain(|profile| !refused.contains_key(&profile.customer));
        let made = self.find_or_create(&missing, &chosen, &mut ids, &mut refused).await?;
        self.keep(&missing, &chosen, &ids, &fresh).await?;
        profiles.extend(fresh.into_iter().map(|profile| (profile.customer.clone(), profile)));
        Ok(Ensured { balances: ids, made, refused, profiles, seen: needed })
    }

    /// Waits out a creation that another worker began.
    async fn wait(&self, until: Millis) -> Result<(), Halt> {
        let left = std::time::Duration::from_millis(u64::try_from(until.0 - clock::now().0).unwrap_or_default());
        if left >= self.deadline.remaining() || left > LONGEST_NAP {
            let waits = Halt::later(Party::App, "another creation of this customer may still be under way");
            return Err(waits.asked_for(Some(left)));
        }
        tokio::time::sleep(left).await;
        Ok(())
    }

    /// Whose identity each customer gets. What was chosen before stands: in a profile, or in the intent of an unfinished creation.
    async fn choose(
        &self,
        needed: &Needed,
        missing: &[Pair],
        profiles: &HashMap<String, Profile>,
        begun: HashMap<String, String>,
    ) -> Result<Chosen, Halt> {
        let customers: BTreeSet<&str> = missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let mut chosen = Chosen { identities: begun, known: BTreeSet::new() };
        for customer in &customers {
            if let Some(profile) = profiles.get(*customer) {
                chosen.identities.insert((*customer).to_owned(), profile.identity_id.clone());
            }
        }
        let own: Vec<String> = customers
            .iter()
            .filter(|customer| chosen.identities.get(**customer).is_none_or(|id| *id == identity_id(self.owner, customer)))
            .map(|customer| identity_id(self.owner, customer))
            .collect();
        for part in own.chunks(MAX_LOOKUP_VALUES) {
            chosen.known.extend(self.blnk.identities(part, self.deadline).await?.into_iter().map(|identity| identity.identity_id));
        }
        let open: Vec<&str> = customers.into_iter().filter(|customer| !chosen.identities.contains_key(*customer)).collect();
        let matched = self.matched(needed, &open, &chosen.known).await?;
        for customer in open {
            let own = || identity_id(self.owner, customer);
            chosen.identities.insert(customer.to_owned(), matched.get(customer).cloned().unwrap_or_else(own));
        }
        Ok(chosen)
    }

    /// The identities that were there with a new customer's e-mail address, where there is exactly one.
    async fn matched(&self, needed: &Needed, customers: &[&str], known: &BTreeSet<String>) -> Result<HashMap<String, String>, Halt> {
        let addressed = customers
            .iter()
            .filter(|customer| !known.contains(&identity_id(self.owner, customer)))
            .filter_map(|customer| Some((*customer, self.address(needed, customer)?)));
        let found: Vec<Option<(String, String)>> = stream::iter(addressed)
            .map(|(customer, address)| async move {
                Ok::<_, Halt>(match self.holders(address).await?.as_slice() {
                    [one] => Some((customer.to_owned(), one.identity_id.clone())),
                    _ => None,
                })
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The e-mail address by which a customer may be matched. One that is not to be copied is not sent to be looked for either.
    fn address<'n>(&self, needed: &'n Needed, customer: &str) -> Option<&'n str> {
        if !self.settings.match_by_email || !self.settings.personal_data.email {
            return None;
        }
        needed.object(customer)?.email.as_deref().filter(|address| !address.trim().is_empty())
    }

    /// The identities with an e-mail address that are of this mode, or of none.
    async fn holders(&self, address: &str) -> Result<Vec<Identity>, Halt> {
        let mode = self.owner.mode().to_string();
        let ours = |row: &Identity| row.meta_data.get(META_MODE).and_then(|mode| mode.as_str()).is_none_or(|said| said == mode);
        let mut rows = self.blnk.identities_by_email(address, self.deadline).await?;
        rows.retain(ours);
        Ok(rows)
    }

    /// Writes the intents, under the run's fence: an older worker that still lives fails here, before it creates anything.
    async fn intend(&self, pairs: &[Pair], chosen: &Chosen) -> Result<(), Halt> {
        // However many calls follow, each of them ends this long before the deadline.
        let longest = self.deadline.remaining().checked_sub(CALL_LIMITS.reserve).ok_or_else(|| Halt::later(Party::App, "no time left"))?;
        let settled_by = Millis(clock::now().0 + i64::try_from(longest.as_millis()).unwrap_or(i64::MAX / 4));
        let intents = pairs.iter().map(|pair| CustomerItem::of(pair, chosen.of(&pair.0), None, settled_by));
        // A choice that cannot be made again the same way is kept before anything is made for it.
        let matched = pairs.iter().map(|(customer, _)| Profile::bare(customer, chosen.of(customer)));
        let matched: BTreeMap<String, Profile> =
            matched.filter(|profile| !profile.is_own(self.owner)).map(|profile| (profile.customer.clone(), profile)).collect();
        self.write(intents, matched.values()).await
    }

    /// Writes what has become of the creations. One that was refused has ended too: the next try need not wait for it.
    async fn keep(&self, pairs: &[Pair], chosen: &Chosen, ids: &BalanceIds, profiles: &[Profile]) -> Result<(), Halt> {
        let now = clock::now();
        let kept = pairs.iter().map(|pair| CustomerItem::of(pair, chosen.of(&pair.0), ids.get(pair).cloned(), now));
        self.write(kept, profiles.iter()).await
    }

    /// Makes the identities that are not there; answers those that this call made, and what the ledger says of those it would not.
    async fn create_identities(&self, needed: &Needed, missing: &[Pair], chosen: &Chosen) -> Result<(BTreeSet<String>, Refused), Halt> {
        let now = rfc3339(clock::now().seconds())?;
        let customers: BTreeSet<&str> = missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let absent = customers.into_iter().filter(|customer| {
            let own = identity_id(self.owner, customer);
            chosen.of(customer) == own && !chosen.known.contains(&own)
        });
        let create = |customer: &str| {
            let identity = new_identity(self.owner, customer, needed.object(customer), self.settings.personal_data, &now);
            async move { self.blnk.create_identity(&identity, self.deadline).await }
        };
        let (made, refused) = self.make(absent.collect(), create).await?;
        let created = made.into_iter().filter(|(_, made)| matches!(made, IdentityCreation::Created(_)));
        let created = created.map(|(customer, _)| customer.to_owned()).collect();
        Ok((created, refused.into_iter().map(|(customer, why)| (customer.to_owned(), why)).collect()))
    }

    /// Makes things at the ledger, a few at once. What it refuses, it answers with the reason; a refusal in unknown words is believed only
    /// when it stands.
    async fn make<K: Copy, T, F: Future<Output = Result<T, BlnkError>>>(
        &self,
        mut wanted: Vec<K>,
        create: impl Fn(K) -> F,
    ) -> Result<Outcomes<K, T>, Halt> {
        let (mut made, mut refused) = (Vec::new(), Vec::new());
        let mut round = 1;
        loop {
            let answers = stream::iter(wanted).map(|key| create(key).map(move |answer| (key, answer))).buffer_unordered(AT_ONCE);
            let answers: Vec<(K, Result<T, BlnkError>)> = answers.collect().await;
            let mut doubted = Vec::new();
            for (key, answer) in answers {
                match answer {
                    Ok(done) => made.push((key, done)),
                    Err(BlnkError::Refused { code: RefusalCode::Unrecognized, .. }) if round < doubt::SAME_REFUSALS => doubted.push(key),
                    Err(BlnkError::Refused { code, message, .. }) if code.is_about_request() => {
                        tracing::warn!(code = code.as_str(), "the ledger would not make a customer");
                        refused.push((key, message));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if doubted.is_empty() {
                return Ok((made, refused));
            }
            wanted = doubted;
            doubt::wait(round, self.deadline).await?;
            round += 1;
        }
    }

    /// What is to be remembered of new customers. An identity that was there before is compared when the page is done.
    fn fresh_profiles(
        &self,
        needed: &Needed,
        missing: &[Pair],
        chosen: &Chosen,
        created: &BTreeSet<String>,
        profiles: &HashMap<String, Profile>,
    ) -> Vec<Profile> {
        let customers: BTreeSet<&str> = missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let fresh = customers.into_iter().filter(|customer| !profiles.contains_key(*customer)).map(|customer| {
            let bare = Profile::bare(customer, chosen.of(customer));
            match needed.object(customer).filter(|_| created.contains(customer)) {
                Some(object) => bare.following(object, self.settings.personal_data),
                None => bare,
            }
        });
        fresh.collect()
    }

    async fn find_or_create(&self, missing: &[Pair], chosen: &Chosen, ids: &mut BalanceIds, refused: &mut Refused) -> Result<u64, Halt> {
        let mut identities: Vec<&str> = missing.iter().map(|(customer, _)| chosen.of(customer)).collect();
        identities.sort_unstable();
        identities.dedup();
        let mut oldest: HashMap<&Pair, LedgerBalance> = HashMap::new();
        for part in identities.chunks(MAX_LOOKUP_VALUES) {
            for balance in self.blnk.balances_by_identity(part, self.ledger_id, self.deadline).await? {
                for pair in missing.iter().filter(|pair| self.is_of(&balance, pair, chosen)) {
                    let older =
                        oldest.get(pair).is_none_or(|kept| (balance.created_at, &balance.balance_id) < (kept.created_at, &kept.balance_id));
                    if older {
                        oldest.insert(pair, balance.clone());
                    }
                }
            }
        }
        let absent = missing.iter().filter(|pair| !oldest.contains_key(pair) && !refused.contains_key(&pair.0)).collect();
        ids.extend(oldest.into_iter().map(|(pair, balance)| (pair.clone(), balance.balance_id)));
        let (made, not_made) = self.make(absent, |pair: &Pair| self.create_balance(pair, chosen.of(&pair.0))).await?;
        let count = made.len() as u64;
        ids.extend(made.into_iter().map(|(pair, balance)| (pair.clone(), balance.balance_id)));
        refused.extend(not_made.into_iter().map(|(pair, why)| (pair.0.clone(), why)));
        Ok(count)
    }

    /// Whether a balance was made for a customer: identities that were there before may have several customers, and other balances.
    fn is_of(&self, balance: &LedgerBalance, (customer, currency): &Pair, chosen: &Chosen) -> bool {
        if balance.identity_id.as_deref() != Some(chosen.of(customer)) || balance.currency != *currency {
            return false;
        }
        match balance.meta_data.get(META_CUSTOMER).and_then(|said| said.as_str()) {
            Some(said) => said == customer,
            None => chosen.of(customer) == identity_id(self.owner, customer),
        }
    }

    async fn create_balance(&self, (customer, currency): &Pair, identity: &str) -> Result<LedgerBalance, BlnkError> {
        let meta_data = balance_meta(self.owner, customer);
        let balance = NewBalance { ledger_id: self.ledger_id, currency, identity_id: Some(identity), meta_data: &meta_data };
        self.blnk.create_balance(&balance, self.deadline).await
    }
}

/// What was made, and what was refused, with the ledger's reason.
type Outcomes<K, T> = (Vec<(K, T)>, Vec<(K, String)>);

/// The balance ids as the entries ask for them: by customer, in one currency.
pub(super) fn balance_of<'i>(ids: &'i BalanceIds, currency: &str) -> impl Fn(&str) -> Option<&'i str> {
    let currency = currency.to_owned();
    move |customer| ids.get(&(customer.to_owned(), currency.clone())).map(String::as_str)
}
