//! The HTTP API: a thin layer over the ledger.

mod actions;
pub mod bulk;
pub mod control;
pub mod http;
mod post;
mod read;
pub mod render;
