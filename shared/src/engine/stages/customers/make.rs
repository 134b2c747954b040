//! Creates identities and balances for customers in the ledger, and links balances to identities. A
//! failure for one customer affects no other: a customer whose identity cannot be created still
//! gets a balance.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::stages::customers::identity::{Profile, balance_meta, new_identity};
use crate::engine::stages::customers::needed::{ChosenIdentities, Customers, Needed};
use crate::engine::stop::Stop;
use crate::engine::suspects::trial::{Called, Calls, Tried, each};
use crate::model::ledger::{identity_id, rfc3339};
use crate::model::problem::ProblemReport;
use crate::model::problem::report::CustomerFailure;
use crate::model::suspect::record::{CallKind, Suspect};
use crate::platform::blnk::{
    IdentityCreation, IdentityUpdate, LedgerBalance, NewBalance, NewIdentity, Probe,
};
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::store::customers::Pair;

/// The name of a balance among suspects.
pub(crate) fn subject((customer, currency): &Pair) -> String {
    format!("{customer}:{currency}")
}

/// The result of creating identities.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    /// Created by this call, with everything known about the customer.
    pub(crate) created: BTreeSet<String>,
    /// Customers without an identity.
    pub(crate) without: BTreeSet<String>,
    /// Problems to report.
    pub(crate) problems: Vec<ProblemReport>,
}

/// Creates identities under ids of our own. Idempotent.
pub(crate) struct MakeIdentities<'c> {
    pub(crate) of: &'c Customers<'c>,
    pub(crate) wanted: BTreeMap<&'c str, NewIdentity>,
}

impl<'c> Calls for MakeIdentities<'c> {
    type Key = &'c str;
    type Output = IdentityCreation;
    type Error = crate::platform::blnk::BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::IdentityCreate
    }

    fn subject(&self, customer: &'c str) -> String {
        customer.to_owned()
    }

    async fn call(&self, customer: &'c str) -> Called<Self::Output, Self::Error> {
        let blnk = self.of.blnk.alone();
        match self.wanted.get(customer) {
            Some(identity) => {
                (blnk.create_identity(identity, self.of.deadline).await, blnk.last_failure())
            }
            None => (Ok(IdentityCreation::AlreadyExists), None),
        }
    }

    async fn look(&self, customers: &[&'c str]) -> Result<Vec<(&'c str, IdentityCreation)>, Stop> {
        let there = self.of.own_identities(customers.iter().copied()).await?;
        let found = customers
            .iter()
            .filter(|customer| there.contains(&identity_id(self.of.owner, customer)));
        Ok(found.map(|customer| (*customer, IdentityCreation::AlreadyExists)).collect())
    }

    async fn answers(&self) -> bool {
        self.of.blnk.answers(Probe::CreateIdentity, self.of.deadline).await
    }

    fn deadline(&self) -> Deadline {
        self.of.deadline
    }
}

/// Creates balances. Not idempotent, so each attempt first searches for the balance.
pub(crate) struct MakeBalances<'c> {
    of: &'c Customers<'c>,
    chosen: &'c ChosenIdentities,
    without: &'c BTreeSet<String>,
}

impl<'c> Calls for MakeBalances<'c> {
    type Key = &'c Pair;
    type Output = LedgerBalance;
    type Error = crate::platform::blnk::BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::BalanceCreate
    }

    fn subject(&self, pair: &'c Pair) -> String {
        subject(pair)
    }

    async fn call(&self, pair: &'c Pair) -> Called<Self::Output, Self::Error> {
        let (blnk, of) = (self.of.blnk.alone(), self.of);
        let meta_data = balance_meta(of.owner, &pair.0);
        let identity_id = Some(self.chosen.of(&pair.0)).filter(|_| !self.without.contains(&pair.0));
        let balance = NewBalance {
            ledger_id: of.ledger_id,
            currency: &pair.1,
            identity_id,
            meta_data: &meta_data,
        };
        (blnk.create_balance(&balance, of.deadline).await, blnk.last_failure())
    }

    async fn look(&self, pairs: &[&'c Pair]) -> Result<Vec<(&'c Pair, LedgerBalance)>, Stop> {
        self.of.oldest(pairs, self.chosen).await
    }

    async fn answers(&self) -> bool {
        self.of.blnk.answers(Probe::CreateBalance, self.of.deadline).await
    }

    fn deadline(&self) -> Deadline {
        self.of.deadline
    }
}

/// Links balances to their identities. Idempotent.
pub(crate) struct LinkBalances<'c> {
    of: &'c Customers<'c>,
}

impl<'c> Calls for LinkBalances<'c> {
    /// A balance id and its identity id.
    type Key = (&'c str, &'c str);
    type Output = IdentityUpdate;
    type Error = crate::platform::blnk::BlnkError;

    fn kind(&self) -> CallKind {
        CallKind::BalanceLink
    }

    fn subject(&self, (balance, _): Self::Key) -> String {
        balance.to_owned()
    }

    async fn call(&self, (balance, identity): Self::Key) -> Called<Self::Output, Self::Error> {
        let blnk = self.of.blnk.alone();
        (blnk.link_balance_identity(balance, identity, self.of.deadline).await, blnk.last_failure())
    }

    async fn answers(&self) -> bool {
        self.of.blnk.answers(Probe::LinkBalance, self.of.deadline).await
    }

    fn deadline(&self) -> Deadline {
        self.of.deadline
    }
}

impl Customers<'_> {
    /// Creates the missing identities.
    pub(crate) async fn create_identities(
        &self,
        needed: &Needed,
        missing: &[Pair],
        chosen: &ChosenIdentities,
    ) -> Result<Identities, Stop> {
        let now = rfc3339(clock::now().seconds())?;
        let customers: BTreeSet<&str> =
            missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let absent = customers.into_iter().filter(|customer| {
            let own = identity_id(self.owner, customer);
            chosen.of(customer) == own && !chosen.known.contains(&own)
        });
        let there = missing
            .iter()
            .map(|(customer, _)| customer.as_str())
            .filter(|id| chosen.known.contains(&identity_id(self.owner, id)));
        self.suspects.are_there(CallKind::IdentityCreate, there).await?;
        let make = |customer: &'_ str| {
            new_identity(
                self.owner,
                customer,
                needed.object(customer),
                self.settings.personal_data,
                &now,
            )
        };
        let calls = MakeIdentities {
            of: self,
            wanted: absent.map(|customer| (customer, make(customer))).collect(),
        };
        let mut tried = Tried::default();
        each(self.suspects, &calls, calls.wanted.keys().copied().collect(), &mut tried).await?;
        self.after_identities(tried, &now).await
    }

    /// The result of creating identities. An identity that the ledger refuses is created without
    /// the customer's data, if the ledger accepts that.
    pub(crate) async fn after_identities(
        &self,
        tried: Tried<&str, IdentityCreation>,
        now: &str,
    ) -> Result<Identities, Stop> {
        let mut identities = Identities::default();
        let created =
            tried.done.iter().filter(|(_, made)| matches!(made, IdentityCreation::Created(_)));
        identities.created.extend(created.map(|(customer, _)| (*customer).to_owned()));
        for (customer, _, message) in &tried.refused {
            let facts = self.suspects.refused(CallKind::IdentityCreate, customer).await?;
            if !self.make_bare(customer, &facts, now).await? {
                identities.without.insert((*customer).to_owned());
            }
            let report = ProblemReport::identity(customer, message);
            identities
                .problems
                .push(ProblemReport { suspect: Some(self.suspect_of(customer)), ..report });
        }
        for (customer, facts) in &tried.aside {
            let bare = self.make_bare(customer, facts, now).await?;
            if !bare {
                identities.without.insert((*customer).to_owned());
            }
            let report = if bare { facts.report_without_data() } else { facts.to_report() };
            identities
                .problems
                .push(ProblemReport { suspect: Some(self.suspect_of(customer)), ..report });
        }
        identities.without.extend(tried.held.iter().map(|(customer, _)| (*customer).to_owned()));
        Ok(identities)
    }

    /// The suspect name under which a customer's identity is set aside: as a creation or as an
    /// update.
    fn suspect_of(&self, customer: &str) -> String {
        let kind = if self.suspects.facts(CallKind::IdentityUpdate, customer).is_some() {
            CallKind::IdentityUpdate
        } else {
            CallKind::IdentityCreate
        };
        crate::model::suspect::record::name(kind, customer)
    }

    /// Creates an identity that contains only ids. It is updated later, when the ledger accepts the
    /// rest.
    async fn make_bare(&self, customer: &str, facts: &Suspect, now: &str) -> Result<bool, Stop> {
        let bare = new_identity(self.owner, customer, None, self.settings.personal_data, now);
        let made = self.blnk.alone().create_identity(&bare, self.deadline).await;
        if made.is_ok() {
            self.suspects.set_aside_like(CallKind::IdentityUpdate, facts).await?;
            self.suspects.forget(CallKind::IdentityCreate, customer).await?;
        }
        Ok(made.is_ok())
    }

    /// Creates the missing balances.
    pub(crate) async fn create_balances(
        &self,
        absent: Vec<&Pair>,
        chosen: &ChosenIdentities,
        without: &BTreeSet<String>,
    ) -> (Vec<(Pair, LedgerBalance)>, BTreeMap<String, CustomerFailure>, Result<(), Stop>) {
        let calls = MakeBalances { of: self, chosen, without };
        let mut tried = Tried::default();
        let ended = each(self.suspects, &calls, absent, &mut tried).await;
        let refused = tried.refused.into_iter().map(|((customer, _), _, message)| {
            (customer.clone(), CustomerFailure::refused(message))
        });
        let aside = tried
            .aside
            .iter()
            .chain(&tried.held)
            .map(|((customer, _), facts)| (customer.clone(), CustomerFailure::aside(facts)));
        let why = refused.chain(aside).collect();
        (
            tried.done.into_iter().map(|(pair, balance)| (pair.clone(), balance)).collect(),
            why,
            ended,
        )
    }

    /// Links balances without an identity to theirs.
    pub(crate) async fn link(&self, unlinked: &[(&str, &str)]) -> Result<Vec<ProblemReport>, Stop> {
        let mut tried = Tried::default();
        each(self.suspects, &LinkBalances { of: self }, unlinked.to_vec(), &mut tried).await?;
        Ok(tried.aside.iter().map(|(_, facts)| facts.to_report()).collect())
    }

    /// The customers' own identities that exist.
    pub(crate) async fn own_identities<'i>(
        &self,
        customers: impl Iterator<Item = &'i str>,
    ) -> Result<BTreeSet<String>, Stop> {
        let own: Vec<String> =
            customers.map(|customer| identity_id(self.owner, customer)).collect();
        let mut there = BTreeSet::new();
        for part in own.chunks(crate::platform::blnk::MAX_LOOKUP_VALUES) {
            there.extend(
                self.blnk
                    .identities(part, self.deadline)
                    .await?
                    .into_iter()
                    .map(|identity| identity.identity_id),
            );
        }
        Ok(there)
    }

    /// The profiles to store for new customers. An identity that existed before is compared when
    /// the page is done.
    pub(crate) fn fresh_profiles(
        &self,
        needed: &Needed,
        missing: &[Pair],
        chosen: &ChosenIdentities,
        created: &BTreeSet<String>,
        profiles: &std::collections::HashMap<String, Profile>,
    ) -> Vec<Profile> {
        let customers: BTreeSet<&str> =
            missing.iter().map(|(customer, _)| customer.as_str()).collect();
        let fresh = customers.into_iter().filter(|customer| !profiles.contains_key(*customer)).map(
            |customer| {
                let bare = Profile::bare(customer, chosen.of(customer));
                match needed.object(customer).filter(|_| created.contains(customer)) {
                    Some(object) => bare.following(object, self.settings.personal_data),
                    None => bare,
                }
            },
        );
        fresh.collect()
    }
}
