//! Why a record cannot be mirrored.

use crate::model::money::InvalidCurrency;

/// Why a record cannot be mirrored. None of it is posted; it becomes a problem for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// An id with a character that is not allowed in a reference, or a text that is no reference.
    #[error("an id that cannot stand in a reference")]
    InvalidId,
    /// A chart prefix that cannot name accounts.
    #[error("an account prefix must be @ and letters, digits or underscores")]
    InvalidPrefix,
    /// A name that cannot be chosen for an account, with the reason for people.
    #[error("{0}")]
    AccountName(String),
    /// Not a currency code.
    #[error(transparent)]
    Currency(#[from] InvalidCurrency),
    /// A sum beyond the 64 bits of an amount, or the 128 bits of a total.
    #[error("an amount beyond what can be counted")]
    Overflow,
    /// A time outside the calendar.
    #[error("a time outside the calendar")]
    InvalidTime,
    /// The customer's balance in the ledger was not created before the entry.
    #[error("the customer {0} has no balance in the ledger yet")]
    UnresolvedCustomer(String),
}
