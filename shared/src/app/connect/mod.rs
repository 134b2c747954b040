//! Connecting a Stripe account, replacing its key, disconnecting it, and its webhook. Each step is
//! checked before anything is stored.

pub mod account;
pub mod connector;
pub mod ledger;
pub mod not_made;
pub mod permissions;
pub mod realtime;
