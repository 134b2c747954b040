//! What could not be posted, read, matched or understood: kept as an item for a person, never skipped in silence.
//!
//! A problem is open until a later run finds its cause gone (*resolved*) or a person says that it may stay (*dismissed*). Either way it
//! goes on being counted as what it is: a leg that is not in the ledger is a difference, whatever anybody thinks of it.

pub mod action;
pub mod code;
pub mod explained;
pub mod item;
pub mod reading;
pub mod report;

pub(crate) use report::ProblemReport;
