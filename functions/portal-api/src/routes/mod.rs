//! The routes, each described where it is answered. A route reads the request, calls the library
//! and answers.

pub(crate) mod account_rules;
pub(crate) mod activity;
pub(crate) mod attention;
pub(crate) mod certificates;
pub(crate) mod connection;
pub(crate) mod notices;
pub(crate) mod objects;
pub(crate) mod overview;
pub(crate) mod page;
pub(crate) mod payouts;
pub(crate) mod permissions;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod reconciling;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod statements;
pub(crate) mod webhook;
