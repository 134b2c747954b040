//! Stripe, simulated: any number of accounts, each with a seeded history of balance transactions
//! and everything they come from.
//!
//! The surface is webhooks and the read side of Stripe's API version [`API_VERSION`] that a ledger
//! mirror needs. `store` holds an account in compact typed rows, `generate` fills it and adds to
//! it, `render` writes the JSON, `api` and `resource` answer requests and `control` is for tests.

mod account;
mod api;
mod auth;
mod balance;
mod control;
mod customers;
mod error;
mod expand;
mod generate;
mod ids;
mod json;
mod model;
mod params;
mod people;
mod render;
mod report;
mod resource;
mod store;
mod table;
mod webhook;
mod words;

pub use account::{AccountInfo, AccountSpec, Mode, Stripe};
pub use api::router;
pub use control::control_router;

/// The API version whose shapes are answered, and the accounts' default version.
pub const API_VERSION: &str = "2026-07-29.dahlia";
