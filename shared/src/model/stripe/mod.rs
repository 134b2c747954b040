//! Stripe's side, without its client: the objects that are read, events, keys and their
//! permissions, and the signature of webhooks.

pub mod event;
pub mod key;
pub mod links;
pub mod permissions;
pub mod resource;
pub mod signature;
pub mod types;
