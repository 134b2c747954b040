//! The portal's page and API as a browser meets them: the whole router over AWS in memory, with Stripe and the ledger as the tests say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails where it is wrong")]

mod answers;
mod certificates;
mod connection;
mod distance;
mod failures;
mod openapi;
mod page;
mod preview;
mod problems;
mod runs;
mod sessions;
mod settings;
mod webhook;
mod world;
