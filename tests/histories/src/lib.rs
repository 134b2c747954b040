//! The worker, the table, the queue and the vault as they are, in one process with the whole outside world, over random histories of
//! Stripe accounts, random faults at every call and random schedules of runs. An oracle that shares nothing with the app judges the ledger
//! at the end and every certificate on the way.
//!
//! Days pass in seconds: all of it lives on one thread whose clock moves on only while everybody waits.

pub mod case;
pub mod history;
pub mod judge;
pub mod oracle;
pub mod poison;
pub mod tally;
pub mod tenant;
pub mod time;
pub mod trouble;
pub mod world;
