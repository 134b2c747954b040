//! Batches of the work queue, as Lambda hands them over: the handler over AWS in memory, with
//! Stripe and the ledger beside it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

mod books;
mod delayed;
mod ended;
mod endpoints;
mod keys;
mod large;
mod messages;
mod notices;
mod schedule;
mod world;
