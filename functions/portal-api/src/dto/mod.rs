//! The shapes of the JSON API. Amounts are decimal strings of minor units; times are RFC 3339 in UTC.

pub(crate) mod certificate_table;
pub(crate) mod certificates;
pub(crate) mod connection;
pub(crate) mod format;
pub(crate) mod objects;
pub(crate) mod overview;
pub(crate) mod permissions;
pub(crate) mod preview;
pub(crate) mod problems;
pub(crate) mod runs;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod webhook;
