//! The rules by which Stripe's movements become ledger entries. Pure: no clock, no I/O.
//!
//! The spine is Stripe's list of balance transactions, the only complete record of what moved a balance. Each becomes a few *legs*
//! ([`mirror`]), each leg one entry ([`Entry`]) under a reference that exists once ([`Reference`]). Whatever a record looks like, its legs
//! move the mirror by exactly its `net`; what does not add up, or what no rule knows, is still posted, and reported as a [`Finding`].

pub mod chart;
pub mod classify;
pub mod customer;
pub mod entry;
pub mod figures;
pub mod legs;
pub mod opening;
pub mod owner;
pub mod privacy;
pub mod reference;
pub mod time;

pub use chart::{Account, AccountChoice, BalanceKind, Chart, OtherBalance, UsedNames};
pub use classify::{ChargeAccount, ChargeAccounts, OffsetAccount, charge_entry};
pub use customer::{customer_of, identity_id};
pub(crate) use entry::META_ACCOUNT;
pub use entry::{Entry, Posting};
pub use figures::{Figures, Slice, Slices};
pub use legs::{Finding, LEG_KINDS_VERSION, Leg, LegKind, Mirrored, mirror};
pub use opening::{Change, LATE_SECONDS, Opening, OpeningEntry, WHOLE_HISTORY};
pub use owner::{Mode, Owner};
pub use reference::{OpeningReference, REFERENCE_PREFIX, Reference};
pub use time::{SECONDS_PER_DAY, day_of, hour_of, rfc3339, utc_date};

use crate::model::money::InvalidCurrency;

/// Why a record cannot be mirrored as it stands. Nothing of it is posted; it becomes a problem for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An id with a character that a reference must not hold, or a text that is no reference.
    #[error("an id that cannot stand in a reference")]
    InvalidId,
    /// A chart's prefix that cannot name accounts.
    #[error("an account prefix must be @ and letters, digits or underscores")]
    InvalidPrefix,
    /// A name that cannot be chosen for an account; why, for people.
    #[error("{0}")]
    AccountName(String),
    /// Not a currency code.
    #[error(transparent)]
    Currency(#[from] InvalidCurrency),
    /// A sum beyond the 64 bits of an amount, or the 128 bits of a total.
    #[error("an amount beyond what can be counted")]
    Overflow,
    /// A time no calendar holds.
    #[error("a time outside the calendar")]
    InvalidTime,
    /// The customer's balance in the ledger was not made before the entry.
    #[error("the customer {0} has no balance in the ledger yet")]
    UnresolvedCustomer(String),
}

#[cfg(test)]
mod tests;
