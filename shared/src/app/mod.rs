//! TODO app

pub mod connect;
pub mod free_accounts;
pub mod install;
pub mod keys;
pub mod launch;
pub mod objects;
pub mod overview;
pub mod ownership;
pub mod problems;
pub mod runs;
pub mod schedule;
pub mod session;
pub mod settings;
pub mod webhook;
