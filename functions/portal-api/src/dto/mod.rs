//! The shapes of the JSON API. Amounts are decimal strings of minor units; times are RFC 3339 in
//! UTC.

pub(crate) mod account_rules;
pub(crate) mod activity;
pub(crate) mod approval;
pub(crate) mod attention;
pub(crate) mod certificate_table;
pub(crate) mod certificates;
pub(crate) mod connection;
pub(crate) mod format;
pub(crate) mod notices;
pub(crate) mod objects;
pub(crate) mod overview;
pub(crate) mod payout_members;
pub(crate) mod payout_tables;
pub(crate) mod payouts;
pub(crate) mod permissions;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod reconciling;
pub(crate) mod reversing_entry;
pub(crate) mod run_table;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod series;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod statement_table;
pub(crate) mod statements;
pub(crate) mod table;
pub(crate) mod webhook;
