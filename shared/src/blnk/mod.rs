//! Blnk: a typed client for what a Custom App may do with a ledger through Blnk Cloud.
//!
//! Writes go through the proxy to Core, reads go through the list filters. Detail routes are never used: they may fail where lists work.

pub mod alerts;
pub mod client;
pub mod error;
pub mod filter;
pub mod types;

mod decode;
mod probes;
mod reads;
mod writes;

#[cfg(test)]
mod tests;

pub use alerts::Alert;
pub use client::BlnkClient;
pub use error::{BlnkError, RefusalCode, UnknownCause};
pub use filter::{Filter, Operator};
pub use probes::Probe;
pub use reads::{MAX_LOOKUP_VALUES, PAGE_SIZE};
pub use types::{
    CUSTOMER_KEY, Identity, IdentityChange, IdentityCreation, IdentityUpdate, Ledger, LedgerBalance, LedgerTransaction, MetaData,
    NewBalance, NewIdentity,
};
pub use writes::{BulkOutcome, MAX_BULK_BYTES, NotSent};
