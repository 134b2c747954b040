//! The circuit breaker: what is usual for a connection, what is too much, and what a person
//! approved.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::money::Currency;
use crate::model::stripe::types::list::is_id;

/// A run may be this many times larger than usual.
pub(crate) const TIMES_USUAL: u64 = 10;

/// A number of new movements that never needs an approval: a small account has its busy days.
pub(crate) const FLOOR: u64 = 1_000;

/// The number of completed runs whose sizes are kept.
pub(crate) const REMEMBERED: usize = 15;

/// The prefix of all codes of the circuit breaker.
pub(crate) const PREFIX: &str = "fuse_";

/// Statistics of completed runs, stored in `SUMMARY`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Usual {
    /// New movements of the last runs, newest last.
    pub(crate) sizes: Vec<u64>,
    /// Every currency that a completed run posted or found already posted.
    pub(crate) currencies: BTreeSet<Currency>,
}

/// The state of the circuit breaker of a run. It is written with the run's checkpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CircuitBreaker {
    /// The usual number of new movements in a run of this connection.
    pub(crate) usual: u64,
    /// The number of new movements that needs an approval when exceeded. `None` for a first run and
    /// for one that reads the whole history.
    pub(crate) limit: Option<u64>,
    /// Currencies of earlier runs.
    pub(crate) known: BTreeSet<Currency>,
    /// Currencies that this run has checked.
    pub(crate) checked: BTreeSet<Currency>,
    /// Movements created at Stripe since the last completed run began to read.
    pub(crate) fresh: u64,
    /// `created` of the newest of them (Unix seconds): a run that continues from this one reads
    /// them again.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<i64>,
}

impl CircuitBreaker {
    /// The circuit breaker of a new run. `bounded` means that it reads only part of the history.
    pub(crate) fn new(usual: &Usual, bounded: bool) -> Self {
        let median = usual.median();
        Self {
            usual: median,
            limit: bounded.then(|| median.saturating_mul(TIMES_USUAL).max(FLOOR)),
            known: usual.currencies.clone(),
            ..Self::default()
        }
    }

    /// The number of new movements counted.
    #[cfg(test)]
    pub(crate) const fn fresh(&self) -> u64 {
        self.fresh
    }

    /// The time up to which movements are counted, Unix seconds.
    pub(crate) const fn newest(&self) -> Option<i64> {
        self.newest
    }

    /// Counts new movements by their `created`.
    pub(crate) fn count(&mut self, fresh: &[i64]) {
        self.fresh = self.fresh.saturating_add(fresh.len() as u64);
        self.newest = self.newest.max(fresh.iter().max().copied());
    }

    pub(crate) fn size(&self, more: u64, approvals: &Approvals) -> Option<ApprovalNeeded> {
        let limit = self.limit?.max(approvals.movements);
        let movements = self.fresh.saturating_add(more);
        (movements > limit).then(|| ApprovalNeeded::Size {
            limit,
            usual: self.usual,
            allows: limit.saturating_mul(TIMES_USUAL),
        })
    }

    pub(crate) fn currencies(
        &self,
        currencies: &BTreeSet<Currency>,
        approvals: &Approvals,
    ) -> Option<ApprovalNeeded> {
        // Without history nothing is unusual: any currency may be a new account's first.
        let unseen: BTreeSet<Currency> = currencies
            .iter()
            .filter(|currency| {
                !self.known.contains(currency) && !approvals.currencies.contains(currency)
            })
            .copied()
            .collect();
        (!self.known.is_empty() && !unseen.is_empty())
            .then_some(ApprovalNeeded::Currency { currencies: unseen })
    }
}

/// What needs an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalNeeded {
    /// More new movements than usual.
    Size {
        /// The number allowed without an approval, or by an earlier one.
        limit: u64,
        /// The usual number.
        usual: u64,
        /// The number allowed after an approval.
        allows: u64,
    },
    /// Currencies that no earlier run has seen.
    Currency {
        /// All such currencies of the page, or of the opening entries.
        currencies: BTreeSet<Currency>,
    },
    /// Amounts above their ceilings.
    Amount {
        /// The largest amounts of the page, or of the opening entries, in minor units by currency.
        amounts: BTreeMap<Currency, u64>,
        /// The record of one of them, or which opening entry it is.
        record: String,
    },
}

impl ApprovalNeeded {
    /// A stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "fuse_size",
            Self::Currency { .. } => "fuse_currency",
            Self::Amount { .. } => "fuse_amount",
        }
    }

    /// The id at Stripe of a record with such an amount. `None` for an opening entry, which is
    /// named by a description.
    #[must_use]
    pub fn record_id(&self) -> Option<&str> {
        match self {
            Self::Amount { record, .. } => Some(record.as_str()).filter(|record| is_id(record)),
            Self::Size { .. } | Self::Currency { .. } => None,
        }
    }

    /// The text that a person reads before approving.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Size { limit, usual, allows } => format!(
                "This run found more than {limit} new movements; usually there are {usual}. \
                 Nothing beyond that was posted. Approving allows up to {allows} in this run."
            ),
            Self::Currency { currencies } => {
                let named: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
                format!(
                    "This account has not had {} before. None of it was posted in this run.",
                    named.join(", ")
                )
            }
            Self::Amount { amounts, record } => {
                let named: Vec<String> = amounts
                    .iter()
                    .map(|(currency, amount)| {
                        format!("{} {currency}", currency.format(i128::from(*amount)))
                    })
                    .collect();
                format!(
                    "Amounts above the ceiling that you set: {} (for example {record}). They were \
                     not posted.",
                    named.join(", ")
                )
            }
        }
    }
}

/// What a person approved for a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Approvals {
    /// The number of new movements.
    movements: u64,
    /// The currencies.
    currencies: BTreeSet<Currency>,
    /// The maximum amounts, in minor units by currency.
    pub(crate) amounts: BTreeMap<Currency, u64>,
}

impl Approvals {
    /// Combines both approvals.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.movements = both.movements.max(other.movements);
        both.currencies.extend(&other.currencies);
        for (currency, amount) in &other.amounts {
            let known = both.amounts.entry(*currency).or_default();
            *known = (*known).max(*amount);
        }
        both
    }

    /// Approves exactly what the run was paused for.
    pub fn grant(&mut self, tripped: &ApprovalNeeded) {
        match tripped {
            ApprovalNeeded::Size { allows, .. } => self.movements = self.movements.max(*allows),
            ApprovalNeeded::Currency { currencies } => self.currencies.extend(currencies),
            ApprovalNeeded::Amount { amounts, .. } => {
                for (currency, amount) in amounts {
                    let known = self.amounts.entry(*currency).or_default();
                    *known = (*known).max(*amount);
                }
            }
        }
    }
}

/// Whether a pause waits for an approval.
#[must_use]
pub fn is_approval_code(code: &str) -> bool {
    code.starts_with(PREFIX)
}

/// Why entries in a currency must not be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The currency.
    pub currency: Currency,
    /// Minor units in one unit at Stripe.
    pub ours: u64,
    /// The precision of the entry that disagrees. Absent when they differ in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<u64>,
    /// A conflicting entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// The reason, for people.
    pub text: String,
}
