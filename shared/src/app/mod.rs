//! TODO app

pub mod connect;
pub mod free_accounts;
pub mod install;
pub mod keys;
pub mod ownership;
pub mod webhook;
