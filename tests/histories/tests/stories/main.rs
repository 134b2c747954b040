//! Stories: one situation each, on one install or a few, in the simulated world of the histories.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is wrong"
)]

mod account_rules;
mod common;
mod continued_runs;
mod drift;
mod first_sync;
mod idle;
mod interrupted_bulks;
mod interrupted_runs;
mod late_records;
mod ledger_refusals;
mod ledger_setup;
mod outages;
mod payouts;
mod permanent_failures;
mod reconnect;
mod regressions;
mod reversed_entry;
mod start_date;
mod statements;
mod thinning;
mod unknown_answers;
mod unreadable_pages;
mod unreadable_records;
mod upgrade;
