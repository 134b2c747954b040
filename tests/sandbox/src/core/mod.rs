//! Blnk Core, simulated: one in-memory ledger for each instance, behind Core's own HTTP API.
//!
//! `state` and its neighbours are a pure state machine, `query` finds its rows, and `api` is a thin
//! layer over both. Other parts use the ledger through that API, so that a real Core can take its
//! place.

pub mod api;
mod database;
pub mod decimal;
mod drift;
pub mod entities;
pub mod error;
pub mod inflight;
pub mod instance;
pub mod knobs;
pub mod lanes;
pub mod meta;
pub mod posting;
pub mod preview;
pub mod query;
pub mod queue;
pub mod refund;
pub mod request;
pub mod snapshot;
pub mod split;
pub mod state;
pub mod time;
pub mod types;
pub mod version;
mod worker;

pub use api::control::control_router;
pub use api::http::{instance_of, router};
pub use instance::{Core, Instance};
