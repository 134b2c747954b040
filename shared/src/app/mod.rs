//! Use cases: what the app does for a caller. They read and write through `platform`, decide with
//! `model`, and know nothing of HTTP routes or of a running sync.
//!
//! `install` takes Blnk Cloud's events in; `keys` finds out which of an install's keys is in force;
//! `webhook` takes Stripe's events in; `free_accounts` and `ownership` say whether account names
//! may be used; `connect`, above them, connects a Stripe account.

pub mod account_rules;
pub mod activity;
pub mod attention;
pub mod connect;
pub mod figures;
pub mod free_accounts;
pub mod install;
pub mod keys;
pub mod launch;
pub mod notices;
pub mod objects;
pub mod overview;
pub mod ownership;
pub mod payouts;
pub mod problems;
pub mod reconciling;
pub mod reversing_entry;
pub mod runs;
pub mod schedule;
pub mod search;
pub mod session;
pub mod settings;
pub mod webhook;
