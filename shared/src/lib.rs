//! The library that all functions of Stripe Sync for Blnk Cloud share.
//!
//! Pure modules ([`money`], [`ledger`], the rules in [`install`] and [`session`]) know nothing of AWS, HTTP or clocks: time and ids come
//! in as arguments. The edge modules are thin: AWS clients directly, and one HTTP client for each partner with its base URL injected.

pub mod app;
pub mod engine;
pub mod model;
pub mod platform;
