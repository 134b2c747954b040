//! What only the worker runs: reading Stripe page by page, posting to the ledger, and proving that
//! both agree.
//!
//! The state of a run is in the table; a message only wakes a worker. If a worker ends early, the
//! next one continues from the last checkpoint, and deterministic references make a repeated post
//! harmless.
//!
//! In order, each may use those before it: `stop` (why work on a run stops), `unknown_refusal`
//! (refusals that may be a fault of the ledger), `services` (what a worker is built with),
//! `notices` (who is notified), `suspects` (records whose calls fail), `context` (what a stage is
//! given), `stages` (what is done), `run` (in which order; it alone writes checkpoints), `cleanup`
//! and `sweep` (work without a run), `worker` (what a message leads to).

pub mod cleanup;
pub mod context;
pub mod notices;
pub mod run;
pub mod services;
pub mod stages;
pub mod stop;
pub mod suspects;
pub mod sweep;
pub mod unknown_refusal;
pub mod worker;
