//! The real worker in one process with a simulated world: random histories of Stripe accounts,
//! random faults at every call, random schedules of runs. An oracle that shares no code with the
//! app judges each certificate, and the ledger at the end.
//!
//! Days pass in seconds: everything runs on one thread, and its clock moves only while every task
//! waits.

pub mod case;
pub mod chain;
pub mod faults;
pub mod history;
pub mod image;
pub mod judge;
pub mod oracle;
pub mod permanent_faults;
pub mod statements;
pub mod tally;
pub mod tenant;
pub mod time;
pub mod world;
