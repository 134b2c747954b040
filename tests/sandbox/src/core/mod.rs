//! Blnk Core, simulated: one in-memory ledger for each instance, behind Core's own HTTP API.
//!
//! `state` and its neighbours are a pure state machine; `http`, `post` and `read` are a thin layer
//! over it. Whoever needs the ledger goes through that API, so that a real Core can take its place.

mod actions;
pub mod bulk;
pub mod control;
mod database;
pub mod decimal;
mod drift;
pub mod entities;
pub mod error;
pub mod filter;
pub mod http;
pub mod inflight;
pub mod instance;
pub mod knobs;
pub mod lanes;
mod like;
pub mod meta;
pub mod metaindex;
mod post;
pub mod posting;
pub mod preview;
pub mod queue;
mod read;
pub mod refund;
pub mod render;
pub mod request;
pub mod select;
pub mod snapshot;
pub mod split;
pub mod state;
pub mod tables;
pub mod time;
pub mod types;
pub mod version;
mod worker;

pub use control::control_router;
pub use http::{instance_of, router};
pub use instance::{Core, Instance};
