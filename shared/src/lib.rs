//! The library that all functions of Stripe Sync for Blnk Cloud share.
//!
//! Pure modules ([`money`], [`ledger`], the rules in [`install`] and [`session`]) know nothing of AWS, HTTP or clocks: time and ids come
//! in as arguments. The edge modules are thin: AWS clients directly, and one HTTP client for each partner with its base URL injected.

pub mod activity;
pub mod aws;
pub mod blnk;
pub mod clock;
pub mod config;
pub mod connect;
pub mod connection;
pub mod error;
pub mod http;
pub mod install;
mod keys;
pub mod ledger;
pub mod metrics;
pub mod money;
pub mod origin;
pub mod queue;
pub mod schedule;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod shape;
pub mod store;
pub mod stripe;
pub mod sync;
pub mod telemetry;
pub mod vault;
pub mod web;
pub mod webhook;

mod text;

pub use error::{Error, Result};
