//! Runs: reading Stripe page by page, posting to the ledger, and proving that both agree.
//!
//! The state of a run stands in the table; a message only wakes a worker. Whatever happens to a worker, the next one goes on from the
//! last checkpoint, and deterministic references make whatever was posted since harmless.

pub mod cleanup;
pub mod context;
pub mod doubt;
pub mod run;
pub mod services;
pub mod stages;
pub mod stop;
pub mod suspects;
pub mod sweep;
pub mod worker;
