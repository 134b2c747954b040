//! Blnk: a typed client for what a Custom App may do with a ledger through Blnk Cloud.
//!
//! Writes go through the proxy to Core. Reads use the list filters. Detail routes are never used,
//! because they may fail where lists work.

pub mod alerts;
pub mod body;
pub(crate) mod classify;
pub mod client;
pub mod decode;
pub mod error;
pub mod filter;
pub mod lists;
pub mod page;
pub mod probe;
pub mod probes;
pub mod reads;
pub mod types;
pub mod writes;

pub use alerts::Alert;
pub use client::{BlnkClient, CALL_LIMITS};
pub use error::{BlnkError, RefusalCode, UnknownCause};
pub use filter::{Filter, Operator};
pub use lists::{MAX_LOOKUP_VALUES, PAGE_SIZE};
pub use probe::KeyVerdict;
pub use probes::Probe;
pub use types::{
    CUSTOMER_KEY, Identity, IdentityChange, IdentityCreation, IdentityUpdate, Ledger,
    LedgerBalance, LedgerTransaction, MetaData, NewBalance, NewIdentity,
};
pub use writes::{BulkOutcome, MAX_BULK_BYTES, NotSent};

#[cfg(test)]
mod tests;
