//! The portal's page and API as a browser meets them: the whole router over AWS in memory, with
//! Stripe and the ledger as the tests say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

mod account_rules;
mod activity;
mod answers;
mod attention;
mod certificates;
mod connection;
mod distance;
mod etag;
mod failures;
mod notices;
mod openapi;
mod page;
mod payouts;
mod preview;
mod problems;
mod reconciling;
mod reversing_entry;
mod runs;
mod search;
mod sessions;
mod settings;
mod standing;
mod statements;
mod webhook;
mod world;
