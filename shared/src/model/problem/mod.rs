//! What could not be posted, read, matched or classified: stored as an item for a person, never
//! skipped silently.
//!
//! A problem is open until a later run finds its cause gone (*resolved*) or a person accepts it
//! (*dismissed*). In both cases the figures stay the same: a leg that is not in the ledger is a
//! difference, whatever a person decides.

pub mod action;
pub mod code;
pub mod explained;
pub mod item;
pub mod reading;
pub mod report;
pub mod tally;
pub mod unrecognised;

pub(crate) use report::ProblemReport;
