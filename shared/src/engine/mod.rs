//! Runs: read Stripe page by page, post to the ledger, and prove that both agree.
//!
//! The state of a run is in the table; a message only wakes a worker. Whatever happens to a worker,
//! the next one resumes from the last checkpoint. Deterministic references make it harmless to post
//! again what was posted since.

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
