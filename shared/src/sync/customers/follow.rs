//! Identities follow their customers at Stripe: what pages tell of them, and what events hint at.

use std::collections::{BTreeSet, HashMap};

use futures::stream::{self, StreamExt, TryStreamExt};

use super::identity::{Profile, change};
use super::table::CustomerHint;
use super::{AT_ONCE, Customers, Ensured, Needed};
use crate::blnk::{Identity, IdentityUpdate, MAX_LOOKUP_VALUES};
use crate::clock;
use crate::ledger::rfc3339;
use crate::stripe::StripeError;
use crate::stripe::types::Customer;
use crate::sync::SubjectKind;
use crate::sync::driver::Job;
use crate::sync::halt::Halt;
use crate::sync::problem::Met;

/// Customers that one run reads because events hint at them. More wait for the next run.
const HINTS_A_RUN: i32 = 100;

/// A customer whose identity is behind.
struct Behind<'c> {
    customer: &'c Customer,
    before: &'c Profile,
    next: Profile,
    /// When the customer went, if that is not said yet.
    deleted_at: Option<String>,
}

/// What following customers led to.
#[derive(Debug, Default)]
pub(in crate::sync) struct Followed {
    /// Identities changed.
    pub(in crate::sync) changed: u64,
    /// What the ledger would not take.
    pub(in crate::sync) problems: Vec<Met>,
    /// Ids of the problems that there may have been and are over.
    pub(in crate::sync) settled: Vec<String>,
}

impl Customers<'_> {
    /// Brings the identities up to date of customers that a page told of, as far as this app made them.
    pub(in crate::sync) async fn follow(&self, ensured: &Ensured, created: Option<i64>) -> Result<Followed, Halt> {
        let personal = self.settings.personal_data;
        let mut behind = Vec::new();
        for (id, (object, _)) in &ensured.seen.0 {
            let (Some(customer), Some(before)) = (object, ensured.profiles.get(id)) else { continue };
            let next = before.following(customer, personal);
            if before.is_own(self.owner) && (next.deleted != before.deleted || !before.behind(&next).is_empty()) {
                let gone = next.deleted && !before.deleted;
                // A page does not say when; an event does.
                let deleted_at = gone.then(|| rfc3339(created.unwrap_or_else(|| clock::now().seconds()))).transpose()?;
                behind.push(Behind { customer, before, next, deleted_at });
            }
        }
        if behind.is_empty() {
            return Ok(Followed::default());
        }
        let mut held: HashMap<String, Identity> = HashMap::new();
        for part in behind.chunks(MAX_LOOKUP_VALUES) {
            let ids: Vec<&str> = part.iter().map(|behind| behind.next.identity_id.as_str()).collect();
            let rows = self.blnk.identities(&ids, self.deadline).await?;
            held.extend(rows.into_iter().map(|row| (row.identity_id.clone(), row)));
        }
        let held = &held;
        let outcomes: Vec<(&Behind<'_>, Outcome)> = stream::iter(&behind)
            .map(|behind| async move { Ok::<_, Halt>((behind, self.update(behind, held.get(&behind.next.identity_id)).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut followed = Followed::default();
        let mut kept = Vec::new();
        for (behind, outcome) in outcomes {
            match outcome {
                Outcome::Changed => followed.changed += 1,
                Outcome::Same => {}
                // Looked at again when Stripe next tells of the customer.
                Outcome::Gone => continue,
                Outcome::Refused(why) => {
                    followed.problems.push(Met::identity(&behind.customer.id, &why));
                    continue;
                }
            }
            followed.settled.push(Met::identity(&behind.customer.id, "").id);
            kept.push(&behind.next);
        }
        self.write(std::iter::empty(), kept.into_iter()).await?;
        Ok(followed)
    }

    async fn update(&self, behind: &Behind<'_>, held: Option<&Identity>) -> Result<Outcome, Halt> {
        let Some(held) = held else {
            tracing::warn!(install = %self.fence.install, identity = behind.next.identity_id, "an identity is not in the ledger");
            return Ok(Outcome::Gone);
        };
        let parts: BTreeSet<_> = behind.before.behind(&behind.next);
        let change = change(self.owner, held, behind.customer, &parts, behind.deleted_at.as_deref());
        if change.is_empty() {
            return Ok(Outcome::Same);
        }
        Ok(match self.blnk.update_identity(&behind.next.identity_id, &change, self.deadline).await? {
            IdentityUpdate::Done => Outcome::Changed,
            IdentityUpdate::Gone => Outcome::Gone,
            IdentityUpdate::Refused(why) => Outcome::Refused(why),
        })
    }
}

enum Outcome {
    Changed,
    Same,
    Gone,
    Refused(String),
}

impl Job<'_> {
    pub(in crate::sync) fn customers_of<'j>(&'j self) -> Customers<'j> {
        Customers {
            store: &self.worker.store,
            blnk: &self.blnk,
            fence: &self.fence,
            owner: &self.owner,
            settings: &self.settings,
            ledger_id: self.ledger_id.as_deref().unwrap_or_default(),
            deadline: self.deadline,
        }
    }

    /// Looks into customers that events hint at, once a run: after all pages, so that nothing older is written over what is read here.
    /// What goes wrong is not the run's trouble: a hint stays until it was followed.
    pub(in crate::sync) async fn follow_hints(&mut self) -> Result<(), Halt> {
        self.progress.followed = true;
        let hints = self.worker.store.customer_hints(&self.fence.install, self.fence.connection, HINTS_A_RUN).await?;
        if !hints.is_empty() {
            self.check().await?;
        }
        for hint in hints {
            if self.out_of_time() {
                break;
            }
            match self.follow_hint(&hint).await {
                Ok(followed) => {
                    self.progress.counters.identities_updated += followed.changed;
                    self.progress.counters.problems += self.record(&followed.problems).await?;
                    self.resolve_known(&followed.settled).await?;
                }
                Err(halt @ (Halt::Superseded | Halt::Cancel(_))) => return Err(halt),
                Err(halt) => {
                    tracing::info!(install = %self.fence.install, why = ?halt, "customers that events hint at wait for the next run");
                    break;
                }
            }
        }
        Ok(())
    }

    async fn follow_hint(&self, hint: &CustomerHint) -> Result<Followed, Halt> {
        let customers = self.customers_of();
        let stored = customers.read(&[], std::iter::once(&hint.customer)).await?;
        let own = stored.profiles.get(&hint.customer).is_some_and(|profile| profile.is_own(&self.owner));
        let mut followed = Followed::default();
        if own {
            let found = match self.stripe.customer(&hint.customer, self.deadline).await {
                // The pages tell of the customer, sooner or later.
                Err(StripeError::Forbidden { right }) => {
                    followed.problems.push(Met::not_allowed(SubjectKind::Object, &hint.customer, right.as_deref()));
                    None
                }
                other => other?,
            };
            let readable = followed.problems.is_empty();
            if let Some(customer) = found {
                let mut seen = Needed::default();
                seen.see(&customer);
                let ensured = Ensured { profiles: stored.profiles, seen, ..Ensured::default() };
                followed = customers.follow(&ensured, Some(hint.created)).await?;
            }
            if readable {
                followed.settled.push(Met::not_allowed(SubjectKind::Object, &hint.customer, None).id);
            }
        }
        self.worker.store.drop_customer_hint(&self.fence.install, self.fence.connection, hint).await?;
        Ok(followed)
    }
}
