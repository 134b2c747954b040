//! The outside world of the app, simulated on one machine: Blnk Cloud with its dashboard, Blnk Core
//! and Stripe.
//!
//! Each surface listens on a port of its own. Tenants live side by side: every Blnk instance has
//! its own ledger, every Stripe account its own records and keys, so that tests can share one
//! process.

pub mod args;
pub mod clock;
pub mod cloud;
pub mod conn;
pub mod control;
pub mod core;
pub mod dashboard;
pub mod faults;
pub mod server;
pub mod stripe;
pub mod world;
