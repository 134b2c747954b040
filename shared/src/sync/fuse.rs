//! The fuse: a write far beyond the usual waits for a person. What is usual is learnt from completed runs.
//!
//! Three things trip it, each before the write it is about: a run that brings over ten times as many new movements as usual, a currency
//! that no run has met before, an amount above the ceiling that a person set. A consent is kept in the run and reaches no further than
//! what was shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::driver::Job;
use super::halt::Halt;
use super::precision;
use super::run::{Progress, Run};
use crate::blnk::MAX_LOOKUP_VALUES;
use crate::ledger::{Entry, Mirrored, Reference};
use crate::money::Currency;
use crate::stripe::types::BalanceTransaction;

/// How often the usual a run may be large.
const TIMES_USUAL: u64 = 10;
/// New movements in a run that are never too many: a small account has its busy days.
const FLOOR: u64 = 1_000;
/// Completed runs whose sizes are remembered.
const REMEMBERED: usize = 15;
/// The code that all words for the fuse begin with.
const PREFIX: &str = "fuse_";

/// What completed runs were like, kept in `SUMMARY`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usual {
    /// New movements of the last runs, the newest last.
    sizes: Vec<u64>,
    /// Every currency that a completed run posted or found posted.
    currencies: BTreeSet<Currency>,
}

impl Usual {
    /// Learns from a run that completed and was allowed to write.
    pub(super) fn learn(&mut self, run: &Run) {
        let Some(guard) = &run.progress.guard else { return };
        self.currencies.extend(&guard.checked);
        if guard.limit.is_some() {
            self.sizes.push(guard.fresh);
            let surplus = self.sizes.len().saturating_sub(REMEMBERED);
            self.sizes.drain(..surplus);
        }
    }

    /// The median of the last runs.
    fn median(&self) -> u64 {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or_default()
    }
}

/// What a run watches while it writes; written with its checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Guard {
    /// What is usual for the connection: new movements in a run.
    usual: u64,
    /// New movements beyond which a person is asked; none for a first run and for one that reads the whole history.
    limit: Option<u64>,
    /// Currencies of earlier runs.
    known: BTreeSet<Currency>,
    /// Currencies this run has looked at.
    checked: BTreeSet<Currency>,
    /// Movements made at Stripe since the last completed run began to read.
    fresh: u64,
    /// `created` of the newest of them (Unix seconds): a run that goes on from this one meets them again.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<i64>,
}

impl Guard {
    /// The guard of a run that begins: `bounded` says that it reads a part of the history only.
    fn new(usual: &Usual, bounded: bool) -> Self {
        let median = usual.median();
        Self {
            usual: median,
            limit: bounded.then(|| median.saturating_mul(TIMES_USUAL).max(FLOOR)),
            known: usual.currencies.clone(),
            ..Self::default()
        }
    }

    /// How many new movements are counted.
    #[cfg(test)]
    pub(super) const fn fresh(&self) -> u64 {
        self.fresh
    }

    /// Up to when movements are counted, Unix seconds.
    pub(super) const fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Counts new movements, by their `created`.
    pub(super) fn count(&mut self, fresh: &[i64]) {
        self.fresh = self.fresh.saturating_add(fresh.len() as u64);
        self.newest = self.newest.max(fresh.iter().max().copied());
    }

    fn size(&self, more: u64, approvals: &Approvals) -> Option<Tripped> {
        let limit = self.limit?.max(approvals.movements);
        let movements = self.fresh.saturating_add(more);
        (movements > limit).then(|| Tripped::Size { limit, usual: self.usual, allows: limit.saturating_mul(TIMES_USUAL) })
    }

    fn currencies(&self, met: &BTreeSet<Currency>, approvals: &Approvals) -> Option<Tripped> {
        // Before anything is known nothing is unusual: the first payment of a new account is in some currency.
        let unseen: BTreeSet<Currency> =
            met.iter().filter(|currency| !self.known.contains(currency) && !approvals.currencies.contains(currency)).copied().collect();
        (!self.known.is_empty() && !unseen.is_empty()).then_some(Tripped::Currency { currencies: unseen })
    }
}

/// What a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tripped {
    /// More new movements than usual.
    Size {
        /// How many there may be without asking, or were allowed before.
        limit: u64,
        /// How many there usually are.
        usual: u64,
        /// How many there may be after a consent.
        allows: u64,
    },
    /// Currencies that no run has met before.
    Currency {
        /// All of the page, or of the opening entries.
        currencies: BTreeSet<Currency>,
    },
    /// Amounts above their ceilings.
    Amount {
        /// The largest of the page, or of the opening entries, minor units by currency.
        amounts: BTreeMap<Currency, u64>,
        /// The record of one of them, or which opening entry it is.
        record: String,
    },
}

impl Tripped {
    /// A stable word.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "fuse_size",
            Self::Currency { .. } => "fuse_currency",
            Self::Amount { .. } => "fuse_amount",
        }
    }

    /// What a person reads before consenting.
    fn reason(&self) -> String {
        match self {
            Self::Size { limit, usual, allows } => format!(
                "This run would bring over more than {limit} new movements; the usual is {usual}. Nothing beyond them was posted. \
                 To continue allows up to {allows} in this run."
            ),
            Self::Currency { currencies } => {
                let named: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
                format!("No sync of this account has met {} before. Nothing of it was posted in this run.", named.join(", "))
            }
            Self::Amount { amounts, record } => {
                let named: Vec<String> =
                    amounts.iter().map(|(currency, amount)| format!("{} {currency}", currency.format(i128::from(*amount)))).collect();
                format!("Amounts above the ceiling that you set: {} (for example {record}). They were not posted.", named.join(", "))
            }
        }
    }
}

/// What a person allowed a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Approvals {
    /// So many new movements.
    movements: u64,
    /// These currencies.
    currencies: BTreeSet<Currency>,
    /// Amounts up to these, minor units by currency.
    amounts: BTreeMap<Currency, u64>,
}

impl Approvals {
    /// Both together.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.movements = both.movements.max(other.movements);
        both.currencies.extend(&other.currencies);
        for (currency, amount) in &other.amounts {
            let known = both.amounts.entry(*currency).or_default();
            *known = (*known).max(*amount);
        }
        both
    }

    /// Adds a consent to what the run rested for, and to no more.
    pub fn grant(&mut self, tripped: &Tripped) {
        match tripped {
            Tripped::Size { allows, .. } => self.movements = self.movements.max(*allows),
            Tripped::Currency { currencies } => self.currencies.extend(currencies),
            Tripped::Amount { amounts, .. } => {
                for (currency, amount) in amounts {
                    let known = self.amounts.entry(*currency).or_default();
                    *known = (*known).max(*amount);
                }
            }
        }
    }
}

/// Whether a pause waits for a consent.
#[must_use]
pub fn is_fuse(code: &str) -> bool {
    code.starts_with(PREFIX)
}

impl Progress {
    /// Those of a page's movements that are new and were not counted before, by their `created`. Only the first walk counts.
    pub(super) fn fresh(&self, since: i64, created: impl Iterator<Item = i64>) -> Vec<i64> {
        let is_new = |created: &i64| *created >= since && self.resume.as_ref().is_none_or(|resume| resume.is_new(*created));
        if self.walks <= 1 { created.filter(is_new).collect() } else { Vec::new() }
    }
}

impl Job<'_> {
    /// Stands before every write of a page: what is far beyond the usual waits for a person, and a currency that the ledger keeps in
    /// another way ends the run.
    pub(super) async fn guard(&mut self, mirrored: &[(&BalanceTransaction, Mirrored)]) -> Result<(), Halt> {
        let mut guard = self.watching().await?;
        let moving = || mirrored.iter().filter(|(_, record)| !record.legs.is_empty());
        let currencies: BTreeSet<Currency> = moving().map(|(_, record)| record.currency).collect();
        let since = self.connection.watermark.map_or(i64::MIN, crate::clock::Millis::seconds);
        let fresh = self.progress.fresh(since, moving().map(|(transaction, _)| transaction.created));
        let approvals = &self.approvals();
        let mut tripped = guard.currencies(&currencies, approvals).or_else(|| guard.size(fresh.len() as u64, approvals));
        if tripped.is_none() {
            tripped = self.amounts(self.large_legs(mirrored)?).await?;
        }
        guard.count(&fresh);
        self.pass(guard, currencies, tripped).await
    }

    /// The same before opening entries, of which each stands for many movements.
    pub(super) async fn guard_openings(&mut self, entries: &[Entry]) -> Result<(), Halt> {
        if entries.is_empty() {
            return Ok(());
        }
        let guard = self.watching().await?;
        let currencies: BTreeSet<Currency> = entries.iter().map(|entry| entry.currency).collect();
        let mut tripped = guard.currencies(&currencies, &self.approvals());
        if tripped.is_none() {
            tripped = self.amounts(self.large_openings(entries)).await?;
        }
        self.pass(guard, currencies, tripped).await
    }

    /// The run's guard; a new one for a run that has written nothing.
    async fn watching(&self) -> Result<Guard, Halt> {
        if let Some(guard) = &self.progress.guard {
            return Ok(guard.clone());
        }
        let summary = self.worker.store.summary(&self.fence.install, self.fence.connection).await?;
        let lower = self.progress.resume.as_ref().map_or(self.progress.walk.lower, |resume| resume.lower);
        Ok(Guard::new(&summary.usual, lower.is_some()))
    }

    /// What a person allowed this run, or the failed one that it goes on from.
    fn approvals(&self) -> Approvals {
        let resume = self.progress.resume.as_ref();
        resume.map_or_else(|| self.run.approvals.clone(), |resume| self.run.approvals.with(&resume.approvals))
    }

    /// Lets a write pass whose currencies the ledger keeps as Stripe does, unless something tripped.
    async fn pass(&mut self, mut guard: Guard, currencies: BTreeSet<Currency>, tripped: Option<Tripped>) -> Result<(), Halt> {
        if let Some(tripped) = tripped {
            let halt = Halt::Pause { code: tripped.code(), reason: tripped.reason() };
            self.progress.tripped = Some(tripped);
            self.checkpoint(Vec::new()).await?;
            return Err(halt);
        }
        let fresh = currencies.iter().filter(|currency| !guard.known.contains(currency) && !guard.checked.contains(currency));
        let conflicts =
            precision::conflicts(&self.blnk, &self.chart, fresh.copied().collect(), self.deadline).await.map_err(Halt::of_look)?;
        if let Some(conflict) = conflicts.into_iter().next() {
            return Err(Halt::Fail { code: "precision_mismatch", text: conflict.text });
        }
        guard.checked.extend(currencies);
        self.progress.guard = Some(guard);
        self.progress.tripped = None;
        Ok(())
    }

    /// The largest amount that needs no consent, minor units; none without a ceiling.
    fn allowed(&self, currency: Currency) -> Option<u64> {
        let ceiling = self.settings.ceilings.get(&currency)?;
        Some(self.approvals().amounts.get(&currency).copied().unwrap_or_default().max(*ceiling))
    }

    /// The entries of a page that are above their ceilings.
    fn large_legs(&self, mirrored: &[(&BalanceTransaction, Mirrored)]) -> Result<Vec<Large>, Halt> {
        let mut large = Vec::new();
        for (_, record) in mirrored {
            let Some(allowed) = self.allowed(record.currency) else { continue };
            for leg in record.legs.iter().filter(|leg| leg.signed.unsigned_abs() > allowed) {
                let reference = Reference::new(&self.owner, &record.transaction, leg.word)?.to_string();
                let (amount, record_id) = (leg.signed.unsigned_abs(), record.transaction.clone());
                large.push(Large { reference, currency: record.currency, amount, record: record_id, may_wait: true });
            }
        }
        Ok(large)
    }

    /// The opening entries that are above their ceilings.
    fn large_openings(&self, entries: &[Entry]) -> Vec<Large> {
        let above = |entry: &&Entry| self.allowed(entry.currency).is_some_and(|allowed| entry.precise_amount > allowed);
        let large = entries.iter().filter(above).map(|entry| Large {
            reference: entry.reference.clone(),
            currency: entry.currency,
            amount: entry.precise_amount,
            record: format!("the opening entry, {}", entry.description),
            may_wait: false,
        });
        large.collect()
    }

    /// Asks for large amounts that are not in the ledger yet: an overlap is read again and again, and asks once. A record of which the ledger
    /// does not say whether it is there is held back instead, while it says so of others.
    async fn amounts(&mut self, large: Vec<Large>) -> Result<Option<Tripped>, Halt> {
        self.unsure.clear();
        let mut above: BTreeMap<String, Large> = large.into_iter().map(|entry| (entry.reference.clone(), entry)).collect();
        let references: Vec<String> = above.keys().cloned().collect();
        for part in references.chunks(MAX_LOOKUP_VALUES) {
            let part: Vec<&str> = part.iter().map(String::as_str).collect();
            let (rows, untold) = self.look_up(&part).await?;
            for row in rows {
                above.remove(&row.reference);
            }
            for (reference, facts) in untold {
                match above.remove(&reference) {
                    Some(entry) if entry.may_wait => _ = self.unsure.insert(entry.record, facts),
                    _ => return Err(self.suspects.later(facts.kind, &facts.subject, "calls fail")),
                }
            }
        }
        let mut amounts: BTreeMap<Currency, u64> = BTreeMap::new();
        let mut example = None;
        for entry in above.into_values() {
            let largest = amounts.entry(entry.currency).or_default();
            *largest = (*largest).max(entry.amount);
            example.get_or_insert(entry.record);
        }
        Ok(example.map(|record| Tripped::Amount { amounts, record }))
    }
}

/// An entry above its ceiling, before it is posted.
struct Large {
    reference: String,
    currency: Currency,
    /// Minor units.
    amount: u64,
    /// What a person knows it by.
    record: String,
    /// It can be held back while others are posted.
    may_wait: bool,
}

#[cfg(test)]
#[path = "fuse_tests.rs"]
mod tests;
