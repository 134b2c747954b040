//! The progress of a proof: the expected figures added up so far, and the hours read back. A long
//! history takes more than one worker's time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ledger::{BalanceKind, Figures, Slice};
use crate::model::money::{Currency, Sum};

/// The expected figures of one mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExpectedFigures {
    pub(crate) figures: Figures,
    /// Σ net of records that are not available yet (counted for issuing only).
    pub(crate) pending: i128,
    /// Hours whose entries were read back from the ledger: with the expected figures, and with
    /// others.
    pub(crate) agreed: u64,
    pub(crate) differing: u64,
}

/// Expected figures by balance and currency.
pub(crate) type ExpectedAll = BTreeMap<(BalanceKind, Currency), ExpectedFigures>;

/// The days added up so far. A long history takes more than one worker's time, and no day is
/// written between the end of a walk and the beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DaySums {
    /// The checkpoint: the sort key of the last day that was added.
    pub(crate) after: Option<String>,
    /// All days were added.
    pub(crate) done: bool,
    pub(crate) sums: Vec<Subtotal>,
    /// Hours in which the ledger differs from the expected figures.
    pub(crate) differing: Vec<Differing>,
    /// The hours that agreed before and are read again.
    pub(crate) reread: Reread,
    /// Days before this date were added as the sums of closed days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// The closed days that this run reads again are read.
    pub(crate) closed_reread: bool,
    /// The days that are in no sum of closed days were added.
    pub(crate) left_open_added: bool,
    /// Days before this date close when all of them are added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closes_to: Option<String>,
    /// The sums of the days that close.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) closing: Vec<Subtotal>,
    /// Sort keys of days before that date that stay out of the sums.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_open: Vec<String>,
}

/// Which agreed hours are read again: from a position on, up to the budget of entries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Reread {
    /// The sort key after which they are read. All of them when absent.
    pub(crate) after: Option<String>,
    /// Entries left to read.
    pub(crate) budget: u64,
    /// A day larger than the whole budget is read anyway, if it is the first.
    pub(crate) whole_day: bool,
    /// All hours are read again: earlier results are not trusted.
    pub(crate) whole: bool,
    /// The last day that was read again within this budget.
    pub(crate) reached: Option<String>,
    /// The budget is used up.
    pub(crate) spent: bool,
}

/// One balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subtotal {
    pub(crate) kind: BalanceKind,
    pub(crate) currency: Currency,
    pub(crate) figures: Figures,
    /// Hours in which the ledger holds the expected figures, and hours in which it does not.
    #[serde(default)]
    pub(crate) agreed: u64,
    #[serde(default)]
    pub(crate) differing: u64,
    /// Net amounts that are not available yet, by the time they become available (Unix seconds).
    #[serde(default)]
    pub(crate) later: BTreeMap<String, Sum>,
}

/// An hour in which the ledger differs from the expected figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Differing {
    /// The hour, balance and currency.
    pub(crate) slice: Slice,
    /// What Stripe's records imply.
    pub(crate) expected: Figures,
    /// What the ledger holds.
    pub(crate) found: Figures,
}

/// The result of reading days back.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    /// Hours that now agree, with the digest they agree on.
    pub(crate) agreed: Vec<(Slice, u128)>,
    /// Hours that differ.
    pub(crate) differing: Vec<Differing>,
    /// Hours that agreed before and should have been read again, but were not.
    pub(crate) unread: Vec<Slice>,
    /// All windows were read.
    pub(crate) whole: bool,
}

impl Verified {
    pub(crate) fn is_empty(&self) -> bool {
        self.agreed.is_empty() && self.differing.is_empty()
    }
}
