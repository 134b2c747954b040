//! TODO app::connect

pub mod account;
pub mod connector;
pub mod ledger;
pub mod realtime;
pub mod rights;
