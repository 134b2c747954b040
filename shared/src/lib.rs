//! The library that all functions of Stripe Sync for Blnk Cloud share.
//!
//! It has four floors. A module may use what is on a lower floor, and on its own floor whatever
//! does not lead back to it. `cargo run -p structure` checks this, and `make lint` runs it.
//!
//! | floor | holds |
//! |---|---|
//! | [`engine`] | what only the worker runs: runs, their stages, the sweep, the clean-up |
//! | [`app`] | use cases that answer a caller: install, connect, take Stripe's events in |
//! | [`platform`] | thin edges: AWS, Stripe, Blnk, the table, the environment, the clock |
//! | [`model`] | what is stored, and the rules: pure, without AWS, HTTP, clock or randomness |
//!
//! Where to begin:
//!
//! - [`model::ledger`]: how Stripe's movements become ledger entries;
//! - [`platform::store`]: the one table, with a repository for each kind of item;
//! - [`engine::worker`]: what a message in the queue leads to;
//! - [`engine::run`]: the steps of a sync, in their order;
//! - [`engine::stages`]: each step.
//!
//! `shared/README.md` holds the glossary, and follows an install, a sync run, an event and a proof
//! through the files.

pub mod app;
pub mod engine;
pub mod model;
pub mod platform;
