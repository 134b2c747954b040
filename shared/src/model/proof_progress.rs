//! How far a proof has come: the expected figures added up so far, and the hours read back. A long
//! history takes more than one worker's time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::ledger::{BalanceKind, Figures, Slice};
use crate::model::money::{Currency, Sum};

/// What the entries should have made on one mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Expected {
    pub(crate) figures: Figures,
    /// Σ net of records that are not available yet (counted for issuing alone).
    pub(crate) pending: i128,
    /// Hours whose entries were read back from the ledger: those that hold exactly this, and those that do not.
    pub(crate) agreed: u64,
    pub(crate) differing: u64,
}

/// Expected figures by balance and currency.
pub(crate) type ExpectedAll = BTreeMap<(BalanceKind, Currency), Expected>;

/// The days added up so far. A long history takes more than one worker's time, and nobody writes a day between the end of a walk and the
/// beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DaySums {
    /// The sort key of the last day that was added.
    pub(crate) after: Option<String>,
    /// All days were added.
    pub(crate) done: bool,
    pub(crate) sums: Vec<Subtotal>,
    /// Hours in which the ledger holds something else than it should.
    pub(crate) differing: Vec<Differing>,
    /// Which hours that agreed before are read again.
    pub(crate) reread: Reread,
}

/// Agreed hours that are read again: from a place on, as many entries as the budget holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Reread {
    /// All that come after this sort key; all of them, when absent.
    pub(crate) after: Option<String>,
    /// Entries left to read.
    pub(crate) budget: u64,
    /// Nothing is taken on trust.
    pub(crate) whole: bool,
    /// The last day that was read again for this budget.
    pub(crate) reached: Option<String>,
    /// The budget was used up.
    pub(crate) spent: bool,
}

/// One balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subtotal {
    pub(crate) kind: BalanceKind,
    pub(crate) currency: Currency,
    pub(crate) figures: Figures,
    /// Hours in which the ledger holds exactly this, and hours in which it does not.
    #[serde(default)]
    pub(crate) agreed: u64,
    #[serde(default)]
    pub(crate) differing: u64,
    /// Net that is not available yet, by when it will be (Unix seconds).
    #[serde(default)]
    pub(crate) later: BTreeMap<String, Sum>,
}

/// An hour in which the ledger holds something else than it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Differing {
    /// The hour, balance and currency.
    pub(crate) slice: Slice,
    /// What Stripe's records should have made.
    pub(crate) expected: Figures,
    /// What the ledger holds.
    pub(crate) found: Figures,
}

/// What came of reading days back.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    /// Hours that agree now, with the digest they agree on.
    pub(crate) agreed: Vec<(Slice, u128)>,
    /// Hours that do not.
    pub(crate) differing: Vec<Differing>,
    /// Hours that agreed once, were to be read again and were not.
    pub(crate) unread: Vec<Slice>,
    /// All windows were read.
    pub(crate) whole: bool,
}

impl Verified {
    pub(crate) fn is_empty(&self) -> bool {
        self.agreed.is_empty() && self.differing.is_empty()
    }
}
