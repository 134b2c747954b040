//! Use cases: what the app does for a caller. They read and write through `platform`, decide with
//! `model`, and know nothing about HTTP routes or a running sync.
//!
//! By subject: `install` and `launch` (Blnk Cloud's events and launches), `session`, `webhook`
//! (Stripe's events); `keys` (which of an install's keys is in force), `free_accounts` and
//! `ownership` (whether account names may be used), and above them `connect` (connecting a Stripe
//! account); `settings`, `account_rules`, `notices` and `schedule` (what a person sets up); `runs`
//! and `problems` (a person's actions); `overview`, `attention`, `activity`, `payouts`, `objects`,
//! `figures`, `reconciling`, `reversing_entry` and `search` (what the portal shows).

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
